"""MATLAB files of the Mobilise-D layout."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.mobilised import read

from .table_makers import walking_sensor


def mat(trial: dict[str, Any], name: str = "Trial1", **more: Any) -> bytes:
    from scipy.io import savemat

    out = io.BytesIO()
    savemat(out, {"data": {"TimeMeasure1": {"Test5": {name: trial, **more}}}})
    return out.getvalue()


def sensor(n: int = 300, rate: float = 100.0) -> dict[str, Any]:
    raw = walking_sensor(n, rate)
    return {"Acc": raw[:, :3] / 9.80665, "Gyr": raw[:, 3:], "Fs": {"Acc": rate, "Gyr": rate}}


def trial(**standards: Any) -> dict[str, Any]:
    return {"SU": {"LowerBack": sensor()}, "Standards": standards}


@pytest.fixture(scope="module")
def example(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m")
    with zipfile.ZipFile(shared / "mobgap_example/mobgap_example_dev.zip") as archive:
        archive.extractall(folder)
    return folder / "example_data/data/lab/HA/001/data.mat"


# The stereophotogrammetry of Test11 has 59 contacts, one of them NaN.
@pytest.mark.parametrize(
    ("part", "rows", "indip", "stereo"),
    [("Test5/Trial1", 1246, 9, 10), ("Test5/Trial2", 1075, 9, 9), ("Test11", 13759, 63, 58),
     ("TimeMeasure1.Test5.Trial2", 1075, 9, 9)],
)  # fmt: skip
def test_every_trial_of_the_example(
    example: Path, part: str, rows: int, indip: int, stereo: int
) -> None:
    name = f"{example}!{part}" if part != "Test11" else f"{example}!Test11/Trial1"
    walk = gaitsmith.read(name)
    stream = walk["imu"]
    assert stream.data.shape == (rows, 1, 9)
    assert stream.labels == ("lower_back",)
    assert stream.rate == 100
    assert stream.start == 0
    assert np.allclose(
        np.median(stream.data[:, 0, :3], axis=0) / 9.80665, (0.95, -0.1, -0.2), atol=0.2
    )
    for source, count in (("INDIP", indip), ("Stereophoto", stereo)):
        strikes = walk.events.where(kind="strike", source=source)
        assert len(strikes) == count
        assert all(0 < e.time < stream.end for e in strikes)
    assert walk.subject.mass == 73
    assert walk.subject.height == 1.59
    assert not any("first" in n.words for n in walk.notes)
    assert any("2 references" in n.words for n in walk.notes)


def test_the_references_agree_within_what_is_known(example: Path) -> None:
    walk = gaitsmith.read(f"{example}!Test5/Trial1")
    a = walk.events.where(kind="strike", source="INDIP").times()
    b = walk.events.where(kind="strike", source="Stereophoto").times()
    near = np.abs(a[:, None] - b[None]).min(axis=1)
    assert np.median(near) < 0.06


def test_the_first_trial_is_read_and_said(example: Path) -> None:
    walk = gaitsmith.read(example)
    assert walk.name == "TimeMeasure1 Test5 Trial1"
    (note,) = [n for n in walk.notes if n.place == "trial"]
    assert "holds 3 trials" in note.words
    with pytest.raises(FormatError, match="no such trial") as refusal:
        gaitsmith.read(f"{example}!Test7")
    assert "Test11/Trial1" in str(refusal.value)
    with pytest.raises(FormatError, match="more than one"):
        gaitsmith.read(f"{example}!Trial1")


def test_a_member_of_a_zip_and_its_part(shared: Path) -> None:
    name = f"{shared}/mobgap_example/mobgap_example_dev.zip!example_data/data/lab/HA/001/data.mat"
    walk = gaitsmith.read(f"{name}!Test5/Trial2")
    assert len(walk["imu"]) == 1075
    assert walk.subject.mass == 73


def test_a_part_of_a_file_without_parts_is_refused(shared: Path) -> None:
    with pytest.raises(FormatError, match="has no parts"):
        gaitsmith.read(f"{shared}/voisard2023/1-4_lf.txt!something")


def test_nan_contacts_and_turns(tmp_path: Path) -> None:
    bout = {
        "Start": 0.2, "End": 2.5, "InitialContact_Event": np.array([0.3, np.nan, 0.9]),
        "InitialContact_LeftRight": np.array(["Left", "Right", "Right"], dtype=object),
        "FinalContact_Event": 0.5, "FinalContact_LeftRight": "Left",
        "Turn_Start": np.array([1.0]), "Turn_End": np.array([1.5]),
    }  # fmt: skip
    file = tmp_path / "data.mat"
    file.write_bytes(mat(trial(INDIP={"MicroWB": bout})))
    events = gaitsmith.read(file).events
    assert events.times("strike").tolist() == [0.3, 0.9]
    assert events.times("off", "left").tolist() == [0.5]
    (turn,) = events.where(kind="turn")
    assert turn.duration == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"SU": {"LowerBack": {"Acc": np.zeros((5, 2))}}}, "not three columns"),
        ({"SU": {"LowerBack": {"Acc": "words"}}}, "not numbers"),
        ({"SU": {"LowerBack": {"Acc": np.ones((9, 3))}}}, "neither a rate nor times"),
        ({"SU": {"LowerBack": {"Gyr": np.ones((9, 3))}}}, "no sensor"),
        ({"SU": {"LowerBack": {**sensor(9), "Gyr": np.ones((4, 3))}}}, "different lengths"),
    ],
)
def test_odd_trials_are_refused(content: dict[str, Any], problem: str) -> None:
    with pytest.raises(GaitsmithError, match=problem):
        read(Source("data.mat", mat(content), ".mat"), Hints())


def test_another_layout_is_refused() -> None:
    from scipy.io import savemat

    out = io.BytesIO()
    savemat(out, {"x": np.arange(4)})
    with pytest.raises(FormatError, match="Mobilise-D layout"):
        read(Source("x.mat", out.getvalue(), ".mat"), Hints())
    with pytest.raises(FormatError, match=r"7\.3"):
        read(Source("x.mat", b"MATLAB 7.3 MAT-file, Platform: x" + bytes(600), ".mat"), Hints())


VALID = mat(trial(INDIP={"MicroWB": {"Start": 1.0, "End": 2.0, "InitialContact_Event": [1.1, 1.6],
            "InitialContact_LeftRight": np.array(["Left", "Right"], dtype=object)}}))  # fmt: skip


@given(st.integers(0, len(VALID)), st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=8))  # fmt: skip
def test_damage_ends_in_a_refusal(cut: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(VALID if cut % 3 == 0 else VALID[:cut])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    try:
        found = read(Source("data.mat", bytes(data), ".mat"), Hints())
    except GaitsmithError:
        return
    assert found.streams
