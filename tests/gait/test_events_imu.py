import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events
from gaitsmith.gait.events import agreement, foot_imu, low_back, shank_imu
from gaitsmith.recording import Recording

from .imu_signals import Walk, back, both_feet, foot, recording, rotation, turned, without_rows

SIDES = ("left", "right")
SEEDS = st.integers(0, 10_000)


def truth(walk: Walk) -> Events:
    out = Events()
    for side in SIDES:
        out = out + Events.of(walk.offs(side), side, "off", "truth")
        out = out + Events.of(walk.strikes(side), side, "strike", "truth")
    return out


def close(a: Events, b: Events, within_s: float) -> None:
    """Same events, each within `within_s`."""
    for kind in ("strike", "off"):
        for side in SIDES:
            assert len(a.times(kind, side)) == len(b.times(kind, side)), (kind, side)
            assert np.all(np.abs(a.times(kind, side) - b.times(kind, side)) <= within_s)


class TestFoot:
    @pytest.mark.parametrize("rate", [50.0, 58.82, 100.0, 204.8, 400.0])
    def test_every_event_at_every_rate(self, rate):
        walk = Walk(rate=rate)
        events = foot_imu.detect(both_feet(walk))
        close(events, truth(walk), 0.012)
        assert events.sources == ("foot_imu",)
        assert len(events.where(kind="start")) == len(events.where(kind="stop")) == 1
        assert events.where(kind="start")[0].time == events.times("off")[0]

    @pytest.mark.parametrize("stride", [0.7, 1.6, 2.2])
    def test_fast_and_slow(self, stride):
        walk = Walk(stride=stride)
        close(foot_imu.detect(both_feet(walk)), truth(walk), 0.03)

    @settings(max_examples=15)
    @given(SEEDS, SEEDS)
    def test_mounting_does_not_matter(self, a, b):
        walk = Walk(strides=6, turn=(5.0, 7.0, 170.0))
        straight = foot_imu.detect(both_feet(walk))
        feet = {"foot_l": turned(foot(walk, "left"), rotation(a)),
                "foot_r": turned(foot(walk, "right"), rotation(b))}  # fmt: skip
        close(foot_imu.detect(recording(100.0, **feet)), straight, 0.001)

    def test_each_foot_stands_alone(self):
        walk = Walk()
        both = foot_imu.detect(both_feet(walk))
        one = foot_imu.detect(recording(100.0, foot_r=foot(walk, "right")))
        assert not len(one.where(side="left"))
        for kind in ("strike", "off"):
            assert np.array_equal(one.times(kind, "right"), both.times(kind, "right"))

    def test_without_gravity_and_cut_off(self):
        walk = Walk()
        plain = foot_imu.detect(both_feet(walk))
        close(foot_imu.detect(both_feet(walk, gravity=False)), plain, 1e-9)
        r = both_feet(walk)
        data = np.array(r["imu"].data)
        data[:, :, 3:] = np.clip(data[:, :, 3:], -250, 250)
        cut, notes = foot_imu.detect_noted(r.with_stream(r["imu"].replace(data=data)))
        close(cut, plain, 0.02)
        assert any("cut off" in n.words for n in notes)

    def test_lost_packets_go_by_the_clock(self):
        whole = both_feet(Walk())
        plain = foot_imu.detect(whole)
        keep = np.random.default_rng(3).random(len(whole["imu"])) > 0.4
        keep[[0, -1]] = True
        events, notes = foot_imu.detect_noted(without_rows(whole, keep))
        close(events, plain, 0.02)
        assert sum("samples were lost" in n.words for n in notes) == 2

    def test_an_event_in_a_short_loss_is_doubted(self):
        walk = Walk()
        whole = both_feet(walk)
        at = walk.strikes("left")[5]
        keep = np.abs(whole["imu"].times - at) > 0.06
        events = foot_imu.detect(without_rows(whole, keep))
        near = events.where(kind="strike", side="left", between=(at - 0.06, at + 0.06))
        assert len(near) == 1 and near[0].confidence < 0.6
        assert all(e.confidence == 1 for e in events.where(between=(0, at - 1.0)))

    def test_nothing_is_invented_in_a_long_loss(self):
        walk = Walk()
        whole = both_feet(walk)
        plain = foot_imu.detect(whole)
        gap = (walk.strikes("left")[5] - 0.2, walk.strikes("left")[5] + 0.3)
        keep = (whole["imu"].times < gap[0]) | (whole["imu"].times > gap[1])
        events = foot_imu.detect(without_rows(whole, keep))
        for side in SIDES:
            for kind in ("strike", "off"):
                times = events.times(kind, side)
                assert not ((times > gap[0] + 0.02) & (times < gap[1] - 0.02)).any()
        far = plain.where(between=(0, gap[0] - 1.0)) + plain.where(between=(gap[1] + 1.0, 99))
        again = events.where(between=(0, gap[0] - 1.0)) + events.where(between=(gap[1] + 1.0, 99))
        close(again, far, 0.01)

    def test_standing_gives_nothing_and_says_so(self):
        rng = np.random.default_rng(0)
        still = np.zeros((3000, 6)) + [0, 9.81, 0, 0, 0, 0] + rng.normal(0, 0.3, (3000, 6))
        for module, label in ((foot_imu, "foot_l"), (shank_imu, "shank_r"), (low_back, "pelvis")):
            events, notes = module.detect_noted(recording(100.0, **{label: still}))
            assert len(events) == 0
            assert "no walking was found" in notes[-1].words
            events, notes = module.detect_noted(recording(100.0, **{label: still[:3]}))
            assert len(events) == 0 and notes

    def test_what_is_missing_and_what_is_refused(self):
        assert foot_imu.missing(both_feet(Walk())) is None
        assert "foot" in str(foot_imu.missing(Recording()))
        assert "shank" in str(shank_imu.missing(Recording()))
        assert "lower back" in str(low_back.missing(Recording()))
        flat = recording(100.0, lower_back=np.zeros((100, 6)))
        assert "gravity" in str(low_back.missing(flat))
        r = both_feet(Walk(strides=3))
        for options in ({"off_level": 1.0}, {"strike_level": -0.1}, {"cutoff_hz": 4.0}):
            with pytest.raises(GaitsmithError, match="argument"):
                foot_imu.detect(r, **options)
        with pytest.raises(GaitsmithError, match="strike_level"):
            low_back.detect(recording(100.0, lower_back=back(Walk())), strike_level=2.0)

    @pytest.mark.parametrize("rate", [100.0, 400.0])
    def test_a_minute_takes_less_than_a_third_of_a_second(self, rate):
        walk = Walk(rate=rate, strides=50, turn=(20.0, 22.0, 180.0))
        assert walk.duration > 59
        feet, trunk = both_feet(walk), recording(rate, lower_back=back(walk))
        foot_imu.detect(feet)
        for module, r in ((foot_imu, feet), (low_back, trunk)):
            start = time.process_time()
            events = module.detect(r)
            assert time.process_time() - start < 0.3
            assert len(events.where(kind="strike")) == 100


class TestOddInput:
    @given(SEEDS, st.sampled_from([0, 1, 2, 3, 49, 51, 300]), st.sampled_from([25.0, 100.0, 400.0]))
    def test_any_numbers_end_in_events_or_a_refusal(self, seed, n, rate):
        rng = np.random.default_rng(seed)
        size = 10 ** rng.uniform(-3, 3, 2)
        data = np.concatenate(
            (rng.normal(0, size[0], (n, 3)), rng.normal(0, size[1], (n, 3))), axis=1
        )
        data[:, 1] += 9.81 * rng.integers(0, 2)
        odd = rng.integers(0, 4)
        if odd == 0:
            data[rng.random(n) < 0.3] = np.nan
        elif odd == 1:
            data = np.clip(data, -1, 1)
        elif odd == 2:
            data[n // 3 : 2 * n // 3] = np.nan
        for module, label in ((foot_imu, "foot_l"), (shank_imu, "shank_r"), (low_back, "pelvis")):
            try:
                events = module.detect(recording(rate, **{label: data}))
            except GaitsmithError:
                continue
            assert all(0 <= e.confidence <= 1 for e in events)
            assert all(-0.01 <= e.time <= n / rate for e in events)


class TestShank:
    def test_the_feet_s_signals_serve_as_shanks(self):
        walk = Walk()
        r = both_feet(walk).rename({"foot_l": "shank_l", "foot_r": "shank_r"})
        data = np.array(r["imu"].data)
        lateral = data[:, :, 5]
        data[:, :, 5] = np.where(lateral > 0, lateral, 0.3 * lateral)
        events = shank_imu.detect(r.with_stream(r["imu"].replace(data=data)))
        close(events, truth(walk), 0.03)
        assert events.sources == ("shank_imu",)


class TestBack:
    @pytest.mark.parametrize("rate", [50.0, 100.0, 400.0])
    def test_every_step_with_its_side(self, rate):
        walk = Walk(rate=rate)
        events = low_back.detect(recording(rate, lower_back=back(walk)))
        for side in SIDES:
            assert len(events.times("strike", side)) == walk.strides
            assert np.all(np.abs(events.times("strike", side) - walk.strikes(side)) < 0.04)

    @settings(max_examples=15)
    @given(SEEDS)
    def test_mounting_does_not_matter(self, seed):
        walk = Walk(strides=6)
        straight = low_back.detect(recording(100.0, lower_back=back(walk)))
        askew = low_back.detect(recording(100.0, lower_back=turned(back(walk), rotation(seed))))
        close(askew, straight, 0.005)


# --- real recordings ----------------------------------------------------------------------------


def voisard(shared, trial: str) -> Recording:
    place = shared / "voisard2023" / "voisard2023_dev.zip"
    return gaitsmith.read(
        *(f"{place}!GaitData/{trial}{end}" for end in (".json", "_lf.txt", "_rf.txt", "_lb.txt"))
    )


def straight(r: Recording) -> list[tuple[float, float]]:
    (turn,) = r.events.where(kind="turn")
    first, last = r.events.where(kind="start")[0].time, r.events.where(kind="stop")[0].time
    return [(first, turn.time), (turn.time + turn.duration, last)]


@pytest.mark.shared
@pytest.mark.parametrize("trial", ["1-6", "7-4", "8-5", "17-2", "19-4"])
def test_feet_of_voisard(shared, trial):
    """1-6, 8-5 and 17-2 lost many packets."""
    r = voisard(shared, trial)
    events = foot_imu.detect(r)
    for kind, floor in (("strike", 0.9), ("off", 0.9)):
        rows = [agreement(events, r.events, 0.05, between=s).of(kind) for s in straight(r)]
        matched, missed = sum(x.matched for x in rows), sum(x.missed for x in rows)
        spurious = sum(x.spurious for x in rows)
        assert 2 * matched / (2 * matched + missed + spurious) >= floor
        assert np.median(np.abs(np.concatenate([x.errors_s for x in rows]))) < 0.015
    turn = r.events.where(kind="turn")[0]
    for kept in (r, r.without("imu_lower_back")):
        found = foot_imu.detect(kept).where(kind="turn")
        assert any(abs(t.time - turn.time) < 0.6 and abs(t.duration - turn.duration) < 1.2
                   for t in found)  # fmt: skip


@pytest.mark.shared
def test_a_real_sensor_turned_in_its_case(shared):
    r = voisard(shared, "8-5")
    changed = r
    for seed, name in enumerate(r.streams):
        data = np.array(r[name].data[:, :, :6])
        data[:, 0] = turned(data[:, 0], rotation(seed))
        changed = changed.with_stream(r[name].replace(data=data), name)
    close(foot_imu.detect(changed), foot_imu.detect(r), 0.01)
    close(low_back.detect(changed), low_back.detect(r), 0.01)


@pytest.mark.shared
def test_back_of_voisard(shared):
    r = voisard(shared, "19-4")
    events = low_back.detect(r)
    for kind in ("strike", "off"):
        rows = [agreement(events, r.events, 0.1, between=s).of(kind) for s in straight(r)]
        assert sum(x.matched for x in rows) >= 0.93 * sum(x.matched + x.missed for x in rows)
        assert np.median(np.abs(np.concatenate([x.errors_s for x in rows]))) < 0.03


@pytest.mark.shared
def test_gaitmap_s_motion_capture_events(shared):
    folder = shared / "gaitmap_example"
    r = gaitsmith.read(f"{folder / 'gaitmap_example_dev.zip'}!example_data/imu_sample.csv",
                       folder / "stride_events_sample.csv")  # fmt: skip
    rows = agreement(foot_imu.detect(r), r.events, 0.05)
    assert rows.of("off").missed == 0 and rows.of("off").median_abs_s < 0.01
    # One is the short first step after standing.
    assert rows.of("strike").missed <= 1
    # The motion capture's strike is earlier than what people mark on foot sensors.
    assert 0 < rows.of("strike").bias_s < 0.03


@pytest.mark.shared
def test_shank_and_foot_agree_where_gyroscopes_are_cut_off(shared):
    r = gaitsmith.read(shared / "hugadb" / "HuGaDB_v1_walking_17_02.txt"
                       if (shared / "hugadb" / "HuGaDB_v1_walking_17_02.txt").exists()
                       else shared / "hugadb" / "HuGaDB_v1_walking_17_00.txt")  # fmt: skip
    events, notes = shank_imu.detect_noted(r)
    rows = agreement(events, foot_imu.detect(r), 0.1)
    assert rows.of("strike").f1 > 0.98 and rows.of("strike").median_abs_s < 0.02
    assert rows.of("off").f1 > 0.98 and rows.of("off").median_abs_s < 0.025
    assert any("cut off" in n.words for n in notes)


@pytest.mark.shared
def test_mobgap_s_references(shared):
    place = shared / "mobgap_example" / "mobgap_example_dev.zip"
    r = gaitsmith.read(f"{place}!example_data/data/lab/HA/001/data.mat")
    events = low_back.detect(r)
    for system in ("INDIP", "Stereophoto"):
        reference = r.events.where(source=system)
        row = agreement(events, reference, 0.1).of("strike")
        assert row.missed == 0 and row.median_abs_s < 0.03
