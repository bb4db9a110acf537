"""Joint positions in JSON."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.joint_json import read


@pytest.mark.parametrize(
    ("who", "rate", "frames", "velocity"),
    [("healthy", 150, 374, 1.24), ("stroke", 100, 294, -0.88), ("parkinson", 150, 671, 0.63)],
)  # fmt: skip
def test_the_three_people(
    shared: Path, who: str, rate: float, frames: int, velocity: float
) -> None:
    walk = gaitsmith.read(
        f"{shared}/gaitkit_examples/gaitkit_examples.zip!gaitkit_examples/example_{who}.json"
    )
    points = walk["points"]
    assert points.rate == rate
    assert points.data.shape == (frames, 12, 3)
    hip = (points["left_hip"] + points["right_hip"]) / 2
    moved = (hip[-1, 0] - hip[0, 0]) / points.duration
    assert moved == pytest.approx(velocity, abs=0.05)
    assert 0.7 < np.nanmedian(hip[:, 1]) < 1.1, "y is up, in metres"
    assert walk["angles"].labels == (
        "knee_angle_r",
        "knee_angle_l",
        "ankle_angle_r",
        "ankle_angle_l",
    )
    if who == "stroke":
        assert not walk.events
        assert any("+z is up" in n.words for n in walk.notes)
    if who == "healthy":
        assert np.isnan(points["left_shoulder"]).all()
        assert np.ptp(walk["angles"]["knee_angle_r"]) == pytest.approx(66, abs=4)
        assert any("too close" in n.words and "1.09 and 1.18" in n.words for n in walk.notes)
    if who == "parkinson":
        assert len(walk.events.where(kind="strike")) == 6


def frame(i: int) -> dict[str, object]:
    return {"left_knee_angle": 3.0, "landmark_positions": {"left_hip": [i, 900, 0], "left_ankle": [i, 90, 0]}}  # fmt: skip


VALID = {"fps": 100, "angle_frames": [frame(i) for i in range(5)], "ground_truth": {"hs_frames": {"left": [1]}}}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"fps": None}, "no rate"),
        ({"angle_frames": []}, "no frames"),
        ({"angle_frames": [{"landmark_positions": {}}]}, "no positions"),
        ({"angle_frames": [frame(0), {"landmark_positions": {"left_hip": [1, 2, 3]}}]}, "lacks positions"),
        ({"angle_frames": [{"landmark_positions": {"a": [1, 2]}}]}, "not x, y, z"),
        ({"angle_frames": [{"landmark_positions": {"a": ["x", 2, 3]}}]}, "not numbers"),
        ({"angle_frames": [{"landmark_positions": {"a": [0, 0, 0]}}]}, "all positions are missing"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(change: dict[str, object], problem: str) -> None:
    with pytest.raises(FormatError, match=problem):
        read(Source("x.json", json.dumps({**VALID, **change}).encode(), ".json"), Hints())


@given(st.integers(0, 900), st.binary(max_size=4))
def test_damage_ends_in_a_refusal(at: int, put: bytes) -> None:
    data = json.dumps(VALID).encode()
    try:
        read(Source("x.json", data[:at] + put + data[at + len(put) :], ".json"), Hints())
    except GaitsmithError:
        return
