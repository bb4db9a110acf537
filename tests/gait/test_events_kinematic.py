"""Events from the paths of heels and toes."""

import time

import numpy as np
import pytest

from gaitsmith.errors import MissingInputError
from gaitsmith.gait.events import agreement, detector
from gaitsmith.recording import Recording
from tests.gait.walkers import Walker

kinematic = detector("kinematic")
WALKS = {
    "overground": Walker(),
    "treadmill": Walker(treadmill=True),
    "towards -z": Walker(heading_deg=90),
    "towards -x on a belt": Walker(heading_deg=180, treadmill=True),
    "slantwise, late clock": Walker(heading_deg=-37, start=20.01),
    "slow belt": Walker(speed=0.5, stride_s=1.7, stance=0.70, treadmill=True, seconds=15),
    "brisk": Walker(speed=1.9, stride_s=0.92, stance=0.58),
    "60 Hz": Walker(rate=60.0),
}


def compared(events, walker, inside=0.3, tolerance=0.1):
    span = (walker.start + inside, walker.start + walker.seconds - inside)
    found = agreement(events, walker.events(), tolerance, between=span)
    return found.of("strike"), found.of("off")


@pytest.mark.parametrize("walker", WALKS.values(), ids=list(WALKS))
def test_every_event_within_two_hundredths(walker):
    strike, off = compared(
        kinematic.detect(walker.recording("points")), walker, inside=0.4 * walker.stride_s
    )
    assert strike.missed == off.missed == off.spurious == 0
    assert strike.spurious <= 1  # a strike at the very edge of the span may fall inside it
    assert strike.max_abs_s < 0.02 and off.max_abs_s < 0.02


def test_noise_of_two_millimetres():
    walker = Walker(treadmill=True)
    recording = Recording(streams={"points": walker.points(noise=0.002)})
    strike, off = compared(kinematic.detect(recording), walker)
    assert strike.missed == off.missed == 0
    assert strike.max_abs_s < 0.05 and off.max_abs_s < 0.035


def test_running_is_recognised_and_said():
    walker = Walker(speed=3.2, stride_s=0.7, stance=0.36, treadmill=True)
    events, notes = kinematic.detect_noted(walker.recording("points"))
    assert any("running" in n.words for n in notes)
    strike, off = compared(events, walker)
    assert strike.missed == off.missed == 0 and off.max_abs_s < 0.03
    # No double support: each foot has left before the other strikes.
    for side, other in (("left", "right"), ("right", "left")):
        for t in events.times("strike", side)[1:-1]:
            before = events.times("off", other)
            assert (
                before[before < t].max()
                > events.times("strike", other)[events.times("strike", other) < t].max()
            )
    walking = kinematic.detect_noted(Walker().recording("points"))[1]
    assert not any("running" in n.words for n in walking)


@pytest.mark.parametrize(
    ("keep", "strike_s", "off_s", "words"),
    [
        (("HEE", "TOE"), 0.02, 0.02, ""),
        (("ANK", "TOE"), 0.035, 0.02, ""),
        (("ANK",), 0.05, 0.06, "no toe"),
        (("HEE",), 0.05, 0.06, "a heel only"),
        (("TOE",), 0.07, 0.02, "a toe only"),
    ],
)
def test_few_markers_still_give_events(keep, strike_s, off_s, words):
    walker = Walker()
    points = walker.points()
    labels = [x for x in points.labels if x[1:] in keep or x == "SACR"]
    recording = Recording(streams={"points": points.select(labels)})
    events, notes = kinematic.detect_noted(recording)
    strike, off = compared(events, walker)
    assert strike.missed == off.missed == 0
    assert strike.max_abs_s < strike_s and off.max_abs_s < off_s
    assert any(words in n.words for n in notes) if words else not notes


def test_without_a_trunk_the_feet_serve():
    walker = Walker()
    points = walker.points()
    recording = Recording(
        streams={"points": points.select([x for x in points.labels if x != "SACR"])}
    )
    strike, off = compared(kinematic.detect(recording), walker, inside=0.8)
    assert strike.missed == off.missed == 0
    assert strike.max_abs_s < 0.02 and off.max_abs_s < 0.03


def test_gaps_hide_only_their_own_events():
    walker = Walker()
    points = walker.points()
    data = points.data.copy()
    data[300:380] = np.nan  # 3.0 to 3.8 s
    data[500:506, 0] = np.nan  # short: bridged
    recording = Recording(streams={"points": points.replace(data=data)})
    events = kinematic.detect(recording)
    assert len(events.where(between=(3.05, 3.75))) == 0
    found = agreement(events, walker.events(), between=(4.1, 7.7))
    assert found.of("strike").missed == found.of("off").missed == 0
    assert found.of("off").max_abs_s < 0.03


def test_who_stands_has_no_events():
    walker = Walker()
    points = walker.points()
    still = np.repeat(points.data[55:56], 300, axis=0)
    still = still + 0.002 * np.random.default_rng(0).standard_normal(still.shape)
    recording = Recording(streams={"points": points.replace(data=still)})
    events, notes = kinematic.detect_noted(recording)
    assert len(events) == 0
    assert any("no walking" in n.words for n in notes)


def test_what_lacks_is_said():
    assert kinematic.missing(Recording()) == "points (markers or joint centres)"
    points = Walker().points()
    one = Recording(streams={"points": points.select(["RHEE", "RTOE", "SACR"])})
    assert "left" in kinematic.missing(one)
    assert "frames" in kinematic.missing(Walker().recording("points").crop(0, 0.05))
    with pytest.raises(MissingInputError, match="left"):
        kinematic.detect(one)


def test_half_a_minute_takes_a_fifth_of_a_second():
    recording = Walker(seconds=30, treadmill=True).recording("points")
    kinematic.detect(recording)
    times = []
    for _ in range(3):
        begin = time.process_time()
        kinematic.detect(recording)
        times.append(time.process_time() - begin)
    assert min(times) < 0.2


def test_mirrored_walk_gives_mirrored_events():
    recording = Walker().recording("points")
    a = kinematic.detect(recording).mirrored()
    b = kinematic.detect(recording.mirror())
    assert [(e.side, e.kind) for e in a] == [(e.side, e.kind) for e in b]
    assert np.allclose(a.times(), b.times(), atol=2e-3)
