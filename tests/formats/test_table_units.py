"""Units that no file states: told by range and said, or refused with the hint to give."""

from pathlib import Path

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import MissingInputError
from gaitsmith.formats.base import Hints
from gaitsmith.formats.units_by_range import (
    acceleration_factor,
    angle_factor,
    length_factor,
    rate_factor,
    rate_from_gravity,
    time_factor,
)
from gaitsmith.units import STANDARD_GRAVITY

from .table_makers import AXES, save, timed, walking_sensor

SENSOR = walking_sensor()


@pytest.mark.parametrize(
    ("divisor", "name"), [(STANDARD_GRAVITY, "g"), (1.0, "m/s2"), (STANDARD_GRAVITY / 1000, "mg")]
)
def test_gravity_tells_the_unit_of_acceleration(divisor: float, name: str) -> None:
    scale, notes = acceleration_factor({"a": SENSOR[:, :3] / divisor}, Hints())
    assert scale == pytest.approx(divisor)
    assert f"taken as {name}" in notes[0].words


@pytest.mark.parametrize("counts", [2048, 4096, 8192, 16384])
def test_counts_are_told_from_gravity(counts: int) -> None:
    raw = np.round(SENSOR[:, :3] / STANDARD_GRAVITY * counts)
    scale, notes = acceleration_factor({"a": raw}, Hints())
    assert scale * counts == pytest.approx(STANDARD_GRAVITY)
    assert f"counts of {counts} to 1 g" in notes[0].words


def test_without_gravity_the_unit_must_be_said() -> None:
    t = np.arange(1000) / 100
    burst = np.where(np.sin(2 * np.pi * t) > 0.5, 3.0, 0.02)[:, None] * np.ones(3)
    with pytest.raises(MissingInputError, match="unit of the acceleration") as refusal:
        acceleration_factor({"a": burst}, Hints())
    assert "units=" in str(refusal.value)
    scale, notes = acceleration_factor({"a": burst}, Hints(units={"acceleration": "g"}))
    assert scale == STANDARD_GRAVITY
    assert notes == [] or notes[0].level == "warning"


def test_a_stated_unit_that_gravity_contradicts_is_doubted() -> None:
    scale, notes = acceleration_factor({"a": SENSOR[:, :3]}, Hints(), stated="g")
    assert scale == STANDARD_GRAVITY
    assert any(n.level == "warning" and "may be another" in n.words for n in notes)


def test_scale_turns_counts_into_units() -> None:
    scale, _ = rate_factor({"a": SENSOR[:, 3:] * 131}, {}, 100.0, Hints(scale={"rate": 1 / 131}))
    assert scale == pytest.approx(1 / 131)
    with pytest.raises(MissingInputError, match="counts of an unknown scale"):
        rate_factor({"a": SENSOR[:, 3:] * 131}, {}, 100.0, Hints())


def test_fast_turning_is_degrees_and_slow_turning_asks_gravity() -> None:
    acc = {"a": SENSOR[:, :3]}
    assert rate_factor({"a": SENSOR[:, 3:]}, acc, 100.0, Hints())[0] == 1.0
    scale, notes = rate_factor({"a": np.deg2rad(SENSOR[:, 3:])}, acc, 100.0, Hints())
    assert scale == pytest.approx(180 / np.pi)
    assert "rad/s" in notes[0].words
    slow = walking_sensor(swing=40.0)
    scale, _ = rate_factor({"a": slow[:, 3:]}, {"a": slow[:, :3]}, 100.0, Hints())
    assert scale == 1.0, "40 deg/s of a trunk stays below what only deg/s reach"


def test_gravity_turns_by_what_the_gyroscope_says() -> None:
    slope = rate_from_gravity(np.deg2rad(SENSOR[:, 3:]), SENSOR[:, :3], 100.0)
    assert slope == pytest.approx(1.0, abs=0.2)
    slope = rate_from_gravity(SENSOR[:, 3:], SENSOR[:, :3], 100.0)
    assert slope == pytest.approx(np.pi / 180, rel=0.2)
    assert rate_from_gravity(SENSOR[:4, 3:], SENSOR[:4, :3], 100.0) is None
    assert rate_from_gravity(np.zeros((500, 3)), SENSOR[:500, :3], 100.0) is None


@pytest.mark.parametrize(
    ("step", "expected"), [(0.01, 1.0), (10.0, 1e-3), (1e4, 1e-6), (1e7, 1e-9)]
)
def test_the_step_tells_the_unit_of_time(step: float, expected: float) -> None:
    scale, notes = time_factor(np.arange(50) * step, Hints(), None, "time")
    assert scale == expected
    assert bool(notes) == (expected != 1.0)


def test_row_numbers_are_no_clock() -> None:
    with pytest.raises(MissingInputError, match="counts rows"):
        time_factor(np.arange(1.0, 50.0), Hints(), None, "time")
    with pytest.raises(MissingInputError, match="cannot be told"):
        time_factor(np.arange(50) * 1e12, Hints(), None, "time")


@pytest.mark.parametrize(("unit", "expected"), [(1.0, 1.0), (1e3, 1e-3), (1e2, 1e-2)])
def test_markers_of_a_person_tell_their_unit(unit: float, expected: float) -> None:
    rng = np.random.default_rng(1)
    person = rng.uniform((-0.3, 0, -0.3), (0.3, 1.8, 0.3), (20, 3))
    walk = person + np.linspace(0, 5, 50)[:, None, None] * np.array([1.0, 0, 0])
    assert length_factor(walk * unit, Hints(), None)[0] == expected


def test_angles_in_radians_are_noticed() -> None:
    knee = 60 * np.abs(np.sin(np.linspace(0, 9, 200)))[:, None]
    assert angle_factor(knee, Hints(), None)[0] == 1.0
    scale, notes = angle_factor(np.deg2rad(knee), Hints(), None)
    assert scale == pytest.approx(180 / np.pi)
    assert "radians" in notes[0].words
    assert angle_factor(knee, Hints(units={"angle": "rad"}), None)[0] == pytest.approx(180 / np.pi)


def test_a_file_in_g_and_rad_arrives_in_ours(tmp_path: Path) -> None:
    raw = SENSOR / np.array([STANDARD_GRAVITY] * 3 + [180 / np.pi] * 3)
    file = save(tmp_path / "imu.csv", ["time", *(f"left_foot_{a}" for a in AXES)], timed(raw))
    recording = gaitsmith.read(file)
    assert recording["imu"].labels == ("foot_l",)
    assert np.abs(recording["imu"].data[:, 0] - SENSOR).max() < 1e-2
    words = " ".join(n.words for n in recording.notes)
    assert "taken as g" in words
    assert "taken as rad/s" in words


def test_a_trunk_that_turns_about_the_vertical_is_told_by_size() -> None:
    t = np.arange(1500) / 100
    upright = np.column_stack((9.8 + np.sin(12 * t), 0.1 * np.sin(7 * t), 0.1 * np.cos(7 * t)))
    yaw = np.column_stack((45 * np.sin(6 * t), 0 * t, 0 * t))
    assert rate_factor({"a": yaw}, {"a": upright}, 100.0, Hints())[0] == 1.0
    scale, notes = rate_factor({"a": np.deg2rad(yaw)}, {"a": upright}, 100.0, Hints())
    assert scale == pytest.approx(180 / np.pi)
    assert "in walking" in notes[0].words
    still = np.tile([9.8, 0.0, 0.0], (1500, 1))
    with pytest.raises(MissingInputError, match="angular rate cannot be told"):
        rate_factor({"a": yaw / 20}, {"a": still}, 100.0, Hints())


def test_forces_and_moments_in_other_units(tmp_path: Path) -> None:
    n = np.arange(200) / 100
    up = np.maximum(0, 0.7 * np.sin(6 * n))
    table = np.column_stack((n, 0 * n, up, 0 * n, 60e3 * up))
    names = ["time", "Fx1 [kN]", "Fy1 [kN]", "Fz1 [kN]", "knee_angle_r_moment"]
    walk = gaitsmith.read(save(tmp_path / "a.csv", names, table))
    assert np.allclose(walk["forces"].data[:, 0, 1], 1000 * up, atol=1e-2)
    assert walk["moments"].data.max() == pytest.approx(60 * 0.7, rel=1e-3)
    assert any("N·mm" in note.words for note in walk.notes)
    bare = [x.removesuffix(" [kN]") for x in names]
    file = save(tmp_path / "b.csv", bare, table)
    walk = gaitsmith.read(file, scale={"force": 1000.0, "moment": 2.0})
    assert np.allclose(walk["forces"].data[:, 0, 1], 1000 * up, atol=1e-2)
    assert walk["moments"].data.max() == pytest.approx(120e3 * 0.7, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "place"),
    [("walk1_LF", "foot_l"), ("right_shank_02", "shank_r"), ("RightFoot", "foot_r"),
     ("s03_lower_back", "lower_back"), ("trial7", "sensor")],
)  # fmt: skip
def test_a_sensor_may_be_named_by_its_file(tmp_path: Path, name: str, place: str) -> None:
    file = save(tmp_path / f"{name}.csv", ["time", *AXES], timed(SENSOR))
    walk = gaitsmith.read(file)
    assert walk["imu"].labels == (place,)
    told = [n for n in walk.notes if "told by" in n.words]
    assert len(told) == (place != "sensor")
