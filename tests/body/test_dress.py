import zipfile

import numpy as np
import pytest

import gaitsmith
from gaitsmith.body import generic_body, place, places
from gaitsmith.body.angles import angles_from_points
from gaitsmith.body.dress import dress
from gaitsmith.body.kinematics import coordinate_values
from gaitsmith.body.solve import fit
from gaitsmith.body.tree import Spot
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Recording, Stream, Subject

from .test_solve import PAIRS, rms, walking


def skin(height=1.72, wands=True):
    """A body with markers where a laboratory puts them, named as Plug-in Gait does."""
    body = generic_body(height, 68.0, arms=False)
    p = places(body)
    hip = np.array(p["hip_r"].position)
    spots = {}
    for s, z in (("R", 1), ("L", -1)):
        low = s.lower()
        knee, ankle, toe = (p[f"{n}_{low}"] for n in ("knee", "ankle", "toe"))
        spots[f"{s}ASI"] = Spot("pelvis", (0, 0, z * (hip[2] - 0.0073) / 0.33 / 2))
        spots[f"{s}PSI"] = Spot("pelvis", ((hip[0] + 0.0099) / 0.24, 0, z * 0.05))
        for name, spot, out in (("KNE", knee, 0.034), ("ANK", ankle, 0.024)):
            x, y, w = spot.position
            spots[s + name] = Spot(spot.segment, (x, y, w + z * out * height))
        spots[f"{s}HEE"] = Spot(f"calcn_{low}", (-0.01, 0.03, 0.0))
        spots[f"{s}TOE"] = Spot(toe.segment, (toe.position[0], 0.025, toe.position[2]))
        if wands:
            spots[f"{s}THI"] = Spot(f"femur_{low}", (0.03, -0.25, z * 0.09))
            spots[f"{s}TIB"] = Spot(f"tibia_{low}", (0.02, -0.22, z * 0.06))
    spots["C7"] = Spot("torso", (-0.07, 0.42, 0.0))
    spots["CLAV"] = Spot("torso", (0.08, 0.36, 0.0))
    spots["STRN"] = Spot("torso", (0.11, 0.22, 0.0))
    return body.replace(markers=spots)


def test_skin_markers_give_the_angles_back():
    columns, points = walking(skin())
    worn = dress(points, Subject(height=1.72))
    assert not worn.centres
    assert worn.unused == ()
    assert worn.given["RTHI"] == "femur_r"
    assert worn.given["LTIB"] == "tibia_l"
    assert worn.given["STRN"] == "torso"
    angles = fit(worn.body, points).angles(100.0)
    for name in ("hip_flexion_r", "knee_angle_r", "knee_angle_l", "ankle_angle_l", "hip_flexion_l"):
        off = np.mean(angles[name] - columns[name])
        assert abs(off) < 6.0
        assert rms(angles[name] - off, columns[name]) < 1.5


def test_size_is_measured():
    for height in (1.2, 1.9):
        _, points = walking(skin(height))
        body = dress(points).body
        pose = place(body, np.array([[c.rest for c in body.coordinates]]))
        thigh = np.linalg.norm(pose.joint_centre("hip_r") - pose.joint_centre("knee_r"))
        assert thigh == pytest.approx(0.245 * height, rel=0.05)


def test_a_static_trial_places_the_markers():
    body = skin()
    columns, points = walking(body)
    still = {c: np.zeros(30) for c in columns}
    still["pelvis_ty"] = np.full(30, 0.97)
    data = place(body, coordinate_values(body, still)[0]).spots(body.markers.values())
    static = Stream("points", data, tuple(body.markers), rate=100.0)
    worn = dress(points, static=static)
    assert worn.given["RTHI"] == "femur_r"
    angles = fit(worn.body, points).angles(100.0)
    knee = angles["knee_angle_r"]
    assert rms(knee - np.mean(knee - columns["knee_angle_r"]), columns["knee_angle_r"]) < 1.5


def test_joint_centres_and_keypoints():
    body = generic_body(1.8, 75.0, arms=False)
    spots = {
        n: s for n, s in places(body).items() if n[:-2] in ("hip", "knee", "ankle", "heel", "toe")
    }
    columns, points = walking(body.replace(markers=spots))
    out = angles_from_points(Recording(streams={"points": points}))
    assert "joint centres" in " ".join(str(n) for n in out.notes)
    for name in ("hip_flexion_r", "knee_angle_r", "knee_angle_l"):
        mine = out.angles[name]
        assert rms(mine - np.mean(mine - columns[name]), columns[name]) < 4.0


def test_labels_that_say_too_little_are_refused():
    points = Stream("points", np.zeros((20, 4, 3)), ("a", "b", "c", "d"), rate=50.0)
    with pytest.raises(MissingInputError, match="cannot be told"):
        dress(points)
    _, real = walking(skin())
    with pytest.raises(MissingInputError, match="person's size"):
        dress(real.replace(data=real.data * 1000))


@pytest.mark.shared
def test_plug_in_gait_angles_of_children(shared):
    from gaitsmith.gait.frame import face_forward

    archive = shared / "mcgill_children" / "mcgill_children_dev.zip"
    names = sorted(n for n in zipfile.ZipFile(archive).namelist() if "/Straight/" in n)
    assert len(names) == 8
    for name in names[::3]:
        recording = face_forward(gaitsmith.read(f"{archive}!{name}"))
        theirs = recording.angles
        ours = angles_from_points(recording)["angles_body"]
        for c in ("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l"):
            n = min(len(ours), len(theirs))
            a, b = ours[c][:n], theirs[c][:n]
            there = np.isfinite(a) & np.isfinite(b)
            assert there.sum() > 100
            assert np.corrcoef(a[there], b[there])[0, 1] > 0.97
            assert np.std((a - b)[there]) < 6.0


@pytest.mark.shared
def test_generic_body_on_the_walk_of_moco(shared):
    folder = shared / "opensim" / "moco_walking"
    published = gaitsmith.read(folder / PAIRS["moco_walking"][1]).angles
    points = gaitsmith.read(folder / "markers_walk.trc").points.crop(published.start, published.end)
    angles = angles_from_points(Recording(streams={"points": points})).angles
    times = published.times[(published.times >= angles.start) & (published.times <= angles.end)]
    for c in ("hip_flexion", "knee_angle", "ankle_angle"):
        for s in ("r", "l"):
            mine = np.interp(times, angles.times, angles[f"{c}_{s}"])
            theirs = np.interp(times, published.times, published[f"{c}_{s}"])
            assert np.std(mine - theirs) < 5.0
            assert np.corrcoef(mine, theirs)[0, 1] > 0.93
