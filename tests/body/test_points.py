import numpy as np
import pytest

import gaitsmith
from gaitsmith.body import drawn_words, generic_body, place, points_from_angles, read_osim
from gaitsmith.body.kinematics import coordinate_values
from gaitsmith.chapters import ESTIMATING
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Recording, Stream, Subject
from gaitsmith.virtual import example


def walk(seconds=5.0, rate=100.0, drop=(), height=None):
    """A plain harmonic walk on the spot whose stance foot defines the ground."""
    t = np.arange(int(seconds * rate)) / rate
    columns = {
        "pelvis_tilt": 0 * t, "pelvis_list": 0 * t, "pelvis_rotation": 0 * t,
        "pelvis_tx": 0 * t, "pelvis_ty": 0 * t, "pelvis_tz": 0 * t, "lumbar_extension": 0 * t,
    }  # fmt: skip
    for side, shift in (("r", 0.0), ("l", np.pi)):
        phase = 2 * np.pi * 0.9 * t + shift
        columns[f"hip_flexion_{side}"] = 8 + 22 * np.cos(phase)
        columns[f"knee_angle_{side}"] = 20 - 20 * np.cos(phase - 1.9) + 5
        columns[f"ankle_angle_{side}"] = 5 * np.sin(phase)
    body = generic_body(height or 1.7, arms=False)
    values, _ = coordinate_values(body, columns)
    values[:, body.index["pelvis_ty"]] = 0
    pose = place(body, values)
    from gaitsmith.body import places

    feet = [s for n, s in places(body).items() if n[:-2] in ("heel", "toe")]
    columns["pelvis_ty"] = -pose.spots(feet)[..., 1].min(axis=1)
    keep = {k: v for k, v in columns.items() if k not in drop}
    stream = Stream("angles", np.stack(list(keep.values()), axis=1), tuple(keep), rate=rate)
    return Recording(streams={"angles": stream})


def words(recording):
    return " | ".join(str(n) for n in recording.notes)


@pytest.mark.parametrize("height", [1.15, 1.62, 1.95])
def test_stature_is_found_from_the_pelvis_height(height):
    out = points_from_angles(walk(height=height))
    lowest = np.min([out.points[f"{p}_{s}"][:, 1] for p in ("heel", "toe") for s in "rl"], axis=0)
    assert np.abs(lowest).max() < 1e-6
    assert f"{height:.2f} m" in words(out)
    assert out.points.attrs["pelvis"] == "moving"
    assert out.points.filled is None


def test_height_given_or_of_the_subject_wins():
    recording = walk(height=1.6)
    told = points_from_angles(recording, height=1.9)
    assert "1.90 m, as given" in words(told)
    thigh = np.linalg.norm(told.points["hip_r"] - told.points["knee_r"], axis=1)
    assert np.allclose(thigh, 0.245 * 1.9)
    known = points_from_angles(recording.replace(subject=Subject(height=1.8)))
    assert "1.80 m, as given" in words(known)


def test_without_a_position_the_pelvis_is_held_and_the_lower_foot_touches():
    out = points_from_angles(walk(drop=("pelvis_tx", "pelvis_ty", "pelvis_tz")))
    points = out.points
    lowest = np.min([points[f"{p}_{s}"][:, 1] for p in ("heel", "toe") for s in "rl"], axis=0)
    assert np.abs(lowest).max() < 1e-12
    assert np.ptp(points["pelvis"][:, 0]) < 1e-12
    assert points.attrs["pelvis"] == "held"
    assert "pelvis_tx and pelvis_ty and pelvis_tz are missing" in words(out)


def test_missing_knees_are_drawn_marked_and_said():
    out = points_from_angles(walk(drop=("knee_angle_r", "knee_angle_l")))
    points = out.points
    filled = {n: points.filled[:, points.index(n)].any() for n in points.labels}
    assert filled["ankle_r"]
    assert filled["toe_l"]
    assert not filled["knee_r"]
    assert not filled["hip_l"]
    assert "no knee_angle_r and knee_angle_l" in words(out)
    assert any(n.level == "warning" for n in out.notes)


def test_a_missing_hip_or_ankle_is_rest_marked_and_said():
    out = points_from_angles(walk(drop=("ankle_angle_r", "hip_flexion_l")))
    points = out.points
    filled = {n: points.filled[:, points.index(n)].any() for n in points.labels}
    assert not filled["ankle_r"]
    assert filled["toe_r"]
    assert filled["knee_l"]
    assert "ankle dorsiflexion (ankle_angle_r)" in words(out)
    assert "hip flexion (hip_flexion_l)" in words(out)


def test_one_leg_alone():
    drop = [f"{c}_l" for c in ("hip_flexion", "knee_angle", "ankle_angle")]
    out = points_from_angles(walk(drop=drop))
    assert "knee_r" in out.points
    assert "knee_l" not in out.points


def test_filled_angles_mark_what_hangs_on_them():
    recording = walk()
    angles = recording.angles
    mask = np.zeros(angles.data.shape, bool)
    mask[10:20, angles.index("knee_angle_r")] = True
    recording = recording.replace(streams={"angles": angles.with_filled(angles.data, mask)})
    points = points_from_angles(recording).points
    assert points.filled[10:20, points.index("ankle_r")].all()
    assert not points.filled[20:, points.index("ankle_r")].any()
    assert not points.filled[:, points.index("knee_r")].any()


def test_missing_samples_stay_missing():
    recording = walk()
    data = recording.angles.data.copy()
    data[5, recording.angles.index("hip_flexion_r")] = np.nan
    recording = recording.replace(streams={"angles": recording.angles.replace(data=data)})
    points = points_from_angles(recording).points
    assert np.isnan(points["knee_r"][5]).all()
    assert np.isfinite(points["knee_l"][5]).all()
    assert np.isfinite(points["knee_r"][6]).all()


def test_the_clock_and_the_other_streams_stay():
    recording = walk()
    marker = Stream("points", np.zeros((4, 1, 3)), ("RHEE",), rate=50.0)
    both = recording.replace(streams={**recording.streams, "points": marker})
    out = points_from_angles(both)
    assert out["points"] == marker
    assert out["points_body"].rate == recording.angles.rate
    slow = recording.angles.replace(rate=None, time=recording.angles.times * 1.5 + 3)
    out = points_from_angles(recording.replace(streams={"angles": slow}))
    assert np.array_equal(out.points.times, slow.times)


def test_what_cannot_be_done_is_refused():
    with pytest.raises(MissingInputError, match="no joint angles"):
        points_from_angles(Recording())
    trunk = Stream("angles", np.zeros((5, 1)), ("lumbar_extension",), rate=10.0)
    with pytest.raises(MissingInputError, match="leg"):
        points_from_angles(Recording(streams={"angles": trunk}))


def stance_speed(points):
    """Median backward speed (m/s) of the foot points while they are lowest."""
    found = []
    for name in ("heel_r", "heel_l"):
        x, y = points[name][:, 0], points[name][:, 1]
        found.append(-np.median(np.gradient(x, points.times)[y < np.percentile(y, 30)]))
    return float(np.mean(found))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "model", "motion", "speed"),
    [
        ("gait2392", "subject01_simbody.osim.gz", "subject01_walk1_ik.mot", 1.13),
        ("wbds01", "GenericScaledModel_sample.osim.gz", "WBDS01walkT01_ik_sample.mot", 0.49),
        ("gaitdynamics_example", "example_opensim_model.osim.gz",
         "example_mot_complete_kinematics.mot.gz", 1.20),
    ],
)  # fmt: skip
def test_belt_speed_is_seen_in_the_stance_foot(shared, name, model, motion, speed):
    folder = shared / "opensim" / name
    recording = gaitsmith.read(folder / motion)
    own = points_from_angles(recording, read_osim(folder / model)).points
    assert stance_speed(own) == pytest.approx(speed, abs=0.03)
    generic = points_from_angles(recording).points
    assert stance_speed(generic) == pytest.approx(speed, abs=0.03)


@pytest.mark.parametrize(("gone", "words"), [
    ((), ""),
    (("knee_angle_l",), "The left knee of this figure is drawn bending as the hip swings forward, not measured."),
    (("knee_angle_l", "knee_angle_r"), "Both knees of this figure are drawn bending as the hip swings forward, not measured."),
    (("ankle_angle_r",), "The right ankle of this figure is drawn held as in upright standing, not measured."),
])  # fmt: skip
def test_a_figure_says_which_joints_are_drawn(gone, words):
    angles = example(seconds=3.0).angles
    kept = angles.select([x for x in angles.labels if x not in gone])
    recording = points_from_angles(Recording(streams={"angles": kept}))
    assert drawn_words(recording.points) == words
    pictured = gaitsmith.analyze(Recording(streams={"angles": kept}), without=ESTIMATING)
    assert pictured["playback"].playbacks[0].caption == words
