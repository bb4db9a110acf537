"""OpenSim models (``.osim``): bodies, joints, coordinates, couplings and markers become a `Body`.

All written forms are read: joints with frames (OpenSim 4), joints inside their body with
``location_in_parent`` (OpenSim 2 and 3), and the connectors of the betas between. Muscles, geometry, contact and controllers are left out.
The meaning of each element follows OpenSim's API documentation of Joint, SpatialTransform,
PhysicalOffsetFrame and CoordinateCouplerConstraint.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from gaitsmith.body.functions import (
    Constant,
    Scaled,
    linear,
)
from gaitsmith.body.osim_values import Values
from gaitsmith.body.tree import (
    GROUND,
    Axis,
    Body,
    Coordinate,
    Coupling,
    Frame,
    Joint,
    Segment,
    Spot,
)
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Source
from gaitsmith.formats.opensim_xml import parse

__all__ = ["read_osim"]

_LIMIT = 64 << 20  # bytes; the largest full-body models with muscles stay below 5 MB
_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
# Joints with fixed axes: rotations in their order, then translations, one coordinate each.
_FIXED: dict[str, tuple[tuple[tuple[float, float, float], ...], tuple[tuple[float, float, float], ...]]] = {
    "WeldJoint": ((), ()),
    "PinJoint": ((_Z,), ()),
    "SliderJoint": ((), (_X,)),
    "UniversalJoint": ((_X, _Y), ()),
    "GimbalJoint": ((_X, _Y, _Z), ()),
    "BallJoint": ((_X, _Y, _Z), ()),
    "PlanarJoint": ((_Z,), (_X, _Y)),
    "FreeJoint": ((_X, _Y, _Z), (_X, _Y, _Z)),
}  # fmt: skip
_MOVES = ("rotation1", "rotation2", "rotation3", "translation1", "translation2", "translation3")


def read_osim(source: str | os.PathLike[str] | Source) -> Body:
    """Read a model, ``.osim`` or ``.osim.gz`` or a member of an archive.

    Raises
    ------
    FormatError
        Where it is not an OpenSim model, or uses a joint or function that is not known here
        (named with its place).
    """
    if not isinstance(source, Source):
        from gaitsmith.formats.sources import open_source

        source = open_source(source)
    try:
        return _Reader(source).body()
    except FormatError:
        raise
    except GaitsmithError as error:
        raise FormatError(
            error.problem, file=source.name, place=error.place, found=error.found,
            expected=error.expected, remedy=error.remedy,
        ) from error  # fmt: skip


def _root(source: Source) -> ElementTree.Element:
    if len(source.data) > _LIMIT:
        raise source.wrong("the model is too large", found=f"{len(source.data) / 1e6:.0f} MB",
                           expected=f"at most {_LIMIT / 1e6:.0f} MB")  # fmt: skip
    if not source.data.strip():
        raise source.wrong("the file is empty")
    root = parse(source)
    model = root if root.tag == "Model" else root.find("Model")
    if model is None:
        raise source.wrong("no model in the file", found=f"<{root.tag}>",
                           expected="<OpenSimDocument> with a <Model>")  # fmt: skip
    return model


class _Reader(Values):
    # --- the parts ---------------------------------------------------------------------------

    def body(self) -> Body:
        model = _root(self.source)
        bodies = [e for e in model.findall("./BodySet/objects/Body") if e.get("name")]
        segments = tuple(self.segment(e) for e in bodies if e.get("name") != GROUND)
        if not segments:
            raise self.wrong("the model has no bodies", "BodySet")
        self.segments = {s.name for s in segments}
        self.offsets = {
            f.get("name", ""): f for f in model.iter("PhysicalOffsetFrame") if f.get("name")
        }
        self.joint_coordinates: dict[str, Coordinate] = {}
        joints = [self.joint(e, child=None) for e in _objects(model, "JointSet")]
        for element in bodies:  # the older form: a joint inside its body
            inside = element.find("Joint")
            for joint in list(inside) if inside is not None else []:
                joints.append(self.joint(joint, child=element.get("name")))
        if not joints:
            raise self.wrong("the model has no joints", "JointSet")
        gravity = (
            self.vector(model, "gravity", "Model") if model.find("gravity") is not None else None
        )
        return Body(
            name=model.get("name") or self.source.stem,
            segments=segments,
            joints=tuple(joints),
            coordinates=tuple(self.joint_coordinates.values()),
            couplings=tuple(self.couplings(model)),
            markers=dict(self.markers(model)),
            gravity=gravity or (0.0, -9.80665, 0.0),
        )

    def segment(self, element: ElementTree.Element) -> Segment:
        name = element.get("name", "")
        place = f"Body {name!r}"
        if element.find("inertia") is not None:
            values = self.numbers(element.findtext("inertia"), f"{place}, inertia", 6)
        else:
            values = tuple(
                self.number(element, f"inertia_{axes}", place, 0.0)
                for axes in ("xx", "yy", "zz", "xy", "xz", "yz")
            )
        xx, yy, zz, xy, xz, yz = values
        mass = self.number(element, "mass", place, 0.0)
        if mass < 0:
            raise self.wrong("a mass below zero", place, found=mass)
        return Segment(
            name, mass, np.array(self.vector(element, "mass_center", place)),
            np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]),
        )  # fmt: skip

    def joint(self, element: ElementTree.Element, child: str | None) -> Joint:
        kind, name = element.tag, element.get("name") or element.tag
        place = f"{kind} {name!r}"
        own = {f.get("name", ""): f for f in element.iter("PhysicalOffsetFrame")}
        if child is None and element.find("connectors") is not None:  # between OpenSim 3 and 4
            parent, before = self.resolve(_connected(element, "parent"), own, place)
            on_parent = before.then(self.frame(element, place, "location_in_parent", "orientation_in_parent"))  # fmt: skip
            child, before = self.resolve(_connected(element, "child"), own, place)
            on_child = before.then(self.frame(element, place, "location_in_child", "orientation_in_child"))  # fmt: skip
        elif child is None:
            parent, on_parent = self.end(element, "parent", own, place)
            child, on_child = self.end(element, "child", own, place)
        else:
            parent = (element.findtext("parent_body") or "").strip()
            on_parent = self.frame(element, place, "location_in_parent", "orientation_in_parent")
            on_child = self.frame(element, place, "location", "orientation")
        if (element.findtext("reverse") or "").strip().lower() == "true":
            raise self.wrong("a joint that runs from child to parent cannot be read", place,
                             remedy="save the model with OpenSim 4")  # fmt: skip
        names = [self.coordinate(c, place) for c in element.iter("Coordinate")]
        if kind == "CustomJoint":
            rotations, translations = self.spatial(element, place, names)
        elif kind in _FIXED:
            turns, slides = _FIXED[kind]
            if len(names) != len(turns) + len(slides):
                raise self.wrong("another count of coordinates than the joint has", place,
                                 found=str(len(names)), expected=str(len(turns) + len(slides)))  # fmt: skip
            axes = [Axis(d, linear(1.0), n) for d, n in zip((*turns, *slides), names, strict=True)]
            rotations, translations = axes[: len(turns)], axes[len(turns) :]
        else:
            raise self.wrong("this kind of joint cannot be read", place,
                             expected=f"CustomJoint, {', '.join(_FIXED)}")  # fmt: skip
        self.kinds(rotations, translations)
        return Joint(
            name, parent, child, on_parent, on_child, tuple(rotations), tuple(translations)
        )

    def end(
        self,
        joint: ElementTree.Element,
        which: str,
        own: dict[str, ElementTree.Element],
        place: str,
    ) -> tuple[str, Frame]:
        """Segment and frame of a joint's parent or child end."""
        text = joint.findtext(f"socket_{which}_frame")
        if text is None:
            text = joint.findtext(f"socket_{which}_frame_connectee_name") or ""
        return self.resolve(text, own, f"{place}, {which} frame")

    def resolve(
        self, path: str, own: dict[str, ElementTree.Element], place: str
    ) -> tuple[str, Frame]:
        """Segment, and frame in it, of a frame's path."""
        frame, seen = Frame(), set()
        while True:
            name = path.strip().rstrip("/").split("/")[-1]
            offset = own.get(name)
            if offset is None and name not in self.segments and name != GROUND:
                offset = self.offsets.get(name)
            if offset is None:
                if name not in self.segments and name != GROUND:
                    raise self.wrong("no such frame", place, found=path.strip() or "nothing")
                return name, frame
            if name in seen:
                raise self.wrong("frames that stand in each other", place, found=name)
            seen.add(name)
            frame = self.frame(offset, f"frame {name!r}", "translation", "orientation").then(frame)
            path = (
                offset.findtext("socket_parent")
                or offset.findtext("socket_parent_connectee_name")
                or ""
            )

    def coordinate(self, element: ElementTree.Element, place: str) -> str:
        name = element.get("name") or ""
        if not name or name in self.joint_coordinates:
            raise self.wrong("a coordinate without a name of its own", place, found=name)
        at = f"Coordinate {name!r}"
        text = element.findtext("range")
        low, high = (
            self.numbers(text, f"{at}, range", 2) if text and text.strip() else (-np.inf, np.inf)
        )
        self.joint_coordinates[name] = Coordinate(
            name, self.number(element, "default_value", at, 0.0), (min(low, high), max(low, high)),
            (element.findtext("locked") or "").strip().lower() == "true",
            clamped=(element.findtext("clamped") or "").strip().lower() == "true",
        )  # fmt: skip
        return name

    def kinds(self, rotations: list[Axis], translations: list[Axis]) -> None:
        """Coordinates that only slide are lengths; one that also turns something is an angle."""
        turning = {a.coordinate for a in rotations}
        for axis in translations:
            if axis.coordinate and axis.coordinate not in turning:
                c = self.joint_coordinates[axis.coordinate]
                self.joint_coordinates[axis.coordinate] = replace(c, rotational=False)

    def spatial(
        self, joint: ElementTree.Element, place: str, names: list[str]
    ) -> tuple[list[Axis], list[Axis]]:
        """The six axes of a CustomJoint, in order, without those that never move anything."""
        transform = joint.find("SpatialTransform")
        found: dict[str, Axis] = {}
        for element in transform.findall("TransformAxis") if transform is not None else []:
            which = element.get("name") or ""
            at = f"{place}, {which}"
            if which not in _MOVES:
                raise self.wrong(
                    "an axis that is not one of the six", at, expected=", ".join(_MOVES)
                )
            movers = (element.findtext("coordinates") or "").split()
            if len(movers) > 1:
                raise self.wrong("an axis moved by several coordinates cannot be read", at,
                                 found=" ".join(movers))  # fmt: skip
            if movers and movers[0] not in names:
                raise self.wrong(
                    "an axis names a coordinate that the joint lacks", at, found=movers[0]
                )
            direction = np.array(self.vector(element, "axis", at))
            size = float(np.linalg.norm(direction))
            function = self.axis_function(element, at, bool(movers))
            if size < 1e-9:
                if movers:
                    raise self.wrong("an axis without direction", at)
                continue
            x, y, z = direction / size
            found[which] = Axis((x, y, z), function, movers[0] if movers else None)
        used = {n: a for n, a in found.items() if a.coordinate or a.function != Constant(0.0)}
        return (
            [used[n] for n in _MOVES[:3] if n in used],
            [used[n] for n in _MOVES[3:] if n in used],
        )

    def couplings(self, model: ElementTree.Element) -> Iterator[Coupling]:
        for element in model.iter("CoordinateCouplerConstraint"):
            place = f"CoordinateCouplerConstraint {element.get('name')!r}"
            on = (element.findtext("isEnforced") or "true").strip().lower() == "true"
            off = (element.findtext("isDisabled") or "false").strip().lower() == "true"
            if off or not on:
                continue
            lead = (element.findtext("independent_coordinate_names") or "").split()
            if len(lead) != 1:
                raise self.wrong("a coordinate that follows several others cannot be read", place,
                                 found=" ".join(lead))  # fmt: skip
            inside = element.find("coupled_coordinates_function")
            inner = list(inside) if inside is not None else []
            if not inner:
                raise self.wrong("a coupling without a function", place)
            function = self.function(inner[0], place)
            scale = self.number(element, "scale_factor", place, 1.0)
            yield Coupling(
                (element.findtext("dependent_coordinate_name") or "").strip(), lead[0],
                function if scale == 1.0 else Scaled(function, scale),
            )  # fmt: skip

    def markers(self, model: ElementTree.Element) -> Iterator[tuple[str, Spot]]:
        for element in _objects(model, "MarkerSet"):
            name = element.get("name") or ""
            place = f"Marker {name!r}"
            local = self.vector(element, "location", place)
            path = (
                element.findtext("socket_parent_frame")
                or element.findtext("socket_parent_frame_connectee_name")
                or element.findtext("body")
                or _connected(element, "parent")
            )
            segment, frame = self.resolve(path, {}, place)
            x, y, z = frame.origin + frame.rotation @ np.array(local)
            yield name, Spot(segment, (float(x), float(y), float(z)))


def _objects(model: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    group = model.find(f"./{name}/objects")
    return list(group) if group is not None else []


def _connected(element: ElementTree.Element, end: str) -> str:
    """The frame's path in the form of OpenSim 4's first betas, ``<connectors>``."""
    for connector in element.findall("./connectors/*"):
        if (connector.get("name") or "").startswith(end):
            return (connector.findtext("connectee_name") or "").strip()
    return ""
