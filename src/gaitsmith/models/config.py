"""What a person chose of a model or a training: strict, plain values that can be read and saved."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

import numpy as np

from gaitsmith.errors import FormatError, GaitsmithError, check_in, did_you_mean

__all__ = ["Config", "read_toml", "shipped"]


@dataclass(frozen=True, kw_only=True)
class Config:
    """Base of every configuration: a frozen dataclass of plain values.

    Fields are int, float, bool, str, or tuples of one of them (``tuple[int, ...]``). Subclasses
    may give ``BOUNDS``: field -> (least, most), which holds for each entry of a tuple, and
    ``CHOICES``: field -> allowed words.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {}
    CHOICES: ClassVar[Mapping[str, Sequence[str]]] = {}

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for f in fields(self):
            value, wanted = getattr(self, f.name), hints[f.name]
            if get_origin(wanted) is tuple:
                if not isinstance(value, (tuple, list)):
                    raise GaitsmithError("a setting has the wrong type", place=f"setting {f.name}",
                                         found=value, expected=f"a list of {get_args(wanted)[0].__name__}")  # fmt: skip
                value = tuple(self._checked(f.name, v, get_args(wanted)[0]) for v in value)
            else:
                value = self._checked(f.name, value, wanted)
            object.__setattr__(self, f.name, value)

    def _checked(self, name: str, value: Any, wanted: type) -> Any:
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        # A bool is an int to Python, not to a person.
        if type(value) is not wanted:
            raise GaitsmithError("a setting has the wrong type", place=f"setting {name}",
                                 found=value, expected=wanted.__name__)  # fmt: skip
        low, high = self.BOUNDS.get(name, (-np.inf, np.inf))
        if isinstance(value, (int, float)) and not low <= value <= high:
            raise GaitsmithError("a setting is out of its range", place=f"setting {name}",
                                 found=value, expected=f"{low:g} to {high:g}")  # fmt: skip
        if name in self.CHOICES:
            check_in(f"setting {name}", str(value), list(self.CHOICES[name]))
        return value

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From plain values; unknown names are refused.

        Raises
        ------
        GaitsmithError
            With the nearest name.
        """
        names = [f.name for f in fields(cls)]
        for name in values:
            if name not in names:
                raise GaitsmithError("no such setting", place=cls.__name__, found=name,
                                     expected=f"one of {', '.join(names)}",
                                     remedy=did_you_mean(name, names) or None)  # fmt: skip
        return cls(**values)

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str], table: str = "") -> Self:
        """From a TOML file, or from one ``[table]`` of it (defaults where there is none).

        Raises
        ------
        GaitsmithError
            Where the file cannot be read, or a setting is unknown or wrong.
        """
        values = read_toml(path)
        return cls.from_dict(values.get(table, {}) if table else values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON gives them back."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


def shipped(capability: str, name: str) -> dict[str, Any]:
    """The tables of the settings file ``models/<capability>/config/<name>.toml`` that ships with us.

    Raises
    ------
    FormatError
        Where there is none of that name.
    """
    from importlib import resources

    folder = resources.files(f"gaitsmith.models.{capability}").joinpath("config")
    with resources.as_file(folder.joinpath(f"{name}.toml")) as path:
        return read_toml(path)


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A TOML file's tables.

    Raises
    ------
    FormatError
        Where it is not there or not TOML.
    """
    import tomllib
    from pathlib import Path

    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError("the settings cannot be read", file=path, found=str(error),
                          expected="a TOML file") from error  # fmt: skip
