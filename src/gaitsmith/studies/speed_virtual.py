"""The published protocol on virtual walkers, whose truth is known at every speed.

``python -m gaitsmith.studies.speed_virtual --cache DIR --network NAME=FOLDER … --page docs/results``

Three groups of virtual people, none in two of them: ``protocol`` (22 people at 28 speeds from 0.50
to 1.85 m/s, divided 13 / 4 / 5 as published), ``more`` (120 people at 8 speeds each, drawn from
0.35 to 2.15 m/s, for training beyond the paper's number), and ``unseen`` (17 people at the six
speeds of the grid, for testing only). Walks are kept in the cache.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.files import write_bytes, write_text
from gaitsmith.models.base import open_model
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.models.speed.network_model import SpeedDiffusion
from gaitsmith.models.speed.sequences import LABELS, Sequences, from_recording
from gaitsmith.sections import plain
from gaitsmith.studies.curve import shown, validation
from gaitsmith.studies.sequence_asks import SPLITS, asked, concluded, place
from gaitsmith.studies.sequence_predictors import (
    Copy,
    Network,
    Predictor,
    simple,
    statistical,
    units_of,
)
from gaitsmith.studies.speed_protocol import GRID, SEED, Progress, evaluate, table
from gaitsmith.studies.speed_real import real
from gaitsmith.studies.speed_real import text as real_text

__all__ = ["GROUPS", "PROTOCOL", "group", "main", "predictors", "run"]

#: Speeds of the published protocol, m/s.
PROTOCOL = tuple(round(0.5 + 0.05 * i, 2) for i in range(28))
#: Group -> seed of its people, and how many.
GROUPS = {"protocol": (13, 22), "more": (7, 120), "unseen": (21, 17)}
#: What can be measured by itself; what a page has already is kept.
PARTS = (*SPLITS, "samplers", "real people")
_RATE, _SECONDS = 100.0, 30.0
# Steps of the sampler and draws a pair on real people.
_FEW, _DRAWS = 20, 1
# Speeds of each person of `more`, out of so many 0.05 m/s apart.
_EACH, _WIDE = 8, tuple(round(0.35 + 0.05 * i, 2) for i in range(37))
# The statistical models learn from every fifth speed of the protocol: neighbours say the same.
_FIFTH = PROTOCOL[::5]


def _silent(_: str) -> None:
    """Nobody is watching."""


def group(name: str, cache: Path, say: Progress = _silent) -> Sequences:
    """The sequences of a group; from ``cache/<name>.npz`` where they have been made."""
    file = cache / f"{name}.npz"
    if file.is_file():
        with np.load(file) as z:
            return Sequences(z["person"], z["speed"], z["angles"])
    from gaitsmith.virtual import people, walker

    seed, count = GROUPS[name]
    rng = np.random.default_rng(1)
    rows: list[tuple[str, float]] = []
    made = []
    for i, who in enumerate(people(count, seed)):
        say(f"{name}: person {i + 1} of {count}")
        speeds = {"protocol": PROTOCOL, "unseen": GRID}.get(name) or np.sort(rng.choice(_WIDE, _EACH, replace=False))  # fmt: skip
        for v in speeds:
            walk = walker(who, float(v), _SECONDS, rate_hz=_RATE, treadmill=True,
                          seed=(seed * 1_000_003 + i) * 1_009 + round(100 * v))  # fmt: skip
            assert walk.angles is not None
            angles = np.asarray(walk.angles.select(list(LABELS)).data)
            made.append(from_recording(angles, _RATE))
            rows.append((f"{name}-{i:03d}", float(v)))
    found = Sequences(
        np.array([p for p, _ in rows]), np.array([v for _, v in rows]), np.stack(made)
    )
    out = io.BytesIO()
    np.savez_compressed(out, person=found.person, speed=found.speed, angles=found.angles.astype(np.float32))  # fmt: skip
    write_bytes(file, out.getvalue(), force=True)
    return found


def predictors(
    train: Sequences, networks: Mapping[str, Path], *, speeds: Sequence[float] = _FIFTH
) -> dict[str, Predictor]:
    """Copies, population, ridge and the default learnt from these people; networks as they are."""
    known = train.take(np.isin(np.round(train.speed, 2), speeds))
    units = units_of(known)
    names = ("copy + linear delta", "population + shrunk deviation", "ridge", "population mean")
    out: dict[str, Predictor] = {"copy": Copy(), **{n: simple(n, units) for n in names}}
    out["statistical default"] = statistical(StatisticalSpeed.fit(units))
    return out | {n: Network(open_model(folder)) for n, folder in networks.items()}  # type: ignore[arg-type]


def learners(networks: Mapping[str, Path]) -> dict[str, int]:
    """Name -> how many people a network learnt from, where its card names them."""
    many = {n: len(open_model(f).card.trained_on) for n, f in networks.items()}
    return {n: count for n, count in many.items() if count}


def run(
    cache: Path, networks: Mapping[str, Path], few: Sequence[tuple[str, int]] = (),
    data: Path | None = None, *, parts: Sequence[str] = PARTS, say: Progress = _silent,
) -> dict[str, Any]:  # fmt: skip
    """Both test groups, and the samplers and real people of the first diffusion model.

    Parameters
    ----------
    networks
        Name -> folder of a model that learnt from nobody of the test people: the 13 + 4 of
        ``protocol``, and ``more``, are free to learn from.
    few
        Samplers (``ddim`` or ``dpm``) and steps to compare on the published split.
    data
        A store of real sets, whose mean strides are tiled (``speed_tiled``).
    parts
        Some of :data:`PARTS`.
    """
    protocol = group("protocol", cache, say)
    people = protocol.people
    train, test = people[:13], people[17:]
    at_grid = protocol.take(np.isin(np.round(protocol.speed, 2), GRID))
    everybody = at_grid.of(test).joined(group("unseen", cache, say))
    out: dict[str, Any] = {
        "people": {"published split": [len(train), 4, len(test)], "unseen people": len(everybody.people)},
        "ranked_among": {"published split": len(people), "unseen people": len(everybody.people)},
        "speeds": list(GRID),
    }  # fmt: skip
    out["trainings"] = {
        n: {"steps": int(c[-1][0]), "validation": c} for n, f in networks.items() if (c := validation(f))
    }  # fmt: skip
    out["learners"] = {"statistical default": len(train), **learners(networks)}
    known = predictors(protocol.of(train), networks) if {*parts} & {*PARTS[:2]} else {}
    if "published split" in parts:
        out["published split"] = table(evaluate(known, at_grid, test, say=say))
    if "unseen people" in parts:
        out["unseen people"] = table(evaluate(known, everybody, everybody.people, say=say))
    opened = (open_model(f) for f in networks.values())
    diffusion = next((m for m in opened if isinstance(m, SpeedDiffusion)), None)
    if diffusion is None:
        return out
    if few and "samplers" in parts:
        each: dict[str, Predictor] = {f"{k} {n}": Network(diffusion.sampled_in(n, k)) for k, n in few}  # fmt: skip
        out["samplers"] = table(evaluate({"copy": Copy(), **each}, at_grid, test, say=say))
    if data is not None and "real people" in parts:
        out["real people"] = real(diffusion, data, draws=_DRAWS, cache=cache, sampled=_FEW, say=say)
    return out


_ABOUT = """# Speed transfer on sequences: virtual walkers

Written by `python -m gaitsmith.studies.speed_virtual --page docs/results` with the networks of
`python -m gaitsmith.studies.sequence_networks`; figures in `speed-sequences.json`.

Thirty seconds of six sagittal angles at 20 Hz in, thirty seconds at another speed out: the protocol
of Dinesh et al. (2026) on virtual walkers, every ordered pair of the speeds {speeds} m/s.
Cycle MAE in degrees and r over matched cycles; rank is the place of the right person among {ranked}
people; its control asks for the place of a person taken at random. Cadence error in steps/min, as
published (whole cycles counted in 30 s) and from the cycles' own lengths (exact). "All" counts
identity pairs, as the paper does; a copy of the source errs by nothing there. Intervals: 95 %,
bootstrap over people. Published on able-bodied people: MAE 3.4, r 0.95, rank 3.3 of 22 (control
14.3), cadence 6.2; MLP 12.25, TCN 11.43.

A virtual person's style lasts over speeds in part and fades in part, as measured on nine people of
lencioni2019 (`virtual.md`); no table of virtual walkers says how a method does on real people.
"""


def _n(value: float | None, form: str) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None or not np.isfinite(value) else format(value, form)


def _by_distance(result: Mapping[str, Any]) -> list[str]:
    """Error against distance, number of sources and the heat maps; nothing where neither split was run."""
    rows = result.get("unseen people") or result.get("published split")
    if not rows:
        return []
    lines: list[str] = []
    bands = next(iter(rows.values()))["by_distance"]
    lines += ["## Error against |Δv|", "",
              "| degrees | " + " | ".join("same speed" if b["from"] == 0 else f"{b['from']:g}–{b['to']:g} m/s" for b in bands) + " |",
              "| --- |" + " --- |" * len(bands)]  # fmt: skip
    lines += [f"| {w} | " + " | ".join(f"{_n(b['mae'], '.2f')}" for b in r["by_distance"]) + " |" for w, r in rows.items()]  # fmt: skip
    count = len(next(iter(rows.values()))["sources"])
    lines += ["", "## Number of source speeds (targets that are no source)", "",
              "| degrees | " + " | ".join(str(k + 1) for k in range(count - 1)) + " |", "| --- |" + " --- |" * (count - 1)]  # fmt: skip
    lines += [f"| {w} | " + " | ".join(f"{_n(s['new'], '.2f')}" for s in r["sources"][:-1]) + " |" for w, r in rows.items()]  # fmt: skip
    lines += ["", "## Source (rows) to target (columns)", ""]
    speeds = result["speeds"]
    for who, r in rows.items():
        lines += [f"**{who}**", "", "| m/s | " + " | ".join(f"{v:g}" for v in speeds) + " |", "| --- |" + " --- |" * len(speeds)]  # fmt: skip
        lines += [f"| {v:g} | " + " | ".join(f"{_n(x, '.1f')}" for x in row) + " |" for v, row in zip(speeds, r["heat_map"], strict=True)]  # fmt: skip
        lines.append("")
    return lines


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    lines = []
    for name in ("published split", "unseen people", "samplers"):
        if name not in result:
            continue
        many = result["people"]["published split" if name == "samplers" else name]
        lines += [f"## {name.capitalize()}", "", f"People: {many if isinstance(many, int) else ' / '.join(map(str, many))}.", "",
                  "| | MAE, all | cross-speed [95 %] | identity | − copy [95 %] | r | rank (control) | cadence | exact, cross | CPU s a walk |",
                  "| --- |" + " --- |" * 9]  # fmt: skip
        for who, r in result[name].items():
            lines.append(
                f"| {who} | {_n(r['mae_all'], '.2f')} | {_n(r['mae_cross'], '.2f')} [{r['mae_cross_95'][0]:.2f}, {r['mae_cross_95'][1]:.2f}] | {_n(r['mae_identity'], '.2f')} | "
                f"{_n(r['minus_reference'][0], '+.2f')} [{_n(r['minus_reference'][1], '+.2f')}, {_n(r['minus_reference'][2], '+.2f')}] | {_n(r['r'], '.3f')} | "
                f"{_n(r['rank'], '.1f')} ({_n(r['rank_control'], '.1f')}) | {_n(r['cadence'], '.1f')} | {_n(r['cadence_exact_cross'], '.1f')} | {_n(r['seconds'], '.2f')} |"
            )  # fmt: skip
        lost = {w: r["without_cycles"] for w, r in result[name].items() if r["without_cycles"]}
        if lost:
            lines += ["", "Walks without recognisable cycles, left out of their rows: " + ", ".join(f"{w} {n}" for w, n in lost.items()) + "."]  # fmt: skip
        lines.append("")
    lines += _by_distance(result)
    if "real people" in result:
        lines += real_text(result["real people"])
    return "\n".join(lines)


def write(
    result: Mapping[str, Any], folder: Path, *, made: Mapping[str, Any] | None = None
) -> None:
    """``speed-sequences.md`` and ``speed-sequences.json``.

    Parameters
    ----------
    made
        Commit and seed of the figures, where they are not of now.
    """
    from gaitsmith.studies.commit import commit

    made = made or {"commit": commit(), "seed": SEED, "groups": GROUPS}
    write_text(folder / "speed-sequences.json", json.dumps({**plain(result), "made": made}, indent=1, allow_nan=False) + "\n", force=True)  # fmt: skip
    ranked = " or ".join(str(n) for n in dict.fromkeys(result["ranked_among"].values()))
    head = _ABOUT.format(speeds=", ".join(f"{v:.2f}" for v in result["speeds"]), ranked=ranked)
    head += "\n" + "\n".join([*asked(result), *concluded(result)])
    if trainings := result.get("trainings"):
        head += "\nTraining, loss on people held out by step: " + "; ".join(
            f"{n} {t['steps']:,} steps ({shown(t['validation'])})" for n, t in trainings.items()
        ) + ".\n"  # fmt: skip
    if notes := result.get("notes"):
        head += "\n" + "\n".join(f"* {n}" for n in notes) + "\n"
    head += "\n".join(place(result))
    write_text(folder / "speed-sequences.md", f"{head}\n{text(result)}\nCommit {made['commit']}, seed {made['seed']}.\n", force=True)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this module; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cache", type=Path, help="folder for the walks")
    parser.add_argument("--network", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--sampler", action="append", default=[], metavar="KIND:STEPS")
    parser.add_argument("--data", type=Path, help="a store of real sets")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--note", action="append", default=[], help="a line for the page")
    parser.add_argument("--page", type=Path)
    parser.add_argument(
        "--words", action="store_true", help="measure nothing: the page anew from its figures"
    )
    given = parser.parse_args(arguments)
    networks = {n: Path(f) for n, _, f in (x.partition("=") for x in given.network)}
    few = [(k, int(n)) for k, _, n in (x.partition(":") for x in given.sampler)]
    old: dict[str, Any] = {}
    if given.page is not None and (given.page / "speed-sequences.json").is_file():
        old = json.loads((given.page / "speed-sequences.json").read_text("utf-8"))
    if given.words:
        if not old:
            parser.error("--words needs --page with the figures of a study")
        known = {"statistical default": old["people"]["published split"][0], **learners(networks)}
        result = {**old, "learners": {**old.get("learners", {}), **known}}
    elif given.cache is None:
        parser.error("--cache is needed")
    else:
        result = {
            **old,
            **run(given.cache, networks, few, given.data, parts=given.part or PARTS, say=print),
        }
    result |= {"notes": given.note or result.get("notes", [])}
    if given.page is not None:
        write(result, given.page, made=old.get("made") if given.words else None)
    print(text(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
