"""The ONNX graphs, fp32 and int8, against numpy, tick by tick and as a stream's back end."""

import sys

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import Card
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime import PhaseStream
from gaitsmith.realtime.export_onnx import OnnxNetwork, graph, write_onnx
from gaitsmith.realtime.network import network
from tests.realtime.models import random_model, signal
from tests.realtime.walks import virtual

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

CASES = [
    ("tcn", {}),
    ("tcn", {"channels": 6, "kernel": 2, "blocks": 3}),
    ("tcn", {"channels": 12, "inputs": "gyr", "blocks": 4}),
    ("dense", {}),
    ("dense", {"window": 20, "hidden": "32", "inputs": "gyr"}),
]


def fed(net, x):
    return np.array([net.step(row).copy() for row in x])


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_fp32_is_numpy(kind, settings, tmp_path):
    model = random_model(kind, **settings)
    made = OnnxNetwork(write_onnx(model, tmp_path / "m.onnx"))
    x = np.concatenate([signal(500), virtual()[0][300:600]])
    wanted = fed(network(model), x)
    got = fed(made, x)
    assert (np.abs(got - wanted) / np.maximum(1.0, np.abs(wanted).max(axis=0))).max() < 1e-5
    made.reset()
    np.testing.assert_array_equal(fed(made, x[:50]), got[:50])


@pytest.mark.parametrize(("kind", "settings"), [CASES[0], CASES[3]])
def test_int8_is_small_and_near(kind, settings, tmp_path):
    """Probabilities within 0.05 on average: what 8 bits cost on random weights of full size."""
    model = random_model(kind, **settings)
    big = write_onnx(model, tmp_path / "m.onnx")
    small = write_onnx(model, tmp_path / "m8.onnx", int8=True)
    assert small.stat().st_size < 0.55 * big.stat().st_size
    x = signal(500)
    wanted, got = fed(network(model), x), fed(OnnxNetwork(small), x)
    away = np.abs(1 / (1 + np.exp(-got[:, 2:])) - 1 / (1 + np.exp(-wanted[:, 2:])))
    assert 1e-6 < away.mean() < 0.05
    assert np.abs(got[:, :2] - wanted[:, :2]).mean() < 0.1


def test_as_back_end_of_a_stream(tmp_path):
    model = random_model()
    back_end = OnnxNetwork(graph(model).SerializeToString())
    said = []
    for options in ({}, {"backend": back_end}):
        stream = PhaseStream(model, side="left", rate_hz=128.0, mounting="forward=+x, up=+y", **options)  # fmt: skip
        said.append([(stream.push(row).percent, stream.estimate.p_stance) for row in signal(600)])
    a, b = np.array(said)
    np.testing.assert_allclose(a[:, 1], b[:, 1], atol=1e-5)
    assert np.isfinite(a[-1]).all()


def test_the_graph_carries_its_card():
    plain = random_model(channels=6, blocks=2, lookahead=3)
    card = Card("some people", "CC BY 4.0", ("Someone 2020",), limits=("not for doors",))
    made = graph(PhaseModel(plain.config, plain.weights, card))
    facts = {p.key: p.value for p in made.metadata_props}
    assert facts["data"] == "some people"
    assert facts["limits"] == "not for doors"
    assert facts["lookahead"] == "3"
    assert facts["digest"] == plain.digest()


def test_what_cannot_be_written_or_read_is_refused(tmp_path, monkeypatch):
    with pytest.raises(GaitsmithError, match="no ONNX form"):
        graph(random_model("gru", blocks=1))
    with pytest.raises(GaitsmithError, match="no weights"):
        graph(PhaseModel())
    with pytest.raises(GaitsmithError, match="not an ONNX graph"):
        OnnxNetwork(b"nothing")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(GaitsmithError, match=r"gaitsmith\[export\]"):
        OnnxNetwork(b"nothing")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(GaitsmithError, match=r"gaitsmith\[export\]"):
        graph(random_model(channels=6, blocks=2))
