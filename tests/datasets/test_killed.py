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


class Server:
    """A process that forks writers of one store."""

    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.datasets.writing", str(path)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def start(self):
        """Begin a writer; its process number."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return int(self._until("pid "))

    def _until(self, word):
        for line in self.process.stdout:
            if line.startswith(word):
                return line.removeprefix(word)
        raise AssertionError("the server has ended")

    def first_trial(self):
        """Wait until the writer has added a trial, or has ended: its exit code then."""
        line = self.process.stdout.readline()
        return int(line.removeprefix("exit ")) if line.startswith("exit ") else None

    def ended(self):
        """The exit code of the writer."""
        return int(self._until("exit "))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_killed_at_random_moments(tmp_path):
    path = tmp_path / "s"
    moments = random.Random(12)
    kills, seen, code = 0, 0, None
    with Server(path) as server:
        while kills < 15:
            pid = server.start()
            code = None
            # Most kills fall into the work, some into opening and tidying.
            if moments.random() < 0.7:
                code = server.first_trial()
            if code is None:
                time.sleep(moments.uniform(0.0, 0.03))
                os.kill(pid, signal.SIGKILL)
                code = server.ended()
            if code == 0:
                break
            assert code == -signal.SIGKILL, f"the writer failed by itself: {code}"
            kills += 1
            if (path / MANIFEST).exists():
                store = Store(path)
                assert store.check() == [], f"after kill {kills}"
                assert len(store) >= seen, "a committed trial was lost"
                seen = len(store)
        assert kills >= 8 and seen > 0
        if code != 0:
            server.start()
            assert server.ended() == 0
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
