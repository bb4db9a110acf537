"""The page and the text of the twin's study, from its figures alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies.commit import commit
from gaitsmith.studies.curve import shown
from gaitsmith.studies.twin_rows import WHOLE

__all__ = ["PRIVATE", "text", "write"]

#: Parts whose data allow no published figures: printed by the command, never written to a page.
PRIVATE = ("elepap", "c3d")
#: Sets that are called another laboratory, and what the bundled reference knows of them.
SEEN = {
    "mcgill_children, straight": "their mean curve is in the reference: not unseen",
    "mcgill_children, turn": "the same children",
    "gait_signatures, able-bodied": "looked at when the width was set",
}
_ABOUT = """# Anomaly localisation and the normative twin

Written by `gaitsmith benchmark twin --page docs/results`; figures in `twin.json`.

Faults with known truth, eleven kinds × three sizes, put into normal walks of people left out. *det*: share of
trials called abnormal; *FA*: false alarms reached on the same people's normal walks, at a nominal 5 % over all
joints; *loc*: mean over trials of the area under the ROC of joint scores against the joints truly changed;
*top-1*: share of trials whose highest joint is truly changed; *swap*: loc where one joint is another
person's (a z cannot see it: near .5). Means over people, 95 % bootstrap intervals over people where given.

Read with it: the kinds of change that the default weighs (a bump, an offset, a range, a delay, of a leg a delay or a
longer stance or more flexion, an exchanged curve) were written knowing the faults that are measured; its settings were chosen on
statistical and virtual people of other seeds and on lencioni2019's 18 people by leaving one out, and the passage to ordering by
size with the stroke people's counts in view: its figures there are a little fitted. Statistical people are drawn from a Gaussian with heavy tails whose covariance comes from lencioni2019:
easier for Gaussian methods than real people. All rows share the default's covariance. GPS and GDI speak of whole walks only.
The masked autoencoders, where there are any, are of a CPU's size (their table says which, and their validation curves) and
were trained on several hundred statistical people and, but for `joints`, lencioni2019; none of those is scored. Among
virtual walkers their tokens stand about the mean of the virtual people that the other rows learn from.

**Not unseen.** The reference's covariance between laboratories is learnt from published mean curves and the mean curve of the
eight mcgill_children (its card names them among those it was trained on), and its width was set while looking at them, at
gait_signatures and at the typical children of elepap_children. So none of these is a laboratory that the
bundled reference has never seen: what is said of them below without their own reference is too good, most of all of mcgill_children.

**Not on this page.** A part `elepap` (children with a neurological disease against typical children, overall and at matched
speed) and a part `c3d` are printed by the command only: the terms of their data allow no published figures. In words: walking
speed alone tells the children's groups apart at least as well as the twin, and at matched speed the combined score does not beat GPS.
"""


def _three(row: Mapping[str, Any], part: str) -> str:
    return " / ".join(f"{row[part][k]['mean']:.2f}" for k in ("det", "loc", "top-1"))


def _rows(part: Mapping[str, Any]) -> list[str]:
    lines = ["| | FA | all: det / loc / top-1 | mild | moderate | severe | timing | swap |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for name, row in part["rows"].items():
        parts = ("all", "mild", "moderate", "severe", "timing")
        whole = name in WHOLE
        cells = [f"{row[k]['det']['mean']:.2f}" if whole else _three(row, k) for k in parts]
        swap = "" if whole else f"{row['swap']['mean']:.2f}"
        lines.append(
            f"| {name} | {row['false_alarms']['mean']:.3f} | {' | '.join(cells)} | {swap} |"
        )
    return [*lines, ""]


def _paired(part: Mapping[str, Any]) -> list[str]:
    lines = [
        "Default minus the others, 95 % interval over people:",
        "",
        "| | loc | top-1 |",
        "| --- | --- | --- |",
    ]
    for name, d in part["default_minus"].items():
        if name in WHOLE:
            continue
        cells = [
            f"{d[k]['mean']:+.3f} ({d[k]['low']:+.3f} to {d[k]['high']:+.3f})"
            for k in ("loc", "top-1")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return [*lines, ""]


def _kinds(part: Mapping[str, Any]) -> list[str]:
    from gaitsmith.studies.twin_faults import KINDS

    row = part["rows"]["default"]
    lines = ["By kind (default):", "", "| kind | det / loc / top-1 |", "| --- | --- |"]
    return [*lines, *(f"| {k} | {_three(row, k)} |" for k in KINDS), ""]


def _twin(t: Mapping[str, Any]) -> list[str]:
    lines = [f"Twin: normal walks changed {t['normal_mean_deg']:.3f}° on average, {t['normal_worst_deg']:.2f}° in the worst walk "
             f"({t['normal_worst_point_deg']:.1f}° at its worst point).", ""]  # fmt: skip
    for s in ("mild", "moderate", "severe"):
        lines.append(
            f"- {s}: {100 * t[s]['removed']:.0f} % of the deviation removed, {100 * t[s]['worse']:.0f} % made worse"
        )
    return [*lines, ""]


def _statistical(part: Mapping[str, Any]) -> list[str]:
    six = part["six_trials"]
    return [
        f"{part['people']} people learnt from (three trials each), {part['tested']} others tested, one trial each.", "", *_rows(part), *_paired(part), *_kinds(part),
        f"Mean of six trials of a person: FA {six['false_alarms']['mean']:.3f}, {_three(six, 'all')}, swap {six['swap']['mean']:.2f}.", "",
        *_twin(part["twin"]), *_networks(part),
    ]  # fmt: skip


def _virtual(part: Mapping[str, Any]) -> list[str]:
    return [
        f"{part['people']} virtual people learnt from (two trials each), {part['tested']} others tested, one trial each.", "", *_rows(part),
        *_paired(part), *_kinds(part), *_twin(part["twin"]),
    ]  # fmt: skip


def _networks(part: Mapping[str, Any]) -> list[str]:
    if not part.get("networks"):
        return []
    lines = ["Masked autoencoders of the table:", "", "| form | layers, width | parameters | validation loss by step |", "| --- | --- | --- | --- |"]  # fmt: skip
    for n in part["networks"]:
        lines.append(f"| {n['form']} | {n['layers']} + {n['decoder']}, {n['width']} | {n['parameters']} | {shown(n.get('validation', []))} |")  # fmt: skip
    return [*lines, ""]


def _windows(part: Mapping[str, Any]) -> list[str]:
    lines = ["Coordination in closed form on windows of a stride (frames of 3 %), statistical people; what a longer window and a known "
             "phase are worth for faults of timing. Statistical curves are Fourier series of 17 numbers, so sixteen frames (half a stride) in "
             "known places hold nearly what all 33 do.", "", "| frames | share of a stride | phase | FA | all: det / loc / top-1 | timing | late knee | leg lag | long stance |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for r in part["rows"]:
        cells = [_three(r, k) for k in ("all", "timing", "late knee", "leg lag", "long stance")]
        known = "known" if r["phase"] else ""
        lines.append(f"| {r['frames']} | {min(r['share'], 1):.2f} | {known} | {r['false_alarms']['mean']:.3f} | {' | '.join(cells)} |")  # fmt: skip
    return [*lines, ""]


def _lencioni(part: Mapping[str, Any]) -> list[str]:
    lines = [f"{part['people']} people, each left out in turn, {part['strides']} single strides, one leg, seven curves.", "",
             *_rows(part), *_paired(part), *_kinds(part), "| | toe walking: found / ankle named | heel walking |", "| --- | --- | --- |"]  # fmt: skip
    for name, row in part["rows"].items():
        cells = [
            f"{row[t]['found']:.2f} / {row[t]['ankle']:.2f}"
            for t in ("toe walking", "heel walking")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    few = part["twelve_people"]
    for task, t in part["tasks"].items():
        missed = ", ".join(f"{c:.3f}" for c in t["missed"])
        chances = f"; their share of normal people with so unusual a walk, below .05 where found: {missed}" if missed else ""  # fmt: skip
        lines += ["", f"Default, {task}: {len(t['missed'])} of {t['trials']} trials not found{chances}."]  # fmt: skip
    return [*lines, "", f"Fitted on any {few['people']} ({few['times']} draws): {100 * few['false_alarms']:.0f} % false alarms on the "
            f"others on average, {100 * few['worst']:.0f} % in the worst draw.", "", *_twin(part["twin"])]  # fmt: skip


def _blame(part: Mapping[str, Any]) -> list[str]:
    from gaitsmith.studies.twin_blame import PRIORS, RULES

    def of(row: Mapping[str, Any], *keys: str) -> str:
        return " / ".join(f"{row[k]['mean']:.2f}" for k in keys)

    real, stroke = part["lencioni2019"], part["stroke"]
    lines = ["Rules that order the joints, on the same walks. *Explanations*: the mixture of faults and exchanged curves; the default goes over to "
             "the size (mean of z and posture) where no explanation leaves a normal walk. *Put back*: how much likelier the walk becomes with the joint as the "
             "others expect it. *Stroke*: trials with the paretic leg's sum above, and with a knee named.", "",
             "| rule | virtual loc / top-1 / swap | lencioni2019 loc / top-1 / swap | toe walking: ankle named | heel walking: ankle named / among the first two | stroke |",
             "| --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    for name in (*RULES, *(f"prior {e:g}" for e in PRIORS)):
        r, s = real[name], stroke[name]
        label = name if name in RULES else f"default, {name} of an exchange"
        lines.append(f"| {label} | {of(part['virtual'][name], 'faults', 'faults top-1', 'swap')} | {of(r, 'faults', 'faults top-1', 'swap')} | {of(r, 'toe walking')} | "
                     f"{of(r, 'heel walking', 'heel walking, first two')} | {s['paretic_sum_higher']}, {s['knee_named']} of {s['trials']} |")  # fmt: skip
    d, c = real["default"], part["chosen"]
    spans = [f"{x['mean']:.2f} ({x['low']:.2f} to {x['high']:.2f})" for x in (d["swap"], d["faults top-1"], c["swap"], c["top-1"])]  # fmt: skip
    picks = ", ".join(f"{k} for {n}" for k, n in c["picks"].items())
    return [*lines, "", f"lencioni2019 has {part['swaps']} swaps; 95 % interval over its people: swap {spans[0]}, top-1 {spans[1]}. With each person's prior of an "
            f"exchange chosen on the others' figures alone (the most swaps with top-1 at .70 or more: {picks}): swap {spans[2]}, top-1 {spans[3]}.", ""]  # fmt: skip


def _laboratories(part: Mapping[str, Any]) -> list[str]:
    lines = ["Without the laboratory's own normal people (bundled reference):", "",
             "| | walks | called unusual | another laboratory, perhaps | usual |", "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for name, row in part.items():
        known = f"{name} ({SEEN[name]})" if name in SEEN else name
        lines.append(
            f"| {known} | {row['walks']} | {row.get('unusual', float('nan')):.2f} | {row.get('another_laboratory', float('nan')):.2f} | {row.get('usual', float('nan')):.2f} |"
        )
    lines += ["", "With them (each person judged by the others, seven people):", ""]
    for name, row in part.items():
        if "own" in row:
            o = row["own"]
            lines.append(
                f"- {name}: FA {o['false_alarms']['mean']:.3f}, det {o['det']['mean']:.2f}, loc {o['loc']['mean']:.2f}, top-1 {o['top-1']['mean']:.2f} ({o['people']} people)"
            )
    return [*lines, ""]


def _recordings(part: Mapping[str, Any]) -> list[str]:
    lines = [f"Single recordings of walking with joint angles, no reference of their own: {part['unusual']} of {len(part['rows'])} called unusual.", "",
             "| recording | strides | curves | verdict |", "| --- | --- | --- | --- |"]  # fmt: skip
    said = {"laboratory": "another laboratory, perhaps"}
    for r in part["rows"]:
        lines.append(f"| {r['recording']} | {r['strides']} | {r['curves']} | {said.get(r['verdict'], r['verdict'])} |")  # fmt: skip
    return [*lines, ""]


def _stroke(part: Mapping[str, Any]) -> list[str]:
    lines = [f"{part['trials']} trials of five people; {part['slower_than_the_reference']} are slower than anybody in the reference, whose slowest "
             "mean stands for them here (the command refuses them). "
             f"The trivial rule (smaller knee range): {part['trivial_rule_smaller_knee_range']} of {part['trials']}.", "",
             "| score | paretic leg's highest joint above the other's | paretic leg's sum above | a knee named | the paretic knee named |", "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for name in ("combined", "posture", "coordination", "z"):
        r = part[name]
        lines.append(
            f"| {name} | {r['paretic_higher']} | {r['paretic_sum_higher']} | {r['knee_named']} | {r['paretic_knee_named']} |"
        )
    return [*lines, "", f"Called unusual: {part['unusual']}.", ""]


def _elepap(part: Mapping[str, Any]) -> list[str]:
    lines = ["Measure only: not to be published.", ""]
    for name in ("overall", "at 0.77 m/s and more"):
        r = part[name]
        d = r["combined_minus_gps"]
        lines += [f"{name}: {r['people']} people, {r['patients']} patients; AUC " + ", ".join(f"{k} {v:.3f}" for k, v in r["auc"].items())
                  + f"; combined minus GPS {d['mean']:+.3f} ({d['low']:+.3f} to {d['high']:+.3f})", ""]  # fmt: skip
    o, s = part["own_laboratory"], part["without_own"]
    return [*lines, f"Typical children, own reference: FA {o['false_alarms']['mean']:.3f}, loc {o['loc']['mean']:.2f}; without: "
            f"unusual {s['unusual']:.3f}, another laboratory {s['another_laboratory']:.3f}.", ""]  # fmt: skip


def _thresholds(part: Mapping[str, Any]) -> list[str]:
    n = part["people"]
    said = {
        "lencioni2019": f"lencioni2019: false alarms ({n['lencioni2019']} left out)",
        "any twelve": "fitted on any twelve: false alarms on the others",
        "mcgill_children": f"mcgill_children, own reference: false alarms ({n['mcgill_children']} left out)",
        "toe walking": "toe walking: found", "heel walking": "heel walking: found",
    }  # fmt: skip
    lines = ["The share of normal people called unusual (α), tried on people left out. The default's is .05. It was not chosen here: the "
             "walks that another would be chosen on are those that are scored, and no other data tell which is better.", "",
             "| | " + " | ".join(f"α {a:g}" for a in part["alphas"]) + " |", "| --- " * (len(part["alphas"]) + 1) + "|"]  # fmt: skip
    for name, label in said.items():
        lines.append(f"| {label} | {' | '.join(f'{x:.3f}' for x in part['rows'][name])} |")
    return [*lines, ""]


def _shipped(part: Mapping[str, Any]) -> list[str]:
    lines = [f"What `gaitsmith twin` answers: {part['people']} virtual people at {part['speed_m_s']:.1f} m/s, each with one fault on the right "
             f"(`gaitsmith virtual walk --fault NAME:right:{part['size']:.1f}`), judged by the bundled reference whose laboratory is another one. The table "
             "*Virtual walkers* is of a reference of virtual walkers, the laboratory known.", "",
             "| fault | unusual | another laboratory, perhaps | usual |", "| --- | --- | --- | --- |"]  # fmt: skip
    for name, row in part["rows"].items():
        cells = [str(row[k]) for k in ("unusual", "laboratory", "usual")]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    faults = {k: v for k, v in part["rows"].items() if k != "none"}
    found = sum(v["unusual"] for v in faults.values())
    every = sum(sum(v.values()) for v in faults.values())
    return [*lines, "", f"Called unusual: {found} of {every} walks with a fault.", ""]


_TEXT = {"statistical": _statistical, "virtual": _virtual, "shipped": _shipped, "windows": _windows, "lencioni2019": _lencioni, "thresholds": _thresholds, "blame": _blame, "laboratories": _laboratories, "recordings": _recordings, "c3d": _recordings, "stroke": _stroke, "elepap": _elepap,
         "frozen": _rows}  # fmt: skip
_TITLE = {"statistical": "Statistical people", "virtual": "Virtual walkers", "shipped": "The bundled reference on virtual walkers", "windows": "Windows", "lencioni2019": "lencioni2019", "thresholds": "Thresholds", "blame": "Which joint is blamed", "laboratories": "Other laboratories' normal people",
          "recordings": "Single recordings", "c3d": "C3D walks (measure only)", "stroke": "Stroke (gait_signatures)", "elepap": "elepap_children", "frozen": "Frozen weights"}  # fmt: skip


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    out: list[str] = []
    for name, part in result.items():
        out += [f"## {_TITLE[name]}", "", *_TEXT[name](part)]
    return "\n".join(out)


def write(result: Mapping[str, Any], folder: Path) -> None:
    """``twin.md`` and ``twin.json``, without the parts that may not be published.

    Parts that were not run stay as they are in the ``twin.json`` that is there, with the commit that made them.
    """
    from gaitsmith.studies.twin import SEED

    old: dict[str, Any] = {}
    if (folder / "twin.json").exists():
        old = json.loads((folder / "twin.json").read_text(encoding="utf-8"))
    said = old.pop("made", {})
    made_by = said.get("parts") or dict.fromkeys(old, said.get("commit", "unknown"))
    new = {k: plain(v) for k, v in result.items() if k not in PRIVATE}
    made_by |= dict.fromkeys(new, commit())
    every = old | new
    shown = {k: every[k] for k in (*_TEXT, *every) if k in every}
    made = {"seed": SEED, "parts": {k: made_by[k] for k in shown}}
    write_text(
        folder / "twin.json",
        json.dumps({"made": made, **shown}, indent=1, allow_nan=False) + "\n",
        force=True,
    )
    by = {
        c: [k for k in shown if made_by[k] == c] for c in dict.fromkeys(made_by[k] for k in shown)
    }
    states = "; ".join(c if len(by) == 1 else f"{c}: {', '.join(k)}" for c, k in by.items())
    write_text(
        folder / "twin.md", f"{_ABOUT}\n{text(shown)}\nCommit {states}. Seed {SEED}.\n", force=True
    )
