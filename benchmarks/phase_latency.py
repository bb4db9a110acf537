"""Latency of one push, every back end in turn: ``python -m benchmarks.phase_latency``.

One thread, one sample at 100 Hz, end to end from ``PhaseStream.push`` (packet clock, checks,
mounting, network, state machine), against torch eager on the same window in the same run. Blocks
of pushes of all candidates take turns, so that what else the machine does hits all alike. The C
export is compiled with ``-O2`` and ``-O3`` and timed inside its own program, push by push.
"""

# ruff: noqa: E402 (threads are set before numpy is loaded)
from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

from benchmarks.page import write
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime import PhaseStream
from gaitsmith.realtime.checking import compiler, signal
from gaitsmith.realtime.export_c import write_c
from gaitsmith.realtime.export_onnx import OnnxNetwork, write_onnx

EAGER = "torch eager (network alone)"
HARNESS = """
#define _POSIX_C_SOURCE 199309L
#include "gs_phase.h"
#include <stdio.h>
#include <time.h>
int main(void)
{
    static gs_phase s;
    gs_phase_output out = {0};
    float x[6];
    gs_phase_init(&s, 0);
    while (fread(x, sizeof(float), 6, stdin) == 6) {
        struct timespec a, b;
        double took;
        clock_gettime(CLOCK_MONOTONIC, &a);
        gs_phase_push(&s, x, &out);
        clock_gettime(CLOCK_MONOTONIC, &b);
        took = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
        fwrite(&took, sizeof took, 1, stdout);
    }
    return 0;
}
"""


def models() -> dict[str, PhaseModel]:
    """The default TCN's shape and the published dense network's, with random weights.

    Time does not depend on what was learnt (it does on denormals, of which there are none).
    """
    import torch

    from gaitsmith.models.phase.network import PhaseNetwork

    out = {}
    for network in ("tcn", "dense"):
        # The channels of the shipped TCN; the dense network and the Transformer do not look at them.
        config = PhaseConfig(network=network, channels=48)
        torch.manual_seed(0)
        net = PhaseNetwork(
            config, np.array([0, 9.8, 0, 0, 0, 0]), np.array([0.1] * 3 + [0.005] * 3)
        )
        out[network] = PhaseModel(config, net.arrays())
    return out


def eager(model: PhaseModel) -> Callable[[Any], Any]:
    """torch eager: one window through the network for each sample, window kept in a tensor."""
    import torch

    from gaitsmith.models.phase.network import PhaseNetwork

    torch.set_num_threads(1)
    config = model.config
    if config.network == "dense":
        sizes = [6 * config.window, *config.widths]
        layers: list[Any] = []
        for a, b in itertools.pairwise(sizes):
            layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
        net: Any = torch.nn.Sequential(torch.nn.Flatten(), *layers, torch.nn.Linear(sizes[-1], 4))
        ticks = config.window
    else:
        net = PhaseNetwork(config, np.zeros(6), np.ones(6))
        ticks = int(config.reach or 1)
    net.eval()
    window = torch.zeros(1, ticks, 6)
    shift, scale = (
        torch.tensor(model.weights["input.shift"]),
        torch.tensor(model.weights["input.scale"]),
    )

    def push(sample: Any) -> Any:
        nonlocal window
        with torch.inference_mode():
            new = (torch.as_tensor(sample, dtype=torch.float32) - shift) * scale
            window = torch.cat([window[:, 1:], new[None, None]], dim=1)
            return net(window).reshape(-1, 4)[-1].tolist()

    return push


def candidates(folder: Path, made: dict[str, PhaseModel]) -> dict[str, Callable[[Any], Any]]:
    """Everything that takes a sample."""
    out: dict[str, Callable[[Any], Any]] = {}
    for name, model in made.items():
        out[f"{name}, {EAGER}"] = eager(model)
        out[f"{name}, numpy"] = pushes(model)
        for int8 in (False, True):
            file = write_onnx(model, folder / f"{name}{int8}.onnx", int8=int8)
            label = f"{name}, ONNX Runtime {'int8' if int8 else 'fp32'}"
            out[label] = pushes(model, OnnxNetwork(file))
    return out


def pushes(model: PhaseModel, backend: Any = None) -> Callable[[Any], Any]:
    """A stream's push by counter."""
    stream = PhaseStream(model, side="left", mounting=np.eye(3), backend=backend)
    count = iter(range(1 << 40))
    return lambda sample: stream.push(sample, None, next(count) % 65536)


def timed(made: dict[str, Callable[[Any], Any]], rounds: int, block: int) -> dict[str, Any]:
    """Durations (s) of each candidate's pushes, block by block in turn; first block left out."""
    clock, samples = time.perf_counter, signal(block).tolist()
    out: dict[str, list[float]] = {name: [] for name in made}
    for turn in range(rounds + 1):
        for name, push in made.items():
            took = []
            for sample in samples:
                begun = clock()
                push(sample)
                took.append(clock() - begun)
            if turn:
                out[name] += took
    return {name: np.array(t) for name, t in out.items()}


def compiled(model: PhaseModel, folder: Path, optimise: str, count: int) -> Any:
    """Durations (s) of the C export's pushes, timed in its own process."""
    write_c(model, folder)
    (folder / "main.c").write_text(HARNESS)
    command = [str(compiler()), "-std=c99", optimise, "gs_phase.c", "main.c", "-lm", "-o", "run"]
    subprocess.run(command, cwd=folder, check=True)
    data = signal(count).astype(np.float32).tobytes()
    done = subprocess.run([folder / "run"], input=data, capture_output=True, check=True)
    return np.frombuffer(done.stdout)[100:]


WORDS = (
    "# Gait phase: latency of one push",
    "Written by `python -m benchmarks.phase_latency --page docs/results`; figures in "
    "`phase-latency.json`.",
    "One thread, one sample at 100 Hz, end to end from `PhaseStream.push` (packet clock, checks, "
    "mounting, network, state machine), against torch eager on the whole window (network alone) in "
    "the same run; blocks of pushes of all candidates take turns. C: `gs_phase_push`, timed in its own "
    "program, compiled by the system's compiler. Asked: dense 0.3 M in numpy and ONNX Runtime at most half of eager and "
    "below 70 µs; default TCN in C at most 10 µs, in numpy at most 60 µs (p50). What else the machine "
    "did shows in p99, and in p50 of calls as long as eager's on the TCN's whole window: see the load "
    "below; p10 is what an undisturbed call takes. At the pace of a device, with sleep between the pushes, "
    "caches are cold and a push takes several times as long (`gaitsmith stream phase --realtime` prints it).",
)


def main() -> None:
    """Print the table; with --page write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--block", type=int, default=300)
    parser.add_argument("--page", type=Path, default=None, help="folder for phase-latency.md")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, made = Path(name), models()
        took = timed(candidates(folder, made), said.rounds, said.block)
        if compiler() is not None:
            for network, model in made.items():
                for optimise in ("-O2", "-O3"):
                    here = folder / f"{network}{optimise}"
                    here.mkdir()
                    took[f"{network}, C {optimise}"] = compiled(model, here, optimise, 6000)
    rows = [("one push at 100 Hz", "p10 µs", "p50 µs", "p99 µs", "p10 / eager", "p50 / eager")]
    facts = {}
    for name, t in sorted(took.items()):
        p10, p50, p99 = (1e6 * float(np.percentile(t, p)) for p in (10, 50, 99))
        eager_t = took[f"{name.split(',')[0]}, {EAGER}"]
        e10, e50 = (1e6 * float(np.percentile(eager_t, p)) for p in (10, 50))
        rows.append(
            (name, f"{p10:.1f}", f"{p50:.1f}", f"{p99:.0f}", f"{p10 / e10:.2g}", f"{p50 / e50:.2g}")
        )
        facts[name] = {"p10_us": p10, "p50_us": p50, "p99_us": p99, "p10_to_eager": p10 / e10,
                       "p50_to_eager": p50 / e50, "pushes": len(t)}  # fmt: skip
    for row in rows:
        print(f"{row[0]:<36} " + " ".join(f"{cell:>11}" for cell in row[1:]))
    sizes = ", ".join(f"{n} {m.parameters} parameters" for n, m in made.items())
    print(sizes)
    if said.page is not None:
        write(said.page, "phase-latency", [*WORDS, f"Sizes: {sizes}."], rows, facts)


if __name__ == "__main__":
    sys.exit(main())
