"""The experiment on belts, on a walker whose belt is known."""

import numpy as np
import pytest

from gaitsmith.gait.frame import progression
from gaitsmith.studies import belt
from gaitsmith.virtual import example


def on_belt(speed):
    """A virtual walk seen from a frame that travels with the mean of the walker."""
    walk = example(seconds=8.0, speed=speed)
    points = walk.points
    data = points.data.copy()
    data[:, :, 0] -= progression(walk).speed * points.times[:, None]
    return walk.with_stream(points.replace(data=data), "points").select("points")


def test_every_way_finds_a_plausible_belt():
    speed = progression(example(seconds=8.0, speed=1.2)).speed
    found = belt.speeds(on_belt(1.2))
    assert set(found) == set(belt.WAYS)
    for value in found.values():
        assert value == pytest.approx(speed, abs=0.12)


def test_only_a_speed_from_angles_has_a_band():
    walk = on_belt(1.2)
    way = progression(walk)
    assert way.mode == "treadmill"
    assert way.within == 0
    points = walk.points
    for pelvis, share in (("moving", 0.055), ("held", 0.12)):
        drawn = points.replace(attrs={"made_from": "angles", "pelvis": pelvis})
        way = progression(walk.with_stream(drawn, "points"))
        assert way.within == pytest.approx(share * way.belt_speed)


def test_the_table_says_what_misses(shared):
    rows = belt.rows(shared)
    assert len(rows) >= 6
    measured = [r for r in rows if "angles" not in r["set"]]
    assert all(abs(r["in use"]) <= 0.03 for r in measured)
    assert np.isfinite([r["in use"] for r in rows]).all()
