"""Events of records that have joint angles only."""

import numpy as np
import pytest

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.events import agreement, detector
from gaitsmith.recording import Recording
from tests.gait.walkers import Walker

hip = detector("hip")


def compared(recording, walker, sides=("left", "right")):
    events = hip.detect(recording)
    span = (walker.start + 0.4, walker.start + walker.seconds - 0.4)
    found = agreement(events, walker.events(), 0.15, between=span)
    for side in sides:
        assert found.of("strike", side).missed == found.of("off", side).missed == 0
        assert found.of("strike", side).spurious == 0
    return found


@pytest.mark.parametrize("tilt", [0.0, -25.0, 20.0])
def test_all_joints_whatever_the_tilt_of_the_pelvis(tilt):
    walker = Walker(start=20.01)
    found = compared(Recording(streams={"angles": walker.angles(tilt)}), walker)
    assert found.of("strike").max_abs_s < 0.02 and found.of("off").max_abs_s < 0.02


@pytest.mark.parametrize("without", [("knee",), ("ankle",), ("knee", "ankle")])
def test_missing_joints(without):
    walker = Walker()
    angles = walker.angles()
    kept = [x for x in angles.labels if not x.startswith(without)]
    found = compared(Recording(streams={"angles": angles.select(kept)}), walker)
    assert found.of("strike").max_abs_s < 0.03 and found.of("off").max_abs_s < 0.04


def test_one_leg_alone():
    walker = Walker()
    angles = walker.angles()
    right = Recording(streams={"angles": angles.select([x for x in angles.labels if x[-1] == "r"])})
    found = compared(right, walker, sides=("right",))
    assert found.of("strike", "right").max_abs_s < 0.02
    only_hip = Recording(streams={"angles": angles.select(["hip_flexion_r"])})
    events, notes = hip.detect_noted(only_hip)
    assert len(events.times("off", "left")) == 0
    assert any("half a stride" in n.words for n in notes)
    assert compared(only_hip, walker, sides=("right",)).of("strike", "right").max_abs_s < 0.03


def test_a_short_record_with_one_extension_of_each_hip():
    walker = Walker()
    events = hip.detect(Recording(streams={"angles": walker.angles().crop(1.7, 3.6)}))
    assert len(events.where(kind="off")) >= 1


def test_nothing_swings():
    angles = Walker().angles()
    flat = Recording(streams={"angles": angles.replace(data=np.full(angles.data.shape, 3.0))})
    events, notes = hip.detect_noted(flat)
    assert len(events) == 0 and "do not swing" in notes[0].words


def test_what_lacks_is_said():
    assert hip.missing(Recording()) == "hip flexion angles"
    with pytest.raises(MissingInputError, match="hip flexion"):
        hip.detect(Recording())
    assert "samples" in hip.missing(Walker().recording("angles").crop(0, 0.3))


def test_missing_samples_hide_only_their_own_events():
    walker = Walker()
    angles = walker.angles()
    data = angles.data.copy()
    data[:150] = np.nan
    events = hip.detect(Recording(streams={"angles": angles.replace(data=data)}))
    assert events.times().min() > 1.45
    found = agreement(events, walker.events(), 0.15, between=(2.6, 7.5))
    assert found.of("strike").missed == found.of("off").missed == 0
