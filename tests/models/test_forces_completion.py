"""Completion: the conditional Gaussian over joint and phase."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.forces.completion import StrideGaussian, mirrored
from gaitsmith.models.forces.strides import COORDINATES, PHASES, StrideAngles
from tests.models.mixin import ModelTests

PHASE = np.linspace(0, 2 * np.pi, PHASES)
KNEES = ("knee_angle_r", "knee_angle_l")


def made(people=6, each=3, seed=0):
    """Strides whose joints all swing with one amplitude, that of the person."""
    rng = np.random.default_rng(seed)
    n = people * each
    size = np.repeat(rng.uniform(10, 30, people), each)
    angles = np.empty((n, len(COORDINATES), PHASES))
    for i, name in enumerate(COORDINATES):
        late = np.pi if name.endswith("_l") else 0.0
        angles[:, i] = size[:, None] * np.sin(
            PHASE + late + 0.3 * i * (not name.endswith(("_r", "_l")))
        )
    angles += 0.3 * rng.standard_normal(angles.shape)
    person = np.array([f"p{i // each}" for i in range(n)])
    return StrideAngles(angles, np.column_stack((size / 50, np.full(n, 3.5))), person)


class TestCompletion(ModelTests):
    shape = (2, len(COORDINATES), PHASES)

    def make(self):
        return StrideGaussian.fit(made())

    def ask(self, model, seed):
        known = [c for c in COORDINATES if c not in KNEES]
        return model.fill(made(1, 2, 50 + seed).angles, known).angles

    def mirrored(self, model, seed):
        # Half a stride later is a whole number of phases only between them: compared as they are.
        return self.ask(model, seed)

    def wrong(self):
        model = self.make()
        return [
            (lambda: model.fill(made(1, 1).angles, ["elbow"]), "no such coordinate"),
            (lambda: model.fill(made(1, 1).angles, []), "nothing is known"),
            (lambda: StrideGaussian.fit(made(2)), "too little"),
        ]


def test_what_is_known_stays_and_what_is_missing_follows_it():
    model, new = StrideGaussian.fit(made()), made(3, 2, seed=5)
    known = [c for c in COORDINATES if c not in KNEES]
    filled = model.fill(new.angles, known)
    at = [COORDINATES.index(c) for c in KNEES]
    rest = [COORDINATES.index(c) for c in known]
    np.testing.assert_array_equal(filled.angles[:, rest], new.angles[:, rest])
    assert not filled.sd[:, rest].any()
    wrong = np.sqrt(((filled.angles[:, at] - new.angles[:, at]) ** 2).mean())
    median = np.median(made().angles[:, at], axis=0)
    plain = np.sqrt(((median - new.angles[:, at]) ** 2).mean())
    assert wrong < 0.6 * plain


def test_bands_are_calibrated_on_people_left_out():
    rows = made(10)
    model = StrideGaussian.fit(rows).calibrated(rows, [KNEES])
    new = made(6, 2, seed=8)
    filled = model.fill(new.angles, [c for c in COORDINATES if c not in KNEES])
    at = [COORDINATES.index(c) for c in KNEES]
    held = np.abs(filled.angles[:, at] - new.angles[:, at]) <= 1.6449 * filled.sd[:, at]
    assert held.mean() > 0.75


def test_mirroring_twice_changes_nothing():
    angles = made(2, 2).angles
    periodic = angles.copy()
    periodic[:, :, -1] = periodic[:, :, 0]
    twice = mirrored(mirrored(periodic))
    assert np.abs(twice - periodic).max() < 6.0  # half of 51 phases is no whole number
    i, j = COORDINATES.index("pelvis_list"), COORDINATES.index("pelvis_tilt")
    assert np.corrcoef(mirrored(periodic)[0, i], np.roll(periodic[0, i], -25))[0, 1] < -0.9
    assert np.corrcoef(mirrored(periodic)[0, j], np.roll(periodic[0, j], -25))[0, 1] > 0.9


def test_a_change_brings_others_along():
    model = StrideGaussian.fit(made())
    change = np.zeros((1, len(COORDINATES), PHASES))
    hip = COORDINATES.index("hip_flexion_r")
    change[0, hip] = 10 * np.sin(PHASE)
    told = model.response(change, ["hip_flexion_r"])
    np.testing.assert_array_equal(told[0, hip], change[0, hip])
    other = told[0, COORDINATES.index("hip_flexion_l")]
    assert np.corrcoef(other, -np.sin(PHASE))[0, 1] > 0.9


def test_the_bundled_model_fills_knees():
    from gaitsmith.models.forces.completion import default_completion

    model = default_completion()
    with pytest.raises(GaitsmithError, match="nothing"):
        model.fill(np.zeros((1, len(COORDINATES), PHASES)), [])
    curves = np.zeros((1, len(COORDINATES), PHASES))
    curves[:, COORDINATES.index("hip_flexion_r")] = 20 * np.cos(PHASE)
    curves[:, COORDINATES.index("hip_flexion_l")] = -20 * np.cos(PHASE)
    knee = model.fill(curves, ["hip_flexion_r", "hip_flexion_l"]).angles[
        0, COORDINATES.index("knee_angle_r")
    ]
    assert 40 < knee.max() < 80  # a swinging knee
    assert 0.6 < knee.argmax() / PHASES < 0.85
