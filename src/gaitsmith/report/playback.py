"""A `Playback` packed for the page's player, and its still picture for print and for no script."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.report.looks import COLOURS
from gaitsmith.sections import Playback, plain

__all__ = ["pack", "still"]

Array = npt.NDArray[np.float64]

_FASTEST, _SLOWEST = 50.0, 20.0
# Sizes in int16 numbers: some 600 kB of base64 is wished, 1.6 MB is the most.
_WISHED, _MOST = 225_000, 600_000
_MISSING = -32768
_STILLS = 7
# As in ``player.js``: orange for what does not fit, violet for a body that was estimated.
_OWN = {"warn": "#d97706", "estimated": "#6d4fa3"}
_DASH = {"left": "5 2.5", "estimated": "1 3.5"}


def pack(playback: Playback) -> dict[str, Any]:
    """Plain data for ``player.js``.

    Points become int16 in steps of 1 mm (or coarser where a walk is longer than 32 m), at most
    50 and where that would be large at least 20 frames a second (the player interpolates);
    −32768 is missing. What is longer than the page can hold is cut at its end; ``shown`` says how
    many seconds are in.
    """
    points = np.asarray(playback.points, dtype=float)
    count, number = points.shape[:2]
    width = number * 3
    forces = None if playback.forces is None else np.asarray(playback.forces, dtype=float)
    if forces is not None:
        width += forces.shape[1] * 6
    seconds = max(count - 1, 0) / playback.rate
    rate = min(playback.rate, _FASTEST)
    if width * seconds * rate > _WISHED:
        rate = min(rate, max(_SLOWEST, _WISHED / (width * seconds)))
    frames = int(seconds * rate + 1e-6) + 1 if count else 0
    frames = min(frames, max(1, _MOST // max(width, 1)))
    at = np.arange(frames) * playback.rate / rate
    points = _frames(points, at)
    reach = np.abs(points[np.isfinite(points)]).max(initial=0.0)
    step = max(1e-3, float(reach) / 32000)
    out: dict[str, Any] = {
        "rate": rate,
        "start": playback.start,
        "frames": frames,
        "count": number,
        "step": step,
        "points": _encoded(points / step),
        "labels": [str(x) for x in playback.labels],
        "edges": [[int(a), int(b)] for a, b in playback.edges],
        "side": [str(s) for s in playback.side],
        "events": [[float(t), str(words)] for t, words in playback.events if np.isfinite(t)],
        "seconds": seconds,
        "shown": max(frames - 1, 0) / rate,
    }
    if forces is not None and forces.shape[1]:
        part = _frames(forces, at)
        scaled = np.concatenate((part[..., :3] / step, np.clip(part[..., 3:], -30, 30) * 1e3), -1)
        out["forces"] = _encoded(scaled)
        out["arrows"] = int(forces.shape[1])
    result: dict[str, Any] = plain(out)
    return result


def _frames(data: Array, at: Array) -> Array:
    """`data` (time first) between its samples, linearly; missing where a neighbour is missing."""
    if not len(data):
        return data
    first = np.minimum(at.astype(int), len(data) - 1)
    second = np.minimum(first + 1, len(data) - 1)
    share = (at - first).reshape(-1, *([1] * (data.ndim - 1)))
    exact = share < 1e-9
    mixed = data[first] * (1 - share) + data[second] * share
    out: Array = np.where(exact, data[first], mixed)
    return out


def _encoded(values: Array) -> str:
    here = np.isfinite(values)
    whole = np.clip(np.rint(np.where(here, values, 0.0)), -32767, 32767)
    whole = np.where(here, whole, _MISSING)
    return base64.b64encode(whole.astype("<i2").tobytes()).decode("ascii")


def still(playback: Playback, alt: str) -> str:
    """An SVG of the walk seen from its side: a few figures in a row, in the order of time.

    Figures stand apart by at least their own width, wherever the person was (on a treadmill they
    would all stand on one place).
    """
    points = np.asarray(playback.points, dtype=float)
    label = escape(alt, quote=True)
    seen = np.isfinite(points).all(axis=2).sum(axis=1)
    usable = np.flatnonzero(seen > 0.5 * points.shape[1])
    if not len(usable):
        return f'<svg viewBox="0 0 600 40" role="img" aria-label="{label}"></svg>'
    # One and a half seconds hold a whole stride of most people.
    part = usable[usable <= usable[0] + 1.5 * playback.rate]
    if len(part) < _STILLS:
        part = usable
    chosen = part[np.unique(np.linspace(0, len(part) - 1, _STILLS).astype(int))]
    poses = points[chosen]
    along = _direction(points[usable])
    across = poses[..., 0] * along[0] + poses[..., 2] * along[1]
    up = poses[..., 1]
    middle = np.nanmedian(across, axis=1, keepdims=True)
    across = across - middle
    width = 2 * float(np.nanmax(np.abs(across))) or 1.0
    gap = max(1.15 * width, 0.5)
    low, high = float(np.nanmin(up)), float(np.nanmax(up))
    scale = 760 / (gap * len(chosen))
    tall = max((high - low) * scale, 10.0)
    x = (across + gap * (np.arange(len(chosen))[:, None] + 0.5)) * scale
    y = (high - up) * scale + 10
    lines = []
    for frame, index in enumerate(chosen):
        for (a, b), side in zip(playback.edges, playback.side, strict=True):
            ends = np.array([x[frame, a], y[frame, a], x[frame, b], y[frame, b]])
            if np.isfinite(ends).all():
                colour = _OWN.get(side) or COLOURS.get(side, COLOURS["neutral"])
                dash = f' stroke-dasharray="{_DASH[side]}"' if side in _DASH else ""
                lines.append(
                    '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"'.format(*ends)
                    + f' stroke="{colour}"{dash}/>'
                )
        time = playback.start + index / playback.rate
        lines.append(
            f'<text x="{gap * (frame + 0.5) * scale:.1f}" y="{tall + 30:.1f}">{time:.2f} s</text>'
        )
    return (
        f'<svg viewBox="0 0 760 {tall + 38:.0f}" role="img" aria-label="{label}">'
        f'<g stroke-width="2.2" stroke-linecap="round" fill="none">'
        f'<line x1="0" x2="760" y1="{tall + 10:.1f}" y2="{tall + 10:.1f}" stroke="#9aa5b1"'
        f' stroke-width="1"/>{"".join(x for x in lines if x.startswith("<line"))}</g>'
        f'<g font-size="11" fill="#5b6673" text-anchor="middle">'
        f"{''.join(x for x in lines if x.startswith('<text'))}</g></svg>"
    )


def _direction(points: Array) -> tuple[float, float]:
    """Horizontal unit vector (x, z) of travel; forward (x) where nobody travels."""
    centre = np.nanmedian(points, axis=1)
    ends = centre[np.isfinite(centre).all(axis=1)]
    if len(ends) < 2:
        return 1.0, 0.0
    x, _, z = ends[-1] - ends[0]
    size = float(np.hypot(x, z))
    return (float(x / size), float(z / size)) if size > 0.5 else (1.0, 0.0)
