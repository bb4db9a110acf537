"""Where the feet are put: lengths, widths, speed, clearance, and ratios with the leg's length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side, other_side
from gaitsmith.gait.feet import feet
from gaitsmith.gait.frame import Progression
from gaitsmith.gait.interpolate import normalise, sample
from gaitsmith.gait.parameters.base import Parameter, Parameters, parameter
from gaitsmith.gait.parameters.forces import foot_stream
from gaitsmith.gait.reference import leg_length
from gaitsmith.gait.strides import Strides, StrideSet
from gaitsmith.recording import Note, Recording
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["in_place", "spatial"]

Array = npt.NDArray[np.float64]
# Where a foot is at given times: (n,) s -> (n, 3) m.
Place = Callable[[Array], Array]

# Strides with a shorter median (m) lead nowhere; the slowest patients' are some 0.3 m.
_NOWHERE_M = 0.15
# Shorter than this (m) a stride has no direction of its own.
_SHORTEST_M = 0.1
# A toe that passes lower (m) than this over its place in stance has touched the ground: healthy
# people's clearance is 13 mm, SD between people 4.5 (Winter 1992), so this is more than two below.
_GRAZING_M = 0.003
# Share of the stance in which the foot lies flat and the toe is at its lowest.
_FLAT = (0.25, 0.55)
# Share of the swing in which the toe passes its lowest place.
_MID_SWING = (0.2, 0.9)


def spatial(
    strides: StrideSet, progression: Progression | None = None, speed: float | None = None
) -> Parameters:
    """Stride and step lengths, step width, speed, toe clearance, walk ratio, Froude number.

    Parameters
    ----------
    progression
        Of the recording that was cut (``gait.frame.progression``); its belt speed is added on a
        treadmill.
    speed
        Walking speed (m/s), used where positions cannot give it.

    Notes
    -----
    The place of a foot is its heel (else ankle, else toe) at its strike, or, without points, the
    centre of pressure of its stance; on a treadmill places are taken on the belt, that is, moved
    forward with the belt's speed. Lengths lie along this foot's own stride, widths across it.
    """
    recording = strides.recording
    belt = progression.belt_speed if progression is not None else None
    forward = progression.forward if progression is not None else np.array([1.0, 0.0, 0.0])
    places, how = _places(recording, strides)
    notes: list[Note] = []
    missing: list[str] = []
    rows: list[Parameter | None] = []
    lengths: dict[Side, Array] = {}
    unknown = False
    if places:
        moving = {k: _on_belt(p, belt or 0.0, forward) for k, p in places.items()}
        lengths, steps, widths = _lengths(strides, moving)
        if belt is None and _stays(lengths):
            # Feet that step and stay where they are walk on a belt that nobody told of.
            moving = {k: _on_belt(p, speed or np.nan, forward) for k, p in places.items()}
            lengths, steps, widths = _lengths(strides, moving)
            words = (f"a treadmill at the speed given, {speed:.2f} m/s" if speed else
                     "the feet stay in place: a treadmill whose speed is not known")  # fmt: skip
            notes.append(Note("assumption", "step lengths", words))
            unknown = not speed
        rows += [
            parameter("stride_length", "stride length", "m", f"from strike to strike of {how}",
                      lengths, group="space"),
            parameter("step_length", "step length", "m",
                      f"ahead of the other foot's last strike, {how}", steps, group="space",
                      ratio=True),
            parameter("step_width", "step width", "m",
                      f"sideways from the other foot's strike to the line of this foot's stride, {how}",
                      widths, group="space", decimals=3),
        ]  # fmt: skip
        told = [v for part in (lengths, steps, widths) for v in part.values()]
        if how != "the heel" and any(np.isfinite(v).any() for v in told):
            notes.append(Note("assumption", "step lengths", f"taken from {how}"))
    own = {k: v / strides[k].duration for k, v in lengths.items()}
    walked = np.concatenate(list(own.values())) if own else np.zeros(0)
    if np.isfinite(walked).any() and (belt is not None or np.nanmean(walked) > 0.05):
        words = "stride length / stride time of these strides" + (
            ", on the belt" if belt is not None else ""
        )
    elif speed is not None and strides.n:
        walked, words = np.array([speed]), "given, or of the trunk"
        if not np.isfinite(np.concatenate([*lengths.values(), np.zeros(0)])).any():
            lengths = {k: speed * strides[k].duration for k in strides.sides}
            rows = [parameter("stride_length", "stride length", "m", "speed × stride time", lengths,
                              group="space")]  # fmt: skip
            notes.append(
                Note("assumption", "stride length", f"speed {speed:.2f} m/s × stride time")
            )
    else:
        walked, words = np.zeros(0), ""
        missing.append("Lengths need the speed of the belt (--speed)." if unknown else
                       "Lengths and speed need positions of the feet, forces with centre of "
                       "pressure, or the walking speed (on a treadmill).")  # fmt: skip
    rows.insert(
        0,
        parameter(
            "speed",
            "running speed" if strides.running else "walking speed",
            "m/s",
            words,
            walked,
            group="space",
        ),
    )
    rows += _clearance(strides, notes, missing)
    found = [r for r in rows if r is not None]
    found += _ratios(strides, {p.key: p for p in found}, notes, missing)
    return Parameters(tuple(found), tuple(notes), tuple(missing))


def in_place(strides: StrideSet) -> bool:
    """Whether the feet step and come down where they were: a treadmill, though nobody told of it."""
    places, _ = _places(strides.recording, strides)
    return bool(places) and _stays(_lengths(strides, places)[0])


def _stays(lengths: dict[Side, Array]) -> bool:
    """Whether strides, taken in the laboratory, lead nowhere."""
    values = np.concatenate([*lengths.values(), np.zeros(0)])
    values = values[np.isfinite(values)]
    return len(values) > 0 and float(np.median(values)) < _NOWHERE_M


def _places(recording: Recording, strides: StrideSet) -> tuple[dict[Side, Place], str]:
    """Where each foot is at a time, and what stands for it."""
    if recording.points is not None:
        stream = recording.points
        found = feet(stream)
        if found:
            kinds = ("heel", "ankle", "toe")
            shared = next(
                (k for k in kinds if all(getattr(f, k) is not None for f in found.values())), None
            )
            return {
                side: _track(stream.times, foot.back if shared is None else getattr(foot, shared))
                for side, foot in found.items()
            }, "different points of the feet" if shared is None else f"the {shared}"
    forces = foot_stream(recording)
    if forces is not None:
        out: dict[Side, Place] = {}
        for side in strides.sides:
            label = f"foot_{side[0]}"
            if label in forces:
                out[side] = _pressure(forces.times, forces[label], strides[side])
        return out, "the centre of pressure"
    return {}, ""


def _track(times: Array, track: Array) -> Place:
    return lambda at: sample(times, track, at)


def _pressure(times: Array, force: Array, s: Strides) -> Place:
    """Centre of pressure a little after each strike (10 % of the median stride), where it is sure."""
    load = np.nan_to_num(force[:, 1:2])
    centre = np.where(load > 0.1 * load.max(initial=0.0), force[:, 3:6], np.nan)
    late = 0.1 * float(np.median(s.duration)) if s.n else 0.1
    return lambda at: sample(times, centre, at + late, smooth=False)


def _on_belt(place: Place, belt: float, forward: Array) -> Place:
    return lambda at: place(at) + belt * np.asarray(at)[:, None] * forward


def _lengths(
    strides: StrideSet, places: dict[Side, Place]
) -> tuple[dict[Side, Array], dict[Side, Array], dict[Side, Array]]:
    lengths, steps, widths = {}, {}, {}
    for side in strides.sides:
        if side not in places:
            continue
        s = strides[side]
        start, stop = places[side](s.at("strike")), places[side](s.at("next_strike"))
        along = (stop - start) * np.array([1.0, 0.0, 1.0])
        length = np.linalg.norm(along, axis=1)
        lengths[side] = length
        other = other_side(side)
        if other not in places:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            ahead = np.where(length[:, None] > _SHORTEST_M, along / length[:, None], np.nan)
        right = np.column_stack([-ahead[:, 2], np.zeros(len(ahead)), ahead[:, 0]])
        opposite = places[other](s.at("opposite_strike"))
        steps[side] = np.einsum("ij,ij->i", stop - opposite, ahead)
        sign = -1.0 if side == "right" else 1.0
        widths[side] = sign * np.einsum("ij,ij->i", opposite - start, right)
    return lengths, steps, widths


def _clearance(strides: StrideSet, notes: list[Note], missing: list[str]) -> list[Parameter | None]:
    """Lowest height of the toe in mid-swing above its height when the foot lies flat."""
    stream = strides.recording.points
    found = feet(stream) if stream is not None else {}
    values: dict[Side, Array] = {}
    for side in strides.sides:
        if stream is None or side not in found or found[side].toe is None:
            continue
        s, toe = strides[side], found[side].toe
        assert toe is not None
        known = ~np.isnan(s.at("off"))
        off = np.where(known, s.at("off"), s.at("strike"))
        swing = normalise(stream.times, toe[:, 1], off, s.at("next_strike"))
        stance = normalise(stream.times, toe[:, 1], s.at("strike"), off)
        flat = stance[:, int(100 * _FLAT[0]) : int(100 * _FLAT[1]) + 1]
        ground = np.where(np.isnan(flat).any(axis=1), np.nan, np.median(flat, axis=1))
        low, high = (int(100 * x) for x in _MID_SWING)
        part = swing[:, low:high]
        lowest = (part < swing[:, low - 1 : high - 1]) & (part <= swing[:, low + 1 : high + 1])
        height = np.where(lowest, part, np.inf).min(axis=1)
        above = np.where(np.isfinite(height) & known, height - ground, np.nan)
        grazing = np.nan_to_num(above, nan=np.inf) < _GRAZING_M
        if grazing.any():
            notes.append(Note(
                "warning", "toe clearance", f"left out in {grazing.sum()} {side} stride{'s' if grazing.sum() > 1 else ''}: the toe point passes within "
                f"{1000 * _GRAZING_M:.0f} mm of where it lies under the flat foot, where a toe would have caught the ground "
                "(a marker that moved, a floor that is not level, or a foot that never lies flat)",
            ))  # fmt: skip
        values[side] = np.where(grazing, np.nan, above)
    if stream is not None and found and not values:
        missing.append("Toe clearance needs a point at the toe.")
    definition = ("height of the toe point at its lowest between the two crests of the swing, above "
                  "its height while the foot lies flat (Winter DA, 1992, Phys Ther 72:45-53)")  # fmt: skip
    return [parameter("toe_clearance", "minimum toe clearance", "m", definition, values,
                      group="space", decimals=3)]  # fmt: skip


def _ratios(
    strides: StrideSet, found: dict[str, Parameter], notes: list[Note], missing: list[str]
) -> list[Parameter]:
    rows: list[Parameter | None] = []
    cadence = np.concatenate([120.0 / strides[s].duration for s in strides.sides] or [np.zeros(0)])
    if "step_length" in found and len(cadence) and not strides.running:
        rows.append(parameter(
            "walk_ratio", "walk ratio", "m/(steps/min)",
            "mean step length / cadence (Sekiya N, Nagasaki H, 1998, Gait Posture 7:225-227)",
            found["step_length"].both.mean / float(cadence.mean()), group="space", decimals=4))  # fmt: skip
    if "speed" in found:
        v, leg = found["speed"].both.mean, leg_length(strides.recording.subject)
        if leg is None:
            missing.append("Speed without dimension needs the leg length or the height.")
        else:
            if leg[1] != "measured":
                notes.append(Note("assumption", "leg length", f"{leg[0]:.2f} m: {leg[1]}"))
            rows += [
                parameter("speed_dimensionless", "dimensionless speed", "",
                          "v / sqrt(g · leg length) (Hof AL, 1996, Gait Posture 4:222-223)",
                          v / float(np.sqrt(STANDARD_GRAVITY * leg[0])), group="space"),
                parameter("froude", "Froude number", "",
                          "v² / (g · leg length) (Alexander RM, 1984, Int J Robotics Res 3(2):49-59)",
                          v**2 / (STANDARD_GRAVITY * leg[0]), group="space"),
            ]  # fmt: skip
    return [r for r in rows if r is not None]
