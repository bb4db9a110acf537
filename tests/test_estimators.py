"""The estimators as scikit-learn expects them."""

import pickle
import unittest

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from gaitsmith.errors import GaitsmithError
from gaitsmith.estimators import GaitParameters, PhaseClassifier, StrideCurves
from gaitsmith.virtual import Fault, people, walker

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def walks():
    """Four people, without and with a stiff right knee."""
    fault = (Fault("stiff_knee", "right", 1.0),)
    made = [walker(p, 1.2, seconds=4.0, faults=f) for p in people(4, 3) for f in ((), fault)]
    return made, np.array([0, 1] * 4)


def test_sklearns_own_checks_of_the_classifier():
    done = 0
    for estimator, check in estimator_checks_generator(PhaseClassifier()):
        try:
            check(estimator)
        except unittest.SkipTest:  # array libraries that are not installed here
            continue
        done += 1
    assert done > 30


def test_curves_in_a_pipeline_tell_a_stiff_knee(walks):
    recordings, faulty = walks
    model = make_pipeline(StrideCurves(["knee_angle"], points=21), RidgeClassifier())
    model.fit(recordings[:6], faulty[:6])
    sound, stiff = model.decision_function(recordings[6:])
    assert stiff > sound + 0.3
    names = model[0].get_feature_names_out()
    assert len(names) == 2 * 21
    assert "knee_angle_right_70" in names


def test_parameters_have_names_and_values(walks, tmp_path):
    recordings, _ = walks
    table = GaitParameters().set_output(transform="pandas").fit(recordings[:1]).transform(recordings[:1])  # fmt: skip
    assert 100 < table["cadence_both"].iloc[0] < 130
    assert {"stride_length_left", "knee_flexion_swing_max_right"} <= set(table.columns)
    recordings[0].write(tmp_path / "walk.gait")
    again = GaitParameters().fit([tmp_path / "walk.gait"]).transform([tmp_path / "walk.gait"])
    np.testing.assert_allclose(again[0], table.to_numpy()[0], rtol=1e-6)


@pytest.mark.parametrize("made", [GaitParameters(sd=True), StrideCurves(["hip_flexion"], points=11)])  # fmt: skip
def test_clones_and_pickles(made):
    twin = clone(made)
    assert twin.get_params() == made.get_params()
    assert pickle.loads(pickle.dumps(made)).get_params() == made.get_params()


def test_wrong_settings_are_refused(walks):
    with pytest.raises(GaitsmithError, match="sides"):
        GaitParameters(sides="left").fit(walks[0][:1])
    with pytest.raises(GaitsmithError, match="points"):
        StrideCurves(points=1).fit(walks[0][:1])
    with pytest.raises(GaitsmithError, match="no recordings"):
        StrideCurves().fit([])
