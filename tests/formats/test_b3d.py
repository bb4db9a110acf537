"""The .b3d reader on bytes made here and on the real file."""

import dataclasses

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import b3d
from tests.formats.b3d_bytes import make
from tests.formats.opensim_text import Hints, source


def read(data, part=None, **hints):
    return b3d.read(dataclasses.replace(source(data, "x.b3d"), part=part), Hints(**hints))


def words(recording):
    return "\n".join(str(n) for n in recording.notes)


def test_everything_of_a_trial():
    recording = read(make())
    points, angles, forces = recording.points, recording.angles, recording.forces
    assert points.labels == ("RHEE", "LHEE")  # SACR has no whole position
    assert (len(points), points.rate) == (6, 100.0)
    assert points["LHEE"][2] == pytest.approx([0.32, 0.08, 0.12])
    assert angles.labels == (
        "pelvis_tilt",
        "pelvis_tx",
        "hip_flexion_r",
        "knee_angle_r",
        "knee_angle_l",
    )
    assert angles["pelvis_tx"][3] == pytest.approx(3.9)
    assert angles["knee_angle_r"][0] == pytest.approx(np.degrees(0.6))  # it was negative
    assert angles.attrs["negative_knee"] == ["right", "left"]
    assert forces.labels == ("plate_1", "plate_2")
    assert forces.data[3, 0] == pytest.approx([10, 703, 5, 0.2, 0, 0.1, 3])
    assert np.isnan(forces.data[:, 1, 3:6]).all()
    assert "moments" not in recording
    person = recording.subject
    assert (person.mass, person.height, person.age, person.sex) == (70.0, 1.7, 41.0, "female")
    assert "the first of 2 trials is read" in words(recording)
    assert "SACR" in words(recording)


def test_a_trial_by_its_name():
    recording = read(make(), part="walk_2")
    assert (recording.name, len(recording.points)) == ("walk_2", 4)
    with pytest.raises(GaitsmithError, match="trial has an unknown value") as caught:
        read(make(), part="walk_3")
    assert "walk_2" in str(caught.value)


def test_a_dynamics_pass_gives_moments():
    recording = read(make(passes=(0, 1)))
    assert recording["moments"]["knee_angle_r_moment"] == pytest.approx(np.full(6, -30.0))
    assert recording["moments"]["hip_flexion_r_moment"] == pytest.approx(np.full(6, 20.0))
    assert "the last of 2 passes, dynamics" in words(recording)


def test_feet_of_the_pass_where_plates_are_empty():
    recording = read(make(plates=False))
    assert recording.forces.labels == ("foot_r", "foot_l")
    assert recording.forces.data[0, 0, :3] == pytest.approx([1, 500, 0])


def test_frames_marked_as_missing():
    recording = read(make(trials=(("walk", 4, 0.01, (0, 5, 0, 5)),)))
    assert np.isnan(recording.forces.data[[1, 3]]).all()
    assert np.isfinite(recording.forces.data[[0, 2], 0]).all()
    assert "forces of 2 frames as missing" in words(recording)


def test_absurd_people_are_left_out():
    recording = read(make(mass=7000.0, height=-1.0))
    assert recording.subject.mass is None
    assert "7000 is no person's mass" in words(recording)


@pytest.mark.parametrize("cut", [0.02, 0.3, 0.6, 0.99])
def test_cut_files_are_refused(cut):
    data = make(trials=(("walk", 6, 0.01, ()),))
    with pytest.raises(GaitsmithError):
        read(data[: int(cut * len(data))])


def test_huge_claims_are_refused():
    with pytest.raises(GaitsmithError, match="not all there"):
        read(make().replace(b"\x18\x06", b"\x18\x7f"))
    with pytest.raises(GaitsmithError, match="header is cut or damaged"):
        read(b"\xff" * 8 + make()[8:])
    with pytest.raises(GaitsmithError, match="no time step"):
        read(make(trials=(("walk", 6, 0.0, ()),)))
    assert read(make(trials=(("walk", 6, 0.0, ()),)), rate_hz=50).points.rate == 50.0


@pytest.mark.shared
def test_the_real_file(shared):
    import gaitsmith

    path = shared / "opensim/b3d/results.b3d"
    recording = gaitsmith.read(path)
    assert recording.name == "walking2_segment_0"
    assert (len(recording.points), recording.points.rate) == (132, 100.0)
    person = recording.subject
    assert (person.mass, person.height, person.age, person.sex) == (68.0, 1.7, 18.0, "male")
    force = recording.forces.data[50]
    assert force[0, :6] == pytest.approx([70.1705, 695.3, -32.5811, 0.25368, 0.006, -0.183659])
    assert not force[1, :3].any()
    angles = recording.angles
    assert len(angles.labels) == 33
    first = np.radians(angles.data[50, :3]).tolist()
    assert first == pytest.approx([0.1169, -0.2999, -0.1036], abs=5e-5)
    other = gaitsmith.read(f"{path}!walking1_segment_0")
    assert len(other.points) == 131
    grf = gaitsmith.read(shared / "opensim/rajagopal_walking/walking1_grf.mot").forces
    assert np.allclose(other.forces.data[..., :3], grf.data[..., :3], atol=1e-9)
    ik = gaitsmith.read(shared / "opensim/rajagopal_walking/walking1_ik.mot").angles
    for label in ("hip_flexion_r", "knee_angle_r", "knee_angle_l", "elbow_flex_l", "pelvis_tx"):
        assert np.corrcoef(other.angles[label], ik[label])[0, 1] > 0.9, label
