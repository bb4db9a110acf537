"""From names to bytes."""

import gzip
import io
import os
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats import Hints
from gaitsmith.formats.sources import expand, members, open_source
from gaitsmith.virtual import example


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "walks.zip"
    with zipfile.ZipFile(path, "w") as zf:
        zf.writestr("a/walk.txt", "one")
        zf.writestr("b/walk.txt.gz", gzip.compress(b"two"))
        zf.writestr("__MACOSX/a/._walk.txt", "x")
    return path


def test_members_by_both_spellings(archive):
    assert members(archive) == ["a/walk.txt", "b/walk.txt.gz"]
    assert open_source(f"{archive}!a/walk.txt").data == b"one"
    assert open_source(f"{archive}/a/walk.txt").data == b"one"
    inner = open_source(f"{archive}!walk.txt.gz")
    assert (inner.data, inner.suffix, inner.stem) == (b"two", ".txt", "walk")
    assert list(expand(archive)) == [f"{archive}!a/walk.txt", f"{archive}!b/walk.txt.gz"]


def test_an_archive_of_several_needs_a_member(archive):
    with pytest.raises(FormatError, match=r"walks.zip!a/walk.txt"):
        open_source(archive)
    with pytest.raises(FormatError, match="no such member"):
        open_source(f"{archive}!a/wlak.txt")


def test_tar_with_one_member(tmp_path):
    path = tmp_path / "one.tar.xz"
    with tarfile.open(path, "w:xz") as tf:
        info = tarfile.TarInfo("x.csv")
        info.size = 3
        tf.addfile(info, io.BytesIO(b"abc"))
    source = open_source(path)
    assert (source.data, source.suffix) == (b"abc", ".csv")


def test_bombs_are_refused(tmp_path):
    path = tmp_path / "bomb.mot.gz"
    path.write_bytes(gzip.compress(bytes(40 << 20)))
    assert len(open_source(path).data) == 40 << 20  # what may always be unpacked
    path.write_bytes(gzip.compress(bytes(80 << 20)))  # a thousandfold, as deflate can at most
    with pytest.raises(FormatError, match="too much"):
        open_source(path)
    inner = zipfile.ZipInfo("x.mot")
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_LZMA) as zf:
        zf.writestr(inner, bytes(64 << 20), zipfile.ZIP_LZMA)
    with pytest.raises(FormatError, match="too much"):
        open_source(f"{bomb}!x.mot")


@pytest.mark.parametrize("name", ["missing.mot", ".", "walks.zip!a/../../etc/passwd"])
def test_what_is_not_there(archive, monkeypatch, name):
    monkeypatch.chdir(archive.parent)
    with pytest.raises(FormatError):
        open_source(name)


@given(st.binary(max_size=300))
def test_damaged_archives_end_in_refusals(tmp_path_factory, junk):
    folder = tmp_path_factory.mktemp("junk")
    for name, magic in (
        ("a.zip", b"PK\x03\x04"),
        ("a.mot.gz", b"\x1f\x8b\x08"),
        ("a.tar.xz", b"\xfd7zXZ"),
    ):
        path = folder / name
        path.write_bytes(magic + junk)
        with pytest.raises(GaitsmithError):
            gaitsmith.read(path)


def test_read_refuses_what_it_does_not_know(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(FormatError, match="not a file that gaitsmith can read"):
        gaitsmith.read(path)
    path.write_bytes(b"")
    with pytest.raises(FormatError, match="empty"):
        gaitsmith.read(path)
    with pytest.raises(GaitsmithError, match="rate_hz"):
        gaitsmith.read(path, rate=100)


def test_two_recordings_of_the_same_kind_are_refused(tmp_path):
    walk = example(seconds=4.0)
    for name, kind in (("a.mot", "angles"), ("b.mot", "angles"), ("f.mot", "forces")):
        walk.select(kind).write(tmp_path / name)
    with pytest.raises(GaitsmithError, match="recordings of the same kind"):
        gaitsmith.read(tmp_path / "a.mot", tmp_path / "b.mot")
    both = gaitsmith.read(tmp_path / "a.mot", tmp_path / "f.mot")
    assert set(both.streams) == {"angles", "forces"}


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        ({"sex": "robot"}, "sex has an unknown value"),
        ({"up": "+q"}, "not an axis"),
        ({"units": {"foo": "bar"}}, "units has an unknown value"),
    ],
)
def test_hints_that_mean_nothing_are_refused(hints, words):
    with pytest.raises(GaitsmithError, match=words):
        Hints(**hints)


def test_a_wrong_member_is_answered_with_the_right_ones(tmp_path):
    with zipfile.ZipFile(tmp_path / "walks.zip", "w") as z:
        z.writestr("day1/walk.mot", "x")
    with pytest.raises(GaitsmithError, match=r"day1/walk\.mot"):
        gaitsmith.read(f"{tmp_path / 'walks.zip'}!nothere.txt")


def test_devices_and_links_that_lead_nowhere_are_refused(tmp_path):
    for device in ("/dev/zero", "/dev/null"):
        with pytest.raises(FormatError, match="a device"):
            open_source(device)
    link = tmp_path / "loop"
    link.symlink_to(link)
    with pytest.raises(FormatError, match="leads nowhere"):
        open_source(link)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    pipe = tmp_path / "walk.mot"
    os.mkfifo(pipe)
    with pytest.raises(FormatError, match="a pipe"):
        gaitsmith.read(pipe)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"height": 17.0}, ("argument height", "found: 17 m", "0.3 to 2.8 m", "give the height in m")),
        ({"height": 176.0}, ("176 cm are 1.76 m",)),
        ({"height": -1.0}, ("found: -1 m",)),
        ({"mass": 71500.0}, ("argument mass", "1 to 650 kg", "71500 g are 71.5 kg")),
        ({"mass": float("nan")}, ("found: nan kg",)),
        ({"leg_length": 90.0}, ("argument leg_length", "the leg length", "90 cm are 0.9 m")),
        ({"age": 500.0}, ("argument age", "0 to 125 years")),
    ],
)  # fmt: skip
def test_numbers_of_nobody_name_the_argument_and_the_unit(said, words):
    with pytest.raises(GaitsmithError) as caught:
        Hints(**said)
    assert all(w in str(caught.value) for w in words)
