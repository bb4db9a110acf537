"""Lab Streaming Layer: refused where it is not installed, else there and back."""

import math
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.realtime.estimate import PhaseEstimate
from gaitsmith.realtime.lsl import CHANNELS, Inlet, Outlet
from gaitsmith.realtime.replay import Live
from tests.realtime.models import random_model, signal


def test_without_pylsl_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylsl", None)
    for make in (lambda: Inlet("a"), lambda: Outlet("a")):
        with pytest.raises(GaitsmithError, match=r"gaitsmith\[stream\]"):
            make()


class Fake:
    """The part of pylsl that is used, within this process."""

    proc_clocksync, cf_float32 = 1, 1

    def __init__(self, samples, channels=6):
        self.samples, self.channels, self.sent = list(samples), channels, []

    def resolve_byprop(self, prop, name, timeout):
        assert prop == "name"
        info = SimpleNamespace(channel_count=lambda: self.channels, nominal_srate=lambda: 100.0)
        return [info] if name.startswith("foot") else []

    def StreamInlet(self, info, processing_flags):
        def pull_sample(timeout):
            if self.samples:
                return self.samples.pop(0)
            return None, None

        return SimpleNamespace(pull_sample=pull_sample)

    def StreamInfo(self, name, kind, count, rate, *_):
        class Element:
            append_child = append_child_value = lambda self, *a: self

        self.info = (name, kind, count, rate)
        return SimpleNamespace(desc=Element)

    def StreamOutlet(self, info):
        return SimpleNamespace(push_sample=lambda row, at=None: self.sent.append((list(row), at)))


def test_samples_in_estimates_out(monkeypatch):
    x = signal(300)
    fake = Fake([(row.tolist(), 50 + k / 100) for k, row in enumerate(x)])
    monkeypatch.setitem(sys.modules, "pylsl", fake)
    monkeypatch.setattr("gaitsmith.realtime.replay._QUIET_S", 0.05)
    outlet = Outlet("phase_right")
    live = Live({"right": Inlet("foot_right")}, random_model(), mounting="forward=+x, up=+y",
                on_tick=lambda side, e: outlet.push(e))  # fmt: skip
    seen = [side for side, _ in live.run()]
    assert seen == ["right"] * 300
    assert live.latency.count == 300
    assert fake.info == ("phase_right", "GaitPhase", len(CHANNELS), 100.0)
    rows = np.array([row for row, _ in fake.sent])
    np.testing.assert_allclose(rows[:, 0], 50 + np.arange(300) / 100, atol=1e-6)
    assert [at for _, at in fake.sent] == pytest.approx(rows[:, 0].tolist())
    assert set(rows[:, CHANNELS.index("event")]) == {0.0, 1.0, -1.0}


def test_an_estimate_without_a_time_is_sent_without_a_stamp(monkeypatch):
    fake = Fake([])
    monkeypatch.setitem(sys.modules, "pylsl", fake)
    Outlet("a").push(PhaseEstimate())
    row, at = fake.sent[0]
    assert at is None
    assert math.isnan(row[0])


def test_no_such_stream_and_too_few_channels_are_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylsl", Fake([], channels=3))
    with pytest.raises(GaitsmithError, match="no such LSL stream"):
        Inlet("another", wait_s=0.01)
    with pytest.raises(GaitsmithError, match="too few channels"):
        Inlet("foot_r")


def test_through_the_real_layer():
    pylsl = pytest.importorskip("pylsl")
    name = f"gaitsmith-test-{time.monotonic_ns()}"
    source = pylsl.StreamOutlet(pylsl.StreamInfo(name, "IMU", 6, 100, pylsl.cf_float32, name))

    def send():
        time.sleep(0.5)
        begun = pylsl.local_clock()
        for k in range(50):
            source.push_sample([float(k)] * 6, begun + k / 100)

    thread = threading.Thread(target=send)
    thread.start()
    got = []
    for sample, at in Inlet(name).samples(quiet_s=2.0):
        if sample is None:
            break
        got.append((sample[0], at))
    thread.join()
    assert [v for v, _ in got] == list(range(50))
    np.testing.assert_allclose(np.diff([at for _, at in got]), 0.01, atol=1e-3)
