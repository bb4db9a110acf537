"""A body as plain data: segments joined into a tree by joints whose axes follow coordinates.

Frames are OpenSim's: x forward, y up, z to the right; metres, kilograms, radians. A joint places
the child's joint frame in the parent's joint frame: first the translation along its translation
axes (in the parent's joint frame), then the rotations about its rotation axes, each axis turned by
those before it (body-fixed), as OpenSim's CustomJoint does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.body.functions import Function
from gaitsmith.errors import GaitsmithError, did_you_mean

__all__ = ["GROUND", "Axis", "Body", "Coordinate", "Coupling", "Frame", "Joint", "Segment", "Spot"]

Array = npt.NDArray[np.float64]

#: Name of the frame that everything stands in.
GROUND = "ground"


@dataclass(frozen=True)
class Frame:
    """A frame in another: rotation (3 × 3, columns are its axes) and origin (m)."""

    rotation: Array = field(default_factory=lambda: np.eye(3))
    origin: Array = field(default_factory=lambda: np.zeros(3))

    def then(self, inner: Frame) -> Frame:
        """`inner`, given in this frame, in the frame that this one is given in."""
        return Frame(self.rotation @ inner.rotation, self.origin + self.rotation @ inner.origin)


@dataclass(frozen=True)
class Segment:
    """A rigid part: mass (kg), mass centre (m) and inertia about it (3 × 3, kg·m²), in its frame."""

    name: str
    mass: float = 0.0
    centre: Array = field(default_factory=lambda: np.zeros(3))
    inertia: Array = field(default_factory=lambda: np.zeros((3, 3)))


@dataclass(frozen=True)
class Axis:
    """A direction (unit vector) with the displacement (rad or m) that a coordinate gives it."""

    direction: tuple[float, float, float]
    function: Function
    coordinate: str | None = None


@dataclass(frozen=True)
class Joint:
    """How a child segment moves on its parent.

    `on_parent` and `on_child` are the joint's frames in the two segments.
    """

    name: str
    parent: str
    child: str
    on_parent: Frame = field(default_factory=Frame)
    on_child: Frame = field(default_factory=Frame)
    rotations: tuple[Axis, ...] = ()
    translations: tuple[Axis, ...] = ()

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the coordinates that move it, each once."""
        axes = (*self.rotations, *self.translations)
        return tuple(dict.fromkeys(a.coordinate for a in axes if a.coordinate))


@dataclass(frozen=True)
class Coordinate:
    """A degree of freedom: rest value and range in radians (or metres, where not `rotational`).

    A `clamped` one never leaves its range; the range of another is only advice.
    """

    name: str
    rest: float = 0.0
    range: tuple[float, float] = (-np.inf, np.inf)
    locked: bool = False
    rotational: bool = True
    clamped: bool = False


@dataclass(frozen=True)
class Coupling:
    """``dependent = function(independent)``: a coordinate that follows another."""

    dependent: str
    independent: str
    function: Function


@dataclass(frozen=True)
class Spot:
    """A point fixed on a segment (marker, landmark): position in the segment's frame (m)."""

    segment: str
    position: tuple[float, float, float]


@dataclass(frozen=True)
class Body:
    """A tree of segments.

    Parameters
    ----------
    segments
        All but the ground.
    joints
        One for each segment (as its child), in any order; kept parents first.
    coordinates
        Every degree of freedom that a joint names.
    couplings
        Coordinates that follow others.
    markers
        By name.
    gravity
        m/s².

    Raises
    ------
    GaitsmithError
        Where the joints do not make a tree that stands on the ground, or a name is unknown.
    """

    name: str
    segments: tuple[Segment, ...]
    joints: tuple[Joint, ...]
    coordinates: tuple[Coordinate, ...]
    couplings: tuple[Coupling, ...] = ()
    markers: Mapping[str, Spot] = field(default_factory=dict)
    gravity: tuple[float, float, float] = (0.0, -9.80665, 0.0)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "markers", MappingProxyType(dict(self.markers)))
        self._check_names()
        put(self, "joints", self._ordered())

    def _wrong(self, problem: str, found: object) -> GaitsmithError:
        return GaitsmithError(problem, place=f"body {self.name!r}", found=found)

    def _check_names(self) -> None:
        for kind, names in (
            ("segment", [s.name for s in self.segments]),
            ("coordinate", [c.name for c in self.coordinates]),
            ("joint", [j.name for j in self.joints]),
        ):
            if len(set(names)) != len(names):
                raise self._wrong(
                    f"a {kind} stands twice", next(n for n in names if names.count(n) > 1)
                )
        segments = {s.name for s in self.segments}
        coordinates = {c.name for c in self.coordinates}
        for joint in self.joints:
            for end in (joint.parent, joint.child):
                if end not in segments and end != GROUND:
                    raise self._wrong(f"joint {joint.name!r} names an unknown segment", end)
            for name in joint.coordinates:
                if name not in coordinates:
                    raise self._wrong(f"joint {joint.name!r} names an unknown coordinate", name)
        for coupling in self.couplings:
            for name in (coupling.dependent, coupling.independent):
                if name not in coordinates:
                    raise self._wrong("a coupling names an unknown coordinate", name)
        for marker, spot in self.markers.items():
            if spot.segment not in segments and spot.segment != GROUND:
                raise self._wrong(f"marker {marker!r} lies on an unknown segment", spot.segment)

    def _ordered(self) -> tuple[Joint, ...]:
        by_child: dict[str, Joint] = {}
        for joint in self.joints:
            if joint.child in by_child or joint.child == GROUND:
                raise self._wrong("a segment hangs on two joints (closed loops cannot be used)",
                                  f"{joint.child} by {joint.name}")  # fmt: skip
            by_child[joint.child] = joint
        done: dict[str, Joint | None] = {GROUND: None}
        waiting = list(self.joints)
        while waiting:
            ready = [j for j in waiting if j.parent in done]
            if not ready:
                raise self._wrong("joints do not lead to the ground",
                                  ", ".join(j.name for j in waiting))  # fmt: skip
            done.update((j.child, j) for j in ready)
            waiting = [j for j in waiting if j.child not in done]
        loose = [s.name for s in self.segments if s.name not in done]
        if loose:
            raise self._wrong("segments hang on no joint", ", ".join(loose))
        return tuple(j for j in done.values() if j is not None)

    # --- asking ------------------------------------------------------------------------------

    @property
    def mass(self) -> float:
        """Whole-body mass (kg)."""
        return float(sum(s.mass for s in self.segments))

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Place of each coordinate in arrays of coordinate values."""
        return MappingProxyType({c.name: i for i, c in enumerate(self.coordinates)})

    @cached_property
    def segment_index(self) -> Mapping[str, int]:
        """Place of each segment in arrays of segments."""
        return MappingProxyType({s.name: i for i, s in enumerate(self.segments)})

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Coordinates that follow no other and are not locked."""
        follow = {c.dependent for c in self.couplings}
        return tuple(c.name for c in self.coordinates if c.name not in follow and not c.locked)

    def joint(self, name: str) -> Joint:
        """The joint of this name.

        Raises
        ------
        GaitsmithError
            With the nearest name, where there is none.
        """
        found = next((j for j in self.joints if j.name == name), None)
        if found is None:
            raise GaitsmithError("the body has no such joint", place=f"body {self.name!r}", found=name,
                                 remedy=did_you_mean(name, (j.name for j in self.joints)) or None)  # fmt: skip
        return found

    def joint_of(self, coordinate: str) -> Joint | None:
        """The joint that a coordinate (canonical name) moves, or None."""
        own = self.own_name(coordinate)
        return next((j for j in self.joints if own in j.coordinates), None) if own else None

    @cached_property
    def canonical(self) -> Mapping[str, str]:
        """Canonical name (``channels``) of each coordinate; its own name where it has none."""
        out: dict[str, str] = {}
        for c in self.coordinates:
            row = channels.find(c.name)
            name = row.name if row else c.name
            out[c.name] = name if name not in out.values() else c.name
        return MappingProxyType(out)

    def own_name(self, canonical: str) -> str | None:
        """This body's name of a canonical coordinate, or None."""
        return next((own for own, name in self.canonical.items() if name == canonical), None)

    @cached_property
    def signs(self) -> Array:
        """Factor from canonical to own sign for each coordinate (-1 where a knee flexes negative).

        Told from the joint itself: flexion turns the shank backwards, about -z of the thigh.
        """
        out = np.ones(len(self.coordinates))
        for i, c in enumerate(self.coordinates):
            if channels.split_side(self.canonical[c.name])[0] == "knee_angle":
                joint = next((j for j in self.joints if c.name in j.coordinates), None)
                if joint is not None and _turn_z(joint, c) > 0:
                    out[i] = -1.0
        return out

    def replace(self, **changes: object) -> Body:
        """A copy with fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def scaled(self, factor: float, mass: float | None = None) -> Body:
        """The same shape, `factor` times as long; mass as given, else in proportion to volume.

        Displacements of sliding joints scale too, but free translations (an axis that just follows
        a sliding coordinate, as the pelvis does) stay metres.
        """
        from gaitsmith.body.functions import Scaled

        if not (np.isfinite(factor) and factor > 0):
            raise GaitsmithError("cannot scale a body", place="argument factor", found=factor)
        heavier = factor**3 if mass is None or self.mass <= 0 else mass / self.mass
        slides = {c.name for c in self.coordinates if not c.rotational}

        def longer(frame: Frame) -> Frame:
            return Frame(frame.rotation, frame.origin * factor)

        def slid(axis: Axis) -> Axis:
            if axis.coordinate in slides:
                return axis
            return replace(axis, function=Scaled(axis.function, factor))

        return self.replace(
            segments=tuple(
                replace(s, mass=s.mass * heavier, centre=s.centre * factor,
                        inertia=s.inertia * heavier * factor**2)
                for s in self.segments
            ),
            joints=tuple(
                replace(j, on_parent=longer(j.on_parent), on_child=longer(j.on_child),
                        translations=tuple(slid(a) for a in j.translations))
                for j in self.joints
            ),
            markers={n: moved(m, factor) for n, m in self.markers.items()},
        )  # fmt: skip


def moved(spot: Spot, factor: float) -> Spot:
    """The spot with its position times `factor`."""
    x, y, z = spot.position
    return Spot(spot.segment, (x * factor, y * factor, z * factor))


def _turn_z(joint: Joint, coordinate: Coordinate) -> float:
    """How much the child turns about the parent segment's z as the coordinate grows (rad)."""
    from gaitsmith.body.kinematics import about

    turned = []
    for value in (0.2, 0.6):
        low, high = coordinate.range
        q = value if high >= value or low > -value else -value
        rotation = np.eye(3)
        for axis in joint.rotations:
            angle = axis.function.evaluate(
                np.array(q if axis.coordinate == coordinate.name else 0.0)
            )
            rotation = rotation @ about(np.array(axis.direction), angle[0])
        frame = joint.on_parent.rotation @ rotation @ joint.on_child.rotation.T
        turned.append((np.arctan2(frame[1, 0], frame[0, 0]), q))
    (a, qa), (b, qb) = turned
    return float((b - a) / (qb - qa))


def unknown(kind: str, name: str, known: Iterable[str]) -> GaitsmithError:
    """A refusal that names what is not there and the nearest that is."""
    return GaitsmithError(f"no such {kind}", found=name, remedy=did_you_mean(name, known) or None)
