"""``gaitsmith stream phase`` and ``gaitsmith export phase``, run as a user runs them."""

import csv
import io
import os
import signal as signals
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gaitsmith.cli.app import app
from gaitsmith.cli.stream import mountings
from gaitsmith.errors import GaitsmithError
from tests.realtime.compiled import compiler
from tests.realtime.models import random_model
from tests.realtime.walks import virtual


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "phase-random"
    random_model().save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """A generic table of one foot at 128 Hz: 3.5 s of standing, then walking."""
    x, _ = virtual(rate=128.0)
    path = tmp_path_factory.mktemp("walk") / "walk.csv"
    head = "time,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
    np.savetxt(path, np.column_stack([np.arange(len(x)) / 128.0, x]), "%.6f", ",", header=head, comments="")  # fmt: skip
    return str(path)


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("backend", ["numpy", "onnx", "onnx-int8"])
def test_a_table_is_streamed_and_every_tick_written(model, walk, tmp_path, backend):
    if backend != "numpy":
        pytest.importorskip("onnxruntime")
    result = run("stream", "phase", "--replay", walk, "--place", "*=foot_r", "--model", model,
                 "--backend", backend, "-o", str(tmp_path / "a.csv"))  # fmt: skip
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert "now: " in result.output
    assert "p99" in result.output
    assert "█" in result.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    states = {r["state"] for r in rows}
    assert {"stand still", "walk"} <= states
    assert states & {"running", "unsure"}
    times = np.array([float(r["time_s"]) for r in rows])
    assert np.allclose(np.diff(times), 0.01, atol=2e-4)
    known = [r for r in rows if r["percent"]]
    assert known
    assert all(0 <= float(r["percent"]) < 100 for r in known)
    assert all(not r["percent"] for r in rows if r["state"] in ("stand still", "walk"))
    again = run("stream", "phase", "--replay", walk, "--place", "*=foot_r", "--model", model,
                "-o", str(tmp_path / "a.csv"))  # fmt: skip
    assert again.exit_code != 0
    assert "exists already" in str(again.exception)


def test_standing_still_is_asked_for(model, walk, tmp_path):
    short = tmp_path / "short.csv"
    lines = Path(walk).read_text().splitlines()
    short.write_text("\n".join([lines[0], *lines[500:1500]]))
    result = run("stream", "phase", "--replay", str(short), "--place", "*=foot_r", "--model", model)
    assert result.exit_code == 0
    assert "never stood still for 3 s and no mounting was declared" in result.output
    told = run("stream", "phase", "--replay", str(short), "--place", "*=foot_r", "--model", model,
               "--mounting", "forward=+x, up=+y")  # fmt: skip
    assert "never stood still" not in told.output
    assert " strikes" in told.output


def test_at_real_pace_and_stopped_by_ctrl_c(model, walk, tmp_path):
    """No faster than it was measured; Ctrl-C ends it with the summary and what there is."""
    out = tmp_path / "b.csv"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gaitsmith", "stream", "phase", "--replay", walk, "--place", "*=foot_r",
         "--model", model, "--realtime", "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    begun = time.monotonic()
    # Rows reach the file once a second or so: then it streams.
    while not any(f.stat().st_size for f in tmp_path.glob(".b.csv*")):
        assert time.monotonic() - begun < 60
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signals.SIGINT)
    took = time.monotonic() - begun
    said, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "stopped" in errors
    assert "Traceback" not in errors
    assert "latency of" in said
    ticks = len(out.read_text().splitlines()) - 1
    assert 20 < ticks < 100 * took + 20


def test_onnx_and_c_are_written_and_checked(model, tmp_path):
    pytest.importorskip("onnxruntime")
    result = run("export", "phase", "--model", model, "-o", str(tmp_path / "m.onnx"))
    assert result.exit_code == 0, result.output + repr(result.exception)
    assert "KiB" in result.output
    apart = float(result.output.split("sin, cos at most ")[1].split()[0])
    assert 0 < apart < 1e-5
    small = run("export", "phase", "--model", model, "--int8", "-o", str(tmp_path / "m8.onnx"))
    assert float(small.output.split("sin, cos at most ")[1].split()[0]) > 1e-4
    compiler()
    for rate in ("100", "204.8"):
        result = run("export", "phase", "--model", model, "--format", "c", "--rate", rate,
                     "-o", str(tmp_path / rate))  # fmt: skip
        assert result.exit_code == 0, result.output + repr(result.exception)
        assert float(result.output.split("sin, cos at most ")[1].split()[0]) < 1e-5
        assert {p.name for p in (tmp_path / rate).iterdir()} == {"gs_phase.h", "gs_phase.c"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("stream", "phase"), "nothing to stream"),
        (("stream", "phase", "--replay", "a.csv", "--lsl-in", "right=x"), "two sources"),
        (("stream", "phase", "--replay", "a.csv", "--backend", "abacus"), "numpy, onnx, onnx-int8"),
        (("stream", "phase", "--lsl-in", "middle=x", "--model", "MODEL"), "left, right"),
        (("export", "phase", "-o", "x", "--format", "c", "--int8"), "no 8-bit"),
        (("export", "phase", "-o", "x", "--rate", "50"), "ticks of 100 Hz"),
        (("export", "phase", "-o", "x", "--format", "forth"), "onnx, c"),
    ],
)
def test_wrong_options_are_refused(model, arguments, said):
    result = run(*(model if a == "MODEL" else a for a in arguments))
    assert result.exit_code != 0
    assert said in str(result.exception)


def test_mountings_by_side():
    assert mountings([]) is None
    assert mountings(["forward=+x, up=+z"]) == "forward=+x, up=+z"
    two = ["left: forward=+x, up=+z", "right: forward=-x, up=+z"]
    assert mountings(two) == {"left": "forward=+x, up=+z", "right": "forward=-x, up=+z"}
    with pytest.raises(GaitsmithError, match="which foot"):
        mountings(["forward=+x, up=+z", "forward=-x, up=+z"])
