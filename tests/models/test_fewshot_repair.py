"""Gaps are filled from the own strides, marked and banded; what cannot be known stays missing."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.fewshot.easing import carried_in
from gaitsmith.models.fewshot.filling import _expected, _usual, _weights
from gaitsmith.models.fewshot.places import Source, of_body, search
from gaitsmith.models.fewshot.repair import (
    Stretch,
    _carried,
    _width,
    repair,
    stretches,
    stride_rows,
)
from gaitsmith.models.fewshot.ways import Gap, by_body, gaps, spline
from gaitsmith.recording import Recording, Stream

LABELS = ("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l")


def walk(seconds=7.0, noise=0.3, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * 100)) / 100
    p = 2 * np.pi * t / 1.1
    hip = lambda p: 20 * np.sin(p) + 5 * np.cos(2 * p)  # noqa: E731
    knee = lambda p: 30 - 25 * np.cos(p + 1) + 12 * np.sin(2 * p) + 6 * np.cos(3 * p)  # noqa: E731
    data = np.stack([hip(p), hip(p + np.pi), knee(p), knee(p + np.pi)], axis=1)
    slow = np.cumsum(rng.standard_normal(data.shape), axis=0) * 0.02
    return Recording(streams={"angles": Stream("angles", data + slow + noise * 0.1 * rng.standard_normal(data.shape), LABELS, rate=100.0)})  # fmt: skip


def hurt(recording, start, stop, cols=slice(None)):
    s = recording["angles"]
    data = s.data.copy()
    data[start:stop, cols] = np.nan
    return recording.with_stream(s.replace(data=data), "angles")


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_own_strides_beat_a_spline_three_times(share):
    whole, n = walk(), round(share * 110)
    mine, simple, held = [], [], []
    for at in (150, 333, 480):
        broken = hurt(whole, at, at + n)
        out = repair(broken)
        truth = whole["angles"].data[at : at + n]
        found = out.recording["angles"].data[at : at + n]
        assert np.isfinite(found).all()
        mine.append(np.square(found - truth).mean())
        simple.append(np.square(spline(broken["angles"].data, Gap(at, at + n, (0, 1, 2, 3))) - truth).mean())  # fmt: skip
        held.append((np.abs(found - truth) <= 1.645 * out.bands["angles"][at : at + n]).mean())
    assert np.sqrt(np.mean(mine)) * 3 < np.sqrt(np.mean(simple))
    assert 0.75 < np.mean(held) <= 1.0


def test_every_filled_sample_is_marked_and_nothing_else_changed():
    whole = walk()
    out = repair(hurt(whole, 300, 330, [2]))
    s = out.recording["angles"]
    assert s.filled[300:330, 2].all()
    assert s.filled.sum() == 30
    keep = ~s.filled
    np.testing.assert_array_equal(s.data[keep], whole["angles"].data[keep])
    assert (out.bands["angles"][keep] == 0).all()
    assert [n.level for n in out.notes] == ["assumption"]
    assert out.table.rows[0][:4] == ("angles", "knee_angle_r", 3.0, 3.29)


def test_what_cannot_be_known_stays_missing():
    rng = np.random.default_rng(0)
    noise = Recording(streams={"angles": Stream("angles", rng.standard_normal((400, 4)), LABELS, rate=100.0)})  # fmt: skip
    out = repair(hurt(noise, 150, 190))
    assert np.isnan(out.recording["angles"].data[150:190]).all()
    assert not out.recording["angles"].filled.any()
    assert out.notes[0].level == "refusal"
    assert "left missing" in out.words


def test_a_gap_of_more_than_a_stride_is_refused():
    out = repair(hurt(walk(), 200, 340))
    assert np.isnan(out.recording["angles"].data[200:340]).all()


def test_a_bad_stretch_is_replaced():
    whole = walk()
    s = whole["angles"]
    data = s.data.copy()
    data[400:420, 0] += 40
    spoilt = whole.with_stream(s.replace(data=data), "angles")
    out = repair(spoilt, bad=[Stretch(4.0, 4.19, "hip_flexion_r")])
    away = out.recording["angles"].data[400:420, 0] - s.data[400:420, 0]
    assert np.abs(away).max() < 3
    with pytest.raises(GaitsmithError, match="did you mean 'hip_flexion_r'"):
        repair(spoilt, bad=[Stretch(4.0, 4.19, "hip_flexion_rr")])


def test_a_stretch_outside_the_recording_is_refused():
    with pytest.raises(GaitsmithError, match="no sample lies"):
        repair(walk(), bad=[Stretch(70.0, 71.0)])


def test_nothing_missing_nothing_done():
    whole = walk(3.0)
    out = repair(whole)
    assert out.recording == whole
    assert "there is no gap" in out.words


def test_markers_follow_their_neighbours():
    rng = np.random.default_rng(1)
    t = np.arange(200) / 100
    body = rng.uniform(-0.1, 0.1, (5, 3))
    turn = 0.6 * np.sin(2 * np.pi * t / 1.1)
    R = np.zeros((200, 3, 3))
    R[:, 0, 0] = R[:, 1, 1] = np.cos(turn)
    R[:, 0, 1], R[:, 1, 0], R[:, 2, 2] = -np.sin(turn), np.sin(turn), 1.0
    place = np.stack([1.2 * t, 0.05 * np.cos(4 * np.pi * t / 1.1), 0 * t], axis=1)
    points = np.einsum("tij,pj->tpi", R, body) + place[:, None]
    data = points.reshape(200, -1).copy()
    data[80:120, 6:9] = np.nan
    np.testing.assert_allclose(
        by_body(data, Gap(80, 120, (6, 7, 8)), 110), points[80:120, 2], atol=1e-9
    )


def test_gaps_of_a_mask():
    mask = np.zeros((10, 3), bool)
    mask[2:4, [0, 2]] = True
    mask[8:, 1] = True
    assert gaps(mask) == [Gap(2, 4, (0, 2)), Gap(8, 10, (1,))]


def test_the_stride_is_found():
    assert abs(stride_rows(walk()["angles"].data, 100.0) - 110) <= 1


@pytest.mark.parametrize("word", ["1.2", "a-b", "3-2", "x:1-"])
def test_stretches_that_are_none(word):
    with pytest.raises(GaitsmithError):
        stretches([word])
    assert stretches(["1-2", "knee_angle_r:1.5-2"]) == [Stretch(1, 2), Stretch(1.5, 2, "knee_angle_r")]  # fmt: skip


def test_a_body_that_is_not_seen_travels_on():
    points = np.cumsum(np.full((60, 3, 3), 0.01), axis=0)
    points[20:40] = np.nan
    travelled = _carried(points)
    np.testing.assert_allclose(travelled[:, 0], 0.01 * np.arange(60), atol=1e-12)


def body_walking(seconds=2.0, heading=-np.pi / 2, seed=3):
    """Eight points at 100 Hz, a left and a right leg half a stride apart, and a height that is no point of the body."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(100 * seconds)) / 100
    p = 2 * np.pi * t / 1.0
    ahead, side = np.zeros((2, len(t), 8))
    up = np.tile(rng.uniform(0.1, 1.2, 8), (len(t), 1))
    for leg in (0, 1):
        q = p + np.pi * leg
        for j in range(4):
            k = 2 * j + leg
            ahead[:, k] = 0.25 * np.sin(q + 0.3 * j) + 0.06 * np.sin(2 * q) * j
            up[:, k] = 0.1 + 0.25 * j + 0.08 * np.cos(q + 0.4 * j) + 0.02 * np.cos(3 * q)
            side[:, k] = 0.1 * (1 if leg else -1) + 0.02 * np.sin(q)
    way = 1.3 * t + 0.02 * np.sin(2 * p)
    ahead = ahead + way[:, None]
    x = np.cos(heading) * ahead - np.sin(heading) * side
    z = np.sin(heading) * ahead + np.cos(heading) * side
    points = np.stack([x, up, z], axis=2) + 0.001 * rng.standard_normal((len(t), 8, 3))
    labels = [f"{s}{n}" for n in ("TOE", "ANK", "KNE", "ASI") for s in "RL"]
    still = np.tile([0.0, 0.0, 0.05], (len(t), 1, 1)) + 0.001 * rng.standard_normal((len(t), 1, 3))
    return Recording(streams={"points": Stream("points", np.concatenate([points, still], axis=1), (*labels, "ArchHeight"), rate=100.0)})  # fmt: skip


@pytest.mark.parametrize("heading", [0.0, -np.pi / 2, 2.5])
def test_a_whole_unseen_body_is_carried_on(heading):
    whole = body_walking(heading=heading)
    s = whole["points"]
    mine, simple, held = [], [], []
    for at in (40, 90, 130):
        data = s.data.copy()
        data[at : at + 35] = np.nan
        broken = whole.with_stream(s.replace(data=data), "points")
        out = repair(broken)
        found, truth = out.recording["points"].data[at : at + 35, :8], s.data[at : at + 35, :8]
        seen = np.isfinite(found)
        assert seen.mean() > 0.8
        rough = spline(data.reshape(len(data), -1), Gap(at, at + 35, tuple(range(24)))).reshape(35, 8, 3)  # fmt: skip
        mine.append(np.square((found - truth)[seen]).mean())
        simple.append(np.square((rough - truth)[seen]).mean())
        held.append((np.abs(found - truth) <= 1.645 * out.bands["points"][at : at + 35, :8])[seen].mean())  # fmt: skip
    assert 3 * np.sqrt(np.mean(mine)) < np.sqrt(np.mean(simple))
    assert np.mean(held) > 0.75


def test_a_point_is_known_or_not_whichever_way_one_walks():
    sd = np.full((5, 6), 0.01)
    spread = np.array([0.002, 0.02, 0.1, 0.001, 0.001, 0.001])
    wide = _width(sd, spread, range(6), body=True)
    assert wide[:3].max() == wide[:3].min() < 1 < wide[3]
    assert _width(sd, spread, range(6), body=False)[0] > 1


def test_what_does_not_travel_is_none_of_the_body():
    data = body_walking()["points"].data.reshape(200, -1)
    assert of_body(data, 100).reshape(-1, 3).all(axis=1).tolist() == [True] * 8 + [False]


def test_the_same_stretch_is_found_however_the_body_is_turned():
    a, b = (body_walking(heading=h)["points"].data[:, :8].reshape(200, -1) for h in (0.3, -1.9))
    window = a[60:100].copy()
    window[15:25] = np.nan
    best = search(window, [Source(b)], gap=slice(15, 25), columns=np.arange(24), scale=a.std(axis=0), body=np.ones(24, bool))[0]  # fmt: skip
    assert best.cost < 1e-3
    assert np.abs(best.block - a[60:100]).max() < 0.01


def test_a_smooth_miss_is_carried_in():
    rows = np.arange(60)
    away = (3.0 + np.sin(rows / 25.0))[:, None]
    known = away.copy()
    known[20:40] = np.nan
    found, sd = carried_in(known, np.arange(20, 40), 30.0)
    assert np.abs(found - away[20:40]).max() < 0.1
    assert sd[10, 0] > sd[0, 0] > 0


def test_few_places_say_little_and_what_is_usual_counts():
    rng = np.random.default_rng(0)
    names = ["spline", "own strides"]
    errors = rng.standard_normal((4, 2, 10, 3)) * np.array([1.0, 3.0])[:, None, None]
    bad = _weights(_expected(errors, names, _usual(names, 0.01, 2.0, body=True), 20))
    few = _weights(_expected(errors, names, _usual(names, 0.01, 2.0, body=True), 1))
    unlike = _weights(_expected(errors, names, _usual(names, 1.0, 2.0, body=True), 1))
    assert bad.sum() == pytest.approx(1.0)
    # Own strides were worse where they were tried: with few such places they keep their weight.
    assert few[1] > bad[1]
    assert few[1] > unlike[1]
    assert _usual(names, 0.01, 1.0, body=True)[1] > 1.0
    assert (few >= 0).all()


def test_a_single_stride_is_not_filled_worse_than_by_a_spline():
    whole = walk(1.35)
    mine, simple = [], []
    for at in range(30, 85, 5):
        broken = hurt(whole, at, at + 22)
        found = repair(broken).recording["angles"].data[at : at + 22]
        truth = whole["angles"].data[at : at + 22]
        seen = np.isfinite(found)
        rough = spline(broken["angles"].data, Gap(at, at + 22, (0, 1, 2, 3)))
        mine.append(np.square((found - truth)[seen]).sum())
        simple.append(np.square((rough - truth)[seen]).sum())
    assert sum(mine) <= 1.05 * sum(simple)
