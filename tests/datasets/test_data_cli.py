"""``gaitsmith data``: the four commands, their words and their exit codes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gaitsmith.cli import main
from gaitsmith.datasets import Store, Writer
from gaitsmith.datasets.registry import NAMES
from tests.datasets.makers import ABOUT, curves, recording

ROOT = Path(__file__).resolve().parents[2]


def run(capsys, *arguments):
    """Exit code and standard output."""
    code = 0
    try:
        main(["data", *map(str, arguments)])
    except SystemExit as end:
        code = end.code or 0
    out = capsys.readouterr()
    return code, out.out, out.err


@pytest.fixture
def store(tmp_path):
    with Writer(tmp_path / "s") as writer:
        writer.begin(ABOUT)
        writer.add("mine", "w", "p", recording(0), group="healthy", use="mind this")
        writer.add("mine", "c", "q", curves(1))
        writer.end("mine")
    return tmp_path / "s"


def test_list(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0 and all(n in out for n in NAMES) and "measure only" in out
    code, out, _ = run(capsys, "list", "--json")
    assert [r["name"] for r in json.loads(out)] == list(NAMES)


def test_info(capsys, store):
    code, out, _ = run(capsys, "info", store)
    assert code == 0 and "mine" in out and "revision" in out
    code, out, _ = run(capsys, "info", store, "--set", "mine")
    assert "groups: " in out and "mind mine/w: mind this" in out
    code, out, _ = run(capsys, "info", store, "--json")
    (row,) = json.loads(out)["sets"]
    assert (row["people"], row["recordings"], row["curves"]) == (2, 1, 4)
    assert run(capsys, "info", store, "--set", "nine")[0] == 2
    code, _, err = run(capsys, "info", store.parent)
    assert code == 2 and "not a prepared collection" in err and "Traceback" not in err


def test_check_and_drop(capsys, store):
    code, out, _ = run(capsys, "check", store)
    assert code == 0 and "2 trials of 2 people are whole" in out
    (store / Store(store).row("mine/w")["path"] / "zarr.json").unlink()
    code, _, err = run(capsys, "check", store)
    assert code == 2 and "mine/w: a trial of the store cannot be read" in err
    code, _, err = run(capsys, "check", store, "--drop")
    assert code == 2 and "taken out" in err
    code, out, _ = run(capsys, "check", store)
    assert code == 0 and "1 trials" in out


def test_prepare(capsys, shared, tmp_path):
    code, out, _ = run(capsys, "prepare", "pataky2008,fda_gait", shared, tmp_path / "s")
    assert (
        code == 0 and "pataky2008: 7 prepared" in out and "fda_gait: 38 prepared, 1 left out" in out
    )
    assert re.search(r"fda_gait: 38 prepared, 1 left out; \d+\.\d s\n", out)
    assert re.search(r"in all 45 trials of 2 sets in \d+\.\d s, \d+\.\d s of processor\n", out)
    code, out, _ = run(capsys, "prepare", "fda_gait", shared / "fda_gait", tmp_path / "s")
    assert code == 0 and "0 prepared, 38 were there" in out
    code, _, err = run(capsys, "prepare", "fda_gate", shared, tmp_path / "s")
    assert code == 2 and "did you mean 'fda_gait'" in err


@pytest.mark.skipif(os.name != "posix", reason="SIGINT to a child")
def test_ctrl_c_leaves_a_store_to_go_on_from(shared, tmp_path):
    store = tmp_path / "s"
    command = [
        sys.executable,
        "-m",
        "gaitsmith",
        "data",
        "prepare",
        "elepap_children",
        str(shared),
        str(store),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(list(store.glob("sets/elepap_children/*"))) < 20:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        _out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert (
        "the same command goes on from there" in err.replace("\n", " ") and "Traceback" not in err
    )
    half = Store(store)
    assert 10 <= len(half) < 368 and half.check() == [] and not (store / ".scratch").exists()
