"""What the project asks of the diffusion on virtual walkers, and what follows from the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["SPLITS", "asked", "concluded", "place"]

#: Groups of test people, as they are named in results and on the page.
SPLITS = ("published split", "unseen people")
_NETWORK, _DEFAULT = "diffusion", "statistical default"
_Rows = Mapping[str, Mapping[str, Any]]


def _own(key: str) -> Callable[[_Rows], float]:
    return lambda rows: float(rows[_NETWORK][key])


def _below(row: str) -> Callable[[_Rows], float]:
    """By how many per cent the diffusion errs less than a row, over all pairs."""
    return lambda rows: 100 * (1 - float(rows[_NETWORK]["mae_all"]) / float(rows[row]["mae_all"]))


# Words, bound, whether at most, decimals, where it stands in the rows of a split (issue 13).
_ASKED: list[tuple[str, float, bool, int, Callable[[_Rows], float]]] = [
    ("MAE, all pairs, degrees", 3.4, True, 2, _own("mae_all")),
    ("cadence error, steps/min", 6.2, True, 1, _own("cadence")),
    ("rank of 22", 3.3, True, 1, _own("rank")),
    ("rank, control", 10.0, False, 1, _own("rank_control")),
    ("MAE below that of the MLP, %", 70.0, False, 1, _below("MLP")),
    ("MAE below that of the TCN, %", 70.0, False, 1, _below("TCN")),
]


def asked(result: Mapping[str, Any]) -> list[str]:
    """Asked and measured, a line each; nothing where the diffusion was not measured."""
    splits = [s for s in SPLITS if _NETWORK in result.get(s, {})]
    if not splits:
        return []
    lines = ["## Asked of the diffusion", "",
             "| | asked | " + " | ".join(f"{s} | " for s in splits) + " |", "| --- | --- |" + " --- | --- |" * len(splits)]  # fmt: skip
    for words, bound, most, places, where in _ASKED:
        cells = [_cell(result[s], where, bound, most=most, places=places) for s in splits]
        lines.append(f"| {words} | {'≤' if most else '≥'} {bound:g} | " + " | ".join(cells) + " |")
    lost = {
        r: [result[s].get(r, {}).get("without_cycles", 0) for s in splits] for r in ("TCN", "MLP")
    }
    said = "; ".join(f"{r} {', '.join(map(str, n))}" for r, n in lost.items() if any(n))
    if said:
        lines += ["", f"Generated walks without recognisable cycles are left out of the MAE ({said}): it flatters those rows."]  # fmt: skip
    return [*lines, ""]


def _cell(
    rows: _Rows, where: Callable[[_Rows], float], bound: float, *, most: bool, places: int
) -> str:
    """The value, and met or missed by how much; a dash where a row was not measured."""
    try:
        value = where(rows)
    except (KeyError, TypeError):
        return "– | –"
    miss = value - bound if most else bound - value
    said = "met" if miss <= 0 else f"missed by {miss:.{places}f}"
    return f"{value:.{places}f} | {said}"


def _where_better(rows: _Rows) -> list[tuple[str, float, float]]:
    """|Δv| bands, with both errors, in which the diffusion errs less than the default."""
    both = zip(rows[_NETWORK]["by_distance"], rows[_DEFAULT]["by_distance"], strict=True)
    return [(f"{a['from']:g}–{a['to']:g} m/s", float(a["mae"]), float(b["mae"])) for a, b in both
            if a["from"] > 0 and a["mae"] < b["mae"]]  # fmt: skip


def concluded(result: Mapping[str, Any]) -> list[str]:
    """Which model is the default and where the diffusion is better, with what stands against it."""
    splits = [s for s in SPLITS if {_NETWORK, _DEFAULT} <= set(result.get(s, {}))]
    both = {s: tuple(result[s][w]["mae_all"] for w in (_DEFAULT, _NETWORK)) for s in splits}
    both = {s: v for s, v in both.items() if None not in v}
    if not both:
        return []
    gaps = ", ".join(f"{a:.2f} against {b:.2f}° ({s})" for s, (a, b) in both.items())
    less = [s for s, (a, b) in both.items() if a < b]
    words = ("The statistical model is the default of `gaitsmith speed`: over all pairs it errs less than the diffusion"
             if len(less) == len(both) else
             "The statistical model is the default of `gaitsmith speed`; over all pairs it and the diffusion err by")  # fmt: skip
    lines = [f"{words}, {gaps}."]
    better = {s: found for s in splits if (found := _where_better(result[s]))}
    for split, found in better.items():
        lines.append(f"The diffusion errs less on the {split} at |Δv| of "
                     + ", ".join(f"{b} ({a:.2f} against {c:.2f}°)" for b, a, c in found) + ".")  # fmt: skip
    if not better:
        return [" ".join([*lines, "At no difference of speed does the diffusion err less."]), ""]
    against = [
        f"on the {s} it does so at no difference of speed" for s in splits if s not in better
    ]
    known = result.get("learners", {})
    if known.get(_NETWORK) and known.get(_DEFAULT):
        against.append(
            f"it learnt from {known[_NETWORK]} people, the statistical model beside it from {known[_DEFAULT]}"
        )
    against.append("no interval stands beside these differences")
    lines.append(f"That carries little weight: {'; '.join(against)}. So nothing is blended.")
    return [" ".join(lines), ""]


def place(result: Mapping[str, Any]) -> list[str]:
    """Where the diffusion errs less than the statistical default, from the tables themselves."""
    lines = []
    for name in SPLITS:
        rows = result.get(name, {})
        if {_NETWORK, _DEFAULT} <= set(rows):
            less = [band for band, _, _ in _where_better(rows)]
            lines.append(f"* {name}: {', '.join(less) or 'at no speed difference'}")
    for name, found in result.get("real people", {}).items():
        mae = found.get("mae_deg", {})
        for row in (r for r in mae if _NETWORK in r):
            less = [f"{b} m/s" for b in mae[row] if b != "all" and mae[row][b] < mae["default"].get(b, 0)]  # fmt: skip
            lines.append(f"* {name}, {row}: {', '.join(less) or 'at no speed difference'}")
    if not lines:
        return []
    return ["", "Where (|Δv|) the diffusion errs less than the statistical default:", "", *lines, ""]  # fmt: skip
