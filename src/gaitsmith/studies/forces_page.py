"""The page of the study of forces, and its figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies.commit import commit

__all__ = ["text", "write"]

_ABOUT = """# Ground reaction forces from motion

Written by `gaitsmith benchmark forces --page docs/results`. Mean absolute error over the stance as plates
saw it, % of body weight by the stated mass: vertical / fore-aft / medio-lateral; a mean over each
person's stances, then over people. *Given*: the plates' strikes and offs are told; *found*: from the
motion. In lencioni2019 and mcgill_children one person at a time is left out, and everybody else of both
sets is learnt from; adults and runner are other laboratories, of whom nothing is learnt. The *design* is not
untouched by them: where the line is mixed in, the centring of inputs, the noise and the cut-off's rule and range
were decided with their errors in view, and the runner's widths come from his own misses, so his coverage says
nothing. Kernel weights and noise were chosen by hand on lencioni2019 and mcgill_children as well, not nested.
"""
_ASKED = {
    "lencioni2019": "Asked: given 4.3 / 1.55 / 1.35, found 4.8 / 1.8 / 1.5; peaks 4.0 / 3.2 / 2.1 / 2.0; better than "
    "the mean scaled by speed in 17 of 18 people.",
    "mcgill_children": "Asked: given 4.4 / 1.9 / 1.1, found 4.5 / 2.0 / 1.2; nobody above 6 vertical; centre of "
    "pressure fore-aft within 15 mm.",
    "adults": "Asked: given 3.4 / 1.9 / 1.2, found 3.6 / 2.0 / 1.3.",
    "runner": "Asked: 7 / 5 / 3.",
    "moments": "Asked: hip 1.5, knee 1.0, ankle 0.9 % of body weight × height.",
}


def _three(values: Any, decimals: int = 2) -> str:
    return " / ".join(f"{x:.{decimals}f}" for x in values) if values else "–"


def _methods(given: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    lines = ["| | given | found | peaks: 1st, 2nd vertical, braking, propulsion (given) | nRMSE, % of range (given) |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for name, row in given.items():
        late = found.get(name)
        lines.append(f"| {name} | {_three(row['mae'])} | {_three(late['mae']) if late else '–'} | "
                     f"{_three(row['peaks'], 1)} | {_three(row['nrmse'], 1)} |")  # fmt: skip
    return [*lines, ""]


def _timing(part: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{k} {v['mean_absolute_ms']:.0f} ms off (bias {v['bias_ms']:+.0f} ms, n = {v['n']})"
        for k, v in part.items()
    )


def _left_out(part: Mapping[str, Any]) -> list[str]:
    c, lines = part["coverage_90"], _methods(part["given"], part["found"])
    lines += [f"{part['people']} people, {part['stances']} stances.", "",
              f"90 % bands hold {_three([100 * x for x in c['given']], 0)} % (given), {_three([100 * x for x in c['found']], 0)} % (found). "
              f"Better than the mean scaled by speed in {' / '.join(map(str, part['better_than_speed_mean']))} of {part['people']} people. "
              f"Contacts found: {_timing(part['timing'])}. Centre of pressure {part['centre_mm'][0]:.0f} mm along, "
              f"{part['centre_mm'][1]:.0f} mm across the foot. Both feet differ from m (a − g) by "
              f"{part['consistency_rms']:.1f} % of body weight (RMS over the recordings)."]  # fmt: skip
    mean = part.get("stride_mean_bw") or {}
    if mean:
        lines.append(f"Whole strides carry {100 * mean['mean']:.2f} % of body weight; {100 * mean['within_half_percent']:.0f} % of "
                     f"{mean['n']:.0f} strides lie within 0.5 %.")  # fmt: skip
    lines += [
        "",
        "By person (given): "
        + "; ".join(f"{p} {_three(e, 1)}" for p, e in part["by_person"].items())
        + ".",
    ]
    if part["excluded"]:
        lines += ["", "Left out: " + "; ".join(part["excluded"]) + "."]
    if part.get("no_contact_found"):
        lines += [
            "",
            "No contact found from motion (not in the column *found*): "
            + ", ".join(part["no_contact_found"])
            + ".",
        ]
    return [*lines, ""]


def _frozen(part: Mapping[str, Any]) -> list[str]:
    lines = _methods(part["mean, given"], part["mean, found"])
    lines += ["| recording | stances | given | found | mean curve (given) | cut-off, Hz | both feet from m (a − g), % |",
              "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for name, row in part.items():
        if not isinstance(row, Mapping) or "stances" not in row:
            continue
        lines.append(f"| {name} | {row['stances']} | {_three(row['given']['default'])} | {_three(row['found']['default'])} | "
                     f"{_three(row['given'].get('mean curve'))} | {_three(row['cutoff_hz'], 1)} | {row['consistency_rms']:.1f} |")  # fmt: skip
    c = part["coverage_90"]
    lines += ["", f"90 % bands hold {_three([100 * x for x in c['given']], 0)} % (given), {_three([100 * x for x in c['found']], 0)} % (found). "
              f"Contacts found: {_timing(part['timing'])}.", ""]  # fmt: skip
    return lines


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    out = []
    for name, part in result.items():
        out += [f"## {name}", "", _ASKED.get(name, ""), ""]
        if name == "moments":
            out += ["| joint | estimated forces | mean moment curve |", "| --- | --- | --- |"]
            out += [
                f"| {k} | {v['estimated']:.2f} | {v['mean curve']:.2f} |"
                for k, v in part["joints"].items()
            ]
            out += [
                "",
                f"% of body weight × height, {part['stances']} stances of {part['people']} people.",
                "",
            ]
        else:
            out += _left_out(part) if "by_person" in part else _frozen(part)
    return "\n".join(out)


def write(result: Mapping[str, Any], folder: Path) -> None:
    """``forces.md`` and ``forces.json`` with commit and seed."""
    from gaitsmith.studies.forces import SEED

    made = {"commit": commit(), "seed": SEED}
    write_text(folder / "forces.json", json.dumps({"made": made, **plain(result)}, indent=1, allow_nan=False) + "\n", force=True)  # fmt: skip
    write_text(
        folder / "forces.md",
        f"{_ABOUT}\n{text(result)}\nCommit {made['commit']}, seed {SEED}.\n",
        force=True,
    )
