"""Forces of virtual walkers, whose truth is known, and what is written of them."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.forces.api import estimate_forces
from gaitsmith.models.forces.complete import complete, modify
from gaitsmith.models.forces.external import loads_xml
from gaitsmith.models.forces.motion import continued, cutoff, net_force
from gaitsmith.recording import Recording
from gaitsmith.virtual.people import average_person
from gaitsmith.virtual.walk import walker


@pytest.fixture(scope="module")
def walk():
    return walker(average_person("male"), 1.3, 5.0, treadmill=True)


@pytest.fixture(scope="module")
def motion(walk):
    return Recording(walk.subject, {"angles": walk["angles"]}, name="virtual")


@pytest.fixture(scope="module")
def result(motion):
    return estimate_forces(motion)


def test_forces_are_near_the_truth_and_strides_carry_the_weight(walk, result):
    weight = result.walk.weight
    truth = walk["forces"]
    errors = []
    for side in ("r", "l"):
        real = np.column_stack(
            [np.interp(result.forces.times, truth.times, c) for c in truth[f"foot_{side}"][:, :3].T]
        )
        errors.append(np.abs(result.forces[f"foot_{side}"][:, :3] - real).mean(axis=0))
    ahead, up, sideways = 100 * np.mean(errors, axis=0) / weight
    assert up < 6.0
    assert ahead < 4.0
    assert sideways < 3.0
    both = result.forces.data[:, :, 1].sum(axis=1)
    t = result.forces.times
    for s in result.stances:
        if s.strike >= t[0] and s.strike + s.stride_s <= t[-1]:
            inside = (t >= s.strike) & (t < s.strike + s.stride_s)
            assert both[inside].mean() / weight == pytest.approx(1.0, abs=0.01)


def test_centre_of_pressure_lies_under_a_standing_foot_and_nowhere_in_swing(result):
    for side in ("r", "l"):
        f = result.forces[f"foot_{side}"]
        there = np.isfinite(f[:, 3:6]).all(axis=1)
        assert (f[there, 1] > 20).all()
        assert not there[f[:, 1] == 0].any()
        clock = result.walk.times
        heel = np.column_stack(
            [
                np.interp(result.forces.times, clock, c)
                for c in result.walk.heel["right" if side == "r" else "left"].T
            ]
        )
        assert (
            np.percentile(np.linalg.norm((f[:, 3:6] - heel)[there][:, [0, 2]], axis=1), 95) < 0.32
        )


def test_what_is_written_loads_again_without_nan(tmp_path, result):
    from gaitsmith.formats import read

    Recording(streams={"forces": result.forces}).write(tmp_path / "f.mot")
    text = (tmp_path / "f.mot").read_text()
    head, body = text.split("endheader\n")
    labels = body.split("\n")[0].split("\t")
    rows = body.strip().split("\n")[1:]
    assert len(set(labels)) == len(labels) == int(head.split("nColumns=")[1].split()[0])
    assert len(rows) == int(head.split("nRows=")[1].split()[0])
    assert "nan" not in body.lower()
    for word in ("ground_force_r_vx", "ground_force_l_pz", "ground_torque_r_y"):
        assert word in labels
    xml = loads_xml(result.walk.body, "f.mot")
    (tmp_path / "f.xml").write_text(xml)
    again = read(tmp_path / "f.mot", tmp_path / "f.xml")
    assert again.forces is not None
    np.testing.assert_allclose(
        np.nan_to_num(again.forces["foot_r"][:, 1]), result.forces["foot_r"][:, 1], atol=1e-3
    )


def test_an_unsure_mass_widens_every_band(motion, result):
    wide = estimate_forces(motion, mass_sd=0.1, moments=False)
    loaded = result.forces["foot_r"][:, 1] > 300
    gain = wide.sd[:, 0, 1][loaded] - result.sd[:, 0, 1][loaded]
    assert (gain > 0).all()
    assert wide.sd[:, 0, 1][loaded].mean() > 0.09 * wide.forces["foot_r"][:, 1][loaded].mean()
    assert any("mass" in n.words and "10 %" in n.words for n in wide.notes)


def test_moments_come_with_their_spread(result):
    assert result.moments is not None
    assert result.moment_sd is not None
    assert result.moment_sd.shape == result.moments.data.shape
    ankle = result.moments["ankle_angle_r_moment"]
    peak = -ankle.min() / result.walk.body.mass
    assert 0.8 < peak < 2.2  # N·m/kg, plantar flexion


def test_a_held_trunk_is_noticed(motion):
    lumbar = [x for x in motion.angles.labels if not x.startswith("lumbar")]
    bare = motion.with_stream(motion.angles.select(lumbar))
    found = estimate_forces(bare, moments=False)
    assert any("held upright" in n.words for n in found.notes)


def test_missing_motion_is_refused_with_what_is_missing(motion):
    knees = [x for x in motion.angles.labels if not x.startswith("knee_angle")]
    with pytest.raises(MissingInputError, match="knee_angle_r"):
        estimate_forces(motion.with_stream(motion.angles.select(knees)))
    with pytest.raises(GaitsmithError, match="mass"):
        estimate_forces(motion, mass=-3)
    with pytest.raises(GaitsmithError, match="share"):
        estimate_forces(motion, mass_sd=3)


def test_knees_are_filled_and_marked(motion):
    knees = [x for x in motion.angles.labels if not x.startswith("knee_angle")]
    found = complete(motion.with_stream(motion.angles.select(knees)))
    assert set(found.filled) == {"knee_angle_r", "knee_angle_l"}
    angles = found.angles
    assert angles.filled is not None
    assert angles.filled[:, angles.index("knee_angle_r")].all()
    wrong = angles["knee_angle_r"] - motion.angles["knee_angle_r"]
    still = (
        np.full_like(wrong, np.median(motion.angles["knee_angle_r"]))
        - motion.angles["knee_angle_r"]
    )
    assert np.sqrt((wrong**2).mean()) < 0.7 * np.sqrt((still**2).mean())


def test_more_trunk_sway_is_told_before_and_after(motion):
    found = modify(motion, {"lumbar_bending": 2.0})
    names = [r[0] for r in found.table.rows]
    assert any("knee adduction" in n for n in names)
    old, new = motion.angles["lumbar_bending"], found.recording.angles["lumbar_bending"]
    np.testing.assert_allclose(new - new.mean(), 2 * (old - old.mean()), atol=1e-6)
    same = modify(motion, {"lumbar_bending": 1.0})
    assert max(abs(r[3]) for r in same.table.rows) < 0.5
    with pytest.raises(GaitsmithError, match="lumbar_bending"):
        modify(motion, {"lumbar_bendin": 2.0})


def test_ends_are_continued_by_the_stride():
    t = np.arange(0, 1.01, 0.01)
    x = np.sin(2 * np.pi * t)[:, None] + t[:, None]
    longer, before = continued(x, 100.0, 1.0, 0.3)
    at = (np.arange(len(longer)) - before) / 100
    np.testing.assert_allclose(longer[:, 0], np.sin(2 * np.pi * at) + at, atol=1e-3)


def test_the_cut_off_falls_with_noise():
    rng = np.random.default_rng(0)
    t = np.arange(0, 10, 0.01)
    clean = np.column_stack(
        [0.02 * np.sin(2 * np.pi * 2 * t) + 0.002 * np.sin(2 * np.pi * 8 * t)] * 3
    )
    noisy = clean + 0.002 * rng.standard_normal(clean.shape)
    assert cutoff(clean, 100.0)[1] > cutoff(noisy, 100.0)[1]
    force = net_force(clean, 100.0, (12.0,) * 3, 70.0)
    assert force[100:-100, 1].mean() == pytest.approx(70 * 9.80665, rel=0.01)
