"""The page of the study of forces, and its figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.files import write_text
from gaitsmith.sections import plain
from gaitsmith.studies import forces_words as words
from gaitsmith.studies.commit import commit

__all__ = ["text", "write"]

_ABOUT = """# Ground reaction forces from motion

{how} Mean absolute error over the stance as plates
saw it, % of body weight by the stated mass: vertical / fore-aft / medio-lateral; a mean over each
person's stances, then over people. *Given*: the plates' strikes and offs are told; *found*: from the
motion. In lencioni2019 and mcgill_children one person at a time is left out, and everybody else of both
sets is learnt from; adults and runner are other laboratories, of whom nothing is learnt. Kernel weights are
searched among the people learnt from alone: for people of the same laboratories (the first two tables) by
leaving people out in turn, for other laboratories (as bundled) by leaving people and whole sets out. The
*design* is not untouched by the scored: where the line is mixed in, the blocks of inputs, the pull of the net force
and the cut-off's rule were decided with errors of all these sets in view, and the runner's widths come from his own
misses, so his coverage says nothing. *Default, sum exact* is the option `--consistent`: both feet sum to
m (a − g) of the motion wherever the feet that stand are known.
"""
_BY_COMMAND = "Written by `gaitsmith benchmark forces --page docs/results`."
_ASKED = {
    "lencioni2019": "Asked: given 4.3 / 1.55 / 1.35, found 4.8 / 1.8 / 1.5; peaks 4.0 / 3.2 / 2.1 / 2.0; better than "
    "the mean scaled by speed in 17 of 18 people.",
    "mcgill_children": "Asked: given 4.4 / 1.9 / 1.1, found 4.5 / 2.0 / 1.2; nobody above 6 vertical; centre of "
    "pressure fore-aft within 15 mm.",
    "adults": "Asked: given 3.4 / 1.9 / 1.2, found 3.6 / 2.0 / 1.3.",
    "runner": "Asked: 7 / 5 / 3.",
    "moments": "Asked: hip 1.5, knee 1.0, ankle 0.9 % of body weight × height.",
    "times": "Asked: complete 2 s, knees missing 5 s, memory 1 GB.",
}
#: Sets from which nothing may be written down: their parts are printed only.
_PRINTED_ONLY = ("healthy_bands", "c3d")


def text(result: Mapping[str, Any]) -> str:
    """The figures as Markdown."""
    out = []
    for name, part in result.items():
        if name == "made":
            continue
        title, lines = words.section(name, part)
        out += [f"## {title}", ""]
        out += [_ASKED[name], ""] if name in _ASKED else []
        out += lines
    return "\n".join(out)


def write(result: Mapping[str, Any], folder: Path, *, how: str = _BY_COMMAND) -> None:
    """``forces.md`` and ``forces.json`` with commit and seed; `how`: where the figures come from."""
    from gaitsmith.studies.forces import SEED

    made = {"commit": commit(), "seed": SEED}
    shown = {k: v for k, v in result.items() if k not in _PRINTED_ONLY and k != "made"}
    write_text(folder / "forces.json", json.dumps({"made": made, **plain(shown)}, indent=1, allow_nan=False) + "\n", force=True)  # fmt: skip
    write_text(folder / "forces.md", f"{_ABOUT.format(how=how)}\n{text(shown)}\nCommit {made['commit']}, seed {SEED}.\n", force=True)  # fmt: skip
