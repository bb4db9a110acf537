"""What every model shares: a strict configuration, weights without pickles, a card, a seed.

A model is a frozen :class:`Config` (what a person chose), named arrays (what was learnt) and a
:class:`Card` (from whom, on what terms). On disk it is a folder with ``config.json``,
``weights.npz`` and ``card.json``; ``docs/models.csv`` lists the bundled ones.

The constructor stores and checks; it never trains, reads files or draws random numbers.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from importlib import import_module, resources
from pathlib import Path
from typing import Any, ClassVar, Self, get_type_hints

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError, GaitsmithError, check_in, did_you_mean
from gaitsmith.files import write_bytes, write_text

__all__ = ["BUNDLED", "Card", "Config", "Model", "bundled", "generator", "models_csv"]

Array = npt.NDArray[np.float64]

#: Models whose weights are in the package: name -> (package of the folder, module, class).
BUNDLED: dict[str, tuple[str, str, str]] = {
    "speed-statistical": (
        "gaitsmith.models.speed.weights",
        "gaitsmith.models.speed.default",
        "StatisticalSpeed",
    ),
}
_LAYOUT = 1


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """A generator from a seed, or the one given.

    Raises
    ------
    GaitsmithError
        Where the seed is not a whole number of 0 or more.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    # A bool is an int to Python, not to a person.
    whole = type(seed) is int or isinstance(seed, np.integer)
    if not whole or seed < 0:
        raise GaitsmithError("not a seed", place="argument seed", found=seed,
                             expected="a whole number of 0 or more")  # fmt: skip
    return np.random.default_rng(int(seed))


@dataclass(frozen=True, kw_only=True)
class Config:
    """Base of every configuration: a frozen dataclass whose fields are int, float, bool or str.

    Subclasses may give ``BOUNDS``: field -> (least, most).
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {}

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for f in fields(self):
            value = getattr(self, f.name)
            wanted = hints[f.name]
            if wanted is float and isinstance(value, int) and not isinstance(value, bool):
                value = float(value)
                object.__setattr__(self, f.name, value)
            # A bool is an int to Python, not to a person.
            if type(value) is not wanted:
                raise GaitsmithError("a setting has the wrong type", place=f"setting {f.name}",
                                     found=value, expected=wanted.__name__)  # fmt: skip
            low, high = self.BOUNDS.get(f.name, (-np.inf, np.inf))
            if isinstance(value, (int, float)) and not low <= value <= high:
                raise GaitsmithError("a setting is out of its range", place=f"setting {f.name}",
                                     found=value, expected=f"{low:g} to {high:g}")  # fmt: skip

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

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


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
    """

    data: str = "nothing: not trained"
    terms: str = ""
    cite: tuple[str, ...] = ()
    people: str = ""
    limits: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Card:
        """The inverse of ``asdict``."""
        plain: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**plain)


class Model:
    """Base of every model.

    Parameters
    ----------
    config
        Of the class's ``CONFIG``.
    weights
        Arrays by name; empty before training.
    card
        From whom the weights were learnt.
    """

    #: Name of the kind of model; stands in its files.
    NAME: ClassVar[str] = ""
    CONFIG: ClassVar[type[Config]] = Config

    def __init__(
        self, config: Config | None = None, weights: Mapping[str, npt.NDArray[Any]] | None = None,
        card: Card | None = None,
    ) -> None:  # fmt: skip
        self.config = self.CONFIG() if config is None else config
        if not isinstance(self.config, self.CONFIG):
            raise GaitsmithError("the configuration is of another model", place=self.NAME,
                                 found=type(self.config).__name__, expected=self.CONFIG.__name__)  # fmt: skip
        self.weights = {k: _frozen(v) for k, v in (weights or {}).items()}
        self.card = card or Card()

    @property
    def trained(self) -> bool:
        """Whether there are weights."""
        return bool(self.weights)

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return int(sum(w.size for w in self.weights.values() if w.dtype.kind in "fiu"))

    def digest(self) -> str:
        """SHA-256 of configuration and weights."""
        h = hashlib.sha256(json.dumps(self.config.to_dict(), sort_keys=True).encode())
        for name in sorted(self.weights):
            w = self.weights[name]
            h.update(f"{name}{w.dtype}{w.shape}".encode() + np.ascontiguousarray(w).tobytes())
        return h.hexdigest()

    def save_pretrained(self, folder: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``config.json``, ``weights.npz`` and ``card.json`` to a folder."""
        target = Path(folder)
        about = {"layout": _LAYOUT, "model": self.NAME, "config": self.config.to_dict()}
        write_text(target / "config.json", json.dumps(about, indent=1) + "\n", force=force)
        write_bytes(target / "weights.npz", _packed(self.weights), force=force)
        write_text(target / "card.json", json.dumps(asdict(self.card), indent=1) + "\n", force=force)  # fmt: skip

    @classmethod
    def from_pretrained(cls, name: str | os.PathLike[str]) -> Self:
        """A bundled model by its name, or one from a folder that was saved.

        Raises
        ------
        GaitsmithError
            Where there is none, or it is a model of another kind.
        """
        with _folder(name) as folder:
            try:
                about = json.loads((folder / "config.json").read_text("utf-8"))
                card = Card.from_dict(json.loads((folder / "card.json").read_text("utf-8")))
                weights = _unpacked((folder / "weights.npz").read_bytes())
                layout, kind, config = about["layout"], about["model"], about["config"]
            except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
                raise FormatError("not a saved model", file=name, found=str(error),
                                  expected="config.json, weights.npz and card.json")  from error  # fmt: skip
        if layout != _LAYOUT or kind != cls.NAME:
            raise FormatError("a model of another kind or layout", file=name,
                              found=f"{kind}, layout {layout}",
                              expected=f"{cls.NAME}, layout {_LAYOUT}")  # fmt: skip
        return cls(cls.CONFIG.from_dict(config), weights, card)


def bundled(name: str) -> Model:
    """A bundled model of whatever kind.

    Raises
    ------
    GaitsmithError
        With the nearest name, where there is none.
    """
    _, module, kind = BUNDLED[check_in("model", name, BUNDLED)]
    made: Model = getattr(import_module(module), kind).from_pretrained(name)
    return made


def models_csv() -> str:
    """The text of ``docs/models.csv``: a row a bundled model with its parameter count."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["name", "class", "parameters", "sha256", "data", "terms"])
    for name, (_, module, kind) in BUNDLED.items():
        m = bundled(name)
        rows.writerow([name, f"{module}.{kind}", m.parameters, m.digest()[:16], m.card.data, m.card.terms])  # fmt: skip
    return out.getvalue()


@contextmanager
def _folder(name: str | os.PathLike[str]) -> Iterator[Path]:
    if isinstance(name, str) and name in BUNDLED:
        with resources.as_file(resources.files(BUNDLED[name][0]).joinpath(name)) as folder:
            yield folder
        return
    folder = Path(name)
    if not folder.is_dir():
        raise GaitsmithError("no such model", found=os.fspath(name),
                             expected=f"a folder, or one of {', '.join(BUNDLED)}",
                             remedy=did_you_mean(os.fspath(name), BUNDLED) or None)  # fmt: skip
    yield folder


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    out = np.array(array)
    if out.dtype.hasobject:
        raise GaitsmithError("weights are numbers or text, never objects", place="argument weights")
    out.flags.writeable = False
    return out


def _packed(weights: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """An .npz whose bytes depend on the content only (no times of day in the zip)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name in sorted(weights):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.asarray(weights[name]), allow_pickle=False)
            z.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue(),
                       zipfile.ZIP_DEFLATED)  # fmt: skip
    return out.getvalue()


def _unpacked(data: bytes) -> dict[str, npt.NDArray[Any]]:
    with np.load(io.BytesIO(data), allow_pickle=False) as z:
        return {k: z[k] for k in z.files}
