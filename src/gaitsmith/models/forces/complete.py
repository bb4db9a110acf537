"""Recordings with joints missing, and recordings with a coordinate changed.

>>> from gaitsmith.models.forces.complete import complete, modify
>>> complete(recording).recording.write("whole.mot")                     # doctest: +SKIP
>>> modify(recording, {"lumbar_bending": 2.0}, osim="m.osim").table      # doctest: +SKIP
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.tree import Body
from gaitsmith.errors import GaitsmithError, MissingInputError, check_in
from gaitsmith.models.forces.api import ForcesResult, estimate_forces
from gaitsmith.models.forces.completion import StrideGaussian, default_completion
from gaitsmith.models.forces.phasing import strikes_by_shape
from gaitsmith.models.forces.reading import walk_of
from gaitsmith.models.forces.stances import leg_length
from gaitsmith.models.forces.strides import COORDINATES, PHASES
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.sections import Band, Curve, Figure, Panel, Table
from gaitsmith.signals import fill_gaps, lowpass

__all__ = ["Completed", "Modified", "complete", "modify"]

Array = npt.NDArray[np.float64]
_PLACE = "completion"
_Z = 1.6449
# What was filled holds nothing above this (Hz).
_SMOOTH_HZ = 8.0
# A pelvis that goes less far (m) has no direction of travel.
_TRAVELS_M = 0.5
_FEET = tuple(f"{c}_{s}" for c in ("hip_flexion", "knee_angle", "ankle_angle") for s in ("r", "l"))


@dataclass(frozen=True, eq=False)
class Completed:
    """A motion with its missing coordinates filled in.

    Attributes
    ----------
    recording
        With whole angles; what was filled is marked in ``filled``.
    filled
        Names of the coordinates that were filled.
    sd
        time × coordinate of the angles stream (degrees): 0 for what was recorded.
    """

    recording: Recording
    filled: tuple[str, ...]
    sd: Array
    notes: tuple[Note, ...] = ()

    @property
    def angles(self) -> Stream:
        """The whole angles."""
        assert self.recording.angles is not None
        return self.recording.angles

    def figure(self) -> Figure:
        """The filled coordinates over time with 90 % bands."""
        angles, t = self.angles, self.angles.times
        panels = []
        for name in self.filled[:9]:
            y, e = angles[name], self.sd[:, angles.index(name)]
            side = "right" if name.endswith("_r") else "left" if name.endswith("_l") else "both"
            panels.append(Panel(name, [Curve(t, y, label="filled", colour=side, dashed=True)],  # type: ignore[arg-type]
                                [Band(t, y - _Z * e, y + _Z * e, label="90 % band", colour="estimated")],
                                unit="deg", x_label="s"))  # fmt: skip
        return Figure("completed", "Coordinates that were filled", panels, columns=2,
                      alt="Filled joint angles over time with 90 % bands")  # fmt: skip


def complete(
    recording: Recording, osim: str | os.PathLike[str] | Body | None = None, *,
    model: StrideGaussian | None = None,
) -> Completed:  # fmt: skip
    """Fill the coordinates that a recording's angles lack (or have as NaN throughout).

    Steps: (1) right strikes, from the feet where both legs are whole, else from the shape of what
    is known; (2) every stride's known coordinates, by their shape, give the others as the
    conditional of the population; (3) strides are put back on the clock and low-passed at 8 Hz.

    Raises
    ------
    MissingInputError
        Without angles, or where no stride can be told.
    """
    angles = recording.angles
    if angles is None or not len(angles.labels):
        raise MissingInputError(
            "there are no joint angles to complete", place=_PLACE, expected="an angles stream"
        )
    angles = angles.select([x for x in angles.labels if np.isfinite(angles[x]).any()])
    known = tuple(c for c in COORDINATES if c in angles)
    missing = tuple(c for c in COORDINATES if c not in angles)
    if not known:
        raise MissingInputError(
            "no known coordinate of a walk", place=_PLACE, found=", ".join(angles.labels[:6])
        )
    if not missing:
        zero = np.zeros((len(angles), len(angles.labels)))
        note = Note("assumption", _PLACE, "nothing is missing")
        return Completed(recording.with_note(note.level, note.place, note.words), (), zero, (note,))
    if angles.rate is None:
        angles = angles.resample(round(angles.nominal_rate))
    model = model or default_completion()
    name = next(iter(recording.of_kind("angles")))
    base = recording.with_stream(angles, name)
    strikes = _strikes(base, _body(osim), model, known)
    stream, sd = _filled(angles, strikes, known, missing, model)
    wide = max(float(np.median(sd[:, stream.index(c)])) for c in missing)
    notes = (
        Note("warning", _PLACE, f"not recorded and filled from healthy people's strides: {', '.join(missing)}; "
             f"± {_Z * wide:.0f}° at most (half of a 90 % band)"),
    )  # fmt: skip
    out = recording.replace(streams={**recording.streams, name: stream}).with_notes(notes)
    return Completed(out, missing, sd, notes)


def _body(osim: str | os.PathLike[str] | Body | None) -> Body | None:
    if osim is None or isinstance(osim, Body):
        return osim
    from gaitsmith.body.osim import read_osim

    return read_osim(osim)


def _strikes(recording: Recording, body: Body | None, model: StrideGaussian, known: tuple[str, ...]) -> Array:  # fmt: skip
    """Times (s) of right strikes: from the feet where the legs are whole, else from the shape of what is known."""
    angles = recording.angles
    assert angles is not None
    if all(c in angles for c in _FEET):
        from gaitsmith.body.points import points_from_angles
        from gaitsmith.gait import events as detectors

        drawn = points_from_angles(recording.without(*recording.of_kind("points")), body)
        try:
            strikes = np.sort(detectors.detect(drawn, "kinematic").times("strike", "right"))
        except GaitsmithError:
            strikes = np.zeros(0)
        if len(strikes) > 1:
            return strikes
    return strikes_by_shape(angles, model, known)


def _phases(times: Array, strikes: Array) -> tuple[Array, Array]:
    """Stride number and phase (0-1) of each time; before the first and after the last, by the next."""
    gaps = np.diff(strikes)
    usual = float(np.median(gaps))
    edges = list(strikes)
    while edges[0] > times[0]:
        edges.insert(0, edges[0] - usual)
    while edges[-1] <= times[-1]:
        edges.append(edges[-1] + usual)
    e = np.array(edges)
    at = np.clip(np.searchsorted(e, times, side="right") - 1, 0, len(e) - 2)
    return e, (times - e[at]) / (e[at + 1] - e[at])


def _cut(angles: Stream, edges: Array, names: tuple[str, ...]) -> Array:
    """stride × coordinate × 51 between edges; outside the record its end strides are repeated."""
    t = angles.times
    whole = fill_gaps(t, angles.select(list(names)).data)
    rows = []
    usual = float(np.median(np.diff(edges)))
    for a, b in itertools.pairwise(edges):
        at = np.linspace(a, b, PHASES)
        at = np.where(at < t[0], at + usual * np.ceil((t[0] - at) / usual), at)
        at = np.where(at > t[-1], at - usual * np.ceil((at - t[-1]) / usual), at)
        rows.append([np.interp(at, t, c) for c in whole.T])
    return np.array(rows)


def _back(stream_times: Array, edges: Array, curves: Array) -> Array:
    """time × coordinate from stride × coordinate × 51."""
    at = np.clip(np.searchsorted(edges, stream_times, side="right") - 1, 0, len(edges) - 2)
    phase = (stream_times - edges[at]) / (edges[at + 1] - edges[at]) * (PHASES - 1)
    low = np.clip(phase.astype(int), 0, PHASES - 2)
    part = phase - low
    return np.asarray(
        curves[at, :, low] * (1 - part)[:, None] + curves[at, :, low + 1] * part[:, None]
    )


def _filled(
    angles: Stream,
    strikes: Array,
    known: tuple[str, ...],
    missing: tuple[str, ...],
    model: StrideGaussian,
) -> tuple[Stream, Array]:
    edges, _ = _phases(angles.times, strikes)
    curves = np.zeros((len(edges) - 1, len(COORDINATES), PHASES))
    curves[:, [COORDINATES.index(c) for c in known]] = _cut(angles, edges, known)
    made = model.fill(curves, known)
    at = [COORDINATES.index(c) for c in missing]
    values = _back(angles.times, edges, made.angles[:, at])
    if "pelvis_rotation" in missing:
        values[:, missing.index("pelvis_rotation")] += _heading(angles)
    spread = _back(angles.times, edges, made.sd[:, at])
    assert angles.rate is not None
    values = lowpass(values, angles.rate, _SMOOTH_HZ)
    data = np.column_stack((angles.data, values))
    mask = np.zeros(data.shape, bool) if angles.filled is None else np.column_stack((angles.filled, np.zeros(values.shape, bool)))  # fmt: skip
    mask[:, len(angles.labels) :] = True
    stream = angles.replace(data=data, labels=(*angles.labels, *missing), filled=mask)
    return stream, np.column_stack((np.zeros(angles.data.shape), spread))


def _heading(angles: Stream) -> float:
    """Where the pelvis travels (degrees about the vertical, 0: along X); 0 where it stays or is not known."""
    if not all(f"pelvis_t{a}" in angles for a in "xz"):
        return 0.0
    dx, dz = (float(angles[f"pelvis_t{a}"][-1] - angles[f"pelvis_t{a}"][0]) for a in "xz")
    return float(np.degrees(np.arctan2(-dz, dx))) if np.hypot(dx, dz) > _TRAVELS_M else 0.0


@dataclass(frozen=True, eq=False)
class Modified:
    """A walk as it was and as it might be with a coordinate changed.

    Attributes
    ----------
    recording
        The changed motion.
    before, after
        Estimated forces and moments of both.
    changed
        Factor by coordinate.
    """

    recording: Recording
    before: ForcesResult
    after: ForcesResult
    changed: Mapping[str, float]
    notes: tuple[Note, ...] = ()

    @property
    def table(self) -> Table:
        """Forces and the external knee adduction moment before and after."""
        rows = []
        first = {r[0]: r for r in self.before.table.rows}
        for r in self.after.table.rows:
            if "BW" not in str(r[0]):
                continue
            old = first[r[0]]
            for k, side in ((1, "right"), (3, "left")):
                if old[k] is not None and r[k] is not None:
                    rows.append((f"{r[0]}, {side}", old[k], r[k], r[k] - old[k], old[k + 1]))
        for side in ("r", "l"):
            pair = [_knee(x, side) for x in (self.before, self.after)]
            if all(p is not None for p in pair):
                (a, e), (b, _) = pair  # type: ignore[misc]
                word = "right" if side == "r" else "left"
                rows.append(
                    (f"peak external knee adduction moment (Nm/kg), {word}", a, b, b - a, e)
                )
        return Table("modified", "Before and after", ("quantity", "before", "after", "change", "±"), rows,
                     formats=dict.fromkeys(("before", "after", "change", "±"), ".3g"),
                     caption="Estimated from motion. ± is the half width of a 90 % band of the value before; "
                     "the change is surer than either value, whose errors it shares.")  # fmt: skip


# How far the mass centre goes with a pelvis that moves over standing feet: the legs' part goes half.
_WITH_PELVIS = 0.85


def _kept(changed: Recording, name: str, before: ForcesResult, osim: str | os.PathLike[str] | Body | None) -> Recording:  # fmt: skip
    """The changed motion with the pelvis moved so that the mass centre goes where it went."""
    walk = before.walk
    after = walk_of(
        changed, _body(osim), mass=walk.body.mass, belt_speed=walk.belt, events=walk.events
    )
    angles = changed.streams[name]
    t, leg = angles.times, leg_length(walk)
    moved = np.column_stack([np.interp(t, after.times, a) - np.interp(t, walk.times, b)
                             for a, b in zip(after.com.T, walk.com.T, strict=True)])  # fmt: skip
    # A standing lean is no change of the path: only what sways is taken back.
    moved = walk.walking_frame(moved - moved.mean(axis=0))
    shift = -moved / _WITH_PELVIS
    data = angles.data.copy()
    flat = shift * (1.0, 0.0, 1.0)
    for k, axis in enumerate(walk.from_walking_frame(flat).T):
        data[:, angles.index(f"pelvis_t{'xyz'[k]}")] += axis
    turn = np.degrees(flat / leg)
    for side, inward in (("r", 1.0), ("l", -1.0)):
        data[:, angles.index(f"hip_flexion_{side}")] -= turn[:, 0]
        if f"hip_adduction_{side}" in angles:
            data[:, angles.index(f"hip_adduction_{side}")] += inward * turn[:, 2]
    return changed.with_stream(angles.replace(data=data), name)


def _knee(result: ForcesResult, side: str) -> tuple[float, float] | None:
    """Mean over stances of the peak external knee adduction moment (N·m/kg) and its half band."""
    name = f"knee_adduction_{side}_moment"
    if result.moments is None or name not in result.moments or result.moment_sd is None:
        return None
    y, t = -result.moments[name] / result.walk.body.mass, result.moments.times
    e = result.moment_sd[:, result.moments.index(name)] / result.walk.body.mass
    peaks, spread = [], []
    for st in result.stances:
        inside = (t >= st.strike) & (t <= st.off)
        whole = st.strike >= t[0] - 0.02 and st.off <= t[-1] + 0.02
        if st.side[0] == side and whole and inside.sum() > 5:
            at = int(np.flatnonzero(inside)[int(np.argmax(y[inside]))])
            peaks.append(y[at])
            spread.append(e[at])
    return (float(np.mean(peaks)), float(_Z * np.mean(spread))) if peaks else None


def modify(
    recording: Recording, scale: Mapping[str, float], osim: str | os.PathLike[str] | Body | None = None, *,
    mass: float | None = None, belt_speed: float | None = None, follow: bool = False,
    model: StrideGaussian | None = None,
) -> Modified:  # fmt: skip
    """What forces and knee moments would be if a coordinate moved `scale` times as much.

    The body is taken to keep its mass centre's path over the ground and its feet: where the change
    moves the mass centre, the pelvis moves against it and the hips turn so that the feet stay (a
    leg as one rod). Ours.

    Parameters
    ----------
    scale
        Factor by coordinate, about the coordinate's own mean: ``{"lumbar_bending": 2.0}``.
    follow
        Whether the other coordinates do what they on average do in healthy people when this one
        changes so; False: they stay (but for the pelvis and hips as said).

    Raises
    ------
    GaitsmithError
        Where a coordinate is not there, or the motion is not whole.
    """
    angles = recording.angles
    if angles is None:
        raise MissingInputError("there are no joint angles to change", place="modify")
    for name, factor in scale.items():
        check_in("coordinate", name, [c for c in angles.labels if c in COORDINATES])
        if not (np.isfinite(factor) and -5 <= factor <= 10):
            raise GaitsmithError(
                "not a factor", place=f"modify {name}", found=factor, expected="-5 to 10"
            )
    if angles.rate is None:
        angles = angles.resample(round(angles.nominal_rate))
    before = estimate_forces(recording, osim, mass=mass, belt_speed=belt_speed)
    strikes = np.sort(before.walk.events.times("strike", "right"))
    edges, _ = _phases(angles.times, strikes)
    names = tuple(c for c in COORDINATES if c in angles)
    curves = np.zeros((len(edges) - 1, len(COORDINATES), PHASES))
    curves[:, [COORDINATES.index(c) for c in names]] = _cut(angles, edges, names)
    data = angles.data.copy()
    change = np.zeros_like(curves)
    for name, factor in scale.items():
        i = COORDINATES.index(name)
        middle = float(np.nanmean(angles[name]))
        change[:, i] = (factor - 1) * (curves[:, i] - middle)
        data[:, angles.index(name)] += (factor - 1) * (angles[name] - middle)
    if follow:
        made = (model or default_completion()).response(change, tuple(scale))
        others = [c for c in names if c not in scale]
        more = _back(angles.times, edges, made[:, [COORDINATES.index(c) for c in others]])
        more = lowpass(more, float(angles.rate or 100.0), _SMOOTH_HZ)
        for k, c in enumerate(others):
            data[:, angles.index(c)] += more[:, k]
    name = next(iter(recording.of_kind("angles")))
    changed = recording.with_stream(angles.replace(data=data), name)
    changed = _kept(changed, name, before, osim)
    words = ", ".join(f"{k} × {v:g}" for k, v in scale.items())
    notes = (Note("warning", "modify", f"{words} about its own mean"
                  + ("; the other joints change as they do together in healthy people" if follow else "; all else stays")
                  + "; pelvis and hips give way so that the mass centre's path and the feet stay"),)  # fmt: skip
    walked = before.walk.events
    after = estimate_forces(changed, osim, mass=mass, belt_speed=before.walk.belt, events=walked)
    return Modified(changed.with_notes(notes), before, after, dict(scale), notes)
