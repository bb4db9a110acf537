"""How far the data can be trusted: gaps, jumps, implausible values, clipped sensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gaitsmith import channels
from gaitsmith.chapters.base import Context
from gaitsmith.chapters.trust import seen_in_strides
from gaitsmith.gait.imu import ONE_COUNT
from gaitsmith.recording import Note, Recording
from gaitsmith.sections import Section, Table
from gaitsmith.signals import gaps

__all__ = ["chapter"]

# A gap shorter than this (s) is bridged without harm by most laboratories' software.
_SHORT_S = 0.1
# A coordinate that jumps more than this between samples (deg) has wrapped or was swapped.
_JUMP_DEG = 60.0
# Share of samples at the very maximum or minimum above which a sensor counts as clipped.
_CLIPPED = 0.005
# Channels with no more samples or levels than this say nothing of clipping.
_FEW = 50
# A share (%) below this is none, as it is shown.
_NONE = 0.05
# Channels named in one row.
_NAMED = 12
# Where notes on plates stand, and what they say of a plate's zero.
_PLATES = ("forces", "FORCE_PLATFORM")
_ZERO = ("unloaded plate reads", "not zeroed", "its zero is off", "never unloaded")
_SENSORS = {"acc": "accelerometer", "gyr": "gyroscope"}


def chapter(context: Context) -> Section:
    """A table of what is doubtful, or the plain statement that nothing is."""
    rows = [*_missing(context), *_angles(context.recording), *_imu(context.recording)]
    notes = [Note("warning", stream, f"{channel}: {what}") for stream, channel, what in rows]
    rows += _plates(context.recording)
    tables = []
    words = ["No gaps, jumps, implausible values, clipped samples or plates off zero were found."]
    if rows:
        tables.append(
            Table(
                "quality",
                "What to know before trusting a number",
                ("stream", "channel", "found"),
                rows,
            )
        )
        words = [
            f"{len(rows)} thing{'s' if len(rows) > 1 else ''} to know about the data's quality."
        ]
    tables += _residuals(context.recording)
    return Section("quality", "Data quality", words=words, tables=tables, notes=notes)


def _plates(recording: Recording) -> list[tuple[str, str, str]]:
    """Plates whose zero is off, noisy or unknown: notes that stand already, as rows."""
    return [
        ("forces", ", ".join(n.place.split(", ")[1:]) or "all", n.words)
        for n in recording.notes
        if n.place.split(",")[0].strip() in _PLATES and any(x in n.words for x in _ZERO)
    ]


def _residuals(recording: Recording) -> list[Table]:
    """How far the body that the angles were computed with stays from each marker."""
    angles = recording.angles
    far = {} if angles is None else angles.attrs.get("residual_mm", {})
    if not far:
        return []
    rows = sorted(far.items(), key=lambda item: -item[1])
    return [
        Table(
            "residuals", "Distance of the fitted body from the markers", ("marker", "distance (mm)"), rows,
            {"distance (mm)": ".1f"}, "Root mean square over the recording, farthest first. Skin moves over "
            "bone by 5 to 20 mm; much more is a marker that was misplaced, mislabelled or swapped.",
        )
    ]  # fmt: skip


def _missing(context: Context) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    recording = context.recording
    in_strides = seen_in_strides(recording, context.strides)
    for name, s in recording.streams.items():
        if not len(s):
            rows.append((name, "all", "no samples"))
            continue
        step = 1 / s.nominal_rate if np.isfinite(s.nominal_rate) else 0.0
        lost = int(s.attrs.get("lost_packets", 0) or 0)
        if lost:
            rows.append(
                (name, "all", f"{lost} packets lost ({100 * lost / (lost + len(s)):.1f} %)")
            )
        if s.kind in ("forces", "moments", "powers"):
            continue  # these exist only while a foot stands on a plate
        found: list[_Gaps] = []
        bad = np.isnan(s.data if s.data.ndim == 2 else s.data[:, :, 0])
        for i in np.flatnonzero(bad.any(axis=0)):
            runs = gaps(bad[:, i])
            longest = float((runs[:, 1] - runs[:, 0]).max()) * step
            if longest > _SHORT_S:
                seen = in_strides.get(s.labels[i]) if s is recording.points else None
                found.append(_Gaps(s.labels[i], 100 * float(bad[:, i].mean()), longest,
                                   None if seen is None else 100 * (1 - seen)))  # fmt: skip
        rows += [(name, *row) for row in _grouped(found)]
    return _few(rows)


@dataclass(frozen=True)
class _Gaps:
    """Gaps of one channel: shares (%) of all samples and of those within the strides used."""

    label: str
    share: float
    longest_s: float
    inside: float | None

    @property
    def harmless(self) -> bool:
        """Whether the strides used have none of them."""
        return self.inside is not None and self.inside < _NONE


def _grouped(found: list[_Gaps]) -> list[tuple[str, str]]:
    """Channels and what they miss: those that miss the same in one row, and in one row those that
    the strides used have whole.
    """
    groups: dict[tuple[Any, ...], list[_Gaps]] = {}
    for g in found:
        inside = None if g.inside is None else round(g.inside, 1)
        key = () if g.harmless else (round(g.share, 1), inside, round(g.longest_s, 2))
        groups.setdefault(key, []).append(g)
    return [(_labels([g.label for g in some]), _gap_words(some)) for some in groups.values()]


def _labels(labels: list[str]) -> str:
    if len(labels) <= _NAMED:
        return ", ".join(labels)
    return f"{', '.join(labels[: _NAMED - 1])} and {len(labels) - _NAMED + 1} more"


def _gap_words(some: list[_Gaps]) -> str:
    first = some[0]
    low, high = min(g.share for g in some), max(g.share for g in some)
    share = f"{low:.1f}" if high - low < _NONE else f"{low:.1f} to {high:.1f}"
    longest = max(g.longest_s for g in some)
    if first.harmless:
        inside = ", none of them within the strides used"
    else:
        inside = "" if first.inside is None else f" ({first.inside:.1f} % within the strides used)"
    return f"missing in {share} % of samples{inside}, longest gap {longest:.2f} s"


def _few(rows: list[tuple[str, str, str]], most: int = 20) -> list[tuple[str, str, str]]:
    """The rows, or the first of them and how many more."""
    if len(rows) <= most:
        return rows
    return [
        *rows[: most - 1],
        (rows[most][0], "…", f"and {len(rows) - most + 1} more rows of gaps"),
    ]


def _angles(recording: Recording) -> list[tuple[str, str, str]]:
    rows = []
    table = channels.channels()
    for name, s in recording.of_kind("angles").items():
        for label in s.labels:
            x = s[label]
            x = x[np.isfinite(x)]
            if len(x) < 2 or label not in table or table[label].unit != "deg":
                continue
            low, high = table[label].plausible
            if x.min() < low or x.max() > high:
                rows.append(
                    (
                        name,
                        label,
                        f"{x.min():.0f} to {x.max():.0f}°, usual is {low:.0f} to {high:.0f}°",
                    )
                )
            jump = float(np.abs(np.diff(x)).max())
            if jump > _JUMP_DEG:
                rows.append((name, label, f"jumps by {jump:.0f}° between two samples"))
    return rows


def _imu(recording: Recording) -> list[tuple[str, str, str]]:
    rows = []
    for name, s in recording.of_kind("imu").items():
        for label in s.labels:
            data = s[label]
            for quantity in ("acc", "gyr"):
                axes = [i for i, axis in enumerate(s.axes) if axis.startswith(quantity)]
                for i in axes:
                    x = data[np.isfinite(data[:, i]), i]
                    if len(x) >= _FEW and np.ptp(x) == 0:
                        rows.append((name, f"{label} {s.axes[i]}", "constant"))
                cut = {i: at for i in axes if (at := _at_edge(data[:, i])).mean() > _CLIPPED}
                if not cut:
                    continue
                edge = max(float(np.nanmax(np.abs(data[at, i]))) for i, at in cut.items())
                unit = s.unit(label, s.axes[axes[0]])
                part = ", ".join(f"{s.axes[i]} {100 * at.mean():.1f} %" for i, at in cut.items())
                # The limit is the sensor's: rare readings there on its other axes are cut off, too.
                rare = (np.abs(data[:, axes]) >= edge * (1 - ONE_COUNT)).any(axis=1)
                whole = 100 * np.any([rare, *cut.values()], axis=0).mean()
                rows.append((name, f"{label} {_SENSORS[quantity]}", f"cut off at ±{edge:.0f} {unit} in "
                             f"{whole:.1f} % of samples ({part})"))  # fmt: skip
    return rows


def _at_edge(values: np.ndarray) -> np.ndarray:
    """Samples at the very largest or smallest reading of a channel that moves."""
    seen = values[np.isfinite(values)]
    if len(seen) < _FEW or len(np.unique(seen)) <= _FEW:
        return np.zeros(len(values), dtype=bool)
    edges = [x for x in (seen.min(), seen.max()) if (seen == x).mean() > _CLIPPED]
    return np.asarray(np.isin(values, edges))
