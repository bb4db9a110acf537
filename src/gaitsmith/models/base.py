"""What every model shares: a strict configuration, weights without pickles, a card, a seed.

A model is a frozen :class:`Config` (what a person chose), named arrays (what was learnt) and a
:class:`Card` (from whom, on what terms). On disk it is a folder with ``config.json``,
``weights.safetensors``, ``card.json`` and, for people, ``card.md``; ``docs/models.csv`` lists the
bundled ones. Networks build on :mod:`gaitsmith.models.networks`.

The constructor stores and checks; it never trains, reads files or draws random numbers.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module, resources
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError, GaitsmithError, check_in, did_you_mean
from gaitsmith.files import write_bytes, write_text
from gaitsmith.models.card import Card
from gaitsmith.models.config import Config
from gaitsmith.models.hub import cached, is_name
from gaitsmith.models.packed import pack, unpack

__all__ = [
    "BUNDLED",
    "FILES",
    "Card",
    "Config",
    "Model",
    "bundled",
    "generator",
    "models_csv",
    "open_model",
]

Array = npt.NDArray[np.float64]

#: Models whose weights are in the package: name -> "module:class". The weights lie in the folder
#: ``weights/<name>`` (a package of its own) beside the module.
BUNDLED: dict[str, str] = {
    "speed-statistical": "gaitsmith.models.speed.default:StatisticalSpeed",
    "speed-diffusion": "gaitsmith.models.speed.network_model:SpeedDiffusion",
    "phase-foot": "gaitsmith.models.phase.model:PhaseModel",
    "phase-foot-gyr": "gaitsmith.models.phase.model:PhaseModel",
    "phase-shank": "gaitsmith.models.phase.model:PhaseModel",
    "phase-thigh": "gaitsmith.models.phase.model:PhaseModel",
    "forces-posterior": "gaitsmith.models.forces.posterior:StancePosterior",
    "forces-completion": "gaitsmith.models.forces.completion:StrideGaussian",
    "twin": "gaitsmith.models.twin.default:TwinModel",
    "fewshot-angles": "gaitsmith.models.fewshot.default:FewShot",
    "fewshot-shank": "gaitsmith.models.fewshot.default:FewShot",
}
#: What a saved model consists of.
FILES = ("config.json", "weights.safetensors", "card.json", "card.md")
_LAYOUT = 2


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
        """Write :data:`FILES` to a folder.

        Raises
        ------
        GaitsmithError
            Where there is a model already and `force` is false.
        """
        target = Path(folder)
        made = type(self)
        about = {"layout": _LAYOUT, "model": self.NAME, "class": f"{made.__module__}:{made.__qualname__}",
                 "config": self.config.to_dict()}  # fmt: skip
        facts = {"class": f"`{about['class']}`", "numbers learnt": f"{self.parameters:,}",
                 "SHA-256": self.digest()[:16], "settings": ", ".join(f"{k} = {v}" for k, v in self.config.to_dict().items())}  # fmt: skip
        contents = (json.dumps(about, indent=1) + "\n", pack(self.weights),
                    json.dumps(asdict(self.card), indent=1) + "\n", self.card.markdown(self.NAME, facts))  # fmt: skip
        for file, content in zip(FILES, contents, strict=True):
            write = write_bytes if isinstance(content, bytes) else write_text
            write(target / file, content, force=force)  # type: ignore[arg-type]

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
                about = json.loads((folder / FILES[0]).read_text("utf-8"))
                card = Card.from_dict(json.loads((folder / FILES[2]).read_text("utf-8")))
                weights = unpack((folder / FILES[1]).read_bytes())
                layout, kind, config = about["layout"], about["model"], about["config"]
            except (OSError, ValueError, KeyError, TypeError, FormatError) as error:
                raise FormatError("not a saved model", file=name, found=str(error),
                                  expected=f"{', '.join(FILES[:2])} and {FILES[2]}")  from error  # fmt: skip
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
    return _class(BUNDLED[check_in("model", name, BUNDLED)]).from_pretrained(name)


def open_model(name: str | os.PathLike[str]) -> Model:
    """A model of whatever kind: a bundled one by its name, or one from a folder, as it says of itself.

    Raises
    ------
    GaitsmithError
        Where there is none, or its kind is not one of this package.
    """
    if isinstance(name, str) and name in BUNDLED:
        return bundled(name)
    with _folder(name) as folder:
        try:
            kind = json.loads((folder / FILES[0]).read_text("utf-8"))["class"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FormatError("not a saved model", file=name, found=str(error),
                              expected=f"{', '.join(FILES[:2])} and {FILES[2]}")  from error  # fmt: skip
    return _class(kind).from_pretrained(name)


def _class(path: object) -> type[Model]:
    """The class of ``"module:class"``; only modules of this package are imported."""
    module, _, kind = str(path).partition(":")
    found = None
    if module.startswith("gaitsmith.models."):
        try:
            found = getattr(import_module(module), kind, None)
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith("gaitsmith"):
                raise
    if not (isinstance(found, type) and issubclass(found, Model)):
        raise FormatError("a kind of model that this version does not have", found=str(path),
                          expected=f"one such as {next(iter(BUNDLED.values()))}")  # fmt: skip
    return found


def models_csv() -> str:
    """The text of ``docs/models.csv``: a row a bundled model with its parameter count."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["name", "class", "parameters", "sha256", "data", "terms"])
    for name, path in BUNDLED.items():
        m = bundled(name)
        rows.writerow([name, path.replace(":", "."), m.parameters, m.digest()[:16], m.card.data, m.card.terms])  # fmt: skip
    return out.getvalue()


@contextmanager
def _folder(name: str | os.PathLike[str]) -> Iterator[Path]:
    if isinstance(name, str) and name in BUNDLED:
        package = BUNDLED[name].partition(":")[0].rpartition(".")[0]
        with resources.as_file(resources.files(f"{package}.weights").joinpath(name)) as folder:
            yield folder
        return
    if isinstance(name, str) and is_name(name):
        yield cached(name)
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
