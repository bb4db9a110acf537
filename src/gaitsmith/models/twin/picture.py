"""The twin made visible: curves with their twin and band, and both walks side by side in motion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith import landmarks
from gaitsmith.channels import Side
from gaitsmith.models.twin import words
from gaitsmith.models.twin.walks import LEGS, MIDLINE
from gaitsmith.recording import Recording
from gaitsmith.sections import Band, Curve, Figure, Panel, Playback

if TYPE_CHECKING:
    from gaitsmith.models.twin.api import Finding, TwinResult

__all__ = ["curves", "side_by_side"]

Array = npt.NDArray[np.float64]

# Distance between the two figures (m) and frames a second of the playback.
_APART, _RATE_HZ = 1.1, 50.0
# Bones beside a joint, by the landmarks at their ends: what is coloured where the joint is unusual.
_BONES = {
    "hip_flexion": ("hip", "knee"), "hip_adduction": ("hip", "knee"), "knee_angle": ("knee", "ankle"),
    "ankle_angle": ("ankle", "toe", "heel"),
}  # fmt: skip


def curves(result: TwinResult) -> Figure:
    """A panel a joint, left and right side by side, pelvis first; unusual ones say so."""
    found = {f.channel: f for f in result.findings}
    panels: list[Panel | None] = []
    left: Side
    for name in MIDLINE:
        if name in found:
            panels.append(_panel(found[name], "both"))
    panels += [None] * (-len(panels) % 2)
    for name in LEGS:
        for end in ("l", "r"):
            f = found.get(f"{name}_{end}")
            left = "left" if end == "l" else "right"
            panels.append(None if f is None else _panel(f, left))
        if panels[-1] is None and panels[-2] is None:
            del panels[-2:]
    return Figure("twin", "Recorded walk, its normative twin, and normal people", panels, columns=2,
                  alt="Curves of each joint over the stride: recorded, twin, and the band of normal people. "
                  + result.summary)  # fmt: skip


def _panel(f: Finding, colour: str) -> Panel:
    x = np.linspace(0, 100, 101)
    stem = f.channel[:-2] if f.channel.endswith(("_r", "_l")) else f.channel
    lines = [Curve(x, f.recorded, "recorded", colour)]  # type: ignore[arg-type]
    if np.abs(f.twin - f.recorded).max() > 0.05:
        lines.append(Curve(x, f.twin, "twin (estimated)", "estimated", dashed=True))
    title = words.joint(f.channel) + (" — unusual" if f.flagged else "")
    return Panel(title, lines, [Band(x, f.low_band, f.high_band, "normal people, mean ± 2 SD")],
                 x_label="% of stride", unit="°", positive=words.POSITIVE[stem])  # fmt: skip


def side_by_side(result: TwinResult, seconds: float = 6.0) -> Playback:
    """Two stick figures: the recorded walk (left of the two) and its twin.

    Points are made from the angles with one body, so that the two differ by their joints alone.
    """
    from gaitsmith.body import drawn_words, points_from_angles

    twin = result.twin.angles
    own = result.recording.angles
    assert twin is not None and own is not None
    bare = {}
    for name, stream in (("recorded", own), ("twin", twin)):
        keep = stream.crop(stream.start, stream.start + seconds)
        made = points_from_angles(Recording(result.recording.subject, {"angles": keep})).points
        assert made is not None
        bare[name] = made.resample(min(_RATE_HZ, made.nominal_rate))
    first = bare["recorded"]
    edges = landmarks.skeleton_edges(first.labels)
    count = len(first.labels)
    shift = np.array([0.0, 0.0, _APART])
    n = min(len(s) for s in bare.values())
    points = np.concatenate([bare["recorded"].data[:n], bare["twin"].data[:n] + shift], axis=1)
    labels = [f"{w} {x}" for w in ("recorded", "twin") for x in first.labels]
    index = {x: i for i, x in enumerate(first.labels)}
    hot = _coloured([f.channel for f in result.shown])
    pairs, side = [], []
    for k in range(2):
        for a, b in edges:
            pairs.append((index[a] + k * count, index[b] + k * count))
            if k:
                side.append("estimated")
            elif (a, b) in hot or (b, a) in hot or _hot(a, b, hot):
                side.append("warn")
            else:
                side.append(_side(a, b))
    events = [(e.time, f"{e.side} {e.kind}") for e in result.twin.events
              if e.kind in ("strike", "off") and first.start <= e.time <= first.start + seconds]  # fmt: skip
    return Playback("twin", "Recorded and, beside it, the twin", first.nominal_rate,
                    points, labels, pairs, side, start=first.start, events=events,
                    caption=drawn_words(first).replace("this figure", "both figures"))  # fmt: skip


def _coloured(channels: list[str]) -> set[tuple[str, str]]:
    """Pairs of (landmark, side letter) sets as flat keys: ``("knee_r", "ankle_r")``."""
    out = set()
    for c in channels:
        if c in MIDLINE:
            out |= {("pelvis", "hip_r"), ("pelvis", "hip_l"), ("hip_l", "hip_r")}
            continue
        names = [f"{b}{c[-2:]}" for b in _BONES[c[:-2]]]
        out |= {(a, b) for a in names for b in names if a != b}
    return out


def _side(a: str, b: str) -> str:
    """``left`` or ``right`` where both ends are, else nothing."""
    one, two = landmarks.side_and_stem(a)[0], landmarks.side_and_stem(b)[0]
    return one or "" if one == two else ""


def _hot(a: str, b: str, hot: set[tuple[str, str]]) -> bool:
    """Bones that end on the pelvis count as the pelvis'."""
    return ("hip_l", "hip_r") in hot and {a, b} <= {"pelvis", "hip_r", "hip_l", "lumbar", "sacrum"}
