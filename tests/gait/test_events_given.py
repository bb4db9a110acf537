"""Events of a file that several systems tell."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.events import Event, Events
from gaitsmith.gait.events import find, given
from gaitsmith.preparation import with_events
from gaitsmith.recording import Recording


def steps(source, count, turn):
    sides = ("left", "right")
    rows = [Event(0.6 * i, sides[i % 2], "strike", source) for i in range(count)]
    return Events([*rows, Event(turn, None, "turn", source, duration=0.5)])


@pytest.fixture
def told():
    return Recording(events=steps("INDIP", 12, 2.0) + steps("Stereophoto", 9, 2.1))


def test_turns_come_from_the_system_that_tells_the_steps(told):
    found, _ = with_events(told, "file", [])
    assert found.events.sources == ("INDIP",)
    assert np.array_equal(found.events.times("turn"), [2.0])
    other = told.with_events(steps("INDIP", 5, 2.0) + steps("Stereophoto", 9, 2.1))
    assert np.array_equal(with_events(other, "file", [])[0].events.times("turn"), [2.1])


def test_a_detector_gets_the_turns_of_one_system_and_those_of_none(told):
    extra = told.with_events(told.events + Events([Event(5.0, None, "turn", "file", duration=1.0)]))
    detected = Events([Event(0.1, "left", "strike", "low_back")])
    assert given.turns(extra, detected).times("turn").tolist() == [2.0, 5.0]


def test_the_note_says_why_one_system_is_used(told):
    words = find(told, "file").notes[0].words
    assert "INDIP is used, because it tells the most strikes (12), Stereophoto not (9)" in words
    even = told.with_events(steps("INDIP", 9, 2.0) + steps("Stereophoto", 9, 2.1))
    assert "it is named first" in find(even, "file").notes[0].words


@pytest.mark.shared
def test_a_mobilised_trial_tells_each_turn_once(shared):
    archive = shared / "mobgap_example" / "mobgap_example_dev.zip"
    path = f"{archive}!example_data/data/lab/HA/001/data.mat!TimeMeasure1/Test11/Trial1"
    found, _ = with_events(gaitsmith.read(path), "auto", [])
    turns = found.events.where(kind="turn")
    assert set(turns.sources) == {"INDIP"} and len(turns) == 7
