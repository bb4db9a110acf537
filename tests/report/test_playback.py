from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from gaitsmith.report.playback import pack, still
from gaitsmith.sections import Playback
from tests.report.example import walker


def unpacked(data: dict[str, Any]) -> np.ndarray:
    raw = np.frombuffer(base64.b64decode(data["points"]), "<i2").astype(float)
    raw[raw == -32768] = np.nan
    out: np.ndarray = raw.reshape(data["frames"], data["count"], 3) * data["step"]
    return out


def moving(points: np.ndarray, rate: float = 100.0, **more: Any) -> Playback:
    names = [f"p{i}" for i in range(points.shape[1])]
    edges = [(i, i + 1) for i in range(points.shape[1] - 1)]
    return Playback("k", "T", rate, points, names, edges, [""] * len(edges), **more)


def test_missing_stays_missing_and_the_rest_keeps_its_place() -> None:
    points = walker().points.copy()
    points[50:60, 3] = np.nan
    back = unpacked(pack(replace(walker(), points=points)))
    true = points[::2]
    assert np.array_equal(np.isnan(back), np.isnan(true))
    assert np.nanmax(np.abs(back - true)) <= 0.00051


def test_slow_recordings_keep_their_rate_and_long_ones_are_slowed() -> None:
    assert pack(moving(np.zeros((60, 2, 3)), 30.0))["rate"] == 30.0
    rng = np.random.default_rng(0)
    minute = pack(moving(rng.normal(size=(6000, 40, 3))))
    assert 20.0 <= minute["rate"] < 50.0
    assert minute["shown"] == pytest.approx(minute["seconds"], abs=0.06)
    assert len(minute["points"]) < 700_000
    hour = pack(moving(np.zeros((20 * 1200, 60, 3)), 20.0))
    assert hour["rate"] == 20.0
    assert hour["shown"] < hour["seconds"]
    assert len(hour["points"]) <= 1_700_000


def test_far_walks_get_coarser_steps() -> None:
    points = np.zeros((10, 1, 3))
    points[:, 0, 0] = np.linspace(0, 320, 10)
    data = pack(moving(points, 10.0))
    assert data["step"] == pytest.approx(0.01)
    assert np.abs(unpacked(data) - points).max() <= 0.0051


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 3, 3)), np.zeros((4, 0, 3)), np.full((5, 3, 3), np.nan), np.zeros((1, 2, 3))],
)
def test_hardly_anything_is_packed_and_drawn(points: np.ndarray) -> None:
    data = pack(moving(points, 50.0))
    assert data["frames"] == len(points)
    assert np.array_equal(unpacked(data), points, equal_nan=True)
    picture = ElementTree.fromstring(still(moving(points), "alt words"))
    assert picture.attrib["aria-label"] == "alt words"


def test_the_still_shows_figures_in_both_colours_inside_the_frame() -> None:
    text = still(walker(), "a walk")
    root = ElementTree.fromstring(text)
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    lines = [e.attrib for e in root.iter() if e.tag == "line"]
    assert len(lines) == 1 + 7 * len(walker().edges)
    for line in lines:
        assert 0 <= float(line["x1"]) <= width
        assert 0 <= float(line["y1"]) <= height
    assert len(re.findall("stroke-dasharray", text)) > 20
    assert {line["stroke"] for line in lines} >= {"#c0152a", "#0f56a8"}
