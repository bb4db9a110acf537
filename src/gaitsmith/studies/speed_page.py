"""The page and the text of the speed study, from its figures alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies.commit import commit
from gaitsmith.studies.speed_scores import REFERENCE

__all__ = ["text", "write"]

_ABOUT = """# Speed transfer

Written by `gaitsmith benchmark speed --page docs/results`; figures in `speed.json`.

A person's mean curves at one speed in, those at another out, people left out one at a time.
Degrees: mean absolute difference over hip, knee, ankle and 101 points; mean over people of the mean
over ordered cross-speed pairs (identity pairs are nowhere in). r is Pearson's between curves over the
stride, the mean over joints. *copy* is the source unchanged; *copy + linear delta* adds the other
people's mean change with speed; *copy + published delta* the change that Schwartz (2008) published. Rank is the
place of the right person's curve among those of everybody with a curve near that speed, and
of a wrong person's (control).

The default's number of curves and share of the published change are chosen for each person left out by
leaving out each of the others (lencioni2019); with few people settings of each set stand in the study's
code (`studies/speed.py`). The form of the model, the values among which it chooses, and how an unusual
gait shrinks the change were found on these same development people, so a part of the gain is fitted
to them. Stroke people known: the published change of healthy people is not taken, chosen on these
people too. The gait_signatures rows learn from the set's own able-bodied people as well, as the protocol
says; what the weights that ship do on sets they never saw stands in the last part.
"""
# What the project asks of the default on these people: words, bound, whether at most, and where it stands.
_Asks = list[tuple[str, float, bool, Callable[[Mapping[str, Any]], float]]]
_HARD = ", hard"


def _mae(band: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda p: float(p["mae_deg"]["default"][band])


def _of(row: str, of: Callable[[Mapping[str, Any]], float]) -> Callable[[Mapping[str, Any]], float]:
    return lambda p: of(p[row])


def _covered(key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda p: 100 * float(p["coverage_90"][key])


_ROWS = {
    "able-bodied; others + lencioni2019": (1.95, 1.88),
    "stroke; nothing from stroke": (1.76, 1.70),
    "stroke; other stroke people known": (1.67, 1.62),
}
_ASKED: dict[str, _Asks] = {
    "lencioni2019": [
        ("all", 2.75, True, _mae("all")), (f"all{_HARD}", 2.65, True, _mae("all")),
        ("> 0.45 m/s", 3.15, True, _mae(">0.45")), (f"> 0.45 m/s{_HARD}", 3.05, True, _mae(">0.45")),
        ("two sources", 2.40, True, lambda p: float(p["several_sources_deg"]["2"]["mean"])),
        ("three sources", 2.24, True, lambda p: float(p["several_sources_deg"]["3"]["mean"])),
        ("against copy + linear delta, %", -7.0, True, lambda p: float(p["default_minus_reference"]["percent"])),
        ("upper end of that interval, degrees", 0.0, True, lambda p: float(p["default_minus_reference"]["high_deg"])),
        ("people better", 15, False, lambda p: float(p["default_minus_reference"]["people_better"])),
        ("< 0.15 m/s against copy + linear delta, degrees", 0.0, True,
         lambda p: float(p["mae_deg"]["default"]["<0.15"] - p["mae_deg"]["copy + linear delta"]["<0.15"])),
        ("90 % bands hold, % of points", 85, False, _covered("mean")), ("90 % bands hold, % of points", 95, True, _covered("mean")),
        ("in the worst person, % of points", 78, False, _covered("least")),
        ("cadence, steps/min", 4.0, True, lambda p: float(p["tempo"]["default: cadence, steps/min"])),
        ("stride length, cm", 4.2, True, lambda p: float(p["tempo"]["default: stride length, cm"])),
    ],
    "gait_signatures": [
        *((f"{row}{word}", bound, True, _of(row, _mae("all"))) for row, bounds in _ROWS.items()
          for word, bound in zip(("", _HARD), bounds, strict=True)),
        *((f"{row}: against copy + linear delta, degrees", 0.0, True,
           _of(row, lambda p: float(p["default_minus_reference"]["mean_deg"]))) for row in _ROWS),
        *((f"{row}: 90 % bands hold, % of points", bound, most, _of(row, _covered("mean"))) for row in _ROWS
          for bound, most in ((85, False), (95, True))),
    ],
    "hood2020_ankle": [
        (f"{side}, {band} m/s against copy, degrees", 0.0, True,
         _of(side, lambda p, band=band: float(p["mae_deg"]["default"][band] - p["mae_deg"]["copy"][band])))  # type: ignore[misc]
        for side in ("prosthetic", "intact") for band in ("<0.15", "0.15-0.45", ">0.45")
    ],
    "as shipped": [],
}  # fmt: skip


def _asked(name: str, part: Mapping[str, Any]) -> list[str]:
    lines = ["| | asked | measured | |", "| --- | --- | --- | --- |"]
    for words, bound, most, where in _ASKED[name]:
        try:
            value = where(part)
        except KeyError:  # a row that was not measured
            continue
        met = value <= bound if most else value >= bound
        lines.append(f"| {words} | {'≤' if most else '≥'} {bound:g} | {value:.3f} | {'met' if met else 'missed'} |")  # fmt: skip
    return [*lines, ""]


def _n(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _errors(part: Mapping[str, Any]) -> list[str]:
    bands = list(dict.fromkeys(b for row in part["mae_deg"].values() for b in row))
    lines = ["| degrees | " + " | ".join(f"Δv {b}" if b != "all" else b for b in bands) + " | r | rank (control) |",
             "| --- |" + " --- |" * (len(bands) + 2)]  # fmt: skip
    for name, row in part["mae_deg"].items():
        k = part["rank"].get(name)
        rank = f"{k['mean']:.1f} ({k['control']:.1f})" if k else "–"
        lines.append(f"| {name} | " + " | ".join(_n(row.get(b), ".3f") for b in bands) + f" | {part['r'][name]:.3f} | {rank} |")  # fmt: skip
    g, c = part["default_minus_reference"], part["coverage_90"]
    who = part["rank"].get("default")
    lines += ["", f"Default − {g['reference']}: {g['mean_deg']:+.3f}° ({g['percent']:+.1f} %), 95 % interval over "
              f"people {g['low_deg']:+.3f} to {g['high_deg']:+.3f}; better in {g['people_better']} of {g['people']}. "
              f"90 % bands hold {100 * c['mean']:.0f} % of each curve's points; in the worst person {100 * c['least']:.0f} %."
              + (f" Ranked among {who['candidates']:.1f} people." if who else ""), ""]  # fmt: skip
    methods = list(part["mae_deg"])
    lines += [
        "| \\|Δv\\|, m/s | people | " + " | ".join(methods) + " |",
        "| --- | --- |" + " --- |" * len(methods),
    ]
    lines += [f"| {d['from']:g}–{d['to']:g} | {d['people']} | " + " | ".join(_n(d["mae_deg"][m], ".2f") for m in methods) + " |" for d in part["by_distance"]]  # fmt: skip
    lines.append("")
    if "sides" in part:
        lines += _sides(part["sides"])
    return [*lines, *_maps(part["heat_map"]), ""]


def _sides(found: Mapping[str, Any]) -> list[str]:
    first = next(iter(next(iter(found.values())).values()))
    lines = ["| side | | " + " | ".join(first) + " |", "| --- | --- |" + " --- |" * len(first)]
    lines += [f"| {side} | {m} | " + " | ".join(f"{v:.2f}" for v in row.values()) + " |" for side, rows in found.items() for m, row in rows.items()]  # fmt: skip
    return [*lines, ""]


def _maps(found: Mapping[str, Any]) -> list[str]:
    """Source (rows) to target (columns): copy first, then the default."""
    edges = found["edges_m_s"]
    cells = [f"{a:g}–{b:g}" for a, b in pairwise(edges)]
    lines = ["Source (rows) to target (columns), m/s: default (copy), degrees; all methods in `speed.json`.", "",
             "| | " + " | ".join(cells) + " |", "| --- |" + " --- |" * len(cells)]  # fmt: skip
    for i, name in enumerate(cells):
        both = zip(found["mae_deg"]["default"][i], found["mae_deg"]["copy"][i], strict=True)
        lines.append(f"| {name} | " + " | ".join("–" if a is None else f"{a:.1f} ({b:.1f})" for a, b in both) + " |")  # fmt: skip
    return lines


def _shipped(part: Mapping[str, Any]) -> list[str]:
    tests = list(part["mae_deg"])
    rows = list(dict.fromkeys(r for t in part["mae_deg"].values() for r in t))
    lines = ["The bundled weights on sets they never saw, the laboratory not told, levels carried over; beside them what weights "
             "with the same settings give that learnt from gait_signatures' able-bodied people as well (people asked about are left out one "
             "at a time; so they are on lencioni2019).", "",
             "| degrees | " + " | ".join(f"{t} ({part['people'][t]})" for t in tests) + " |", "| --- |" + " --- |" * len(tests)]  # fmt: skip
    lines += [f"| {r} | " + " | ".join(_n(part["mae_deg"][t].get(r), ".3f") for t in tests) + " |" for r in rows]  # fmt: skip
    lines += ["", "Curves of gait_signatures do not begin at foot strike, and where they begin moves with speed, which no source at one "
              "speed tells. *Cut anew*: turned at each speed so that the knee is straightest where it is in strides cut at the strike. "
              "Where the knee is straightest before the strike, and how that moves with speed within people:", "",
              "| | % of stride | drift, % by m/s | people |", "| --- | --- | --- | --- |"]  # fmt: skip
    lines += [f"| {n} | {b['place']:.1f} | {b['drift']:+.1f} | {b['people']} |" for n, b in part["beginnings"].items()]  # fmt: skip
    return [*lines, "", *_decided(part["mae_deg"])]


def _decided(found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What learning from more would change, and what ships therefore."""
    first = next(r for r in next(iter(found.values())) if "as shipped" in r)
    others = dict.fromkeys(r for t in found.values() for r in t if r.startswith("default,"))
    lines = []
    for row in others:
        gaps = ", ".join(f"{t} {v[row] - v[first]:+.3f}" for t, v in found.items() if row in v)
        lines.append(f"* {row} − as shipped: {gaps}")
    return ["Learning from gait_signatures as well would change the error by", "", *lines, "",
            "degrees. What ships learnt from lencioni2019 alone, for users' strides are cut at the strike. Where they are cut by another "
            "event, fit a model to that laboratory's own people (`StatisticalSpeed.fit`).", ""]  # fmt: skip


def _shipped_beside(found: Mapping[str, Mapping[str, float]]) -> str:
    """In a sentence: where the weights that ship err more, and less, than the simple predictor of the same people."""
    less, more = list[str](), list[str]()
    before = ""
    for name, rows in found.items():
        title = name.replace("the same", before, 1) if name.startswith("the same") else name
        before = title
        mine = next((v for r, v in rows.items() if "as shipped" in r), None)
        simple = rows.get(f"{REFERENCE}, lencioni2019")
        if mine is not None and simple is not None:
            (less if mine < simple else more).append(f"{title} ({mine:.3f} against {simple:.3f}°)")
    if not more:
        return ""
    words = f"These people's strides are cut as those learnt from. The weights that ship err more than {REFERENCE} learnt from the same people on {', '.join(more)}"
    return words + (f"; less on {', '.join(less)}." if less else ".") + " *As shipped*, below, has the table and why."  # fmt: skip


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    out = []
    aside = _shipped_beside(result.get("as shipped", {}).get("mae_deg", {}))
    for name, part in result.items():
        out += [f"## {name[0].upper() + name[1:] if ' ' in name else name}", ""]
        if name == "as shipped":
            out += _shipped(part)
            continue
        out += _asked(name, part)
        if aside:
            out += [aside, ""]
            aside = ""
        if name != "lencioni2019":
            for title, row in part.items():
                if isinstance(row, Mapping) and "mae_deg" in row:
                    out += [f"### {title}", "", *_errors(row)]
            continue
        out += [f"{part['people']} people, {part['units']} units, {part['pairs']} pairs.", "", *_errors(part)]  # fmt: skip
        s, t = part["several_sources_deg"], part["tempo"]
        out += [f"Two sources {s['2']['mean']:.2f}° ({s['2']['people']} people), three {s['3']['mean']:.2f}° ({s['3']['people']}).", "",
                "| | cadence, steps/min | stride length, cm |", "| --- | --- | --- |"]  # fmt: skip
        for k in ("default", "square root of speed", "copy"):
            out.append(f"| {k} | {t[f'{k}: cadence, steps/min']:.1f} | {t[f'{k}: stride length, cm']:.1f} |")  # fmt: skip
        out.append("")
    return "\n".join(out)


def write(result: Mapping[str, Any], folder: Path) -> None:
    """``speed.md`` and ``speed.json``; parts that were not measured now are kept as they were.

    Each part carries the commit, the seed and the digest of the data that it was measured with.
    """
    from gaitsmith.studies.speed import PARTS
    from gaitsmith.studies.speed_scores import SEED

    file = folder / "speed.json"
    old = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    stamp = {"commit": commit(), "seed": SEED}
    facts = {n: p for n, p in old.items() if n in PARTS and "made" in p}
    facts |= {n: {**plain(p), "made": {**stamp, "data": _digests(p)}} for n, p in result.items()}
    facts = {n: facts[n] for n in PARTS if n in facts}
    write_text(file, json.dumps(facts, indent=1, allow_nan=False) + "\n", force=True)
    foot = [f"* {n}: commit {p['made']['commit']}, seed {p['made']['seed']}, data {json.dumps(p['made']['data'])}" for n, p in facts.items()]  # fmt: skip
    write_text(
        folder / "speed.md", f"{_ABOUT}\n{text(facts)}\n" + "\n".join(foot) + "\n", force=True
    )


def _digests(part: Mapping[str, Any]) -> Any:
    inside = {
        k: v["data_digest"]
        for k, v in part.items()
        if isinstance(v, Mapping) and "data_digest" in v
    }
    return part.get("data_digest") or inside
