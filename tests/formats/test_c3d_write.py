"""What we write is read back the same, by us and by ezc3d."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import c3d
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.c3d_write import encode
from gaitsmith.recording import Event, Events, Recording, Stream, Subject

from .c3d_files import walker


def _back(recording: Recording) -> Recording:
    return c3d.read(Source("x.c3d", encode(recording), ".c3d"), Hints())


def _points(frames: int, rate: float, start: float, seed: int, holes: bool) -> Stream:
    data, labels = walker(frames, seed)
    data = np.stack((data[..., 0], data[..., 2], -data[..., 1]), axis=2) * 1e-3
    if holes:
        gone = np.random.default_rng(seed).random(data.shape[:2]) < 0.2
        # A point that is never seen is not read back.
        gone[0] = False
        data[gone] = np.nan
    return Stream("points", data, tuple(labels), rate=rate, start=start)


def _forces(samples: int, rate: float, start: float, seed: int) -> Stream:
    rng = np.random.default_rng(seed)
    shape = (samples, 2)
    vertical = rng.uniform(15, 900, shape) * (rng.random(shape) < 0.8)
    on = vertical > 0
    data = np.stack((rng.normal(0, 60, shape) * on, vertical, rng.normal(0, 30, shape) * on,
                     np.where(on, rng.uniform(0.0, 0.6, shape), np.nan), np.where(on, 0.0, np.nan),
                     np.where(on, rng.uniform(-0.4, 0.0, shape), np.nan), rng.normal(0, 4, shape) * on), axis=2)  # fmt: skip
    corners = [[0.6, 0, 0], [0, 0, 0], [0, 0, -0.4], [0.6, 0, -0.4]]
    return Stream("forces", data, ("plate_1", "plate_2"), rate=rate, start=start,
                  attrs={"corners": {"plate_1": corners, "plate_2": corners}})  # fmt: skip


@st.composite
def recordings(draw: Any) -> Recording:
    frames, rate = draw(st.integers(1, 25)), draw(st.sampled_from([50.0, 69.5, 100.0, 120.0]))
    start = draw(st.integers(0, 900)) / rate
    seed, per_frame = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 12))
    streams = {"points": _points(frames, rate, start, seed, draw(st.booleans()))}
    if draw(st.booleans()):
        streams["forces"] = _forces(frames * per_frame, rate * per_frame, start, seed)
    moments = draw(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["left", "right"]),
                                      st.sampled_from(["strike", "off"])), unique_by=lambda x: x[1:]))  # fmt: skip
    events = Events(Event(start + t * (frames - 1) / rate, s, k, "file") for t, s, k in moments)
    subject = Subject(id=draw(st.sampled_from(["", "s01"])), mass=draw(st.none() | st.floats(5, 200)),
                      height=draw(st.none() | st.floats(0.5, 2.2)), age=draw(st.none() | st.integers(1, 99)),
                      sex=draw(st.sampled_from([None, "female", "male"])))  # fmt: skip
    return Recording(subject, streams, events, (), "x")


@given(recordings())
def test_round_trip(recording: Recording) -> None:
    back = _back(recording)
    assert set(back.streams) == set(recording.streams)
    for name, before in recording.streams.items():
        after = back[name]
        assert after.labels == before.labels
        assert after.data.shape == before.data.shape
        assert after.rate == pytest.approx(before.rate)
        assert after.start == pytest.approx(before.start, abs=1e-6)
        assert np.array_equal(np.isnan(after.data), np.isnan(before.data))
        assert np.allclose(after.data, before.data, atol=2e-4, equal_nan=True)
    key = lambda e: (e.side, e.kind)  # noqa: E731
    wanted, found = sorted(recording.events, key=key), sorted(back.events, key=key)
    assert [key(e) for e in found] == [key(e) for e in wanted]
    assert np.allclose([e.time for e in found], [e.time for e in wanted], atol=1e-4)
    for name in ("id", "mass", "height", "age", "sex"):
        told, heard = getattr(recording.subject, name), getattr(back.subject, name)
        assert heard == (told if isinstance(told, str | None) else pytest.approx(told, rel=1e-5))
    assert not [n for n in back.notes if n.level == "refusal"]


def test_ezc3d_reads_it(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    points, forces = _points(40, 100.0, 2.0, 1, True), _forces(400, 1000.0, 2.0, 1)
    events = Events([Event(2.1, "left", "strike"), Event(2.3, "right", "off")])
    recording = Recording(Subject(mass=70.0), {"points": points, "forces": forces}, events)
    path = tmp_path / "walk.c3d"
    recording.write(path)
    theirs = ezc3d.c3d(str(path), extract_forceplat_data=True)
    assert theirs["parameters"]["POINT"]["LABELS"]["value"] == list(points.labels)
    xyz = theirs["data"]["points"][:3].transpose(2, 1, 0) * 1e-3
    assert np.allclose(xyz, points.data, atol=1e-6, equal_nan=True)
    assert theirs["header"]["points"]["first_frame"] == 200
    for i, plate in enumerate(theirs["data"]["platform"]):
        on = forces.data[:, i, 1] > 50
        assert np.allclose(plate["force"].T, forces.data[:, i, :3], atol=1e-3)
        assert np.allclose(
            plate["center_of_pressure"].T[on] * 1e-3, forces.data[on, i, 3:6], atol=1e-5
        )
        assert np.allclose(plate["Tz"][1][on] * 1e-3, forces.data[on, i, 6], atol=1e-3)
    assert theirs["parameters"]["EVENT"]["CONTEXTS"]["value"] == ["Left", "Right"]
    assert np.allclose(theirs["parameters"]["EVENT"]["TIMES"]["value"][1], [2.1, 2.3])
    assert theirs["parameters"]["PROCESSING"]["BODYMASS"]["value"][0] == 70.0


def test_through_the_front_door(tmp_path: Path) -> None:
    recording = Recording(streams={"points": _points(20, 100.0, 0.0, 3, False)})
    path = tmp_path / "walk.c3d"
    recording.write(path)
    back = gaitsmith.read(path)
    assert back.name == "walk"
    assert np.allclose(back["points"].data, recording["points"].data, atol=1e-6)
    with pytest.raises(GaitsmithError, match="exists"):
        recording.write(path)


def test_forces_alone_and_forces_of_feet() -> None:
    forces = (
        _forces(200, 1000.0, 0.0, 5)
        .rename({"plate_1": "foot_r", "plate_2": "foot_l"})
        .replace(attrs={})
    )
    back = _back(Recording(streams={"forces": forces}))
    assert back.forces is not None
    assert np.allclose(back.forces.data[:, :, :3], forces.data[:, :, :3], atol=1e-3)
    loaded = forces.data[:, 0, 1] > 50
    assert np.allclose(back.forces.data[loaded, 0, 3:6], forces.data[loaded, 0, 3:6], atol=1e-4)


def test_forces_on_another_clock_are_brought_to_a_multiple() -> None:
    points = _points(100, 100.0, 1.0, 2, False)
    time = 0.9 + np.arange(1200) / 960
    data = np.zeros((1200, 1, 7))
    data[:, 0, 1] = 500 + 100 * np.sin(2 * np.pi * time)
    data[:, 0, 3], data[:, 0, 5] = 0.3, -0.2
    forces = Stream("forces", data, ("foot_r",), rate=960.0, start=0.9)
    back = _back(Recording(streams={"points": points, "forces": forces}))
    assert back.forces is not None
    assert back.forces.rate == 1000.0
    assert np.allclose(
        back.forces.data[:, 0, 1], 500 + 100 * np.sin(2 * np.pi * back.forces.times), atol=0.5
    )


def test_a_start_before_zero_begins_the_count_anew() -> None:
    points = _points(50, 100.0, -2.0, 2, False)
    back = _back(
        Recording(streams={"points": points}, events=Events([Event(-1.75, "left", "strike")]))
    )
    assert back["points"].start == 0.0
    assert back.events.times() == pytest.approx([0.25], abs=1e-6)


def test_more_than_255_points_and_events() -> None:
    n = 300
    points = Stream("points", np.random.default_rng(0).normal(1, 0.1, (n, n, 3)), tuple(f"P{i}" for i in range(n)),
                    rate=100.0)  # fmt: skip
    events = Events(Event(i / 100, "left", "strike") for i in range(n))
    back = _back(Recording(streams={"points": points}, events=events))
    assert back["points"].labels == points.labels
    assert len(back.events) == n


def test_long_recordings_pass_the_sixteen_bits() -> None:
    points = Stream("points", np.full((70000, 1, 3), 0.5), ("SACR",), rate=200.0)
    back = _back(Recording(streams={"points": points}))
    assert len(back["points"]) == 70000


def test_what_cannot_be_written_is_said() -> None:
    angles = Stream("angles", np.zeros((5, 1)), ("knee_angle_r",), rate=100.0)
    with pytest.raises(GaitsmithError, match="nothing to write"):
        encode(Recording(streams={"angles": angles}))
    uneven = Stream("points", np.ones((3, 1, 3)), ("SACR",), time=np.array([0, 0.1, 0.3]))
    with pytest.raises(GaitsmithError, match="uniform clock"):
        encode(Recording(streams={"points": uneven}))
    with pytest.raises(GaitsmithError, match="nothing to write"):
        encode(
            Recording(
                streams={"points": Stream("points", np.zeros((0, 1, 3)), ("SACR",), rate=100.0)}
            )
        )


@pytest.mark.parametrize(
    "name", ["qualisys_walk_events", "vicon_nexus_pig_walk3_events", "coda_type3_walk"]
)
def test_real_recordings_come_back(shared: Path, name: str) -> None:
    recording = gaitsmith.read(shared / "c3d" / f"{name}.c3d")
    back = _back(recording)
    assert np.allclose(back["points"].data, recording["points"].data, atol=1e-6, equal_nan=True)
    assert np.allclose(back["forces"].data, recording["forces"].data, atol=1e-4, equal_nan=True)
    assert [(e.side, e.kind) for e in back.events] == [(e.side, e.kind) for e in recording.events]
    assert np.allclose(back.events.times(), recording.events.times(), atol=1e-6)
