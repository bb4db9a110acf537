"""Tables as people export them: separators, decimal marks, headers, encodings, damage."""

from pathlib import Path

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError, MissingInputError
from gaitsmith.formats.base import Source
from gaitsmith.formats.raw_table import joined_names, parse_text

from .table_makers import AXES, save, timed, walking_sensor

SENSOR = walking_sensor(300)


def table(text: str | bytes) -> "tuple[tuple[str, ...], np.ndarray]":
    data = text if isinstance(text, bytes) else text.encode()
    found = parse_text(Source("t.csv", data, ".csv"))
    return found.columns, found.data


@pytest.mark.parametrize("sep", [",", ";", "\t", "|", " ", "   "])
def test_any_separator(sep: str) -> None:
    rows = "\n".join(sep.join(f"{i}.{k}" for k in range(3)) for i in range(9))
    columns, data = table(f"a{sep}b{sep}c\n{rows}\n")
    assert columns == ("a", "b", "c")
    assert data.shape == (9, 3)
    assert data[4, 2] == 4.2


@pytest.mark.parametrize("sep", [";", "\t", " "])
def test_decimal_comma(sep: str) -> None:
    rows = "\n".join(f"{i},5{sep}-{i},25e-1" for i in range(9))
    columns, data = table(f"a{sep}b\n{rows}\n")
    assert columns == ("a", "b")
    assert data[3].tolist() == [3.5, -0.325]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    text = end.join(["Zeit;Beschleunigung °", *(f"{i};{i * 2}" for i in range(9))])
    columns, data = table(text.encode(encoding))
    assert columns == ("Zeit", "Beschleunigung °")
    assert data[8].tolist() == [8, 16]


def test_lines_above_the_header_are_kept_apart() -> None:
    found = parse_text(Source("t.txt", b"# device 7\nrate: 50 Hz\n\na,b\n1,2\n3,4\n", ".txt"))
    assert found.before == ("# device 7", "rate: 50 Hz")
    assert found.columns == ("a", "b")
    assert found.data.tolist() == [[1, 2], [3, 4]]


def test_a_row_of_units_is_no_row_of_names() -> None:
    found = parse_text(Source("t.csv", b"time,acc_x,acc_y\ns,m/s^2,m/s^2\n0,1,2\n1,3,4\n", ".csv"))
    assert found.columns == ("time", "acc_x", "acc_y")
    assert found.units == {0: "s", 1: "m/s^2", 2: "m/s^2"}


def test_merged_cells_of_a_header_repeat_to_the_right() -> None:
    names, _ = joined_names([["", "RHEE", "", "", "LHEE", "", ""], ["Frame", *"XYZXYZ"]], 7)
    assert names == ("Frame", "RHEE_X", "RHEE_Y", "RHEE_Z", "LHEE_X", "LHEE_Y", "LHEE_Z")


def test_the_name_of_an_index_is_no_header_row() -> None:
    names, _ = joined_names([["", "a", "a"], ["", "x", "y"], ["sample", "", ""]], 3)
    assert names == ("column_1", "a_x", "a_y")


def test_blank_cells_words_and_quotes() -> None:
    columns, data = table('"t, s","a"\n0,"1.5"\n1,\n2,NaN\n3,n/a\n4," 2.5 "\n')
    assert columns == ("t, s", "a")
    assert np.isnan(data[1:4, 1]).all()
    assert data[[0, 4], 1].tolist() == [1.5, 2.5]


def test_a_column_of_words_is_kept_as_words() -> None:
    found = parse_text(Source("t.csv", b"foot,ic\nleft,1\nright,2\nleft,3\n", ".csv"))
    assert found.texts[0] == ("left", "right", "left")
    assert found.data[:, 1].tolist() == [1, 2, 3]


def test_a_cell_that_is_no_number_is_missing_and_said() -> None:
    body = "\n".join(f"{i},{i}" for i in range(20)) + "\n20,oops\n"
    found = parse_text(Source("t.csv", f"a,b\n{body}".encode(), ".csv"))
    assert np.isnan(found.data[20, 1])
    assert "1 cells are not numbers" in found.notes[0].words


def test_a_cut_last_row_is_left_out_and_said() -> None:
    body = "\n".join(f"{i},{i},{i}" for i in range(60)) + "\n60,6"
    found = parse_text(Source("t.csv", f"a,b,c\n{body}".encode(), ".csv"))
    assert len(found) == 60
    assert "without 3 cells" in found.notes[0].words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("   \n\n", "empty"),
        ("\x1c\x85", "not a table"),
        ("hello\nthere\nyou\n", "not a table"),
        ("a,b,c\n", "no rows of numbers|not a table"),
        ("a\n1\n2\n3\n", "not a table"),
        ("a,b\n" + "1,2\n" * 150 + "1,2,3\n" * 60, "different numbers of cells"),
        ("a,b\nx,y\nz,w\nu,v\n", "not a table|no rows"),
    ],
)
def test_what_is_no_table_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    with pytest.raises(FormatError, match=problem) as refusal:
        gaitsmith.read(file)
    assert "bad.csv" in str(refusal.value)


def test_binary_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(GaitsmithError):
        gaitsmith.read(file)


def test_very_wide_tables_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    row = ",".join(["1"] * 25_000)
    file.write_text(f"{row}\n{row}\n{row}\n")
    with pytest.raises(FormatError, match="too many columns"):
        gaitsmith.read(file)


def test_names_that_say_nothing_are_refused_with_the_hint(tmp_path: Path) -> None:
    file = save(tmp_path / "t.csv", ["time", *"abcdef"], timed(SENSOR))
    with pytest.raises(MissingInputError, match="no column of the table") as refusal:
        gaitsmith.read(file)
    assert "columns=" in str(refusal.value)
    columns = dict(zip("abcdef", AXES, strict=True))
    recording = gaitsmith.read(file, columns=columns, placement={"*": "lower_back"})
    assert recording["imu"].labels == ("lower_back",)
    assert np.allclose(recording["imu"].data[:, 0], SENSOR, rtol=1e-4, atol=1e-4)
    with pytest.raises(FormatError, match="no such column"):
        gaitsmith.read(file, columns={"nothing": "acc_x"})


def test_a_table_without_header_is_named_by_number(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    np.savetxt(file, SENSOR, delimiter=",")
    names = {str(i + 1): a for i, a in enumerate(AXES)}
    recording = gaitsmith.read(file, rate_hz=50, columns=names, placement={"*": "shank_r"})
    assert recording["imu"].rate == 50
    assert recording["imu"].labels == ("shank_r",)
    assert np.allclose(recording["imu"].data[:, 0], SENSOR)
