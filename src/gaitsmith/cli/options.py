"""Options that several commands share, and what they become."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["factors", "hints_from", "pairs", "refuse_given", "said"]

Files = Annotated[
    list[str],
    typer.Argument(
        help="One recording: one file, or several that belong together. "
        "'walks.zip!inner/walk.mot' names a member of an archive."
    ),
]
Mass = Annotated[float | None, typer.Option(help="Body mass (kg).")]
Height = Annotated[float | None, typer.Option(help="Body height (m).")]
Age = Annotated[float | None, typer.Option(help="Age (years).")]
Sex = Annotated[str | None, typer.Option(help="female or male.")]
LegLength = Annotated[float | None, typer.Option(help="Leg length (m).")]
Side = Annotated[str | None, typer.Option(help="Affected side: left or right.")]
Rate = Annotated[
    float | None, typer.Option("--rate", help="Sampling rate (Hz), where the file has none.")
]
Units = Annotated[
    list[str] | None,
    typer.Option("--unit", help="Unit of a dimension: acceleration=g, rate=rad/s, length=mm, …"),
]
Placement = Annotated[
    list[str] | None,
    typer.Option(
        "--place", help="Where a sensor sits: sensor1=foot_r; *=lower_back for the only one."
    ),
]
Columns = Annotated[
    list[str] | None, typer.Option("--column", help="What a column is: AccX=acc_x.")
]
Signs = Annotated[
    list[str] | None,
    typer.Option("--sign", help="A column that the file counts the other way: knee_angle_r=-1."),
]
Up = Annotated[str | None, typer.Option(help="Lab axis that points up: +y, +z, …")]
Format = Annotated[
    str | None, typer.Option("--format", help="Format of the files, to forbid guessing.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace results that exist.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")]


def pairs(values: list[str] | None, option: str) -> dict[str, str]:
    """``["a=b"]`` as ``{"a": "b"}``.

    Raises
    ------
    GaitsmithError
        Where a value has no ``=``.
    """
    from gaitsmith.errors import GaitsmithError

    out = {}
    for value in values or []:
        name, sign, what = value.partition("=")
        if not sign or not name or not what:
            raise GaitsmithError("not a pair", place=f"option {option}", found=value,
                                 expected="name=value")  # fmt: skip
        out[name.strip()] = what.strip()
    return out


def said(
    *,
    units: list[str] | None = None,
    placement: list[str] | None = None,
    columns: list[str] | None = None,
    signs: list[str] | None = None,
    side: str | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Fields of :class:`~gaitsmith.formats.Hints` as the options say them; only those said."""
    from gaitsmith.errors import check_in

    if side is not None:
        check_in("--side", side, ("left", "right"))
    maps = {
        "units": pairs(units, "--unit"),
        "placement": pairs(placement, "--place"),
        "columns": pairs(columns, "--column"),
        "signs": _signs(signs),
    }
    told = {k: v for k, v in {**values, "side": side}.items() if v is not None}
    return told | {k: v for k, v in maps.items() if v}


def _signs(values: list[str] | None) -> dict[str, float]:
    """``["knee_angle_r=-1"]`` as ``{"knee_angle_r": -1.0}``."""
    from gaitsmith.errors import GaitsmithError

    out = {}
    for name, text in pairs(values, "--sign").items():
        if text not in ("-1", "1", "+1"):
            raise GaitsmithError("not a sign", place="option --sign", found=f"{name}={text}",
                                 expected="-1 (the file counts it the other way round) or 1 (as gaitsmith does)",
                                 remedy=f"say --sign {name}=-1, or leave it out")  # fmt: skip
        out[name] = float(text)
    return out


def refuse_given(options: Mapping[str, Any], belongs: str) -> None:
    """Nothing where none of `options` was given.

    Raises
    ------
    GaitsmithError
        Naming the first that was: it would have no effect.
    """
    from gaitsmith.errors import GaitsmithError

    for name, value in options.items():
        if value is not None and value is not False and value != []:
            raise GaitsmithError("the option has no effect here", place=f"option {name}",
                                 expected=f"{name} belongs to {belongs}", remedy=f"leave {name} out")  # fmt: skip


def hints_from(**options: Any) -> Any:
    """The :class:`~gaitsmith.formats.Hints` that the options say."""
    from gaitsmith.formats import Hints

    return Hints(**said(**options))


def factors(scale: list[str]) -> dict[str, float]:
    """Factor by coordinate of ``name=number`` words."""
    from gaitsmith.errors import GaitsmithError

    factors = {}
    for name, text in pairs(scale, "--scale").items():
        try:
            factors[name] = float(text)
        except ValueError:
            raise GaitsmithError("not a factor", place=f"option --scale {name}", found=text,
                                 expected="a number: lumbar_bending=2") from None  # fmt: skip
    return factors
