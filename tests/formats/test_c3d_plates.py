"""Force plates: known forces at known places come out again, and ezc3d agrees."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.formats.c3d_container import Container, decode
from gaitsmith.formats.c3d_plates import Plate, axes_of, kistler, plates, pressure
from gaitsmith.formats.c3d_points import length_factors
from gaitsmith.formats.c3d_write import to_plate

from .c3d_files import C3D, plate_parameters, walker

POINTS, LABELS = walker(20)
# Seen from above with z up: plate x along +x, y along -y, z down (mm).
CORNERS = np.array([[700.0, 100, 0], [100, 100, 0], [100, 500, 0], [700, 500, 0]])
MIDDLE = CORNERS.mean(axis=0)
AXES = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]).T


def _load(n: int = 20, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Force on the person (lab, N), place on the plate (plate axes, mm) and free moment (N·mm, up)."""
    rng = np.random.default_rng(seed)
    force = np.column_stack((rng.normal(0, 80, n), rng.normal(0, 40, n), rng.uniform(200, 900, n)))
    return force, rng.uniform(-150, 150, (n, 2)), rng.normal(0, 4000, n)


def _six(origin: np.ndarray, seed: int = 1) -> np.ndarray:
    """Six channels about the transducers' origin, that see the middle of the surface at `origin`."""
    force, at, free = _load(seed=seed)
    own = force @ AXES
    place = np.column_stack((at, np.zeros(len(at)))) + origin
    moment = np.cross(place, own)
    moment[:, 2] -= free
    return np.column_stack((own, moment))


def _check(plate: Plate, seed: int = 1, sign: float = 1.0) -> None:
    force, at, free = _load(seed=seed)
    assert np.allclose(plate.force, sign * force, atol=1e-2)
    where = MIDDLE + at @ AXES[:, :2].T
    assert np.allclose(plate.pressure, where * 1e-3, atol=1e-5)
    assert np.allclose(plate.free, free * 1e-3, atol=1e-3)
    assert np.allclose(plate.normal, [0, 0, 1])


def _plates(channels: np.ndarray, rows: list, **more: object) -> tuple[list[Plate], list[str]]:
    file = C3D(POINTS, analog=channels, labels=LABELS, parameters=rows, **more)  # type: ignore[arg-type]
    found, notes = plates(decode(file.build()), 1e-3)
    return found, [str(n) for n in notes]


def test_type_2() -> None:
    origin = np.array([1.5, -2.0, -40.0])
    found, notes = _plates(_six(origin), plate_parameters(2, CORNERS, origin, range(1, 7)))
    _check(found[0])
    assert all("lightest tenth" in n for n in notes)


def test_type_2_with_vicons_origin() -> None:
    origin = np.array([1.5, -2.0, -40.0])
    found, notes = _plates(_six(origin), plate_parameters(2, CORNERS, -origin, range(1, 7)))
    _check(found[0])
    assert any("ORIGIN" in n for n in notes)


def test_forces_on_the_plate_are_turned() -> None:
    origin = np.array([0, 0, -40.0])
    found, notes = _plates(-_six(origin), plate_parameters(2, CORNERS, origin, range(1, 7)))
    _check(found[0])
    assert any("turned" in n for n in notes)


def test_type_4_applies_the_whole_matrix() -> None:
    rng = np.random.default_rng(4)
    matrix = np.diag([1.0, 1.2, 0.9, 500, 600, 400]) + rng.normal(0, 0.02, (6, 6))
    origin = np.array([-2.0, 1.0, -50.0])
    raw = np.linalg.solve(matrix, _six(origin).T).T
    rows = plate_parameters(4, CORNERS, origin, range(1, 7), matrix=matrix)
    _check(_plates(raw, rows)[0][0])
    by_row = [r if r[1] != "CAL_MATRIX" else (*r[:4], matrix) for r in rows]
    by_row.append(("FORCE_PLATFORM", "MATRIX_STORE", "text", (5,), ["BYROW"]))
    _check(_plates(raw, by_row)[0][0])


def test_type_4_without_matrix_says_so() -> None:
    origin = np.array([0, 0, -50.0])
    found, notes = _plates(_six(origin), plate_parameters(4, CORNERS, origin, range(1, 7)))
    _check(found[0])
    assert any("CAL_MATRIX" in n for n in notes)


def test_type_1_has_its_own_centre_of_pressure() -> None:
    force, at, free = _load()
    raw = np.column_stack((force @ AXES, at, -free))
    found, _ = _plates(raw, plate_parameters(1, CORNERS, [0, 0, 0], range(1, 7)))
    _check(found[0])


def test_type_3_sums_its_eight_channels() -> None:
    a, b, deep = 120.0, 200.0, -58.0
    six = _six(np.array([0.0, 0.0, deep]))
    fx, fy, fz, mx, my, mz = six.T
    # Any split over the transducers that gives these sums will do.
    p, q = mx / b, my / a
    z = np.column_stack((fz + p - q, fz + p + q, fz - p + q, fz - p - q)) / 4
    d = mz / (2 * b)
    x = np.column_stack((fx / 2 - d, fx / 2 + d))
    y = np.column_stack((fy, fy)) / 2
    raw = np.hstack((x, y, z))
    force, moment = kistler(raw * np.array([1.0] * 8), a, b)
    assert np.allclose(force, six[:, :3])
    assert np.allclose(moment, six[:, 3:])
    found, _ = _plates(raw, plate_parameters(3, CORNERS, [a, b, deep], range(1, 9)))
    _check(found[0])


def test_moments_in_newton_metres_are_seen_by_the_size_of_the_plate() -> None:
    origin = np.array([0, 0, -40.0])
    raw = _six(origin) * np.array([1, 1, 1, 1e-3, 1e-3, 1e-3])
    found, notes = _plates(raw, plate_parameters(2, CORNERS, origin, range(1, 7)))
    _check(found[0])
    assert any("N·m" in n for n in notes)
    units = ("ANALOG", "UNITS", "text", (3, 6), ["N", "N", "N", "Nm", "Nm", "Nm"])
    found, notes = _plates(raw, [*plate_parameters(2, CORNERS, origin, range(1, 7)), units])
    _check(found[0])
    assert all("lightest tenth" in n for n in notes)


def test_corners_in_millimetres_beside_points_in_metres() -> None:
    origin = np.array([0, 0, -40.0])
    file = C3D(POINTS * 1e-3, analog=_six(origin), labels=LABELS,
               parameters=[*plate_parameters(2, CORNERS, origin, range(1, 7)),
                           ("POINT", "UNITS", "text", (1,), ["m"])])  # fmt: skip
    found, notes = plates(decode(file.build()), 1.0)
    _check(found[0])
    assert any("taken to be in mm" in str(n) for n in notes)


def test_unloaded_plate_has_no_centre_of_pressure() -> None:
    cop, free = pressure(np.array([[1.0, 1.0, 5.0]]), np.ones((1, 3)), np.zeros(3))
    assert np.isnan(cop).all()
    assert free.tolist() == [0.0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (plate_parameters(2, np.zeros((4, 3)), [0, 0, 0], range(1, 7)), "no area"),
        (plate_parameters(9, CORNERS, [0, 0, 0], range(1, 7)), "type 9"),
        (plate_parameters(2, CORNERS, [0, 0, 0], range(3, 9)), "not among"),
        (plate_parameters(3, CORNERS, [0, 0, 0], range(1, 7)), "needs 8"),
    ],
)
def test_unusable_plates_are_left_out_with_a_note(rows: list, words: str) -> None:
    found, notes = _plates(np.zeros((20, 6)), rows)
    assert found == []
    assert any(words in n for n in notes)


def test_far_zero_level_is_said() -> None:
    raw = _six(np.array([0, 0, -40.0]))
    raw[:, 2] = -300.0
    raw = np.repeat(raw, 3, axis=0)
    file = C3D(POINTS, analog=raw, per_frame=3, labels=LABELS,
               parameters=plate_parameters(2, CORNERS, [0, 0, -40.0], range(1, 7)))  # fmt: skip
    notes = plates(decode(file.build()), 1e-3)[1]
    assert any("300 N" in str(n) for n in notes)


def test_axes_need_an_area() -> None:
    assert axes_of(np.zeros((4, 3))) is None
    assert axes_of(np.full((4, 3), np.nan)) is None
    assert np.allclose(axes_of(CORNERS), AXES)  # type: ignore[arg-type]


@given(
    angle=st.floats(0, 2 * math.pi), middle=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_to_plate_is_the_inverse(angle: float, middle: tuple[float, float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    c, s = math.cos(angle), math.sin(angle)
    local = np.array([[0.3, 0.2], [-0.3, 0.2], [-0.3, -0.2], [0.3, -0.2]])
    # Our axes: x forward, y up, z right; the plate's z points down.
    corners = np.array(
        [[x * c - z * s + middle[0], 0.02, x * s + z * c + middle[1]] for x, z in local]
    )
    n = 8
    at = local.T @ rng.dirichlet(np.ones(4), n).T
    spots = np.column_stack(
        (at[0] * c - at[1] * s + middle[0], np.full(n, 0.02), at[0] * s + at[1] * c + middle[1])
    )
    stream = np.column_stack((rng.normal(0, 50, n), rng.uniform(50, 900, n), rng.normal(0, 50, n), spots,
                              rng.normal(0, 5, n)))  # fmt: skip
    channels = to_plate(stream, corners)
    axes = axes_of(corners)
    assert axes is not None
    cop, free = pressure(channels[:, :3], channels[:, 3:] * 1e-3, np.zeros(3))
    assert np.allclose(channels[:, :3] @ axes.T, stream[:, :3])
    assert np.allclose(corners.mean(axis=0) + cop @ axes[:, :2].T, spots)
    assert np.allclose(-free, stream[:, 6])


ORACLE = ["vicon_pig_lower_walk_events", "vicon_nexus_pig_walk3_events", "vicon_nexus_pig_static_1frame",
          "qualisys_walk_events", "motionanalysis_gait_type4_decint", "coda_type3_walk", "plate_type2_pair",
          "plate_type4_pair", "enc_pc_int", "enc_dec_real", "odd_parameter_block7"]  # fmt: skip


@pytest.mark.parametrize("name", ORACLE)
def test_ezc3d_agrees(shared: Path, name: str) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    path = shared / "c3d" / f"{name}.c3d"
    box: Container = decode(path.read_bytes())
    theirs = ezc3d.c3d(str(path), extract_forceplat_data=True)["data"]
    points = theirs["points"][:3].transpose(2, 1, 0)
    gone = box.residuals < 0
    assert np.array_equal(np.isnan(points).any(axis=2), gone)
    assert np.allclose(points[~gone], box.points[~gone], rtol=0, atol=1e-6)
    assert np.allclose(theirs["analogs"][0].T, box.analog, rtol=1e-9)
    ours, _ = plates(box, length_factors(box)[1])
    assert len(ours) == len(theirs["platform"])
    for a, b in zip(ours, theirs["platform"], strict=True):
        on = a.force @ a.normal > 50
        # The two differ in how a plate's axes follow from corners that are not quite flat.
        assert np.allclose(a.force, b["force"].T, atol=0.15)
        assert np.allclose(a.pressure[on], b["center_of_pressure"].T[on] * 1e-3, atol=1e-4)
        assert np.allclose(a.free[on], b["Tz"].T[on] @ a.normal * 1e-3, atol=1e-5)
