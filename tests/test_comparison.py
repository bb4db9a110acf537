"""Two analyses side by side: what differs is found with few strides, and too few are called so."""

import numpy as np
import pytest

from gaitsmith.comparison import Result, compare_results

X = np.linspace(0, 1, 101)


def result(title, strides, knee=0.0, seed=0):
    """Six curves a side; the knee's swing peak is `knee` degrees lower on the left."""
    rng = np.random.default_rng(seed)
    curves = {}
    for side in ("left", "right"):
        for i, name in enumerate(("pelvis_tilt", "pelvis_list", "hip_flexion", "hip_adduction", "knee_angle", "ankle_angle")):  # fmt: skip
            base = 20 * np.sin(2 * np.pi * (X + i / 7))
            noise = rng.normal(0, 1.5, (strides, 1)) * np.cos(2 * np.pi * X + rng.uniform(0, 6))
            bump = knee * np.exp(-0.5 * ((X - 0.72) / 0.08) ** 2)
            own = base + noise - (bump if (side, name) == ("left", "knee_angle") else 0.0)
            curves[side, name if name.startswith("pelvis") else f"{name}_{side[0]}"] = own
    return Result(title, {}, curves)


def section(a, b):
    return next(s for s in compare_results(a, b) if s.key == "curves")


@pytest.mark.parametrize("before, after", [(4, 5), (5, 5), (12, 9)])
def test_a_stiff_knee_is_found_and_nothing_else(before, after):
    found = section(result("before", before), result("after", after, knee=20.0, seed=1))
    rows = found.tables[0].rows
    assert {(r[0], r[1]) for r in rows} == {("knee flexion", "left")}
    assert min(r[3] for r in rows) < -5
    shaded = [p.title for p in found.figures[0].panels if p.spans]
    assert shaded == ["knee flexion, left"]


def test_so_few_strides_that_nothing_could_be_found_are_called_so():
    found = section(result("before", 3), result("after", 3, knee=60.0, seed=1))
    words = " ".join(found.words)
    assert "3 strides against 3 are too few for any difference to be found" in words
    assert "none" not in words.lower()
    assert not found.tables[0].rows
    # What the words ask for is enough.
    assert section(result("a", 5), result("b", 5, knee=60.0, seed=1)).tables[0].rows


def test_the_same_walk_twice_has_no_difference():
    many = [section(result("a", 6, seed=2 * k), result("b", 6, seed=2 * k + 1)) for k in range(20)]
    assert sum(bool(s.tables[0].rows) for s in many) <= 4
    quiet = next(s for s in many if not s.tables[0].rows)
    assert quiet.words[0] == "In none of 12 curves a difference was found."


def lacking(made, name, stride, points):
    """`made` without these points of a stride's curve."""
    strides = dict(made.strides)
    key = ("left", f"{name}_l")
    gone = strides[key].copy()
    gone[stride, points] = np.nan
    strides[key] = gone
    return Result(made.title, made.parameters, strides)


def test_a_stride_that_lacks_a_curve_is_left_out_of_that_curve_alone():
    b = lacking(result("b", 5, knee=20.0, seed=1), "hip_flexion", 0, slice(40, 60))
    found = section(result("a", 5), b)
    assert {(r[0], r[1]) for r in found.tables[0].rows} == {("knee flexion", "left")}
    # The knee still has its five strides: with four of them this pair could tell nothing.
    hip = next(p for p in found.figures[0].panels if p.title == "hip flexion, left")
    assert np.isfinite(hip.curves[1].y).all()
    titles = [p.title for p in found.figures[0].panels]
    assert titles[2:5] == ["hip flexion, left", "hip adduction, left", "knee flexion, left"]


def test_one_stride_with_a_gap_is_drawn_and_said_of_its_side_and_curve():
    a = lacking(result("a", 1), "knee_angle", 0, slice(0, 14))
    found = section(a, result("b", 12, seed=1))
    words = " ".join(found.words)
    assert "no joint angles" not in words
    assert "Left side, knee flexion: A does not have a single stride without a gap in it" in words
    assert "Left side, pelvic tilt, pelvic obliquity, hip flexion, hip adduction and ankle dorsiflexion: 1 stride against 12 are too few" in words  # fmt: skip
    assert "Right side: 1 stride against 12 are too few" in words
    knee = next(p for p in found.figures[0].panels if p.title == "knee flexion, left")
    assert np.isnan(knee.curves[0].y[:14]).all()
    assert np.isfinite(knee.curves[0].y[14:]).all()


def test_a_side_that_one_has_no_stride_of_is_named():
    a = result("a", 5)
    right = {k: v for k, v in a.strides.items() if k[0] == "right"}
    words = section(Result("a", {}, right), result("b", 5, seed=1)).words
    assert words[-1] == "Left side: A has no stride of it."


def test_families_that_all_differ_are_all_said():
    a, b = result("a", 8), result("b", 8, knee=30.0, seed=1)
    strides = dict(b.strides)
    strides["right", "hip_flexion_r"] = strides["right", "hip_flexion_r"] + 25.0
    found = section(a, Result("b", {}, strides))
    assert {(r[0], r[1]) for r in found.tables[0].rows} == {("knee flexion", "left"), ("hip flexion", "right")}  # fmt: skip


def test_what_is_not_there_to_compare_is_said_of_whom():
    whole, none = result("after", 5), Result("before", {}, {})
    curves = {
        k: section(*pair).words[0]
        for k, pair in {"A": (none, whole), "B": (whole, none), "Neither": (none, none)}.items()
    }
    assert "A has no curves over the stride" in curves["A"]
    assert "B has no curves over the stride" in curves["B"]
    assert "Neither recording has curves over the stride, which need whole strides" in curves["Neither"]  # fmt: skip
    other = Result("moments", {}, {("left", "knee_angle_l_moment"): np.zeros((3, 101))})
    assert section(whole, other).words == ["There are no joint angles that both recordings have."]
    parameters = compare_results(none, none)[0]
    assert "Neither recording has gait parameters" in parameters.words[0]


def test_parameters_in_different_units_are_not_subtracted():
    def with_peak(title, unit, value, **more):
        peak = {"name": "vertical force, first peak", "unit": unit, **more}
        return Result(
            title, {"vertical_peak_1": {**peak, "right_mean": value, "both_mean": value}}, {}
        )

    words = " ".join(
        compare_results(with_peak("a", "N", 917.0), with_peak("b", "%BW", 96.7))[0].words
    )
    assert "vertical force, first peak (A: N, B: %BW)" in words
    assert "mass" in words
    made = compare_results(
        with_peak("a", "%BW", 101.0), with_peak("b", "%BW", 96.7, left_mean=95.0)
    )
    rows = made[0].tables[0].rows
    assert [(r[1], r[6]) for r in rows] == [("right", pytest.approx(-4.3))]
