"""One body, one mass and one speed in all chapters of a report."""

import pytest

import gaitsmith
from gaitsmith import analyze
from gaitsmith.person_size import weighed
from gaitsmith.virtual import average_person, walker

OTHERS = ["twin", "fewshot", "phase"]


@pytest.fixture(scope="module")
def treadmill():
    return walker(average_person("female"), 1.2, seconds=6.0, treadmill=True)


@pytest.mark.parametrize(("share", "warned"), [(1.0, False), (1.03, False), (0.9, True)])
def test_plates_that_weigh_another_mass_are_said(treadmill, share, warned):
    mass = share * treadmill.subject.mass
    told = weighed(treadmill.with_subject("told", mass=mass))
    assert told.subject.mass == mass
    assert any(n.place == "mass" and n.level == "warning" for n in told.notes) == warned


@pytest.mark.shared
def test_the_model_that_is_given_is_the_body_of_every_chapter(shared):
    folder = shared / "opensim" / "gaitdynamics_example"
    model = folder / "example_opensim_model.osim.gz"
    walk = gaitsmith.read(folder / "example_mot_complete_kinematics.mot.gz")
    made = analyze(walk, osim=model, without=OTHERS)
    said = [n.words for n in made.notes]
    assert not any("generic" in words or "1.70 m" in words for words in said)
    assert sum(n.place == "height" for n in made.notes) == 1
    assert made["estimated_forces"].values["mass_kg"] == pytest.approx(made.recording.subject.mass)
    speed = made["speed"].values["source_speed_m_s"]
    belts = [words for words in said if "the belt is taken to run at" in words]
    assert belts and all(f"{speed:.2f} m/s" in words for words in belts)
    mass = next(n for n in made.notes if "every force and moment scales" in n.words)
    assert "± 5 %" in mass.words


@pytest.mark.shared
def test_one_mass_for_forces_and_moments(shared):
    folder = shared / "opensim" / "wbds01"
    walk = gaitsmith.read(
        folder / "WBDS01walkT01_ik_sample.mot", folder / "WBDS01walkT01_grf_first6s.mot.gz"
    )
    made = analyze(walk, osim=folder / "GenericScaledModel_sample.osim.gz", without=OTHERS)
    mass = made.recording.subject.mass
    assert made.recording["moments"].attrs["mass_kg"] == pytest.approx(mass)
    warned = [n.words for n in made.notes if n.place == "mass" and n.level == "warning"]
    assert len(warned) == 1 and f"{mass:.1f} kg stand in all chapters" in warned[0]
