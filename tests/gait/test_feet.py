"""Feet and trunk by landmark, whatever the marker set."""

import numpy as np
import pytest

from gaitsmith.gait.feet import feet, trunk
from gaitsmith.streams import Stream


def stream(**tracks):
    data = np.stack([np.broadcast_to(np.asarray(t, float), (50, 3)) for t in tracks.values()], 1)
    return Stream("points", data.copy(), tuple(tracks), rate=100.0)


@pytest.mark.parametrize(
    "labels",
    [("RHEE", "RTOE", "RANK", "LHEE", "LTOE", "LANK"),
     ("R.Heel", "R.Toe.Tip", "R.Ankle", "L.Heel", "L.Toe.Tip", "L.Ankle"),
     ("heel_r", "toe_r", "ankle_r", "heel_l", "toe_l", "ankle_l"),
     ("R_FCC", "R_FM2", "R_FAL", "L_FCC", "L_FM2", "L_FAL"),
     ("r_calc", "r_toe", "r_ankle", "L_calc", "L_toe", "L_ankle")],
)  # fmt: skip
def test_marker_sets(labels):
    found = feet(stream(**{x: (i, 0, 0) for i, x in enumerate(labels)}))
    right, left = found["right"], found["left"]
    assert (right.heel[0, 0], right.toe[0, 0], right.ankle[0, 0]) == (0, 1, 2)
    assert (left.heel[0, 0], left.toe[0, 0], left.ankle[0, 0]) == (3, 4, 5)
    assert right.back is right.heel and right.front is right.toe and right.both


def test_both_feet_take_the_same_front():
    found = feet(stream(RTOE=(1, 0, 0), RMT5=(2, 0, 0), LMT5=(3, 0, 0), RHEE=0, LHEE=0))
    assert found["right"].toe[0, 0] == 2 and found["left"].toe[0, 0] == 3
    alone = feet(stream(RTOE=(1, 0, 0), LMT5=(3, 0, 0)))
    assert alone["right"].toe[0, 0] == 1 and alone["left"].toe[0, 0] == 3


def test_what_stands_in_for_missing_points():
    only_ankle = feet(stream(RANK=(1, 0, 0)))
    assert set(only_ankle) == {"right"}
    foot = only_ankle["right"]
    assert foot.back is foot.front is foot.ankle and not foot.both


def test_short_gaps_are_bridged_long_ones_stay():
    points = stream(RHEE=0, LHEE=0)
    data = points.data.copy()
    data[:, 0, 0] = np.arange(50)
    data[10:15, 0], data[25:45, 0] = np.nan, np.nan
    heel = feet(points.replace(data=data))["right"].heel
    assert np.allclose(heel[10:15, 0], np.arange(10, 15))
    assert np.isnan(heel[25:45]).all()
    data[3:49, 0] = np.nan
    assert "right" not in feet(points.replace(data=data))


def test_trunk_takes_the_best_there_is():
    full = stream(SACR=(1, 0, 0), RPSI=(2, 0, 0), LPSI=(4, 0, 0), C7=(9, 0, 0))
    assert trunk(full)[0, 0] == 1
    assert trunk(full.select(["RPSI", "LPSI", "C7"]))[0, 0] == 3
    assert trunk(full.select(["C7"]))[0, 0] == 9
    assert trunk(stream(RHEE=0)) is None
