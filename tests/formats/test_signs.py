"""Signs of single columns as the user tells them."""

from pathlib import Path

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import Hints
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream
from gaitsmith.virtual import average_person, walker

KNEE = "knee_angle_r"


@pytest.fixture(scope="module")
def walk() -> Recording:
    return walker(average_person("female"), 1.2, seconds=4.0)


def against(walk: Recording, *names: str) -> Recording:
    """The walk with these angles negated."""
    s = walk.angles
    assert s is not None
    data = s.data.copy()
    data[:, [s.index(n) for n in names]] *= -1.0
    return walk.select("angles").replace(streams={"angles": s.replace(data=data)})


def same(a: Stream | None, b: Stream | None) -> None:
    assert a is not None
    assert b is not None
    np.testing.assert_allclose(a.select(b.labels).data, b.data, atol=1e-5)


@pytest.mark.parametrize("names", [(KNEE,), (KNEE, "knee_angle_l"), ("hip_flexion_l", "pelvis_tilt")])  # fmt: skip
def test_a_negated_column_read_with_its_sign_is_the_original(walk, tmp_path: Path, names) -> None:
    walk.select("angles").write(tmp_path / "walk.mot")
    against(walk, *names).write(tmp_path / "turned.mot")
    there = gaitsmith.read(tmp_path / "turned.mot", signs=dict.fromkeys(names, -1))
    same(there.angles, gaitsmith.read(tmp_path / "walk.mot").angles)
    for name in names:
        assert any(n.place == name and n.words == "turned round, as told" for n in there.notes)
    assert not any("flexion is negative" in n.words for n in there.notes)


def test_a_knee_that_was_turned_by_itself_is_left_as_told(walk, tmp_path: Path) -> None:
    odd = against(walk, KNEE, "knee_angle_l")
    odd.write(tmp_path / "turned.mot")
    found = gaitsmith.read(tmp_path / "turned.mot")
    assert found.angles is not None
    assert found.angles.attrs["negative_knee"] == ["right", "left"]
    left = gaitsmith.read(tmp_path / "turned.mot", signs={KNEE: 1})
    assert left.angles is not None
    np.testing.assert_allclose(left.angles[KNEE], -found.angles[KNEE], atol=1e-6)
    np.testing.assert_array_equal(left.angles["knee_angle_l"], found.angles["knee_angle_l"])
    assert left.angles.attrs["negative_knee"] == ["left"]
    words = [str(n) for n in left.notes]
    assert sum("flexion is negative in the file (left)" in w for w in words) == 1
    assert any(KNEE in w and "as the file counts it" in w for w in words)


def test_other_names_of_a_column_are_understood(walk, tmp_path: Path) -> None:
    walk.select("angles", "forces").write(tmp_path / "walk.mot")
    plain = gaitsmith.read(tmp_path / "walk.mot")
    for name, stream, column in (
        ("angles.knee_angle_r", "angles", KNEE), ("Knee_Flexion_R", "angles", KNEE),
        ("ground_force_r_vz", "forces", "foot_r_fz"), ("foot_r_fz", "forces", "foot_r_fz"),
    ):  # fmt: skip
        read = gaitsmith.read(tmp_path / "walk.mot", signs={name: -1})
        a, b = (r.streams[stream].to_pandas() for r in (read, plain))
        np.testing.assert_array_equal(a[column], -b[column] + 0.0)
        others = [c for c in a.columns if c != column]
        np.testing.assert_array_equal(a[others], b[others])


def test_a_sensor_that_is_placed_keeps_its_sign(tmp_path: Path) -> None:
    rows = "\n".join(f"{t / 100},{np.sin(t)},9.81,0,{60 * (t % 7)},1,2" for t in range(200))
    (tmp_path / "imu.csv").write_text(f"time,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z\n{rows}\n")
    plain = gaitsmith.read(tmp_path / "imu.csv", placement={"*": "foot_r"})
    name = gaitsmith.read(tmp_path / "imu.csv").streams["imu"].columns()[3]
    for said in (name, "gyr_x", "foot_r_gyr_x"):
        read = gaitsmith.read(tmp_path / "imu.csv", placement={"imu": "foot_r"}, signs={said: -1})
        np.testing.assert_array_equal(read["imu"].data[:, 0, 3], -plain["imu"].data[:, 0, 3] + 0.0)
        np.testing.assert_array_equal(read["imu"].data[:, 0, :3], plain["imu"].data[:, 0, :3])


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[signs]\nknee_angle = -1", ("walk.toml, table [signs]: no column has this name", "knee_angle_r")),
        ("[signs]\nknee_angle_r = 0", ("not a sign", "sign of knee_angle_r", "-1")),
        ("[signs]\nknee_angle_r = true", ("not a sign", "sign of knee_angle_r", "-1")),
        ('[signs]\nknee_angle_r = "no"', ("another type", "table 'signs'", "numbers", "knee_angle_r = -1")),
        ("[signs]\nknee_angle_r = -1\nknee_flexion_r = -1", ("two signs for one column", "leave one")),
    ],
)  # fmt: skip
def test_what_is_wrong_beside_the_file_is_said(walk, tmp_path: Path, toml, words) -> None:
    walk.select("angles").write(tmp_path / "walk.mot")
    (tmp_path / "walk.toml").write_text(toml)
    with pytest.raises(GaitsmithError) as refusal:
        gaitsmith.read(tmp_path / "walk.mot")
    assert all(w in str(refusal.value) for w in ("walk.", "what to do", *words))


def test_a_toml_that_two_files_share_speaks_of_either(walk, tmp_path: Path) -> None:
    walk.select("angles").write(tmp_path / "walk.mot")
    walk.select("points").write(tmp_path / "walk.trc")
    (tmp_path / "walk.toml").write_text("[signs]\nknee_angle_r = -1")
    for files in (("walk.mot", "walk.trc"), ("walk.trc", "walk.mot")):
        read = gaitsmith.read(*(tmp_path / f for f in files))
        assert read.angles is not None
        assert walk.angles is not None
        assert np.corrcoef(read.angles[KNEE], walk.angles[KNEE][: len(read.angles)])[0, 1] < -0.9
    with pytest.raises(GaitsmithError, match="no column"):
        gaitsmith.read(tmp_path / "walk.trc")


@pytest.mark.parametrize("sign", [0, 2, "-1", True, float("nan")])
def test_only_1_and_minus_1_are_signs(sign) -> None:
    with pytest.raises(GaitsmithError, match="not a sign") as refusal:
        Hints(signs={KNEE: sign})
    assert "what to do" in str(refusal.value)


def test_moments_of_the_same_file_go_back_with_the_knee(tmp_path: Path) -> None:
    t = np.arange(200) / 100
    knee, moment = -30 + 30 * np.cos(2 * np.pi * t), 20 * np.sin(2 * np.pi * t)
    rows = "\n".join(f"{a}\t{b}\t{b}\t{c}" for a, b, c in zip(t, knee, moment, strict=True))
    (tmp_path / "both.sto").write_text(
        "both\nversion=1\nnRows=200\nnColumns=4\ninDegrees=yes\nendheader\n"
        f"time\tknee_angle_r\tknee_angle_l\tknee_angle_r_moment\n{rows}\n"
    )
    found = gaitsmith.read(tmp_path / "both.sto")
    np.testing.assert_allclose(found["moments"].data[:, 0], -moment, atol=1e-6)
    left = gaitsmith.read(tmp_path / "both.sto", signs={KNEE: 1})
    np.testing.assert_allclose(left["moments"].data[:, 0], moment, atol=1e-6)
    own = gaitsmith.read(tmp_path / "both.sto", signs={KNEE: 1, "knee_angle_r_moment": -1})
    np.testing.assert_allclose(own["moments"].data[:, 0], -moment, atol=1e-6)
