"""Options that would have no effect, or that no value makes sense of, are refused and not swallowed."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.cli import main
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording, Stream
from tests.gait.walkers import Walker


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A walk by its angles, one by its markers, and a sensor, as files."""
    path = tmp_path_factory.mktemp("walks")
    t = np.arange(300) / 100
    data = np.column_stack((20 * np.sin(6 * t), -20 * np.sin(6 * t), 30 + 25 * np.sin(6 * t + 2)))
    angles = Stream("angles", data, ("hip_flexion_r", "hip_flexion_l", "knee_angle_r"), rate=100)
    Recording(streams={"angles": angles}).write(path / "angles.mot")
    Walker(seconds=4, treadmill=True).recording("points").write(path / "markers.trc")
    rng = np.random.default_rng(1)
    imu = Stream("imu", rng.normal(size=(300, 1, 6)) + [0, 9.8, 0, 0, 0, 0], ("foot_r",), rate=100)
    Recording(streams={"imu": imu}).write(path / "sensor.csv")
    return path


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder in which the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    said = " ".join(capsys.readouterr().err.split())
    assert stop.value.code == 2, said
    assert "what to do:" in said or "expected:" in said
    return said


@pytest.mark.parametrize("command", [("info",), ("analyze", "--out", "never"), ("convert",)])
@pytest.mark.parametrize(
    "case",
    [
        ("angles.mot", ("--place", "x=foot_r"), "no sensor has this name"),
        ("sensor.csv", ("--place", "foot_x=foot_r"), "did you mean 'foot_r'"),
        ("angles.mot", ("--unit", "acceleration=g"), "nothing in the file is an acceleration"),
        ("angles.mot", ("--up", "+z"), "no positions are turned"),
        ("angles.mot", ("--column", "foo=bar"), "no column has this name"),
        ("sensor.csv", ("--rate", "0"), "option --rate: not a sampling rate"),
    ],
)
def test_hints_without_effect(folder, capsys, elsewhere, command, case):
    file, options, words = case
    target = ("out.gait",) if command == ("convert",) else ()
    assert words in refused(capsys, *command, folder / file, *target, *options)
    assert not list(elsewhere.iterdir())


def test_hints_that_agree_with_the_file_are_no_mistake(folder):
    assert gaitsmith.read(folder / "angles.mot", rate_hz=100).angles.rate == 100
    assert gaitsmith.read(folder / "angles.mot", units={"angle": "deg"}).angles.rate == 100
    loose = gaitsmith.read(folder / "angles.mot", placement={"x": "foot_r"}, strict=False)
    assert loose.angles is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--jobs", "0"), "--jobs belongs to a folder"),
        (("--scheduler", "tcp://x:1"), "--scheduler belongs to a folder"),
        (("--no-reports",), "--no-reports belongs to a folder"),
        (("--forces", "{}/markers.trc"), "holds no ground reaction forces"),
        (("--static", "{}/angles.mot"), "the standing trial is the walk itself"),
        (("--static", "{}/markers.trc"), "somebody walks in the standing trial"),
        (("--controls", "{}/angles.mot"), "control angles"),
        (("--speed", "0"), "not a walking speed"),
        (("--without", "nothing"), "option --without"),
    ],
)
def test_options_of_analyze(folder, capsys, tmp_path, options, words):
    given = [o.format(folder) for o in options]
    said = refused(capsys, "analyze", folder / "angles.mot", "--out", tmp_path / "out", *given)
    assert words in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--jobs", "0"), "not a number of workers"),
        (("--jobs", "-3"), "not a number of workers"),
        (("--jobs", "100000"), "more workers than this machine can serve"),
        (("--static", "a.trc"), "--static belongs to one recording"),
        (("--json",), "--json belongs to one recording"),
        (("--format", "trc"), "--format belongs to one recording"),
    ],
)
def test_options_of_a_folder(folder, capsys, tmp_path, options, words):
    assert words in refused(capsys, "analyze", folder, "--out", tmp_path / "out", *options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--start", "100"), "nothing was recorded in this part"),
        (("--start", "nan"), "option --start: not a time"),
        (("--resample", "1e9"), "more values than a recording has"),
        (("--kind", "forces"), "no such stream"),
    ],
)
def test_options_of_convert(folder, capsys, tmp_path, options, words):
    said = refused(capsys, "convert", folder / "angles.mot", tmp_path / "a.csv", *options)
    assert words in said
    assert not list(tmp_path.iterdir())


def test_a_file_is_never_converted_onto_itself(folder, capsys):
    path = folder / "angles.mot"
    before = path.read_bytes()
    assert "the same file" in refused(capsys, "convert", path, path, "--force")
    assert path.read_bytes() == before


def test_a_write_protected_file_is_not_replaced(folder, capsys, tmp_path):
    path = tmp_path / "kept.csv"
    path.write_text("mine")
    path.chmod(0o444)
    assert "write-protected" in refused(capsys, "convert", folder / "angles.mot", path, "--force")
    assert path.read_text() == "mine"


def test_info_without_a_file(capsys):
    assert "--json belongs to a FILE" in refused(capsys, "info", "--system", "--json")
    assert "--rate belongs to a FILE" in refused(capsys, "info", "--formats", "--rate", "5")


@pytest.mark.parametrize("what", ["walk.mot", None, 3])
def test_analyze_takes_a_recording(what):
    with pytest.raises(GaitsmithError, match="this is no recording") as caught:
        gaitsmith.analyze(what)
    assert ("gaitsmith.read('walk.mot')" in str(caught.value)) == (what == "walk.mot")
    with pytest.raises(GaitsmithError, match="argument static"):
        gaitsmith.analyze(Walker().recording("points"), static="standing.trc")


def test_a_speed_that_is_not_the_recordings_is_doubted():
    walk = Walker(seconds=6).recording("points")
    told = gaitsmith.analyze(walk, speed_m_s=3.0)
    assert any("3.00 m/s was given" in n.words and n.level == "warning" for n in told.notes)
    near = gaitsmith.analyze(
        walk, speed_m_s=1.05 * gaitsmith.analyze(walk)["recording"].values["speed_m_s"]
    )
    assert not any("was given" in n.words for n in near.notes)


@pytest.mark.shared
def test_a_wrong_axis_of_a_walk_is_doubted(shared):
    walk = gaitsmith.read(shared / "opensim/gait2392/subject01_walk1.trc", up="+x")
    assert any("Doubtful: head and trunk lie" in words for words in gaitsmith.analyze(walk).summary)


@pytest.mark.parametrize("command", [("info",), ("analyze", "--out", "never"), ("convert",)])
@pytest.mark.parametrize(
    "case",
    [
        ("knee_angel_r=-1", "option --sign: no column has this name found: knee_angel_r=-1"),
        ("knee_angel_r=-1", "did you mean 'knee_angle_r'"),
        ("knee_angle_r=0", "say --sign knee_angle_r=-1, or leave it out"),
        ("knee_angle_r=down", "option --sign: not a sign"),
        ("knee_angle_r", "option --sign: not a pair"),
    ],
)
def test_signs_that_are_none(folder, capsys, elsewhere, command, case):
    sign, words = case
    target = ("out.gait",) if command == ("convert",) else ()
    assert words in refused(capsys, *command, folder / "angles.mot", *target, "--sign", sign)
    assert not list(elsewhere.iterdir())


def test_a_sign_turns_a_column_on_the_command_line(folder, capsys, elsewhere):
    with pytest.raises(SystemExit, match="0"):
        main(["convert", str(folder / "angles.mot"), "turned.mot", "--sign", "hip_flexion_l=-1"])
    turned, plain = (gaitsmith.read(f).angles for f in ("turned.mot", folder / "angles.mot"))
    np.testing.assert_allclose(turned["hip_flexion_l"], -plain["hip_flexion_l"], atol=1e-5)
    np.testing.assert_array_equal(turned["hip_flexion_r"], plain["hip_flexion_r"])
