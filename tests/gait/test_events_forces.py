"""Contacts with plates, the feet they belong to, and events from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitsmith.gait.contacts import claimed_sides, contacts, corners, foot_forces
from gaitsmith.gait.events import agreement, detector
from gaitsmith.gait.loading import at_rest, loads
from gaitsmith.recording import Recording
from gaitsmith.signals import lowpass
from gaitsmith.streams import Stream
from tests.gait.walkers import Walker

plate = detector("plate")
INSIDE = (0.05, 7.95)


def worst(recording, walker, **options):
    found = agreement(plate.detect(recording, **options), walker.events(), between=INSIDE)
    strike, off = found.of("strike"), found.of("off")
    assert strike.missed == off.missed == strike.spurious == off.spurious == 0
    return strike.max_abs_s, off.max_abs_s


def test_clean_plates_give_every_event():
    walker = Walker()
    # 30 N and 15 N are passed 5 and 3 ms from the true edges of this force.
    strike, off = worst(walker.recording(), walker)
    assert strike < 0.007 and off < 0.005


@pytest.mark.parametrize("offset", [-38.0, 0.0, 25.0])
@pytest.mark.parametrize("noise", [0.0, 10.0, 25.0])
def test_noise_and_a_wrong_zero_move_no_event_far(noise, offset):
    walker = Walker(treadmill=True, force_rate=300.0)
    recording = walker.recording().with_stream(walker.forces(noise=noise, offset=offset))
    strike, off = worst(recording, walker)
    assert strike < 0.02 and off < 0.025
    said = " ".join(str(n) for n in contacts(recording).notes)
    assert ("unloaded plate reads" in said) == (noise > 5 or abs(offset) > 10)


def test_dropouts_of_single_samples_split_no_contact():
    walker = Walker(force_rate=300.0)
    stream = walker.forces()
    data = stream.data.copy()
    data[np.random.default_rng(1).random(len(data)) < 0.02] = 0.0
    worst(walker.recording().with_stream(stream.replace(data=data)), walker)


def test_a_contact_cut_by_the_record_gives_only_the_event_it_holds():
    walker = Walker()
    recording = walker.recording().crop(0.3, 5.0)
    first = min(contacts(recording).contacts, key=lambda c: c.start_s)
    assert first.from_start and not first.whole
    times = plate.detect(recording).times("strike")
    assert times.min() > 0.31


def test_a_plate_that_is_never_unloaded_is_said():
    walker = Walker()
    stream = walker.forces()
    data = stream.data.copy()
    data[:, 0, 1] = 500.0
    found = contacts(walker.recording("points").with_stream(stream.replace(data=data)))
    assert {c.column for c in found.contacts} == {"plate_2"}
    assert any("never unloaded" in n.words for n in found.notes)


def test_plates_never_hit_are_missing_not_empty():
    stream = Walker().forces()
    still = Recording(streams={"forces": stream.replace(data=np.zeros(stream.data.shape))})
    assert plate.missing(still) == "a plate that was stepped on"
    assert plate.missing(Recording()) == "ground reaction forces"
    assert contacts(still).contacts == ()


# --- which foot --------------------------------------------------------------------------------


def test_feet_over_the_plate_decide_against_labels():
    walker = Walker()
    lying = walker.forces().rename({"plate_1": "foot_r", "plate_2": "foot_l"})
    found = contacts(walker.recording("points").with_stream(lying))
    assert {(c.column, c.side, c.by) for c in found.contacts} == {
        ("foot_r", "left", "points"),
        ("foot_l", "right", "points"),
    }
    assert sum("decided by contact" in n.words for n in found.notes) == 2


@pytest.mark.parametrize("claim", [{"plate_1": "talus_r", "plate_2": "talus_r"}, ["talus_r"] * 2])
def test_loads_that_put_both_plates_on_one_foot_are_not_believed(claim):
    walker = Walker(treadmill=True)
    stream = walker.forces().replace(attrs={"claimed_bodies": claim})
    assert set(claimed_sides(stream).values()) == {"right"}
    for kinds in (("points",), ()):
        recording = walker.recording(*kinds) if kinds else Recording()
        found = contacts(recording.with_stream(stream))
        assert {(c.column, c.side) for c in found.contacts} == {
            ("plate_1", "left"),
            ("plate_2", "right"),
        }
        assert any("decided by contact" in n.words for n in found.notes)


@pytest.mark.parametrize("heading", [0.0, 90.0, 180.0, 223.0])
def test_forces_alone_on_a_split_belt_know_left_from_right(heading):
    walker = Walker(treadmill=True, heading_deg=heading)
    alone = Recording(streams={"forces": walker.forces(noise=12.0, offset=-30.0)})
    found = contacts(alone)
    assert {(c.column, c.side, c.by) for c in found.contacts} == {
        ("plate_1", "left", "belt side"),
        ("plate_2", "right", "belt side"),
    }
    assert any(n.level == "assumption" and "belt" in n.words for n in found.notes)
    worst(alone, walker)


@pytest.mark.parametrize("heading", [0.0, -90.0])
def test_forces_alone_of_two_steps_overground(heading):
    walker = Walker(heading_deg=heading)
    two = Recording(streams={"forces": walker.forces().crop(1.0, 2.3)})
    assert {c.column: c.side for c in contacts(two).good} == {"plate_1": "left", "plate_2": "right"}


def test_a_stranger_on_the_plate_is_left_out():
    walker = Walker()
    stream = walker.forces()
    data = stream.data.copy()
    data[:, :, 3] += 3.0
    found = contacts(walker.recording("points").with_stream(stream.replace(data=data)))
    assert found.good == ()
    assert all("no foot is near" in (c.rejected or "") for c in found.contacts)


def test_two_feet_on_one_plate_are_left_out():
    walker = Walker()
    stream = walker.forces().crop(1.0, 2.95)
    a, b = stream.data[:, 0], stream.data[:, 1]
    both = a.copy()
    weight = np.nan_to_num(b[:, 1] / np.maximum(a[:, 1] + b[:, 1], 1e-9))[:, None]
    both[:, :3] = a[:, :3] + b[:, :3]
    both[:, 3:6] = np.where(weight > 0.5, b[:, 3:6], a[:, 3:6])
    both[(stream.times < 1.6) | (stream.times > 2.9), :3] = 0.0  # left at 1.65 s, right at 2.20 s
    one = Stream("forces", both[:, None], ("plate_1",), rate=stream.rate, start=stream.start)
    found = contacts(walker.recording("points").with_stream(one))
    assert [c.rejected for c in found.contacts] == ["both feet were on the plate"]


def test_the_first_of_two_feet_on_a_plate_has_struck_it():
    walker = Walker()
    stream = walker.forces().crop(1.0, 2.95)
    a, b = stream.data[:, 0], stream.data[:, 1]
    both = a.copy()
    weight = np.nan_to_num(b[:, 1] / np.maximum(a[:, 1] + b[:, 1], 1e-9))[:, None]
    both[:, :3] = a[:, :3] + b[:, :3]
    both[:, 3:6] = np.where(weight > 0.5, b[:, 3:6], a[:, 3:6])
    both[(stream.times < 1.6) | (stream.times > 2.9), :3] = 0.0  # left at 1.65 s, right at 2.20 s
    walk = walker.recording("points")
    heel = walk.points["LHEE"][np.searchsorted(walk.points.times, 1.7)]
    # The plate begins at the left heel, and the right foot is behind it at that time.
    box = [[heel[0] - 0.1, 0, -1], [heel[0] - 0.1, 0, 1], [heel[0] + 3, 0, 1], [heel[0] + 3, 0, -1]]
    one = Stream("forces", both[:, None], ("plate_1",), rate=stream.rate, start=stream.start,
                 attrs={"corners": {"plate_1": box}})  # fmt: skip
    told = walk.with_stream(one)
    (contact,) = contacts(told).contacts
    assert contact.rejected == "both feet were on the plate"
    assert contact.struck_by == "left"
    found = plate.detect(told)
    assert [(e.kind, e.side) for e in found] == [("strike", "left")]
    assert found.times("strike")[0] == contact.start_s
    # A plate that both feet are over from the beginning on does not say whose strike it was.
    wide = [[-50, 0, -1], [-50, 0, 1], [50, 0, 1], [50, 0, -1]]
    told = walk.with_stream(one.replace(attrs={"corners": {"plate_1": wide}}))
    assert contacts(told).contacts[0].struck_by is None
    assert len(plate.detect(told)) == 0


def test_a_foot_half_beside_its_plate_is_left_out():
    walker = Walker()
    whole = walker.recording().crop(1.0, 2.3)
    good = contacts(whole).good
    heel = whole.points["RHEE"]
    at = np.searchsorted(whole.points.times, np.mean([good[0].start_s, good[0].end_s]))
    x = float(heel[at, 0]) if good[0].side == "right" else float(whole.points["LHEE"][at, 0])
    box = [[x + 0.1, 0, -1], [x + 0.1, 0, 1], [x + 1, 0, 1], [x + 1, 0, -1]]
    stream = whole.forces.replace(attrs={"corners": {good[0].column: box}})
    found = contacts(whole.with_stream(stream))
    assert corners(stream, good[0].column).shape == (4, 3)
    said = [c.rejected for c in found.contacts if c.column == good[0].column]
    assert any("the heel stood beside the plate" in (r or "") for r in said)


def test_a_step_that_barely_touches_is_left_out():
    walker = Walker()
    stream = walker.forces().crop(1.0, 3.9)
    data = stream.data.copy()
    late = stream.times > 2.0  # the right foot's contact at 2.20 s
    data[late, 1, :3] *= 0.3
    found = contacts(walker.recording("points").with_stream(stream.replace(data=data)))
    assert any("part of the body" in (c.rejected or "") for c in found.contacts)


def test_forces_are_given_to_the_feet():
    walker = Walker(treadmill=True)
    out = foot_forces(walker.recording())
    assert out.labels == ("foot_l", "foot_r")
    true = walker.forces().data[:, 0, 1]
    assert np.nanmax(np.abs(out["foot_l"][:, 1] - true)) < 31
    passing = Recording(streams={"points": walker.points(), "forces": walker.forces().crop(1, 2.3)})
    assert np.isnan(foot_forces(passing)["foot_l"][:, 1]).any()
    assert foot_forces(Recording()) is None


def test_filtered_forces_are_said():
    walker = Walker(treadmill=True)
    stream = walker.forces()
    filtered = stream.replace(data=np.where(
        np.arange(7) < 3, lowpass(np.nan_to_num(stream.data), 1000.0, 6.0), stream.data
    ))  # fmt: skip
    rough = walker.forces(noise=3.0)
    said = [
        any(
            "low-pass filtered" in n.words for n in contacts(Recording(streams={"forces": s})).notes
        )
        for s in (filtered, rough)
    ]
    assert said == [True, False]


@pytest.mark.parametrize("cutoff", [6.0, 10.0, 20.0])
def test_filtered_forces_strike_when_the_raw_ones_do(cutoff):
    walker = Walker(treadmill=True)
    stream = walker.forces()
    # A heel loads the plate at once; the walker's own force begins softly.
    hard = np.where(stream.data[:, :, 1] > 1.0, stream.data[:, :, 1] + 250.0, 0.0)
    data = stream.data.copy()
    data[:, :, 1] = hard
    raw = stream.replace(data=data)
    data = data.copy()
    data[:, :, 1] = lowpass(np.nan_to_num(hard), 1000.0, cutoff)
    smooth = stream.replace(data=data)
    points = walker.points()
    events = [
        plate.detect(Recording(streams={"points": points, "forces": s})) for s in (raw, smooth)
    ]
    found = agreement(events[1], events[0], between=INSIDE).of("strike")
    assert found.matched >= 10 and abs(found.bias_s) < 0.006
    # The levels alone are passed far too early by a hard filter.
    first = contacts(Recording(streams={"points": points, "forces": smooth})).good[1]
    assert first.strike_s - first.start_s > {6.0: 0.018, 10.0: 0.01, 20.0: 0.004}[cutoff]


def test_a_pressure_that_travels_further_than_a_foot_is_two_feet():
    walker = Walker()
    stream = walker.forces().crop(1.0, 3.2)
    a, b = stream.data[:, 0], stream.data[:, 1]
    both = np.where((b[:, 1] > a[:, 1])[:, None], b, a)
    both[:, :3] = a[:, :3] + b[:, :3]
    both[(stream.times < 1.6) | (stream.times > 2.9), :3] = 0.0
    one = Stream("forces", both[:, None], ("plate_1",), rate=stream.rate, start=stream.start)
    found = contacts(Recording(streams={"forces": one})).contacts
    assert [c.side for c in found] == [None]
    assert "further than a foot" in (found[0].rejected or "")


# --- intervals of load -------------------------------------------------------------------------


def test_rest_level_and_noise():
    rng = np.random.default_rng(0)
    force = np.where(np.arange(3000) % 300 < 180, 650.0, -31.0) + 7 * rng.standard_normal(3000)
    rest = at_rest(force)
    assert rest.level == pytest.approx(-31, abs=1) and rest.noise == pytest.approx(7, abs=1)
    assert at_rest(np.full(100, np.nan)) is None


@settings(max_examples=60)
@given(
    st.floats(100, 3000), st.floats(-40, 40), st.floats(0, 12), st.sampled_from([100.0, 300.0, 1000.0]),
    st.integers(0, 5),
)  # fmt: skip
def test_intervals_do_not_overlap_and_lie_within_the_record(load, offset, noise, rate, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(int(6 * rate)) / rate
    force = np.where((t % 1.1) < 0.66, load, 0.0) + offset + noise * rng.standard_normal(len(t))
    found, _ = loads(t, force)
    edges = [e for x in found for e in (x.start_s, x.end_s)]
    assert edges == sorted(edges)
    assert all(t[0] <= e <= t[-1] for e in edges)
    if load > 200:
        assert len(found) == 6


@given(st.lists(st.floats(-1e4, 1e4) | st.just(float("nan")), max_size=60))
def test_any_signal_is_survived(values):
    force = np.array(values, dtype=float)
    found, _ = loads(np.arange(len(force)) / 100.0, force)
    assert all(x.end_s >= x.start_s for x in found)


# --- real plates -------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(("trial", "period"), [("T05", 1.013), ("T06", 0.950), ("T07", 0.907), ("T08", 0.883)])  # fmt: skip
def test_noisy_treadmill_of_fukuchi(shared, trial, period):
    import zipfile

    path = shared / "fukuchi2018_wbds04" / "fukuchi2018_wbds04.zip"
    with zipfile.ZipFile(path) as zf:
        lines = zf.read(f"WBDS04walk{trial}grf.txt").decode().splitlines()
    names = [x.strip() for x in lines[0].split("\t")]
    table = np.array([[float(x) for x in line.split("\t")] for line in lines[1:] if line.strip()])
    at = [
        [names.index(f"{q}{k}") for q in ("Fx", "Fy", "Fz", "COPx", "COPy", "COPz")] for k in (1, 2)
    ]
    data = np.stack([np.column_stack((table[:, i], np.zeros(len(table)))) for i in at], axis=1)
    data[..., 3:6] /= 1000
    alone = Recording(
        streams={"forces": Stream("forces", data, ("plate_1", "plate_2"), rate=300.0)}
    )
    events = plate.detect(alone)
    for side in ("left", "right"):
        strikes = events.times("strike", side)
        assert 28 <= len(strikes) <= 34
        assert np.median(np.diff(strikes)) == pytest.approx(period, abs=0.01)
        assert np.ptp(np.diff(strikes)) < 0.2
    assert {(c.column, c.side) for c in contacts(alone).contacts} == {
        ("plate_1", "left"),
        ("plate_2", "right"),
    }
