"""From labelled points to joint angles, with what is doubtful about them said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gaitsmith.body.doubt import jumps, odd_lengths, suspects, wrong_side
from gaitsmith.body.dress import dress
from gaitsmith.body.markers import default_weights, matched_markers, relabelled
from gaitsmith.body.measure import Seen
from gaitsmith.body.naming import Naming, applied
from gaitsmith.body.register import register
from gaitsmith.body.solve import Solution, fit
from gaitsmith.body.tree import Body
from gaitsmith.errors import MissingInputError
from gaitsmith.recording import Note, Recording, Stream

__all__ = [
    "SMOOTH_HZ",
    "Solved",
    "angles_from_points",
    "as_model",
    "from_standing",
    "solve_points",
    "suspects",
]

_PLACE = "angles from points"
#: Cutoff (Hz) of the low-pass on fitted coordinates: joint angles of walking have 99 % of their
#: power below 6 Hz (Winter, 4th ed., section 3.4), those of running below about 10 Hz.
SMOOTH_HZ = 12.0


@dataclass(frozen=True, eq=False)
class Solved:
    """A recording with its angles, and how they were found.

    Attributes
    ----------
    recording
        With the angles.
    name
        Of the stream of angles.
    body
        The body that was fitted.
    residuals
        Root mean square distance (m) of each marker from its place on the body.
    median
        Median distance (m) over all markers and instants.
    unused
        Labels that were not used.
    standing
        Angles (degrees) of the standing trial by name; empty without one.
    centres
        Whether the points were read as joint centres or keypoints.
    mapping
        Name of the mapping of labels, or None.
    told
        Canonical names of the coordinates that the points tell at some instant.
    """

    recording: Recording
    name: str
    body: Body
    residuals: dict[str, float]
    median: float
    unused: tuple[str, ...]
    standing: dict[str, float]
    centres: bool
    mapping: str | None
    told: tuple[str, ...]

    @property
    def angles(self) -> Stream:
        """The fitted angles."""
        return self.recording[self.name]


def angles_from_points(
    recording: Recording, body: Body | None = None, *, static: Stream | None = None,
    weights: Mapping[str, float] | None = None, hold: Mapping[str, float | None] | None = None,
    register_markers: bool = False, naming: Naming | None = None,
    smooth_hz: float | None = SMOOTH_HZ,
) -> Recording:  # fmt: skip
    """Add an ``angles`` stream (``angles_body`` where the name is taken) fitted to the points.

    Parameters and refusals are those of :func:`solve_points`.
    """
    return solve_points(
        recording, body, static=static, weights=weights, hold=hold, naming=naming,
        register_markers=register_markers, smooth_hz=smooth_hz,
    ).recording  # fmt: skip


def solve_points(
    recording: Recording, body: Body | None = None, *, static: Stream | None = None,
    weights: Mapping[str, float] | None = None, hold: Mapping[str, float | None] | None = None,
    register_markers: bool = False, naming: Naming | None = None,
    smooth_hz: float | None = SMOOTH_HZ, rough: bool = False,
) -> Solved:  # fmt: skip
    """Fit a body to the points of a recording.

    Parameters
    ----------
    recording
        With a points stream, x forward (``gait.frame.face_forward``).
    body
        The person's (``read_osim``), with markers named as the points; None: a generic body that
        is sized from the points and wears them as markers (``dress``).
    static
        Points of a standing trial: the generic body is sized and its markers placed on it too, and
        its angles stand in ``attrs["standing"]`` of the stream.
    weights, hold, rough
        See :func:`gaitsmith.body.solve.fit`.
    register_markers
        Whether the markers of `body` are first moved on their segments to fit the recording
        (``register``): for models whose markers were never placed on this person.
    naming
        What the labels stand for; None: chosen by the labels for the generic body, and the
        markers' own names for a model.
    smooth_hz
        Cutoff of a zero-phase low-pass on the coordinates (Hz); None: as fitted.

    Raises
    ------
    MissingInputError
        Without points, or where their labels do not say enough.
    """
    points = recording.points
    if points is None:
        raise MissingInputError("there are no points", place=_PLACE, expected="a points stream")
    notes: list[Note] = []
    markers = None
    stature: float | None = None
    unused: tuple[str, ...] = ()
    centres, own_model = False, body is not None
    mapping: str | None = None
    if body is None:
        worn = dress(points, recording.subject, static=static, naming=naming)
        body, hold = worn.body, {**worn.hold, **(hold or {})}
        weights = {**worn.weights, **(weights or {})}
        centres, mapping = worn.centres, worn.naming
        stature = worn.stature if recording.subject.height is None else None
        read = "joint centres or keypoints" if centres else "markers on the skin"
        by = f" by the mapping {mapping!r}" if mapping else ""
        notes.append(Note("assumption", _PLACE, f"sized on the points, which were read{by} as {read}: "
                          + ", ".join(f"{x} = {n}" for x, n in worn.landmarks.items())))  # fmt: skip
        names = {n: x for x, n in worn.landmarks.items() if x in points}
        seen = Seen({n: points[x] for n, x in names.items()}, frozenset())
        notes += odd_lengths(seen, recording.subject.height, names)
        notes += wrong_side(seen, names)
        if centres:
            notes.append(Note("assumption", _PLACE, "joint centres do not show the tilt of the pelvis: "
                              "it is taken as 0, and hip flexion is the thigh's from the vertical"))  # fmt: skip
    elif naming is not None:
        read_as = applied(naming, points.labels)
        body, mapping = relabelled(body, read_as), read_as.name
        usual = default_weights(matched_markers(body, points.labels))
        weights = {**usual, **read_as.weights, **(weights or {})}
    if register_markers and own_model:
        moved = register(body, points, weights=weights, hold=hold)
        markers = moved.markers
        notes.append(Note("assumption", _PLACE, "the body's markers were moved to fit this "
                          f"recording, by up to {max(moved.moved.values()) * 1e3:.0f} mm"))  # fmt: skip
    solution = fit(body, points, markers, weights=weights, hold=hold, rough=rough)
    unused = tuple(x for x in points.labels if x not in solution.labels)
    median = float(np.nanmedian(solution.distance))
    words = f"angles are those of {body.name} fitted to {len(solution.labels)} markers, median "
    words += f"distance {median * 1e3:.0f} mm"
    if unused:
        words += f"; not used: {', '.join(unused)}"
    notes += [Note("assumption", _PLACE, words), *jumps(points), *suspects(solution, points)]
    angles = _smoothed(solution.angles(points.rate), smooth_hz, notes)
    standing = {}
    if static is not None:
        still = fit(body, static, markers, weights=weights, hold=hold, rough=True).angles()
        with np.errstate(all="ignore"):
            standing = {x: float(np.nanmedian(still[x])) for x in still.labels
                        if np.isfinite(still[x]).any()}  # fmt: skip
    residuals = solution.residuals()
    angles = angles.replace(attrs={
        **angles.attrs, "residual_mm": {k: round(v * 1e3, 2) for k, v in residuals.items()},
        **({"standing": standing} if standing else {}),
        **({"stature": round(stature, 3)} if stature is not None else {}),
    })  # fmt: skip
    name = "angles" if "angles" not in recording else "angles_body"
    out = recording.replace(streams={**recording.streams, name: angles},
                            notes=(*recording.notes, *notes))  # fmt: skip
    return Solved(out, name, body, residuals, median, unused, standing, centres,
                  mapping, _told(solution))  # fmt: skip


def _smoothed(angles: Stream, cutoff: float | None, notes: list[Note]) -> Stream:
    """The angles low-passed, where their clock is even and fast enough."""
    from gaitsmith.signals import lowpass

    if cutoff is None or angles.rate is None or cutoff >= 0.475 * angles.rate or len(angles) < 9:
        return angles
    notes.append(Note("assumption", _PLACE, f"fitted angles were low-passed at {cutoff:g} Hz"))
    return replace(angles, data=lowpass(angles.data, angles.rate, cutoff))


def from_standing(angles: Stream) -> Stream:
    """Angles counted from those of the standing trial, where the stream has them.

    The pelvis' place and heading stay; all joint angles and the tilt and list of the pelvis are
    counted from standing.
    """
    standing = angles.attrs.get("standing")
    if not isinstance(standing, Mapping):
        raise MissingInputError("there is no standing trial to count from", place=_PLACE,
                                remedy="give one with --static")  # fmt: skip
    kept = ("pelvis_tx", "pelvis_ty", "pelvis_tz", "pelvis_rotation")
    offset = np.array([0.0 if x in kept else float(standing.get(x, 0.0)) for x in angles.labels])
    return angles.replace(data=angles.data - offset,
                          attrs={**angles.attrs, "counted_from": "standing"})  # fmt: skip


def as_model(angles: Stream, body: Body) -> Stream:
    """The angles with the body's own names and signs, as its ``.mot`` files have them."""
    own = {name: c for c, name in body.canonical.items()}
    sign = {c.name: float(s) for c, s in zip(body.coordinates, body.signs, strict=True)}
    factor = np.array([sign.get(own.get(x, ""), 1.0) for x in angles.labels])
    return angles.replace(
        data=angles.data * factor, labels=tuple(own.get(x, x) for x in angles.labels)
    )


def _told(solution: Solution) -> tuple[str, ...]:
    """Canonical names of the coordinates that were fitted and are told at some instant."""
    body = solution.body
    free = set(body.free)
    return tuple(
        body.canonical[c.name] for i, c in enumerate(body.coordinates)
        if c.name in free and np.isfinite(solution.values[:, i]).any()
    )  # fmt: skip
