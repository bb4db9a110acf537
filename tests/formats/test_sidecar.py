"""The TOML beside a recording, and the files of one trial."""

import zipfile
from pathlib import Path

import pytest

import gaitsmith
from gaitsmith.errors import FormatError, GaitsmithError

from .table_makers import AXES, save, walking_sensor

NAMES = [f"s1_{a}" for a in AXES]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A recording that says neither its rate nor where the sensor sat."""
    return save(tmp_path / "imu.csv", NAMES, walking_sensor(200))


def test_without_it_the_file_has_no_clock(bare: Path) -> None:
    with pytest.raises(GaitsmithError, match="no clock") as refusal:
        gaitsmith.read(bare)
    assert "rate_hz" in str(refusal.value)


def test_it_says_what_the_file_cannot(bare: Path) -> None:
    bare.with_suffix(".toml").write_text(
        'rate_hz = 50\nmass = 71.5\n[placement]\ns1 = "shank_l"\n[units]\nrate = "rad/s"\n'
    )
    walk = gaitsmith.read(bare)
    assert walk["imu"].rate == 50
    assert walk["imu"].labels == ("shank_l",)
    assert walk.subject.mass == 71.5
    assert walk["imu"].data[:, 0, 3:].max() > 5000, "the unit was taken as told"


def test_the_call_wins_over_it(bare: Path) -> None:
    bare.with_suffix(".toml").write_text(
        'rate_hz = 50\n[placement]\ns1 = "shank_l"\nz = "foot_r"\n'
    )
    walk = gaitsmith.read(bare, rate_hz=200, placement={"s1": "foot_l"})
    assert walk["imu"].rate == 200
    assert walk["imu"].labels == ("foot_l",)


def test_a_table_of_the_subject(bare: Path) -> None:
    bare.with_suffix(".toml").write_text("rate_hz = 50\n[subject]\nheight = 1.7\nage = 30\n")
    assert gaitsmith.read(bare).subject.height == 1.7


def test_beside_a_compressed_file_and_in_a_zip(bare: Path, tmp_path: Path) -> None:
    import gzip

    packed = tmp_path / "imu.csv.gz"
    packed.write_bytes(gzip.compress(bare.read_bytes()))
    (tmp_path / "imu.toml").write_text("rate_hz = 25\n")
    assert gaitsmith.read(packed)["imu"].rate == 25
    archive = tmp_path / "walks.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(bare, "a/imu.csv")
        out.writestr("a/imu.toml", "rate_hz = 20\n")
    assert gaitsmith.read(f"{archive}!a/imu.csv")["imu"].rate == 20


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rate_hz = ", "cannot be read"),
        ("rate = 50", "no such hint"),
        ('rate_hz = "fast"', "another type"),
        ("rate_hz = -1", "not a sampling rate"),
        ("mass = true", "another type"),
        ("units = 3", "another type"),
        ("[units]\nacceleration = 4", "another type"),
        ('[units]\nacceleration = "parsec"', "unknown unit"),
        ('[scale]\nrate = "x"', "another type"),
        ("[scale]\nspeed = 2.0", "not a scale"),
    ],
)
def test_mistakes_in_it_name_the_file(bare: Path, text: str, problem: str) -> None:
    bare.with_suffix(".toml").write_text(text)
    with pytest.raises(GaitsmithError, match=problem) as refusal:
        gaitsmith.read(bare)
    assert "imu.toml" in str(refusal.value)


def test_a_number_of_nobody_in_it_is_its_keys(bare: Path) -> None:
    bare.with_suffix(".toml").write_text("rate_hz = 100\nheight = 17\n")
    with pytest.raises(GaitsmithError, match=r"\.toml, key 'height'.*\n.*17 m"):
        gaitsmith.read(bare)


def test_it_is_no_recording_itself(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("rate_hz = 3\n")
    with pytest.raises(FormatError):
        gaitsmith.read(file)
