"""Events: what labels mean, on which clock, and that no contact counts twice."""

from __future__ import annotations

import numpy as np
import pytest

from gaitsmith.formats import c3d
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.c3d_events import Meaning, meaning, times_of
from gaitsmith.recording import Recording

from .c3d_files import C3D, walker

POINTS, LABELS = walker(100)


def _read(file: C3D) -> Recording:
    return c3d.read(Source("x.c3d", file.build(), ".c3d"), Hints())


def _rows(
    labels: list[str], times: list[float], contexts: list[str] | None = None, flat: bool = False
) -> list:
    n = len(labels)
    pairs = [x for t in times for x in (t // 60, t % 60)]
    rows = [
        ("EVENT", "USED", "int", (), [n]),
        ("EVENT", "LABELS", "text", (16, n), labels),
        ("EVENT", "TIMES", "float", (2 * n,) if flat else (2, n), pairs),
    ]
    if contexts is not None:
        rows.append(("EVENT", "CONTEXTS", "text", (16, n), contexts))
    return rows


def _file(rows: list, **more: object) -> C3D:
    return C3D(POINTS, labels=LABELS, parameters=rows, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "context", "expected"),
    [
        ("Foot Strike", "Left", Meaning("strike", "left", "contact")),
        ("Foot Off", "Right", Meaning("off", "right", "contact")),
        ("Heel Strike", "left", Meaning("strike", "left", "contact")),
        ("Toe-Off", "R", Meaning("off", "right", "contact")),
        ("Initial Contact", "Right", Meaning("strike", "right", "contact")),
        ("LHS", "", Meaning("strike", "left", "contact")),
        ("RTO", "", Meaning("off", "right", "contact")),
        ("HS_L", "", Meaning("strike", "left", "contact")),
        ("Toe Off R", "", Meaning("off", "right", "contact")),
        ("RIC", "", Meaning("strike", "right", "contact")),
        ("LON", "", Meaning("strike", "left", "plate")),
        ("ROFF", "", Meaning("off", "right", "plate")),
        ("Right Foot Strike", "", Meaning("strike", "right", "contact")),
        ("Left_Toe_Off", "General", Meaning("off", "left", "contact")),
        ("Foot Strike", "General", Meaning("strike", None, "contact")),
        ("LHS", "Right", Meaning("strike", None, "contact")),
        ("Foot Strike", "", Meaning("strike", None, "contact")),
        ("Event", "Left", None),
        ("STRT", "", None),
        ("RMS", "", None),
        ("ON", "", None),
        ("", "Left", None),
    ],
)
def test_meaning(label: str, context: str, expected: Meaning | None) -> None:
    assert meaning(label, context) == expected


def test_times() -> None:
    assert times_of(np.array([0, 5.0, 1, 65.5]), 2).tolist() == [5.0, 125.5]
    assert times_of(np.array([5.0, 6.0]), 2).tolist() == [5.0, 6.0]


@pytest.mark.parametrize("flat", [False, True])
def test_events_and_streams_share_the_clock_of_the_capture(flat: bool) -> None:
    # Frame 7201 at 100 Hz: more than a minute in.
    file = _file(
        _rows(["Foot Off", "Foot Strike"], [72.6, 72.25], ["Right", "Left"], flat), first=7201
    )
    recording = _read(file)
    assert recording.points is not None
    assert recording.points.start == pytest.approx(72.0)
    found = [(round(e.time, 4), e.side, e.kind, e.source) for e in recording.events]
    assert found == [(72.25, "left", "strike", "file"), (72.6, "right", "off", "file")]


def test_events_without_a_foot_are_left_out_and_said() -> None:
    recording = _read(
        _file(
            _rows(
                ["Foot Strike", "Event", "Foot Strike"],
                [0.1, 0.2, 0.3],
                ["General", "Left", "Left"],
            )
        )
    )
    assert [e.time for e in recording.events] == pytest.approx([0.3], abs=1e-6)
    assert any("2 events were left out" in n.words for n in recording.notes)


def test_contacts_told_twice_count_once() -> None:
    labels = ["LHS", "LON", "LTO", "LOFF", "RHS", "RON"]
    recording = _read(_file(_rows(labels, [0.1, 0.12, 0.5, 0.52, 0.3, 0.31])))
    assert {e.source for e in recording.events} == {"file (plate)"}
    assert recording.events.times("strike") == pytest.approx([0.12, 0.31], abs=1e-6)
    assert recording.points is not None
    assert len(recording.points.attrs["other_events"]) == 3
    assert any("twice" in n.words for n in recording.notes)


def test_the_fuller_set_wins() -> None:
    recording = _read(_file(_rows(["LHS", "RHS", "LON"], [0.1, 0.4, 0.12])))
    assert {e.source for e in recording.events} == {"file"}
    assert len(recording.events) == 2


def test_events_outside_are_left_out() -> None:
    recording = _read(_file(_rows(["LHS", "RHS"], [0.5, 9.0])))
    assert len(recording.events) == 1
    assert any("outside" in n.words for n in recording.notes)


def test_times_that_count_from_the_first_frame_are_moved() -> None:
    recording = _read(_file(_rows(["LHS", "RHS"], [0.2, 0.7]), first=501))
    assert recording.events.times() == pytest.approx([5.2, 5.7], abs=1e-6)
    assert any("moved by 5" in n.words for n in recording.notes)


def test_header_events() -> None:
    recording = _read(_file([], events=[("RHS", 0.25), ("STOP", 0.5), ("LTO", 0.75)]))
    assert [(e.time, e.side, e.kind) for e in recording.events] == [
        (0.25, "right", "strike"),
        (0.75, "left", "off"),
    ]


def test_named_events_beat_those_of_the_header() -> None:
    recording = _read(_file(_rows(["LHS"], [0.3]), events=[("RHS", 0.25)]))
    assert [e.side for e in recording.events] == ["left"]


def test_more_than_255_events() -> None:
    n = 300
    times = np.linspace(0, 0.95, n)
    pairs = np.column_stack((np.zeros(n), times))
    rows = [
        ("EVENT", "USED", "int", (), [n]),
        ("EVENT", "LABELS", "text", (3, 255), ["LHS"] * 255),
        ("EVENT", "LABELS2", "text", (3, 45), ["LHS"] * 45),
        ("EVENT", "TIMES", "float", (2, 255), pairs[:255]),
        ("EVENT", "TIMES2", "float", (2, 45), pairs[255:]),
    ]
    assert len(_read(_file(rows)).events) == n
