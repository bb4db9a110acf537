"""What a user tells of a column: that it is another, or that it is left out."""

from __future__ import annotations

from collections.abc import Sequence

from gaitsmith import channels
from gaitsmith.errors import FormatError, did_you_mean, shown
from gaitsmith.formats.base import Source
from gaitsmith.subject import Note

__all__ = ["LEFT_OUT", "left_out", "no_such_name"]

#: Told of a column that is not to be read.
LEFT_OUT = ("", "-")
# Names beside those of channels, for the nearest.
_OTHERS = ("time", *(f"{q}_{x}" for q in ("acc", "gyr", "mag") for x in "xyz"),
           *(f"ground_force_{side}_{q}{x}" for side in "rl" for q in "vp" for x in "xyz"))  # fmt: skip


def left_out(names: Sequence[str]) -> Note:
    """Says which columns the user left out."""
    some = ", ".join(shown(x, 40) for x in names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")  # fmt: skip
    return Note("assumption", "columns", f"left out, as told: {some}")


def no_such_name(source: Source, column: str, told: str) -> FormatError:
    """The refusal of a meaning that nothing here has."""
    near = did_you_mean(told, [*channels.channels(), *_OTHERS])
    return source.wrong(
        "a column is told to be what is not known here", place=f"hint columns, {column!r}", found=told,
        expected="a name like knee_angle_r, acc_x or ground_force_r_vy; all three of a point, as RHEE_x; or - to leave it out",
        remedy=near or "see the names in the conventions of the documentation",
    )  # fmt: skip
