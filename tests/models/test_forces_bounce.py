"""A runner's stances are centred where the body is lowest."""

import numpy as np
import pytest

from gaitsmith.events import Event, Events
from gaitsmith.models.forces.bounce import centred, deepest, flies
from gaitsmith.models.forces.reading import walk_of
from gaitsmith.recording import Recording
from gaitsmith.virtual.people import average_person
from gaitsmith.virtual.walk import walker

STEP, LOW = 0.35, 0.12
TIMES = np.arange(0, 4, 0.01)
HEIGHT = 1.0 - 0.03 * np.cos(2 * np.pi * (TIMES - LOW) / STEP) + 0.002 * TIMES


def stances(late=0.0, stance=0.24):
    """Strikes and offs of both feet, stances centred `late` seconds after the body is lowest."""
    rows = []
    for k in range(11):
        side = "right" if k % 2 else "left"
        middle = LOW + k * STEP + late
        rows += [
            Event(middle - stance / 2, side, "strike"), Event(middle + stance / 2, side, "off")
        ]  # fmt: skip
    return Events(rows)


def test_the_lowest_moment_is_found_whatever_the_step_time_was_thought_to_be():
    for guess in (0.345, 0.35, 0.357):
        low, step = deepest(TIMES, HEIGHT, guess)
        assert step == pytest.approx(STEP, abs=0.001)
        assert (low - LOW + STEP / 2) % STEP - STEP / 2 == pytest.approx(0.0, abs=0.004)


@pytest.mark.parametrize("late", [-0.03, 0.0, 0.02])
def test_stances_move_back_to_the_middle_and_keep_their_length(late):
    events, moved = centred(stances(late), TIMES, HEIGHT)
    assert moved == pytest.approx(-late, abs=0.003)
    for side in ("right", "left"):
        stood = events.times("off", side) - events.times("strike", side)
        np.testing.assert_allclose(stood, 0.24, atol=1e-9)


def test_a_body_that_does_not_bounce_moves_nothing():
    rng = np.random.default_rng(0)
    flat = 1.0 + 1e-4 * rng.standard_normal(len(TIMES))
    assert centred(stances(0.03), TIMES, flat) == (stances(0.03), 0.0)
    assert centred(Events([]), TIMES, HEIGHT)[1] == 0.0
    short = TIMES < 0.8
    assert deepest(TIMES[short], HEIGHT[short], STEP) is None


def test_a_virtual_runners_stances_are_centred_and_said_so():
    whole = walker(average_person("female"), 3.5, 3.5, treadmill=True)
    walk = walk_of(Recording(whole.subject, {"angles": whole["angles"]}))
    late = []
    for side in ("right", "left"):
        real = whole.events.times("strike", side), whole.events.times("off", side)
        for s, o in zip(walk.events.times("strike", side), walk.events.times("off", side), strict=False):  # fmt: skip
            strike, off = real[0][np.argmin(np.abs(real[0] - s))], real[1][np.argmin(np.abs(real[1] - o))]  # fmt: skip
            if abs(s - strike) < 0.08 and abs(o - off) < 0.08:
                late.append(0.5 * (s + o) - 0.5 * (strike + off))
    assert len(late) > 5
    assert abs(np.median(late)) < 0.01
    assert any("centred where the mass centre is lowest" in n.words for n in walk.notes)


@pytest.mark.parametrize(("speed", "runs"), [(1.2, False), (2.0, False), (3.0, True), (4.5, True)])
def test_only_runners_fall(speed, runs):
    whole = walker(average_person("male"), speed, 3.5, treadmill=True)
    walk = walk_of(Recording(whole.subject, {"angles": whole["angles"]}))
    inside = (walk.times >= walk.span[0]) & (walk.times <= walk.span[1])
    assert flies(walk.com[inside, 1], 1 / float(np.diff(walk.times).mean())) is runs
    assert walk.running is runs


def test_a_walk_whose_hips_were_filled_is_no_run():
    from gaitsmith.models.forces.complete import complete

    whole = walker(average_person("male"), 1.7, 3.5, treadmill=True)
    angles = whole["angles"]
    kept = [c for c in angles.labels if not c.startswith("hip_")]
    made = complete(Recording(whole.subject, {"angles": angles.select(kept)}))
    walk = walk_of(
        made.recording.with_stream(made.angles.replace(filled=None), "angles"), belt_speed=1.7
    )
    assert not walk.running
