"""Exports of makers and apps, made here after their published layouts."""

from pathlib import Path

import numpy as np
import pytest

import gaitsmith

from .table_makers import AXES, walking_sensor

SENSOR = walking_sensor(300, rate=60)


def put(path: Path, head: str, rows: np.ndarray, sep: str = ",") -> Path:
    body = "\n".join(sep.join(f"{x:.15g}" for x in row) for row in rows)
    path.write_text(head + body + "\n")
    return path


def test_movella_dot(tmp_path: Path) -> None:
    ticks = np.arange(300)[:, None]
    head = (
        "sep=,\nDeviceTag:,Xsens DOT\nOutputRate: 60Hz\n"
        "PacketCounter,SampleTimeFine,Euler_X,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z\n"
    )
    rows = np.hstack((ticks + 40_000, 1e6 + ticks * 16_667, 0 * ticks, SENSOR))
    walk = gaitsmith.read(put(tmp_path / "dot.csv", head, rows), placement={"*": "shank_l"})
    stream = walk["imu_shank_l"]
    assert stream.rate == 60
    assert np.abs(stream.data[:, 0, 4]).max() > 200, "deg/s as DOT writes them"
    bare = put(tmp_path / "bare.csv", head.split("\n", 3)[3], rows)
    assert gaitsmith.read(bare)["imu_sensor"].rate == 60


def test_phyphox(tmp_path: Path) -> None:
    time = np.arange(300)[:, None] / 60
    head = '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Acceleration z (m/s^2)"\n'
    walk = gaitsmith.read(
        put(tmp_path / "p.csv", head, np.hstack((time, SENSOR[:, :3]))), placement={"*": "pelvis"}
    )
    assert walk["imu"].labels == ("pelvis",)
    assert np.allclose(walk["imu"].data[:, 0, :3], SENSOR[:, :3], atol=1e-6)
    linear = head.replace("Acceleration", "Linear Acceleration")
    walk = gaitsmith.read(put(tmp_path / "l.csv", linear, np.hstack((time, SENSOR[:, :3]))))
    assert walk["imu"].attrs["gravity_removed"] is True


def test_shimmer(tmp_path: Path) -> None:
    names = [f"Shimmer_6749_{q}_{a}_CAL" for q in ("Accel_LN", "Gyro") for a in "XYZ"]
    head = '"sep=\t"\n' + "\t".join(["Shimmer_6749_Timestamp_Unix_CAL", *names]) + "\n"
    head += "\t".join(["ms", *["m/(s^2)"] * 3, *["deg/s"] * 3]) + "\n"
    time = 1.7e12 + np.arange(300)[:, None] * 1000 / 60
    walk = gaitsmith.read(put(tmp_path / "s.csv", head, np.hstack((np.round(time), SENSOR)), "\t"))
    (stream,) = walk.streams.values()
    assert stream.labels == ("Shimmer_6749",)
    assert stream.nominal_rate == pytest.approx(60, rel=0.03)
    assert np.allclose(stream.data[:, 0], SENSOR, atol=1e-6)


def test_delsys(tmp_path: Path) -> None:
    names = [
        f"Trigno sensor 1: {q}.{a} 1 [{u}]"
        for q, u in (("ACC", "g"), ("GYRO", "deg/s"))
        for a in "XYZ"
    ]
    head = ",".join(x for n in names for x in ("X [s]", n)) + "\n"
    time = np.arange(300)[:, None] / 60
    raw = SENSOR / np.array([9.80665] * 3 + [1] * 3)
    rows = np.hstack([np.hstack((time, raw[:, [i]])) for i in range(6)])
    walk = gaitsmith.read(put(tmp_path / "d.csv", head, rows))
    (stream,) = walk.streams.values()
    assert stream.rate == 60
    assert np.allclose(stream.data[:, 0], SENSOR, atol=1e-6)


def test_kielmat(tmp_path: Path) -> None:
    names = [f"pelvis_{q}_{a}" for q in ("ACCEL", "GYRO") for a in "xyz"]
    names += [f"ankle_L_{q}_{a}" for q in ("ACCEL", "GYRO") for a in "xyz"]
    rows = np.hstack((SENSOR, SENSOR)) / np.tile([9.80665] * 3 + [1] * 3, 2)
    walk = gaitsmith.read(put(tmp_path / "k.tsv", "\t".join(names) + "\n", rows, "\t"), rate_hz=200)
    assert walk["imu"].labels == ("pelvis", "shank_l")
    assert np.allclose(walk["imu"].data[:, 0], SENSOR, atol=1e-6)
    assert walk["imu"].axes == AXES
