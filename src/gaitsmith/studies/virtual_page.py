"""The page of the study on virtual people, from its figures alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies.commit import commit
from gaitsmith.studies.virtual_words import JOINTS, LIMITS, MOMENTS

__all__ = ["PRIVATE", "write"]

#: Parts whose data allow no published figures: printed by the command, never written to a page.
PRIVATE = ("slijepcevic2021_grf",)
_ABOUT = """# Virtual people beside real ones

Written by `gaitsmith benchmark virtual --page docs/results`; figures in `virtual.json`.

Virtual people are drawn around published means (Bovi et al. 2011) with the covariance between nine people
of lencioni2019, and walk so that feet, forces and moments agree (`gaitsmith.virtual.steady`). The people of
lencioni2019 whom they are compared with here are the others. The strengths of what holds wishes and physics
together were set with the published forces and angles of the first two tables in view, not with the
left-out people; but for one factor (1.3 on the strides' deviations), set with their stride SD in view, and
for how late stance lets the forefoot go, which was chosen by how far virtual angles stay from their wishes
and kept after a look at the classifier below.
"""


def _pair(cell: Mapping[str, float], digits: int = 2) -> str:
    return f"{cell['virtual']:.{digits}f} ({cell.get('published', cell.get('real', float('nan'))):.{digits}f})"


def _norms(block: Mapping[str, Any]) -> list[str]:
    lines = ["## Against the adults of Bovi et al. 2011", "",
             f"RMS of the mean curve (deg; asked {LIMITS['rms']:g}) and virtual SD over published "
             f"(asked 0.67 to {LIMITS['sd']:g}), by dimensionless speed.", "",
             "| speed | hip | knee | ankle | foot off % | hip, knee, ankle moment (N·m/kg RMS) |",
             "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for speed, b in block.items():
        cells = " | ".join(f"{b[n]['rms']:.1f}, SD {b[n]['sd_ratio']:.2f}" for n in JOINTS)
        off = b["foot_off"]
        moments = " / ".join(f"{b[n]['rms']:.2f}" for n in MOMENTS)
        lines.append(f"| {speed} | {cells} | {100 * off['virtual']:.1f} ({100 * off['published']:.1f}) | {moments} |")  # fmt: skip
    lines += ["", "Peaks of one foot's force (body weights, published in brackets; asked within 10 %).", ""]  # fmt: skip
    names = list(next(iter(block.values()))["force"])
    lines += ["| speed | " + " | ".join(names) + " |", "| --- " * (len(names) + 1) + "|"]
    for speed, b in block.items():
        lines.append(f"| {speed} | " + " | ".join(_pair(b["force"][n], 3) for n in names) + " |")
    return [*lines, ""]


def _lencioni(b: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Against left-out people of lencioni2019", "",
        f"{b['people']} people, {b['virtual people']} virtual ones of their ages, sexes and sizes, at a "
        "dimensionless speed of 0.44. The ankle's zero is put from that laboratory's foot frame to the "
        "sole (20 degrees, from the published tables); nothing else is taken off.", "",
        "A linear classifier given mean curves tells virtual from real with a balanced accuracy of "
        f"**{b['classifier']:.2f}**, without offsets **{b['classifier_without_offsets']:.2f}** (asked at most "
        f"{LIMITS['accuracy']:g}; leave one out, so that chance is near or below one half).", "",
        "| | hip | knee | ankle |", "| --- | --- | --- | --- |",
    ]  # fmt: skip
    for key, words in (
        ("sd", "SD between people (deg)"), ("sd_of_shape", "the same without offsets"),
        ("stride_sd", "SD from stride to stride (deg)"), ("range", "range (deg)"),
        ("range_by_speed", "range by dimensionless speed (deg per unit)"),
        ("range_by_speed_error", "its standard error over people"),
    ):  # fmt: skip
        lines.append(f"| {words} | " + " | ".join(_pair(b[n][key]) for n in JOINTS) + " |")
    lines.append("| mean curve off by (deg RMS) | " + " | ".join(f"{b[n]['rms_of_mean']:.2f}" for n in JOINTS) + " |")  # fmt: skip
    lines.append("| mean moment off by (N·m/kg RMS; SD of real) | " + " | ".join(
        f"{b[n]['rms']:.2f} ({b[n]['real sd']:.2f})" for n in MOMENTS) + " |")  # fmt: skip
    for name in ("hip_flexion with knee_angle", "knee_angle with ankle_angle"):
        lines.append(f"| link of {name} | {_pair(b[name])} | | |")
    return [*lines, ""]


def _table(title: str, words: str, rows: Mapping[str, Any]) -> list[str]:
    """Rows of pairs under any names."""
    lines = [f"## {title}", "", words, ""]
    named = {k: v for k, v in rows.items() if isinstance(v, Mapping)}
    heads: list[str] = []
    for row in named.values():
        heads += [h for h in row if h not in heads]
    lines += ["| | " + " | ".join(heads) + " |", "| --- " * (len(heads) + 1) + "|"]
    for name, row in named.items():
        cells = [_cell(row.get(h)) for h in heads]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return _pair(value) if isinstance(value, Mapping) else f"{value:.3g}"


def _young(block: Mapping[str, Any]) -> list[str]:
    lines = ["## Young people", "", f"{block['people']} virtual people of 8 to 16 years. Schwartz 2008 uses "
             "another marker model: offsets between the two are the laboratories'.", "",
             "| | " + " | ".join(k for k in block if k != "people") + " |",
             "| --- " * len(block) + "|"]  # fmt: skip
    speeds = [k for k in block if k != "people"]
    for name in block[speeds[0]]:
        cells = []
        for s in speeds:
            v = block[s][name]
            cells.append(
                _pair(v, 3) if "real" in v
                else f"{v['rms']:.1f} deg ({v['rms_without_offset']:.1f} without offset), SD {v['sd_ratio']:.2f}"
            )  # fmt: skip
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def write(folder: Path, result: Mapping[str, Any], *, force: bool = False) -> Path:
    """Write ``virtual.md`` and ``virtual.json``; the page's path."""
    shown = {k: v for k, v in result.items() if k not in PRIVATE}
    lines = [_ABOUT, f"{result['people']} virtual adults (seed 2026), commit {commit()}.", ""]
    lines += _norms(result["norms"])
    if "lencioni2019" in result:
        lines += _lencioni(result["lencioni2019"])
    lines += _young(result["young"])
    for key, title, words in (
        ("opensim", "Forces of other laboratories",
         "Mean stance of each recording, virtual people at its dimensionless speed (real in brackets; body weights)."),
        ("gait_signatures", "Treadmill: able-bodied people of gait_signatures",
         "Mean gap of their curves to virtual people's (deg RMS); their file begins near, not at, the strike. SD: virtual over that of these few people."),
        ("pataky2008", "Vertical force by speed: pataky2008",
         "Peaks over stance (real in brackets), scaled to the virtual mean: the file's unit is not body weight."),
        ("voisard2023", "Foot sensor: voisard2023", "Size of turning rate (deg/s) and acceleration (m/s²) over a mean stride (real in brackets)."),
        ("hugadb", "Foot and shank sensors: hugadb", "The same; accelerations clipped at 2 g an axis in both."),
    ):  # fmt: skip
        if key in result:
            lines += _table(title, words, result[key])
    lines += ["## Where virtual people are not like real ones", "", *_unlike(result), ""]
    path = folder / "virtual.md"
    write_text(path, "\n".join(lines), force=force)
    write_text(folder / "virtual.json", json.dumps(plain(shown), indent=1) + "\n", force=force)
    return path


def _unlike(result: Mapping[str, Any]) -> list[str]:
    """What misses its target, in words; and what the model leaves out."""
    out = []
    for speed, b in result["norms"].items():
        out += _curves_off(f"Bovi et al. 2011, {speed}", {n: b[n] for n in JOINTS})
        out += _forces_off(f"Bovi et al. 2011, {speed}", b["force"])
        off = b["foot_off"]
        if abs(off["virtual"] - off["published"]) > LIMITS["off"]:
            out.append(f"* Bovi et al. 2011, {speed}, foot off: {_pair(off, 3)} of the cycle.")
    for speed, b in result["young"].items():
        if isinstance(b, Mapping):
            out += _curves_off(f"young people, {speed}", {n: v for n, v in b.items() if "rms" in v})
            out += _forces_off(
                f"young people, {speed}", {n: v for n, v in b.items() if "real" in v}
            )
    for key in ("opensim", "pataky2008"):
        for row, b in result.get(key, {}).items():
            if isinstance(b, Mapping):
                out += _forces_off(
                    f"{key}, {row}", {n: v for n, v in b.items() if isinstance(v, Mapping)}
                )
    signatures = result.get("gait_signatures", {})
    out += _curves_off("gait_signatures", {n: signatures[n] for n in JOINTS if n in signatures})
    return [
        *out,
        "* The sum of a foot's pitch, a level pelvis over the feet and so on hold exactly: what real people's "
        "angles have of markers that were put elsewhere, no virtual body can have.",
        "* No impact at the strike, no soft tissue: forces and sensors are smooth above the tenth harmonic "
        "(the sensors' shares above the eighth are a tenth to a third of the real ones at the shank).",
        f"* The trunk leans back by {_across(result, 'trunk')} degrees, since the generic body would stand ahead of "
        "the published centre of pressure.",
        f"* Soles stand within {_across(result, 'sole')} degrees of level in mid stance (median over people of the largest).",
        "* One leg of real people was measured; how alike a person's legs are is a guess.",
    ]  # fmt: skip


def _curves_off(where: str, rows: Mapping[str, Any]) -> list[str]:
    out = []
    for name, b in rows.items():
        if b["rms"] > LIMITS["rms"]:
            out.append(f"* {where}, {name}: mean off by {b['rms']:.1f} deg, without its offset "
                       f"{b['rms_without_offset']:.1f}.")  # fmt: skip
        ratio = b.get("sd_ratio")
        if ratio is not None and not 1 / LIMITS["sd"] <= ratio <= LIMITS["sd"]:
            out.append(f"* {where}, {name}: SD {ratio:.2f} of the real.")
    return out


def _forces_off(where: str, rows: Mapping[str, Any]) -> list[str]:
    """Peaks of forces further off than asked."""
    out = []
    for name, pair in rows.items():
        real = pair.get("published", pair.get("real"))
        if abs(pair["virtual"] - real) > LIMITS["peak"] * abs(real):
            out.append(f"* {where}, {name}: {_pair(pair, 3)} body weights.")
    return out


def _across(result: Mapping[str, Any], key: str) -> str:
    """A figure's least and largest value over the speeds."""
    values = [b[key] for b in result["norms"].values()]
    return f"{min(values):.1f} to {max(values):.1f}"
