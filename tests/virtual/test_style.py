"""Styles have the covariance of real people, change with speed and stand on flat feet."""

import json

import numpy as np
import pytest

from gaitsmith.datasets.curves import Curves
from gaitsmith.recording import Subject
from gaitsmith.virtual import people
from gaitsmith.virtual.style import (
    COORDINATES,
    HARMONICS,
    SIZE,
    TABLE,
    curves,
    deviation,
    later,
    stride_deviations,
)


def test_a_style_lasts_in_part_and_fades_with_speed():
    crowd = [np.random.default_rng(i).standard_normal(SIZE) for i in range(300)]
    at = {v: np.array([deviation(z, v) for z in crowd]) for v in (0.30, 0.36, 0.60)}
    knee = COORDINATES.index("knee_angle")
    for part, least, most in ((0, 0.90, 1.0), (1, 0.5, 0.9)):
        near, far = (
            np.corrcoef(at[0.30][:, knee, part], at[v][:, knee, part])[0, 1] for v in (0.36, 0.60)
        )
        assert near > far
        assert least < far < most
        assert at[0.36][:, knee, part].std() == pytest.approx(
            at[0.60][:, knee, part].std(), rel=0.2
        )


def test_the_covariance_is_the_tables():
    table = json.loads(TABLE.read_text("utf-8"))
    root = np.vstack((table["people"], table["plain"]))
    drawn = np.array([deviation(np.random.default_rng(i).standard_normal(SIZE), 0.4).ravel()
                      for i in range(1500)])  # fmt: skip
    wanted, found = (root**2).sum(axis=0), drawn.var(axis=0)
    assert found.sum() == pytest.approx(wanted.sum(), rel=0.1)
    tilt, hip = COORDINATES.index("pelvis_tilt"), COORDINATES.index("hip_flexion")
    parts = 1 + 2 * HARMONICS
    assert np.corrcoef(drawn[:, tilt * parts], drawn[:, hip * parts])[0, 1] < -0.5


def test_soles_are_level_and_feet_point_where_asked():
    for person in people(5, 8):
        legs, middle = curves(person.style, person.sides, 0.4, person.toe_out)
        flat = slice(10, 28)
        for leg, out in zip(legs, person.toe_out, strict=True):
            pitch = middle[0] + leg[0] - leg[3] + leg[4]
            assert np.abs(pitch[flat]).mean() < 1.0
            assert abs(leg[2][flat].mean() + middle[2][flat].mean() + out) < 4.5


def test_no_style_is_the_mean():
    legs, middle = curves(np.zeros(0), np.zeros((2, 0)), 0.4)
    assert not legs.any()
    assert not middle.any()


def test_strides_deviate_by_a_few_degrees_and_children_more():
    rng = np.random.default_rng(1)
    grown = stride_deviations(rng, 400)
    young = stride_deviations(np.random.default_rng(1), 400, young=True)
    size = np.sqrt((grown[:, 0, 0, 0] ** 2).mean())
    assert 0.5 < size < 2.5
    assert young.std() > 1.4 * grown.std()
    assert np.corrcoef(grown[:, 0, 3, 0], grown[:, 1, 3, 0])[0, 1] == pytest.approx(0.5, abs=0.12)


def test_later_turns_a_curve_about_the_stride():
    rows = np.array([1.0, 2.0, -1.0, 0.5, 0.3])
    phase = np.linspace(0, 1, 40)

    def at(c, p):
        return c[0] + sum(c[2 * k - 1] * np.cos(2 * np.pi * k * p) + c[2 * k] * np.sin(2 * np.pi * k * p)
                          for k in (1, 2))  # fmt: skip

    assert np.allclose(at(later(rows, 0.3), phase), at(rows, phase - 0.3))


def test_the_table_is_built_from_strides():
    from gaitsmith.gait.reference import reference
    from gaitsmith.studies.virtual_style import build

    rng = np.random.default_rng(0)
    made = []
    for i in range(6):
        subject = Subject(f"{i}").given("test", age=10.0 if i % 2 else 30.0, height=1.6)
        speeds = rng.uniform(0.9, 1.6, 8)
        own = 5 * rng.standard_normal((len(COORDINATES), 1))
        rows = []
        for v in speeds:
            norm = reference("young" if i % 2 else "adult", speed=float(v), subject=subject)
            mean = np.stack([norm.mean(c) for c in COORDINATES])
            rows.append(
                (
                    mean
                    + own
                    + rng.standard_normal((len(COORDINATES), 1)) * (2.0 if i % 2 else 1.0)
                ).T
            )
        made.append(Curves(
            np.array(rows), COORDINATES, ("deg",) * len(COORDINATES), np.arange(101.0), "stride", "single",
            {"task": ["walking"] * 8, "speed": speeds.tolist()}, subject=subject, name=f"{i}", attrs={}, notes=(),
        ))  # fmt: skip
    table = build(made)
    parts = 1 + 2 * HARMONICS
    spread = (np.array(table["people"]) ** 2).sum(axis=0) + (np.array(table["plain"]) ** 2).sum(
        axis=0
    )
    assert np.sqrt(spread[::parts]).mean() == pytest.approx(5.0, rel=0.5)
    assert np.sqrt(spread[1::parts]).mean() < 0.5
    assert table["young_strides"] == pytest.approx(2.0, rel=0.35)


def test_the_bundled_table_is_what_the_command_builds(shared):
    from gaitsmith.studies.virtual_style import main

    assert main([str(shared), "--check"]) == 0
