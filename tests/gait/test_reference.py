"""Reference curves: signs, speeds, scaling, and that they are what the published tables give."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.reference import LEG_SHARE, POPULATIONS, Range, leg_length, reference
from gaitsmith.recording import Subject
from gaitsmith.studies import build_references
from gaitsmith.units import STANDARD_GRAVITY


@pytest.mark.parametrize("population", POPULATIONS)
def test_curves_have_our_signs(population):
    r = reference(population, speed=1.2, subject=Subject(height=1.6))
    assert r.mean("pelvis_tilt").max() < 0  # anterior is negative
    assert r.mean("pelvis_list")[10:20].max() < -1  # the standing side is up
    assert r.mean("pelvis_rotation")[0] > 2  # the striking side is forward
    assert 20 < r.mean("hip_flexion")[0] < 45 and r.mean("hip_flexion").min() < 0
    assert r.mean("hip_adduction")[10:40].mean() > 1
    assert 50 < r.mean("knee_angle").max() < 72 and 60 < r.mean("knee_angle").argmax() < 80
    assert -6 < r.mean("ankle_angle")[0] < 1  # about neutral at strike
    assert 9 < r.mean("ankle_angle")[35:55].max() < 16
    assert -25 < r.mean("ankle_angle")[55:70].min() < -10
    assert -15 < r.mean("foot_progression").mean() < -4  # toes out
    assert r.mean("ankle_angle_moment")[40:55].min() < -0.9  # plantarflexor
    assert r.mean("knee_angle_moment")[10:20].mean() < -0.1  # extensor
    assert r.mean("hip_adduction_moment")[15:45].mean() < -0.3  # abductor
    assert r.mean("knee_adduction_moment")[15:45].mean() < -0.1
    assert r.mean("ankle_angle_power").max() > 1
    assert r.mean("grf_fx")[5:25].min() < -0.1 < 0.1 < r.mean("grf_fx")[40:58].max()
    assert 0.95 < r.mean("grf_fy").max() < 1.3
    assert all((r.sd(name) >= 0).all() for name in r.names)
    assert all(r.mean(name).shape == (101,) for name in r.names)


def test_sideways_force_points_to_the_midline():
    assert reference("adult", speed=1.2).mean("grf_fz")[10:50].max() < 0
    assert "grf_fz" not in reference("child")


def test_adult_ankle_after_its_offset_agrees_with_the_childrens():
    adult = reference("adult", speed=1.2).mean("ankle_angle")
    child = reference("child", speed=1.2).mean("ankle_angle")
    assert np.sqrt(np.mean((adult - child) ** 2)) < 2.5


def test_the_published_ranges_of_the_readme():
    free = reference("child")
    assert free.mean("knee_angle").max() == pytest.approx(59.1, abs=0.1)
    assert free.mean("hip_flexion").max() == pytest.approx(36.7, abs=0.1)
    assert free.mean("grf_fy").max() == pytest.approx(1.097, abs=0.005)
    assert free.foot_off == 59.0 and free.speed == pytest.approx(0.429, abs=0.001)


def test_names_go_with_and_without_a_side():
    r = reference("adult")
    np.testing.assert_array_equal(r.mean("knee_angle_r_moment"), r.mean("knee_angle_moment"))
    np.testing.assert_array_equal(r.mean("foot_l_fy"), r.mean("grf_fy"))
    assert "hip_flexion_l" in r and "elbow_flex" not in r and "knee_adduction" not in r
    assert r.unit("foot_fy") == "BW" and r.unit("hip_flexion_moment") == "Nm/kg"
    assert r.unit("ankle_angle_power") == "W/kg" and r.unit("pelvis_tilt") == "deg"
    with pytest.raises(GaitsmithError, match="knee_angle"):
        r.mean("knee_angel")
    with pytest.raises(GaitsmithError, match="off"):
        r.event("of")


def test_population_by_age():
    assert reference(subject=Subject(age=9)).population == "child"
    assert reference(subject=Subject(age=9), age=30).population == "adult"
    assert reference().population == "adult" and "age" in str(reference().notes[0])
    assert any("72" in str(n) for n in reference(age=80).notes)
    with pytest.raises(GaitsmithError, match="adult"):
        reference("adults")
    with pytest.raises(GaitsmithError, match="speed"):
        reference(speed=-1.0)


def test_outside_the_measured_speeds_nothing_is_extrapolated():
    slow, slower = reference("adult", speed=0.5), reference("adult", speed=0.1)
    assert slow.speed == slower.speed and any("slower" in str(n) for n in slow.notes)
    np.testing.assert_array_equal(slow.mean("knee_angle"), slower.mean("knee_angle"))
    assert not slower.fits and slower.parameter("cadence") is None
    near = reference("adult", speed=0.80)
    assert near.fits and near.parameter("cadence") is not None and near.asked < near.speed
    assert any("faster" in str(n) for n in reference("adult", speed=4.0).notes)


@given(st.sampled_from(POPULATIONS), st.floats(0.0, 3.0), st.floats(0.0, 0.02))
def test_speed_changes_everything_smoothly(population, speed, step):
    a, b = reference(population, speed=speed), reference(population, speed=speed + step)
    for name in ("knee_angle", "hip_flexion", "pelvis_tilt"):
        assert np.abs(a.mean(name) - b.mean(name)).max() <= 60 * step + 1e-9
        assert np.abs(a.sd(name) - b.sd(name)).max() <= 60 * step + 1e-9
    assert b.foot_off <= a.foot_off + 1e-9  # faster: never a longer stance


@given(st.floats(1.0, 2.0), st.floats(0.15, 0.7))
def test_people_of_any_size_are_compared_at_the_same_dimensionless_speed(height, froude):
    speed = froude * np.sqrt(STANDARD_GRAVITY * LEG_SHARE * height)
    r = reference("child", speed=speed, subject=Subject(height=height))
    assert r.asked == pytest.approx(froude)
    if r.asked <= 0.69 and r.asked >= 0.173:
        assert r.speed_ms == pytest.approx(speed)
        # What is scaled back by size fits together: speed = cadence × step length.
        cadence, step = r.parameter("cadence"), r.parameter("step_length")
        assert cadence.mean / 60 * step.mean == pytest.approx(speed, rel=0.06)


def test_parameters_fit_the_curves_and_the_size():
    r = reference("adult", speed=1.3, subject=Subject(height=1.80))
    small = reference("adult", speed=1.3, subject=Subject(height=1.60))
    knee = r.parameter("knee_flexion_swing_max")
    assert abs(knee.mean - r.mean("knee_angle").max()) < 4 and knee.low < 60 < knee.high
    assert knee.z(knee.mean + knee.sd) == pytest.approx(1.0)
    assert "Bovi" in knee.source and "adults" in knee.population
    assert r.parameter("stride_length").mean > small.parameter("stride_length").mean
    assert r.parameter("stance_percent").mean == pytest.approx(r.foot_off, abs=1.0)
    assert r.parameter("nonsense") is None
    assert reference("adult").parameter("stride_length").mean == pytest.approx(1.32, abs=0.02)
    assert np.isnan(Range(1.0, 0.0, "", "").z(2.0)) and Range(1.0, 0.5, "", "").times(2).sd == 1.0


def test_leg_length_comes_measured_or_from_the_height():
    assert leg_length(Subject(leg_length=0.9, height=2.0)) == (0.9, "measured")
    assert leg_length(Subject(height=2.0))[0] == pytest.approx(1.06)
    assert leg_length(Subject()) is None
    assert any("0.53" in str(n) for n in reference(speed=1.0, subject=Subject(height=1.8)).notes)


def test_description_names_people_speed_and_source():
    words = reference("adult", speed=1.25, subject=Subject(height=1.75)).describe()
    assert "adults" in words and "1.25 m/s" in words and "Bovi" in words
    assert "comfortable" in reference("child").describe()


@pytest.mark.shared
def test_the_committed_tables_are_what_the_published_ones_give(shared):
    folder = build_references._TABLES
    for name, table in build_references.build(shared).items():
        text = build_references.to_text(table)
        path = folder / name
        assert json.loads(path.read_text("utf-8")) == json.loads(text)
        assert path.stat().st_size < 300_000
    assert build_references.main([str(shared), "--check"]) == 0


def test_two_laboratories_tell_the_same_story():
    adult, child = reference("adult", speed=1.2), reference("child", speed=1.2)
    shared = [n for n in adult.names if n in child and n not in ("pelvis_tilt", "hip_rotation")]
    assert len(shared) == 17
    for name in shared:
        r = np.corrcoef(adult.mean(name), child.mean(name))[0, 1]
        assert r > 0.75, name


@pytest.mark.parametrize("population", ["adult", "young", "child"])
@pytest.mark.parametrize(
    ("key", "curve", "sign"),
    [
        ("ankle_power_a2", "ankle_angle_power", 1),
        ("knee_power_k3", "knee_angle_power", -1),
        ("ankle_plantarflexor_moment_max", "ankle_angle_moment", -1),
        ("ankle_dorsiflexion_stance_max", "ankle_angle", 1),
        ("knee_flexion_swing_max", "knee_angle", 1),
    ],
)
def test_a_mean_of_peaks_is_not_below_the_peak_of_the_mean(population, key, curve, sign):
    for speed in (0.8, 1.2, 1.6):
        made = reference(population, speed=speed)
        range_ = made.parameter(key)
        if range_ is not None:
            assert abs(range_.mean) > 0.95 * (sign * made.mean(curve)).max()


def test_a_small_person_of_unknown_age_is_compared_with_children():
    child = reference(speed=1.2, subject=Subject(height=1.33))
    assert child.population == "child"
    assert any("--population adult" in n.words for n in child.notes)
    grown = reference(speed=1.2, subject=Subject(height=1.5))
    assert grown.population == "adult"
    assert any("--population child" in n.words for n in grown.notes)
    assert reference(speed=1.2, subject=Subject(height=1.33, age=30.0)).population == "adult"
