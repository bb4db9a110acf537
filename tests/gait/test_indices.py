"""Profile scores of curves at a known distance from the reference; the GDI's scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.cycles import segment
from gaitsmith.gait.gdi import GDI, feature_matrix
from gaitsmith.gait.indices import (
    GPS_VARIABLES,
    gait_variable_score,
    profile,
)
from gaitsmith.gait.reference import reference
from gaitsmith.recording import Recording, Stream

from . import walks

REFERENCE = reference("adult", speed=1.2)


def typical_walk(offset=0.0, names=walks.ANGLES, n=6, noise=0.0, left_only=0.0):
    """A walk that has the reference's own mean curves, plus an offset (degrees)."""
    events = walks.events(n, 1.0, 0.62)
    time = np.arange(0, 0.3 + (n + 1.6), 0.01)
    rng = np.random.default_rng(1)
    columns = []
    for name in names:
        delay = 0.5 if name.endswith("_l") else 0.0
        phase = (time - 0.3 - delay) % 1.0
        stem = name[:-2] if name[-2:] in ("_r", "_l") else name
        mean = np.append(REFERENCE.mean(stem)[:-1], REFERENCE.mean(stem)[0])
        curve = np.interp(phase, np.linspace(0, 1, 101), mean)
        stride = np.floor(time - 0.3 - delay).astype(int)
        jitter = noise * rng.normal(size=n + 4)[stride]
        extra = left_only if name.endswith("_l") else 0.0
        columns.append(curve + offset + extra + jitter)
    return Recording(streams={"angles": Stream("angles", np.column_stack(columns), names, rate=100.0)},
                     events=events)  # fmt: skip


def test_score_of_a_constant_distance_is_that_distance():
    made = profile(segment(typical_walk(offset=5.0)), REFERENCE)
    assert made.name == "GPS" and made.complete and not made.missing
    for v in made.variables:
        if v.name.startswith("pelvis_"):
            continue  # one curve cannot be the reference's mean for both feet at once
        assert v.left.value == pytest.approx(5.0, abs=0.6), v.name
        assert v.right.value == pytest.approx(5.0, abs=0.6)
    assert made["hip_flexion"].expected == pytest.approx(
        np.sqrt(np.mean(REFERENCE.sd("hip_flexion") ** 2))
    )
    assert 4 < made.overall.value < 6.5 and "adults" in made.population


def test_gps_is_the_root_mean_square_of_its_variables():
    made = profile(segment(typical_walk(offset=3.0, left_only=4.0)), REFERENCE)
    for side in ("left", "right"):
        own = [getattr(v, side).value for v in made.variables]
        assert getattr(made, side).value == pytest.approx(np.sqrt(np.mean(np.square(own))))
    fifteen = [v.left.value for v in made.variables]
    fifteen += [v.right.value for v in made.variables if not v.name.startswith("pelvis")]
    assert made.overall.value == pytest.approx(np.sqrt(np.mean(np.square(fifteen))))
    assert made.left.value > made.right.value


def test_missing_variables_change_the_name():
    sagittal = ("hip_flexion_r", "knee_angle_r", "ankle_angle_r",
                "hip_flexion_l", "knee_angle_l", "ankle_angle_l")  # fmt: skip
    made = profile(segment(typical_walk(names=sagittal)), REFERENCE)
    assert made.name == "profile score of 3 variables (sagittal)" and not made.complete
    assert len(made.variables) == 3 and "pelvis_tilt" in made.missing and made.notes
    assert "GPS" not in made.name
    mixed = profile(segment(typical_walk(names=("hip_adduction_r", "knee_angle_r"))), REFERENCE)
    assert mixed.name == "profile score of 2 variables"
    with pytest.raises(GaitsmithError, match="knee_angle"):
        made["pelvis_tilt"]


def test_one_foot_is_not_the_whole_gps():
    walk = typical_walk()
    made = profile(segment(walk, walk.events.where(side="right")), REFERENCE)
    assert made.name == "GPS of the right foot" and made.overall is None and made.left is None
    assert made.right is not None and not made.complete


def test_uncertainty_comes_from_the_strides():
    still = profile(segment(typical_walk(offset=5.0)), REFERENCE)
    shaky = profile(segment(typical_walk(offset=5.0, noise=3.0, n=12)), REFERENCE)
    again = profile(segment(typical_walk(offset=5.0, noise=3.0, n=12)), REFERENCE)
    assert shaky.overall == again.overall
    assert shaky.left.high - shaky.left.low > still.left.high - still.left.low + 0.3
    assert shaky.left.low < shaky.left.value < shaky.left.high and shaky.left.n == 12
    one = profile(segment(typical_walk(n=1)), REFERENCE)
    assert np.isnan(one.left.low) and one.left.n == 1
    assert np.isnan(profile(segment(typical_walk()), REFERENCE, resamples=0).left.low)


@pytest.mark.parametrize("heading", [90.0, 180.0, -135.0])
def test_walking_another_way_through_the_laboratory_changes_nothing(heading):
    walk = typical_walk(offset=2.0)
    turned = np.array(walk.angles.data)
    turned[:, walk.angles.index("pelvis_rotation")] += heading
    a = profile(segment(walk), REFERENCE)
    b = profile(segment(walk.with_stream(walk.angles.replace(data=turned))), REFERENCE)
    assert b.overall.value == pytest.approx(a.overall.value, abs=0.4)
    assert any("direction of the walk" in str(n) for n in b.notes) and not a.notes


def test_no_angles_is_a_refusal():
    with pytest.raises(MissingInputError, match="gait variable"):
        profile(segment(Recording(events=walks.events(3))), REFERENCE)


def test_curves_with_gaps_make_an_empty_explained_profile():
    walk = typical_walk(n=1)
    made = profile(segment(walk.with_stream(walk.angles.crop(0.6, 1.2))), REFERENCE)
    assert made.name == "no profile score" and not made.variables and made.overall is None
    assert not made.complete and "whole curve" in str(made.notes[0])


def test_each_variable_uses_the_strides_in_which_it_is_whole():
    walk = typical_walk(offset=5.0, n=4)
    data = np.array(walk.angles.data)
    for k, name in enumerate(("knee_angle_r", "ankle_angle_r", "hip_flexion_r", "hip_rotation_r")):
        inside = np.abs(walk.angles.times - (0.8 + k)) < 0.1
        data[inside, walk.angles.index(name)] = np.nan
    made = profile(segment(walk.with_stream(walk.angles.replace(data=data))), REFERENCE)
    assert made["knee_angle"].right.value == pytest.approx(5.0, abs=0.6)
    assert made.right.n <= 4 and made.overall is not None


@given(st.floats(-30, 30), st.integers(0, 1000))
def test_gait_variable_score_is_a_distance(offset, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0, 10, (2, 101))
    assert gait_variable_score(a, a) == 0.0
    assert gait_variable_score(a + offset, a) == pytest.approx(abs(offset), abs=1e-9)
    assert gait_variable_score(a, b) == pytest.approx(gait_variable_score(b, a))


def test_mirrored_walk_has_mirrored_scores():
    walk = typical_walk(offset=2.0, left_only=5.0)
    a, b = profile(segment(walk), REFERENCE), profile(segment(walk.mirror()), REFERENCE)
    assert a.left.value == pytest.approx(b.right.value)
    assert a.right.value == pytest.approx(b.left.value)
    for v in a.variables:
        assert v.left.value == pytest.approx(b[v.name].right.value), v.name


def controls(n=120, seed=0, offset=0.0):
    """Strides that vary along few directions about a mean, as people do."""
    rng = np.random.default_rng(seed)
    mean = np.concatenate([REFERENCE.mean(v)[::2] for v in GPS_VARIABLES])
    modes = np.random.default_rng(9).normal(size=(12, 459)) / 3
    rows = mean + rng.normal(0, 1.5, (n, 12)) @ modes + rng.normal(0, 0.3, (n, 459))
    return rows + offset


def test_gdi_of_controls_is_100_with_sd_10_and_falls_with_deviation():
    gdi = GDI.fit(controls(), population="made strides")
    fresh = gdi.score(controls(seed=5))
    assert fresh.mean() == pytest.approx(100, abs=4) and fresh.std() == pytest.approx(10, abs=4)
    means = [gdi.score(controls(seed=5, offset=x)).mean() for x in (2.0, 5.0, 10.0)]
    assert 100 > means[0] > means[1] > means[2] and means[2] < 80
    assert gdi.population == "made strides"


def test_gdi_refuses_what_it_cannot_be_built_from():
    with pytest.raises(MissingInputError, match="published means"):
        GDI.fit(controls(5), population="few")
    gdi = GDI.fit(controls(), population="made")
    with pytest.raises(GaitsmithError, match="459"):
        gdi.score(np.zeros((2, 10)))
    sagittal = segment(typical_walk(names=("hip_flexion_r", "knee_angle_r")))
    with pytest.raises(MissingInputError, match="nine"):
        feature_matrix(sagittal.right)


def test_features_of_strides_fit_the_gdi():
    rows = feature_matrix(segment(typical_walk()).right)
    assert rows.shape == (6, 459)
    assert np.isfinite(GDI.fit(controls(), population="made").score(rows)).all()
    wide = GDI.fit(
        controls(), population="made", basis=np.vstack([controls(), controls(50, 3, 8.0)])
    )
    assert wide.score(rows).shape == (6,)
