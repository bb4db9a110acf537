"""Direction, speed and ground of a walk."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.frame import face_forward, ground_velocity, progression, turns
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream
from tests.gait.walkers import Walker


@settings(max_examples=25)
@given(st.floats(-180, 180), st.booleans(), st.floats(0.4, 2.0))
def test_direction_speed_and_ground_whatever_the_heading(heading, treadmill, speed):
    walker = Walker(heading_deg=heading, treadmill=treadmill, speed=speed)
    way = progression(walker.recording("points"))
    a = np.radians(heading)
    assert np.dot(way.forward, [np.cos(a), 0, -np.sin(a)]) > 0.999
    assert way.mode == ("treadmill" if treadmill else "overground")
    assert way.speed == pytest.approx(speed, abs=0.02)
    if treadmill:
        assert way.belt_speed == pytest.approx(speed, abs=0.01)
    else:
        assert way.belt_speed is None
    assert not way.backward
    assert np.allclose(np.cross(way.forward, [0, 1, 0]), way.right)


@pytest.mark.parametrize("treadmill", [True, False])
def test_walking_backward_is_seen(treadmill):
    walker = Walker(treadmill=treadmill)
    points = walker.points()
    backward = Recording(streams={"points": points.replace(data=points.data[::-1].copy())})
    way = progression(backward)
    assert way.backward and way.forward[0] == pytest.approx(-1, abs=0.01)
    assert "backward" not in way.how or way.backward


def test_a_pelvis_without_a_place_is_said():
    points = Walker(treadmill=True).points().replace(attrs={"pelvis": "held"})
    way = progression(Recording(streams={"points": points}))
    assert way.mode == "treadmill" and "not recorded" in way.how


def _after_standing(walker, seconds):
    """The walker, who stands first; on a belt that does not run yet."""
    points = walker.points()
    rng = np.random.default_rng(0)
    still = np.repeat(points.data[20:21], round(seconds * walker.rate), axis=0)
    still = still + 0.001 * rng.standard_normal(still.shape)
    data = np.concatenate((still, points.data[20:]))
    return Recording(streams={"points": points.replace(data=data)})


@pytest.mark.parametrize("treadmill", [True, False])
def test_standing_before_the_walk_does_not_count(treadmill):
    from gaitsmith.gait.events import kinematic

    recording = _after_standing(Walker(treadmill=treadmill), 8.0)
    way = progression(recording)
    assert way.mode == ("treadmill" if treadmill else "overground")
    assert way.speed == pytest.approx(1.2, abs=0.04)
    assert kinematic.detect(recording).times().min() > 8.0


def test_running_belt():
    walker = Walker(speed=3.2, stride_s=0.7, stance=0.36, treadmill=True)
    assert progression(walker.recording("points")).belt_speed == pytest.approx(3.2, abs=0.05)


def test_drift_on_a_belt_counts_as_speed():
    walker = Walker(treadmill=True)
    points = walker.points()
    data = points.data.copy()
    data[:, :, 0] += 0.0
    drift = points.times[:, None] * 0.05
    data[:, list(points.labels).index("SACR"), 0] += drift[:, 0]
    way = progression(Recording(streams={"points": points.replace(data=data)}))
    assert way.belt_speed == pytest.approx(1.2, abs=0.01)
    assert way.speed == pytest.approx(1.25, abs=0.02)


def test_who_stands_stands():
    points = Walker().points()
    still = points.replace(data=np.repeat(points.data[55:56], 200, axis=0))
    way = progression(Recording(streams={"points": still}))
    assert way.mode == "standing" and way.speed == 0.0
    standing = Recording(streams={"points": still})
    assert face_forward(standing) is standing


def test_what_lacks_is_said():
    with pytest.raises(MissingInputError, match="needs points"):
        progression(Recording())
    with pytest.raises(MissingInputError, match="foot or the pelvis"):
        progression(Recording(streams={"points": Stream("points", np.zeros((50, 2, 3)), ("A7", "B9"), rate=100)}))  # fmt: skip


def test_ground_velocity_is_none_without_feet():
    points = Walker().points()
    assert ground_velocity(points.select(["SACR"])) is None


@pytest.mark.parametrize("heading", [180.0, 90.0, -90.0, 31.0])
@pytest.mark.parametrize("treadmill", [True, False])
def test_face_forward_turns_points_forces_and_corners(heading, treadmill):
    walker = Walker(heading_deg=heading, treadmill=treadmill)
    straight = Walker(treadmill=treadmill)
    box = [[1.0, 0.0, 0.5], [1.0, 0.0, -0.5], [2.0, 0.0, -0.5], [2.0, 0.0, 0.5]]
    forces = walker.forces().replace(attrs={"corners": {"plate_1": box}, "from": "here"})
    recording = walker.recording().with_stream(forces)
    turned = face_forward(recording)
    assert np.allclose(progression(turned).forward, [1, 0, 0], atol=0.02)
    # Against the same walk that went along +x from the start, up to the half degree of doubt.
    far = np.abs(straight.points().data).max()
    assert np.allclose(turned.points.data, straight.points().data, atol=0.02 * far)
    assert np.allclose(
        turned.forces.data[..., :3], straight.forces().data[..., :3], atol=0.02 * 1000
    )
    assert np.allclose(
        np.linalg.norm(turned.forces.data[..., :3], axis=-1),
        np.linalg.norm(recording.forces.data[..., :3], axis=-1),
    )
    new = np.array(turned.forces.attrs["corners"]["plate_1"])
    assert np.allclose(np.linalg.norm(new[0] - new[2]), np.linalg.norm(np.subtract(box[0], box[2])))
    assert np.allclose(new[:, 1], 0) and turned.forces.attrs["from"] == "here"
    assert any("turned by" in n.words for n in turned.notes)
    again = face_forward(turned)
    assert np.allclose(again.points.data, turned.points.data, atol=0.02 * far)


def test_a_walk_along_x_is_left_alone():
    recording = Walker().recording()
    assert face_forward(recording) is recording


def _there_and_back() -> Recording:
    """Eight metres, half a turn of 0.6 m radius, eight metres back."""
    t = np.arange(0, 18, 0.01)
    s = 1.1 * t
    arc = np.pi * 0.6
    on = np.clip(s - 8, 0, arc)
    x = np.minimum(s, 8) + 0.6 * np.sin(on / 0.6) - np.maximum(s - 8 - arc, 0)
    z = 0.6 * (1 - np.cos(on / 0.6))
    path = np.column_stack((x, np.full_like(t, 0.95), z))
    path[:, 2] += 0.02 * np.sin(2 * np.pi * t / 1.1)
    return Recording(streams={"points": Stream("points", path[:, None], ("SACR",), rate=100.0)})


def test_a_turn_is_found_where_it_is():
    found = turns(_there_and_back())
    assert len(found) == 1
    turn = found[0]
    begin, end = 8 / 1.1, (8 + np.pi * 0.6) / 1.1
    assert turn.kind == "turn" and turn.side is None
    assert turn.time == pytest.approx(begin, abs=0.5)
    assert turn.time + turn.duration == pytest.approx(end, abs=0.5)
    way = progression(_there_and_back())
    assert way.heading_change_deg > 150
    assert way.speed == pytest.approx(1.1, abs=0.08)


def test_a_straight_walk_has_no_turn():
    for walker in (Walker(seconds=20), Walker(treadmill=True)):
        assert len(turns(walker.recording("points"))) == 0
    assert len(turns(Recording())) == 0
