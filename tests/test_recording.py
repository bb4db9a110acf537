"""The currency: content, copies, keeping."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.recording import Event, Events, Recording, Stream, Subject
from tests.makers import recordings, streams


@given(recordings())
def test_kept_whole(tmp_path_factory, recording):
    path = tmp_path_factory.mktemp("keep") / "a.gait"
    recording.with_note("assumption", "here", "a thing").save(path)
    back = Recording.load(path)
    assert back == recording.with_note("assumption", "here", "a thing")
    assert pickle.loads(pickle.dumps(recording)) == recording


@given(recordings())
def test_mirror_twice_is_nothing(recording):
    twice = recording.mirror().mirror()
    assert list(twice.streams) == list(recording.streams)
    for name, stream in recording.streams.items():
        assert twice[name] == stream
    assert twice.events == recording.events
    assert twice.subject == recording.subject


@given(streams(holes=False), st.floats(-3, 3))
def test_shift_and_crop_follow_the_clock(stream, by):
    moved = stream.shifted(by)
    assert np.allclose(moved.times, stream.times + by)
    times = stream.times
    part = stream.crop(times[0], times[-1])
    assert len(part) == len(stream)
    assert len(stream.crop(times[-1] + 1)) == 0
    middle = times[len(times) // 2]
    cut = stream.crop(middle)
    assert np.all(cut.times >= middle - 1e-6)
    assert len(cut) == int((times >= middle - 1e-9).sum())


def test_mirror_signs():
    data = np.array([[1.0, 2.0, 3.0]])
    s = Stream("angles", data, ("hip_flexion_r", "hip_flexion_l", "pelvis_list"), rate=100)
    m = s.mirror()
    assert m["hip_flexion_l"][0] == 1
    assert m["hip_flexion_r"][0] == 2
    assert m["pelvis_list"][0] == -3
    p = Stream("points", np.ones((1, 2, 3)), ("RHEE", "LHEE"), rate=100).mirror()
    assert p.labels == ("LHEE", "RHEE")
    assert p.data[0, 0].tolist() == [1, 1, -1]
    f = Stream("forces", np.ones((1, 1, 7)), ("foot_r",), rate=100).mirror()
    assert f.labels == ("foot_l",)
    assert f.data[0, 0].tolist() == [1, 1, -1, 1, 1, -1, -1]
    i = Stream("imu", np.ones((1, 1, 6)), ("foot_r",), rate=100).mirror()
    assert i.data[0, 0].tolist() == [1, 1, -1, -1, -1, 1]


def test_resample_keeps_a_slow_sine_and_stops_a_fast_one():
    t = np.arange(0, 4, 0.001)
    slow, fast = np.sin(2 * np.pi * 2 * t), np.sin(2 * np.pi * 90 * t)
    s = Stream(
        "angles", np.column_stack((slow, fast)), ("hip_flexion_r", "hip_flexion_l"), rate=1000
    )
    r = s.resample(100)
    inner = slice(30, -30)
    assert r.rate == 100
    assert np.max(np.abs(r["hip_flexion_r"] - np.sin(4 * np.pi * r.times))[inner]) < 2e-3
    # 90 Hz would fold to 10 Hz; order 8 at 40 Hz leaves 1 / (1 + (90/44.7)^8) = 0.0037 of it.
    assert np.max(np.abs(r["hip_flexion_l"])[inner]) < 4e-3


def test_resample_keeps_long_gaps_and_bridges_short_ones():
    data = np.arange(200.0)[:, None]
    data[50], data[100:140] = np.nan, np.nan
    r = Stream("angles", data, ("hip_flexion_r",), rate=100).resample(200)
    at = r.times
    assert np.isfinite(r.data[(at > 0.45) & (at < 0.55)]).all()
    assert np.isnan(r.data[(at > 1.0) & (at < 1.39)]).all()
    assert np.allclose(r["hip_flexion_r"][at < 0.9], at[at < 0.9] * 100)


def test_filled_samples_are_remembered():
    data = np.array([[1.0], [np.nan], [3.0]])
    s = Stream("angles", data, ("hip_flexion_r",), rate=100)
    f = s.with_filled(np.full((3, 1), 2.0), np.isnan(data))
    assert f.data.ravel().tolist() == [1, 2, 3]
    assert f.filled is not None
    assert f.filled.ravel().tolist() == [False, True, False]
    assert f != f.replace(filled=None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"data": np.zeros((3, 2)), "labels": ("a",)}, "does not fit its labels"),
        ({"data": np.zeros((3, 2)), "labels": ("a", "a")}, "stands twice"),
        ({"data": np.zeros((3, 1)), "labels": ("a",), "rate": 0}, "rate"),
        ({"data": np.zeros((3, 1)), "labels": ("a",), "rate": None}, "rate"),
        ({"data": np.zeros((3, 1)), "labels": ("a",), "time": np.array([0, 2, 1.0])}, "backwards"),
        (
            {"data": np.zeros((3, 1)), "labels": ("a",), "time": np.array([0, np.nan, 1.0])},
            "missing",
        ),
        ({"data": np.zeros((3, 1)), "labels": ("a",), "kind": "angels"}, "angles"),
        ({"kind": "imu", "data": np.zeros((3, 1, 5)), "labels": ("a",)}, "wrong length"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(GaitsmithError, match=words):
        Stream(**{"kind": "angles", "rate": 100.0, **arguments})


def test_a_foot_event_without_side_cannot_exist():
    with pytest.raises(GaitsmithError, match="side"):
        Event(1.0, None, "strike")
    assert Event(1.0, None, "turn", duration=2.0).side is None


def test_events_sort_filter_and_mirror():
    events = Events(
        [Event(2.0, "left", "off"), Event(1.0, "right", "strike"), Event(3.0, "left", "strike")]
    )
    assert [e.time for e in events] == [1, 2, 3]
    assert events.times("strike").tolist() == [1, 3]
    assert events.where(side="left", between=(2.0, 2.5)).times().tolist() == [2]
    assert events.mirrored().times("strike", "left").tolist() == [1]
    assert list(events.to_pandas()["kind"]) == ["strike", "off", "strike"]
    assert Events.from_rows(events.to_rows()) == events


def test_subject_refuses_grams_and_merges():
    with pytest.raises(GaitsmithError, match="kg"):
        Subject(mass=70000)
    a = Subject().given("option", mass=70)
    b = Subject().given("file", mass=60, height=1.7)
    both = a.filled_by(b)
    assert (both.mass, both.height) == (70, 1.7)
    assert dict(both.sources) == {"mass": "option", "height": "file"}


def test_damaged_archives_are_refused(tmp_path):
    path = tmp_path / "a.gait"
    Recording(
        streams={"angles": Stream("angles", np.zeros((9, 1)), ("hip_flexion_r",), rate=9)}
    ).save(path)
    data = path.read_bytes()
    with pytest.raises(GaitsmithError, match="exists"):
        Recording().save(path)
    for bad in (
        b"",
        data[: len(data) // 2],
        data.replace(b"npy", b"nyp"),
        b"PK\x03\x04" + data[20:],
    ):
        path.write_bytes(bad)
        with pytest.raises(FormatError):
            Recording.load(path)


def test_frames_and_arrays_for_users():
    s = Stream("points", np.zeros((4, 2, 3)), ("RHEE", "LHEE"), rate=100, start=1.0)
    frame = s.to_pandas()
    assert (
        list(frame.columns)
        == s.columns()
        == ["RHEE_x", "RHEE_y", "RHEE_z", "LHEE_x", "LHEE_y", "LHEE_z"]
    )
    assert frame.index[0] == 1.0
    x = s.to_xarray()
    assert x.sel(label="LHEE", axis="z").shape == (4,)
