"""What a recording says for speed transfer: how fast it is, its strides, its mean curves."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.cycles import LONGEST, SHORTEST, StrideSet, segment
from gaitsmith.models.speed.units import JOINTS, Units
from gaitsmith.recording import Recording

__all__ = [
    "PLACE",
    "measured_speed",
    "source_strides",
    "source_units",
    "speed_of_stance",
    "with_angles",
]

Array = npt.NDArray[np.float64]

#: Where the pelvis is: columns of the angles that are no angles.
PLACE = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
# Share of the stride in which a standing foot does not move on the ground.
_FLAT = (0.12, 0.40)


def measured_speed(recording: Recording) -> tuple[float, str] | None:
    """Walking speed (m/s) and how it is known, from points or from the feet under the angles."""
    from gaitsmith.body import points_from_angles
    from gaitsmith.gait.frame import progression

    try:
        if recording.points is None:
            recording = points_from_angles(recording)
        way = progression(recording)
    except MissingInputError:
        return None
    return None if way.mode == "standing" else (float(way.speed), way.how)


def speed_of_stance(recording: Recording) -> float:
    """Speed (m/s) at which the standing feet go back under the pelvis; NaN where it is not known.

    From joint angles alone: the mean over strides of the ankle's way back, relative to the pelvis,
    from 12 to 40 % of the stride, when the foot lies on the ground (Perry & Burnfield 2010: mid
    and terminal stance, until the heel rises).
    """
    from gaitsmith.body import points_from_angles
    from gaitsmith.gait.feet import feet

    if recording.angles is None:
        return float("nan")
    keep = [x for x in recording.angles.labels if x not in PLACE]
    bare = Recording(recording.subject, {"angles": recording.angles.select(keep)}, recording.events)
    try:
        stream = points_from_angles(bare).points
    except MissingInputError:
        return float("nan")
    assert stream is not None
    times, pelvis = stream.times, np.zeros(len(stream))
    if "pelvis" in stream:
        pelvis = stream["pelvis"][:, 0]
    found = []
    for side, foot in feet(stream).items():
        place = foot.back if foot.ankle is None else foot.ankle
        strikes = recording.events.times("strike", side)
        for a, b in itertools.pairwise(strikes):
            ends = np.array(_FLAT) * (b - a) + a
            if SHORTEST <= b - a <= LONGEST and times[0] <= ends[0] and ends[1] <= times[-1]:
                x = np.interp(ends, times, place[:, 0] - pelvis)
                found.append((x[0] - x[1]) / (ends[1] - ends[0]))
    return float(np.median(found)) if found else float("nan")


def with_angles(recording: Recording) -> Recording:
    """The recording with joint angles, fitted to its markers where it has none, as ``analyze`` does.

    Raises
    ------
    MissingInputError
        Where there are neither angles nor markers from which they can be told.
    """
    if recording.angles is not None:
        return recording
    why = "neither joint angles nor markers"
    if recording.points is not None:
        from gaitsmith.body import angles_for_report

        fitted = angles_for_report(recording)
        if fitted.angles is not None:
            return fitted
        why = next((n.words for n in reversed(fitted.notes) if n.level == "refusal"), why)
    raise MissingInputError(
        "there are no joint angles to carry to another speed", place=recording.name or None, found=why,
        expected="hip_flexion, knee_angle and ankle_angle of a leg, or markers of pelvis and legs",
        remedy="give a file of joint angles (.mot), or of markers (.c3d, .trc); gaitsmith solve fits angles with a model of the person",
    )  # fmt: skip


def source_strides(recording: Recording, given: float | None) -> tuple[float, str, StrideSet]:
    """Speed (m/s; `given` or measured), how it is known, and the strides of the angles.

    Raises
    ------
    MissingInputError
        As :func:`with_angles`, or where the speed cannot be measured and is not given.
    """
    from gaitsmith.body.events import with_strikes

    known = (given, "given") if given is not None else measured_speed(recording)
    recording = with_angles(recording)
    if known is None:
        raise MissingInputError("the speed of the recording cannot be measured",
                                place=recording.name or None, remedy="give it with --from (m/s)")  # fmt: skip
    recording = with_strikes(recording)
    assert known[0] is not None
    return float(known[0]), known[1], segment(recording, streams=["angles"])


def source_units(strides: StrideSet, speed_m_s: float) -> Units:
    """One unit a leg: mean sagittal curves of its typical strides, cadence, height.

    Raises
    ------
    MissingInputError
        Where no leg has whole strides with hip, knee and ankle angles.
    """
    curves, legs, counts = [], [], []
    for side in strides.sides:
        s = strides[side].typical()
        if all(j in s for j in JOINTS):
            mine = np.stack([s[j] for j in JOINTS], axis=1)
            whole = mine[np.isfinite(mine).all(axis=(1, 2))]
            if len(whole):
                curves.append(whole.mean(axis=0))
                legs.append(side)
                counts.append(len(whole))
    if not curves:
        raise _no_stride(strides)
    height = strides.recording.subject.height
    return Units.of(np.stack(curves), speed_m_s, legs, count=np.array(counts), height=height,
                    cadence=120.0 / _stride_time(strides))  # fmt: skip


def _no_stride(strides: StrideSet) -> MissingInputError:
    """Which strides there are, why none will do, and what would help."""
    angles, bounds = strides.recording.angles, [b for s in strides.sides for b in strides[s].bounds]
    found = f"{strides.n} stride{'s' if strides.n != 1 else ''}" + "".join(
        f"; {w}" for w in dict.fromkeys(r.reason for r in strides.rejected)
    )
    remedy = "give a longer walk"
    lacking = [j for j in JOINTS if not any(j in strides[s] for s in strides.sides)]
    if bounds and lacking:
        found += f" without {' and '.join(lacking)}"
        remedy = "give angles of hip, knee and ankle of a leg"
    elif bounds and angles is not None and len(angles):
        first, last = angles.times[[0, -1]]
        a, b = bounds[0][[0, -1]]
        if a < first or b > last:
            found += f", the first from {a:.2f} to {b:.2f} s; the angles last from {first:.2f} to {last:.2f} s"
            remedy = "give a longer recording of the angles"
    elif strides.recording.forces is None:
        remedy += ", or the force file with it for surer events"
    return MissingInputError(
        "no whole stride with hip, knee and ankle angles", place="strides", found=found,
        expected="hip_flexion, knee_angle and ankle_angle of a leg over a stride", remedy=remedy,
    )  # fmt: skip


def _stride_time(strides: StrideSet) -> float:
    return float(np.median(np.concatenate([strides[s].duration for s in strides.sides])))
