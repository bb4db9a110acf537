"""Refusals that strangers met: pictures, damaged archives, counts that are none."""

import zipfile

import pytest

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.virtual import example


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4, "PNG picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(600), "JPEG"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(600), "PDF"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".c3d", ".mot"])
def test_pictures_and_documents_are_named(tmp_path, first, words, suffix):
    file = tmp_path / f"walk{suffix}"
    file.write_bytes(first)
    with pytest.raises(GaitsmithError, match=words) as error:
        gaitsmith.read(file)
    assert error.value.file == str(file)


def test_a_damaged_archive_says_how_it_begins(tmp_path):
    file = tmp_path / "bad.zip"
    file.write_bytes(b"PK\x03\x04 this is no archive")
    with pytest.raises(GaitsmithError, match="begins with") as error:
        gaitsmith.read(file)
    assert "\\n" not in str(error.value)


def test_the_member_proposed_is_a_recording(tmp_path):
    file = tmp_path / "walks.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("README.txt", "about/meta.json", "walks/one.mot", "walks/two.mot"):
            archive.writestr(name, "x")
    with pytest.raises(GaitsmithError, match=r"name one: walks\.zip!walks/one\.mot"):
        gaitsmith.read(file)


def test_a_suffix_that_nobody_writes_has_a_remedy(tmp_path):
    with pytest.raises(GaitsmithError) as error:
        example(seconds=3.0).write(tmp_path / "walk.xyz")
    assert ".c3d" in (error.value.remedy or "")


@pytest.mark.parametrize("count", ["7", "99999999999999", "many"])
def test_a_wrong_count_of_frames_is_said(tmp_path, count):
    file = tmp_path / "walk.bvh"
    rows = "\n".join("0 90 0 0 0 0 0" for _ in range(30))
    file.write_text(
        "HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 6 Xposition Yposition Zposition "
        "Zrotation Xrotation Yrotation\nJOINT LeftUpLeg\n{\nOFFSET 10 0 0\nCHANNELS 1 Xrotation\n"
        "JOINT LeftLeg\n{\nOFFSET 0 -40 0\nCHANNELS 0\nJOINT LeftFoot\n{\nOFFSET 0 -40 0\n"
        "CHANNELS 0\nEnd Site\n{\nOFFSET 0 0 15\n}\n}\n}\n}\n}\nMOTION\n"
        f"Frames: {count}\nFrame Time: 0.01\n{rows}\n"
    )
    recording = gaitsmith.read(file)
    assert any("30 are there" in n.words for n in recording.notes)
