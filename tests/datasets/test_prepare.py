"""Preparing: resumes where it was, excludes with reasons, opens archives once, goes on."""

import shutil
import tarfile
import zipfile

import pytest

import gaitsmith.datasets.preparing as module
from gaitsmith.datasets import About, Raw, Store, catalogue, prepare
from gaitsmith.datasets.base import Excluded, Trial
from gaitsmith.datasets.registry import NAMES
from gaitsmith.errors import FormatError, GaitsmithError
from tests.datasets.makers import recording


class Fake:
    """A set of four trials, of which one cannot be read and one is left out."""

    ABOUT = About("fake", "made up", "s", "c", "l", "card")

    def __init__(self):
        self.read, self.stop_at = [], None

    def _trial(self, i):
        if self.stop_at == i:
            raise KeyboardInterrupt
        self.read.append(i)
        if i == 2:
            raise FormatError("torn", found="nothing")
        return recording(i)

    def trials(self, raw):
        yield Excluded("out", "p9", "a copy")
        for i in range(4):
            yield Trial(f"t{i}", f"p{i}", lambda i=i: self._trial(i), facts={"a": None, "b": i})


@pytest.fixture
def fake(monkeypatch, tmp_path):
    one = Fake()
    monkeypatch.setattr(module, "loader", lambda name: one)
    monkeypatch.setattr(module, "chosen", lambda name, raw: [("fake", raw)])
    (tmp_path / "raw").mkdir()
    return one


def test_resumes_and_excludes(fake, tmp_path):
    fake.stop_at = 1
    with pytest.raises(KeyboardInterrupt):
        prepare("fake", tmp_path / "raw", tmp_path / "s")
    half = Store(tmp_path / "s")
    assert list(half) == ["fake/t0"] and not half.sets["fake"]["complete"] and half.check() == []
    fake.stop_at, fake.read = None, []
    steps = []
    (done,) = prepare("fake", tmp_path / "raw", tmp_path / "s", progress=lambda *a: steps.append(a))
    assert (done.added, done.kept, done.excluded) == (2, 1, 2)
    assert fake.read == [1, 2, 3], "what was there is not read again"
    assert steps[0][:3] == ("fake", 0, 0) and steps[-1][:3] == ("fake", 5, 5)
    store = Store(tmp_path / "s")
    reasons = dict(zip(store.exclusions["id"], store.exclusions["reason"], strict=True))
    assert reasons in (
        {"fake/out": "a copy", "fake/t2": "cannot be read: torn (found: 'nothing')"},
        {"fake/out": "a copy", "fake/t2": "cannot be read: torn (found: nothing)"},
    )
    assert store.sets["fake"]["complete"] and store.row("fake/t3")["facts"] == '{"b": 3}'
    assert store.row("fake/t3")["derived"] == "card"


def test_a_newer_loader_prepares_again(fake, tmp_path):
    prepare("fake", tmp_path / "raw", tmp_path / "s")
    before = Store(tmp_path / "s")
    fake.read = []
    fake.ABOUT = About("fake", "made up", "s", "c", "l", "card", version=2)
    prepare("fake", tmp_path / "raw", tmp_path / "s")
    after = Store(tmp_path / "s")
    assert fake.read == [0, 1, 2, 3] and after.digest == before.digest
    assert set(after.trials["loader"]) == {2} and after.check() == []
    fake.read = []
    prepare("fake", tmp_path / "raw", tmp_path / "s", again=True)
    assert fake.read == [0, 1, 2, 3] and Store(tmp_path / "s").digest == before.digest


def test_what_is_gone_from_the_folder_goes_from_the_store(fake, tmp_path):
    prepare("fake", tmp_path / "raw", tmp_path / "s")
    fake.trials = lambda raw: iter([Trial("t0", "p0", lambda: recording(0))])
    prepare("fake", tmp_path / "raw", tmp_path / "s")
    store = Store(tmp_path / "s")
    assert list(store) == ["fake/t0"] and not len(store.exclusions) and len(store.people) == 1


def test_two_trials_of_one_name_are_refused(fake, tmp_path):
    fake.trials = lambda raw: iter([Trial("t0", "p0", lambda: recording(0))] * 2)
    with pytest.raises(FormatError, match="one name"):
        prepare("fake", tmp_path / "raw", tmp_path / "s")


def test_real_set_by_folder_or_parent(shared, tmp_path):
    prepare("pataky2008", shared / "pataky2008", tmp_path / "a")
    prepare(["pataky2008", "fda_gait"], shared, tmp_path / "b")
    a, b = Store(tmp_path / "a"), Store(tmp_path / "b")
    assert a.ids(set="pataky2008") == b.ids(set="pataky2008") and len(b.sets) == 2
    assert a.row("pataky2008/000")["digest"] == b.row("pataky2008/000")["digest"]


def test_refusals(tmp_path, shared):
    with pytest.raises(GaitsmithError, match="did you mean 'hugadb'"):
        prepare("hugabd", shared, tmp_path / "s")
    with pytest.raises(GaitsmithError, match="no such folder"):
        prepare("hugadb", tmp_path / "none", tmp_path / "s")
    (tmp_path / "empty").mkdir()
    with pytest.raises(GaitsmithError, match="no set is in this folder"):
        prepare("all", tmp_path / "empty", tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_registry_is_whole():
    assert list(catalogue()) == list(NAMES)
    for name, about in catalogue().items():
        assert about.name == name and about.derived in ("yes", "card", "no")
        assert about.title and about.source and about.cite and about.licence


def test_archives_are_opened_and_copies_count_once(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.csv").write_text("1")
    with zipfile.ZipFile(folder / "all.zip", "w") as zf:
        zf.writestr("in/a.csv", "1")
        zf.writestr("in/b.csv", "2")
        zf.writestr("__MACOSX/in/._a.csv", "x")
    with tarfile.open(folder / "more.tar.xz", "w:xz") as tf:
        (tmp_path / "c.csv").write_text("3")
        tf.add(tmp_path / "c.csv", "in/c.csv")
        (tmp_path / "b.csv").write_text("other")
        tf.add(tmp_path / "b.csv", "in/b.csv")
    raw = Raw(folder, tmp_path / "scratch")
    names = [f.name for f in raw.find("*.csv")]
    assert names == [
        "all.zip!in/a.csv",
        "all.zip!in/b.csv",
        "more.tar.xz!in/b.csv",
        "more.tar.xz!in/c.csv",
    ]
    assert raw.one("c.csv").path.read_text() == "3"
    with pytest.raises(GaitsmithError, match="lacks a file"):
        raw.one("d.csv")
    shutil.copy(folder / "all.zip", tmp_path / "torn.zip")
    (tmp_path / "torn.zip").write_bytes((tmp_path / "torn.zip").read_bytes()[:40])
    with pytest.raises(FormatError, match="cannot be unpacked"):
        _ = Raw(tmp_path / "torn.zip", tmp_path / "scratch2").files


def test_archives_cannot_write_outside(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    with tarfile.open(folder / "bad.tar", "w") as tf:
        (tmp_path / "x").write_text("x")
        tf.add(tmp_path / "x", "../../escaped")
    with pytest.raises(FormatError, match="cannot be unpacked"):
        _ = Raw(folder, tmp_path / "deep" / "scratch").files
    assert not (tmp_path / "escaped").exists()
