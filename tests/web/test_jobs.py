"""Jobs in processes: limits, cancelling, crashes, restarts."""

import threading
import time

import pytest

from gaitsmith.web import tasks
from gaitsmith.web.jobs import Jobs
from gaitsmith.web.limits import Limits
from gaitsmith.web.pool import JobError, run_limited
from gaitsmith.web.shelf import AbsentError, Shelf

FAST = {"seconds": 30.0, "memory_mb": 1500.0}


def broken(path):
    path.write_text("nothing\n")
    return {"files": [str(path)], "hints": {}}


def test_a_refusal_comes_back_as_words(tmp_path):
    with pytest.raises(JobError) as caught:
        run_limited("preview", broken(tmp_path / "x.mot"), **FAST)
    assert caught.value.kind == "refused"
    assert str(tmp_path) not in caught.value.words
    assert "x.mot" in caught.value.words


def test_time_is_bounded(tmp_path):
    begun = time.monotonic()
    with pytest.raises(JobError) as caught:
        run_limited("preview", broken(tmp_path / "x.mot"), seconds=0.05, memory_mb=1500.0)
    assert caught.value.kind == "time"
    assert time.monotonic() - begun < 10


def test_memory_is_bounded(tmp_path):
    with pytest.raises(JobError) as caught:
        run_limited("preview", broken(tmp_path / "x.mot"), seconds=30.0, memory_mb=5.0)
    assert caught.value.kind in ("memory", "crashed")


def test_cancelling_ends_the_process(tmp_path):
    stop = threading.Event()
    stop.set()
    with pytest.raises(JobError) as caught:
        run_limited("preview", broken(tmp_path / "x.mot"), cancelled=stop, **FAST)
    assert caught.value.kind == "cancelled"


def test_an_unknown_task_is_our_own_error():
    with pytest.raises(JobError) as caught:
        run_limited("no_such_task", {}, **FAST)
    assert caught.value.kind == "failed"
    assert not hasattr(tasks, "no_such_task")


def row(shelf, jobs):
    draft = shelf.new_draft(5, 24)
    (shelf.draft(draft) / "x.mot").write_text("nothing\n")
    made = shelf.new_analysis(draft, "x", {"files": ["x.mot"]})
    folder = shelf.folder(made)
    jobs.start(made, {"files": [str(folder / "input" / "x.mot")], "static": None, "osim": None,
                      "title": "x", "hints": {}, "options": {}, "result": str(folder / "result")})  # fmt: skip
    return made


def test_a_refused_analysis_has_no_result_and_the_next_one_runs(tmp_path):
    shelf = Shelf(tmp_path)
    jobs = Jobs(shelf, Limits(workers=1))
    first, second = row(shelf, jobs), row(shelf, jobs)
    assert jobs.cancel(second)
    until = time.monotonic() + 60
    while {shelf.get(i)["status"] for i in (first, second)} & {"queued", "running"}:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert shelf.get(first)["status"] == "refused"
    assert shelf.get(second)["status"] == "cancelled"
    with pytest.raises(AbsentError):
        shelf.result(first)
    jobs.close()


def test_after_a_restart_what_ran_has_failed_and_what_was_done_stays(tmp_path):
    shelf = Shelf(tmp_path)
    ids = [shelf.new_analysis(shelf.new_draft(9, 24), "x", {}) for _ in range(3)]
    shelf.update(ids[0], status="running")
    shelf.update(ids[1], status="done", summary=["fine"])
    again = Shelf(tmp_path)
    again.recover()
    assert [again.get(i)["status"] for i in ids] == ["failed", "done", "failed"]
    assert again.get(ids[1])["summary"] == ["fine"]
    again.delete(ids[2])
    assert len(again.all()) == 2
