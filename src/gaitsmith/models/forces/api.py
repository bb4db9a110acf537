"""The function users call: a motion in, the forces under both feet and the joint moments out.

>>> from gaitsmith.models.forces.api import estimate_forces
>>> result = estimate_forces(recording, osim="model.osim", mass=70.0)   # doctest: +SKIP
>>> result.recording["forces_estimated"]                                # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.body.tree import Body
from gaitsmith.channels import Side, channels
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.events import Events
from gaitsmith.models.forces.assemble import assembled
from gaitsmith.models.forces.joints import joint_dynamics, moment_sd, wrench
from gaitsmith.models.forces.motion import SIDES, Walk
from gaitsmith.models.forces.posterior import (
    Prediction,
    StanceConfig,
    StancePosterior,
    default_model,
)
from gaitsmith.models.forces.reading import walk_of, whole
from gaitsmith.models.forces.stances import (
    POINTS,
    Stance,
    Stances,
    foot_frame,
    from_foot,
    rows_of,
    stances_of,
)
from gaitsmith.models.forces.support import by_support, shared_linearly
from gaitsmith.recording import Event, Note, Recording, Stream
from gaitsmith.sections import Figure, Table
from gaitsmith.subject import MODEL_WEIGHS

__all__ = ["ForcesResult", "estimate_forces", "forces_of_walk"]

Array = npt.NDArray[np.float64]
_PLACE = "forces from motion"
#: SD of the mass, as a share: given by the person or the file; only a model's; only the size's.
MASS_SD = {"given": 0.01, "model": 0.05, "guessed": 0.12}
#: SD (body weights: forward, up, medial) of forces in running, which were not learnt; from the
#: misses on one runner (hamner_running), so a rough guess. Ours.
_RUNNING_SD = (0.09, 0.16, 0.06)
#: SD of a runner's centre of pressure (foot lengths).
_RUNNING_CENTRE_SD = 0.25
#: Further than this from what was learnt (``Prediction.far``), a warning is given.
_FAR = 1.6
#: Vertical force (N) below which there is no centre of pressure.
_TOUCH_N = 20.0
_LEGS = ("hip_", "knee_", "ankle_", "subtalar_")


@dataclass(frozen=True, eq=False)
class ForcesResult:
    """Estimated forces and what follows from them.

    Attributes
    ----------
    recording
        The recording with streams ``forces_estimated`` (``foot_r``, ``foot_l``) and, where asked,
        ``moments_estimated`` and ``powers_estimated``, on one clock, and strikes and offs.
    forces, sd
        The forces stream, and the SD of each of its values (time × 2 × 7).
    moments, powers, moment_sd
        Streams (None where not asked), and SD (time × coordinate, N·m).
    walk, stances
        What the motion said, and the stances that were estimated.
    consistency
        RMS of |ΣF - m (a - g)| over the recording, in % of body weight.
    far
        Median of how far the stances lie from those learnt (1: as usual; NaN: not learnt at all).
    mass_sd
        SD of the mass as a share of it.
    """

    recording: Recording
    forces: Stream
    sd: Array
    walk: Walk = field(repr=False)
    stances: tuple[Stance, ...] = ()
    moments: Stream | None = None
    powers: Stream | None = None
    moment_sd: Array | None = None
    consistency: float = float("nan")
    far: float = float("nan")
    mass_sd: float = 0.0
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> Table:
        """A row a foot: peaks, impulses and contact times, mean over its whole stances."""
        from gaitsmith.models.forces.show import table

        return table(self)

    def figure(self) -> Figure:
        """Forces of both feet over stance with 90 % bands."""
        from gaitsmith.models.forces.show import figure

        return figure(self)

    def band(self, z: float = 1.6449) -> tuple[Array, Array]:
        """Lower and upper bound of the central band of the forces (time × 2 × 7); 90 % by default."""
        return self.forces.data - z * self.sd, self.forces.data + z * self.sd


def estimate_forces(
    recording: Recording, osim: str | os.PathLike[str] | Body | None = None, *,
    mass: float | None = None, mass_sd: float | None = None, belt_speed: float | None = None,
    cutoff_hz: float | None = None, events: Events | None = None, period_s: float | None = None,
    model: StancePosterior | None = None, same_laboratory: bool = False, consistent: bool = False,
    moments: bool = True,
) -> ForcesResult:  # fmt: skip
    """Forces under both feet from motion alone, with bands, and the joint moments with them.

    Parameters
    ----------
    recording
        With joint angles and the pelvis' place (``.mot``), or with markers.
    osim
        The person's scaled model; None: a generic body of the person's size.
    mass, mass_sd
        kg, and its SD as a share (0.1: ± 10 %). None: the subject's; else the model's.
    belt_speed
        m/s; None: found from the standing foot.
    cutoff_hz
        Of the mass centre's path; None: chosen by its noise.
    events
        Strikes and offs that are known (of plates, by hand).
    period_s
        Stride time, for recordings of a single stride.
    model
        None: the bundled one.
    same_laboratory
        Whether the model learnt from this laboratory's people: then the net force shared in a line
        is not mixed in.
    consistent
        Whether both feet's sum is m (a - g) of the motion exactly, wherever the feet that stand are
        known. It costs accuracy where the motion is noisy (docs/results/forces.md), so it is not
        the default.
    moments
        Whether joint moments and powers are computed too.

    Raises
    ------
    MissingInputError
        Where the motion is not whole, says of no step, or nothing is known of the mass.
    """
    body = _body(osim)
    if not whole(recording) and recording.points is not None:
        from gaitsmith.gait.frame import face_forward

        recording = face_forward(recording)
    mass, share, words = _mass(recording, body, mass, mass_sd)
    walk = walk_of(recording, body, mass=mass, belt_speed=belt_speed, cutoff_hz=cutoff_hz,
                   events=events, period_s=period_s)  # fmt: skip
    walk = replace(walk, notes=(*walk.notes, words))
    return forces_of_walk(recording, walk, mass_sd=share, model=model, same_laboratory=same_laboratory,
                          consistent=consistent, moments=moments)  # fmt: skip


def forces_of_walk(
    recording: Recording, walk: Walk, *, mass_sd: float = 0.0, model: StancePosterior | None = None,
    same_laboratory: bool = False, consistent: bool = False, moments: bool = True,
) -> ForcesResult:  # fmt: skip
    """The same for a motion that was read already; see :func:`estimate_forces`."""
    notes = list(walk.notes)
    stances = [
        s for s in stances_of(walk, whole=False) if s.off > walk.span[0] and s.strike < walk.span[1]
    ]
    if not stances:
        raise MissingInputError(
            "no stance was found", place=_PLACE, expected="strikes and offs of a foot"
        )
    if any(not s.told for s in stances):
        n = sum(not s.told for s in stances)
        notes.append(Note("assumption", _PLACE, f"of {n} of {len(stances)} stances a contact was not found "
                          "and is taken half a stride from the other foot's"))  # fmt: skip
    rows = rows_of(walk, stances)
    model = model or default_model()
    told = predicted(walk, stances, rows, model, same_laboratory, notes)
    settings = model.config
    assert isinstance(settings, StanceConfig)
    total = walk.walking_frame(walk.net) / walk.weight
    # In running the net force has been put into the stances already.
    net_sd = (np.inf if walk.running and not consistent else settings.net_sd,) * 3
    force, sd = assembled(
        walk.times, total, stances, told.force, told.force_sd, net_sd=net_sd, exact=consistent
    )
    inside = slice(
        *np.searchsorted(walk.times, (walk.span[0] - 1e-6, walk.span[1] + 1e-6)).tolist()
    )
    missed = (force["right"] + force["left"] - total)[inside]
    consistency = float(100 * np.sqrt(np.mean((missed**2).sum(axis=1))))
    forces, spread = _stream(walk, stances, force, sd, told, mass_sd)
    if np.isfinite(told.far).any() and float(np.median(told.far)) > _FAR:
        notes.append(Note("warning", _PLACE, "this gait is unlike those the model has seen: the bands are "
                          f"{np.median(told.far):.1f} times as wide as usual"))  # fmt: skip
    notes.append(Note("assumption", _PLACE, "forces are estimated, not measured; both feet together differ "
                      f"from m (a - g) of the motion by {consistency:.1f} % of body weight (RMS)"))  # fmt: skip
    notes.append(Note("assumption", _PLACE, "the free moment about the vertical is taken as 0"))
    result = ForcesResult(
        recording, forces.at(inside), spread[inside], walk, tuple(stances), consistency=consistency,
        far=float(np.median(told.far)), mass_sd=mass_sd, notes=tuple(notes),
    )  # fmt: skip
    if moments:
        result = _with_moments(result, walk, forces, spread, inside)
    return _finished(recording, result)


def predicted(  # noqa: PLR0917
    walk: Walk, stances: Sequence[Stance], rows: Stances, model: StancePosterior, same_laboratory: bool,
    notes: list[Note],
) -> Prediction:  # fmt: skip
    """What is told of each stance alone."""
    settings = model.config
    assert isinstance(settings, StanceConfig)
    told = model.predict(rows)
    if walk.running:
        flip = np.array([[1.0, 1.0, -1.0 if s.side == "right" else 1.0] for s in stances])[
            :, :, None
        ]
        notes.append(Note("warning", _PLACE, "running: the forces are those that, in stance only, give the "
                          "net force; nothing was learnt from runners, the bands are a rough guess"))  # fmt: skip
        shape = np.ones((len(stances), 1, POINTS))
        return Prediction(
            by_support(walk, stances) * flip, shape * np.array(_RUNNING_SD)[:, None],
            np.broadcast_to(told.centre.mean(axis=0), told.centre.shape).copy(),
            np.full_like(told.centre_sd, _RUNNING_CENTRE_SD), np.full(len(stances), np.nan),
        )  # fmt: skip
    if same_laboratory:
        return told
    split = np.array(
        [shared_linearly(t, s[3], s[4]) for t, s in zip(rows.total, rows.scalars, strict=True)]
    )
    share = np.array([settings.split_forward, settings.split_up, settings.split_medial])[:, None]
    return replace(told, force=(1 - share) * told.force + share * split)


def _body(osim: str | os.PathLike[str] | Body | None) -> Body | None:
    if osim is None or isinstance(osim, Body):
        return osim
    from gaitsmith.body.osim import read_osim

    return read_osim(osim)


def _mass(recording: Recording, body: Body | None, mass: float | None, share: float | None) -> tuple[float | None, float, Note]:  # fmt: skip
    """Mass (kg), its SD as a share, and words on where it comes from."""
    if mass is not None and not 2 < mass < 400:
        raise GaitsmithError(
            "not a person's mass", place="argument mass", found=mass, expected="kg"
        )
    if share is not None and not 0 <= share <= 0.5:
        raise GaitsmithError("not the share of a mass", place="argument mass_sd", found=share,
                             expected="0 to 0.5 (0.1: ± 10 %)")  # fmt: skip
    kind, how = "given", "as given"
    if mass is None and recording.subject.mass is not None:
        whence = recording.subject.sources.get("mass", "the recording")
        mass, how = recording.subject.mass, f"by {whence}"
        kind = "model" if whence == MODEL_WEIGHS else "given"
    elif mass is None and body is not None and body.mass > 1:
        mass, kind, how = (
            body.mass,
            "model",
            f"that of the model {body.name}: nobody said the person's",
        )
    elif mass is None:
        kind, how = "guessed", "guessed from the person's size"
    sd = MASS_SD[kind] if share is None else share
    said = "" if mass is None else f"{mass:.1f} kg, "
    return mass, sd, Note("assumption" if kind == "given" else "warning", _PLACE,
                          f"mass {said}{how}; every force and moment scales with it, the bands take "
                          f"it as ± {100 * sd:.0f} % (SD)")  # fmt: skip


def _stream(  # noqa: PLR0917
    walk: Walk, stances: Sequence[Stance], force: Mapping[Side, Array], sd: Mapping[Side, Array],
    told: Prediction, mass_sd: float,
) -> tuple[Stream, Array]:  # fmt: skip
    """The forces stream on the continued clock, and SD of its values."""
    data = np.zeros((len(walk.times), 2, 7))
    spread = np.zeros_like(data)
    data[:, :, 3:6] = np.nan
    level = _floor(walk)
    axes = np.stack((walk.forward, (0.0, 1.0, 0.0), walk.right))
    for i, side in enumerate(SIDES):
        f = force[side] * walk.weight
        data[:, i, :3] = walk.from_walking_frame(f)
        both = (sd[side] * walk.weight) ** 2 + (mass_sd * f) ** 2
        spread[:, i, :3] = np.sqrt(both @ axes**2)
    for st, c, e in zip(stances, told.centre, told.centre_sd, strict=True):
        i = SIDES.index(st.side)
        inside = (walk.times >= st.strike) & (walk.times <= st.off)
        inside &= data[:, i, 1] > _TOUCH_N
        if not inside.any():
            continue
        at, phase = walk.times[inside], np.linspace(st.strike, st.off, POINTS)
        where = np.column_stack([np.interp(at, phase, x) for x in c])
        data[inside, i, 3:6] = from_foot(walk, st, at, where, level)
        size = foot_frame(walk, st)[3]
        wide = np.column_stack([np.interp(at, phase, x) for x in e]) * size
        along, _, inward = axes
        spread[inside, i, 3:6] = np.sqrt((wide[:, :1] * along) ** 2 + (wide[:, 1:] * inward) ** 2)
    stream = Stream("forces", data, ("foot_r", "foot_l"), rate=walk.rate, start=float(walk.times[0]),
                    attrs={"made_from": "motion", "mass_kg": walk.body.mass})  # fmt: skip
    return stream, spread


def _floor(walk: Walk) -> float:
    """Height (m) of the floor: 0 where the feet stand near it, else that of their lowest points."""
    low = min(float(np.percentile(x[s][:, 1], 3)) for x in (walk.heel, walk.toe) for s in SIDES)
    return 0.0 if abs(low) < 0.06 else low


def _with_moments(
    result: ForcesResult, walk: Walk, forces: Stream, spread: Array, inside: slice
) -> ForcesResult:
    feet = {s: wrench(forces.data[:, i, :3], forces.data[:, i, 3:6]) for i, s in enumerate(SIDES)}
    found = joint_dynamics(walk, feet)
    known = channels()
    names = [n for n in found.moments() if n in known and n.startswith(_LEGS)]
    table, powers = found.moments(), found.powers()
    sd = np.zeros((len(walk.times), len(names)))
    for k, name in enumerate(names):
        i = 0 if name.endswith("_r_moment") else 1
        sd[:, k] = moment_sd(found, name, forces.data[:, i, :3], forces.data[:, i, 3:6], spread[:, i, :3],
                             spread[:, i, 3:6], SIDES[i])  # fmt: skip
    clock: dict[str, Any] = {"rate": result.forces.rate, "start": result.forces.start}
    attrs = {"made_from": "inverse dynamics with estimated forces", "mass_kg": walk.body.mass}
    moments = Stream("moments", np.stack([table[n][inside] for n in names], axis=1), tuple(names),
                     attrs=attrs, **clock)  # fmt: skip
    shown = [n for n in powers if n in known and n.startswith(_LEGS)]
    powered = Stream("powers", np.stack([powers[n][inside] for n in shown], axis=1), tuple(shown),
                     attrs=attrs, **clock)  # fmt: skip
    return replace(result, moments=moments, powers=powered, moment_sd=sd[inside])


def _finished(recording: Recording, result: ForcesResult) -> ForcesResult:
    """The recording with the estimated streams, events and notes."""
    streams = dict(recording.streams)
    streams["forces_estimated"] = result.forces
    if result.moments is not None and result.powers is not None:
        streams["moments_estimated"] = result.moments
        streams["powers_estimated"] = result.powers
    low, high = result.walk.span
    events = [Event(e.time, e.side, e.kind, e.source, e.confidence) for e in result.walk.events
              if low - 1e-9 <= e.time <= high + 1e-9]  # fmt: skip
    out = recording.replace(streams=streams).with_events(Events(events)).with_notes(result.notes)
    return replace(result, recording=out)
