"""A phase model as an ONNX graph that takes one tick at a time, fp32 or int8, and its back end.

Inputs: ``tick`` (1 × 6: acc m/s², gyr deg/s, canonical frame, left mirrored) and one state a layer
that looks back (all zero at the start); outputs: ``out`` (1 × 4: sin, cos, logit of stance, logit
of walking) and the states for the next tick, named ``next_`` and the state's name. So one new
sample costs one column of each layer, as in :mod:`gaitsmith.realtime.network`.

int8: weights of the matrix products as 8-bit integers with a scale for each output, inputs
quantised as they come (``onnxruntime.quantization.quantize_dynamic``). What that costs is measured
by the command and in the tests.

The graph is built from the weights by :mod:`onnx` alone; no torch. onnx and onnxruntime are the
extra ``export``.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.files import replacing, write_bytes
from gaitsmith.models.phase.model import PhaseModel

__all__ = ["OnnxNetwork", "graph", "write_onnx"]

Array = npt.NDArray[Any]

# Any opset from 13 on; 17 is read by runtimes since 2022.
_OPSET, _IR = 17, 8


class _Graph:
    """Nodes, constants, states."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.states: list[tuple[str, tuple[int, int]]] = []
        self._count = 0

    def constant(self, name: str, values: Array) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def op(self, kind: str, *inputs: str, to: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        self._count += 1
        out = to or f"v{self._count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def affine(self, x: str, name: str, weight: Array, bias: Array, to: str | None = None) -> str:
        """x (1 × in) times weight (in × out) plus bias."""
        y = self.op("MatMul", x, self.constant(f"{name}.weight", weight.astype(np.float32)))
        b = self.constant(f"{name}.bias", bias.astype(np.float32)[None])
        return self.op("Add", y, b, to=to)

    def remember(self, x: str, name: str, rows: int, width: int) -> str:
        """State `name` (rows × width, oldest first) with x below; the next state is kept."""
        whole = self.op("Concat", name, x, axis=0)
        one, end, axis = (self.constant(f"{name}.{k}", np.array([v], np.int64))
                          for k, v in (("from", 1), ("to", rows + 1), ("axis", 0)))  # fmt: skip
        self.op("Slice", whole, one, end, axis, to=f"next_{name}")
        self.states.append((name, (rows, width)))
        return whole


def graph(model: PhaseModel) -> Any:
    """The model as an ``onnx.ModelProto``, fp32.

    Raises
    ------
    GaitsmithError
        Where the model has no weights or another network than ``tcn`` or ``dense``, or onnx is
        missing.
    """
    try:
        from onnx import TensorProto, checker, helper
    except ImportError as error:
        raise _missing("onnx") from error
    config, w = model.config, model.weights
    if not model.trained:
        raise GaitsmithError("the phase model has no weights", place=model.NAME)
    if config.network not in ("tcn", "dense"):
        raise GaitsmithError("this network has no ONNX form", place="export phase",
                             found=config.network, expected="tcn or dense")  # fmt: skip
    g = _Graph()
    x = "tick"
    if len(config.columns) < 6:
        x = g.op("Gather", x, g.constant("columns", np.array(config.columns, np.int64)), axis=1)
    shift = g.constant("input.shift", w["input.shift"].astype(np.float32)[None])
    scale = g.constant("input.scale", w["input.scale"].astype(np.float32)[None])
    x = g.op("Mul", g.op("Sub", x, shift), scale)
    x = _tcn(g, x, model) if config.network == "tcn" else _dense(g, x, model)
    g.affine(x, "head", w["head.weight"].T, w["head.bias"], to="out")

    def value(name: str, shape: tuple[int, ...]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    inputs = [value("tick", (1, 6)), *(value(n, s) for n, s in g.states)]
    outputs = [value("out", (1, 4)), *(value(f"next_{n}", s) for n, s in g.states)]
    made = helper.make_model(
        helper.make_graph(g.nodes, "gait phase", inputs, outputs, g.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR, producer_name="gaitsmith",
    )  # fmt: skip
    card = model.card
    facts = {
        "digest": model.digest(), "network": config.network, "rate_hz": f"{config.rate_hz:g}",
        "lookahead": str(config.lookahead), "data": card.data, "terms": card.terms,
        "cite": "; ".join(card.cite), "limits": "; ".join(card.limits),
    }  # fmt: skip
    helper.set_model_props(made, facts)
    checker.check_model(made)
    return made


def write_onnx(
    model: PhaseModel, path: str | os.PathLike[str], *, int8: bool = False, force: bool = False
) -> Path:
    """Write the model; ``int8`` with 8-bit weights.

    Raises
    ------
    GaitsmithError
        As for :func:`graph`; where the file exists.
    """
    made = graph(model)
    if not int8:
        write_bytes(path, made.SerializeToString(deterministic=True), force=force)
        return Path(path)
    try:
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise _missing("onnxruntime") from error
    # It advises pre-processing, of which these graphs have no need.
    before = logging.root.manager.disable
    with replacing(path, force=force) as beside:
        logging.disable(logging.WARNING)
        try:
            quantize_dynamic(made, beside, weight_type=QuantType.QInt8, per_channel=True)
        finally:
            logging.disable(before)
    return Path(path)


def _tcn(g: _Graph, x: str, model: PhaseModel) -> str:
    config, w = model.config, model.weights
    width = len(config.columns)
    for b, dilation in enumerate(config.dilations):
        y, size = x, width
        for n, conv in enumerate(("conv1", "conv2")):
            name = f"tcn.{b}.{conv}"
            weight = w[f"{name}.weight"]  # out × in × kernel
            out, _, kernel = weight.shape
            whole = g.remember(y, f"past_{b}_{n}", (kernel - 1) * dilation, size)
            taps = g.constant(f"{name}.taps", np.arange(kernel, dtype=np.int64) * dilation)
            flat = g.constant(f"{name}.flat", np.array([1, kernel * size], np.int64))
            y = g.op("Reshape", g.op("Gather", whole, taps, axis=0), flat)
            table = weight.transpose(2, 1, 0).reshape(-1, out)
            y = g.op("Relu", g.affine(y, name, table, w[f"{name}.bias"]))
            size = out
        if f"tcn.{b}.skip.weight" in w:
            x = g.affine(x, f"tcn.{b}.skip", w[f"tcn.{b}.skip.weight"][:, :, 0].T, w[f"tcn.{b}.skip.bias"])  # fmt: skip
        x, width = g.op("Relu", g.op("Add", x, y)), config.channels
    return x


def _dense(g: _Graph, x: str, model: PhaseModel) -> str:
    config, w = model.config, model.weights
    width = len(config.columns)
    whole = g.remember(x, "past", config.window - 1, width)
    flat = g.constant("flat", np.array([1, config.window * width], np.int64))
    x = g.op("Reshape", whole, flat)
    for i in range(len(config.widths)):
        x = g.op("Relu", g.affine(x, f"dense.{i}", w[f"dense.{i}.weight"].T, w[f"dense.{i}.bias"]))  # fmt: skip
    return x


class OnnxNetwork:
    """An exported graph as a stream's back end: ``PhaseStream(model, backend=OnnxNetwork(path))``.

    One thread. States stay in two sets of buffers that change places at each tick.

    Parameters
    ----------
    source
        A file written by :func:`write_onnx`, or its bytes.

    Raises
    ------
    GaitsmithError
        Where onnxruntime is missing or the file is no such graph.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        try:
            import onnxruntime as ort
        except ImportError as error:
            raise _missing("onnxruntime") from error
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        data = source if isinstance(source, bytes) else os.fspath(source)
        try:
            self._session = ort.InferenceSession(data, options, ["CPUExecutionProvider"])
            inputs = {i.name: i.shape for i in self._session.get_inputs()}
            fits = inputs.pop("tick", None) == [1, 6]
        except Exception as error:
            # onnxruntime raises its own classes, without a common one that it exports.
            raise FormatError("not an ONNX graph", file=None if isinstance(source, bytes) else source,
                              found=str(error)) from error  # fmt: skip
        if not fits:
            raise FormatError("not a gait phase graph", expected="an input tick, 1 × 6")
        self._tick = np.zeros((1, 6), np.float32)
        self._flat = self._tick[0]
        self._result = np.zeros((1, 4), np.float32)
        self.out: Array = self._result[0]
        self._states = [{n: np.zeros(s, np.float32) for n, s in inputs.items()} for _ in range(2)]
        self._bindings = [self._bind(k) for k in range(2)]
        self._turn = 0

    def _bind(self, k: int) -> Any:
        binding = self._session.io_binding()

        def put(how: Any, name: str, array: Array) -> None:
            how(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)

        put(binding.bind_input, "tick", self._tick)
        put(binding.bind_output, "out", self._result)
        for name, array in self._states[k].items():
            put(binding.bind_input, name, array)
            put(binding.bind_output, f"next_{name}", self._states[1 - k][name])
        return binding

    def reset(self) -> None:
        """As if nothing had been."""
        for states in self._states:
            for array in states.values():
                array[:] = 0.0

    def step(self, tick: Array) -> Array:
        """The output (4) after one more tick (6)."""
        self._flat[:] = tick
        self._session.run_with_iobinding(self._bindings[self._turn])
        self._turn = 1 - self._turn
        return self.out


def _missing(what: str) -> GaitsmithError:
    return GaitsmithError(f"{what} is not installed", place="ONNX",
                          remedy='install the extra: pip install "gaitsmith[export]"')  # fmt: skip
