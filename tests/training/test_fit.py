"""The harness: what a run leaves, what kills cannot change, what is refused."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

import torch

from gaitsmith.errors import GaitsmithError
from gaitsmith.training import Task, TrainConfig, fit
from gaitsmith.training.order import seed_of
from tests.training.toy import CONFIG, Line, LineTask

ROOT = Path(__file__).resolve().parents[2]
TOY = [sys.executable, "-m", "tests.training.toy"]


def log(folder):
    with (folder / "log.csv").open() as f:
        return list(csv.DictReader(f))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "whole"
    return out, fit(LineTask(), CONFIG, out)


def test_what_a_run_leaves(whole):
    out, model = whole
    assert isinstance(LineTask(), Task)
    rows = log(out)
    assert [int(r["step"]) for r in rows] == [10, 20, 30, 40, 50, 60]
    about = json.loads((out / "run.json").read_text())
    best = min(rows, key=lambda r: float(r["valid_loss"]))
    assert about["state"] == "ended"
    assert (about["step"], about["best_step"]) == (60, int(best["step"]))
    assert about["best_valid_loss"] == pytest.approx(float(best["valid_loss"]), rel=1e-6)
    assert about["data_digest"] == "two columns"
    assert about["training"] == CONFIG.to_dict()
    assert set(about["versions"]) == {"gaitsmith", "python", "torch", "lightning", "numpy"}
    again = Line.from_pretrained(out / "model")
    assert again.digest() == model.digest()
    assert not [p for p in out.iterdir() if p.name.startswith(".")]


def test_the_kept_network_is_the_running_mean_with_the_logged_loss(whole):
    out, model = whole
    x, y = LineTask().valid_set()[:]
    total = 0.0
    with torch.inference_mode():
        for k, (a, b) in enumerate(zip(x.split(CONFIG.batch), y.split(CONFIG.batch), strict=True)):
            g = torch.Generator().manual_seed(seed_of(CONFIG.seed, 2, k, 0))
            total += len(a) * LineTask().loss(model.network("cpu"), (a, b), g)["loss"].item()
    least = min(float(r["valid_loss"]) for r in log(out))
    assert total / len(x) == pytest.approx(least, rel=1e-5)


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path, whole):
    out = tmp_path / "run"
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*TOY, str(out), "--slow"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as p:  # fmt: skip
        while p.poll() is None and not ((out / "log.csv").is_file() and len(log(out)) >= 3):
            time.sleep(0.01)
        time.sleep(0.07)
        p.send_signal(signal.SIGKILL)
    assert p.returncode == -signal.SIGKILL
    said = []
    model = fit(LineTask(), CONFIG, out, resume=True, say=said.append)
    assert said[0] in ("going on from step 20 of 60", "going on from step 30 of 60")
    full, uninterrupted = whole
    assert model.digest() == uninterrupted.digest()
    without = [{k: v for k, v in r.items() if k != "seconds"} for r in log(out)]
    assert without == [{k: v for k, v in r.items() if k != "seconds"} for r in log(full)]


def test_a_run_killed_before_its_first_checkpoint_begins(tmp_path, whole):
    (tmp_path / "run").mkdir()
    about = json.loads((whole[0] / "run.json").read_text())
    (tmp_path / "run" / "run.json").write_text(json.dumps({**about, "state": "running", "step": 0}))
    (tmp_path / "run" / ".last.ckpt.half").write_bytes(b"half")
    said = []
    model = fit(LineTask(), CONFIG, tmp_path / "run", resume=True, say=said.append)
    assert said[0] == "no checkpoint yet: beginning"
    assert model.digest() == whole[1].digest()


def test_an_interruption_by_a_person_goes_on_too(tmp_path, whole):
    class Interrupted(LineTask):
        calls = 0

        def loss(self, network, batch, generator):
            self.calls += 1
            if self.calls == 50:
                raise KeyboardInterrupt
            return super().loss(network, batch, generator)

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(Interrupted(), CONFIG, tmp_path / "run")
    assert signal.getsignal(signal.SIGINT) is handler
    assert fit(LineTask(), CONFIG, tmp_path / "run", resume=True).digest() == whole[1].digest()


def test_two_processes_learn_as_one(tmp_path):
    """DDP with gloo on the CPU: one run on both processes, one log, one model."""
    out = tmp_path / "run"
    env = {**os.environ, "OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1"}
    done = subprocess.run([*TOY, str(out), "--devices", "2"], check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("best validation loss") == 1
    assert json.loads((out / "run.json").read_text())["processes"] == 2
    rows = log(out)
    assert len(rows) == 6
    assert float(rows[-1]["valid_loss"]) < 0.2 < float(rows[0]["valid_loss"])
    # Every process's share of validation is counted once, whatever the shares' sizes.
    truth = LineTask().valid_set()[:][1].mean().item()
    assert float(rows[0]["valid_mean"]) == pytest.approx(truth, rel=1e-5)


def test_more_steps_go_on_and_an_ended_run_stays(tmp_path, whole):
    short = replace(CONFIG, steps=25)
    fit(LineTask(), short, tmp_path / "run")
    said = []
    fit(LineTask(), short, tmp_path / "run", resume=True, say=said.append)
    assert said == ["going on from step 25 of 25", "this run had ended already"]
    fit(LineTask(), CONFIG, tmp_path / "run", resume=True)
    assert [int(r["step"]) for r in log(tmp_path / "run")] == [10, 20, 25, 35, 45, 55, 60]
    # Where no interval was cut, the longer run is the same as one that was long from the first.
    fit(LineTask(), replace(CONFIG, steps=30), tmp_path / "other")
    model = fit(LineTask(), CONFIG, tmp_path / "other", resume=True)
    assert model.digest() == whole[1].digest()


def test_passes_small_batches_and_no_mean(tmp_path, whole):
    # Four batches of two make a step of eight; without noise and dropout they are the same.
    class Plain(LineTask):
        def network(self):
            return super().network().eval()

        def loss(self, network, batch, generator):
            network.eval()
            return {"loss": torch.nn.functional.mse_loss(network(batch[0]), batch[1])}

    one = fit(Plain(), replace(CONFIG, ema=0.0, clip=0.0), tmp_path / "one")
    four = fit(Plain(), replace(CONFIG, ema=0.0, clip=0.0, batch=2, accumulate=4), tmp_path / "four")  # fmt: skip
    for name, value in one.weights.items():
        np.testing.assert_allclose(four.weights[name], value, atol=1e-5)
    fit(Plain(), replace(CONFIG, epochs=3), tmp_path / "passes")
    assert json.loads((tmp_path / "passes" / "run.json").read_text())["steps"] == 19


def test_mixed_precision_learns_too(tmp_path, whole):
    # bfloat16 as on a GPU; weights and their mean stay in 32 bits.
    model = fit(LineTask(), replace(CONFIG, precision="bf16"), tmp_path / "run")
    rows = log(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["precision"] == "bf16-mixed"
    assert min(float(r["valid_loss"]) for r in rows) < 0.15
    assert {w.dtype for w in model.weights.values()} == {np.dtype(np.float32)}
    assert model.digest() != whole[1].digest()


def test_it_ends_where_nothing_is_gained(tmp_path):
    class Worse(LineTask):
        def loss(self, network, batch, generator):
            found = super().loss(network, batch, generator)
            return found if network.training else {"loss": found["loss"] * 0 + 1.0}

    config = replace(CONFIG, patience=2)
    fit(Worse(), config, tmp_path / "run")
    assert [int(r["step"]) for r in log(tmp_path / "run")] == [10, 20, 30]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["best_step"] == 10
    said = []
    fit(Worse(), config, tmp_path / "run", resume=True, say=said.append)
    assert said[-1] == "this run had ended already"


def test_without_validation_people_the_last_is_kept(tmp_path):
    said, seen = [], []
    fit(LineTask(valid=False), replace(CONFIG, steps=12, schedule="cosine", warmup=4, log="tensorboard"),
        tmp_path / "run", say=said.append, progress=lambda *at: seen.append(at))  # fmt: skip
    assert "the weights of step 12 are kept" in said[0]
    assert [s[0] for s in seen][-1] == 12
    assert all(s[1] == 12 for s in seen)
    assert "valid_loss" not in log(tmp_path / "run")[0]
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))


def test_refusals(tmp_path, whole):
    out = whole[0]
    with pytest.raises(GaitsmithError, match="not empty"):
        fit(LineTask(), CONFIG, out)
    with pytest.raises(GaitsmithError, match=r"training\.lr"):
        fit(LineTask(), replace(CONFIG, lr=0.1), out, resume=True)
    with pytest.raises(GaitsmithError, match=r"settings\.width"):
        fit(LineTask(width=7), CONFIG, out, resume=True)
    with pytest.raises(GaitsmithError, match="not finite"):
        fit(LineTask(broken=True), CONFIG, tmp_path / "nan")
    with pytest.raises(GaitsmithError, match="half precision is for a GPU"):
        fit(LineTask(), replace(CONFIG, precision="16"), tmp_path / "half")
    with pytest.raises(GaitsmithError, match="did you mean 'cosine'"):
        TrainConfig(schedule="cosin")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{")
    with pytest.raises(GaitsmithError, match="cannot be read"):
        fit(LineTask(), CONFIG, tmp_path / "bad", resume=True)
