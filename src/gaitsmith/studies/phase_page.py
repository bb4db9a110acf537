"""The page and the text of the phase study, from its figures alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies.commit import commit
from gaitsmith.studies.phase_evaluate import set_lines

__all__ = ["text", "write"]

_ABOUT = """# Gait phase

Written by `gaitsmith benchmark phase --page docs/results`; figures in `phase.json`.

Foot sensors of voisard2023 (hand-checked swings), people in five folds (sorted, permuted by
`default_rng(0)`, `array_split`), both feet, every tick between the marked start and stop of walking.
Strides outside 0.5 to 2.6 s (shuffles, pauses: 1 % of the ticks) stand apart: their ticks and the
events inside them are in the column "with odd strides" alone.
One output serves everything: the states of the state machine are scored as classes and its
transitions as events (matched within 100 ms, each once; beside it within 200 ms, where an event badly
timed in a turn is not both missed and spurious). Missed and spurious are in % of the true events.
Straight: outside the marked turn (gait %: strides that do not touch it). Strides outside
0.6 to 2.5 s have no gait %. State machines are chosen for each fold on the held-out outputs for the
people of the other folds. Signals are levelled by standing still, turned forward by the axis the foot
swings about over the whole trial, and lost packets (up to 0.25 s) are bridged by a line: a live
system knows a lost tick when the next packet is there.
"""


def _number(value: Any, decimals: int) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.{decimals}f}"


def _with_odd(methods: Mapping[str, Any]) -> str:
    every = next(iter(methods.values())).get("ticks_all")
    return "" if every is None else f" ({every:,.0f} with those of odd strides)"


def _models(part: Mapping[str, Any]) -> list[str]:
    methods = part["methods"]
    ticks = next(iter(methods.values()))["ticks"]
    lines = [
        f"{part['people']} people, {part['trials']} trials, {ticks:,.0f} scored ticks{_with_odd(methods)}.", "",
        "| | looks ahead | macro F1 | with odd strides | accuracy | straight | turns | events, median / 90 % (ms) | missed % (straight) | spurious % (straight) | within 200 ms: missed, spurious % (straight) | gait-% RMSE (straight) | default − this, F1 [95 %] |",
        "| --- |" + " --- |" * 12,
    ]  # fmt: skip
    for r in methods.values():
        gap = r.get("default_minus_this_f1")
        apart = f"{gap['mean']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]" if gap else ""
        ahead = "no" if r["causal"] == "yes" else r["causal"]
        lines.append(
            f"| {r['title']} | {ahead} | {r['macro_f1']:.4f} | {_number(r.get('macro_f1_all', r['macro_f1']), 4)} | {r['accuracy']:.4f} | {r['accuracy_straight']:.4f} | "
            f"{r['accuracy_turns']:.3f} | {r['median_ms']:.0f} / {r['p90_ms']:.0f} | {r['missed_percent']:.2f} ({r['missed_percent_straight']:.2f}) | "
            f"{r['spurious_percent']:.2f} ({r['spurious_percent_straight']:.2f}) | "
            f"{r['missed_percent_200_ms']:.2f}, {r['spurious_percent_200_ms']:.2f} ({r['missed_percent_200_ms_straight']:.2f}, {r['spurious_percent_200_ms_straight']:.2f}) | "
            f"{_number(r['rmse_percent'], 2)} ({_number(r['rmse_percent_straight'], 2)}) | {apart} |"
        )  # fmt: skip
    for r in methods.values():
        if "delay" in r:
            lines += ["", f"From a true event to the tick at which the default says so: median {r['delay']['median_ms']:.0f} ms, "
                      f"90 % within {r['delay']['p90_ms']:.0f} ms."]  # fmt: skip
        if "delay" in r and "by_person" in r:
            rows = r["by_person"]
            lines += ["", "Default by person: " + ", ".join(f"{p} {v['macro_f1']:.3f}" for p, v in rows.items()) + " (macro F1)."]  # fmt: skip
    return [*lines, ""]


def _transfer(part: Mapping[str, Any]) -> list[str]:
    lines = [
        f"Dense network, {part['steps']} optimiser steps in all for each way of training, seeds "
        f"{', '.join(map(str, part['seeds']))} (means; F1 by seed in brackets), one state machine for all. Differences "
        f"over people with 95 % intervals. Over all {part['all']['direct']['ticks']:,.0f} ticks.", "",
        "| labelled people | | macro F1 | missed % | spurious % | gait-% RMSE | F1 − direct | spurious − direct (points) |",
        "| --- |" + " --- |" * 7,
    ]  # fmt: skip
    for count, rows in part.items():
        if not isinstance(rows, Mapping):
            continue
        for way, r in rows.items():
            f1, extra = r.get("macro_f1_minus_direct"), r.get("spurious_percent_minus_direct")
            seeds = ", ".join(f"{v:.4f}" for v in r["macro_f1_by_seed"])
            said = [
                f"{g['mean']:+.4f} [{g['low']:+.4f}, {g['high']:+.4f}]" if g else "" for g in (f1,)
            ]
            said += [
                f"{g['mean']:+.2f} [{g['low']:+.2f}, {g['high']:+.2f}]" if g else ""
                for g in (extra,)
            ]
            lines.append(f"| {count} | {way} | {r['macro_f1']:.4f} ({seeds}) | {r['missed_percent']:.2f} | {r['spurious_percent']:.2f} | "
                         f"{_number(r['rmse_percent'], 2)} | {said[0]} | {said[1]} |")  # fmt: skip
    return [*lines, ""]


def _others(part: Mapping[str, Any]) -> list[str]:
    from gaitsmith.studies.phase_evaluate import text as scores

    lines: list[str] = []
    for result in part.values():
        lines += ["```", scores(dict(result)), "```", ""]
    return lines


def _legs(part: Mapping[str, Any]) -> list[str]:
    lines = [
        "Rate alone; learnt from virtual people and from people of hugadb, both labelled by the off-line detector on "
        "the foot sensor of the same side, which is no measured contact. Scored on people not learnt from.", "",
        "| sensor | | people | macro F1 | events, median / 90 % (ms) | missed % | spurious % | gait-% RMSE |",
        "| --- |" + " --- |" * 7,
    ]  # fmt: skip
    for segment, rows in part.items():
        for title, r in rows["scores"].items():
            lines.append(f"| {segment} | {title} | {r['people']} | {r['macro_f1']:.4f} | {r['median_ms']:.0f} / {r['p90_ms']:.0f} | "
                         f"{r['missed_percent']:.2f} | {r['spurious_percent']:.2f} | {r['rmse_percent']:.2f} |")  # fmt: skip
    for segment, rows in part.items():
        if "walking_dataset" in rows:
            lines += [
                "",
                f"{segment}, another device (walking_dataset)",
                *set_lines(rows["walking_dataset"]),
            ]
    return [*lines, ""]


def _limits(part: Mapping[str, Any]) -> list[str]:
    lean = part["lean_ms"]
    lines = [
        "The default trained anew with other seeds, three times as long, and three of it at once (means of their outputs); and an oracle, which is no "
        "method: the events of each foot in each trial moved by the median of their own errors there.", "",
        "| | macro F1 | straight | missed % (straight) | spurious % (straight) | gait-% RMSE (straight) |",
        "| --- |" + " --- |" * 5,
    ]  # fmt: skip
    for title, r in part["rows"].items():
        lines.append(
            f"| {title} | {r['macro_f1']:.4f} | {r['accuracy_straight']:.4f} | {r['missed_percent']:.2f} ({r['missed_percent_straight']:.2f}) | "
            f"{r['spurious_percent']:.2f} ({r['spurious_percent_straight']:.2f}) | {_number(r['rmse_percent'], 2)} ({_number(r['rmse_percent_straight'], 2)}) |"
        )  # fmt: skip
    return [
        *lines, "",
        f"Events of one foot in one trial are early or late together: their median error has an SD of {_number(lean['strike'], 0)} ms (strikes) and "
        f"{_number(lean['off'], 0)} ms (offs) over feet and trials, and the two feet of a trial differ by {_number(lean['strike_between_feet'], 0)} and "
        f"{_number(lean['off_between_feet'], 0)} ms (SD). Whether labels or sensors lean, no causal model can know it of a new trial.", "",
    ]  # fmt: skip


_PARTS = {
    "models": ("Models and baselines in the same folds", _models),
    "limits": ("What limits the default", _limits),
    "transfer": ("Transfer against direct training", _transfer),
    "others": ("Frozen weights on other groups and devices", _others),
    "legs": ("Shank and thigh: virtual people and derived labels", _legs),
}


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    out: list[str] = []
    for name, part in result.items():
        title, make = _PARTS[name]
        out += [f"## {title}", "", *make(part)]
    return "\n".join(out)


def write(result: Mapping[str, Any], folder: Path) -> None:
    """``phase.md`` and ``phase.json`` with commit, seed and digests; other parts stay as they are.

    Sets whose figures may not be published (``derived: no``) are left out of both.
    """
    from gaitsmith.studies.phase import PARTS, SEED

    place = folder / "phase.json"
    before = json.loads(place.read_text("utf-8")) if place.is_file() else {}
    merged = {k: before[k] for k in PARTS if k in before} | dict(_published(plain(result)))
    merged = {k: merged[k] for k in PARTS if k in merged}
    made = {"commit": commit(), "seed": SEED}
    write_text(place, json.dumps({"made": made, **merged}, indent=1, allow_nan=False) + "\n", force=True)  # fmt: skip
    digests = {k: v["data_digest"] for k, v in merged.items() if "data_digest" in v}
    foot = f"Commit {made['commit']}, seed {SEED}, data {json.dumps(digests)}.\n"
    write_text(folder / "phase.md", f"{_ABOUT}\n{text(merged)}\n{foot}", force=True)


def _published(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without figures of sets that are measured only."""
    from gaitsmith.datasets.registry import catalogue

    closed = {name for name, about in catalogue().items() if about.derived == "no"}
    out = dict(result)
    if "legs" in out:
        out["legs"] = {s: {k: v for k, v in r.items() if k not in closed} for s, r in out["legs"].items()}  # fmt: skip
    if "others" in out:
        out["others"] = {m: {**r, "sets": {n: v for n, v in r["sets"].items() if n not in closed}}
                         for m, r in out["others"].items()}  # fmt: skip
    return out
