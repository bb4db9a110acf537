"""Faults change what they say, on their side, as much as asked."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.virtual import FAULTS, Fault, average_person, walker

PERSON = average_person("female")


@pytest.fixture(scope="module")
def normal():
    return walker(PERSON, 1.1, 5.0)


def faulty(name, side="right", size=1.0):
    return walker(PERSON, 1.1, 5.0, faults=[Fault(name, side, size)])


def swing_max(walk, side):
    return walk["angles"][f"knee_angle_{side}"].max()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_walks_on_its_feet_and_is_written_down(name):
    walk = faulty(name, "left", 0.7)
    assert [list(f) for f in walk["angles"].attrs["faults"]] == [[name, "left", 0.7]]
    assert walk.subject.affected_side == "left"
    for point in ("heel_r", "toe_r", "heel_l", "toe_l"):
        assert walk["points"][point][:, 1].min() > -0.003
    up = walk["forces"].data[:, :, 1].sum(axis=1).mean() / (PERSON.mass * 9.80665)
    assert up == pytest.approx(1.0, abs=0.05)
    assert np.isfinite(walk["angles"].data).all()


def test_a_stiff_knee_bends_less_in_grades_on_its_side_only(normal):
    peaks = [swing_max(faulty("stiff_knee", "right", s), "r") for s in (0.3, 0.6, 1.0)]
    assert swing_max(normal, "r") > peaks[0] > peaks[1] > peaks[2]
    assert peaks[2] < 0.75 * swing_max(normal, "r")
    assert swing_max(faulty("stiff_knee"), "l") == pytest.approx(swing_max(normal, "l"), abs=2.0)


def test_signs_of_each_fault(normal):
    def angle(walk, name):
        return walk["angles"][name]

    assert angle(faulty("foot_drop"), "ankle_angle_r")[normal["phase"]["contact_r"] == 0].max() < (
        angle(normal, "ankle_angle_r")[normal["phase"]["contact_r"] == 0].max() - 5
    )
    assert angle(faulty("crouch"), "knee_angle_r").mean() > angle(normal, "knee_angle_r").mean() + 8
    hip = "hip_flexion_r"
    assert angle(faulty("reduced_hip_extension"), hip).min() > angle(normal, hip).min() + 4
    out = faulty("circumduction")["points"]["toe_r"][:, 2].max()
    assert out > normal["points"]["toe_r"][:, 2].max() + 0.04
    assert angle(faulty("hip_hike"), "pelvis_list").min() < angle(normal, "pelvis_list").min() - 1
    assert (
        angle(faulty("trendelenburg"), "pelvis_list").min() < angle(normal, "pelvis_list").min() - 3
    )


def test_timing_and_step_faults(normal):
    def strikes(walk, side):
        return walk.events.times("strike", side)

    def step(walk, side, other):
        """Length of the steps that end with this side's strike."""
        t = walk["points"].times
        out = []
        for s in strikes(walk, side):
            before = strikes(walk, other)
            before = before[before < s]
            if len(before):
                here = np.interp(s + 0.1, t, walk["points"][f"heel_{side[0]}"][:, 0])
                there = np.interp(before[-1] + 0.1, t, walk["points"][f"heel_{other[0]}"][:, 0])
                out.append(here - there)
        return np.mean(out)

    short = faulty("short_step")
    assert step(short, "right", "left") < 0.75 * step(normal, "right", "left")
    lag = faulty("leg_lag")
    late = [np.mean(np.diff(np.sort(np.concatenate([strikes(w, "left"), strikes(w, "right")])))[::2])
            for w in (normal, lag)]  # fmt: skip
    assert abs(late[1] - late[0]) > 0.04
    stance = [w["phase"]["contact_r"].mean() for w in (normal, faulty("long_stance"))]
    assert stance[1] > stance[0] + 0.04


@pytest.mark.parametrize(
    "wrong", [("limp", "right", 1.0), ("crouch", "both", 1.0), ("crouch", "left", -1.0)]
)
def test_unknown_faults_are_refused(wrong):
    with pytest.raises(GaitsmithError):
        Fault(*wrong)
