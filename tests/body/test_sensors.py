"""Virtual sensors against what physics says of simple motions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitsmith.body import generic_body
from gaitsmith.body.kinematics import about
from gaitsmith.body.motion import derivatives, move
from gaitsmith.body.sensors import Mount, usual_mounts, virtual_imu
from gaitsmith.errors import GaitsmithError

G = 9.80665


def standing(n=20, body=None):
    body = body or generic_body(1.75, 70.0)
    rest = np.tile([c.rest for c in body.coordinates], (n, 1))
    return move(body, np.arange(n) / 100, rest, 0 * rest, 0 * rest)


def turning(rate=2.0, n=60):
    """The whole body turns about the vertical through the pelvis at `rate` (rad/s)."""
    body, t = generic_body(1.75, 70.0), np.arange(n) / 100
    values = np.tile([c.rest for c in body.coordinates], (n, 1))
    values[:, body.index["pelvis_rotation"]] = rate * t
    return move(body, t, *derivatives(t, values, None))


def test_a_standing_foot_reads_exactly_one_g():
    stream = virtual_imu(standing())
    assert stream.labels == (
        "pelvis",
        "thigh_r",
        "shank_r",
        "foot_r",
        "thigh_l",
        "shank_l",
        "foot_l",
    )
    assert np.array_equal(stream["foot_r"], np.tile((0, G, 0, 0, 0, 0), (20, 1)))
    assert np.array_equal(stream["foot_l"], stream["foot_r"])


@given(st.floats(-3, 3), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_a_turned_sensor_reads_the_same_vector_in_its_own_axes(angle, axis):
    axis = np.array(axis)
    if np.linalg.norm(axis) < 0.1:
        axis = np.array((0.0, 0.0, 1.0))
    r = about(axis / np.linalg.norm(axis), np.array(angle))
    motion = turning(n=12)
    flat = virtual_imu(motion, {"a": Mount("calcn_r", (0.1, 0.05, 0.0))})["a"]
    tilted = virtual_imu(motion, {"a": Mount("calcn_r", (0.1, 0.05, 0.0), r)})["a"]
    assert np.allclose(tilted[:, :3] @ r.T, flat[:, :3], atol=1e-9)
    assert np.allclose(tilted[:, 3:] @ r.T, flat[:, 3:], atol=1e-9)


def test_turning_gives_the_rate_and_the_pull_to_the_middle():
    motion = turning(rate=2.0)
    read = virtual_imu(motion, {"p": Mount("pelvis", (0.3, 0.0, 0.0))})["p"][10:-10]
    assert np.allclose(read[:, 4], np.rad2deg(2.0), atol=1e-6)
    assert np.allclose(read[:, 0], -(2.0**2) * 0.3, atol=1e-6)
    assert np.allclose(read[:, 1], G, atol=1e-6)


def test_bias_noise_and_range_are_those_asked_for():
    mount = Mount("calcn_r", acc_bias=(1.0, 0, 0), gyr_bias=(0, 0, 5.0), acc_noise=0.2, gyr_noise=3.0,
                  acc_range=10.0, gyr_range=10.0)  # fmt: skip
    read = virtual_imu(standing(4000), {"foot_r": mount}, seed=3)["foot_r"]
    assert read[:, 0].mean() == pytest.approx(1.0, abs=0.02)
    assert read[:, 0].std() == pytest.approx(0.2, rel=0.1)
    assert read[:, 3].std() == pytest.approx(3.0, rel=0.1)
    assert np.abs(read).max() <= 10.0
    again = virtual_imu(standing(4000), {"foot_r": mount}, seed=3)["foot_r"]
    assert np.array_equal(read, again)


def test_another_rate_is_resampled():
    slow = virtual_imu(turning(n=100), rate_hz=50.0)
    assert slow.rate == 50.0
    assert len(slow) in (50, 51)


def test_what_cannot_be_is_refused():
    with pytest.raises(GaitsmithError, match="not a rotation"):
        Mount("calcn_r", rotation=2 * np.eye(3))
    with pytest.raises(GaitsmithError):
        virtual_imu(standing(), {"a": Mount("calcn")})
    with pytest.raises(GaitsmithError):
        Mount("calcn_r", acc_noise=-1.0)


def test_every_usual_sensor_lies_on_a_segment_of_the_body():
    body = generic_body(1.2, 30.0)
    assert {m.segment for m in usual_mounts(body).values()} <= set(body.segment_index)
