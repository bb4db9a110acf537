"""Folders through workers: whatever is killed, nothing is lost and nothing is done twice."""

import contextlib
import csv
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest

from gaitsmith.cohort import analyze_folder
from gaitsmith.cohort import work as room
from gaitsmith.cohort.find import Item
from gaitsmith.cohort.work import job_of, work
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording, Stream

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def walk(path: Path, seed: int) -> None:
    """A short walk of one leg's angles: enough for strides."""
    rng = np.random.default_rng(seed)
    t = np.arange(600) / 100
    phase = 2 * np.pi * t / rng.uniform(1.0, 1.2)
    hip = 20 * np.cos(phase) + 5
    knee = 30 - 25 * np.cos(phase + 1.2) + 10 * np.cos(2 * phase)
    labels = ("hip_flexion_r", "knee_angle_r")
    data = np.column_stack((hip, knee)) + rng.normal(0, 0.1, (600, 2))
    Recording(streams={"angles": Stream("angles", data, labels, rate=100)}).write(path)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "in"
    for k in range(6):
        path = made / f"g{k % 2}" / f"w{k}.mot"
        path.parent.mkdir(parents=True, exist_ok=True)
        walk(path, k)
    (made / "broken.mot").write_text("no header at all")
    (made / "README.md").write_text("walks")
    return made


def test_a_folder_ends_in_tables_a_page_and_reasons(folder, tmp_path):
    out = tmp_path / "out"
    seen = []
    outcome = analyze_folder(folder, out, jobs=2, reports=False, progress=lambda d, n, _: seen.append((d, n)))  # fmt: skip
    assert outcome.count("done") == 6
    assert outcome.count("refused") == 1
    assert seen[-1] == (7, 7)
    table = pq.read_table(out / "parameters.parquet").to_pandas().set_index("recording")
    assert len(table) == 7
    assert table.loc["g1/w1.mot", "group"] == "g1"
    assert table.loc["g1/w1.mot", "strides_right"] >= 3
    strides = pq.read_table(out / "strides.parquet").to_pandas()
    assert set(strides["recording"].astype(str)) == {f"g{k % 2}/w{k}.mot" for k in range(6)}
    rows = {r["file"]: r for r in csv.DictReader((out / "files.csv").open())}
    assert rows["broken.mot"]["status"] == "refused"
    assert rows["README.md"]["status"] == "not a recording"
    page = (out / "cohort.html").read_text()
    assert "6 of 7 recordings" in page
    assert "broken.mot" in page

    states = {p: p.stat().st_mtime_ns for p in (out / "state").iterdir()}
    again = analyze_folder(folder, out, jobs=2, reports=False)
    assert again.reused == 7
    assert states == {p: p.stat().st_mtime_ns for p in (out / "state").iterdir()}
    # Another content is another job; the rest is known.
    (folder / "g0" / "w0.mot").unlink()
    walk(folder / "g0" / "w0.mot", 99)
    assert analyze_folder(folder, out, jobs=1, reports=False).reused == 6


def test_a_killed_worker_costs_nothing(folder, tmp_path):
    killed = []

    def kill_one(*_):
        if not killed:
            for child in psutil.Process().children(recursive=True):
                if "spawn_main" in " ".join(child.cmdline()) and not child.children():
                    child.send_signal(signal.SIGKILL)
                    killed.append(child.pid)
                    return

    outcome = analyze_folder(folder, tmp_path / "out", jobs=1, reports=False, progress=kill_one)
    assert killed
    assert outcome.count("done") == 6


def test_nobody_on_the_network_hears_of_a_run(folder, tmp_path):
    heard = set()

    def look(*_):
        me = psutil.Process()
        for process in (me, *me.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                heard.update(c.laddr.ip for c in process.net_connections() if c.status == "LISTEN")

    # A second run beside this one, or a notebook's cluster, holds dask's usual port.
    with contextlib.closing(socket.socket()) as other:
        with contextlib.suppress(OSError):
            other.bind(("127.0.0.1", 8787))
            other.listen()
        outcome = analyze_folder(folder, tmp_path / "out", jobs=1, reports=False, progress=look)
    assert outcome.count("done") == 6
    assert heard == {"127.0.0.1"}


def test_a_killed_run_goes_on_where_it_was(folder, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "gaitsmith", "analyze", folder, "-o", out, "--jobs", "1", "--no-reports"]  # fmt: skip
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list(out.glob("state/*.json"))) < 2:
        time.sleep(0.02)
    workers = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait()
    psutil.wait_procs(workers, timeout=20)
    before = {p.name: p.stat().st_mtime_ns for p in out.glob("state/*.json")}
    assert 2 <= len(before) < 7
    assert not (out / "parameters.parquet").exists()
    outcome = analyze_folder(folder, out, jobs=1, reports=False)
    assert outcome.reused == len(before)
    assert outcome.count("done") == 6
    after = {p.name: p.stat().st_mtime_ns for p in out.glob("state/*.json")}
    assert {k: after[k] for k in before} == before


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_said_and_what_was_done_stays(folder, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", small], check=False)  # fmt: skip
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        with pytest.raises(GaitsmithError, match="cannot be written") as caught:
            analyze_folder(folder, small / "out", jobs=1, reports=False)
        assert "make room" in str(caught.value)
        done = list((small / "out" / "state").glob("*.json"))
        subprocess.run(["mount", "-o", "remount,size=20m", small], check=True)
        outcome = analyze_folder(folder, small / "out", jobs=1, reports=False)
        assert outcome.reused == len(done)
        assert outcome.count("done") == 6
    finally:
        subprocess.run(["umount", "-l", small], check=False)


def test_no_space_is_no_result(tmp_path, monkeypatch):
    walk(tmp_path / "w.mot", 0)
    job = job_of(Item("w.mot", (str(tmp_path / "w.mot"),)), {}, {}, reports=False)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room, "_analysed", full)
    row = work(job, str(tmp_path / "out"))
    assert row["status"] == "stopped"
    assert not (tmp_path / "out" / "state").exists()


def test_a_bug_in_one_recording_is_listed_and_tried_again(tmp_path, monkeypatch):
    job = job_of(Item("w.mot", (str(tmp_path / "w.mot"),)), {}, {}, reports=False)
    monkeypatch.setattr(room, "_analysed", lambda *_: 1 / 0)
    row = work(job, str(tmp_path / "out"))
    assert row["status"] == "failed"
    assert "ZeroDivisionError" in row["reason"]
    assert not (tmp_path / "out" / "state").exists()


def test_parts_that_refuse_together_are_tried_alone(tmp_path):
    walk(tmp_path / "w_ik.mot", 0)
    (tmp_path / "w_grf.mot").write_text("broken")
    files = tuple(str(tmp_path / f"w_{x}.mot") for x in ("grf", "ik"))
    row = work(job_of(Item("w", files), {}, {}, reports=False), str(tmp_path / "out"))
    assert row["status"] == "done"
    assert row["reason"].startswith("w_ik.mot alone")


def test_keys_go_by_options_and_hints(tmp_path):
    walk(tmp_path / "w.mot", 0)
    item = Item("w.mot", (str(tmp_path / "w.mot"),))
    keys = {
        job_of(item, hints, options, reports=r).key
        for hints in ({}, {"mass": 70.0}) for options in ({"population": "auto"}, {"population": "adult"}) for r in (True, False)
    }  # fmt: skip
    assert len(keys) == 8


def test_a_strangers_folder_is_not_written_into(folder, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(GaitsmithError, match="not empty"):
        analyze_folder(folder, out)


@contextlib.contextmanager
def remote(place):
    """A dask scheduler with one worker, as on other machines: (address, the scheduler's process)."""
    place.mkdir()
    told = place / "scheduler.json"
    quiet = {"cwd": place, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
             "env": {**os.environ, "OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__WORKER__DAEMON": "True"}}  # fmt: skip
    run = [sys.executable, "-W", "ignore", "-m"]
    scheduler = subprocess.Popen(
        [*run, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
         "--no-show", "--scheduler-file", told], **quiet)  # fmt: skip
    worker = subprocess.Popen(
        [*run, "distributed.cli.dask_worker", "--scheduler-file", told, "--nthreads", "1", "--no-nanny",
         "--no-dashboard", "--death-timeout", "60", "--local-directory", place], **quiet)  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not told.exists():
            time.sleep(0.05)
        yield json.loads(told.read_text())["address"], scheduler
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def test_a_killed_scheduler_of_other_machines_costs_nothing(folder, tmp_path):
    out = tmp_path / "out"
    with remote(tmp_path / "first") as (address, scheduler):

        def kill(done, _total, _row):
            if done == 2:
                scheduler.kill()
                scheduler.wait()

        with pytest.raises(GaitsmithError, match="scheduler went away") as caught:
            analyze_folder(folder, out, scheduler=address, reports=False, progress=kill)
    assert "repeat the same command" in str(caught.value)
    before = {p.name: p.stat().st_mtime_ns for p in out.glob("state/*.json")}
    assert 2 <= len(before) < 7
    assert not (out / "parameters.parquet").exists()
    with remote(tmp_path / "second") as (address, _):
        outcome = analyze_folder(folder, out, scheduler=address, reports=False)
    assert outcome.reused == len(before)
    assert outcome.count("done") == 6
    after = {p.name: p.stat().st_mtime_ns for p in out.glob("state/*.json")}
    assert {k: after[k] for k in before} == before
    table = pq.read_table(out / "parameters.parquet").to_pandas()
    assert table["recording"].is_unique
    assert len(table) == 7


def test_a_scheduler_that_is_not_there_is_named(folder, tmp_path):
    with pytest.raises(GaitsmithError, match="does not answer"):
        analyze_folder(folder, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
