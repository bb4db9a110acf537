"""The body as MJCF, MuJoCo's model format, with OpenSim's coordinate names, axes and signs.

Every segment becomes a body with the same frame, every coordinate a hinge or slide joint of its
own name (radians, metres, the body's own signs, zero where OpenSim's is zero), up stays y. MuJoCo
turns the joints of one body in their order, each axis carried by those before, which is what
OpenSim's CustomJoint does (MuJoCo documentation, "Kinematic tree"), so positions and inverse
dynamics agree to rounding.

What hinges and slides cannot say: an axis that follows a curve of a coordinate (the splines of
a knee), or of a coordinate that follows another (a patella), becomes a helper joint named
``coordinate:axis``; in a simulation it is tied to its coordinate by a polynomial of degree 4 over
the coordinate's range (MuJoCo's joint equality), whose largest error is said in a note. Set from
``Layout`` the helpers follow the curve exactly. A coordinate that moves no axis in proportion is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from gaitsmith.body.functions import Function
from gaitsmith.body.kinematics import about
from gaitsmith.body.mjcf_layout import Dof, Layout
from gaitsmith.body.sites import foot_segment, places
from gaitsmith.body.tree import GROUND, Axis, Body, Coordinate, Frame, Joint, Segment, Spot
from gaitsmith.errors import GaitsmithError
from gaitsmith.subject import Note

__all__ = ["Dof", "Layout", "Mjcf", "to_mjcf"]

Array = npt.NDArray[np.float64]
_PLACE = "MJCF"
#: MuJoCo refuses moving bodies without mass; this (kg, and kg·m²) stands for none.
_LEAST_MASS, _LEAST_INERTIA = 1e-6, 1e-9
#: Range (rad, m) over which a curve is approximated where a coordinate has no range of its own.
_WIDE = 1.0
#: Spheres under the foot as shares of the length heel to toe joint: radius; ahead of the heel; to
#: either side. Chosen so that the line of the spheres' lowest points is the sole, and the outermost
#: lie near the edges of a foot whose breadth is some 0.4 of its length (Drillis & Contini 1966:
#: 0.055 of stature over 0.152).
_RADIUS, _HEEL_AHEAD, _BALL_OUT, _TIP_AHEAD = 0.12, 0.10, 0.18, 0.28


@dataclass(frozen=True)
class Mjcf:
    """The document, how its joints belong to the coordinates, and what was assumed."""

    text: str
    layout: Layout
    notes: tuple[Note, ...]


def to_mjcf(
    body: Body, *, contact: bool = True, sites: Mapping[str, Spot] | None = None,
    sensors: Mapping[str, tuple[Spot, Array]] | None = None,
    stiffness: float = 0.0, damping: float = 0.0,
) -> Mjcf:  # fmt: skip
    """Write a body as MJCF.

    Parameters
    ----------
    body
        Generic, or from ``read_osim``.
    contact
        Whether spheres under the feet (heel, both sides of the ball, toe tip) and a floor at
        y = 0 are added. Feet touch only the floor.
    sites
        Points by name; None: the body's markers and its landmarks (``landmark:heel_r``).
    sensors
        Inertial sensors by name: place, and rotation (3 × 3, columns are the sensor's axes in the
        segment); each becomes a site with an accelerometer and a gyroscope.
    stiffness, damping
        Of every joint but the root's, about its resting value (N·m/rad, N·m·s/rad): a passive
        body that stands by itself.

    Raises
    ------
    GaitsmithError
        Where hinges and slides cannot say how a joint moves; named.
    """
    return _Writer(body, stiffness, damping).write(contact, sites, sensors or {})


def _text(*numbers: float | Array) -> str:
    return " ".join(repr(float(x)) for x in np.ravel(np.asarray(numbers)))


def _quaternion(rotation: Array) -> str:
    """w x y z, as MJCF has it."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    return _text(w, x, y, z)


class _Writer:
    def __init__(self, body: Body, stiffness: float, damping: float) -> None:
        self.body, self.stiffness, self.damping = body, stiffness, damping
        self.notes: list[Note] = []
        self.dofs: list[Dof] = []
        self.follows = {c.dependent: c for c in body.couplings}
        self.made: dict[str, str] = {}
        self.ties: list[tuple[Dof, Array]] = []
        self.of: dict[str, ElementTree.Element] = {}

    def write(
        self, contact: bool, sites: Mapping[str, Spot] | None, sensors: Mapping[str, tuple[Spot, Array]]
    ) -> Mjcf:  # fmt: skip
        body = self.body
        root = ElementTree.Element("mujoco", model=body.name)
        ElementTree.SubElement(root, "compiler", angle="radian", inertiafromgeom="false", autolimits="true")  # fmt: skip
        ElementTree.SubElement(root, "option", gravity=_text(*body.gravity), timestep="0.001",
                               integrator="implicitfast")  # fmt: skip
        world = ElementTree.SubElement(root, "worldbody")
        self.of[GROUND] = world
        for joint in body.joints:
            self.segment(joint)
        if contact:
            self.feet(world)
        if sites is None:
            sites = {**body.markers, **{f"landmark:{n}": s for n, s in places(body).items()}}
        for name, spot in sites.items():
            self.site(name, spot)
        self.sensors(root, sensors)
        self.equalities(root)
        rest = np.array([[c.rest for c in body.coordinates]])
        # MuJoCo counts joints in the order of the document.
        by_name = {d.name: d for d in self.dofs}
        layout = Layout(body, tuple(by_name[e.attrib["name"]] for e in world.iter("joint")))
        keys = ElementTree.SubElement(root, "keyframe")
        ElementTree.SubElement(keys, "key", name="rest", qpos=_text(layout.state(rest)[0]))
        ElementTree.indent(root)
        return Mjcf(ElementTree.tostring(root, encoding="unicode"), layout, tuple(self.notes))

    # --- the tree ----------------------------------------------------------------------------

    def segment(self, joint: Joint) -> None:
        """A body where its joint's coordinates are 0, with the joints that move it from there."""
        zero = [float(self.chain(a).evaluate(np.zeros(1))[0][0]) if a.coordinate else
                float(a.function.evaluate(np.zeros(1))[0][0]) for a in joint.rotations]  # fmt: skip
        # What the rotations after each have turned at 0, from the last to the first.
        later = [np.eye(3)]
        for axis, angle in zip(reversed(joint.rotations), reversed(zero), strict=True):
            later.insert(0, about(np.array(axis.direction), np.array(angle)) @ later[0])
        slid = np.zeros(3)
        for axis in joint.translations:
            f = self.chain(axis).evaluate if axis.coordinate else axis.function.evaluate
            slid = slid + np.array(axis.direction) * f(np.zeros(1))[0][0]
        turned = Frame(later[0], slid)
        back = Frame(joint.on_child.rotation.T, -joint.on_child.rotation.T @ joint.on_child.origin)
        frame = joint.on_parent.then(turned).then(back)
        element = ElementTree.SubElement(
            self.of[joint.parent], "body", name=joint.child, pos=_text(*frame.origin),
            quat=_quaternion(frame.rotation),
        )  # fmt: skip
        self.of[joint.child] = element
        at = joint.on_child
        for i, axis in enumerate(joint.translations):
            self.joint(element, joint, axis, f"translation{i + 1}", Frame(at.rotation @ later[0].T, at.origin))  # fmt: skip
        for i, axis in enumerate(joint.rotations):
            self.joint(element, joint, axis, f"rotation{i + 1}", Frame(at.rotation @ later[i].T, at.origin))  # fmt: skip
        self.inertia(element, next(s for s in self.body.segments if s.name == joint.child), joint)
        self.unmoved(joint)

    def chain(self, axis: Axis) -> Dof:
        """How an axis' displacement comes from a free coordinate."""
        through: tuple[Function, ...] = (axis.function,)
        name = str(axis.coordinate)
        for _ in range(len(self.body.couplings) + 1):
            if name not in self.follows:
                return Dof("", name, through)
            coupling = self.follows[name]
            name, through = coupling.independent, (coupling.function, *through)
        raise GaitsmithError("coordinates that follow each other", place=_PLACE, found=name)

    def joint(
        self, element: ElementTree.Element, joint: Joint, axis: Axis, which: str, at: Frame
    ) -> None:
        """A hinge or slide for an axis; `at` turns the axis into the body and says where it lies."""
        if axis.coordinate is None:
            return
        kind = "hinge" if which.startswith("rotation") else "slide"
        direction, dof = at.rotation @ np.array(axis.direction), self.chain(axis)
        slope = _slope(axis.function)
        if abs(abs(slope) - 1.0) < 1e-12 and axis.coordinate == dof.coordinate and dof.coordinate not in self.made:  # fmt: skip
            self.made[dof.coordinate] = joint.name
            dof = Dof(dof.coordinate, dof.coordinate)
            c = self.body.coordinates[self.body.index[dof.coordinate]]
            made = ElementTree.SubElement(element, "joint", name=dof.name, type=kind, axis=_text(*(direction * np.sign(slope))),
                                          pos=_text(*at.origin))  # fmt: skip
            if c.clamped and not c.locked and c.range[0] < c.range[1]:
                made.set("range", _text(*c.range))
            if self.stiffness or self.damping:
                self.passive(made, joint, c)
        else:
            dof = Dof(f"{axis.coordinate}:{joint.child}:{which}", dof.coordinate, dof.through)
            ElementTree.SubElement(element, "joint", name=dof.name, type=kind, axis=_text(*direction),
                                   pos=_text(*at.origin))  # fmt: skip
            # The joint's own zero is the frame that the functions' values at 0 already made.
            offset = float(dof.evaluate(np.zeros(1))[0][0])
            dof = Dof(dof.name, dof.coordinate, (*dof.through, _Less(offset)))
            self.tie(dof)
        self.dofs.append(dof)

    def passive(self, made: ElementTree.Element, joint: Joint, c: Coordinate) -> None:
        if joint.parent != GROUND:
            made.set("stiffness", _text(self.stiffness))
            made.set("damping", _text(self.damping))
            made.set("springref", _text(c.rest))

    def unmoved(self, joint: Joint) -> None:
        """Refuse a free coordinate that no axis follows in proportion."""
        for name in joint.coordinates:
            if name not in self.made and name not in self.follows:
                raise GaitsmithError(
                    "a coordinate that moves no axis in proportion cannot be a hinge or slide",
                    place=f"{_PLACE}, joint {joint.name!r}", found=name,
                )  # fmt: skip

    def inertia(self, element: ElementTree.Element, s: Segment, joint: Joint) -> None:
        mass, inertia = s.mass, np.array(s.inertia)
        own = np.linalg.eigvalsh(inertia)
        if mass < _LEAST_MASS or own[0] < _LEAST_INERTIA:
            moves = bool(joint.coordinates)
            mass = max(mass, _LEAST_MASS)
            inertia = inertia + max(0.0, _LEAST_INERTIA - own[0]) * np.eye(3)
            if moves:
                self.notes.append(Note("assumption", _PLACE, f"{s.name} has no mass or inertia of "
                                       "its own: MuJoCo takes 1 mg and 1e-9 kg·m²"))  # fmt: skip
        elif own[2] > (own[0] + own[1]) * (1 + 1e-9):
            # No rigid body has a principal inertia above the sum of the others.
            inertia = np.eye(3) * own.mean()
            self.notes.append(Note("warning", _PLACE, f"the inertia of {s.name} is that of no rigid body: "
                                   "its mean is taken about every axis"))  # fmt: skip
        xx, yy, zz = np.diag(inertia)
        ElementTree.SubElement(
            element, "inertial", pos=_text(*s.centre), mass=_text(mass),
            fullinertia=_text(xx, yy, zz, inertia[0, 1], inertia[0, 2], inertia[1, 2]),
        )  # fmt: skip

    # --- what hangs on it --------------------------------------------------------------------

    def tie(self, dof: Dof) -> None:
        c = self.body.coordinates[self.body.index[dof.coordinate]]
        low, high = (
            x if np.isfinite(x) else d for x, d in zip(c.range, (-_WIDE, _WIDE), strict=True)
        )
        if not low < high:
            low, high = c.rest - _WIDE, c.rest + _WIDE
        q = np.linspace(low, high, 201)
        value = dof.evaluate(q)[0]
        fit = np.polynomial.Polynomial.fit(q, value, 4).convert().coef
        fit = np.pad(fit, (0, 5 - len(fit)))
        error = float(np.abs(np.polynomial.polynomial.polyval(q, fit) - value).max())
        if error > 1e-9:
            self.notes.append(Note("assumption", _PLACE, f"{dof.name} follows {dof.coordinate} by a polynomial of "
                                   f"degree 4, at most {error:.2g} rad or m from its curve"))  # fmt: skip
        self.ties.append((dof, np.asarray(fit, np.float64)))

    def equalities(self, root: ElementTree.Element) -> None:
        locked = [c for c in self.body.coordinates if c.locked and c.name in self.made]
        if not self.ties and not locked:
            return
        element = ElementTree.SubElement(root, "equality")
        for dof, fit in self.ties:
            ElementTree.SubElement(element, "joint", name=dof.name, joint1=dof.name, joint2=dof.coordinate,
                                   polycoef=_text(*fit))  # fmt: skip
        for c in locked:
            ElementTree.SubElement(element, "joint", name=f"locked {c.name}", joint1=c.name,
                                   polycoef=_text(c.rest, 0, 0, 0, 0))  # fmt: skip

    def site(self, name: str, spot: Spot) -> None:
        ElementTree.SubElement(
            self.of[spot.segment], "site", name=name, pos=_text(*spot.position), size="0.008"
        )

    def sensors(self, root: ElementTree.Element, sensors: Mapping[str, tuple[Spot, Array]]) -> None:
        if not sensors:
            return
        group = ElementTree.SubElement(root, "sensor")
        for name, (spot, rotation) in sensors.items():
            label = f"imu:{name}"
            ElementTree.SubElement(self.of[spot.segment], "site", name=label, pos=_text(*spot.position),
                                   quat=_quaternion(np.asarray(rotation)), size="0.01")  # fmt: skip
            ElementTree.SubElement(group, "accelerometer", name=f"{name}_acc", site=label)
            ElementTree.SubElement(group, "gyro", name=f"{name}_gyr", site=label)

    def feet(self, world: ElementTree.Element) -> None:
        ElementTree.SubElement(
            world, "geom", name="floor", type="plane", size="0 0 1", zaxis="0 1 0", contype="1",
            conaffinity="0", friction="1 0.005 0.0001",
        )  # fmt: skip
        spots = places(self.body)
        for side in ("r", "l"):
            calcn = foot_segment(self.body, side)
            heel = spots.get(f"heel_{side}")
            toes = next((j for j in self.body.joints if j.parent == calcn), None)
            if calcn is None or heel is None or heel.segment != calcn or toes is None:
                self.notes.append(Note("warning", _PLACE, f"no contact under foot_{side}: the body "
                                       "has no heel bone with a heel and a joint of the toes"))  # fmt: skip
                continue
            a, b = np.array(heel.position), toes.on_parent.origin
            size = float(np.linalg.norm(b - a))
            ahead = (b - a) / size
            right = np.array([0.0, 0.0, 1.0])
            up = np.cross(right, ahead)
            up /= np.linalg.norm(up)
            r = _RADIUS * size
            balls = {"heel": (calcn, a + ahead * _HEEL_AHEAD * size)}
            for label, out in (("outer", 1.0), ("inner", -1.0)):
                z = out if side == "r" else -out
                balls[f"ball_{label}"] = (calcn, b + right * z * _BALL_OUT * size)
            balls["tip"] = (toes.child, toes.on_child.origin + ahead * _TIP_AHEAD * size)
            for label, (segment, at) in balls.items():
                ElementTree.SubElement(
                    self.of[segment], "geom", name=f"foot_{side}:{label}", type="sphere", size=_text(r),
                    pos=_text(*(at + up * r)), contype="0", conaffinity="1", condim="4",
                    friction="1 0.005 0.0001",
                )  # fmt: skip


@dataclass(frozen=True)
class _Less:
    """A value less an offset."""

    offset: float

    def evaluate(self, q: Array) -> tuple[Array, Array, Array]:
        """Value, first and second derivative."""
        return q - self.offset, np.ones_like(q), np.zeros_like(q)


def _slope(function: Function) -> float:
    """The slope of a straight line, 0 for anything else."""
    q = np.linspace(-1.0, 1.0, 9)
    value, rate, bend = function.evaluate(q)
    straight = np.allclose(rate, rate[0], atol=1e-12) and np.allclose(bend, 0.0, atol=1e-12)
    return float(rate[0]) if straight and np.isfinite(value).all() else 0.0
