"""The one form in which gaitsmith refuses: where, what was found, what was expected, what to do.

Every mistake a user can make ends in a :class:`GaitsmithError`; the command line prints it and
exits with code 2, without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "FormatError",
    "GaitsmithError",
    "MissingInputError",
    "check_in",
    "did_you_mean",
    "shown",
]


class GaitsmithError(Exception):
    """A refusal that a person can act on.

    Parameters
    ----------
    problem
        One sentence: what is wrong.
    file
        Name of the file concerned, as the user gave it.
    place
        Where in it: ``"line 7"``, ``"column 'time'"``, ``"POINT:RATE"``, ``"argument rate_hz"``.
    found
        What was met there.
    expected
        What would have been accepted.
    remedy
        What the user can do about it.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: object | None = None,
        place: str | None = None,
        found: object | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = None if file is None else str(file)
        self.place = place
        self.found = None if found is None else shown(found)
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        lines = self._lines((self.file, self.place))
        return "\n  ".join(lines)

    def on_one_line(self, place: str = "") -> str:
        """The refusal as the words of a note at `place`, which is not said again."""
        return "; ".join(self._lines((self.file, None if self.place == place else self.place)))

    def _lines(self, where: tuple[str | None, str | None]) -> list[str]:
        told = ", ".join(part for part in where if part)
        lines = [f"{told}: {self.problem}" if told else self.problem]
        if self.found is not None:
            lines.append(f"found: {self.found}")
        if self.expected:
            lines.append(f"expected: {self.expected}")
        if self.remedy:
            lines.append(f"what to do: {self.remedy}")
        return lines

    def in_file(self, file: object) -> GaitsmithError:
        """The same refusal, naming `file` where no file was named yet."""
        if self.file is None:
            self.file = str(file)
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.__dict__.copy()))


class FormatError(GaitsmithError):
    """A file that is not what it should be: truncated, contradictory, of another kind."""

    def __init__(self, problem: str, **about: Any) -> None:
        if not about.get("remedy"):
            about["remedy"] = (
                "fetch the file again, or have it written again by the program that made it"
            )
        super().__init__(problem, **about)


class MissingInputError(GaitsmithError):
    """A capability lacks an input that it will not guess (mass, feet, events, ...)."""


def _rebuild(kind: type[GaitsmithError], state: dict[str, object]) -> GaitsmithError:
    error = kind(str(state["problem"]))
    error.__dict__.update(state)
    return error


def shown(value: object, limit: int = 160) -> str:
    """`value` as text that is safe to print: control characters escaped, cut at `limit`."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def did_you_mean(name: str, allowed: Iterable[str]) -> str:
    """``"did you mean 'x'?"`` for the nearest of `allowed`, or an empty string."""
    near = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def check_in(argument: str, value: str, allowed: Iterable[str]) -> str:
    """`value` where it is one of `allowed`; else a :class:`GaitsmithError` with the nearest name."""
    options = list(allowed)
    if value in options:
        return value
    raise GaitsmithError(
        f"{argument} has an unknown value",
        place=f"argument {argument}",
        found=value,
        expected=f"one of {', '.join(options)}",
        remedy=did_you_mean(value, options) or f"give one of the values of {argument} named above",
    )
