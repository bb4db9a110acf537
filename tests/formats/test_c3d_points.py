"""Points: labels, units, missing samples, up; and the person."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import c3d
from gaitsmith.formats.axes import parse_axis, turn_up
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.c3d_parameters import Parameter
from gaitsmith.recording import Recording

from .c3d_files import C3D, walker

POINTS, LABELS = walker(30)


def _read(file: C3D, **hints: Any) -> Recording:
    return c3d.read(Source("x.c3d", file.build(), ".c3d"), Hints(**hints))


def _file(points: Any = POINTS, labels: list[str] = LABELS, rows: Any = (), **more: Any) -> C3D:
    return C3D(points, labels=labels, parameters=list(rows), **more)


def _heights(recording: Recording) -> tuple[float, float]:
    points = recording.points
    assert points is not None
    return float(points["RHEE"][:, 1].mean()), float(points["RSHO"][:, 1].mean())


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_up_is_found_from_the_body(up: str) -> None:
    # The walker's z goes to `up` by a rotation that keeps the hand.
    back = turn_up(np.eye(3), parse_axis(up)) @ turn_up(np.eye(3), (2, 1)).T
    recording = _read(_file(POINTS @ back.T))
    assert recording.points is not None
    expected = turn_up(POINTS, (2, 1)) * 1e-3
    assert _heights(recording) == pytest.approx((0.05, 1.4), abs=2e-3)
    distance = np.linalg.norm(recording.points.data[0, 0] - recording.points.data[0, 5])
    assert distance == pytest.approx(np.linalg.norm(expected[0, 0] - expected[0, 5]), abs=1e-5)
    assert any(n.place == "axes" and up in n.words for n in recording.notes)


def test_screen_is_used_without_a_body_and_not_against_it() -> None:
    rows = [("POINT", "Y_SCREEN", "text", (2,), ["-Z"])]
    recording = _read(_file(rows=rows))
    assert _heights(recording) == pytest.approx((0.05, 1.4), abs=2e-3)
    assert any("not believed" in n.words for n in recording.notes)
    other = _read(
        _file(
            labels=[f"M{i}" for i in range(8)], rows=[("POINT", "Y_SCREEN", "text", (2,), ["+Y"])]
        )
    )
    assert other.points is not None
    assert np.allclose(other.points.data, POINTS * 1e-3, atol=1e-4)


def test_hint_beats_everything() -> None:
    recording = _read(_file(), up="-y")
    assert any("as given" in n.words for n in recording.notes)
    with pytest.raises(GaitsmithError, match="not an axis"):
        _read(_file(), up="sideways")


def test_missing_by_residual_zero_or_nan() -> None:
    points = POINTS.copy()
    residuals = np.zeros(points.shape[:2])
    residuals[3, 0] = -1
    points[4, 1] = 0
    points[5, 2] = np.nan
    recording = _read(_file(points, residuals=residuals))
    assert recording.points is not None
    gone = np.isnan(recording.points.data).any(axis=2)
    assert np.argwhere(gone).tolist() == [[3, 0], [4, 1], [5, 2]]


def test_repeated_and_blank_labels() -> None:
    labels = ["RHEE", "LHEE", "RKNE", "RKNE", "RKNE", "", "RSHO", "LSHO"]
    said = ["", "", "", "R.Knee.Medial", "", "", "", ""]
    recording = _read(_file(labels=labels, rows=[("POINT", "DESCRIPTIONS", "text", (32, 8), said)]))
    assert recording.points is not None
    assert recording.points.labels == (
        "RHEE",
        "LHEE",
        "RKNE",
        "R.Knee.Medial",
        "RKNE_2",
        "point_6",
        "RSHO",
        "LSHO",
    )
    assert any("stood twice" in n.words for n in recording.notes)


def test_more_labels_than_points() -> None:
    recording = _read(_file(labels=[*LABELS, "EXTRA", "", "RHEE"]))
    assert recording.points is not None
    assert recording.points.labels == tuple(LABELS)


def test_prefix_of_one_subject_is_taken_off() -> None:
    recording = _read(_file(labels=[f"TakeoMonday:{x}" for x in LABELS]))
    assert recording.points is not None
    assert recording.points.labels == tuple(LABELS)
    two = [f"{'Ann' if i < 4 else 'Bob'}:{x}" for i, x in enumerate(LABELS)]
    both = _read(_file(labels=two))
    assert both.points is not None
    assert both.points.labels == tuple(two)
    assert any("2 subjects" in n.words for n in both.notes)


def test_units() -> None:
    metres = _read(_file(POINTS * 1e-3, rows=[("POINT", "UNITS", "text", (1,), ["m"])]))
    assert _heights(metres) == pytest.approx((0.05, 1.4), abs=2e-3)
    each = POINTS * np.array([1.0] * 7 + [1e-3])[:, None]
    mixed = _read(_file(each, rows=[("POINT", "UNITS", "text", (2, 8), ["mm"] * 7 + ["m"])]))
    assert mixed.points is not None
    assert np.allclose(mixed.points["LSHO"][:, 1].mean(), 1.4, atol=2e-3)
    unknown = _read(_file(rows=[("POINT", "UNITS", "text", (4,), ["????"])]))
    assert _heights(unknown) == pytest.approx((0.05, 1.4), abs=2e-3)
    assert any("fit millimetres" in n.words for n in unknown.notes)
    told = _read(_file(POINTS / 10), units={"length": "cm"})
    assert _heights(told) == pytest.approx((0.05, 1.4), abs=2e-3)


def test_axes_of_segments_go_and_joint_centres_stay() -> None:
    extra = ["RFEO", "RFEA", "RFEL", "RFEP", "RTIO", "RTIA", "RTIL", "RTIP"]
    points = np.concatenate((POINTS, np.full((30, 8, 3), 500.0)), axis=1)
    recording = _read(_file(points, [*LABELS, *extra]))
    assert recording.points is not None
    assert recording.points.labels == (*LABELS, "RKJC", "RHJC", "RAJC")


def test_unnamed_and_never_seen_points_are_left_out() -> None:
    points = np.concatenate((POINTS, np.full((30, 2, 3), 500.0)), axis=1)
    residuals = np.zeros(points.shape[:2])
    residuals[:, 9] = -1
    recording = _read(_file(points, [*LABELS, "*12", "C7"], residuals=residuals))
    assert recording.points is not None
    assert recording.points.labels == tuple(LABELS)
    assert any("never seen" in n.words and "C7" in n.words for n in recording.notes)


def test_person() -> None:
    rows = [("PROCESSING", "BODYMASS", "float", (1,), [74.0]), ("PROCESSING", "HEIGHT", "float", (1,), [1760.0]),
            ("PROCESSING", "LLEGLENGTH", "float", (1,), [920.0]), ("PROCESSING", "RLEGLENGTH", "float", (1,), [910.0]),
            ("SUBJECT", "GENDER", "text", (1,), ["f"]), ("SUBJECTS", "NAMES", "text", (4, 1), ["s017"])]  # fmt: skip
    who = _read(_file(rows=rows)).subject
    assert (who.id, who.mass, who.height, who.leg_length, who.sex) == (
        "s017",
        74.0,
        1.76,
        0.915,
        "female",
    )
    assert who.sources["mass"] == "PROCESSING:BODYMASS"


def test_unknown_and_absurd_persons() -> None:
    zero = _read(_file(rows=[("PROCESSING", "BODYMASS", "float", (1,), [0.0])]))
    assert zero.subject.mass is None
    absurd = _read(_file(rows=[("PROCESSING", "BODYMASS", "float", (1,), [70000.0])]))
    assert absurd.subject.mass is None
    assert any("BODYMASS" in n.place for n in absurd.notes)


def test_nothing_usable_is_refused() -> None:
    with pytest.raises(GaitsmithError, match="no points, forces or angles"):
        _read(_file(residuals=np.full((30, 8), -1)))


@pytest.mark.parametrize(
    ("about", "who"), [("MarkerSet names.", ""), ("Name of each subject", "s017"), ("", "s017")]
)
def test_a_marker_set_is_no_person(about, who) -> None:
    groups = {"SUBJECTS": {"NAMES": Parameter(("s017",), (4, 1), about)}}
    box = SimpleNamespace(
        get=lambda group, name: groups.get(group, {}).get(name),
        text=lambda group, name: list(groups.get(group, {}).get(name, Parameter((), ())).values),
    )
    assert c3d._names(box) == ([who] if who else [])


@pytest.mark.shared
def test_the_marker_set_of_a_real_file_is_no_person(shared) -> None:
    walk = gaitsmith.read(shared / "opensim" / "wbds01" / "WBDS01walkT01.c3d")
    assert not walk.subject.id
