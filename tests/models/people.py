"""Made-up people whose curves obey a known law, for tests of speed models."""

import numpy as np

from gaitsmith.models.speed.units import Units
from gaitsmith.studies.speed_units import joined

X = np.linspace(0, 2 * np.pi, 101)
MEAN = np.stack([15 + 25 * np.cos(X), 25 - 20 * np.cos(2 * X), 5 * np.sin(2 * X)])
SLOPE = np.stack([6 * np.cos(X), -5 * np.cos(2 * X), 3 * np.sin(X)])
SHAPE = np.stack([np.ones(101), np.cos(X), np.sin(X)]) * 5


def person(name, rng, *, speeds=(0.7, 1.0, 1.3, 1.6), legs=("left", "right"), own=None, noise=0.3):
    """Population line + a lasting own shape; cadence 115 · v^0.5 with an own factor."""
    size, factor = (
        rng.standard_normal() if own is None else own,
        np.exp(0.04 * rng.standard_normal()),
    )
    rows = [(v, leg) for leg in legs for v in speeds]
    curves = np.stack([MEAN + (v - 1.2) * SLOPE + size * SHAPE for v, _ in rows])
    curves = curves + noise * np.cos(X * 3 + rng.uniform(0, 6, (len(rows), 3, 1)))
    v = np.array([r[0] for r in rows])
    return Units.of(curves, v, [r[1] for r in rows], person=name, count=4, height=1.7,
                    cadence=115 * np.sqrt(v) * factor)  # fmt: skip


def people(n=8, seed=0):
    rng = np.random.default_rng(seed)
    return joined([person(f"p{i}", rng) for i in range(n)])
