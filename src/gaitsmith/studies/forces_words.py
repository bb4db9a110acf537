"""Each part of the study of forces as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gaitsmith.sections import plain

__all__ = ["section"]

_METHODS_HEAD = [
    "| | given | found | peaks: 1st, 2nd vertical, braking, propulsion (given) | nRMSE, % of range (given) | impulse, % of body weight × s (given) |",
    "| --- | --- | --- | --- | --- | --- |",
]


def section(name: str, part: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Title and lines of a part."""
    makers = {
        "moments": ("Joint moments", _moments), "networks": ("Networks, on people that they did not see", _networks),
        "missing": ("Parts of the body missing", _missing), "generation": ("Speed and trunk sway", _generation),
        "speeds": ("Vertical force by speed", _speeds), "times": ("A file of 20 s", _times),
    }  # fmt: skip
    if name in makers:
        title, make = makers[name]
        return title, [*make(part), ""]
    if "by_person" in part:
        return name, [*_left_out(part), ""]
    if "mean, given" in part:
        return name, [*_frozen(part), ""]
    return name, ["```", json.dumps(plain(part), indent=1), "```", ""]


def _three(values: Any, decimals: int = 2) -> str:
    return " / ".join(f"{x:.{decimals}f}" for x in values) if values else "–"


def _percent(values: Any) -> str:
    return _three([100 * x for x in values], 0)


def _methods(given: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    lines = list(_METHODS_HEAD)
    for name, row in given.items():
        late = found.get(name)
        lines.append(f"| {name} | {_three(row['mae'])} | {_three(late['mae']) if late else '–'} | "
                     f"{_three(row['peaks'], 1)} | {_three(row['nrmse'], 1)} | {_three(row['impulse_bw_s'])} |")  # fmt: skip
    return [*lines, ""]


def _timing(part: Mapping[str, Any]) -> str:
    return "; ".join(f"{k} {v['mean_absolute_ms']:.0f} ms off (bias {v['bias_ms']:+.0f} ms, n = {v['n']})"
                     for k, v in part.items()) or "none"  # fmt: skip


def _mass(part: Mapping[str, Any]) -> str:
    c = part["coverage_wrong_mass"]
    return (f"With the mass stated 10 % too high or too low, 90 % bands hold {_percent(c['mass_trusted'])} % when the mass is "
            f"trusted and {_percent(c['wrong_mass'])} % when it is said to be known within ± 10 % (`--mass-sd 0.1`).")  # fmt: skip


def _left_out(part: Mapping[str, Any]) -> list[str]:
    c, sums = part["coverage_90"], part["consistency_rms"]
    lines = _methods(part["given"], part["found"])
    lines += [
        f"{part['people']} people, {part['stances']} stances.", "",
        f"90 % bands hold {_percent(c['given'])} % (given), {_percent(c['found'])} % (found). "
        f"Better than the mean scaled by speed in {' / '.join(map(str, part['better_than_speed_mean']))} of {part['people']} people. "
        f"Contacts found: {_timing(part['timing'])}. Centre of pressure {part['centre_mm'][0]:.0f} mm along, "
        f"{part['centre_mm'][1]:.0f} mm across the foot. Both feet differ from m (a − g) by "
        f"{sums['default']:.1f} % of body weight (RMS, mean over the recordings; {sums['default, sum exact']:.2f} % where the sum is exact).", "",
        _mass(part),
    ]  # fmt: skip
    mean = part.get("stride_mean_bw") or {}
    if mean:
        lines += ["", f"Whole strides carry {100 * mean['mean']:.2f} % of body weight; {100 * mean['within_half_percent']:.0f} % of "
                  f"{mean['n']:.0f} strides lie within 0.5 %."]  # fmt: skip
    lines += [
        "",
        "By person (given): "
        + "; ".join(f"{p} {_three(e, 1)}" for p, e in part["by_person"].items())
        + ".",
    ]
    if part["excluded"]:
        lines += ["", "Left out (a whole marker absent, a spike above 3 body weights, or no whole stance on a plate): "
                  + "; ".join(part["excluded"]) + "."]  # fmt: skip
    if part.get("no_contact_found"):
        lines += [
            "",
            "No contact found from motion (not in the column *found*): "
            + ", ".join(part["no_contact_found"])
            + ".",
        ]
    return lines


def _strides(part: Mapping[str, Any]) -> str:
    mean = part.get("stride_mean_bw") or {}
    return f"{100 * mean['mean']:.2f} (n = {mean['n']:.0f})" if mean else "–"


def _frozen(part: Mapping[str, Any]) -> list[str]:
    lines = _methods(part["mean, given"], part["mean, found"])
    lines += ["| recording | stances | given | found | mean curve (given) | cut-off, Hz | both feet from m (a − g), %: default, exact "
              "| centre of pressure, mm: along, across | whole strides carry, % of body weight | contacts found |",
              "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for name, row in part.items():
        if not isinstance(row, Mapping) or "stances" not in row:
            continue
        sums = row["consistency_rms"]
        lines.append(f"| {name} | {row['stances']} | {_three(row['given']['default'])} | {_three(row['found']['default'])} | "
                     f"{_three(row['given'].get('mean curve'))} | {_three(row['cutoff_hz'], 1)} | {sums['default']:.1f}, {sums['default, sum exact']:.2f} | "
                     f"{_three(row['centre_mm'], 0) if row['centre_mm'] else '–'} | {_strides(row)} | {_timing(row['timing'])} |")  # fmt: skip
    c = part["coverage_90"]
    return [*lines, "", f"90 % bands hold {_percent(c['given'])} % (given), {_percent(c['found'])} % (found). "
            f"Contacts found: {_timing(part['timing'])}. {_mass(part)}"]  # fmt: skip


def _moments(part: Mapping[str, Any]) -> list[str]:
    lines = ["| joint | estimated forces | mean moment curve |", "| --- | --- | --- |"]
    lines += [
        f"| {k} | {v['estimated']:.2f} | {v['mean curve']:.2f} |" for k, v in part["joints"].items()
    ]
    return [*lines, "", f"Against moments of the same motion with measured forces: % of body weight × height, "
            f"{part['stances']} stances of {part['people']} people (adults)."]  # fmt: skip


def _networks(part: Mapping[str, Any]) -> list[str]:
    steps = (
        ", ".join(f"{k} {v} steps" for k, v in part["trained_steps"].items()) or "none was given"
    )
    lines = [f"Forces from whole motion with contacts given. Every method learnt from the same {part['learnt_from']} real people; the "
             f"generative model and its refinement network also from virtual people ({steps}, under an hour on one core: far from the paper's "
             "7,680 epochs). The generative model's forces are the mean of 4 draws.", ""]  # fmt: skip
    for group, rows in part["groups"].items():
        lines += [f"{group}: {rows['people']} people, {rows['stances']} stances.", "",
                  "| | vertical / fore-aft / medio-lateral | peaks | both feet from m (a − g), % |", "| --- | --- | --- | --- |"]  # fmt: skip
        for name, row in rows["methods"].items():
            lines.append(
                f"| {name} | {_three(row['mae'])} | {_three(row['peaks'], 1)} | {row['consistency_rms']:.1f} |"
            )
        lines.append("")
    return lines


def _missing(part: Mapping[str, Any]) -> list[str]:
    lines = ["RMSE of what was filled in (degrees) and error of the default's forces after it, contacts given; adults without wbds01. The "
             "median is that of all training strides by phase; the generative model is asked for the knees only.", ""]  # fmt: skip
    for group, rows in part["groups"].items():
        lines += [
            f"{group}:",
            "",
            "| missing | by | RMSE, deg | forces after | refused |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name, ways in rows.items():
            for way, row in ways.items():
                wrong = f"{row['rmse_deg']:.1f} | {_three(row['mae'])}" if "mae" in row else "– | –"
                lines.append(f"| {name} | {way} | {wrong} | {row.get('refused', 0)} |")
        lines.append("")
    example = part.get("gaitdynamics") or {}
    if example:
        lines.append(
            "Knees of gaitdynamics_example, RMSE: "
            + ", ".join(f"{k} {v:.1f}°" for k, v in example.items())
            + "."
        )
    return lines


def _generation(part: Mapping[str, Any]) -> list[str]:
    speeds = sorted({v for by in part["running"].values() for v in by})
    lines = ["Running: vertical / braking / propulsion peak of the right foot (body weights) by speed (m/s).", "",
             "| | " + " | ".join(speeds) + " |", "| --- " * (len(speeds) + 1) + "|"]  # fmt: skip
    for who, by in part["running"].items():
        lines.append(
            f"| {who} | " + " | ".join(_three(by[v]) if v in by else "–" for v in speeds) + " |"
        )
    lines += ["", "Trunk sway: peak external knee adduction moment (N·m/kg) with lumbar bending as recorded and scaled, by `modify`.", "",
              "| | factor | before | after | knees that rose |", "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for who, by in part["sway"].items():
        for factor, row in by.items():
            lines.append(
                f"| {who} | {factor} | {row['before']:.3f} | {row['after']:.3f} | {row['rose']} of {row['knees']} |"
            )
    return lines


def _speeds(part: Mapping[str, Any]) -> list[str]:
    lines = ["First peak / valley / second peak, % of the vertical force's mean over the stance, mean over people (SD between them); not of "
        "body weight, for pataky2008's curves stay above 120 % of the weight that they are said to be divided by. The estimates of lencioni2019's adults "
             "are those of the bundled form, which learnt from them; pataky2008 is other people.", "",
             "| speed, m/s | who | people | stances | peak / valley / peak | SD |", "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for row in part["rows"]:
        lines.append(f"| {row['speed'][0]:.1f} to {row['speed'][1]:.1f} | {row['who']} | {row['people']} | {row['stances']} | "
                     f"{_three(row['mean'], 0)} | {_three(row['sd'], 0)} |")  # fmt: skip
    return lines


def _times(part: Mapping[str, Any]) -> list[str]:
    lines = ["| | wall, s | processor, s | peak memory, MB |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {k} | {v['wall_s']:.1f} | {v['processor_s']:.1f} | {v['peak_mb']:.0f} |"
        for k, v in part.items()
    ]
    return [*lines, "", "The command from start to written files, its start-up included."]
