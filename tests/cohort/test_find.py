"""Which recordings a folder holds."""

import gzip
import zipfile

import pytest

from gaitsmith.cohort.find import find
from gaitsmith.cohort.people import known_of, read_people
from gaitsmith.errors import GaitsmithError


def names(folder):
    items, left = find(folder)
    return {i.name: len(i.files) for i in items}, {x.name: x.reason for x in left}


def put(folder, *files):
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)


def test_parts_of_one_walk_go_together_and_others_do_not(tmp_path):
    put(tmp_path, "a/walk1_ik.mot", "a/walk1_grf.mot", "a/walk1.trc", "a/walk2_ik.mot", "b/walk1_ik.mot", "c.csv")  # fmt: skip
    items, left = names(tmp_path)
    assert items == {"a/walk1": 3, "a/walk2_ik.mot": 1, "b/walk1_ik.mot": 1, "c.csv": 1}
    assert left == {}


def test_what_is_no_recording_is_listed_with_its_reason(tmp_path):
    put(tmp_path, "README.md", "model.osim", "imu.csv", "imu.toml", ".hidden/x.mot", "Licence.txt")
    items, left = names(tmp_path)
    assert items == {"imu.csv": 1}
    assert left["model.osim"].startswith("a body model")
    assert set(left) == {"README.md", "model.osim", "imu.toml", "Licence.txt"}


def test_members_of_archives_count_and_broken_archives_are_listed(tmp_path):
    with zipfile.ZipFile(tmp_path / "walks.zip", "w") as z:
        z.writestr("x/one.csv", "1")
        z.writestr("x/two.csv", "2")
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 no")
    items, left = names(tmp_path)
    assert set(items) == {"walks.zip!x/one.csv", "walks.zip!x/two.csv"}
    assert list(left) == ["bad.zip"]
    assert "\n" not in left["bad.zip"]


def test_digest_goes_by_content_and_sidecar(tmp_path):
    put(tmp_path, "imu.csv")
    (first,), _ = find(tmp_path)
    before = first.digest()
    (tmp_path / "imu.toml").write_text("rate_hz = 100")
    after = first.digest()
    (tmp_path / "imu.csv").write_text("other")
    assert len({before, after, first.digest()}) == 3


def test_gz_is_part_of_a_walk_too(tmp_path):
    for name in ("w_ik.mot.gz", "w_grf.mot.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"x"))
    assert names(tmp_path)[0] == {"w": 2}


@pytest.mark.parametrize("made", [False, True])
def test_nothing_there_is_refused(tmp_path, made):
    folder = tmp_path / "f"
    if made:
        folder.mkdir()
    with pytest.raises(GaitsmithError, match="folder"):
        find(folder)


def test_people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("file,group,mass,person\nP01/*,young,,P01\nwalk2.mot,,70.5,\n")
    table = read_people(path)
    assert known_of(table, "P01/walk2.mot") == ({"mass": 70.5}, {"group": "young", "person": "P01"})
    assert known_of(table, "P02/walk1.mot") == ({}, {"group": "P02", "person": ""})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("file,wieght\n", "wieght"),
        ("group,mass\n", "file"),
        ("file,mass\na,heavy\n", "line 2"),
    ],
)
def test_wrong_tables_of_people_are_refused(tmp_path, text, word):
    path = tmp_path / "people.csv"
    path.write_text(text)
    with pytest.raises(GaitsmithError, match=word):
        read_people(path)
