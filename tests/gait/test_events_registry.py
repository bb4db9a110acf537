"""The choice between detectors."""

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.events import Event, Events
from gaitsmith.gait import events
from gaitsmith.recording import Recording
from tests.gait.walkers import Walker


def test_every_detector_keeps_the_contract():
    for name in events.METHODS:
        module = events.detector(name)
        assert name == module.NAME
        lack = module.missing(Recording())
        assert isinstance(lack, str) and lack and not lack.endswith(".")


def test_order_of_trust():
    assert events.METHODS[0] == "plate"
    assert events.METHODS.index("kinematic") < events.METHODS.index("hip")
    recording = Walker(treadmill=True).recording("points", "forces", "angles")
    assert events.available(recording) == ("plate", "kinematic", "hip")
    found = events.detect_all(recording)
    assert list(found) == ["plate", "kinematic", "hip"]
    assert all(set(e.sources) == {name} for name, e in found.items())


def test_plates_that_see_every_step_give_the_events():
    walker = Walker(treadmill=True)
    found = events.find(walker.recording("points", "forces"))
    assert found.method == "plate"
    assert set(found.events.sources) == {"plate"}
    assert "hip" in found.lacking


def test_plates_stepped_on_in_passing_sharpen_the_events_of_the_markers():
    walker = Walker()
    recording = walker.recording("points").with_stream(walker.forces().crop(3.0, 4.3))
    found = events.find(recording)
    assert found.method == "kinematic"
    assert set(found.events.sources) == {"kinematic", "plate"}
    plate = events.detector("plate").detect(recording)
    assert len(found.events.where(source="plate")) == len(plate)
    assert set(plate.times()) <= set(found.events.times())
    assert any(f"{len(plate)} of {len(found.events)} events" in n.words for n in found.notes)
    assert len(found.events) == len(events.detect(recording, "kinematic"))


def test_a_plate_adds_the_strike_that_the_markers_start_too_late_for():
    walker = Walker()
    recording = walker.recording("points").crop(1.12, 7.0)  # the right foot struck at 1.10 s
    forces = walker.forces().crop(0.9, 3.0)
    found = events.find(recording.with_stream(forces))
    assert found.method == "kinematic"
    first = found.events.where(kind="strike", side="right")[0]
    assert first.source == "plate" and abs(first.time - 1.10) < 0.01


def test_events_of_the_file_serve_where_nothing_else_does():
    own = Events([Event(1.0, "left", "strike", "file"), Event(1.7, "left", "off", "file")])
    found = events.find(Recording(events=own))
    assert found.method == "file" and found.events == own


def test_nothing_to_detect_from_says_what_each_lacks():
    with pytest.raises(MissingInputError) as error:
        events.detect(Recording(name="empty"))
    assert "hip flexion" in error.value.remedy and "ground reaction forces" in error.value.remedy


def test_a_method_that_cannot_run_names_one_that_can():
    with pytest.raises(MissingInputError, match="kinematic"):
        events.detect(Walker().recording("points"), "plate")
    with pytest.raises(GaitsmithError, match="did you mean 'plate'"):
        events.detect(Walker().recording("forces"), "plates")


def test_options_need_a_method():
    recording = Walker(treadmill=True).recording("forces")
    with pytest.raises(GaitsmithError, match="options need a method"):
        events.detect(recording, low_n=50.0)
    late = events.detect(recording, "plate", low_n=50.0).times("strike")
    assert np.all(late > events.detect(recording, "plate").times("strike"))
