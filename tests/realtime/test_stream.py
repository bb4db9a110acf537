"""The stream: the same as the whole pass, no look-ahead, no memory, losses, units, mountings."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gaitsmith.errors import GaitsmithError
from gaitsmith.realtime import PhasePair, PhaseStream
from tests.realtime.models import Oracle, random_model, signal
from tests.realtime.walks import virtual

PLAIN = "forward=+x, up=+y"
MIRROR = np.array([1, 1, -1, -1, -1, 1.0])


def run(samples, *, t=None, counters=None, each=None, **options):
    """All ticks' estimates, and the stream."""
    ticks = []
    options.setdefault("side", "right")
    options.setdefault("mounting", PLAIN)
    stream = PhaseStream(options.pop("model", random_model()), on_tick=lambda e: ticks.append(e.copy()), **options)  # fmt: skip
    for k, sample in enumerate(samples):
        estimate = stream.push(
            sample, None if t is None else t[k], None if counters is None else int(counters[k])
        )
        if each is not None:
            each.append(estimate.copy())
    return ticks, stream


def events(ticks, kind="strike"):
    return np.array([e.event_s for e in ticks if e.event == kind])


@pytest.mark.parametrize("settings", [{}, {"lookahead": 5}, {"inputs": "gyr"}])
@pytest.mark.parametrize("network", ["tcn", "dense"])
def test_at_100_hz_it_is_the_whole_pass(network, settings):
    model = random_model(network, **settings)
    x = signal(400)
    ticks, stream = run(x, model=model)
    late = model.config.lookahead
    assert stream.delay_s == pytest.approx(late / 100)
    whole = model.output(x)
    got = np.array([e.p_stance for e in ticks])[late:]
    np.testing.assert_allclose(got, whole.stance[: 400 - late], atol=1e-5)
    walks = [e for e in ticks[late:] if e.walking]
    assert walks
    at = [round(e.time_s * 100) for e in walks]
    away = (np.array([e.percent for e in walks]) - whole.percent[at] + 50) % 100 - 50
    sure = whole.sure[at] > 0.05
    assert np.abs(away[sure]).max() < 0.01


@pytest.mark.parametrize("rate", [50.0, 100.0, 204.8, 400.0])
@pytest.mark.parametrize("lookahead", [0, 5])
def test_no_output_depends_on_a_later_sample(rate, lookahead):
    """What was said by sample 400 is bitwise the same whatever comes after it."""
    model = random_model(lookahead=lookahead)
    a, b = signal(600), signal(600)
    b[400:] = np.random.default_rng(5).normal(size=(200, 6)) * 100
    said = []
    for x in (a, b):
        each = []
        run(x, model=model, rate_hz=rate, each=each)
        said.append([tuple(str(v) for v in e.to_dict().values()) for e in each])
    assert said[0][:400] == said[1][:400]
    assert said[0][400:] != said[1][400:]


@pytest.mark.parametrize("rate", [50.0, 100.0, 204.8, 400.0])
def test_a_tick_is_known_within_the_stated_delay(rate):
    each = []
    ticks, stream = run(signal(500), rate_hz=rate, each=each)
    delay = np.array([e.known_s - e.time_s for e in ticks])
    assert delay.max() <= stream.delay_s + 1e-9
    assert len(ticks) == pytest.approx(500 * 100 / rate, abs=stream.delay_s * 100 + 2)


@pytest.mark.parametrize("rate", [100.0, 204.8])
def test_memory_stays_flat(rate):
    """50 s streamed after a warm-up leave nothing behind, losses and NaN bursts included."""
    stream = PhaseStream(random_model(), rate_hz=rate, side="left", mounting=PLAIN)
    x = signal(1000)
    x[300:320] = np.nan

    def stretch(start, n):
        for k in range(start, start + n):
            if k % 97 > 2:
                stream.push(x[k % 1000], counter=k % 65536)

    stretch(0, 3000)
    tracemalloc.start()
    try:
        stretch(3000, 100)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        stretch(3100, 5000)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2000
    assert peak - before < 8000


def lossy(n, rng):
    """Rows in the order of arrival: 5 % lost, 2 % doubled, 2 % late by three, a 0.15 s hole each 5 s."""
    keep = rng.random(n) > 0.05
    keep[np.arange(n) % 500 < 15] = False
    rows = []
    for k in np.flatnonzero(keep).tolist():
        rows.append(k)
        if rng.random() < 0.02:
            rows.append(k)
        if rng.random() < 0.02 and len(rows) > 4:
            rows.insert(len(rows), rows.pop(-4))
    return np.array(rows)


@pytest.mark.parametrize("by", ["counter", "time"])
def test_lost_doubled_and_late_packets_move_no_event(by):
    x, strikes = virtual()
    clean = events(run(x, backend=Oracle())[0])
    rows = lossy(len(x), np.random.default_rng(0))
    jitter = np.random.default_rng(1).uniform(-2e-3, 2e-3, len(rows))
    told = {"counters": rows} if by == "counter" else {"t": rows / 100 + jitter}
    ticks, stream = run(x[rows], backend=Oracle(), **told)
    # A counter's first packet is time 0.
    found = events(ticks) + (rows[0] / 100 if by == "counter" else 0)
    assert len(clean) >= len(strikes) - 2
    assert len(found) == len(clean)
    assert np.abs(found - clean).max() <= 0.031
    assert stream.clock.doubled > 10
    assert stream.clock.late > 10
    assert stream.clock.lost > 80
    # Ticks stay on the clock of 100 Hz: none is lost, none doubled.
    steps = np.diff([e.time_s for e in ticks])
    assert np.abs(steps - 0.01).max() < (1e-9 if by == "counter" else 3e-3)


def test_a_nan_burst_is_said_and_got_over():
    x, _ = virtual()
    clean, _ = run(x, backend=Oracle())
    x = x.copy()
    x[900:905] = np.nan
    x[1200:1260, 3] = np.nan
    each = []
    ticks, stream = run(x, backend=Oracle(), each=each)
    assert stream.missing == 65
    states = [e.state for e in each]
    assert states[903] in ("running", "unsure")
    assert not math.isnan(each[904].percent)
    assert each[904].percent > each[899].percent
    assert "lost" in states[1225:1261]
    assert math.isnan(each[1259].percent)
    assert each[1259].confidence == 0
    strikes = events(clean)
    two = strikes[strikes > 12.6][2]
    assert all(e.state == "running" for e in ticks if e.time_s > two)
    np.testing.assert_allclose(events(ticks)[-2:], strikes[-2:], atol=0.011)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_mounting_is_found_while_streaming(seed):
    x, _ = virtual()
    turned = Rotation.random(random_state=seed).as_matrix()
    y = (x.reshape(-1, 2, 3) @ turned.T).reshape(-1, 6)
    declared, _ = run(x, backend=Oracle())
    ticks, stream = run(y, mounting=None, backend=Oracle())
    assert {e.state for e in ticks} >= {"stand still", "walk", "running"}
    first = next(e for e in ticks if e.state in ("running", "unsure"))
    assert 3.5 < first.time_s < 7.5
    assert all(e.event is None for e in ticks if e.time_s < first.time_s)
    np.testing.assert_allclose(stream.mount.rotation @ turned, np.eye(3), atol=0.02)
    # Since the network has seen what led up to it, it agrees at once.
    later = [e.p_stance for e in ticks if e.time_s >= first.time_s]
    same = [e.p_stance for e in declared if e.time_s >= first.time_s]
    assert np.mean(np.abs(np.subtract(later, same)) < 0.05) > 0.99


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_fidgeting_before_walking_does_not_turn_forward_round(sign):
    """The toes are lifted by 31 degrees and put back before the first step, as one person did."""
    x, _ = virtual()
    fidget = np.zeros((80, 6))
    fidget[:, 1] = 9.80665
    pulse = np.sin(np.linspace(0, np.pi, 30)) * np.pi / 2 / 0.3
    fidget[:30, 5], fidget[40:70, 5] = 31.0 * pulse, -31.0 * pulse
    y = np.concatenate([x[:350], fidget, x[350:]])
    y[:, [0, 2, 3, 5]] *= sign  # turned by half a circle about up, or not
    _, stream = run(y[:1100], mounting=None, backend=Oracle())
    assert stream.mount.state == 2
    np.testing.assert_allclose(stream.mount.rotation[2], [0, 0, sign], atol=0.05)


def test_named_axes_are_made_level_by_rest_and_checked_by_gravity():
    x, _ = virtual()
    tilt = Rotation.from_euler("xyz", [12, 0, 20], degrees=True).as_matrix()
    y = (x.reshape(-1, 2, 3) @ tilt.T).reshape(-1, 6)
    for start in (0, 350):  # with standing still, and with feet that are flat in stance alone
        _, stream = run(y[start:], backend=Oracle())
        up = stream.mount.rotation[1] @ tilt[:, 1]
        assert np.degrees(np.arccos(np.clip(up, -1, 1))) < 2.5
        assert abs(stream.mount.rotation[2] @ [1, 0, 0]) < 0.3  # forward stays about as declared
    _, stream = run(y, mounting=np.eye(3), backend=Oracle())
    np.testing.assert_array_equal(stream.mount.rotation, np.eye(3))
    with pytest.raises(GaitsmithError, match="does not sit as declared"):
        run(x, mounting="forward=+y, up=+x")


def test_a_model_of_rates_alone_needs_no_gravity_where_the_mounting_is_declared():
    x, _ = virtual()
    x = x - [0, 9.80665, 0, 0, 0, 0]
    ticks, _ = run(x, model=random_model(inputs="gyr"), backend=Oracle())
    assert ticks[-1].state in ("running", "unsure")
    with pytest.raises(GaitsmithError, match="gravity seems to have been removed"):
        run(x, model=random_model(inputs="gyr"), backend=Oracle(), mounting=None)


def test_without_standing_nothing_is_guessed():
    x, _ = virtual()
    ticks, _ = run(x[350:], mounting=None)
    assert {e.state for e in ticks} == {"stand still"}
    assert all(math.isnan(e.percent) and e.event is None and e.confidence == 0 for e in ticks)


def test_a_left_foot_is_mirrored():
    x = signal(200)
    right, _ = run(x)
    left, _ = run(x * MIRROR, side="left")
    assert [e.p_stance for e in left] == [e.p_stance for e in right]


@pytest.mark.parametrize(
    ("options", "factor"),
    [
        ({"acceleration": "g"}, [1 / 9.80665, 1.0]),
        ({"rate": "rad/s"}, [1.0, np.pi / 180]),
    ],
)
def test_declared_units_are_converted(options, factor):
    x = signal(100)
    a, _ = run(x)
    b, _ = run(x * np.repeat(factor, 3), **options)
    np.testing.assert_allclose([e.p_stance for e in b], [e.p_stance for e in a], atol=1e-9)


@pytest.mark.parametrize("mounting", [None, PLAIN])
@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ([1 / 9.80665, 1.0], 'acceleration="g"'),
        ([1000 / 9.80665, 1.0], 'acceleration="mg"'),
        ([0.0, 1.0], "gravity seems to have been removed"),
        ([0.5, 1.0], "convert the acceleration"),
        ([1.0, np.pi / 180], 'rate="rad/s"'),
        ([1.0, 100.0], "convert the counts"),
    ],
)
def test_wrong_units_are_refused(mounting, factor, said):
    x, _ = virtual()
    with pytest.raises(GaitsmithError, match=said):
        run(x * np.repeat(factor, 3), mounting=mounting)


def test_a_restarted_device_goes_on():
    x, _ = virtual()
    counters = np.concatenate([np.arange(900), np.arange(len(x) - 900)])
    ticks, stream = run(x, counters=counters, backend=Oracle())
    assert stream.clock.restarts == 1
    assert np.diff([e.time_s for e in ticks]).min() > 0
    assert ticks[-1].state == "running"


def test_a_pair_keeps_the_feet_apart():
    x, strikes = virtual()
    pair = PhasePair(random_model(), mounting=PLAIN)
    pair.left.network, pair.right.network = Oracle(), Oracle()
    alone = PhaseStream(random_model(), side="right", mounting=PLAIN, backend=Oracle())
    for k in range(1000):
        a = pair.push("right", x[k], counter=k)
        if k % 7:
            pair.push("left", x[k + 52] * MIRROR, counter=k)
        b = alone.push(x[k], counter=k)
    assert str(a.to_dict()) == str(b.to_dict())
    assert pair.cadence == pytest.approx(2 * 60 / np.diff(strikes).mean(), rel=0.02)
    assert pair.left.clock.lost > 100


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rate_hz": 20.0}, "50 to 400"),
        ({"side": "middle"}, "left, right"),
        ({"mounting": "forward=x"}, "not a mounting"),
        ({"mounting": "forward=x, up=-x"}, "not a mounting"),
        ({"mounting": np.diag([1, 1, -1])}, "not a mounting"),
        ({"mounting": [[1, 2], 3]}, "not a mounting"),
        ({"acceleration": "furlong"}, "unknown unit"),
        ({"model": random_model(rate_hz=50.0)}, "another rate"),
    ],
)
def test_wrong_settings_are_refused(options, said):
    with pytest.raises(GaitsmithError, match=said):
        run([], **options)


def test_a_sample_has_six_numbers():
    with pytest.raises(GaitsmithError, match="six numbers"):
        run([[1.0, 2.0]])


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_a_device_may_send_breaks_it(seed):
    """Counters that leap, times that fall back, NaN, infinities, glitches: an estimate each time."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([virtual()[0][:900], signal(600)])
    stream = PhaseStream(random_model(), rate_hz=[50.0, 100.0, 204.8][seed % 3], side="left",
                         mounting=PLAIN if seed % 2 else None)  # fmt: skip
    counter = 0
    for row in x:
        sample = row.copy()
        what = rng.random()
        if what < 0.02:
            sample[rng.integers(6)] = rng.choice([np.nan, np.inf, -np.inf, 1e300, -1e9])
        counter += 1
        if what > 0.98:
            counter += int(rng.integers(-300, 3000))
        at = None if what < 0.9 else float(rng.normal() * 1e3)
        number = None if at is not None and what > 0.95 else counter % 65536
        e = stream.push(sample, at if number is None else None, number)
        assert 0 <= e.confidence <= 1
        assert math.isnan(e.percent) or 0 <= e.percent < 100
        assert e.state in ("stand still", "walk", "running", "unsure", "lost")
    assert stream.missing > 10
    assert np.isfinite(stream.network.out).all()
