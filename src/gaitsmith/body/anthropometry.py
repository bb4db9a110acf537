"""A generic body from height, mass and sex, with OpenSim's coordinates, axes and signs.

Sources of the numbers:

* lengths along the legs and arms, and heights: Drillis & Contini (1966) as given in Winter,
  *Biomechanics and Motor Control of Human Movement*, 4th ed., figure 4.1 (fractions of stature);
* masses, mass centres and radii of gyration: de Leva, J. Biomech. 29 (1996) 1223-1230, table 4;
* hip and lumbar joints in the pelvis, axes of the subtalar and toe joints, and the heel and toe
  joint before and behind the ankle: the generic model of Rajagopal et al., IEEE Trans. Biomed.
  Eng. 63 (2016) 2068-2079 (1.70 m), which has its foot from Delp et al. (1990).

The numbers are those of adults; children's proportions differ (longer trunk and head).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.body.functions import linear
from gaitsmith.body.tree import GROUND, Axis, Body, Coordinate, Frame, Joint, Segment, Spot
from gaitsmith.errors import GaitsmithError, check_in

__all__ = ["HEIGHT", "generic_body"]

Array = npt.NDArray[np.float64]
Vector = tuple[float, float, float]

#: Stature (m) of the body that is used where nothing is known of the person's size.
HEIGHT = 1.70
#: Body-mass index (kg/m²) that gives the mass where it is not known: the middle of the healthy
#: range 18.5-25 of the World Health Organization.
_BMI = 21.75

# Winter figure 4.1, fractions of stature.
_THIGH, _SHANK, _ANKLE_HEIGHT, _FOOT = 0.245, 0.246, 0.039, 0.152
_SHOULDER_HEIGHT, _SHOULDER_HALF = 0.818, 0.129
_UPPER_ARM, _FOREARM, _HAND = 0.186, 0.146, 0.108
_HIP_HEIGHT = _THIGH + _SHANK + _ANKLE_HEIGHT
#: Middle of the head: between chin (0.870) and vertex.
_HEAD_HEIGHT = 0.935

# Rajagopal 2016, metres at its stature of 1.70 m: joints in the pelvis frame (midpoint of the
# ASIS), and heel (calcn origin) and toe joint relative to the ankle.
_MODEL_HEIGHT = 1.70
_HIP_IN_PELVIS = (-0.0563, -0.0785, 0.0773)
_LUMBAR_IN_PELVIS = (-0.1007, 0.0815, 0.0)
_HEEL_BEHIND, _HEEL_RIGHT, _TOE_AHEAD = 0.0488, 0.0079, 0.1300
_SUBTALAR_AXIS: Vector = (0.78717953, 0.60474746, -0.12094949)
_TOE_AXIS: Vector = (-0.58095440, 0.0, 0.81393611)


@dataclass(frozen=True)
class _Part:
    """de Leva's row of a part: percent of body mass, of its length from the upper end to the mass
    centre, and radii of gyration (percent of length) about the x, z and long axis; length (mm)."""

    mass: float
    centre: float
    gyration: tuple[float, float, float]
    length: float


# Columns of table 4: sagittal (about the front-back axis), transverse, longitudinal.
_DE_LEVA: dict[str, dict[str, _Part]] = {
    "female": {
        "head": _Part(6.68, 58.94, (33.0, 35.9, 31.8), 200.2),  # vertex to mid-gonion
        "upper_trunk": _Part(15.45, 20.77, (74.6, 50.2, 71.8), 142.5),
        "middle_trunk": _Part(14.65, 45.12, (43.3, 35.4, 41.5), 205.3),
        "lower_trunk": _Part(12.47, 49.20, (43.3, 40.2, 44.4), 181.5),
        "upper_arm": _Part(2.55, 57.54, (27.8, 26.0, 14.8), 275.1),
        "forearm": _Part(1.38, 45.59, (26.1, 25.7, 9.4), 264.3),
        "hand": _Part(0.56, 74.74, (53.1, 45.4, 33.5), 78.0),
        "thigh": _Part(14.78, 36.12, (36.9, 36.4, 16.2), 368.5),
        "shank": _Part(4.81, 44.16, (27.1, 26.7, 9.3), 432.3),
        "foot": _Part(1.29, 40.14, (29.9, 27.9, 13.9), 228.3),  # heel to toe tip
    },
    "male": {
        "head": _Part(6.94, 59.76, (36.2, 37.6, 31.2), 203.3),
        "upper_trunk": _Part(15.96, 29.99, (71.6, 45.4, 65.9), 170.7),
        "middle_trunk": _Part(16.33, 45.02, (48.2, 38.3, 46.8), 215.5),
        "lower_trunk": _Part(11.17, 61.15, (61.5, 55.1, 58.7), 145.7),
        "upper_arm": _Part(2.71, 57.72, (28.5, 26.9, 15.8), 281.7),
        "forearm": _Part(1.62, 45.74, (27.6, 26.5, 12.1), 268.9),
        "hand": _Part(0.61, 79.00, (62.8, 51.3, 40.1), 86.2),
        "thigh": _Part(14.16, 40.95, (32.9, 32.9, 14.9), 422.2),
        "shank": _Part(4.33, 44.59, (25.5, 24.9, 10.3), 434.0),
        "foot": _Part(1.37, 44.15, (25.7, 24.5, 12.4), 258.1),
    },
}
#: Vertex above the middle of the hips (mm): de Leva's head with neck plus trunk from C7.
_VERTEX = {"female": 243.7 + 614.8, "male": 242.9 + 603.3}


def generic_body(
    height: float = HEIGHT, mass: float | None = None, sex: str | None = None, *, arms: bool = True,
    neck: bool = False, measured: Mapping[str, float] | None = None,
) -> Body:  # fmt: skip
    """A body of average adult proportions.

    Parameters
    ----------
    height
        Stature (m).
    mass
        kg; None: of a body-mass index of 21.75 kg/m².
    sex
        ``"female"`` or ``"male"``; anything else takes the mean of both.
    arms
        Whether the arms move on their own; without, their mass hangs on the trunk.
    neck
        Whether the head moves on its own (about the middle between the shoulders; ours: a neck
        bends over its whole length); without, it is part of the trunk.
    measured
        Lengths (m) known of the person, in place of those in proportion to stature: ``thigh``
        (hip to knee), ``shank`` (knee to ankle), ``hip_back``, ``hip_down``, ``hip_out`` (of the
        hip joints from the middle of the ASIS), ``upper_arm``, ``forearm``.

    Returns
    -------
    Body
        Coordinates ``pelvis_tilt … pelvis_tz``, ``hip_flexion_r``, ``hip_adduction_r``,
        ``hip_rotation_r``, ``knee_angle_r`` (flexion positive), ``ankle_angle_r``,
        ``subtalar_angle_r``, ``mtp_angle_r``, the left leg's, ``lumbar_extension``,
        ``lumbar_bending``, ``lumbar_rotation``, and with arms ``arm_flex_r``, ``arm_add_r``,
        ``arm_rot_r``, ``elbow_flex_r``, ``pro_sup_r`` and the left arm's, with a neck
        ``neck_extension``, ``neck_bending``, ``neck_rotation``. At rest the feet stand flat on
        y = 0.
    """
    if not (np.isfinite(height) and 0.3 <= height <= 2.8):
        raise GaitsmithError("not a person's height", place="argument height", found=height,
                             expected="0.3 to 2.8 m")  # fmt: skip
    weight = _BMI * height**2 if mass is None else float(mass)
    if not (np.isfinite(weight) and weight > 0):
        raise GaitsmithError("not a person's mass", place="argument mass", found=mass)
    lengths = {
        "thigh": _THIGH * height, "shank": _SHANK * height,
        "upper_arm": _UPPER_ARM * height, "forearm": _FOREARM * height,
        **{n: abs(v) * height / _MODEL_HEIGHT
           for n, v in zip(("hip_back", "hip_down", "hip_out"), _HIP_IN_PELVIS, strict=True)},
    }  # fmt: skip
    for name, value in (measured or {}).items():
        check_in("measured", name, lengths)
        if not (np.isfinite(value) and 0 < value < height):
            raise GaitsmithError("not a length of a person", place=f"measured {name}", found=value,
                                 expected="metres, above 0 and below the height")  # fmt: skip
    lengths.update(measured or {})
    person = _Builder(height, weight, sex if sex in _DE_LEVA else None, (arms, neck), lengths)
    return person.build()


class _Builder:
    def __init__(
        self, height: float, mass: float, sex: str | None, moves: tuple[bool, bool],
        lengths: dict[str, float],
    ) -> None:  # fmt: skip
        self.height, self.mass, self.lengths = height, mass, lengths
        self.arms, self.head_moves = moves
        self.hip = np.array([-lengths["hip_back"], -lengths["hip_down"], lengths["hip_out"]])
        sexes = [sex] if sex else list(_DE_LEVA)
        self.parts = {name: _mean([_DE_LEVA[s][name] for s in sexes]) for name in _DE_LEVA["male"]}
        # The table's percentages sum to 100 only within their rounding.
        self.percent = sum(
            p.mass * (1 if "trunk" in n or n == "head" else 2) for n, p in self.parts.items()
        )
        self.vertex = float(np.mean([_VERTEX[s] for s in sexes]))
        self.segments: list[Segment] = []
        self.joints: list[Joint] = []
        self.coordinates: list[Coordinate] = []
        self.markers: dict[str, Spot] = {}

    def build(self) -> Body:
        self.trunk()
        for side, z in (("r", 1.0), ("l", -1.0)):
            self.leg(side, z)
            if self.arms:
                self.arm(side, z)
        words = f"generic body, {self.height:.2f} m, {self.mass:.1f} kg"
        return Body(words, tuple(self.segments), tuple(self.joints), tuple(self.coordinates),
                    markers=self.markers)  # fmt: skip

    # --- pieces ------------------------------------------------------------------------------

    def model(self, vector: Vector) -> Array:
        """A position of the Rajagopal model at this stature."""
        return np.array(vector) * self.height / _MODEL_HEIGHT

    def coordinate(
        self, name: str, low: float, high: float, *, rest: float = 0.0, turns: bool = True
    ) -> str:
        """A coordinate with its range (degrees, or metres where it does not turn)."""
        unit = np.pi / 180 if turns else 1.0
        # Joints stop; the pelvis turns and moves freely.
        stops = not name.startswith("pelvis")
        self.coordinates.append(
            Coordinate(name, rest, (low * unit, high * unit), rotational=turns, clamped=stops)
        )
        return name

    def hinge(self, direction: Vector, name: str, low: float, high: float) -> Axis:
        return Axis(direction, linear(1.0), self.coordinate(name, low, high))

    def segment(self, name: str, masses: list[tuple[float, Array, Array]]) -> None:
        """A segment from parts: mass (kg), mass centre (m), diagonal inertia about it (kg·m²)."""
        total = sum(m for m, _, _ in masses)
        centre = np.asarray(sum(m * c for m, c, _ in masses) / total)
        inertia = np.zeros((3, 3))
        for m, c, own in masses:
            d = c - centre
            inertia += np.diag(own) + m * (d @ d * np.eye(3) - np.outer(d, d))
        self.segments.append(Segment(name, float(total), centre, inertia))

    def part(
        self, name: str, top: Array, length: float, share: float = 1.0
    ) -> tuple[float, Array, Array]:
        """A part of de Leva's that hangs down from `top` over `length` (m)."""
        p = self.parts[name]
        m = share * p.mass / self.percent * self.mass
        sagittal, transverse, long = (g / 100 * length for g in p.gyration)
        gyration = np.array([sagittal, long, transverse])
        return m, top - np.array([0.0, p.centre / 100 * length, 0.0]), m * gyration**2

    def trunk(self) -> None:
        h = self.height
        hip, lumbar = self.hip, self.model(_LUMBAR_IN_PELVIS)
        # de Leva's trunk between the hips and the vertex is stretched to Winter's hip height.
        unit = (1 - _HIP_HEIGHT) * h / self.vertex
        lengths = {n: self.parts[n].length * unit for n in
                   ("head", "lower_trunk", "middle_trunk", "upper_trunk")}  # fmt: skip
        over_hips = np.array([hip[0], hip[1], 0.0])
        navel = over_hips + (0, lengths["lower_trunk"], 0)
        self.segment("pelvis", [self.part("lower_trunk", navel, lengths["lower_trunk"])])
        xiphoid = navel + (0, lengths["middle_trunk"], 0)
        notch = xiphoid + (0, lengths["upper_trunk"], 0)
        vertex = over_hips + (0, (1 - _HIP_HEIGHT) * h, 0)
        pieces = [
            self.part("middle_trunk", xiphoid, lengths["middle_trunk"]),
            self.part("upper_trunk", notch, lengths["upper_trunk"]),
        ]
        skull = self.part("head", vertex, lengths["head"])
        if not self.head_moves:
            pieces.append(skull)
        if not self.arms:
            for z in (1.0, -1.0):
                top = over_hips + (0, (_SHOULDER_HEIGHT - _HIP_HEIGHT) * h, z * _SHOULDER_HALF * h)
                for name, length in ((n, self.lengths[n]) for n in ("upper_arm", "forearm")):
                    pieces.append(self.part(name, top, length))
                    top = top - (0, length, 0)
                pieces.append(self.part("hand", top, self.hand()))
        self.segment("torso", [(m, c - lumbar, i) for m, c, i in pieces])
        in_torso = over_hips - lumbar
        self.neck = in_torso + (0, (_SHOULDER_HEIGHT - _HIP_HEIGHT) * h, 0)
        head = in_torso + (0, (_HEAD_HEIGHT - _HIP_HEIGHT) * h, 0)
        self.markers["neck"] = _spot("torso", self.neck)
        if self.head_moves:
            m, centre, own = skull
            self.segment("head", [(m, centre - lumbar - self.neck, own)])
            self.markers["head"] = _spot("head", head - self.neck)
        else:
            self.markers["head"] = _spot("torso", head)

        stand = self.lengths["thigh"] + self.lengths["shank"] + _ANKLE_HEIGHT * h - float(hip[1])
        turns = (
            self.hinge((0, 0, 1), "pelvis_tilt", -90, 90),
            self.hinge((1, 0, 0), "pelvis_list", -90, 90),
            self.hinge((0, 1, 0), "pelvis_rotation", -180, 180),
        )
        slides = tuple(
            Axis(d, linear(1.0), self.coordinate(n, -1e3, 1e3, rest=rest, turns=False))
            for d, n, rest in (((1.0, 0.0, 0.0), "pelvis_tx", 0.0), ((0.0, 1.0, 0.0), "pelvis_ty", stand),
                               ((0.0, 0.0, 1.0), "pelvis_tz", 0.0))
        )  # fmt: skip
        self.joints.append(
            Joint("ground_pelvis", GROUND, "pelvis", rotations=turns, translations=slides)
        )
        back = (
            self.hinge((0, 0, 1), "lumbar_extension", -90, 90),
            self.hinge((1, 0, 0), "lumbar_bending", -90, 90),
            self.hinge((0, 1, 0), "lumbar_rotation", -90, 90),
        )
        self.joints.append(Joint("back", "pelvis", "torso", Frame(origin=lumbar), rotations=back))
        if self.head_moves:
            turns = (
                self.hinge((0, 0, 1), "neck_extension", -80, 80),
                self.hinge((1, 0, 0), "neck_bending", -60, 60),
                self.hinge((0, 1, 0), "neck_rotation", -90, 90),
            )
            at = Frame(origin=self.neck)
            self.joints.append(Joint("neck", "torso", "head", at, rotations=turns))

    def ball(self, stem: tuple[str, str, str], side: str, z: float,
             ranges: tuple[tuple[float, float], ...]) -> tuple[Axis, ...]:  # fmt: skip
        """Flexion about z, then adduction about x and inward rotation about y, mirrored left."""
        axes: tuple[Vector, ...] = ((0, 0, 1), (z, 0, 0), (0, z, 0))
        return tuple(
            self.hinge(d, f"{n}_{side}", *r) for d, n, r in zip(axes, stem, ranges, strict=True)
        )

    def leg(self, side: str, z: float) -> None:
        h = self.height
        hip = self.hip * (1, 1, z)
        thigh, shank, rise = self.lengths["thigh"], self.lengths["shank"], _ANKLE_HEIGHT * h
        zero = np.zeros(3)
        self.segment(f"femur_{side}", [self.part("thigh", zero, thigh)])
        self.segment(f"tibia_{side}", [self.part("shank", zero, shank)])
        self.foot(side, z)
        heel = self.model((-_HEEL_BEHIND, 0, z * _HEEL_RIGHT)) - (0, rise, 0)
        toe = self.model((_HEEL_BEHIND + _TOE_AHEAD, 0, 0))
        self.joints += [
            Joint(f"hip_{side}", "pelvis", f"femur_{side}", Frame(origin=hip),
                  rotations=self.ball(("hip_flexion", "hip_adduction", "hip_rotation"), side, z,
                                      ((-40, 140), (-60, 45), (-60, 60)))),
            Joint(f"knee_{side}", f"femur_{side}", f"tibia_{side}", Frame(origin=np.array([0, -thigh, 0])),
                  rotations=(self.hinge((0, 0, -1), f"knee_angle_{side}", -15, 150),)),
            Joint(f"ankle_{side}", f"tibia_{side}", f"talus_{side}", Frame(origin=np.array([0, -shank, 0])),
                  rotations=(self.hinge((0, 0, 1), f"ankle_angle_{side}", -60, 50),)),
            Joint(f"subtalar_{side}", f"talus_{side}", f"calcn_{side}", Frame(origin=heel),
                  rotations=(self.hinge(_mirrored(_SUBTALAR_AXIS, z), f"subtalar_angle_{side}", -45, 45),)),
            Joint(f"mtp_{side}", f"calcn_{side}", f"toes_{side}", Frame(origin=toe),
                  rotations=(self.hinge(_mirrored(_TOE_AXIS, z), f"mtp_angle_{side}", -60, 90),)),
        ]  # fmt: skip

    def foot(self, side: str, z: float) -> None:
        """The foot's mass in talus (8 %), toes (15 %) and the rest, its mass centre de Leva's."""
        p, length = self.parts["foot"], _FOOT * self.height
        m = p.mass / self.percent * self.mass
        sagittal, transverse, long = (g / 100 * length for g in p.gyration)
        # A foot lies: its long axis is x.
        gyration = np.array([long, sagittal, transverse])
        half_height = 0.5 * _ANKLE_HEIGHT * self.height
        ankle = self.model((_HEEL_BEHIND, 0, -z * _HEEL_RIGHT)) + (0, 2 * half_height, 0)
        toe_joint = self.model((_HEEL_BEHIND + _TOE_AHEAD, 0, 0))
        toes = np.array([0.5 * (toe_joint[0] + length), 0.3 * half_height, 0.0])
        whole = np.array([p.centre / 100 * length, half_height, 0.0])
        shares = {"talus": 0.08, "calcn": 0.77, "toes": 0.15}
        rest = (whole - shares["talus"] * ankle - shares["toes"] * toes) / shares["calcn"]
        origin = {"talus": ankle, "calcn": np.zeros(3), "toes": toe_joint}
        centre = {"talus": ankle, "calcn": rest, "toes": toes}
        for name, share in shares.items():
            # Smaller pieces of the same shape turn with inertia in proportion to share^(5/3).
            inertia = m * share ** (5 / 3) * gyration**2
            self.segment(f"{name}_{side}", [(m * share, centre[name] - origin[name], inertia)])

    def hand(self) -> float:
        """De Leva's hand ends at the knuckles: length (m) at this stature's Winter hand."""
        # Wrist to third knuckle over wrist to fingertip, 86.2 / 189.9 mm (de Leva, male).
        return _HAND * self.height * 86.2 / 189.9

    def arm(self, side: str, z: float) -> None:
        upper, fore = self.lengths["upper_arm"], self.lengths["forearm"]
        zero = np.zeros(3)
        self.segment(f"humerus_{side}", [self.part("upper_arm", zero, upper)])
        self.segment(f"ulna_{side}", [self.part("forearm", zero, fore, 0.5)])
        wrist = np.array([0.0, -fore, 0.0])
        self.segment(f"radius_{side}", [self.part("forearm", zero, fore, 0.5),
                                        self.part("hand", wrist, self.hand())])  # fmt: skip
        self.markers[f"wrist_{side}"] = Spot(f"radius_{side}", (0.0, -fore, 0.0))
        shoulder = self.neck + (0, 0, z * _SHOULDER_HALF * self.height)
        self.joints += [
            Joint(f"acromial_{side}", "torso", f"humerus_{side}", Frame(origin=shoulder),
                  rotations=self.ball(("arm_flex", "arm_add", "arm_rot"), side, z,
                                      ((-90, 180), (-120, 90), (-90, 90)))),
            Joint(f"elbow_{side}", f"humerus_{side}", f"ulna_{side}", Frame(origin=np.array([0, -upper, 0])),
                  rotations=(self.hinge((0, 0, 1), f"elbow_flex_{side}", 0, 150),)),
            Joint(f"radioulnar_{side}", f"ulna_{side}", f"radius_{side}",
                  rotations=(self.hinge((0, z, 0), f"pro_sup_{side}", 0, 160),)),
        ]  # fmt: skip


def _spot(segment: str, at: Array) -> Spot:
    return Spot(segment, (float(at[0]), float(at[1]), float(at[2])))


def _mean(parts: list[_Part]) -> _Part:
    gyration = np.mean([p.gyration for p in parts], axis=0)
    return _Part(
        float(np.mean([p.mass for p in parts])),
        float(np.mean([p.centre for p in parts])),
        (float(gyration[0]), float(gyration[1]), float(gyration[2])),
        float(np.mean([p.length for p in parts])),
    )


def _mirrored(axis: Vector, z: float) -> Vector:
    """The same turn on the left: x and y components change sign."""
    x, y, right = axis
    size = float(np.linalg.norm(axis))  # the digits above are a unit vector's only to 1e-8
    return (x * z / size, y * z / size, right / size)
