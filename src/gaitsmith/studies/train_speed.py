"""Train a speed network on a store: ``gaitsmith train speed``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.files import write_text
from gaitsmith.models.config import Config, read_toml
from gaitsmith.training import Progress, Task, TrainConfig, fit

if TYPE_CHECKING:
    from gaitsmith.models.base import Card, Model
    from gaitsmith.studies.speed_sequences import Found

__all__ = ["KINDS", "DataConfig", "Plan", "plan", "plan_default", "shipped_settings", "train"]

#: Kinds of network and the settings that ship for each.
KINDS = {"diffusion": "diffusion-cpu", "mlp": "mlp", "tcn": "tcn"}
_TABLES = ("model", "train", "data")


@dataclass(frozen=True, kw_only=True)
class DataConfig(Config):
    """Which people, and how they are divided.

    Attributes
    ----------
    sets
        Of the store; none named: all.
    train, valid, test
        Proportions of people; the published 13 / 4 / 5.
    seed
        Of the division and of the pairs.
    pairs, valid_pairs
        Training pairs, and pairs that a validation looks at.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[float, float]]] = {
        "train": (1, 1e6), "valid": (1, 1e6), "test": (0, 1e6), "seed": (0, 2**31),
        "pairs": (1, 1e9), "valid_pairs": (1, 1e9),
    }  # fmt: skip
    sets: tuple[str, ...] = ()
    train: int = 13
    valid: int = 4
    test: int = 5
    seed: int = 0
    pairs: int = 100_000
    valid_pairs: int = 256


@dataclass(frozen=True)
class Plan:
    """All settings of a training."""

    kind: str
    model: Config
    train: TrainConfig
    data: DataConfig


def shipped_settings() -> dict[str, str]:
    """Name -> text of the settings that ship (``config/*.toml``)."""
    folder = resources.files("gaitsmith.models.speed").joinpath("config")
    return {f.name.removesuffix(".toml"): f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".toml")}  # fmt: skip


def _given(config: Path | None) -> tuple[dict[str, Any], str]:
    """The tables of a file, or of settings that ship, by their name; and that name."""
    if config is None:
        return {}, ""
    if config.suffix == "" and not config.exists():
        name = check_in("settings", str(config), sorted(shipped_settings()))
        return tomllib.loads(shipped_settings()[name]), name
    return read_toml(config), ""


def plan_default(config: Path | None = None, seed: int | None = None, **others: Any) -> DataConfig:
    """People of ``--model statistical``: the table data alone, for it takes no steps.

    Raises
    ------
    GaitsmithError
        Where something is given that it has no use for.
    """
    given, _ = _given(config)
    idle = [f"table {t}" for t in given if t != "data"] + [f"--{k}" for k, v in others.items() if v]
    if idle:
        raise GaitsmithError("the statistical model has no use for this", found=", ".join(idle),
                             expected="people (table data) and a seed of their division")  # fmt: skip
    values = given.get("data", {}) | ({} if seed is None else {"seed": seed})
    return DataConfig.from_dict(values)


def plan(kind: str = "diffusion", config: Path | None = None, **changes: Any) -> Plan:
    """Settings from a TOML file (tables model, train, data) over those that ship for the kind.

    Instead of a file, `config` may name settings that ship (:func:`shipped_settings`), which are
    taken as they are: ``diffusion-paper``.

    `changes` are of the table train and win over both.

    Raises
    ------
    GaitsmithError
        Where the kind, a table or a setting is unknown or wrong, named settings are another
        kind's, or ``aligned`` could do nothing.
    """
    from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig

    usual = KINDS[check_in("model", kind, KINDS)]
    given, name = _given(config)
    if name and name.partition("-")[0] != kind:
        mine = sorted(n for n in shipped_settings() if n.partition("-")[0] == kind)
        raise GaitsmithError("these settings are another model's", place="option --config", found=name,
                             expected=f"{' or '.join(mine)} for --model {kind}")  # fmt: skip
    values = {} if name else tomllib.loads(shipped_settings()[usual])
    for table in given:
        check_in("table", table, _TABLES)
    merged = {t: {**values.get(t, {}), **given.get(t, {})} for t in _TABLES}
    merged["train"] |= {k: v for k, v in changes.items() if v is not None}
    model = (DiffusionConfig if kind == "diffusion" else BaselineConfig).from_dict(merged["model"])
    _free_to_align(model)
    return Plan(kind, model, TrainConfig.from_dict(merged["train"]),
                DataConfig.from_dict(merged["data"]))  # fmt: skip


def _free_to_align(model: Config) -> None:
    """Refuses ``aligned`` where the crop is the whole sequence: every window begins at its start."""
    v = model.to_dict()
    if v["aligned"] and not 0 <= v["crop"] < v["samples"]:
        raise GaitsmithError("targets cannot be put in phase: a window is the whole sequence", place="setting aligned",
                             found=f"crop {v['crop']} of {v['samples']} samples",
                             remedy="a crop shorter by a stride, or aligned = false")  # fmt: skip


def train(
    data: Path, out: Path, settings: Plan, *, resume: bool = False,
    say: Callable[[str], None] = lambda _: None, reading: Callable[[int, int], None] | None = None,
    progress: Progress | None = None,
) -> Model:  # fmt: skip
    """Read the store, divide its people, fit, and leave the run and ``people.json`` in `out`.

    Raises
    ------
    GaitsmithError
        As :func:`gaitsmith.training.fit` and :func:`gaitsmith.studies.speed_sequences.sequences`.
    """
    from gaitsmith.studies.speed_sequences import divided, sequences

    d = settings.data
    found = sequences(data, d.sets, samples=int(settings.model.to_dict()["samples"]), progress=reading)  # fmt: skip
    people = found.sequences.people
    parts = divided(people, (d.train, d.valid, d.test), d.seed)
    say(f"{len(found.sequences)} walks of {len(people)} people at {found.sequences.speed.min():.2f} to "
        f"{found.sequences.speed.max():.2f} m/s: {len(parts[0])} train, {len(parts[1])} validate, {len(parts[2])} are kept")  # fmt: skip
    if found.skipped:
        reasons = list(found.skipped.values())
        counts = ", ".join(f"{reasons.count(r)} × {r}" for r in dict.fromkeys(reasons))
        say(f"{len(reasons)} recordings are not used: {counts}")
    task = _task(settings, found, parts, _card(data, found, parts, settings))
    model = fit(task, settings.train, out, resume=resume, say=say, progress=progress)
    facts = {"train": parts[0], "valid": parts[1], "test": parts[2], "skipped": found.skipped}
    write_text(out / "people.json", json.dumps(facts, indent=1) + "\n", force=True)
    return model


def _task(settings: Plan, found: Found, parts: Sequence[Sequence[str]], card: Card) -> Task:
    from gaitsmith.models.speed.network_config import BaselineConfig, DiffusionConfig
    from gaitsmith.models.speed.task import BaselineTask, DiffusionTask

    d, used = settings.data, found.sequences.of([*parts[0], *parts[1]])
    facts: dict[str, Any] = {"pairs": d.pairs, "valid_pairs": d.valid_pairs, "seed": d.seed, "card": card}  # fmt: skip
    if isinstance(settings.model, DiffusionConfig):
        return DiffusionTask(settings.model, used, parts[1], **facts)
    if not isinstance(settings.model, BaselineConfig):
        raise GaitsmithError("not settings of a speed network", found=type(settings.model).__name__)
    return BaselineTask(settings.kind, settings.model, used, parts[1], **facts)  # type: ignore[arg-type]


def _card(data: Path, found: Found, parts: Sequence[Sequence[str]], settings: Plan) -> Card:
    """Who was learnt from, under which terms: from the store's own facts."""
    from gaitsmith.datasets import Store
    from gaitsmith.models.base import Card

    used = sorted({*parts[0], *parts[1]})
    sets = sorted({p.partition("/")[0] for p in used})
    about = Store(data).sets
    mine = found.sequences.of(used)
    restricted = [s for s in sets if about[s].get("derived") != "yes"]
    limits = [
        "no clinical decision rests on it",
        f"walking at {mine.speed.min():.2f} to {mine.speed.max():.2f} m/s; sagittal hip, knee and ankle of both legs",
        *(f"learnt from {s}, whose terms restrict what is derived from it: {about[s].get('licence', '')}" for s in restricted),
    ]  # fmt: skip
    return Card(
        data=", ".join(f"{s} ({sum(p.startswith(s + '/') for p in used)} people)" for s in sets),
        terms="; ".join(f"{s}: {about[s].get('licence', 'not stated')}" for s in sets),
        cite=tuple(str(about[s]["cite"]) for s in sets if about[s].get("cite")),
        people=f"{len(parts[0])} people trained, {len(parts[1])} chose the best; "
        f"{len(mine)} walks of {int(settings.model.to_dict()['samples']) / 20:g} s",
        limits=tuple(limits),
        use=("gaitsmith evaluate speed --model RUN --data STORE",),
        made=f"gaitsmith train speed --model {settings.kind} --data STORE --config speed.toml --out RUN",
        seed=settings.train.seed, trained_on=tuple(used),
    )  # fmt: skip
