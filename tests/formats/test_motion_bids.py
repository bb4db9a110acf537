"""Motion-BIDS written as the specification asks, and read back the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Event, Events, Recording, Stream, Subject
from tests.makers import recordings

NAME = "sub-01_task-walk_tracksys-omc_motion.tsv"


def _walk() -> Recording:
    rng = np.random.default_rng(2)
    points = Stream(
        "points", rng.normal(1, 0.2, (40, 3, 3)), ("RHEE", "LHEE", "SACR"), rate=100.0, start=2.5
    )
    imu = Stream("imu", rng.normal(0, 5, (80, 2, 6)), ("foot_r", "foot_l"), rate=200.0, start=2.5)
    events = Events(
        [Event(2.6, "left", "strike", "plate"), Event(2.7, "right", "off", "plate", 0.5)]
    )
    return Recording(Subject(id="01", mass=70.0), {"points": points, "imu": imu}, events)


def test_files_and_sidecars_are_those_of_bids(tmp_path: Path) -> None:
    _walk().write(tmp_path / NAME)
    names = sorted(p.name for p in tmp_path.iterdir())
    stem, other = "sub-01_task-walk_tracksys-omcPoints", "sub-01_task-walk_tracksys-omcImu"
    ends = ["channels.json", "channels.tsv", "motion.json", "motion.tsv"]
    assert names == sorted(
        [f"{x}_{e}" for x in (stem, other) for e in ends]
        + [f"{stem}_events.{e}" for e in ("json", "tsv")]
    )
    rows = (tmp_path / f"{stem}_channels.tsv").read_text().splitlines()
    assert rows[0].split("\t") == [
        "name",
        "component",
        "type",
        "tracked_point",
        "units",
        "reference_frame",
    ]
    assert rows[1].split("\t") == ["RHEE_x", "x", "POS", "RHEE", "m", "lab"]
    table = (tmp_path / f"{stem}_motion.tsv").read_text().splitlines()
    assert len(table) == 40
    assert {len(x.split("\t")) for x in table} == {len(rows) - 1}
    about = json.loads((tmp_path / f"{stem}_motion.json").read_text())
    assert about["TaskName"] == "walk"
    assert (about["SamplingFrequency"], about["MotionChannelCount"], about["POSChannelCount"]) == (
        100.0,
        9,
        9,
    )
    frame = json.loads((tmp_path / f"{stem}_channels.json").read_text())
    assert "lab" in frame["reference_frame"]["Levels"]
    sensor = (tmp_path / f"{other}_channels.tsv").read_text().splitlines()
    assert sensor[1].split("\t")[2:5] == ["ACCEL", "foot_r", "m/s^2"]
    assert sensor[4].split("\t")[2:5] == ["GYRO", "foot_r", "deg/s"]
    events = (tmp_path / f"{stem}_events.tsv").read_text().splitlines()
    assert events[0].startswith("onset\tduration\ttrial_type")
    assert float(events[1].split("\t")[0]) == pytest.approx(0.1)


def test_both_systems_come_back_as_one_recording(tmp_path: Path) -> None:
    before = _walk()
    before.write(tmp_path / NAME)
    after = gaitsmith.read(*sorted(tmp_path.glob("*_motion.tsv"), reverse=True))
    assert set(after.streams) == {"points", "imu"}
    for name, stream in before.streams.items():
        assert after[name].labels == stream.labels
        assert np.allclose(after[name].data, stream.data, rtol=1e-9)
        assert after[name].start == 2.5
    assert [(e.side, e.kind, e.source, e.confidence) for e in after.events] == [
        (e.side, e.kind, e.source, e.confidence) for e in before.events
    ]
    assert after.events.times() == pytest.approx(before.events.times())
    assert after.subject == before.subject


@given(recordings(max_samples=12))
def test_round_trip_of_any_stream(recording: Recording) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, stream in recording.streams.items():
            one = Recording(recording.subject, {name: stream}, recording.events)
            path = Path(folder) / "sub-01_task-walk_tracksys-x_motion.tsv"
            one.write(path, force=True)
            back = gaitsmith.read(path)
            after = back[name]
            assert (after.kind, after.labels) == (stream.kind, stream.labels)
            # Rows that repeat a time are left out on reading.
            times = stream.times
            keep = np.concatenate(
                ([True], np.diff(times) > 1e-9 * max(1.0, float(np.abs(times).max())))
            )
            assert after.data.shape == stream.data[keep].shape
            assert np.allclose(after.data, stream.data[keep], rtol=1e-8, atol=1e-9, equal_nan=True)
            assert np.allclose(after.times, times[keep], atol=1e-3)
            assert len(back.events) == len(recording.events)


def _foreign(folder: Path, channels: list[tuple[str, ...]], data: Any, about: dict[str, Any],
             head: str = "name\tcomponent\ttype\ttracked_point\tunits") -> Path:  # fmt: skip
    path = folder / "sub-7_task-walk_tracksys-imu_motion.tsv"
    np.savetxt(path, data, delimiter="\t", fmt="%.6f")
    rows = "\n".join("\t".join(c) for c in channels)
    (folder / "sub-7_task-walk_tracksys-imu_channels.tsv").write_text(f"{head}\n{rows}\n")
    (folder / "sub-7_task-walk_tracksys-imu_motion.json").write_text(json.dumps(about))
    return path


def test_sensors_of_others(tmp_path: Path) -> None:
    channels = [(f"t1_{n}_{a}", a, t, "LeftFoot", u) for n, t, u in (("acc", "ACCEL", "m/s^2"), ("gyro", "GYRO", "rad/s"))
                for a in "xyz"]  # fmt: skip
    rng = np.random.default_rng(0)
    data = np.hstack((rng.normal(0, 1, (300, 3)) + [0, 9.81, 0], rng.normal(0, 1, (300, 3))))
    recording = gaitsmith.read(
        _foreign(tmp_path, channels, data, {"SamplingFrequency": 60, "TaskName": "walk"})
    )
    imu = recording["imu"]
    assert (imu.labels, imu.rate) == (("foot_l",), 60.0)
    assert np.allclose(imu.data[:, 0, :3], data[:, :3], atol=1e-5)
    assert np.allclose(imu.data[:, 0, 3:], np.degrees(data[:, 3:]), atol=1e-3)


def test_markers_and_angles_of_others(tmp_path: Path) -> None:
    base = np.array([[0, 0.1, 0.05], [0, -0.1, 0.05], [0, 0, 1.0], [0, 0.2, 1.4]])
    data = np.hstack((np.repeat(base.reshape(1, -1), 50, axis=0) * 1000, np.full((50, 2), 0.5)))
    names = ["LHEE", "RHEE", "SACR", "LSHO"]
    channels = [(f"{n}_{a}", a, "POS", n, "mm") for n in names for a in "xyz"]
    channels += [
        ("knee_angle_r", "n/a", "JNTANG", "knee", "rad"),
        ("battery", "n/a", "MISC", "n/a", "V"),
    ]
    recording = gaitsmith.read(_foreign(tmp_path, channels, data, {"SamplingFrequency": 100}))
    assert recording["points"]["SACR"][0].tolist() == pytest.approx([0, 1.0, 0])
    assert recording["angles"]["knee_angle_r"][0] == pytest.approx(28.6479, abs=1e-3)
    assert any("battery" in n.words for n in recording.notes)


def test_spatial_axes_say_which_way_is_up(tmp_path: Path) -> None:
    channels = [(f"m_{a}", a, "POS", "m", "m", "global") for a in "xyz"]
    path = _foreign(tmp_path, channels, np.full((5, 3), [1.0, 2.0, 3.0]), {"SamplingFrequency": 10},
                    "name\tcomponent\ttype\ttracked_point\tunits\treference_frame")  # fmt: skip
    frame = {"reference_frame": {"Levels": {"global": {"SpatialAxes": "IAR"}}}}
    path.with_name("sub-7_task-walk_tracksys-imu_channels.json").write_text(json.dumps(frame))
    assert gaitsmith.read(path)["points"]["m"][0, 1] == pytest.approx(-1.0)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    channels = [("a_x", "x", "POS", "a", "m")]
    with pytest.raises(GaitsmithError, match="channels do not fit"):
        gaitsmith.read(_foreign(tmp_path, channels, np.ones((5, 2)), {"SamplingFrequency": 1}))
    with pytest.raises(GaitsmithError, match="rate is not known"):
        gaitsmith.read(_foreign(tmp_path, channels, np.ones((5, 1)), {}))
    path = _foreign(tmp_path, channels, np.ones((5, 1)), {"SamplingFrequency": 10})
    path.write_text("a_x\n1\n2\n")
    with pytest.raises(GaitsmithError, match="not a table of numbers"):
        gaitsmith.read(path)
    path.with_name("sub-7_task-walk_tracksys-imu_channels.tsv").unlink()
    with pytest.raises(GaitsmithError, match="list of channels") as caught:
        gaitsmith.read(path)
    assert caught.value.remedy


def test_names_and_files_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(GaitsmithError, match="BIDS"):
        _walk().write(tmp_path / "walk_motion.tsv")
    (tmp_path / "sub-01_task-walk_tracksys-omcImu_channels.tsv").write_text("mine")
    with pytest.raises(GaitsmithError, match="exists already"):
        _walk().write(tmp_path / NAME)
    assert len(list(tmp_path.iterdir())) == 1
    _walk().write(tmp_path / NAME, force=True)
    with pytest.raises(GaitsmithError, match="nothing to write"):
        Recording().write(tmp_path / "sub-02_task-walk_tracksys-x_motion.tsv")


@given(st.sampled_from(["motion.tsv", "channels.tsv", "motion.json", "events.tsv"]),
       st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12), st.floats(0, 1))  # fmt: skip
def test_damaged_files_never_crash(
    which: str, changes: list[tuple[float, int]], keep: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAME
        walk = _walk()
        Recording(walk.subject, {"points": walk["points"]}, walk.events).write(path)
        victim = path.with_name(path.name.replace("motion.tsv", which))
        data = bytearray(victim.read_bytes())
        for at, value in changes:
            data[int(at * (len(data) - 1))] = value
        victim.write_bytes(bytes(data[: max(1, int(len(data) * keep))]))
        try:
            gaitsmith.read(path)
        except GaitsmithError as error:
            assert str(error)
