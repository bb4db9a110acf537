"""The page and the text of the few-shot study, from its figures alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import Figure, plain
from gaitsmith.studies.commit import commit
from gaitsmith.studies.fewshot_reliability import figure

__all__ = ["text", "write"]

_ABOUT = """# Few-shot personal cycles

Written by `gaitsmith benchmark fewshot --page docs/results`; figures in `fewshot.json`.

Five folds by person; K support cycles of a leg in, the mean of its next cycles out (generation), or a
damaged cycle made whole (reconstruction). Errors are mean squared, of z-scores by the training people,
averaged over queries, draws, legs and then people; nobody tested was learnt from, normalised or tuned by.
`hugadb`: shank sensors, six channels of 100 samples, left legs mirrored, rates cut off at ±250 deg/s,
support from the first half of a recording and queries from the second, 20 draws. `lencioni2019`: strides
of any speed, speed known to every method; queries are the other strides. *Shrinkage*: support mean drawn
to the population at the query's speed by one share for K = 1 and one for K = 5, learnt. The form of the
model was found on these same development people; its weights, noises and bands are chosen inside the
training people of each fold.
"""
# Measured only: figures are printed by the command and written nowhere.
_UNPRINTED = ("elepap_children",)
_KINDS = {
    "span": "30 % span",
    "half": "random half",
    "sensor": "one sensor",
    "noise": "noise 0.3 SD",
}


_SETS = {
    "gait_signatures": "Mean strides at six treadmill speeds, {people} people (five after a stroke), both legs, "
    "{cycles} strides of hip, knee and ankle; speed known. A stride here is a mean already.",
    "virtual": "Seven curves of {people} virtual walkers, each at one speed, {cycles} strides.",
    "elepap_children": "{people} children (six curves, legs together, {cycles} strides); speed known.",
}


def _number(x: Any) -> str:
    return "–" if x is None else f"{x:.3f}"


def _short(x: float | None) -> str:
    return "–" if x is None else f"{x:.2f}"


def _table(columns: list[str], rows: Mapping[str, list[Any]]) -> list[str]:
    out = ["| | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    out += [f"| {n} | " + " | ".join(_number(x) if not isinstance(x, str) else x for x in r) + " |" for n, r in rows.items()]  # fmt: skip
    return [*out, ""]


def _generation(part: Mapping[str, Any]) -> list[str]:
    one, five = part["mse_z"]["1"], part["mse_z"]["5"]
    out = _table(["K = 1", "K = 5"], {n: [one[n], five[n]] for n in one})
    out.append(f"Floor (the leg's own query mean): {part['floor']:.3f}.")
    for k in ("1", "5"):
        g = part["minus_shrinkage"][k]
        out.append(f"K = {k}: default − shrinkage {g['mean']:+.4f}, 95 % interval over people {g['low']:+.4f} to {g['high']:+.4f}; "
                   f"better in {g['better']} of {g['people']}, worst {g['worst']:+.4f}.")  # fmt: skip
        c = part["coverage"][k]
        out.append("Bands: " + ", ".join(f"{100 * float(x):.0f} % hold {100 * v['mean']:.1f} % (least of a person {100 * v['least']:.0f} %)" for x, v in c.items()) + ".")  # fmt: skip
        out.append(f"RMSE of the default: {', '.join(f'{v:.2f} {u}' if u != 'all' else f'{v:.2f} (own units)' for u, v in part['rmse'][k].items())}; "
                   f"DTW (z) {', '.join(f'{n} {v:.1f}' for n, v in part['dtw_z'][k].items())}.")  # fmt: skip
        out.append("")
    return out


def _rebuilt(part: Mapping[str, Any]) -> list[str]:
    out: list[str] = []
    for kind, title in _KINDS.items():
        rows = part[kind]
        names = [n for n in rows["1"]["mse_z"] if not n.startswith("cover")]
        out += [f"**{title}**", ""]
        out += _table(["K = 1", "K = 5", "default better in"], {
            n: [rows["1"]["mse_z"][n], rows["5"]["mse_z"][n],
                "–" if n == "default" else f"{rows['1']['better_than'][n][0]} and {rows['5']['better_than'][n][0]} of {rows['1']['better_than'][n][1]}"]
            for n in names
        })  # fmt: skip
        covers = [n for n in rows["1"]["mse_z"] if n.startswith("cover")]
        if covers:
            out += ["Bands: " + ", ".join(f"{100 * float(n.split()[1]):.0f} % hold {100 * rows['1']['mse_z'][n]:.0f} % / {100 * rows['5']['mse_z'][n]:.0f} %" for n in covers) + ".", ""]  # fmt: skip
    return out


def _hugadb(part: Mapping[str, Any]) -> list[str]:
    out = [
        "### Cycles",
        "",
        "| person | recordings | cycles | median, s |",
        "| --- | --- | --- | --- |",
    ]
    for p, c in part["counts"].items():
        out.append(f"| {p.rpartition('/')[2]} | {c['recordings']} | {', '.join(f'{n} {s}' for s, n in c['cycles'].items())} | {c['median_s']:.2f} |")  # fmt: skip
    out += ["", "### Generation", "", *_generation(part), "### Reconstruction", "", *_rebuilt(part["reconstruction"])]  # fmt: skip
    out += ["### Support from another recording of the person (two people)", ""]
    other = part["other_recording"]
    out += _table(["K = 1", "K = 5"], {n: [other["1"]["mse_z"][n], other["5"]["mse_z"][n]] for n in other["1"]["mse_z"]})  # fmt: skip
    n = part["natural"]
    a, s = n["balanced_accuracy"], n["spread_ratio"]
    return [*out, "### Generated strides", "",
            f"A classifier tells them from real ones with a balanced accuracy of {a['mean']:.2f} on people left out "
            f"({min(a['by_person'].values()):.2f} to {max(a['by_person'].values()):.2f}); asked ≤ 0.60. Their spread is "
            f"{s['mean']:.2f} of the person's own, within 15 % in {s['within_15_percent']} of {len(s['by_person'])} people "
            f"({min(s['by_person'].values()):.2f} to {max(s['by_person'].values()):.2f}). The right person is found among all "
            f"by ten generated strides in {100 * n['recognised']:.0f} % of legs.", ""]  # fmt: skip


def _claim(part: Mapping[str, Any]) -> str:
    """Where meta-learning is better than scratch and fine-tune at K = 1, as the paper claims."""
    sure: list[str] = []
    held: list[str] = []
    not_held: list[str] = []
    for kind in ("generation", *_KINDS):
        gaps = [
            [g[n] for n in ("scratch", "fine-tune")] for g in part[kind]["1"]["maml_minus"].values()
        ]
        if any(all(x["high"] < 0 for x in both) for both in gaps):
            where = sure
        else:
            where = held if any(all(x["mean"] < 0 for x in both) for both in gaps) else not_held
        where.append(_KINDS.get(kind, kind))
    words = [f"held in {', '.join(sure)} (both intervals exclude zero)" if sure else "",
             f"on the mean in {', '.join(held)} (an interval does not)" if held else "",
             f"not held in {', '.join(not_held)}" if not_held else ""]  # fmt: skip
    more = (f" {part['outer_steps']} outer steps are far fewer than a paper's: this says what this budget gives and "
            "not that the claim is wrong.") if not_held else ""  # fmt: skip
    return f"The paper's claim at K = 1, better than scratch and than fine-tune: {'; '.join(w for w in words if w)}.{more}"


def _networks(part: Mapping[str, Any]) -> list[str]:
    out = [f"The same temporal convolutional network, meta-learned to first and second order (learned step sizes), trained on "
           f"pooled people and fine-tuned, and from scratch; at most {part['outer_steps']} outer steps, stopped by two held-out "
           f"training people, who also choose number and size of everyone's inner steps for each K (of the meta-learned, as a factor on their own sizes); folds with all four "
           f"methods: {part['folds']['generation']} of 5 in generation, {part['folds']['reconstruction']} in reconstruction. "
           "Four draws of support a leg; every method on the same draws; people tested: "
           f"{part['generation']['1']['people']} and {part['span']['1']['people']}.", "", _claim(part), ""]  # fmt: skip
    for kind in ("generation", *_KINDS):
        one, five = part[kind]["1"], part[kind]["5"]
        names = list(one["mse_z"])
        out += [f"**{_KINDS.get(kind, kind)}**", "",
                *_table(["K = 1", "K = 5"], {n: [one["mse_z"][n], five["mse_z"][n]] for n in names})]  # fmt: skip
        for k, rows in (("1", one), ("5", five)):
            for m, gaps in rows["maml_minus"].items():
                out.append(f"K = {k}, {m} minus " + "; ".join(f"{n} {v['mean']:+.3f} [{v['low']:+.3f}, {v['high']:+.3f}], better in {v['better']} of {v['people']}" for n, v in gaps.items()) + ".")  # fmt: skip
                out.append("")
    return out


def _repair(part: Mapping[str, Any]) -> list[str]:
    part = plain(part)
    out = ["RMSE over the filled samples (angles: degrees, pelvis translations metres; markers: mm). *All*: every column is "
           "missing at once. The mean stride is not known where a stretch has no neighbour a whole stride away; *there*: repair "
           "on the gaps where it is.", "",
           "| source | gap in | gaps | filled | repair | mean stride | repair there | spline | linear | spline / repair | 50 % | 90 % band holds |", "| --- |" + " --- |" * 11]  # fmt: skip
    for source, kinds in part.items():
        for kind, r in kinds.items():
            figures = [_short(r.get(k)) for k in ("repair", "mean stride", "repair, mean stride known", "spline", "linear", "spline over repair")]  # fmt: skip
            held = [
                "–" if r.get(k) is None else f"{100 * r[k]:.0f} %" for k in ("cover 50", "cover 90")
            ]
            out.append(f"| {source} | {kind} | {r['gaps']} | {100 * r['filled']:.0f} % | {' | '.join(figures + held)} |")  # fmt: skip
    return [*out, ""]


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    out: list[str] = []
    for name, part in result.items():
        out += [f"## {name}", ""]
        if name == "hugadb":
            out += _hugadb(part)
        elif name == "lencioni2019":
            for title, rows in part.items():
                out += [f"### {title}", "", f"{rows['people']} people, {rows['cycles']} strides.", "", *_generation(rows)]  # fmt: skip
                if "reconstruction" in rows:
                    out += _rebuilt(rows["reconstruction"])
        elif name in ("gait_signatures", "virtual", "elepap_children"):
            out += [_SETS[name].format(**part), "", *_generation(part)]
        elif name == "networks":
            out += _networks(part)
        elif name == "repair":
            out += _repair(part)
    return "\n".join(out)


def write(result: Mapping[str, Any], folder: Path) -> Figure | None:
    """``fewshot.md`` and ``fewshot.json``; parts not run again keep their figures.

    Returns
    -------
    The picture of the bands, which the page shows as ``fewshot-reliability.svg`` beside it.
    """
    path = folder / "fewshot.json"
    old = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    result = {k: v for k, v in result.items() if k not in _UNPRINTED}
    facts = {k: v for k, v in old.items() if k != "made"} | plain(result)
    made = dict(old.get("made", {}).get("commits", {})) | dict.fromkeys(result, commit())
    whole = {"made": {"commits": made, "seed": 0}, **facts}
    picture = figure(facts)
    shown = "" if picture is None else f"![{picture.title}]({picture.key}.svg)\n\n"
    write_text(path, json.dumps(whole, indent=1, allow_nan=False) + "\n", force=True)
    foot = "Commit of each part: " + ", ".join(f"{k} {v}" for k, v in made.items()) + "; seed 0.\n"
    write_text(folder / "fewshot.md", f"{_ABOUT}\n{shown}{text(facts)}\n{foot}", force=True)
    return picture
