"""Mutated tables and their side files: a recording or a GaitsmithError, never anything else."""

import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.table import read, sniff
from gaitsmith.recording import Recording, Stream

from .table_makers import AXES, walking_sensor


def text(names: list[str], data: np.ndarray, sep: str, head: str = "", fmt: str = "%.4f") -> bytes:
    out = io.StringIO()
    out.write(head + sep.join(names) + "\n")
    np.savetxt(out, data, delimiter=sep, fmt=fmt)
    return out.getvalue().encode()


def parquet_bytes(folder: Path) -> bytes:
    data = walking_sensor(50)[:, None]
    Recording(streams={"imu": Stream("imu", data, ("foot_r",), rate=100)}).write(
        folder / "x.parquet"
    )
    return (folder / "x.parquet").read_bytes()


def book_bytes() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(list(AXES))
    for row in walking_sensor(40):
        book.active.append([float(x) for x in row])
    book.save(out)
    return out.getvalue()


SENSOR = walking_sensor(60)
TICKS = np.arange(60.0)[:, None]
VALID = {
    ".csv": text(["time", *(f"LF_{a}" for a in AXES)], np.hstack((TICKS / 100, SENSOR)), ","),
    ".txt": text(["PacketCounter", *["Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z"]],
                 np.hstack((TICKS, SENSOR)), "\t", "Acquisition frequency: 100 Hz\n"),
    ".tsv": text(["Time", *(f"{c}{n}" for n in (1, 2) for c in ("Fx", "Fy", "Fz", "COPx", "COPy", "COPz", "Ty"))],
                 np.hstack((TICKS + 1, np.tile(100 * SENSOR[:, :2], 7))), "\t"),
    ".dat": text([f"{a}_{q}_{x}" for a in ("rf", "rs", "rt", "lf", "ls", "lt") for q in ("acc", "gyro") for x in "xyz"],
                 np.round(np.tile(SENSOR, 6) * 1000), "\t", "#Activity\twalking\n", "%d"),
}  # fmt: skip


def attempt(data: bytes, suffix: str, hints: Hints = Hints()) -> None:  # noqa: B008
    assert 0 <= sniff(data[: 1 << 16], suffix) <= 1
    try:
        found = read(Source(f"fuzz{suffix}", data, suffix), hints)
    except GaitsmithError as error:
        assert str(error)
        return
    for stream in found.streams.values():
        assert np.all(np.diff(stream.times) >= 0)


@st.composite
def mutated(draw: st.DrawFn, valid: bytes) -> bytes:
    data = bytearray(valid)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        what = draw(st.integers(0, 3))
        if what == 0:
            data[at : at + 1] = draw(st.binary(min_size=0, max_size=4))
        elif what == 1:
            del data[at : at + draw(st.integers(1, 200))]
        elif what == 2:
            data[at:at] = draw(
                st.sampled_from(
                    [b",", b"\t", b"\n", b'"', b"nan", b"1e999", b"\0", b"-", b";", b"\xff"]
                )
            )
        else:
            data[at:at] = data[max(0, at - 40) : at]
    return bytes(data)


@pytest.mark.parametrize("suffix", list(VALID))
@given(st.data())
@settings(max_examples=60)
def test_mutated_text(suffix: str, data: st.DataObject) -> None:
    attempt(
        data.draw(mutated(VALID[suffix])),
        suffix,
        data.draw(st.sampled_from([Hints(), Hints(rate_hz=100)])),
    )


@given(st.text(alphabet="0123456789.,;\t \n-eE\"'xyzacgFt_#/", max_size=300))
@settings(max_examples=150)
def test_any_text(words: str) -> None:
    attempt(words.encode(), ".csv", Hints(rate_hz=100))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    attempt(data, ".csv")
    attempt(b"PAR1" + data, ".parquet")
    attempt(b"PK\x03\x04" + data, ".xlsx")


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_mutated_containers(kind: str, tmp_path: Path) -> None:
    valid = parquet_bytes(tmp_path) if kind == "parquet" else book_bytes()

    @given(st.data())
    @settings(max_examples=60)
    def run(data: st.DataObject) -> None:
        attempt(data.draw(mutated(valid)), f".{kind}")

    run()


JSON = json.dumps(
    {"Subject": 1, "Age": 30, "Height": 175.0, "Weight": 70, "TrialBoundaries": [10, 50],
     "UTurnBoundaries": [20, 30], "LeftFootEvents": [[11, 15], [40, 45]],
     "RightFootEvents": [[12, 17]], "freq": 100, "method_ge": "x"}
).encode()  # fmt: skip


@given(mutated(JSON))
@settings(max_examples=100)
def test_mutated_trial_notes(data: bytes) -> None:
    from gaitsmith.formats.trial_json import read as read_json

    try:
        found = read_json(Source("1-1.json", data, ".json"), Hints())
    except GaitsmithError:
        return
    assert found.streams == {}


@given(
    mutated(b'rate_hz = 100\nmass = 70\n[units]\nacceleration = "g"\n[placement]\nLF = "foot_l"\n')
)
@settings(max_examples=60)
def test_mutated_sidecar(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(VALID[".csv"])
    (tmp_path / "t.toml").write_bytes(data)
    try:
        found = gaitsmith.read(tmp_path / "t.csv")
    except GaitsmithError:
        return
    assert found.streams


@given(st.lists(st.one_of(st.floats(), st.integers(-(10**20), 10**20)), min_size=7, max_size=7))
def test_wild_numbers(row: list[float]) -> None:
    rows = "\n".join(",".join(repr(x) for x in row) for _ in range(5))
    attempt(f"time,{','.join(AXES)}\n{rows}\n".encode(), ".csv", Hints(rate_hz=100))
