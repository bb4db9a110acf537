"""Completion: the conditional Gaussian over joint and phase."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.forces.completion import StrideGaussian, mirrored
from gaitsmith.models.forces.phasing import strikes_by_shape
from gaitsmith.models.forces.strides import COORDINATES, PHASES, StrideAngles
from gaitsmith.streams import Stream
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


def laid(strikes, rate=100.0, names=COORDINATES, noise=0.0, seed=3):
    """Angles (a stream) that repeat the mean of `made` from strike to strike."""
    mean = made().angles.mean(axis=0)
    edges = np.concatenate(
        ([2 * strikes[0] - strikes[1]], strikes, [2 * strikes[-1] - strikes[-2]])
    )
    times = np.arange(round(strikes[0] * rate), round(strikes[-1] * rate) + 1) / rate
    at = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)
    phase = (times - edges[at]) / (edges[at + 1] - edges[at])
    data = np.column_stack(
        [np.interp(phase, np.linspace(0, 1, PHASES), mean[COORDINATES.index(n)]) for n in names]
    )
    data += noise * np.random.default_rng(seed).standard_normal(data.shape)
    return Stream("angles", data, names, rate=rate, start=float(times[0]))


@pytest.mark.parametrize("lacking", ["hip", "knee", "lumbar"])
def test_strikes_are_told_by_the_shape_of_whatever_is_known(lacking):
    names = tuple(c for c in COORDINATES if not c.startswith(lacking))
    strikes = np.array([0.4, 1.5, 2.7, 3.75, 4.9])
    stream = laid(strikes, names=names, noise=1.0)
    told = strikes_by_shape(stream, StrideGaussian.fit(made()), names)
    assert len(told) == len(strikes)
    assert np.abs(told - strikes).max() < 0.05


def test_a_record_that_holds_no_whole_stride_from_a_strike_is_still_told():
    whole = laid(np.array([0.0, 1.1, 2.2, 3.3]))
    part = whole.crop(0.5, 1.8)
    told = strikes_by_shape(part, StrideGaussian.fit(made()), COORDINATES)
    assert np.abs(told[:, None] - np.array([0.0, 1.1, 2.2])).min(axis=1).max() < 0.06


def test_what_is_no_stride_is_refused():
    rng = np.random.default_rng(0)
    noise = Stream("angles", 60 * rng.standard_normal((300, len(COORDINATES))), COORDINATES, rate=100.0)  # fmt: skip
    model = StrideGaussian.fit(made())
    with pytest.raises(GaitsmithError, match="no stride was found"):
        strikes_by_shape(noise, model, COORDINATES)
    with pytest.raises(GaitsmithError, match="no stride was found"):
        strikes_by_shape(laid(np.array([0.0, 1.1, 2.2])).crop(0.0, 0.4), model, COORDINATES)


def test_hips_are_filled_from_the_rest_of_a_walk():
    from gaitsmith.models.forces.complete import complete
    from gaitsmith.virtual.people import people
    from gaitsmith.virtual.walk import walker

    whole = walker(people(1, seed=4)[0], 1.2, 6.0, seed=4)
    angles = whole.angles
    hips = [c for c in angles.labels if c.startswith("hip_")]
    bare = whole.select("angles").with_stream(angles.select([c for c in angles.labels if c not in hips]), "angles")  # fmt: skip
    made_whole = complete(bare)
    assert set(made_whole.filled) == set(hips)
    wrong = np.array([made_whole.angles[c] - angles[c] for c in hips])
    wrong -= wrong.mean(axis=1, keepdims=True)  # levels belong to models
    assert np.sqrt(np.square(wrong).mean()) < 6.0
    for c in hips:
        sd = made_whole.sd[:, made_whole.angles.index(c)]
        assert (sd > 0.5).all()
