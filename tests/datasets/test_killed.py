"""A writer killed with SIGKILL at any moment leaves a store that opens, checks and resumes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gaitsmith.datasets import Store, Writer
from gaitsmith.datasets.tables import MANIFEST
from tests.datasets import writing
from tests.datasets.makers import ABOUT, groups_of, recording

ROOT = Path(__file__).resolve().parents[2]


def start(path):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.datasets.writing", str(path)], cwd=ROOT,
        stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_killed_at_random_moments(tmp_path):
    path = tmp_path / "s"
    moments = random.Random(12)
    done, kills, seen = False, 0, 0
    while not done:
        with start(path) as child:
            # Wait for the first line, so that kills fall into the work and not into the imports …
            child.stdout.readline()
            # … and then for a moment between a hundredth of a trial and some ten trials.
            time.sleep(moments.uniform(0.0005, 0.12))
            child.send_signal(signal.SIGKILL)
            done = child.wait() == 0
        kills += not done
        if (path / MANIFEST).exists():
            store = Store(path)
            assert store.check() == [], f"after kill {kills}"
            assert len(store) >= seen, "a committed trial was lost"
            seen = len(store)
        assert kills < 200
        if kills == 8:
            done = True
    assert kills >= 5, "the writer was too quick to be killed in its work"
    with start(path) as child:
        child.communicate(timeout=60)
        assert child.returncode == 0
    store = Store(path)
    assert store.check() == [] and len(store) == writing.TRIALS and store.sets["mine"]["complete"]
    groups = {p.name for p in groups_of(path)}
    assert groups == {store.row(t)["path"].split("/")[-1] for t in store}, "nothing is left over"
    clean = tmp_path / "clean"
    writing.main(str(clean))
    assert store.digest == Store(clean).digest, "the content is that of a run never killed"


@pytest.mark.parametrize("step", ["put", "table", "manifest", "unlink"])
def test_stopped_at_each_step_of_a_commit(tmp_path, monkeypatch, step):
    """As if the process ended inside one step: the state before it is what a reader sees."""
    import gaitsmith.datasets.writer as module
    from gaitsmith.datasets import tables

    path = tmp_path / "s"
    with Writer(path) as writer:
        writer.begin(ABOUT)
        writer.add("mine", "a", "p", recording(0))

    class Gone(BaseException):
        pass

    def gone(*args, **kwargs):
        raise Gone

    writer = Writer(path)
    writer.__enter__()
    try:
        with pytest.raises(Gone):
            if step == "put":
                whole = module.put

                def half(root, group, content):
                    whole(root, group, content)
                    next((root / group).rglob("c")).rename(root / "torn")
                    raise Gone

                monkeypatch.setattr(module, "put", half)
            writer.add("mine", "b", "p", recording(1))
            if step == "table":
                monkeypatch.setattr(tables, "_durable", gone)
            elif step == "manifest":
                monkeypatch.setattr(Path, "replace", gone)
            elif step == "unlink":
                monkeypatch.setattr(Path, "unlink", gone)
            writer._save()
    finally:
        monkeypatch.undo()
        writer._lock.close()
    store = Store(path)
    assert store.check() == []
    assert list(store) == (["mine/a", "mine/b"] if step == "unlink" else ["mine/a"])
    (path / "torn").exists() and (path / "torn").rename(path / "sets" / "torn")
    with Writer(path) as writer:
        writer.add("mine", "b", "p", recording(1))
    again = Store(path)
    assert again.check() == [] and list(again) == ["mine/a", "mine/b"]
    assert len(groups_of(path)) == 2
    assert len(list((path / "tables").iterdir())) == 3


def test_a_reader_goes_on_while_a_writer_commits(tmp_path):
    path = tmp_path / "s"
    with Writer(path) as writer:
        writer.begin(ABOUT)
        writer.add("mine", "a", "p", recording(0))
        writer.end("mine")
        reader = Store(path)
        for i in range(5):
            writer.add("mine", f"b{i}", "p", recording(i))
            writer._save()
            assert reader.recording("mine/a") == recording(0)
            assert len(Store(path)) == 2 + i
