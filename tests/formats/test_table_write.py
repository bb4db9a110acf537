"""What is written as a table is read back: streams, clocks, values; Parquet keeps everything."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.recording import Event, Events, Note, Recording, Stream, Subject

from .table_makers import AXES, save, timed, walking_sensor

SENSORS = ("foot_r", "foot_l", "shank_l", "lower_back", "thigh_r", "chest")


@st.composite
def clocks(draw: st.DrawFn, n: int) -> dict[str, object]:
    rate = draw(st.sampled_from([50.0, 58.82, 100.0, 128.0, 204.8, 119.88, 1000.0]))
    start = draw(st.sampled_from([0.0, 0.01, 12.5]))
    if draw(st.booleans()):
        return {"rate": rate, "start": start}
    # Lost packets: an uneven clock with the same step.
    kept = np.delete(np.arange(n + 7), np.arange(n // 2, n // 2 + 7))
    return {"time": start + kept / rate}


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    n = draw(st.integers(60, 90))
    streams: dict[str, Stream] = {}
    if draw(st.booleans()):
        labels = draw(st.lists(st.sampled_from(SENSORS), min_size=2, max_size=3, unique=True))
        data = np.stack([walking_sensor(n, seed=i) for i in range(len(labels))], axis=1)
        streams["imu"] = Stream("imu", data, tuple(labels), **draw(clocks(n)))  # type: ignore[arg-type]
    if draw(st.booleans()):
        names = draw(
            st.sampled_from(
                [("hip_flexion_r", "knee_angle_r", "pelvis_ty"), ("knee_angle_l", "odd one")]
            )
        )
        angles = 20 + 40 * np.sin(np.arange(n)[:, None] / 9 + np.arange(len(names)))
        angles[:, [x == "pelvis_ty" for x in names]] = 0.95
        streams["angles"] = Stream("angles", angles, names, **draw(clocks(n)))  # type: ignore[arg-type]
    if draw(st.booleans()):
        data = rng.normal(0, 300, (n, 2, 7))
        streams["forces"] = Stream("forces", data, ("foot_r", "plate_2"), **draw(clocks(n)))  # type: ignore[arg-type]
    if draw(st.booleans()):
        body = np.array([[0, 1.7, 0], [0, 0.05, 0.1], [0.15, 0.03, 0.1]])
        data = (
            body + rng.normal(0, 0.01, (n, 3, 3)) + np.linspace(0, 3, n)[:, None, None] * [1, 0, 0]
        )
        data[3:9, 1] = np.nan
        streams["points"] = Stream("points", data, ("C7", "RHEE", "RTOE"), **draw(clocks(n)))  # type: ignore[arg-type]
    if draw(st.booleans()) or not streams:
        data = rng.uniform(0, 900, (n, 2))
        streams["pressure"] = Stream("pressure", data, ("toe_r", "heel_r"), **draw(clocks(n)))  # type: ignore[arg-type]
    return Recording(streams=streams)


def same(a: Recording, b: Recording) -> None:
    assert set(a.streams) == set(b.streams)
    for name, stream in a.streams.items():
        other = b[name]
        assert (other.kind, other.labels) == (stream.kind, stream.labels)
        assert np.allclose(other.times, stream.times, rtol=0, atol=1e-9)
        assert (other.rate is None) == (stream.rate is None)
        assert np.allclose(other.data, stream.data, rtol=1e-12, atol=1e-12, equal_nan=True)


@given(recordings(), st.sampled_from([".csv", ".tsv", ".txt"]), st.booleans())
def test_text_keeps_streams_and_clocks(
    tmp_path: Path, recording: Recording, suffix: str, units: bool
) -> None:
    file = tmp_path / f"walk{suffix}"
    recording.write(file, force=True, units=units)
    same(recording, gaitsmith.read(file))


@given(recordings(), st.booleans())
def test_parquet_keeps_everything(tmp_path: Path, recording: Recording, marked: bool) -> None:
    name, stream = next(iter(recording.streams.items()))
    if marked:
        mask = np.zeros(stream.data.shape, bool)
        mask[3:5] = True
        stream = stream.with_filled(stream.data + 1, mask)
    full = Recording(
        Subject(id="7", mass=70.0, height=1.8),
        {**recording.streams, name: stream.replace(attrs={"lost_packets": 3, "list": [1, 2]})},
        Events([Event(0.1, "left", "strike", "plate"), Event(0.2, None, "turn", duration=1.0)]),
        (Note("warning", "here", "something"),), "a name",
    )  # fmt: skip
    file = tmp_path / "walk.parquet"
    full.write(file, force=True)
    assert gaitsmith.read(file) == full


def test_sensors_with_clocks_of_their_own(tmp_path: Path) -> None:
    streams = {}
    for k, label in enumerate(("foot_l", "foot_r", "lower_back")):
        keep = np.delete(np.arange(100), np.arange(20 + 9 * k, 23 + 11 * k))
        data = walking_sensor(100, seed=k)[keep][:, None]
        streams[f"imu_{label}"] = Stream("imu", data, (label,), time=keep / 100)
    recording = Recording(streams=streams)
    recording.write(tmp_path / "walk.csv")
    same(recording, gaitsmith.read(tmp_path / "walk.csv"))
    header = (tmp_path / "walk.csv").read_text().splitlines()[0].split(",")
    assert [c for c in header if c.startswith("time")] == ["time", "time_imu_foot_r", "time_imu_lower_back"]  # fmt: skip


def test_pandas_reads_it_as_it_is(tmp_path: Path) -> None:
    data = walking_sensor(80)[:, None]
    recording = Recording(streams={"imu": Stream("imu", data, ("foot_r",), rate=100)})
    recording.write(tmp_path / "walk.csv")
    frame = pd.read_csv(tmp_path / "walk.csv", index_col="time")
    pd.testing.assert_frame_equal(frame, recording["imu"].to_pandas())


def test_chosen_streams_units_and_refusals(tmp_path: Path) -> None:
    data = walking_sensor(80)[:, None]
    recording = Recording(
        streams={
            "imu": Stream("imu", data, ("foot_r",), rate=100),
            "pressure": Stream("pressure", data[:, 0, :1], ("toe_r",), rate=100),
        }
    )
    file = tmp_path / "walk.csv"
    recording.write(file, streams=["imu"], units=True)
    assert file.read_text().startswith("time [s],foot_r_acc_x [m/s2],")
    with pytest.raises(GaitsmithError, match="exists already"):
        recording.write(file)
    with pytest.raises(GaitsmithError, match="no such stream"):
        recording.write(file, streams=["angles"], force=True)
    with pytest.raises(GaitsmithError, match="nothing to write"):
        Recording().write(tmp_path / "none.csv")
    with pytest.raises(GaitsmithError, match="not written"):
        recording.write(tmp_path / "book.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["walk.csv"]


def test_a_parquet_file_of_somebody_else(tmp_path: Path) -> None:
    frame = pd.DataFrame(timed(walking_sensor(200)), columns=["time", *(f"LF_{a}" for a in AXES)])
    frame["label"] = "walk"
    frame.to_parquet(tmp_path / "t.parquet")
    walk = gaitsmith.read(tmp_path / "t.parquet")
    assert walk["imu"].labels == ("foot_l",)
    assert walk["imu"].rate == 100
    assert any("not read: label" in n.words for n in walk.notes)
    frame.drop(columns="label").set_index("time").to_parquet(tmp_path / "u.parquet")
    assert gaitsmith.read(tmp_path / "u.parquet")["imu"].rate == 100


def test_damaged_parquet_metadata_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    for kept in ("{", "{}", '{"streams": {"imu": {}}}', "[]"):
        table = pa.table({"a": [1.0]}).replace_schema_metadata({"gaitsmith": kept})
        parquet.write_table(table, tmp_path / "t.parquet")
        with pytest.raises(FormatError, match="damaged"):
            gaitsmith.read(tmp_path / "t.parquet")


def test_a_workbook_with_blanks_words_and_a_title(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "about"
    book.active.append(["a walk"])
    sheet = book.create_sheet("data")
    sheet.append(["Sampling rate: 50 Hz"])
    sheet.append([f" left foot {a} " for a in AXES] + ["comment"])
    for i, row in enumerate(walking_sensor(120)):
        cells: list[object] = [float(x) for x in row]
        cells[3] = f" {row[3]:.4f}"
        sheet.append([*cells, "x" if i == 3 else None])
    book.save(tmp_path / "t.xlsx")
    walk = gaitsmith.read(tmp_path / "t.xlsx")
    assert walk["imu"].rate == 50
    assert walk["imu"].labels == ("foot_l",)
    assert np.allclose(walk["imu"].data[:, 0], walking_sensor(120), atol=1e-3)
    assert any("sheet 'data'" in n.words for n in walk.notes)
    assert gaitsmith.read(f"{tmp_path}/t.xlsx!data")["imu"] == walk["imu"]
    with pytest.raises(FormatError, match="no such sheet"):
        gaitsmith.read(f"{tmp_path}/t.xlsx!dato")


def test_workbooks_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    file.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(FormatError, match="workbook cannot be read"):
        gaitsmith.read(file)
    book = openpyxl.Workbook()
    book.save(file)
    with pytest.raises(FormatError, match="no sheet holds"):
        gaitsmith.read(file)


def test_a_cell_far_away_does_not_cost_the_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(AXES))
    book.active.append([1.0] * 6)
    book.active.cell(1_048_576, 16_384, 1.0)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(FormatError, match="more cells") as refusal:
        gaitsmith.read(tmp_path / "t.xlsx")
    assert "1048576 rows × 16384 columns" in str(refusal.value)


def test_angles_forces_and_points_of_other_people(tmp_path: Path) -> None:
    n = 200
    t = np.arange(n) / 100
    knee = 30 + 30 * np.sin(6 * t)
    fz = np.maximum(0, 700 * np.sin(6 * t))
    cop = np.where(fz > 20, 400.0, 0.0)
    names = ["Time (s)", "Right Knee Flexion", "LKneeFlexion", "FP1_Fx", "FP1_Fy", "FP1_Fz", "FP1_COPx", "FP1_COPy", "FP1_COPz"]  # fmt: skip
    table = np.column_stack(
        (t, np.deg2rad(knee), np.deg2rad(knee), 0 * t, 0 * t, -fz, cop, cop, 0 * t)
    )
    walk = gaitsmith.read(save(tmp_path / "t.csv", names, table))
    assert walk["angles"].labels == ("knee_angle_r", "knee_angle_l")
    assert np.allclose(walk["angles"].data[:, 0], knee, atol=1e-2)
    forces = walk["forces"]["plate_1"]
    assert np.allclose(forces[:, 1], fz, atol=0.01), "up, on the person"
    assert np.nanmedian(forces[:, 3]) == pytest.approx(0.4)
    words = " ".join(n.words for n in walk.notes)
    for told in ("radians", "millimetres", "reversed", "turned"):
        assert told in words
