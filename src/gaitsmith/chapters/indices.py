"""How far the gait is from the reference people: movement analysis profile, GPS, GDI."""

from __future__ import annotations

import numpy as np

from gaitsmith import channels
from gaitsmith.chapters.base import SIDES, Context, listed, number
from gaitsmith.errors import MissingInputError
from gaitsmith.gait.gdi import GDI, feature_matrix
from gaitsmith.gait.indices import GPS_MCID, Profile, Score, profile
from gaitsmith.sections import Bar, Figure, Panel, Section, Table

__all__ = ["chapter"]

# Fewer variables than these (hip, knee and ankle in the sagittal plane) are no profile of a gait.
_LEAST = 3


def chapter(context: Context) -> Section | None:
    """The profile as bars, the scores as a table, and what they mean in a sentence."""
    strides, reference = context.strides, context.reference
    if context.unjudged and context.recording.angles is not None:
        return Section("indices", "Distance from the reference", missing=[
            f"No distance from the reference is computed: {context.unjudged}."
        ])  # fmt: skip
    if strides is None or not strides.n or reference is None:
        return None
    if not any(name in strides[s] for s in strides.sides for name in reference.names):
        return None
    if context.pelvis_offset is not None:
        return Section("indices", "Distance from the reference", missing=[
            "The pelvis' zero is the model's own, so a distance from reference curves would measure "
            "the model and not the gait."
        ])  # fmt: skip
    if context.relative_angles:
        return Section("indices", "Distance from the reference", missing=[
            "The angles count from the skeleton's rest pose, so a distance from reference curves "
            "would measure the pose and not the gait."
        ])  # fmt: skip
    try:
        made = profile(strides, reference)
    except MissingInputError as error:
        return Section(
            "indices", "Distance from the reference", missing=[f"{error.problem}: {error.found}."]
        )
    if made.left is None and made.right is None:
        return Section("indices", "Distance from the reference", missing=[
            "No stride has whole curves of the joint angles, so no distance from the reference is computed."
        ])  # fmt: skip
    if len(made.variables) < _LEAST:
        return Section("indices", "Distance from the reference", missing=[
            f"Only {len(made.variables)} of nine joint angles {'is' if len(made.variables) == 1 else 'are'} whole over "
            "a stride, too few for a distance from the reference."
        ])  # fmt: skip
    gdi, lacking = _gdi(context)
    words = [_sentence(made)]
    name = made.name[0].upper() + made.name[1:]
    if made.complete:
        words.append(f"A difference of {GPS_MCID}° in GPS matters clinically (Baker et al. 2012).")
    values = {
        "name": made.name, "complete": made.complete, "expected": made.expected,
        "population": made.population, "gdi": gdi,
        "overall": _plain(made.overall), "left": _plain(made.left), "right": _plain(made.right),
        "variables": {v.name: {"left": _plain(v.left), "right": _plain(v.right), "expected": v.expected}
                      for v in made.variables},
    }  # fmt: skip
    return Section(
        "indices", "Distance from the reference", words=words, summary=[_sentence(made)],
        figures=[_bars(made, name)], tables=[_table(made, name, gdi)], values=values, notes=made.notes,
        missing=lacking,
    )  # fmt: skip


def _plain(score: Score | None) -> dict[str, float] | None:
    return (
        None
        if score is None
        else {"value": score.value, "low": score.low, "high": score.high, "n": score.n}
    )


def _sentence(made: Profile) -> str:
    score = made.overall or made.left or made.right
    if score is None:
        return "No profile score."
    side = (
        ""
        if made.overall or "foot" in made.name
        else " (left foot)"
        if made.left
        else " (right foot)"
    )
    interval = ""
    if np.isfinite(score.low):
        interval = (
            f" (95 % interval over strides {number(score.low, 1)} to {number(score.high, 1)})"
        )
    name = made.name[0].upper() + made.name[1:]
    typical = f"a typical person of the reference has {number(made.expected, 1)}°"
    if not made.missing:
        return f"{name}{side} {number(score.value, 1)}°{interval}; {typical}."
    absent = listed(_english(v) for v in made.missing)
    return (f"{name}{side} {number(score.value, 1)}°{interval}, without {absent}: no GPS, and not to be "
            f"compared with one; {typical} in the same variables.")  # fmt: skip


def _english(name: str) -> str:
    table = channels.channels()
    return (table.get(name) or table[name + "_r"]).english


def _bars(made: Profile, name: str) -> Figure:
    bars = []
    for v in (*made.variables, None):
        scores = (made.left, made.right) if v is None else (v.left, v.right)
        label = name if v is None else v.english
        for side, score in zip(SIDES, scores, strict=True):
            if score is not None:
                known = np.isfinite(score.low)
                bars.append(Bar(label, score.value, side, score.low if known else None,
                                score.high if known else None))  # fmt: skip
    if made.overall is not None:
        known = np.isfinite(made.overall.low)
        bars.append(Bar(f"{name}, both", made.overall.value, "both", made.overall.low if known else None,
                        made.overall.high if known else None))  # fmt: skip
    panel = Panel("movement analysis profile", bars=bars, unit="°", positive="further from the reference",
                  range_label="95 % interval over strides")  # fmt: skip
    return Figure("profile", "Movement analysis profile", [panel], columns=1,
                  alt=f"Bars of the gait variable scores of {listed(v.english for v in made.variables)}")  # fmt: skip


def _table(made: Profile, name: str, gdi: dict[str, float] | None) -> Table:
    rows = [(v.english, *(None if s is None else s.value for s in (v.left, v.right)), None, v.expected)
            for v in made.variables]  # fmt: skip
    rows.append(
        (
            name,
            *(None if s is None else s.value for s in (made.left, made.right, made.overall)),
            made.expected,
        )
    )
    if gdi is not None:
        rows.append(("GDI (no unit)", gdi.get("left"), gdi.get("right"), gdi.get("both"), 100.0))
    formats = dict.fromkeys(("left", "right", "both", "typical"), ".1f")
    return Table("scores", "Scores", ("variable", "left", "right", "both", "typical"), rows, formats,
                 f"Degrees, root mean square difference from {made.population}.")  # fmt: skip


def _gdi(context: Context) -> tuple[dict[str, float] | None, list[str]]:
    index: GDI | None = context.options.get("gdi")
    if index is None:
        return None, [
            "The gait deviation index needs strides of healthy people from the same laboratory (--controls)."
        ]
    assert context.strides is not None
    found: dict[str, float] = {}
    for side in SIDES:
        strides = context.strides[side]
        if strides.n:
            try:
                rows = feature_matrix(strides)
            except MissingInputError as error:
                return None, [f"The gait deviation index: {error.problem} ({error.found})."]
            if len(rows):
                found[side] = float(index.score(rows.mean(axis=0)[None])[0])
    if len(found) == 2:
        found["both"] = float(np.mean(list(found.values())))
    return found or None, []
