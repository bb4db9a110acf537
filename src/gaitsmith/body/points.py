"""From joint angles to positions: joint centres, heels, toes, neck and head as a points stream."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.body.anthropometry import HEIGHT, generic_body
from gaitsmith.body.kinematics import coordinate_values, place
from gaitsmith.body.sites import moved_by, places
from gaitsmith.body.tree import Body, Spot
from gaitsmith.channels import get
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.signals import fill_gaps, lowpass

__all__ = ["points_from_angles", "sized"]

Array = npt.NDArray[np.float64]

_PLACE = "points from angles"
_LEG = ("hip_flexion", "knee_angle", "ankle_angle")
_PELVIS = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
# Statures (m) that a scale from the pelvis' height may give before it is not believed.
_STATURES = (0.6, 2.3)


def points_from_angles(
    recording: Recording, body: Body | None = None, *, height: float | None = None
) -> Recording:
    """Add a ``points`` stream to a recording that has joint angles.

    Parameters
    ----------
    recording
        With an ``angles`` stream that has a hip, knee or ankle.
    body
        The person's body (``read_osim``); None: the generic body.
    height
        Stature (m) for the generic body; None: the subject's, else the scale at which the stance
        foot stands at y = 0 beneath the given pelvis height, else 1.70 m.

    Returns
    -------
    Recording
        With a further points stream, named ``points`` (``points_body`` where that name is taken):
        ``pelvis`` (middle of the hip joints), ``hip_r``, ``knee_r``, ``ankle_r``, ``heel_r``,
        ``toe_r``, the left leg's, ``neck``, ``head``, ``shoulder_r``, … in metres on the clock of
        the angles. Points below a joint whose angle is missing from the recording are drawn with
        its resting angle and marked in ``filled``, and notes say which. Where the pelvis has no
        position, it is held above the origin at such a height that the lower foot touches y = 0
        at every instant (``attrs["pelvis"] == "held"``): what such points show is the walk as seen
        from the pelvis, as on a treadmill.

    Raises
    ------
    MissingInputError
        Where there are no angles of a leg.
    """
    angles = recording.angles
    if angles is None:
        raise MissingInputError("there are no joint angles", place=_PLACE,
                                expected="an angles stream")  # fmt: skip
    sides = [s for s in ("r", "l") if any(f"{c}_{s}" in angles for c in _LEG)]
    if not sides:
        raise MissingInputError("there are no angles of a leg", place=_PLACE,
                                found=", ".join(angles.labels[:8]) or "no columns",
                                expected="hip, knee and ankle flexion")  # fmt: skip
    notes: list[Note] = []
    told = None
    if body is None:
        told = stature(recording, angles, sides) if height is None else None
        body = sized(recording, angles, height, sides, notes)
    known, guessed = _with_knees(angles, notes)
    values, sources = coordinate_values(body, known, rest=_at_rest(body))
    sources.update({own: "drawn" for own in sources if body.canonical[own] in guessed})
    pose = place(body, values)
    chosen = _chosen(body, angles, sides)
    data = pose.spots(chosen.values())
    held = not all(c in angles for c in _PELVIS)
    if held:
        data = data + _on_ground(data, list(chosen), angles, notes)[:, None, :]
    filled = _filled(body, angles, chosen, sources, notes)
    stream = Stream(
        "points", data, tuple(chosen), rate=angles.rate, start=angles.start,
        time=angles.time, filled=filled if filled.any() else None,
        attrs={"made_from": "angles", "body": body.name, "pelvis": "held" if held else "moving",
               **({"stature": told} if told is not None else {}), **_not_measured(body, sources)},
    )  # fmt: skip
    name = "points" if "points" not in recording else "points_body"
    streams = {**recording.streams, name: stream}
    return recording.replace(streams=streams, notes=(*recording.notes, *notes))


def _not_measured(body: Body, sources: dict[str, str]) -> dict[str, list[str]]:
    """Angles of the legs by how else they came: ``drawn`` as the hip moves, or ``at_rest``."""
    found = {}
    for key, how in (("drawn", "drawn"), ("at_rest", "rest")):
        names = sorted(body.canonical[own] for own, source in sources.items() if source == how)
        if legs := [n for n in names if n[:-2] in _LEG]:
            found[key] = legs
    return found


def drawn_words(points: Stream) -> str:
    """What of a figure's legs is drawn and not measured, a sentence each; "" where all is measured.

    Parameters
    ----------
    points
        From :func:`points_from_angles`.
    """
    said = []
    for key, moves in (
        ("drawn", "bending as the hip swings forward"),
        ("at_rest", "held as in upright standing"),
    ):
        names: list[str] = points.attrs.get(key, [])
        for stem in dict.fromkeys(n[:-2] for n in names):
            sides = [side for end, side in (("_l", "left"), ("_r", "right")) if stem + end in names]
            joint = stem.split("_")[0]
            who = (
                f"Both {joint}s of this figure are"
                if len(sides) == 2
                else f"The {sides[0]} {joint} of this figure is"
            )
            said.append(f"{who} drawn {moves}, not measured.")
    return " ".join(said)


def _at_rest(body: Body) -> dict[str, float]:
    """Canonical angles whose rest is 0: all that turn, save those the model locks elsewhere."""
    return {body.canonical[c.name]: 0.0 for c in body.coordinates if c.rotational and not c.locked}


def _with_knees(angles: Stream, notes: list[Note]) -> tuple[dict[str, Array], list[str]]:
    """The angles by name, with a knee drawn where only its hip is known, and which were drawn.

    A straight knee would drag the swinging foot through the floor. A walking knee bends as its
    hip swings forward: 8° and up to 60° more with the hip's flexion velocity 50 ms before, over
    its 97th percentile. On six OpenSim recordings of walking this is 7 to 13° RMS from the knee.
    """
    columns = {label: angles[label] for label in angles.labels}
    guessed = []
    for side in ("r", "l"):
        hip, knee = f"hip_flexion_{side}", f"knee_angle_{side}"
        if hip in columns and knee not in columns and len(angles) > 8:
            columns[knee] = _drawn_knee(angles, columns[hip])
            guessed.append(knee)
    if guessed:
        notes.append(Note(
            "warning", _PLACE,
            f"the recording has no {' and '.join(guessed)}: the knee is drawn bending as the hip "
            "swings forward, for the picture only; points below it are marked as filled",
        ))  # fmt: skip
    return columns, guessed


def _drawn_knee(angles: Stream, hip: Array) -> Array:
    times = angles.times
    rate = angles.nominal_rate
    smooth = lowpass(fill_gaps(times, np.array(hip)), rate, 6.0)
    swing = np.gradient(smooth, np.maximum.accumulate(times + 1e-12 * np.arange(len(times))))
    fastest = float(np.nanpercentile(swing, 97))
    if not fastest > 0:
        return np.full(len(hip), 8.0)
    before = np.interp(times - 0.05, times, swing)
    return 8.0 + 60.0 * np.clip(before / fastest, 0.0, 1.0)


def _chosen(body: Body, angles: Stream, sides: list[str]) -> dict[str, Spot]:
    """The landmarks to draw: legs and arms only where the recording has angles of them."""
    arms = [s for s in ("r", "l") if f"arm_flex_{s}" in angles]
    drawn = {
        *(f"{p}_{s}" for p in ("knee", "ankle", "heel", "toe") for s in sides),
        *(f"{p}_{s}" for p in ("elbow", "wrist") for s in arms),
        *("hip_r", "hip_l", "shoulder_r", "shoulder_l"),
    }
    every = places(body)
    return {n: s for n, s in every.items() if n[-2:] not in ("_r", "_l") or n in drawn}


def sized(
    recording: Recording, angles: Stream, height: float | None, sides: list[str], notes: list[Note]
) -> Body:
    """The generic body at the person's size, with a note that says how the size is known."""
    subject = recording.subject
    known = height if height is not None else subject.height
    how = "as given"
    if known is None:
        known, how = stature(recording, angles, sides), "at which the lower foot stands at y = 0"
    if known is None:
        known, how = HEIGHT, "assumed"
    body = generic_body(known, subject.mass, subject.sex)
    notes.append(Note(
        "assumption", _PLACE,
        f"positions are those of a generic adult body of {known:.2f} m, {how}; "
        "give the model (--osim) or the height for the person's own",
    ))  # fmt: skip
    return body


def stature(recording: Recording, angles: Stream, sides: list[str]) -> float | None:
    """Stature (m) whose generic body stands on y = 0 in the given motion, or None.

    None as well where the person's height is known or the file does not say how high the pelvis is.

    The height of the pelvis over the lower foot grows in proportion to stature; at every instant
    of double or single stance it equals ``pelvis_ty``. The median over the instants of the ratio
    of both is robust against swing, flight and single bad samples.
    """
    if recording.subject.height is not None or "pelvis_ty" not in angles:
        return None
    body = generic_body(HEIGHT, arms=False)
    values, _ = coordinate_values(body, _with_knees(angles, [])[0], rest=_at_rest(body))
    pelvis = body.index["pelvis_ty"]
    level = values[:, pelvis].copy()
    values[:, pelvis] = 0.0
    spots = places(body)
    feet = [spots[f"{p}_{s}"] for s in sides for p in ("heel", "toe")]
    drop = -np.min(place(body, values).spots(feet)[..., 1], axis=1)
    good = np.isfinite(level) & np.isfinite(drop) & (drop > 0.2 * HEIGHT)
    if good.sum() < 0.2 * max(1, len(level)):
        return None
    found = float(np.median(level[good] / drop[good])) * HEIGHT
    return found if _STATURES[0] <= found <= _STATURES[1] else None


def _on_ground(data: Array, labels: list[str], angles: Stream, notes: list[Note]) -> Array:
    """What to add (time × 3) so that the pelvis is held and the lower foot touches y = 0."""
    shift = np.zeros((len(data), 3))
    lacking = [c for c in _PELVIS if c not in angles]
    feet = [i for i, n in enumerate(labels) if n[:-2] in ("heel", "toe")]
    if "pelvis_ty" in lacking:
        with np.errstate(all="ignore"):
            lowest = np.min(np.nan_to_num(data[:, feet, 1], nan=np.inf), axis=1)
        shift[:, 1] = np.where(np.isfinite(lowest), -lowest, 0.0)
    moves = "its height is such that the lower foot touches the ground; " if shift.any() else ""
    notes.append(Note(
        "assumption", _PLACE,
        f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing: the pelvis is "
        f"held in place; {moves}progress over the ground is unknown",
    ))  # fmt: skip
    return shift


def _filled(
    body: Body,
    angles: Stream,
    chosen: dict[str, Spot],
    sources: dict[str, str],
    notes: list[Note],
) -> npt.NDArray[np.bool_]:
    """Points (time × point × 3) that rest on an angle that is missing or was filled."""
    mask = np.zeros((len(angles), len(chosen), 3), dtype=bool)
    mattering = (*(f"{c}_{s}" for c in _LEG for s in ("r", "l")), "lumbar_extension")
    absent: list[str] = []
    for i, spot in enumerate(chosen.values()):
        for own in moved_by(body, spot):
            name = body.canonical[own]
            if sources.get(own) == "drawn":
                mask[:, i] = True
            elif sources.get(own) == "rest":
                absent.append(name)
                if name in mattering:
                    mask[:, i] = True
            elif angles.filled is not None and name in angles:
                mask[:, i] |= angles.filled[:, angles.index(name), None]
    for level, some in (
        ("warning", [n for n in mattering if n in absent]),
        ("assumption", sorted({n for n in absent if n not in mattering and n not in _PELVIS})),
    ):
        if some:
            words = ", ".join(f"{get(n).english} ({n})" if _known(n) else n for n in some)
            notes.append(Note(
                level, _PLACE,  # type: ignore[arg-type]
                f"the recording has no {words}: taken as 0, as in upright standing"
                + ("; points below are marked as filled" if level == "warning" else ""),
            ))  # fmt: skip
    return mask


def _known(name: str) -> bool:
    from gaitsmith.channels import channels

    return name in channels()
