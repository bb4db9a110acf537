"""What is only shown and not judged."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.chapters.trust import CURVED, on_pelvis, unjudged
from gaitsmith.gait.events.low_back import SLOW_BACK
from gaitsmith.preparation import with_whole_pelvis
from gaitsmith.recording import Note
from gaitsmith.virtual import example


@pytest.fixture(scope="module")
def walk():
    return example(seconds=10.0)


def test_signals_of_two_trials_are_shown_and_not_judged(walk):
    other = example(seconds=8.0, speed=0.8, seed=3)
    both = walk.with_events(gaitsmith.Events()).with_stream(other["forces"])
    found = gaitsmith.analyze(both)
    whole = " ".join(found.summary)
    assert "Doubtful" in whole
    assert "Nothing is judged or estimated here" in whole
    assert "reference (" not in whole
    assert "profile" not in whole.lower()
    assert "speed" not in found
    assert not any(p.bands for p in found["kinematics"].figures[0].panels if p is not None)
    assert any("not belong" in m or "one trial" in m for m in found["indices"].missing)


def test_an_ordinary_walk_is_judged(walk):
    found = gaitsmith.analyze(walk)
    assert unjudged(found.recording, found.strides, ()) == ""
    assert not any("Nothing is judged" in s for s in found.summary)


def test_a_speed_from_angles_has_a_band():
    walk = example(seconds=6.0)
    angles = walk.angles
    held = [x for x in angles.labels if not x.startswith("pelvis_t") or x == "pelvis_tilt"]
    walk = walk.replace(streams={"angles": angles.select(held)}, events=gaitsmith.Events())
    found = gaitsmith.analyze(walk)
    values = found["recording"].values
    assert values["speed_within_m_s"] == pytest.approx(0.12 * values["speed_m_s"], rel=0.1)
    assert "(± " in found.summary[0]
    given = gaitsmith.analyze(walk, speed_m_s=1.2)["recording"].values
    assert given["speed_m_s"] == 1.2
    assert "speed_within_m_s" not in given


def test_a_doubt_is_a_reason(walk):
    note = Note("warning", "recording", "who knows")
    assert "one trial" in unjudged(walk, None, [note])
    assert unjudged(walk, None, [Note("warning", "points", "a gap")]) == ""
    assert "curve" in unjudged(walk, None, iter([Note("warning", "strides", CURVED)]))
    slow = Note("warning", "low_back", f"strides take 2.3 s: in so slow a walk {SLOW_BACK}")
    assert "lower back alone" in unjudged(walk.replace(notes=(slow,)), None, [])


def test_a_child_on_a_curve_is_not_called_unusual(shared):
    found = gaitsmith.analyze(gaitsmith.read(f"{shared}/mcgill_children/mcgill_children_dev.zip!HC036A/Turn/HC036A23.c3d"))  # fmt: skip
    whole = " ".join(found.summary)
    assert "Nothing is judged or estimated here: the whole walk is along a curve" in whole
    assert "GPS" not in whole
    assert "unusual" not in whole


@pytest.mark.parametrize(
    ("label", "there"),
    [
        ("RASI", True), ("LPSI", True), ("SACR", True), ("R.ASIS", True), ("RHIP", True), ("hip_l", True),
        ("RHJC", True), ("RKNE", False), ("LHEE", False), ("ship", False),
    ],
)  # fmt: skip
def test_markers_of_the_pelvis(label, there):
    assert on_pelvis(label) == there


def markers(walk):
    """A walk whose angles were computed from points that include a pelvis of three."""
    points = walk.points
    names = ("RASI", "LASI", "SACR", *points.labels[3:])
    points = points.replace(labels=names)
    attrs = {"made_from": "points", "residual_mm": dict.fromkeys(names[:3], 4.0)}
    angles = walk.angles.replace(attrs={**walk.angles.attrs, **attrs})
    return walk.with_stream(points, "points").with_stream(angles, "angles")


def test_hips_need_three_markers_of_the_pelvis(walk):
    whole = markers(walk)
    assert with_whole_pelvis(whole) is whole
    data = whole.points.data.copy()
    data[100:200, 2] = np.nan
    cut = with_whole_pelvis(whole.with_stream(whole.points.replace(data=data), "points"))
    times = whole.points.times
    inside = (cut.angles.times >= times[100]) & (cut.angles.times <= times[199])
    assert np.isnan(cut.angles["hip_flexion_r"][inside]).all()
    assert np.isnan(cut.angles["pelvis_tilt"][inside]).all()
    assert np.isfinite(cut.angles["knee_angle_r"]).all()
    far = (cut.angles.times < times[100] - 0.06) | (cut.angles.times > times[199] + 0.06)
    assert np.isfinite(cut.angles["hip_flexion_r"][far]).all()
    assert any("fewer than three" in n.words for n in cut.notes)


def test_angles_whose_markers_are_mostly_gone_are_not_judged(walk):
    whole = markers(walk)
    found = gaitsmith.analyze(walk)
    data = whole.points.data.copy()
    data[:, 2] = np.nan
    bare = whole.with_stream(whole.points.replace(data=data), "points")
    assert "SACR" in unjudged(bare, found.strides, ())
    assert unjudged(whole, found.strides, ()) == ""


def test_a_joint_that_the_model_locks_is_not_drawn(walk):
    angles = walk.angles
    still = np.zeros((len(angles), 1))
    locked = angles.replace(
        data=np.column_stack((angles.data, still)), labels=(*angles.labels, "knee_rotation_r")
    )
    found = gaitsmith.analyze(walk.with_stream(locked, "angles"))["kinematics"]
    assert any("holds it still: knee rotation" in w for w in found.words)
    titles = [p.title for p in found.figures[0].panels if p is not None]
    assert "knee rotation" not in titles
    assert "knee flexion" in titles
    assert not any("rotation" in row[0] and "knee" in row[0] for row in found.tables[0].rows)


def test_the_distance_from_each_marker_is_told(walk):
    angles = walk.angles
    told = angles.replace(attrs={**angles.attrs, "residual_mm": {"A": 3.0, "B": 12.5}})
    quality = gaitsmith.analyze(walk.with_stream(told, "angles"))["quality"]
    table = next(t for t in quality.tables if t.key == "residuals")
    assert table.rows == [("B", 12.5), ("A", 3.0)]
