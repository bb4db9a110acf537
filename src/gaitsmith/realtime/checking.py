"""An export run beside numpy on one signal, and how far apart they are, in words."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime.export_c import Source
from gaitsmith.realtime.network import network
from gaitsmith.realtime.stream import PhaseStream

__all__ = ["c", "compiler", "library", "onnx", "signal"]

Array = npt.NDArray[np.float64]


def signal(ticks: int = 1000, seed: int = 0) -> Array:
    """n × 6 of the size and tempo that a walking foot gives (acc m/s², gyr deg/s): no real foot."""
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi * np.arange(ticks)[:, None] / 100 * 0.95
    size = np.array([6.0, 5.0, 3.0, 60.0, 60.0, 250.0])
    waves = sum(np.sin(k * turn + rng.uniform(0, 7, 6)) * size / k for k in (1, 2, 3, 4))
    out: Array = waves + rng.normal(size=(ticks, 6)) * 0.05 * size + [0, 9.8, 0, 0, 0, 0]
    return out.astype(np.float32).astype(np.float64)


def onnx(model: PhaseModel, path: str | os.PathLike[str]) -> str:
    """The largest difference of an ONNX file from numpy over 10 s."""
    from gaitsmith.realtime.export_onnx import OnnxNetwork

    ours, theirs = network(model), OnnxNetwork(path)
    a, b = (np.array([net.step(x).copy() for x in signal()], dtype=float) for net in (ours, theirs))
    return "against numpy over 10 s: " + _apart(a, b)


def c(model: PhaseModel, written: Source, *, rate_hz: float = 100.0) -> str:
    """The largest difference of compiled C from numpy over 10 s; or that there is no compiler."""
    if compiler() is None:
        return "no C compiler here (gcc, cc, clang): not compared with numpy"
    with tempfile.TemporaryDirectory() as folder:
        foot = library(written, Path(folder))
        stream = PhaseStream(model, rate_hz=rate_hz, side="right", mounting=np.eye(3))
        rows = []
        for x in signal():
            before = stream.ticks
            stream.push(x)
            if foot(x) and stream.ticks > before:
                rows.append((stream.network.out.copy(), foot.raw()))
    a, b = np.array(rows, dtype=float).transpose(1, 0, 2)
    return "compiled, against numpy over 10 s: " + _apart(a, b)


def _apart(a: Array, b: Array) -> str:
    with np.errstate(over="ignore"):
        p, q = (1 / (1 + np.exp(-x[:, 2:])) for x in (a, b))
    pair, chance = np.abs(a[:, :2] - b[:, :2]), np.abs(p - q)
    return (
        f"sin, cos at most {pair.max():.1e} apart (mean {pair.mean():.1e}), "
        f"probabilities {chance.max():.1e} (mean {chance.mean():.1e})"
    )


def compiler() -> str | None:
    """A C compiler of this system."""
    return next((x for x in map(shutil.which, ("cc", "gcc", "clang")) if x), None)


class _Foot:
    """A compiled export behind Python's foreign functions."""

    def __init__(self, path: Path, state_bytes: int) -> None:
        lib = ctypes.CDLL(str(path))
        self._push: Any = lib.gs_phase_push
        self._state = ctypes.create_string_buffer(state_bytes + 64)
        self._sample = (ctypes.c_float * 6)()
        # The output: four floats, raw[4], three integers.
        self._out = (ctypes.c_float * 16)()
        lib.gs_phase_init(self._state, 0)

    def __call__(self, sample: Any) -> int:
        self._sample[:] = [float(v) for v in sample]
        return int(self._push(self._state, self._sample, self._out))

    def raw(self) -> Array:
        """The network's output after the last tick."""
        return np.array(self._out[4:8])


def library(written: Source, folder: Path, *flags: str) -> _Foot:
    """Compile an export to a shared library in `folder` and load it."""
    target = folder / "gs_phase.so"
    subprocess.run(
        [str(compiler()), "-std=c99", "-O3", "-shared", "-fPIC", *flags, "-o", str(target),
         str(written.source), "-lm"],
        check=True, capture_output=True,
    )  # fmt: skip
    return _Foot(target, written.state_bytes)
