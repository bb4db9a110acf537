"""Cohorts: reproducible, resumable, readable."""

import numpy as np
import pytest

from gaitsmith.datasets.store import Store
from gaitsmith.errors import GaitsmithError
from gaitsmith.virtual import people
from gaitsmith.virtual.cohort import cohort, jobs, speeds


def test_speeds_are_read():
    assert speeds("0.5:1.8:0.1") == pytest.approx(np.arange(5, 19) / 10)
    assert speeds("0.8,1.2") == [0.8, 1.2]
    for wrong in ("fast", "1:2", "2:1:0.1", "1:2:0"):
        with pytest.raises(GaitsmithError):
            speeds(wrong)


def test_people_are_the_same_whatever_their_number():
    few, many = people(3, 7), people(6, 7)
    assert [p.mass for p in few] == [p.mass for p in many[:3]]
    assert people(3, 7, only=2)[0].height == many[2].height
    crowd = people(400, 1)
    assert np.mean([p.height for p in crowd if p.sex == "male"]) == pytest.approx(1.757, abs=0.02)
    assert {p.sex for p in crowd} == {"female", "male"}


def test_a_cohort_is_kept_and_taken_up_again(tmp_path):
    todo = jobs(2, [0.9, 1.3], seconds=2.0)
    assert cohort(todo[:3], tmp_path / "store", cores=1) == 3
    assert cohort(todo, tmp_path / "store", cores=1) == 1
    store = Store(tmp_path / "store")
    assert len(store) == 4
    assert sorted(store.trials["speed"].unique()) == [0.9, 1.3]
    again = store.recording("virtual/p0001-v1.30")
    assert again == todo[3].run()
    assert store.check() == []


def test_only_the_streams_asked_for_are_kept(tmp_path):
    todo = jobs(1, [1.1], seconds=2.0)
    cohort(todo, tmp_path / "store", cores=1, streams=["angles"])
    kept = Store(tmp_path / "store").recording("virtual/p0000-v1.10")
    assert list(kept.streams) == ["angles"]
    assert kept.events == todo[0].run().events
    with pytest.raises(GaitsmithError, match="did you mean 'angles'"):
        cohort(jobs(1, [1.2], seconds=2.0), tmp_path / "store", cores=1, streams=["angels"])


def test_workers_end_with_a_killed_command(tmp_path):
    import subprocess
    import sys

    import psutil

    command = [sys.executable, "-m", "gaitsmith", "virtual", "cohort", "--people", "40", "--speeds", "0.9,1.3",
               "--seconds", "2", "--cores", "2", "-o", str(tmp_path / "store")]  # fmt: skip
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root = psutil.Process(run.pid)
    workers: list[psutil.Process] = []
    while run.poll() is None and len(workers) < 2:
        workers = [p for p in root.children() if "spawn_main" in " ".join(p.cmdline())]
        psutil.wait_procs(workers, timeout=0.1)
    # The first recordings show that both work.
    while run.poll() is None and not list(tmp_path.glob("store/tables/trials-*.parquet")):
        psutil.wait_procs(workers, timeout=0.1)
    run.kill()
    run.wait()
    assert len(workers) == 2
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive
