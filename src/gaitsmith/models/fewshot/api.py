"""The functions users call: strides in, a personal model out; new strides of that person.

>>> from gaitsmith.models.fewshot.api import personalize, generate
>>> me = personalize([recording], speed_m_s=1.2)              # doctest: +SKIP
>>> walk = generate(me, 50, seed=0).recording                 # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import generator
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot
from gaitsmith.models.fewshot.personal import Personal
from gaitsmith.models.fewshot.sources import SIDES, angle_cycles, shank_cycles
from gaitsmith.recording import Event, Events, Note, Recording, Stream
from gaitsmith.sections import Table

__all__ = ["PRIORS", "Generated", "generate", "personalize"]

Array = npt.NDArray[np.float64]
#: Bundled population of each kind of strides.
PRIORS = {"angles": "fewshot-angles", "shank": "fewshot-shank"}
# Fewer strides than this: the SD of the stride time is the usual 2 % of its mean (Hausdorff JM,
# 2005, J Neuroeng Rehabil 2:19: 1-3 %).
_MOST = 1000


def personalize(
    recordings: Sequence[Recording], *, kind: str = "auto", speed_m_s: float | None = None,
    strides: int | None = None, model: FewShot | None = None,
) -> Personal:  # fmt: skip
    """A personal model from a person's recordings.

    Parameters
    ----------
    recordings
        Of one person; joint angles, or sensors on the shanks.
    kind
        ``"angles"``, ``"shank"``, or ``"auto"``: angles where there are any.
    speed_m_s
        Where it cannot be measured from the recording.
    strides
        Only the first so many of each leg.
    model
        The population; default: the bundled one of the kind.

    Raises
    ------
    GaitsmithError
        Where there is nothing to learn from.
    """
    if not recordings:
        raise MissingInputError("no recording", place="argument recordings")
    if kind == "auto":
        kind = "angles" if any(r.angles is not None for r in recordings) else "shank"
    if kind not in PRIORS:
        raise GaitsmithError("no such kind of strides", place="argument kind", found=kind,
                             expected="angles, shank or auto")  # fmt: skip
    used = model or FewShot.from_pretrained(PRIORS[kind])
    parts = []
    for i, r in enumerate(recordings):
        one = r if r.name else r.replace(name=f"recording {i + 1}")
        if kind == "shank":
            parts.append(shank_cycles(one))
        else:
            speed = _speed(one) if speed_m_s is None else speed_m_s
            parts.append(angle_cycles(one, speed_m_s=speed, labels=used.labels, points=used.shape[0]))  # fmt: skip
    cycles = Cycles.joined(parts)
    if strides is not None:
        cycles = cycles.take(np.concatenate([np.flatnonzero(cycles.side == s)[:strides] for s in SIDES]))  # fmt: skip
    return Personal(used, cycles, kind)


def _speed(recording: Recording) -> float:
    """m/s, measured from points or from the feet under the angles.

    Raises
    ------
    MissingInputError
        Where the recording does not tell it.
    """
    from gaitsmith.body import points_from_angles
    from gaitsmith.gait.frame import progression

    try:
        way = progression(recording if recording.points is not None else points_from_angles(recording))  # fmt: skip
    except MissingInputError as error:
        raise MissingInputError("the walking speed is not known", file=recording.name or None,
                                remedy="give it: --speed (m/s)") from error  # fmt: skip
    if way.mode == "standing":
        raise MissingInputError("nobody walks here", file=recording.name or None)
    return float(way.speed)


@dataclass(frozen=True)
class Generated:
    """New strides of a person.

    Attributes
    ----------
    cycles
        leg -> stride × time × channel.
    recording
        The strides one after the other on a clock.
    """

    cycles: dict[str, Array]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    recording: Recording
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> Table:
        """A row a stride and sample, long."""
        rows = [
            (side, i + 1, 100.0 * t / (len(one) - 1), *one[t].tolist())
            for side, many in self.cycles.items()
            for i, one in enumerate(many)
            for t in range(len(one))
        ]
        return Table("strides", "Generated strides", ("side", "stride", "percent", *self.labels), rows)  # fmt: skip


def generate(
    me: Personal, count: int, *, seed: int | np.random.Generator, speed_m_s: float | None = None,
    rate_hz: float = 100.0,
) -> Generated:  # fmt: skip
    """New strides of the person, each leg's from its own.

    Raises
    ------
    GaitsmithError
        Where the number is not one from 1 to 1000, or a speed is needed.
    """
    if not 1 <= count <= _MOST:
        raise GaitsmithError("cannot generate so many strides", place="argument count", found=count,
                             expected=f"1 to {_MOST}")  # fmt: skip
    rng = generator(seed)
    out: dict[str, Array] = {}
    speed = me.speed if speed_m_s is None else speed_m_s
    for side in SIDES:
        mine = me.cycles.side == side
        if mine.any():
            out[side] = me.model.adapt(me.cycles.take(mine)).generate(count, seed=rng, speed_m_s=speed)  # fmt: skip
    notes = [Note("assumption", "generated", "each leg's strides are drawn by themselves: left and right do not answer each other")]  # fmt: skip
    if len(me.cycles) < 3:
        notes.append(Note("assumption", "stride time", "of fewer than three strides the usual variation of 2 % is taken"))  # fmt: skip
    return Generated(out, me.model.labels, me.model.units, _played(me, out, rng, rate_hz), tuple(notes))  # fmt: skip


def _played(me: Personal, cycles: dict[str, Array], rng: np.random.Generator, rate: float) -> Recording:  # fmt: skip
    """The strides on a clock; the left leg half a stride after the right; seams are eased."""
    from gaitsmith import channels

    mean, sd = me.duration
    if not np.isfinite(mean):
        mean, sd = 1.1, 0.02
    count = max(len(c) for c in cycles.values())
    seconds = np.clip(mean + sd * rng.standard_normal(count), 0.8 * mean, 1.2 * mean)
    edges = np.concatenate([[0.0], np.cumsum(seconds)])
    times = np.arange(int(edges[-1] * rate)) / rate
    columns: dict[str, Array] = {}
    events = []
    for side, many in cycles.items():
        shift = 0.0 if side == "right" or len(cycles) == 1 else 0.5 * mean
        eased = _eased(many)
        # Before its first stride the other leg is in the middle of one.
        mine = np.where(times < shift, times - shift + seconds[0], times - shift)
        at = np.clip(np.searchsorted(edges, mine, side="right") - 1, 0, count - 1)
        phase = np.clip((mine - edges[at]) / seconds[at], 0.0, 1.0) * (many.shape[1] - 1)
        low = np.minimum(phase.astype(np.intp), many.shape[1] - 2)
        part = (phase - low)[:, None]
        data = (1 - part) * eased[at, low] + part * eased[at, low + 1]
        for k, name in enumerate(me.model.labels):
            row = channels.channels().get(name)
            midline = me.kind == "angles" and row is not None and row.side is None and name.startswith("pelvis")  # fmt: skip
            if midline:
                if side == "right" or len(cycles) == 1:
                    columns[name] = data[:, k] * (1.0 if side == "right" else (row.mirror_sign if row else 1.0))  # fmt: skip
            else:
                columns[f"{name}_{side[0]}"] = data[:, k]
        if me.kind == "angles":
            which: Side = "right" if side == "right" else "left"
            events += [Event(float(e + shift), which, "strike", "generated") for e in edges if e + shift <= times[-1]]  # fmt: skip
    if me.kind == "angles":
        stream = Stream(
            "angles", np.stack(list(columns.values()), axis=1), tuple(columns), rate=rate
        )
    else:
        sides = [s[0] for s in cycles]
        data = np.stack([np.stack([columns[f"{x}_{s}"] * (_mirror(x) if s == "l" else 1.0) for x in me.model.labels], axis=1) for s in sides], axis=1)  # fmt: skip
        stream = Stream("imu", data, tuple(f"shank_{s}" for s in sides), rate=rate, attrs={"lateral_axis": 1})  # fmt: skip
    return Recording(streams={stream.kind: stream}, events=Events(events), name="generated")


def _mirror(axis: str) -> float:
    """Sign with which a left sensor's axis was written as a right one's (lateral axis y)."""
    lateral = axis.endswith("_y")
    return (-1.0 if lateral else 1.0) * (1.0 if axis.startswith("acc") else -1.0)


def _eased(many: Array) -> Array:
    """Strides whose last and first samples meet half-way, eased over a tenth of the stride."""
    out = many.copy()
    time = many.shape[1]
    w = np.clip(1.0 - np.arange(time) / (0.1 * time), 0.0, 1.0)[:, None]
    ends = 0.5 * (many[:-1, -1] + many[1:, 0])
    out[1:] += (ends - many[1:, 0])[:, None] * w
    out[:-1] += (ends - many[:-1, -1])[:, None] * w[::-1]
    return out
