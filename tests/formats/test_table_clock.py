"""Clocks of tables: times, packet counters, dates, row numbers, several clocks in one file."""

from pathlib import Path

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError, MissingInputError
from gaitsmith.formats.imu_build import packet_clock
from gaitsmith.formats.table_clock import stated_rate

from .table_makers import AXES, save, walking_sensor

SENSOR = walking_sensor(300)
NAMES = [f"foot_r_{a}" for a in AXES]


def written(path: Path, first: str, column: np.ndarray, fmt: str = "%.9g") -> Path:
    return save(path / "t.csv", [first, *NAMES], np.column_stack((column, SENSOR)), fmt=fmt)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("time", 1.0), ("Time (ms)", 1e3), ("timestamp", 1e3), ("t_us", 1e6), ("timestamp", 1e6)],
)
def test_a_time_column_in_any_unit(tmp_path: Path, name: str, factor: float) -> None:
    walk = gaitsmith.read(written(tmp_path, name, np.arange(300) / 100 * factor))
    assert walk["imu"].rate == 100
    assert walk["imu"].start == 0


def test_rounded_and_repeated_times(tmp_path: Path) -> None:
    times = np.round(np.arange(300) / 60, 3)
    assert gaitsmith.read(written(tmp_path, "time", times))["imu"].rate == 60
    times[10] = times[9]
    walk = gaitsmith.read(written(tmp_path, "time", times))
    assert len(walk["imu_foot_r"]) == 299
    assert any("repeat the time" in n.words for n in walk.notes)


def test_row_numbers_and_frames_need_a_rate(tmp_path: Path) -> None:
    for name in ("time", "Frame", "index"):
        file = written(tmp_path, name, np.arange(300.0))
        with pytest.raises(MissingInputError) as refusal:
            gaitsmith.read(file)
        assert "rate_hz" in str(refusal.value)
        walk = gaitsmith.read(file, rate_hz=50)
        assert walk["imu"].rate == 50
        assert walk["imu"].end == pytest.approx(299 / 50)


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    times = np.arange(300) / 100
    times[100] = 0.2
    with pytest.raises(GaitsmithError, match="backwards"):
        gaitsmith.read(written(tmp_path, "time", times))


def test_few_missing_times_are_left_out_and_many_refused(tmp_path: Path) -> None:
    times = np.arange(300) / 100
    times[5:8] = np.nan
    walk = gaitsmith.read(written(tmp_path, "time", times))
    assert len(walk["imu_foot_r"]) == 297
    times[5:200] = np.nan
    with pytest.raises(FormatError, match="times are missing"):
        gaitsmith.read(written(tmp_path, "time", times))


def test_an_epoch_is_moved_to_zero_and_kept(tmp_path: Path) -> None:
    walk = gaitsmith.read(written(tmp_path, "timestamp", 1.6e12 + np.arange(300) * 10, fmt="%.15g"))
    assert walk["imu"].rate == 100
    assert walk["imu"].start == 0
    assert walk["imu"].attrs["clock_origin_s"] == pytest.approx(1.6e9)


def test_dates_are_a_clock(tmp_path: Path) -> None:
    lines = [",".join(["timestamp", *NAMES])]
    stamps = np.datetime64("2024-05-01T10:00:00.000") + (np.arange(300) * 20).astype("m8[ms]")
    lines += [
        f"{t}," + ",".join(f"{x:.5f}" for x in row) for t, row in zip(stamps, SENSOR, strict=True)
    ]
    file = tmp_path / "t.csv"
    file.write_text("\n".join(lines))
    walk = gaitsmith.read(file)
    assert walk["imu"].rate == 50
    assert any("2024-05-01" in n.words for n in walk.notes)


def test_a_packet_counter_keeps_lost_packets_lost(tmp_path: Path) -> None:
    ticks = np.delete(np.arange(320.0), np.arange(100, 120))
    walk = gaitsmith.read(written(tmp_path, "PacketNumber", ticks), rate_hz=100)
    stream = walk["imu_foot_r"]
    assert stream.attrs["lost_packets"] == 20
    assert stream.times[100] == 1.2
    assert stream.rate is None


def test_packet_counters_wrap_and_repeat() -> None:
    ticks = np.array([65534.0, 65535, 0, 1, 1, 4])
    keep, clock, attrs, notes = packet_clock(ticks, 100.0, from_zero=False)
    assert keep.tolist() == [0, 1, 2, 3, 5]
    assert np.allclose(clock["time"], [0, 0.01, 0.02, 0.03, 0.06])
    assert attrs["lost_packets"] == 2
    assert attrs["clock_origin_s"] == pytest.approx(655.34)
    assert any("stand twice" in n.words for n in notes)
    with pytest.raises(FormatError, match="backwards"):
        packet_clock(np.array([5.0, 4.0, 6.0]), 100.0)
    with pytest.raises(FormatError, match="no number"):
        packet_clock(np.array([5.0, np.nan]), 100.0)


@pytest.mark.parametrize(
    ("line", "rate"),
    [("Acquisition frequency: 100 Hz", 100), ("# sampling_rate = 204.8", 204.8), ("Fs,50", 50),
     ("Update Rate: 40.0Hz", 40), ("frame rate 119,88", 119.88), ("Date 2020", None),
     ("Scan range 16 g", None), ("128 Hz", 128)],
)  # fmt: skip
def test_rates_in_header_lines(line: str, rate: float | None) -> None:
    assert stated_rate(["something", line]) == rate


def test_a_vicon_export(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    base = np.array([[0, 1000, 1700], [0, 1000, 100], [100, 900, 60]], float)
    rows = [
        ",".join([str(i + 1), "0", *(f"{x:.3f}" for x in (base + rng.normal(0, 1, (3, 3)) + [10 * i, 0, 0]).ravel())])
        for i in range(40)
    ]  # fmt: skip
    head = "Trajectories\n120\n,,P1:C7,,,P1:RHEE,,,P1:RTOE,,\nFrame,Sub Frame,X,Y,Z,X,Y,Z,X,Y,Z\n,,mm,mm,mm,mm,mm,mm,mm,mm,mm\n"
    file = tmp_path / "vicon.csv"
    file.write_text(head + "\n".join(rows) + "\n")
    walk = gaitsmith.read(file)
    points = walk["points"]
    assert points.rate == 120
    assert points.labels == ("P1:C7", "P1:RHEE", "P1:RTOE")
    assert points["P1:C7"][:, 1].mean() == pytest.approx(1.7, abs=0.01), "z became y, mm became m"


def test_every_time_column_rules_the_columns_behind_it(tmp_path: Path) -> None:
    fast, slow = np.arange(300) / 100, np.full(300, np.nan)
    slow[:150] = np.arange(150) / 50
    late = SENSOR.copy()
    late[150:] = np.nan
    names = ["X [s]", *NAMES, "X [s]", *(f"foot_l_{a}" for a in AXES)]
    names[0] = names[7] = "time [s]"
    file = save(tmp_path / "t.csv", names, np.column_stack((fast, SENSOR, slow, late)))
    walk = gaitsmith.read(file)
    assert [(s.rate, len(s)) for s in walk.streams.values()] == [(100, 300), (50, 150)]
    assert walk.streams["imu_foot_l"].labels == ("foot_l",)


def test_constant_and_empty_channels_are_said(tmp_path: Path) -> None:
    raw = SENSOR.copy()
    raw[:, 4] = 3.0
    raw[:, 5] = np.nan
    raw[:30, 3] = np.nan
    file = save(tmp_path / "t.csv", ["time", *NAMES], np.column_stack((np.arange(300) / 100, raw)))
    words = [str(n) for n in gaitsmith.read(file, units={"rate": "deg/s"}).notes]
    assert "foot_r: gyr_y is constant" in words
    assert "foot_r: gyr_z holds no values" in words
    assert "foot_r: up to 10.0 % of a channel is missing" in words


def test_two_samples(tmp_path: Path) -> None:
    raw = np.column_stack((np.arange(2) / 100, SENSOR[:2]))
    file = save(tmp_path / "t.csv", ["time", *NAMES], raw)
    assert len(gaitsmith.read(file)["imu"]) == 2


def test_missing_columns_of_a_sensor_are_said(tmp_path: Path) -> None:
    file = save(
        tmp_path / "t.csv",
        ["time", *NAMES[:3]],
        np.column_stack((np.arange(300) / 100, SENSOR[:, :3])),
    )
    walk = gaitsmith.read(file)
    assert np.isnan(walk["imu"].data[..., 3:]).all()
    assert any("no gyr_x, gyr_y, gyr_z" in n.words for n in walk.notes)


def test_sensors_that_count_from_one_epoch_are_joined_where_they_stood(tmp_path: Path) -> None:
    files = []
    for k, (place, start) in enumerate((("LF", 1.6e9), ("RF", 1.6e9 + 0.25))):
        times = start + np.arange(300) / 100
        rows = np.column_stack((times, walking_sensor(300, seed=k)))
        names = ["timestamp", *(f"{place}_{a}" for a in AXES)]
        files.append(save(tmp_path / f"{place}.csv", names, rows, fmt="%.15g"))
    walk = gaitsmith.read(*files)
    assert [s.start for s in walk.streams.values()] == pytest.approx([0.0, 0.25])
    assert {s.attrs["clock_origin_s"] for s in walk.streams.values()} == {1.6e9}
