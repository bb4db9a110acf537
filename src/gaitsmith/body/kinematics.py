"""Forward kinematics: where every segment is, for all instants at once.

``Pose`` holds the segments' frames over time; ``place`` makes it from coordinate values, and
``coordinate_values`` makes those from a stream of canonical angles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gaitsmith.body.tree import GROUND, Body, Joint, Spot, unknown
from gaitsmith.errors import GaitsmithError
from gaitsmith.streams import Stream

__all__ = ["Pose", "about", "coordinate_values", "place"]

Array = npt.NDArray[np.float64]


def about(direction: Array, angle: Array) -> Array:
    """Rotation matrices (… × 3 × 3) about a unit vector by angles (…, rad): Rodrigues' formula."""
    x, y, z = direction
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    kk = k @ k
    s, c = np.sin(angle)[..., None, None], (1 - np.cos(angle))[..., None, None]
    out: Array = np.eye(3) + s * k + c * kk
    return out


@dataclass(frozen=True)
class Moving:
    """One axis of a joint at every instant.

    `direction` (time × 3) is the axis in the ground frame; `value`, `rate` and `bend` (time) are
    the displacement and its first and second derivative by the coordinate with number `coordinate`
    (None: the axis never moves).
    """

    direction: Array
    turns: bool
    value: Array
    rate: Array
    bend: Array
    coordinate: int | None


@dataclass(frozen=True, eq=False)
class Pose:
    """A body over time.

    Attributes
    ----------
    values
        Coordinate values as used (time × coordinate; rad, m; the body's own signs).
    rotation, origin
        Of each segment in the ground frame: segment × time × 3 × 3 and segment × time × 3 (m).
    centre
        Of each joint: joint × time × 3 (m), the origin of its frame on the child.
    axes
        For each joint, its axes in the order in which they act: translations, then rotations.
    """

    body: Body
    values: Array
    rotation: Array
    origin: Array
    centre: Array
    axes: tuple[tuple[Moving, ...], ...]

    def __len__(self) -> int:
        return len(self.values)

    def spot(self, spot: Spot) -> Array:
        """Position (time × 3, m) of a point fixed on a segment."""
        local = np.array(spot.position)
        if spot.segment == GROUND:
            return np.broadcast_to(local, (len(self), 3)).copy()
        at = self.body.segment_index.get(spot.segment)
        if at is None:
            raise unknown("segment", spot.segment, self.body.segment_index)
        out: Array = self.origin[at] + self.rotation[at] @ local
        return out

    def spots(self, spots: Iterable[Spot]) -> Array:
        """Positions (time × spot × 3, m)."""
        found = [self.spot(s) for s in spots]
        return np.stack(found, axis=1) if found else np.zeros((len(self), 0, 3))

    def marker(self, name: str) -> Array:
        """Position (time × 3, m) of one of the body's markers."""
        if name not in self.body.markers:
            raise unknown("marker", name, self.body.markers)
        return self.spot(self.body.markers[name])

    def joint_centre(self, joint: str) -> Array:
        """Position (time × 3, m) of a joint."""
        out: Array = self.centre[self.body.joints.index(self.body.joint(joint))].copy()
        return out

    @cached_property
    def segment_centres(self) -> Array:
        """Mass centre of each segment: segment × time × 3 (m)."""
        local = np.array([s.centre for s in self.body.segments])
        out: Array = self.origin + np.einsum("stij,sj->sti", self.rotation, local)
        return out

    @property
    def mass_centre(self) -> Array:
        """Whole-body mass centre: time × 3 (m).

        Raises
        ------
        GaitsmithError
            Where the body has no mass.
        """
        mass = np.array([s.mass for s in self.body.segments])
        if mass.sum() <= 0:
            raise GaitsmithError("the body has no mass", place=f"body {self.body.name!r}")
        out: Array = np.einsum("s,sti->ti", mass / mass.sum(), self.segment_centres)
        return out


def place(body: Body, values: Array) -> Pose:
    """The pose for coordinate values (time × coordinate; rad, m; the body's own signs).

    Coupled coordinates are set from those they follow, whatever `values` says of them.

    Raises
    ------
    GaitsmithError
        Where `values` has another width than the body has coordinates.
    """
    values = np.array(values, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(body.coordinates):
        raise GaitsmithError("the array does not fit the body", place="argument values",
                             found=f"shape {values.shape}",
                             expected=f"time × {len(body.coordinates)} coordinates")  # fmt: skip
    for coupling in body.couplings:
        lead = values[:, body.index[coupling.independent]]
        values[:, body.index[coupling.dependent]] = coupling.function.evaluate(lead)[0]
    n = len(values)
    rotation = np.empty((len(body.segments), n, 3, 3))
    origin = np.empty((len(body.segments), n, 3))
    centre = np.empty((len(body.joints), n, 3))
    every: list[tuple[Moving, ...]] = []
    for number, joint in enumerate(body.joints):
        if joint.parent == GROUND:
            r0, p0 = np.broadcast_to(np.eye(3), (n, 3, 3)), np.zeros((n, 3))
        else:
            parent = body.segment_index[joint.parent]
            r0, p0 = rotation[parent], origin[parent]
        r, p, axes = _step(body, joint, values, r0, p0)
        at = body.segment_index[joint.child]
        centre[number] = p
        rotation[at] = r @ joint.on_child.rotation.T
        origin[at] = p - rotation[at] @ joint.on_child.origin
        every.append(axes)
    return Pose(body, values, rotation, origin, centre, tuple(every))


def _step(
    body: Body, joint: Joint, values: Array, r0: Array, p0: Array
) -> tuple[Array, Array, tuple[Moving, ...]]:
    """The joint's frame on the child in the ground frame, and the joint's axes."""
    r = r0 @ joint.on_parent.rotation
    p = p0 + r0 @ joint.on_parent.origin
    axes: list[Moving] = []
    zero = np.zeros(len(values))
    for turns, group in ((False, joint.translations), (True, joint.rotations)):
        for axis in group:
            number = None if axis.coordinate is None else body.index[axis.coordinate]
            q = zero if number is None else values[:, number]
            value, rate, bend = axis.function.evaluate(q)
            if number is None:
                rate = bend = zero
                if not value.any():
                    continue
            unit = np.array(axis.direction)
            direction = r @ unit
            axes.append(Moving(direction, turns, value, rate, bend, number))
            if turns:
                r = r @ about(unit, value)
            else:
                p = p + direction * value[:, None]
    return r, p, tuple(axes)


def coordinate_values(
    body: Body, angles: Stream | Mapping[str, Array], rest: Mapping[str, float] | None = None
) -> tuple[Array, dict[str, str]]:
    """Coordinate values (time × coordinate; rad, m; own signs) from canonical angles.

    Parameters
    ----------
    angles
        An ``angles`` stream, or arrays (time) by canonical name: degrees (translations metres),
        knee flexion positive.
    rest
        Values (canonical units) for coordinates that `angles` lacks; without one, the body's own
        resting value is used.

    Returns
    -------
    values, sources
        `sources` says for each coordinate where it came from: ``"given"``, ``"rest"`` (absent from
        `angles`) or ``"follows X"`` (coupled).
    """
    columns: Mapping[str, Array]
    if isinstance(angles, Stream):
        columns = {label: angles[label] for label in angles.labels}
        n = len(angles)
    else:
        columns = angles
        n = len(next(iter(angles.values()))) if angles else 0
    values = np.empty((n, len(body.coordinates)))
    sources: dict[str, str] = {}
    follows = {c.dependent: c.independent for c in body.couplings}
    for i, c in enumerate(body.coordinates):
        name = body.canonical[c.name]
        to_own = body.signs[i] * (np.pi / 180 if c.rotational else 1.0)
        if c.name in follows:
            sources[c.name] = f"follows {follows[c.name]}"
            values[:, i] = c.rest
        elif name in columns or c.name in columns:
            values[:, i] = columns[name if name in columns else c.name] * to_own
            sources[c.name] = "given"
        elif rest and name in rest:
            values[:, i] = rest[name] * to_own
            sources[c.name] = "rest"
        else:
            values[:, i] = c.rest
            sources[c.name] = "rest"
    return values, sources
