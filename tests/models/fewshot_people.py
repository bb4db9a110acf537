"""Made-up people whose cycles follow the model: population, person, stride, noise."""

import numpy as np

from gaitsmith.models.fewshot.cycles import Cycles

TIME, LABELS, UNITS = 40, ("hip_flexion", "knee_angle"), ("deg", "deg")


def curves(parts):
    """A smooth closed curve from 2 × 2 × 3 coefficients: time × 2."""
    at = 2 * np.pi * np.arange(TIME) / TIME
    base = np.stack([np.sin(k * at) for k in (1, 2, 3)] + [np.cos(k * at) for k in (1, 2, 3)])
    return np.einsum("ck,kt->tc", parts.reshape(2, 6), base)


def one(name, rng, *, count=12, own=3.0, stride=1.0, speeds=False, ordered=False):
    """Cycles of one person about its own curve."""
    mean = 20 * curves(np.array([1, 0.4, 0, 0.3, 0, 0, 0.2, 1, 0.1, 0, 0.5, 0.0]))
    mine = own * curves(rng.standard_normal(12)) + 2.0 * rng.standard_normal(2)
    v = rng.uniform(0.8, 1.6, count) if speeds else np.full(count, np.nan)
    data = np.stack([mean + mine + stride * curves(rng.standard_normal(12)) for _ in range(count)])
    if speeds:
        data = data + (v - 1.2)[:, None, None] * 5 * curves(np.ones(12))
    data = data + 0.1 * rng.standard_normal(data.shape)
    start = np.arange(count) * 1.1 if ordered else np.nan
    return Cycles.of(data, LABELS, UNITS, person=name, recording="a", speed=v, start=start,
                     duration=1.1)  # fmt: skip


def people(count=8, seed=0, **options):
    """Several people."""
    rng = np.random.default_rng(seed)
    return Cycles.joined([one(f"p{i}", rng, **options) for i in range(count)])
