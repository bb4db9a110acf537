"""Stretches taken out of recordings and filled again: error against the truth, beside simpler fills.

Gaps of 20, 30 and 40 % of a stride, in everything at once and in one channel (a joint angle, a marker).
Linear, cubic spline and the person's mean stride (the strides around, each brought to the gap's place by
the mean stride time) stand beside it on the same gaps. Angles in degrees, markers in millimetres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.fewshot.repair import repair, stride_rows
from gaitsmith.models.fewshot.ways import Gap, spline
from gaitsmith.recording import Recording, Stream
from gaitsmith.studies.fewshot_cycles import trials

__all__ = ["mean_stride", "study", "walks"]

Array = npt.NDArray[np.float64]
SHARES = (0.2, 0.3, 0.4)
_GAPS = 3
# Recordings of a source, and seconds of each, at most.
_MOST, _SECONDS = 3, 8.0


def walks(data: Path) -> Iterator[tuple[str, Recording, str]]:
    """Source, recording and the stream that gaps are made in."""
    from gaitsmith.errors import MissingInputError

    for i, speed in enumerate((0.9, 1.2, 1.5)):
        yield "virtual walkers", _virtual(i, speed), "angles"
    for source, name, stream in (
        ("opensim/rajagopal_walking", "opensim", "points"), ("opensim/rajagopal_walking", "opensim", "angles"),
        ("opensim/gaitdynamics_example", "opensim", "angles"), ("mcgill_children", "mcgill_children", "points"),
    ):  # fmt: skip
        count = 0
        try:
            # The children's other tasks are turning and standing.
            for _, trial, content in trials(
                data, name, "recording", "walking" if name == "mcgill_children" else ""
            ):
                wanted = source.replace("_example", "").replace("_walking", "")
                if (
                    not trial.startswith(wanted)
                    or count >= _MOST
                    or not isinstance(content, Recording)
                ):
                    continue
                found = content.of_kind("points" if stream == "points" else "angles")
                if found:
                    count += 1
                    yield source, content, next(iter(found))
        except MissingInputError:
            continue


def _virtual(seed: int, speed: float) -> Recording:
    from gaitsmith.virtual import people, walker

    return walker(people(3, seed=0)[seed], speed, seconds=_SECONDS, seed=seed)


def mean_stride(data: Array, gap: Gap, stride: int) -> Array:
    """row × column: the mean of what stood whole strides before and after, met at the edges; NaN where nothing did."""
    rows = np.arange(gap.start, gap.stop)
    cols = list(gap.columns)
    found = []
    for k in (-3, -2, -1, 1, 2, 3):
        at = rows + k * stride
        if at[0] - 1 >= 0 and at[-1] + 1 < len(data) and np.isfinite(data[at][:, cols]).all():
            w = ((np.arange(len(rows)) + 1) / (len(rows) + 1))[:, None]
            left = data[gap.start - 1, cols] - data[at[0] - 1, cols]
            right = data[gap.stop, cols] - data[at[-1] + 1, cols]
            found.append(data[at][:, cols] + (1 - w) * left + w * right)
    return np.mean(found, axis=0) if found else np.full((len(rows), len(cols)), np.nan)


def _columns(stream: Stream, whole: bool, rng: np.random.Generator, moving: npt.NDArray[np.bool_]) -> list[int]:  # fmt: skip
    width = 1 if stream.data.ndim == 2 else stream.data.shape[2]
    if whole:
        return [int(c) for c in np.flatnonzero(moving)]
    at = int(rng.choice(np.unique(np.flatnonzero(moving) // width)))
    return list(range(at * width, at * width + width))


def study(data: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Source -> which channels -> RMSE of each method, ratio to the spline, coverage, share filled."""
    rows: dict[str, dict[str, list[dict[str, float]]]] = {}
    for n, (source, recording, name) in enumerate(walks(data)):
        say(f"repair: {source}, {recording.name}")
        stream = recording[name]
        first = stream.start
        short = recording.select(name).crop(first, first + _SECONDS)
        for whole in (True, False):
            title = f"all {name}" if whole else ("one marker" if stream.kind == "points" else "one angle")  # fmt: skip
            for share in SHARES:
                for g in range(_GAPS):
                    rng = np.random.default_rng([5, n, g, int(100 * share), int(whole)])
                    found = _one(short, name, whole, share, rng)
                    if found is not None:
                        rows.setdefault(source, {}).setdefault(title, []).append(found)
    return {s: {t: _summary(r) for t, r in parts.items()} for s, parts in rows.items()}


def _one(recording: Recording, name: str, whole: bool, share: float, rng: np.random.Generator) -> dict[str, float] | None:  # fmt: skip
    stream = recording[name]
    data = stream.data.reshape(len(stream), -1)
    moving = (np.nanstd(data, axis=0) > 1e-6) & np.isfinite(data).all(axis=0)
    cols = _columns(stream, whole, rng, moving)
    stride = stride_rows(data[:, moving], stream.nominal_rate)
    n = round(share * stride)
    free = [a for a in range(4, len(data) - n - 4) if np.isfinite(data[a - 4 : a + n + 4][:, cols]).all()]  # fmt: skip
    if not free or not cols:
        return None
    a = int(rng.choice(free))
    hurt = data.copy()
    # Everything: also what is missing somewhere, or never moves.
    hurt[a : a + n, slice(None) if whole else cols] = np.nan
    gap = Gap(a, a + n, tuple(cols))
    unit = 1000.0 if stream.kind == "points" else 1.0
    broken = recording.with_stream(stream.replace(data=hurt.reshape(stream.data.shape)), name)
    out = repair(broken)
    truth = data[a : a + n][:, cols]
    filled = out.recording[name].data.reshape(len(data), -1)[a : a + n][:, cols]
    sd = out.bands[name].reshape(len(data), -1)[a : a + n][:, cols]
    seen = np.isfinite(filled)
    w = ((np.arange(n) + 1) / (n + 1))[:, None]
    others = {
        "linear": (1 - w) * hurt[a - 1, cols] + w * hurt[a + n, cols],
        "spline": spline(hurt, gap),
        "mean stride": mean_stride(hurt, gap, stride),
    }
    away = np.abs(filled - truth)[seen]
    result = {"filled": float(seen.mean()), "repair": _rmse(filled, truth, seen) * unit}
    for level, wide in (("cover 50", 0.6745), ("cover 90", 1.645)):
        result[level] = float((away <= wide * sd[seen]).mean()) if seen.any() else np.nan
    result |= {k: _rmse(v, truth, seen) * unit for k, v in others.items()}
    with_mean = np.isfinite(result["mean stride"])
    return result | {"repair, mean stride known": result["repair"] if with_mean else np.nan}


def _rmse(a: Array, b: Array, at: npt.NDArray[np.bool_]) -> float:
    return float(np.sqrt(np.mean(np.square((a - b)[at])))) if at.any() else float("nan")


def _summary(rows: list[dict[str, float]]) -> dict[str, float]:
    with np.errstate(invalid="ignore"):
        out = {k: _mean([r[k] for r in rows]) for k in rows[0]}
    return out | {"gaps": len(rows), "spline over repair": out["spline"] / out["repair"] if out["repair"] else float("nan")}  # fmt: skip


def _mean(values: list[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return float(np.mean(known)) if known else float("nan")
