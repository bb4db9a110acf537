import numpy as np
import pytest

from gaitsmith.body import generic_body, place
from gaitsmith.body.motion import derivatives, move, moving
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Stream


def swinging(seconds=2.0, rate=200.0, seed=0, height=1.7):
    """A body whose every coordinate is a sum of two sines, with exact derivatives."""
    body = generic_body(height, 70.0)
    rng = np.random.default_rng(seed)
    n = len(body.coordinates)
    size, turn, phase = (
        rng.normal(0, 0.25, (2, n)),
        rng.uniform(2, 9, (2, n)),
        rng.uniform(0, 6, (2, n)),
    )
    t = np.arange(int(seconds * rate)) / rate
    arg = t[:, None, None] * turn + phase
    q = (size * np.sin(arg)).sum(axis=1)
    qd = (size * turn * np.cos(arg)).sum(axis=1)
    qdd = (-size * turn**2 * np.sin(arg)).sum(axis=1)
    return body, t, q, qd, qdd


def test_derivatives_of_a_sine():
    t = np.arange(400) / 100
    x, v, a = derivatives(t, np.sin(5 * t)[:, None], None)
    inner = slice(10, -10)
    assert np.allclose(x[:, 0], np.sin(5 * t))
    assert np.allclose(v[inner, 0], 5 * np.cos(5 * t)[inner], atol=1e-5)
    assert np.allclose(a[inner, 0], -25 * np.sin(5 * t)[inner], atol=1e-3)


def test_the_low_pass_takes_noise_away_also_on_an_uneven_clock():
    rng = np.random.default_rng(0)
    t = np.cumsum(rng.uniform(0.009, 0.011, 500))
    clean = np.sin(5 * t)
    noisy = (clean + rng.normal(0, 0.01, 500))[:, None]
    rough, smooth = derivatives(t, noisy, None)[2], derivatives(t, noisy, 6.0)[2]
    inner = slice(40, -40)
    assert np.std(smooth[inner, 0] + 25 * clean[inner]) < 5.0
    assert np.std(rough[inner, 0] + 25 * clean[inner]) > 50.0


def test_gaps_stay_gaps():
    t = np.arange(200) / 100
    x = np.sin(5 * t)[:, None]
    x[50:55] = np.nan
    for part in derivatives(t, x, 6.0):
        assert np.array_equal(np.isnan(part), np.isnan(x))


def test_too_short_a_motion_is_refused():
    with pytest.raises(GaitsmithError, match="too little motion"):
        derivatives(np.arange(5.0), np.zeros((5, 1)), None)
    with pytest.raises(GaitsmithError, match="no times"):
        moving(generic_body(), {"knee_angle_r": np.zeros(9)})


def test_velocities_and_accelerations_are_the_derivatives_of_positions():
    body, t, q, qd, qdd = swinging()
    motion = move(body, t, q, qd, qdd)
    h = 1e-4
    step = [place(body, q + qd * d + 0.5 * qdd * d * d).segment_centres for d in (-h, 0, h)]
    assert np.allclose((step[2] - step[0]) / (2 * h), motion.centre_velocity(), atol=1e-5)
    second = (step[2] - 2 * step[1] + step[0]) / h**2
    assert np.allclose(second, motion.centre_acceleration(), atol=2e-4)


def test_turning_is_the_derivative_of_rotation():
    body, t, q, qd, qdd = swinging(seed=2)
    motion = move(body, t, q, qd, qdd)
    h = 1e-5
    before, after = (place(body, q + d * qd + 0.5 * d * d * qdd).rotation for d in (-h, h))
    spin = ((after - before) / (2 * h)) @ np.swapaxes(motion.pose.rotation, -1, -2)
    found = np.stack((spin[..., 2, 1], spin[..., 0, 2], spin[..., 1, 0]), axis=-1)
    assert np.allclose(found, motion.turning, atol=1e-5)


def test_moving_from_a_stream():
    t = np.arange(300) / 100
    data = np.stack((30 + 20 * np.sin(6 * t), 1.2 * t), axis=1)
    stream = Stream("angles", data, ("knee_angle_r", "pelvis_tx"), rate=100.0)
    body = generic_body()
    motion = moving(body, stream)
    inner = slice(30, -30)
    knee = motion.speed[inner, body.index["knee_angle_r"]]
    assert np.allclose(knee, np.radians(120 * np.cos(6 * t))[inner], atol=0.01)
    pelvis = motion.velocity[body.segment_index["pelvis"]]
    assert np.allclose(pelvis[inner, 0], 1.2, atol=1e-6)
