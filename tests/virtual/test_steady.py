"""The steady stride: near its wishes, on its feet, with forces and moments that agree."""

import numpy as np
import pytest

from gaitsmith.body import generic_body
from gaitsmith.virtual import average_person, people, walker
from gaitsmith.virtual.leg import Leg
from gaitsmith.virtual.pattern import walking_pattern
from gaitsmith.virtual.steady import FREE, _Work, steady, waves

G = 9.80665


def work(person, speed):
    body = generic_body(person.height, person.mass, person.sex)
    legs = {s: Leg.of(body, s, person.height) for s in "rl"}
    return _Work(body, legs, walking_pattern(person, speed)), body, legs


def rows(w):
    motion, out = w._motion(), []
    w._standing(motion.pose, out)
    w._forces(motion, out)
    return out


def test_derivatives_are_those_of_the_misses():
    w, _, _ = work(people(1, 3)[0], 1.3)
    for _ in range(2):
        w.improve()
    rng = np.random.default_rng(0)
    change = 1e-6 * rng.standard_normal(w.c.shape)
    before = rows(w)
    phase = np.arange(len(before[0].miss)) / len(before[0].miss)
    moved = [waves(phase, d) @ change.T / w.time**d for d in range(3)]
    w.c = w.c + change
    for row, after in zip(before, rows(w), strict=True):
        told = sum((by * m).sum(axis=1) for by, m in zip((row.place, row.speed, row.push), moved, strict=True)
                   if by is not None)  # fmt: skip
        real = after.miss - row.miss
        # One sample may pass a kink (a foot that begins to roll, a knee that is straight).
        assert np.percentile(np.abs(real - told), 95) < 0.01 * np.abs(real).max() + 1e-7


def test_derivative_by_the_strides_time():
    w, _, _ = work(average_person("female"), 1.1)
    w.improve()
    w.improve()
    before = rows(w)
    w.time += 1e-6
    for row, after in zip(before, rows(w), strict=True):
        real = (after.miss - row.miss) / 1e-6
        told = np.zeros_like(real) if row.time is None else row.time
        assert np.abs(real - told).max() < 0.03 * np.abs(real).max() + 1e-3


@pytest.mark.parametrize("speed", [0.5, 1.2, 1.8])
def test_the_stride_converges_near_the_wishes(speed):
    w, body, legs = work(people(2, 5)[1], speed)
    found = steady(body, legs, w.pattern)
    for _ in range(7):
        w.improve()
    assert found.stride_s == pytest.approx(w.time, rel=3e-3)
    gap = np.rad2deg(found.at(np.arange(50) / 50) - waves(np.arange(50) / 50) @ w.wish.T)
    for name in ("hip_flexion_r", "knee_angle_r", "ankle_angle_r", "pelvis_tilt"):
        assert np.sqrt(np.mean(gap[:, FREE.index(name)] ** 2)) < 4.5, name
    assert np.abs(found.at(np.array([0.2])) - w.c @ waves(np.array([0.2]))[0]).max() < 0.03


@pytest.mark.parametrize("speed", [0.6, 1.2, 1.8])
def test_the_sagittal_moment_closes(speed):
    for person in people(3, 21):
        walk = walker(person, speed, 5.0, seed=4)
        left = walk["moments"]["pelvis_tilt_moment"][40:-40]
        assert np.sqrt(np.mean(left**2)) < 0.35 * person.mass
        hip = walk["moments"]["hip_flexion_r_moment"][40:-40] / person.mass
        assert np.abs(hip).max() < 3.0
        up = walk["forces"].data[40:-40, :, 1].sum(axis=1) / (person.mass * G)
        assert 0.25 < up.min() < up.max() < 2.2


def test_toes_clear_the_ground_and_pressure_stays_in_the_foot():
    walk = walker(average_person("male"), 1.3, 6.0)
    swing = (walk["phase"]["phase_r"] > 75) & (walk["phase"]["phase_r"] < 92)
    assert walk["points"]["toe_r"][swing, 1].min() > 0.008
    forces = walk["forces"]["foot_r"]
    on = forces[:, 1] > 100
    ahead = forces[on, 3] - walk["points"]["heel_r"][on, 0]
    assert ahead.min() > -0.05
    assert ahead.max() < 0.30
