"""Odd input to direction, contacts and events: an answer or a refusal, never a crash."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait import events
from gaitsmith.gait.contacts import contacts, foot_forces
from gaitsmith.gait.frame import face_forward, progression, turns
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream
from tests.gait.walkers import Walker

WALKER = Walker(seconds=4.0)
STREAMS = {"points": WALKER.points(), "forces": WALKER.forces(), "angles": WALKER.angles()}


def everything(recording):
    for ask in (progression, face_forward, turns, contacts, foot_forces, events.detect_all):
        with contextlib.suppress(GaitsmithError):
            ask(recording)
    try:
        found = events.find(recording)
    except GaitsmithError:
        return None
    assert found.method in events.METHODS
    assert all(np.isfinite(e.time) for e in found.events)
    return found


def spoiled(stream, how, rng):
    data = stream.data.copy()
    n = len(data)
    if how == "gaps":
        for _ in range(6):
            a = rng.integers(0, n)
            data[a : a + rng.integers(1, n // 3), rng.integers(0, data.shape[1])] = np.nan
    elif how == "all missing":
        data[:] = np.nan
    elif how == "constant":
        data[:] = data[:1]
    elif how == "noise":
        data = rng.standard_normal(data.shape)
    elif how == "huge":
        data *= 1e9
    elif how == "zero":
        data[:] = 0.0
    elif how == "two samples":
        return stream.at(slice(0, 2))
    elif how == "one sample":
        return stream.at(slice(0, 1))
    elif how == "empty":
        return stream.at(slice(0, 0))
    elif how == "uneven clock":
        keep = np.sort(rng.choice(n, n * 9 // 10, replace=False))
        return stream.at(keep)
    elif how == "times that repeat":
        return stream.replace(rate=None, time=np.repeat(stream.times[::2], 2)[:n])
    return stream.replace(data=data)


HOW = ("gaps", "all missing", "constant", "noise", "huge", "zero", "two samples", "one sample",
       "empty", "uneven clock", "times that repeat")  # fmt: skip


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("kinds", [("points",), ("forces",), ("angles",), tuple(STREAMS)])
def test_spoiled_streams(how, kinds):
    rng = np.random.default_rng(len(how))
    everything(Recording(streams={k: spoiled(STREAMS[k], how, rng) for k in kinds}))


@given(st.lists(st.sampled_from(HOW), min_size=3, max_size=3), st.integers(0, 99))
def test_mixtures(hows, seed):
    rng = np.random.default_rng(seed)
    streams = {k: spoiled(s, h, rng) for (k, s), h in zip(STREAMS.items(), hows, strict=True)}
    everything(Recording(streams=streams))


def test_an_uneven_clock_gives_the_same_events():
    keep = np.sort(np.random.default_rng(0).choice(len(STREAMS["points"]), 360, replace=False))
    found = events.detect(Recording(streams={"points": STREAMS["points"].at(keep)}), "kinematic")
    even = events.detect(Recording(streams={"points": STREAMS["points"]}), "kinematic")
    got = events.agreement(found, even, 0.05, between=(0.4, 3.6))
    assert got.of("strike").missed == got.of("off").missed == 0


@given(
    st.lists(st.sampled_from(["RHEE", "LHEE", "RTOE", "LTOE", "RANK", "LANK", "SACR"]), unique=True)
)
def test_any_choice_of_markers(labels):
    if labels:
        everything(Recording(streams={"points": STREAMS["points"].select(labels)}))


def test_corners_that_are_no_corners_are_left_aside():
    for bad in ({"plate_1": [[0, 0, 0]]}, [None, None], {"plate_1": [[np.nan] * 3] * 4}, "no"):
        stream = Stream(
            "forces", STREAMS["forces"].data, STREAMS["forces"].labels, rate=1000.0,
            attrs={"corners": bad, "claimed_bodies": bad},
        )  # fmt: skip
        everything(Recording(streams={"points": STREAMS["points"], "forces": stream}))
