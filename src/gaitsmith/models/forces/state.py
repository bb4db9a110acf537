"""Motion and forces as the published columns: what the generative model sees, and back.

63 columns at 100 Hz (facts of stanfordnmbl/GaitDynamics): velocity of the pelvis over the ground
divided by height (3); knee, ankle and subtalar, right then left (6, rad); by foot, right then left,
the force in N/kg (3) and the centre of pressure from the heel weighted by the vertical force and
divided by height (3); pelvis, hips and trunk as the first two columns of their rotation matrix
(24); the angular velocities of those (12, rad/s) and of the six single axes (6).

Vectors stand in the walking frame (forward, up, right); a heading is counted from its median.

Deviations: the heel is the body's landmark, not the segment's origin; left angles keep OpenSim's
signs, so that both legs' rotations mirror each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gaitsmith.signals import lowpass

__all__ = [
    "COLUMNS", "JOINTS", "KINETICS", "MOTION", "RATE_HZ", "SINGLES", "angles_of", "columns_of", "euler",
    "forces_of", "kinetics_of", "mirrored", "motion_columns", "rotation", "velocity_of",
]  # fmt: skip

Array = npt.NDArray[np.float64]
RATE_HZ = 100.0
#: Cut-offs (Hz) of the published filters: pelvis place before differencing, angular velocities.
PLACE_HZ, TURNING_HZ = 10.0, 15.0
#: Force (N/kg) under which a foot has no centre of pressure: 20 N of a person of 70 kg.
TOUCH = 20.0 / 70.0
#: Three-axis joints: the coordinates about Z, X and Y (Euler angles in this order).
JOINTS: dict[str, tuple[str, str, str]] = {
    "pelvis": ("pelvis_tilt", "pelvis_list", "pelvis_rotation"),
    "hip_r": ("hip_flexion_r", "hip_adduction_r", "hip_rotation_r"),
    "hip_l": ("hip_flexion_l", "hip_adduction_l", "hip_rotation_l"),
    "lumbar": ("lumbar_extension", "lumbar_bending", "lumbar_rotation"),
}
SINGLES = tuple(f"{c}_angle_{s}" for s in ("r", "l") for c in ("knee", "ankle", "subtalar"))
_AXES = ("forward", "up", "right")


def _names() -> tuple[str, ...]:
    out = [f"pelvis_v_{a}" for a in _AXES] + list(SINGLES)
    for s in ("r", "l"):
        out += [f"force_{s}_{a}" for a in _AXES] + [f"centre_{s}_{a}" for a in _AXES]
    out += [f"{j}_r{k}" for j in JOINTS for k in range(6)]
    out += [f"{j}_w{a}" for j in JOINTS for a in "zxy"] + [f"{c}_w" for c in SINGLES]
    return tuple(out)


#: The 63 columns by name.
COLUMNS = _names()
KINETICS = np.array([n.startswith(("force_", "centre_")) for n in COLUMNS])
MOTION = ~KINETICS
_AT = {n: i for i, n in enumerate(COLUMNS)}


def rotation(turns: Array) -> Array:
    """Z-X-Y Euler angles (… × 3, rad) as the first two columns of the matrix (… × 6)."""
    z, x, y = np.moveaxis(turns, -1, 0)
    cz, sz, cx, sx, cy, sy = np.cos(z), np.sin(z), np.cos(x), np.sin(x), np.cos(y), np.sin(y)
    # Rz Rx Ry, column by column.
    first = (cz * cy - sz * sx * sy, sz * cy + cz * sx * sy, -cx * sy)
    second = (-sz * cx, cz * cx, sx)
    return np.asarray(np.stack((*first, *second), axis=-1))


def euler(six: Array) -> Array:
    """The inverse of :func:`rotation` after Gram-Schmidt (Zhou et al. 2019, CVPR); … × 3, rad."""
    a, b = six[..., :3], six[..., 3:]
    a = a / np.maximum(np.linalg.norm(a, axis=-1, keepdims=True), 1e-9)
    b = b - (a * b).sum(axis=-1, keepdims=True) * a
    b = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-9)
    c = np.cross(a, b)
    return np.stack(
        (np.arctan2(-b[..., 0], b[..., 1]), np.arcsin(np.clip(b[..., 2], -1, 1)),
         np.arctan2(-a[..., 2], c[..., 2])), axis=-1,
    )  # fmt: skip


def columns_of(coordinate: str) -> tuple[list[int], bool]:
    """Columns that a coordinate makes, and whether it makes them alone (not with two others)."""
    if coordinate in SINGLES:
        return [_AT[coordinate], _AT[f"{coordinate}_w"]], True
    for joint, names in JOINTS.items():
        if coordinate in names:
            k = names.index(coordinate)
            return [*(_AT[f"{joint}_r{i}"] for i in range(6)), _AT[f"{joint}_w{'zxy'[k]}"]], False
    return [], True


def velocity_of(place: Array, rate_hz: float, ground: Array | None = None) -> Array:
    """Velocity (time × 3, m/s) of a path over the ground; `ground` (3,) is the belt's own, negated."""
    v = np.gradient(lowpass(place, rate_hz, PLACE_HZ), 1.0 / rate_hz, axis=0)
    return np.asarray(v if ground is None else v + ground)


def motion_columns(angles: Mapping[str, Array], velocity: Array | None, height: float) -> tuple[Array, npt.NDArray[np.bool_]]:  # fmt: skip
    """State (time × 63) with motion filled in, and which of its columns are known (63,).

    Parameters
    ----------
    angles
        Canonical coordinates (degrees, 100 Hz). A joint of three axes is known where all three
        are; the subtalar and the absent axes of a known joint count as 0.
    velocity
        Of the pelvis over the ground in the walking frame (time × 3, m/s), or None.
    height
        m.
    """
    n = len(next(iter(angles.values())))
    out, known = np.zeros((n, len(COLUMNS))), np.zeros(len(COLUMNS), bool)
    if velocity is not None:
        out[:, :3], known[:3] = velocity / height, True
    for name in SINGLES:
        if name not in angles and not name.startswith("subtalar"):
            continue
        x = np.radians(angles.get(name, np.zeros(n)))
        out[:, _AT[name]] = x
        out[:, _AT[f"{name}_w"]] = lowpass(np.gradient(x) * RATE_HZ, RATE_HZ, TURNING_HZ)
        known[[_AT[name], _AT[f"{name}_w"]]] = True
    for joint, names in JOINTS.items():
        some = [c for c in names if c in angles]
        turns = np.column_stack([np.unwrap(np.radians(angles.get(c, np.zeros(n)))) for c in names])
        if joint == "pelvis":
            turns[:, 2] -= np.median(turns[:, 2])
        at = [_AT[f"{joint}_r{k}"] for k in range(6)]
        out[:, at] = rotation(turns)
        speed = lowpass(np.gradient(turns, axis=0) * RATE_HZ, RATE_HZ, TURNING_HZ)
        w = [_AT[f"{joint}_w{a}"] for a in "zxy"]
        out[:, w] = speed
        known[at] = len(some) == 3
        known[w] = [c in angles for c in names]
    return out, known


def angles_of(state: Array) -> dict[str, Array]:
    """Coordinates (degrees) of a state (time × 63)."""
    out = {c: np.degrees(state[:, _AT[c]]) for c in SINGLES}
    for joint, names in JOINTS.items():
        turns = euler(state[:, [_AT[f"{joint}_r{k}"] for k in range(6)]])
        out |= {c: np.degrees(np.unwrap(turns[:, k])) for k, c in enumerate(names)}
    return out


def kinetics_of(force: Array, centre: Array, heel: Array, mass: float, height: float) -> Array:
    """The six columns of a foot from its force (N), centre of pressure and heel (m), each time × 3."""
    f = force / mass
    arm = np.where(np.isfinite(centre), centre - heel, 0.0)
    arm[f[:, 1] < TOUCH] = 0.0
    return np.hstack((f, arm * f[:, 1:2] / height))


def forces_of(
    state: Array, side: str, heel: Array, mass: float, height: float
) -> tuple[Array, Array]:
    """The inverse of :func:`kinetics_of`: force (time × 3, N) and centre of pressure (m; NaN in swing)."""
    at = [_AT[f"force_{side}_{a}"] for a in _AXES]
    f = state[:, at]
    arm = state[:, [i + 3 for i in at]]
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = heel + np.where(f[:, 1:2] > TOUCH, arm * height / f[:, 1:2], np.nan)
    return f * mass, centre


def _mirror() -> tuple[list[int], Array]:
    order, sign = [], np.ones(len(COLUMNS))
    for i, name in enumerate(COLUMNS):
        other = name
        for a, b in (("_r_", "_l_"), ("_l_", "_r_")):
            if a in name and name.startswith(("force", "centre")):
                other = name.replace(a, b)
                break
        stem = name.rsplit("_", 1)
        if name in SINGLES or name.removesuffix("_w") in SINGLES:
            own = name.removesuffix("_w")
            swapped = own[:-1] + ("l" if own.endswith("r") else "r")
            other = swapped + name[len(own) :]
        elif stem[0] in ("hip_r", "hip_l"):
            other = ("hip_l" if stem[0] == "hip_r" else "hip_r") + "_" + stem[1]
        order.append(_AT[other])
        if name.endswith("_right") or (
            stem[0] in ("pelvis", "lumbar") and stem[1] in ("r2", "r5", "wx", "wy")
        ):
            sign[i] = -1.0
    return order, sign


_ORDER, _SIGN = _mirror()


def mirrored(state: Array) -> Array:
    """The state (… × 63) of the person in the mirror.

    A rotation R becomes M R M with M = diag(1, 1, -1): of the first two columns the third row turns.
    """
    return np.asarray(state[..., _ORDER] * _SIGN)
