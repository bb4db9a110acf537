"""The cohort's page: how parameters are spread, by group, who stands out, and how good the data are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.cohort.tables import parameters_table
from gaitsmith.files import write_text
from gaitsmith.sections import Curve, Figure, Panel, Section, Table

if TYPE_CHECKING:
    from gaitsmith.cohort.run import Outcome

__all__ = ["SHOWN", "outliers", "sections", "write_page"]

Array = npt.NDArray[np.float64]

#: What the page shows: (name in the table, words, unit, factor).
SHOWN: tuple[tuple[str, str, str], ...] = (
    ("speed_both", "speed", "m/s"),
    ("cadence_both", "cadence", "steps/min"),
    ("stride_length_both", "stride length", "m"),
    ("stride_time_both", "stride time", "s"),
    ("stance_percent_both", "stance", "% of stride"),
    ("double_support_percent_both", "double support", "% of stride"),
    ("step_width_both", "step width", "m"),
    ("hip_flexion_range_both", "hip flexion, range", "°"),
    ("knee_flexion_swing_max_both", "knee flexion in swing, peak", "°"),
    ("ankle_dorsiflexion_stance_max_both", "ankle dorsiflexion in stance, peak", "°"),
    ("GPS_overall", "GPS", "°"),
)
# A modified z beyond this stands out (Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers).
_ODD = 3.5
# Fewer than this have no spread to stand out from.
_FEW = 8
# Rows of a table on the page; the Parquet file has all.
_MOST = 60


def write_page(outcome: Outcome) -> None:
    """``cohort.html`` in the folder of results."""
    from gaitsmith.report import render_page

    done, many = outcome.count("done"), len(outcome.rows)
    text = render_page(
        "Cohort",
        sections(outcome),
        lead=f"{done} of {many} recordings analysed, {many - done} not; {len(outcome.left)} further files are no recordings.",
    )
    write_text(outcome.out / "cohort.html", text, force=True)


def sections(outcome: Outcome) -> list[Section]:
    """What the page shows."""
    flat = [r for r in parameters_table(outcome.rows) if r["status"] == "done"]
    found = [_spread(flat), _odd(flat), _quality(flat), _recordings(flat), _rest(outcome)]
    return [s for s in found if s is not None]


def _values(flat: Sequence[Mapping[str, Any]], name: str) -> Array:
    return np.array([np.nan if r.get(name) is None else float(r[name]) for r in flat], dtype=float)


def _groups(flat: Sequence[Mapping[str, Any]]) -> dict[str, npt.NDArray[np.intp]]:
    names = [str(r.get("group") or "") for r in flat]
    return {g or "all": np.flatnonzero([n == g for n in names]) for g in sorted(set(names))}


def _spread(flat: Sequence[Mapping[str, Any]]) -> Section | None:
    groups = _groups(flat)
    rows, panels = [], []
    for name, words, unit in SHOWN:
        values = _values(flat, name)
        if not np.isfinite(values).any():
            continue
        for group, at in groups.items():
            own = values[at]
            own = own[np.isfinite(own)]
            if len(own):
                low, mid, high = np.percentile(own, (5, 50, 95))
                sd = own.std(ddof=1) if len(own) > 1 else None
                rows.append((f"{words} ({unit})", group, len(own), own.mean(), sd, low, mid, high))
        panels.append(_panel(words, unit, values, groups))
    if not rows:
        return None
    table = Table(
        "spread", "Parameters by group",
        ("Parameter", "Group", "Recordings", "Mean", "SD", "5 %", "Median", "95 %"), rows,
        dict.fromkeys(("Mean", "SD", "5 %", "Median", "95 %"), ".3g"),
        "Means over both sides of each recording, then over recordings: recordings of one person are not independent.",
    )  # fmt: skip
    figure = Figure("spread", "Every recording, by group", panels, 3,
                    alt="A point a recording for each parameter, groups side by side, medians as lines.")  # fmt: skip
    return Section("spread", "Parameters", figures=[figure], tables=[table])


def _panel(
    words: str, unit: str, values: Array, groups: Mapping[str, npt.NDArray[np.intp]]
) -> Panel:
    """A point a recording; groups one after the other along x, spread a little by a fixed pattern."""
    curves = []
    for k, at in enumerate(groups.values()):
        own = values[at]
        own = own[np.isfinite(own)]
        if not len(own):
            continue
        # The golden ratio's multiples fill an interval evenly without chance.
        jitter = 0.5 * ((np.arange(len(own)) * 0.618034) % 1.0) - 0.25
        curves.append(Curve(np.asarray(k + 1 + jitter), own, colour="both", marks=True))
        middle = np.full(2, float(np.median(own)))
        curves.append(Curve(k + 1 + np.array([-0.35, 0.35]), middle, colour="neutral"))
    names = "; ".join(f"{k + 1} {g}" for k, g in enumerate(groups)) if len(groups) <= 6 else "groups by name"  # fmt: skip
    return Panel(words, curves=curves, x_label=names, unit=unit, reads=False)


def outliers(flat: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, float, float, float]]:
    """(recording, parameter, value, median of its group, modified z) of what stands out.

    Modified z = 0.6745 (x − median) / MAD (Iglewicz & Hoaglin 1993), in groups of 8 and more.
    """
    found = []
    for name, words, unit in SHOWN:
        values = _values(flat, name)
        for at in _groups(flat).values():
            own = values[at]
            if np.isfinite(own).sum() < _FEW:
                continue
            middle = float(np.nanmedian(own))
            mad = float(np.nanmedian(np.abs(own - middle)))
            if mad <= 0:
                continue
            z = 0.6745 * (own - middle) / mad
            found += [(str(flat[at[i]]["recording"]), f"{words} ({unit})", float(own[i]), middle, float(z[i]))
                      for i in np.flatnonzero(np.abs(np.nan_to_num(z)) > _ODD)]  # fmt: skip
    return sorted(found, key=lambda f: -abs(f[4]))


def _odd(flat: Sequence[Mapping[str, Any]]) -> Section | None:
    if not flat:
        return None
    found = outliers(flat)
    if not found:
        return Section("outliers", "What stands out", words=["No recording stands out in a parameter."])  # fmt: skip
    table = Table(
        "outliers", "Far from the group's median",
        ("Recording", "Parameter", "Value", "Median", "Modified z"), found[:_MOST],
        {"Value": ".3g", "Median": ".3g", "Modified z": ".1f"},
        "Modified z above 3.5 (Iglewicz & Hoaglin 1993) within the group: unusual, not wrong and not ill."
        + (f" The first {_MOST} of {len(found)}." if len(found) > _MOST else ""),
    )  # fmt: skip
    many = len({f[0] for f in found})
    words = f"{many} recording{'s' if many > 1 else ''} stand{'' if many > 1 else 's'} out in at least one parameter."
    return Section("outliers", "What stands out", words=[words], tables=[table])


def _quality(flat: Sequence[Mapping[str, Any]]) -> Section | None:
    if not flat:
        return None
    doubtful = sorted(flat, key=lambda r: -(r.get("warnings") or 0))
    rows = [(r["recording"], r.get("warnings"), r.get("refusals"), r.get("strides_left"), r.get("strides_right"), r.get("duration_s"))
            for r in doubtful if r.get("warnings") or not (r.get("strides_left") or r.get("strides_right"))]  # fmt: skip
    words = f"{len(rows)} of {len(flat)} recordings have a warning or no whole stride."
    table = Table(
        "quality", "Recordings to look at",
        ("Recording", "Warnings", "Things not done", "Strides left", "Strides right", "Seconds"),
        rows[:_MOST], {"Seconds": ".1f"},
        f"The first {_MOST} of {len(rows)}, those with most warnings first." if len(rows) > _MOST else "",
    )  # fmt: skip
    return Section("quality", "Quality", words=[words], tables=[table] if rows else [])


def _recordings(flat: Sequence[Mapping[str, Any]]) -> Section | None:
    if not flat:
        return None
    rows = [(r["recording"], r.get("group"), r.get("speed_both"), r.get("cadence_both"), r.get("stride_length_both"),
             r.get("GPS_overall"), f"recordings/{r['folder']}" if r.get("folder") else None) for r in flat]  # fmt: skip
    table = Table(
        "recordings", "Recordings",
        ("Recording", "Group", "Speed (m/s)", "Cadence (steps/min)", "Stride length (m)", "GPS (°)", "Folder"),
        rows[:_MOST], {"Speed (m/s)": ".2f", "Cadence (steps/min)": ".0f", "Stride length (m)": ".2f", "GPS (°)": ".1f"},
        f"The first {_MOST} of {len(rows)}: parameters.parquet has all." if len(rows) > _MOST else "",
    )  # fmt: skip
    return Section("recordings", "Recordings", tables=[table])


def _rest(outcome: Outcome) -> Section | None:
    rows = [(r["name"], r["status"], r["reason"]) for r in outcome.rows if r["status"] != "done"]
    rows += [(x.name, "not a recording", x.reason) for x in outcome.left]
    if not rows:
        return None
    table = Table(
        "rest", "Not analysed", ("File", "What became of it", "Reason"), rows[: 3 * _MOST], {},
        f"The first {3 * _MOST} of {len(rows)}: files.csv has all." if len(rows) > 3 * _MOST else "",
    )  # fmt: skip
    return Section("rest", "Not analysed", tables=[table])
