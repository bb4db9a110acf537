"""Forces of a treadmill that last longer than the positions."""

import pytest

import gaitsmith
from gaitsmith.body import points_from_angles
from gaitsmith.gait.contacts import contacts
from gaitsmith.gait.events import detect


def test_each_belt_keeps_its_foot_where_no_points_show_it(shared):
    folder = shared / "opensim" / "wbds01"
    recording = points_from_angles(
        gaitsmith.read(
            folder / "WBDS01walkT01_ik_sample.mot", folder / "WBDS01walkT01_grf_first6s.mot.gz"
        )
    )
    found = contacts(recording)
    assert {(c.column, c.side) for c in found.good} == {("plate_1", "left"), ("plate_2", "right")}
    assert {c.by for c in found.good} == {"points", "belt side"}
    assert any("each belt carries the foot" in n.words for n in found.notes)
    events = detect(recording, "plate")
    # The strikes that the set's README names.
    assert events.times("strike", "left") == pytest.approx([0.76, 2.46, 4.27], abs=0.02)
    assert events.times("strike", "right")[:2] == pytest.approx([1.60, 3.38], abs=0.02)
