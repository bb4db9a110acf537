"""The player itself, run by node against a document that remembers what is drawn."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gaitsmith.report
from gaitsmith.report.playback import pack
from gaitsmith.sections import Playback

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")
PLAYER = Path(gaitsmith.report.__file__).parent / "templates" / "player.js"
LEFT, RIGHT, FORCE = "#c0152a", "#0f56a8", "#1d7a46"


def probe(tmp_path: Path, direction: tuple[float, float]) -> dict[str, Any]:
    """A body that walks along `direction` (x, z): one edge from hip to foot a side, and forward."""
    x, z = direction
    right = np.array([-z, 0.0, x])
    t = np.arange(101)[:, None] / 50
    way = t * np.array([x, 0.0, z]) * 1.2
    forward = np.array([x, 0.0, z])
    up = np.array([0.0, 1.0, 0.0])
    places = [
        up, up + 0.3 * forward, up - 0.15 * right, -0.15 * right, up + 0.15 * right, 0.15 * right,
    ]  # fmt: skip
    points = np.stack([way + p for p in places], axis=1)
    force = np.zeros((101, 1, 6))
    force[:, 0, :3] = way
    force[:, 0, 4] = 1.0
    walk = Playback(
        "w", "W", 50.0, points, ["PELVIS", "nose", "a", "b", "c", "d"],
        [(0, 1), (2, 3), (4, 5)], ["", "left", "right"], 3.0, force,
        [(3.5, "left strike"), (9.0, "never")],
    )  # fmt: skip
    data = tmp_path / "data.json"
    data.write_text(json.dumps(pack(walk)))
    script = Path(__file__).with_name("player_probe.js")
    assert NODE is not None
    done = subprocess.run(
        [NODE, script, PLAYER, data], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    out: dict[str, Any] = json.loads(done.stdout)
    return out


def stroke(view: list[list[Any]], colour: str) -> np.ndarray:
    return np.array(next(s[1:] for s in view if s[0] == colour), dtype=float)


@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.6, -0.8)])
def test_views_are_not_mirrored_whichever_way_one_walks(
    tmp_path: Path, direction: tuple[float, float]
) -> None:
    out = probe(tmp_path, direction)
    # From the right side: forward is to the right, up is up (canvas y grows downwards).
    x0, _, x1, _ = stroke(out["side"], "#46515e")
    assert x1 > x0 + 30
    _, top, _, foot = stroke(out["side"], RIGHT)
    assert foot > top + 100
    # From the front: the walker's left is on the viewer's right.
    assert stroke(out["front"], LEFT)[0] > stroke(out["front"], RIGHT)[0] + 30
    # From above: forward to the right, the right side below.
    assert stroke(out["top"], RIGHT)[1] > stroke(out["top"], LEFT)[1] + 30
    # The force points up from the ground.
    _, y0, _, y1 = stroke(out["side"], FORCE)
    assert y1 < y0 - 30


def test_time_hands_and_events(tmp_path: Path) -> None:
    out = probe(tmp_path, (1.0, 0.0))
    assert out["ready"]
    assert out["ticks"] == [["left strike, 3.50 s", "25%"]]
    assert out["played"] == "3.50 s"
    assert out["scrubbed"] == "3.20 s"
    assert out["keys"] == [True, True, True, True]
    assert out["dragged"]
