"""What column names mean."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.formats.columns import Role, roles, sensor_label
from gaitsmith.recording import Recording, Stream


def role(name: str) -> Role:
    return roles([name])[0]


@pytest.mark.parametrize(
    ("name", "sensor", "axis", "label"),
    [
        ("left_foot_acc_x", "left_foot", "acc_x", "foot_l"),
        ("acc_x_foot_r", "foot_r", "acc_x", "foot_r"),
        ("LF_AccX", "LF", "acc_x", "foot_l"),
        ("RS_gyro_y", "RS", "gyr_y", "shank_r"),
        ("gyro_rt_z", "rt", "gyr_z", "thigh_r"),
        ("pelvis_ACCEL_x", "pelvis", "acc_x", "pelvis"),
        ("LowerBack_ANGVEL_z", "Lower_Back", "gyr_z", "lower_back"),
        ("sternum_MAGN_y", "sternum", "mag_y", "chest"),
        ("left_sensor_acc_x", "left_sensor", "acc_x", "left_sensor"),
        ("Acc_X [m/s^2]", "", "acc_x", ""),
        ("Gyr_Y_rads", "", "gyr_y", ""),
        ("Accelerometer X (g)", "", "acc_x", ""),
        ("angular velocity z", "", "gyr_z", ""),
        ("FreeAcc_E", "", None, ""),
        ("shank_r_gyr_x", "shank_r", "gyr_x", "shank_r"),
    ],
)
def test_channels_of_sensors(name: str, sensor: str, axis: str | None, label: str) -> None:
    found = role(name)
    if axis is None:
        assert found.kind == ""
        return
    assert (found.kind, found.label, found.axis) == ("imu", sensor, axis)
    assert sensor_label(sensor, {}, only=True)[0] == label


@pytest.mark.parametrize(
    ("name", "kind", "label", "axis"),
    [
        ("Beschleunigung X Fuß links [m/s²]", "imu", "foot_l", "acc_x"),
        ("Drehrate_Y_FussRechts", "imu", "foot_r", "gyr_y"),
        ("rechter Unterschenkel Winkelgeschwindigkeit z (°/s)", "imu", "shank_r", "gyr_z"),
        ("Becken_Beschleunigung_x", "imu", "pelvis", "acc_x"),
        ("Kniewinkel links [°]", "angles", "knee_angle_l", ""),
        ("Hüftflexion_rechts", "angles", "hip_flexion_r", ""),
        ("Zeit [s]", "time", "Zeit", ""),
        ("ts", "time", "ts", ""),
    ],
)
def test_german_names(name: str, kind: str, label: str, axis: str) -> None:
    found = role(name)
    assert (found.kind, found.axis) == (kind, axis)
    place = sensor_label(found.label, {}, only=True)[0] if kind == "imu" else found.label
    assert place == label


def test_units_in_names() -> None:
    assert role("Acc_X [m/s^2]").unit == "m/s2"
    assert role("Gyr_Y_rads").unit == "rad/s"
    assert role("time (ms)").unit == "ms"
    assert role("knee_angle_r (deg)") == Role("angles", "knee_angle_r", "", "deg")


def test_single_letters_count_only_together() -> None:
    six = roles(["t", "ax", "ay", "az", "gx", "gy", "gz"])
    assert [r.axis for r in six[1:]] == ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
    assert role("ax").kind == ""


@pytest.mark.parametrize(
    ("name", "label", "axis"),
    [
        ("Fx1", "plate_1", "vx"), ("COPz2", "plate_2", "pz"), ("Ty1", "plate_1", "my"),
        ("FP2_Fz", "plate_2", "vz"), ("left_Fy", "foot_l", "vy"), ("R_Fz", "foot_r", "vz"),
        ("Force Z 1", "plate_1", "vz"), ("foot_r_fy", "foot_r", "fy"),
        ("plate_1_px", "plate_1", "px"), ("COP_x_r", "foot_r", "px"),
    ],
)  # fmt: skip
def test_forces(name: str, label: str, axis: str) -> None:
    pushing = {"plate_1": "Fz1", "plate_2": "Fz2", "foot_r": "foot_r_Fz", "foot_l": "foot_l_Fz"}
    assert roles([name, pushing[label]])[0] == Role("forces", label, axis)


def test_a_point_called_m_is_no_plate() -> None:
    assert [r.kind for r in roles(["time", "M_x", "M_y", "M_z"])] == ["time", *["points"] * 3]


LABELS = (
    st.text(alphabet="abcxyzFXYZ_ .:1[]()/", min_size=1, max_size=9).map(str.strip).filter(bool)
)


@given(
    st.sampled_from(["points", "imu", "angles", "pressure", "phase"]),
    st.lists(LABELS, min_size=1, max_size=3, unique=True),
)
def test_any_label_survives_a_table(tmp_path: Path, kind: str, labels: list[str]) -> None:
    tail = {"points": (3,), "imu": (6,)}.get(kind, ())
    data = np.linspace(1, 2, 40 * len(labels) * int(np.prod(tail))).reshape(40, len(labels), *tail)
    stream = Stream(kind, data, tuple(labels), rate=100)  # type: ignore[arg-type]
    Recording(streams={kind: stream}).write(tmp_path / "t.csv", force=True)
    hints = {"units": {"acceleration": "m/s2", "rate": "deg/s", "length": "m", "angle": "deg"}}
    found = gaitsmith.read(tmp_path / "t.csv", up="+y", placement={x: x for x in labels},
                           strict=False, **hints)  # fmt: skip
    assert found[kind].labels == tuple(labels)
    assert np.allclose(found[kind].data, data)


def test_opensim_names_of_forces() -> None:
    names = [f"{p}ground_force_v{a}" for p in ("", "1_") for a in "xyz"]
    assert {(r.kind, r.label) for r in roles(names)} == {("forces", "foot_r"), ("forces", "foot_l")}


def test_joints_moments_and_powers() -> None:
    assert role("RKneeFlexion") == Role("angles", "knee_angle_r")
    assert role("hip_flexion_l_moment") == Role("moments", "hip_flexion_l_moment")
    assert role("ankle_angle_r_power").kind == "powers"
    assert role("pelvis_tx") == Role("angles", "pelvis_tx")


@pytest.mark.parametrize("join", ["_", " ", ":", ".", ""])
def test_triples_are_points(join: str) -> None:
    names = [f"{m}{join}{a}" for m in ("RHEE", "LTOE") for a in "XYZ"]
    found = roles(["Frame", *names])
    assert [r.kind for r in found] == ["counter", *["points"] * 6]
    assert found[1] == Role("points", "RHEE", "x")
    assert roles(["RHEE_X", "RHEE_Y"])[0].kind == "", "two of three are no point"


def test_our_own_names_with_their_kind() -> None:
    assert role("pressure.toe_r") == Role("pressure", "toe_r")
    assert role("points.m1_x") == Role("points", "m1", "x")
    assert role("imu.a b_acc_x") == Role("imu", "a b", "acc_x")
    assert role("angles.my joint") == Role("angles", "my joint")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("time", "time"), ("Timestamp", "time"), ("t", "time"), ("time_forces", "time"),
     ("SampleTimeFine", "time"), ("Frame", "counter"), ("PacketCounter", "counter"),
     ("Unnamed: 0", "counter"), ("label", ""), ("temperature", "")],
)  # fmt: skip
def test_clocks(name: str, kind: str) -> None:
    assert role(name).kind == kind


@pytest.mark.parametrize(
    ("name", "place"),
    [("Right Shank", "shank_r"), ("R_thigh", "thigh_r"), ("foot_sensor_left", "foot_l"),
     ("L5", "lower_back"), ("Sacrum", "pelvis"), ("wristL", "wrist_l"), ("LW", "wrist_l"),
     ("left shin", "shank_l")],
)  # fmt: skip
def test_places(name: str, place: str) -> None:
    assert sensor_label(name, {}, only=False) == (place, True)


def test_a_place_that_is_given_wins() -> None:
    assert sensor_label("LF", {"LF": "shank_r"}, only=False) == ("shank_r", True)
    assert sensor_label("s1", {"*": "pelvis"}, only=True) == ("pelvis", True)
    assert sensor_label("s1", {"*": "pelvis"}, only=False) == ("s1", False)
