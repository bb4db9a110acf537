"""Jobs in processes: limits, cancelling, crashes, restarts."""

import concurrent.futures
import os
import threading
import time

import httpx
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.web import tasks
from gaitsmith.web.jobs import Jobs
from gaitsmith.web.limits import Limits
from gaitsmith.web.pool import JobError, run_limited
from gaitsmith.web.shelf import AbsentError, Shelf
from tests.web.servers import OURS, draft_with, server

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


def test_what_is_removed_takes_its_comparisons_along(tmp_path):
    shelf = Shelf(tmp_path)
    one, two, three = (shelf.new_analysis(shelf.new_draft(9, 24), "x", {}) for _ in range(3))
    pages = [tmp_path / "comparisons" / f"{a}-{b}.html" for a, b in ((one, two), (two, three), (two, one))]  # fmt: skip
    for page in pages:
        page.write_text("curves of both")
    shelf.delete(one)
    assert [p.exists() for p in pages] == [False, True, False]
    assert not shelf.folder(one).exists()


def test_drafts_longest_unused_give_way_but_none_in_use(tmp_path):
    shelf = Shelf(tmp_path)
    old, used, new = (shelf.new_draft(3, 24) for _ in range(3))
    for age, name in ((300, old), (200, used), (100, new)):
        os.utime(shelf.draft(name), (time.time() - age,) * 2)
    with shelf.using(old):
        fourth = shelf.new_draft(3, 24)
    left = {p.name for p in (tmp_path / "drafts").iterdir()}
    assert left == {old, new, fourth}
    with shelf.using(old), shelf.using(new), shelf.using(fourth), pytest.raises(GaitsmithError):
        shelf.new_draft(3, 24)
    shelf.drop_draft(new)
    with pytest.raises(AbsentError):
        shelf.draft(new)


def test_fifty_previews_do_not_keep_the_list_waiting(tmp_path, monkeypatch):
    running = []

    def slow(task, arguments, **_):
        running.append(task)
        time.sleep(0.3)
        return {"name": "walk"}

    monkeypatch.setattr("gaitsmith.web.jobs.run_limited", slow)
    with server(tmp_path, limits=Limits(patience_s=1.0)) as (address, client):
        draft = draft_with(client, x__csv=b"time,x\n")

        def ask(_):
            with httpx.Client(base_url=address, headers=OURS, timeout=60) as own:
                return own.post(f"/api/drafts/{draft}/preview", json={"files": ["x.csv"]})

        with concurrent.futures.ThreadPoolExecutor(50) as many:
            answers = [many.submit(ask, k) for k in range(50)]
            while len(running) < 2:
                time.sleep(0.01)
            begun = time.monotonic()
            assert client.get("/api/analyses").status_code == 200
            waited = time.monotonic() - begun
            codes = [a.result().status_code for a in answers]
    assert waited < 2
    assert set(codes) == {200, 503}
    assert codes.count(200) == len(running) < 50


def test_a_preview_nobody_waits_for_is_given_up(tmp_path, monkeypatch):
    ended = threading.Event()

    def endless(task, arguments, *, cancelled, **_):
        assert cancelled.wait(30)
        ended.set()
        raise JobError("cancelled", "cancelled")

    monkeypatch.setattr("gaitsmith.web.jobs.run_limited", endless)
    with server(tmp_path) as (address, client):
        draft = draft_with(client, x__csv=b"time,x\n")
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/api/drafts/{draft}/preview", json={"files": ["x.csv"]}, headers=OURS, timeout=1.0)  # fmt: skip
        assert ended.wait(20)
