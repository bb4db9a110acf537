"""Where a model comes from, for people (``card.md``) and for programs (``card.json``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Card"]


@dataclass(frozen=True)
class Card:
    """Where weights come from.

    Attributes
    ----------
    data, terms, cite
        What they were learnt from, under which terms, and whom to cite.
    people
        Whose gait was learnt, in words.
    limits
        What they must not be used for.
    use
        Lines that use the model: commands or Python.
    made, seed
        The command that made the weights, and its seed (-1: nothing was drawn).
    trained_on
        Names (``set/person``) of everyone learnt from or chosen by, so that nobody is tested on them.
    measured
        What was measured on people never learnt from, in words.
    """

    data: str = "nothing: not trained"
    terms: str = ""
    cite: tuple[str, ...] = ()
    people: str = ""
    limits: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    made: str = ""
    seed: int = -1
    trained_on: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Card:
        """The inverse of ``asdict``."""
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**plain)

    def markdown(self, name: str, facts: Mapping[str, Any]) -> str:
        """The card as a page: `name` of the kind of model; `facts` are shown as a table."""
        parts = [f"# {name}", "",
                 "Written by `save_pretrained`, from `card.json` and `config.json`.", ""]  # fmt: skip
        rows = {**facts, "made by": f"`{self.made}`" if self.made else "",
                "seed": str(self.seed) if self.seed >= 0 else "none: nothing is drawn"}  # fmt: skip
        parts += ["| | |", "| --- | --- |", *(f"| {k} | {v} |" for k, v in rows.items() if v), ""]
        parts += ["## Learnt from", "", self.data + ".", ""]
        if self.people:
            parts += [f"{self.people}.", ""]
        parts += ["## Terms", "", f"{self.terms or 'none stated'}.", ""]
        if self.cite:
            parts += ["Cite:", "", *(f"- {c}" for c in self.cite), ""]
        if self.limits:
            parts += ["## Limits", "", *(f"- {x}" for x in self.limits), ""]
        if self.measured:
            parts += ["## Measured on people never learnt from", "", *(f"- {x}" for x in self.measured), ""]  # fmt: skip
        if self.use:
            parts += ["## Use", "", "```", *self.use, "```", ""]
        if self.trained_on:
            parts += ["## People learnt from", "",
                      "`gaitsmith evaluate` refuses to score on them: " + ", ".join(self.trained_on) + ".", ""]  # fmt: skip
        return "\n".join(parts)
