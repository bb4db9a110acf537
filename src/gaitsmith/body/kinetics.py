"""Joint moments and powers of a recording, as far as its forces and angles allow, for a report.

Steps: (1) forces by foot; (2) angles with the pelvis' place, as recorded, else fitted to the
points; (3) a body, the person's own model or a generic one of the person's mass; (4) inverse
dynamics; (5) what rests on a foot whose force was not measured is taken out; (6) what remains
unexplained is said.
"""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from gaitsmith.body.dynamics import Dynamics, Wrench, foot_wrenches, inverse_dynamics, net_wrench
from gaitsmith.body.motion import CUTOFF_HZ, Motion, moving
from gaitsmith.body.residual import residuals, unmeasured
from gaitsmith.body.sites import foot_segment, places
from gaitsmith.body.tree import Body
from gaitsmith.channels import channels, coordinate_of, side_of
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["LEG", "PELVIS", "moments_for_report"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_PLACE = "joint moments"
#: Coordinates of the pelvis, and of a leg, that moments and forces need at least.
PELVIS = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation", "pelvis_tx", "pelvis_ty", "pelvis_tz",
)  # fmt: skip
LEG = ("hip_flexion", "knee_angle", "ankle_angle")
#: Low-pass of forces (Hz) beside angles at 6 Hz: above it a heel strike's ringing of the plate,
#: which the smooth angles cannot answer, would show as moments of the knee and hip (Kristianslund,
#: Krosshaug & van den Bogert, J. Biomech. 45 (2012) 666-671).
_FORCE_HZ = 20.0
#: Running is faster but its markers shake more; of these cutoffs (Hz, for angles and forces alike)
#: the one is taken at which motion and forces agree best.
_RUNNING_HZ = (6.0, 8.0, 10.0, 12.0, 15.0)
#: Vertical force of a foot, in body weights, that walking does not reach (Nilsson & Thorstensson,
#: Acta Physiol. Scand. 136 (1989) 217-227: up to 1.5 walking, from 2.0 running).
_RUNNING_BW = 1.75
#: The centre of pressure lies under the foot: median distance (m) from the line heel to toe joint.
_UNDER_FOOT_M = 0.15
_LOADED_N = 100.0
#: Root mean square of the unexplained force, as a share of body weight (of the largest force, where
#: that is larger), above which a warning is given.
_POOR = 0.15
_LEGS = ("hip_", "knee_", "ankle_", "subtalar_")


def moments_for_report(
    recording: Recording, osim: str | os.PathLike[str] | Body | None = None, *,
    static: Recording | None = None, unturned: Recording | None = None, fit: bool = True,
) -> Recording:  # fmt: skip
    """Add ``moments`` and ``powers`` where a recording has forces and motion but no moments.

    Parameters
    ----------
    recording
        With forces of known feet, and with angles and the pelvis' place in the forces' frame (or
        points to fit them to).
    osim
        The person's scaled model; None: a generic body of the subject's mass and height.
    static
        The standing trial, where the recording's angles were fitted with one: the same body is made
        of it again.
    unturned
        The same recording before ``gait.frame.face_forward``, which turns points and forces but not
        the pelvis' place and heading among the file's own angles: those are then taken together
        with the forces from here.
    fit
        Whether angles are fitted to the points where the recording's own do not say where the
        pelvis is (some seconds of computing for half a minute of walking).

    Returns
    -------
    Recording
        With streams ``moments`` (N·m, internal, positive towards the coordinate's positive
        direction) and ``powers`` (W, generated positive) on the clock of the angles, with
        ``attrs["made_from"] == "inverse dynamics"``; NaN where no force was measured, or where a
        foot seems to stand beside the plates. The same recording, with a note that says what is
        lacking, where nothing can be computed; untouched where it has moments already or has no
        forces.
    """
    if recording.of_kind("moments") or recording.forces is None or not len(recording.forces):
        return recording
    if recording.angles is None and recording.points is None:
        return recording
    base = recording
    if unturned is not None and recording.angles is not None and "made_from" not in recording.angles.attrs:  # fmt: skip
        base = unturned.replace(subject=recording.subject, notes=())
    try:
        found, notes = _moments(base, osim, None if static is None else static.points, fit)
        return recording.replace(streams={**recording.streams, **found}).with_notes(notes)
    except GaitsmithError as error:
        return recording.with_note("refusal", _PLACE, error.on_one_line(_PLACE))


def _moments(
    recording: Recording,
    osim: str | os.PathLike[str] | Body | None,
    static: Stream | None,
    fit: bool,
) -> tuple[dict[str, Stream], list[Note]]:
    """The streams of moments and powers, and notes."""
    notes: list[Note] = []
    body = _own(osim)
    if body is None and recording.subject.mass is None:
        raise MissingInputError("moments need the person's mass", place=_PLACE,
                                remedy="give the mass, or the scaled model")  # fmt: skip
    angles, forces, body = _together(recording, body, static, fit, notes)
    # What the markers do not tell is at rest.
    angles = angles.select([x for x in angles.labels if np.isfinite(angles[x]).any()])
    body = _weighed(body, recording.subject.mass, notes)
    running = float(np.nanmax(forces.data[:, :, 1])) > _RUNNING_BW * body.mass * STANDARD_GRAVITY
    tries = [(x, x) for x in _RUNNING_HZ] if running else [(CUTOFF_HZ, _FORCE_HZ)]
    found, feet, cut, force_cut = min(
        ((*_solved(body, angles, forces, a, f), a, f) for a, f in tries),
        key=lambda x: np.nan_to_num(residuals(x[0]).force_rms, nan=np.inf),
    )
    beside = unmeasured(found, feet)
    used = ~(beside["r"] | beside["l"])
    unexplained = _said(found, beside, used, notes)
    filtered = f"angles low-passed at {cut:g} Hz and forces at {force_cut:g} Hz"
    heavy = f"{body.mass:.1f} kg"
    told = body.name if heavy in body.name else f"{body.name} ({heavy})"
    notes.append(Note("assumption", _PLACE, f"computed by inverse dynamics of {told}; {filtered}"))
    attrs = {"made_from": "inverse dynamics", "body": body.name, "mass_kg": body.mass,
             "angles_low_pass_hz": cut, "forces_low_pass_hz": force_cut, "unexplained_bw": unexplained}  # fmt: skip
    if not any(np.isfinite(x).any() for n, x in found.moments().items() if _shown(n, angles)):
        raise MissingInputError("angles and forces do not reach over the same time", place=_PLACE)
    out = {}
    for kind, table in (("moments", found.moments()), ("powers", found.powers())):
        kept = {n: _masked(n, x, beside) for n, x in table.items() if _shown(n, angles)}
        out[kind] = Stream(
            kind, np.stack(list(kept.values()), axis=1), tuple(kept),  # type: ignore[arg-type]
            rate=angles.rate, start=angles.start, time=angles.time, attrs=attrs,
        )  # fmt: skip
    return out, notes


def _solved(
    body: Body, angles: Stream, forces: Stream, cutoff_hz: float, force_cutoff_hz: float
) -> tuple[Dynamics, dict[str, Wrench]]:
    """Inverse dynamics with the forces that lie under the feet."""
    motion = moving(body, angles, cutoff_hz=cutoff_hz)
    feet = foot_wrenches(_zeroed(forces), motion.times, cutoff_hz=force_cutoff_hz)
    apart = {s: d for s in feet if (d := _beside_foot(motion, forces, s)) > _UNDER_FOOT_M}
    if feet and len(apart) == len(feet):
        raise MissingInputError(
            "the forces do not act under the feet that the angles show", place=_PLACE,
            found=", ".join(f"foot_{s}: {100 * d:.0f} cm beside it (median)" for s, d in apart.items()),
            expected="pelvis position and plates in one frame, or points to fit",
        )  # fmt: skip
    feet = {s: w for s, w in feet.items() if s not in apart}
    loads = {}
    for side, wrench in feet.items():
        segment = foot_segment(body, side)
        if segment is None:
            raise MissingInputError("the body has no such foot", place=_PLACE, found=f"foot_{side}")
        loads[segment] = wrench
    return inverse_dynamics(motion, loads), feet


def _own(osim: str | os.PathLike[str] | Body | None) -> Body | None:
    if osim is None or isinstance(osim, Body):
        return osim
    from gaitsmith.body.osim import read_osim

    return read_osim(osim)


def _together(
    recording: Recording, body: Body | None, static: Stream | None, fit: bool, notes: list[Note]
) -> tuple[Stream, Stream, Body]:
    """Angles with the pelvis' place, forces by foot in the same frame, and the body of both."""
    angles, points = recording.angles, recording.points
    measured = points is not None and points.attrs.get("made_from") != "angles"
    legs = _legs(angles)
    if angles is not None and legs and all(c in angles for c in PELVIS):
        if angles.attrs.get("made_from") != "points" or not measured:
            from gaitsmith.body.points import sized

            return angles, _by_foot(recording), body or sized(recording, angles, None, legs, notes)
        if body is not None and body.name == angles.attrs.get("body"):
            return angles, _by_foot(recording), body
        if body is None and (static is None) == ("standing" not in angles.attrs):
            from gaitsmith.body.dress import dress

            assert points is not None
            return angles, _by_foot(recording), dress(points, recording.subject, static=static).body
    if not measured or not fit:
        raise MissingInputError(
            "the angles do not say where the pelvis is in the room of the plates", place=_PLACE,
            expected="pelvis_tilt … pelvis_tz with hip, knee and ankle, or measured points",
        )  # fmt: skip
    from gaitsmith.body.angles import solve_points
    from gaitsmith.body.markers import matched_markers
    from gaitsmith.gait.frame import face_forward

    faced = face_forward(recording.select("points", "forces"))
    assert faced.points is not None
    if body is not None and len(matched_markers(body, faced.points.labels)) < 6:
        notes.append(Note("assumption", _PLACE, "fewer than six points are markers of the model: a "
                          "generic body is used"))  # fmt: skip
        body = None
        if recording.subject.mass is None:
            raise MissingInputError("moments need the person's mass", place=_PLACE)
    solved = solve_points(faced, body, static=static, smooth_hz=None, rough=True)
    notes += solved.recording.notes[len(faced.notes) :]
    return solved.angles, _by_foot(faced), solved.body


def _legs(angles: Stream | None) -> list[str]:
    """Sides whose hip, knee and ankle flexion are there."""
    if angles is None:
        return []
    return [s for s in ("r", "l") if all(f"{c}_{s}" in angles for c in LEG)]


def _by_foot(recording: Recording) -> Stream:
    forces = recording.forces
    assert forces is not None
    if any(f"foot_{s}" in forces for s in ("r", "l")):
        return forces
    from gaitsmith.gait.contacts import foot_forces

    by_foot = foot_forces(recording)
    if by_foot is None:
        raise MissingInputError("no force belongs to a known foot", place=_PLACE,
                                found=", ".join(forces.labels))  # fmt: skip
    return by_foot


def _weighed(body: Body, mass: float | None, notes: list[Note]) -> Body:
    if body.mass < 1.0:
        raise MissingInputError("the model has no masses", place=_PLACE, found=f"{body.mass:g} kg")
    if mass is not None and abs(body.mass / mass - 1) > 0.1:
        notes.append(Note("warning", _PLACE, f"the model weighs {body.mass:.1f} kg, the person "
                          f"{mass:.1f} kg: the model's segments are scaled to the person's mass"))  # fmt: skip
    return body if mass is None or abs(body.mass / mass - 1) < 1e-6 else body.scaled(1.0, mass)


def _zeroed(forces: Stream) -> Stream:
    """Forces with 0 for what was not measured (whether that is right, the motion tells)."""
    data = forces.data.copy()
    for part in (slice(0, 3), slice(6, 7)):
        piece = data[:, :, part]
        piece[np.isnan(data[:, :, :3]).any(axis=2)] = 0.0
    return forces.replace(data=data, filled=None)


def _beside_foot(motion: Motion, forces: Stream, side: str) -> float:
    """Median distance (m) of a loaded foot's centre of pressure from its line heel to toe.

    Infinite where the foot is never loaded, 0 where the body has no heel or toe to compare with.
    """
    data, spots = forces[f"foot_{side}"], places(motion.body)
    span = (forces.times >= motion.times[0]) & (forces.times <= motion.times[-1])
    loaded = span & np.isfinite(data[:, :6]).all(axis=1) & (data[:, 1] > _LOADED_N)
    if not loaded.any():
        return np.inf
    if f"heel_{side}" not in spots or f"toe_{side}" not in spots:
        return 0.0
    heel, toe = (
        np.column_stack([np.interp(forces.times[loaded], motion.times, c)
                         for c in motion.pose.spot(spots[f"{p}_{side}"]).T])[:, ::2]
        for p in ("heel", "toe")
    )  # fmt: skip
    along, centre = toe - heel, data[loaded][:, (3, 5)]
    size = np.maximum((along**2).sum(axis=1), 1e-9)
    # Toes reach beyond their joint.
    share = np.clip(((centre - heel) * along).sum(axis=1) / size, 0.0, 1.4)
    return float(np.nanmedian(np.linalg.norm(centre - heel - share[:, None] * along, axis=1)))


def _said(
    dynamics: Dynamics, beside: dict[str, Mask], used: Mask, notes: list[Note]
) -> float | None:
    """Notes on what was taken out and left unexplained; the latter in body weights (RMS)."""
    for side, name in (("r", "right"), ("l", "left")):
        if beside[side].any():
            notes.append(Note("warning", _PLACE, f"the {name} foot seems to stand on something that "
                              f"measures nothing for {100 * beside[side].mean():.0f} % of the time: "
                              "its moments are left out there"))  # fmt: skip
    left = residuals(dynamics, used)
    if not np.isfinite(left.force_rms):
        return None
    needed = np.linalg.norm(net_wrench(dynamics.motion).force, axis=1)
    largest = float(np.nanmax(needed)) / (dynamics.motion.body.mass * STANDARD_GRAVITY)
    fits = left.force_rms <= _POOR * max(1.0, largest)
    notes.append(Note(
        "assumption" if fits else "warning", _PLACE,
        f"motion and forces agree within {100 * left.force_rms:.0f} % of body weight (RMS)"
        + ("" if fits else ": mass, model or forces do not belong together"),
    ))  # fmt: skip
    return float(left.force_rms)


def _shown(name: str, angles: Stream) -> bool:
    """Moments of legs, and of other joints whose angles are given; not what is left on the pelvis."""
    if name not in channels() or name.startswith("pelvis"):
        return False
    return any(name.startswith(x) for x in _LEGS) or coordinate_of(name) in angles


def _masked(name: str, values: Array, beside: dict[str, Mask]) -> Array:
    side = side_of(name)
    hidden = beside[side[0]] if side else beside["r"] | beside["l"]
    return np.where(hidden, np.nan, values)
