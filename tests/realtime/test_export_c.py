"""The C export, compiled without a warning, against the stream in numpy."""

import re

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime import PhaseStream
from gaitsmith.realtime.export_c import write_c
from tests.realtime.compiled import build, feed
from tests.realtime.models import random_model, signal
from tests.realtime.walks import virtual


def streamed(model, samples, counters=None, **options):
    """The stream's estimate after each sample, as columns like those of the C program."""
    options.setdefault("mounting", np.eye(3))
    stream = PhaseStream(model, **{"side": "right", **options})
    rows = []
    for k, sample in enumerate(samples):
        before = stream.ticks
        e = stream.push(sample, counter=k if counters is None else int(counters[k]))
        event = {"strike": 1, "off": -1, None: 0}[e.event]
        rows.append((stream.ticks - before, e.percent, e.p_stance, e.p_walking, e.confidence,
                     *stream.network.out, e.stance, e.walking, event))  # fmt: skip
    return np.array(rows, dtype=float)


def compare(said, wanted, started=1):
    """Numbers within 1e-5, decisions equal."""
    table = np.stack([said[c] for c in said], axis=1)[started:]
    wanted = wanted[started:].copy()
    np.testing.assert_array_equal(table[:, 0], wanted[:, 0])
    walks = wanted[:, 10] == 1
    turn = (table[walks, 1] - wanted[walks, 1] + 50) % 100 - 50
    # The angle of a pair of length r is 1 / r times as sharp as the pair.
    length = np.minimum(np.hypot(wanted[walks, 5], wanted[walks, 6]), 1.0)
    assert np.abs(turn / 100 * 2 * np.pi * length).max() < 1e-5
    assert np.abs(table[:, 2:5] - wanted[:, 2:5]).max() < 1e-5
    raw = wanted[:, 5:9]
    assert (np.abs(table[:, 5:9] - raw) / np.maximum(1.0, np.abs(raw).max(axis=0))).max() < 1e-5
    np.testing.assert_array_equal(table[:, 9:], wanted[:, 9:])
    assert walks.any()
    assert (table[:, 11] == 1).any()
    assert (table[:, 11] == -1).any()


CASES = [
    ("tcn", {}),
    ("tcn", {"channels": 48, "inputs": "gyr", "lookahead": 5}),
    ("tcn", {"channels": 6, "kernel": 2, "blocks": 3, "least_swing": 5, "least_stance": 8}),
    ("dense", {"hidden": "96-64-32", "to_swing": 0.4, "to_stance": 0.6}),
    ("dense", {"window": 20, "hidden": "32", "inputs": "gyr"}),
]


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_c_is_numpy_on_a_whole_walk(kind, settings, tmp_path):
    model = random_model(kind, **settings)
    written = write_c(model, tmp_path)
    x = np.concatenate([virtual()[0], signal(800)]).astype(np.float32)
    said, errors = feed(build(tmp_path), x)
    compare(said, streamed(model, x))
    assert int(errors.split()[-1]) == written.state_bytes
    assert written.weight_bytes == 4 * model.parameters


@pytest.mark.parametrize("rate", [50.0, 128.0, 204.8, 400.0])
def test_other_rates_bring_their_resampler(rate, tmp_path):
    model = random_model()
    written = write_c(model, tmp_path, rate_hz=rate)
    x = signal(1500).astype(np.float32)
    said, _ = feed(build(tmp_path), x)
    wanted = streamed(model, x, rate_hz=rate)
    # Push by push only the newest tick is compared, once there was one.
    compare(said, wanted, started=int(np.flatnonzero(wanted[:, 0])[0]))
    text = written.header.read_text()
    delay = float(re.search(r"GS_PHASE_DELAY_S ([\d.]+)f", text)[1])
    stream = PhaseStream(model, side="right", rate_hz=rate)
    assert delay == pytest.approx(stream.delay_s, rel=1e-6)


@pytest.mark.parametrize("rate", [100.0, 128.0])
def test_losses_and_nan_are_bridged_alike(rate, tmp_path):
    model = random_model()
    write_c(model, tmp_path, rate_hz=rate)
    program = build(tmp_path)
    x = signal(1500).astype(np.float32)
    rng = np.random.default_rng(0)
    keep = rng.random(1500) > 0.1
    keep[600:612] = keep[1000:1100] = False
    keep[:3] = True
    rows = np.flatnonzero(keep)
    x[rows[200:203]] = np.nan
    lost = np.diff(rows, prepend=-1) - 1
    said, _ = feed(program, x[rows], lost)
    wanted = streamed(model, x[rows], rows, rate_hz=rate)
    # While samples hold NaN the stream coasts; the C form says that nothing was completed.
    there = said["ticks"] > 0
    compare({k: v[there] for k, v in said.items()}, wanted[there])
    assert (~there).sum() >= 3


def test_left_feet_and_mountings(tmp_path):
    model = random_model()
    write_c(model, tmp_path)
    program = build(tmp_path)
    x = virtual()[0].astype(np.float32)
    turn = Rotation.random(random_state=3).as_matrix().astype(np.float32)
    y = (x.reshape(-1, 2, 3) @ turn).reshape(-1, 6)
    wanted = streamed(model, y, side="left", mounting=turn)
    said, _ = feed(program, y, arguments=("l", *turn.ravel(), "m"))
    compare(said, wanted)
    # Up from standing, forward declared: sensor axes of forward and up are rows of the rotation.
    mean = y[:300, :3].mean(axis=0)
    said, errors = feed(
        program, y, arguments=("l", *mean, *(turn[0] + 0.2 * turn[1]), 0, 0, 0, "s")
    )
    assert errors.startswith("0 ")
    assert np.abs(said["p_stance"] - wanted[:, 2]).max() < 1e-4
    for bad in ((0.1 * mean, turn[0]), (mean, turn[1])):
        _, errors = feed(program, y[:2], arguments=("l", *bad[0], *bad[1], 0, 0, 0, "s"))
        assert errors.startswith("-1 ")


def test_the_card_travels_along(tmp_path):
    card = Card("some people", "CC BY */ 4.0", ("Someone 2020",), limits=("not for doors",))
    plain = random_model(channels=6, blocks=2)
    written = write_c(PhaseModel(plain.config, plain.weights, card), tmp_path)
    for file in (written.header, written.source):
        text = file.read_text()
        for words in ("some people", "CC BY * / 4.0", "Someone 2020", "not for doors"):
            assert words in text


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(GaitsmithError, match="no C form"):
        write_c(random_model("gru", blocks=1), tmp_path)
    with pytest.raises(GaitsmithError, match="no weights"):
        write_c(PhaseModel(), tmp_path)
    write_c(random_model(channels=6, blocks=2), tmp_path)
    with pytest.raises(GaitsmithError, match="exists already"):
        write_c(random_model(channels=6, blocks=2), tmp_path)
