"""The command line as a stranger uses it."""

import json
import subprocess
import sys

import numpy as np
import pytest

import gaitsmith
from gaitsmith.cli import main
from gaitsmith.recording import Recording, Stream, Subject
from gaitsmith.virtual import example


def run(*arguments):
    """A whole process."""
    return subprocess.run(
        [sys.executable, "-m", "gaitsmith", *map(str, arguments)],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.fixture
def mot(tmp_path):
    path = tmp_path / "walk.mot"
    t = np.arange(300) / 100
    data = np.column_stack((20 * np.sin(6 * t), 30 + 25 * np.sin(6 * t)))
    stream = Stream("angles", data, ("hip_flexion_r", "knee_angle_r"), rate=100)
    Recording(streams={"angles": stream}).write(path)
    return path


def test_help_and_version():
    done = run("--help")
    assert done.returncode == 0
    assert "analyze" in done.stdout
    assert run("--version").stdout.startswith("gaitsmith 0.")


def test_info(mot, capsys):
    main_ok(["info", str(mot), "--json"])
    about = json.loads(capsys.readouterr().out)
    assert about["streams"]["angles"]["samples"] == 300
    assert about["streams"]["angles"]["rate_hz"] == 100
    main_ok(["info", "--system", "--formats"])
    text = capsys.readouterr().out
    assert "numpy" in text
    assert ".mot" in text


def main_ok(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0


def test_convert(mot, tmp_path, capsys):
    target = tmp_path / "walk.csv"
    main_ok(["convert", str(mot), str(target), "--resample", "50", "--start", "1"])
    assert "wrote" in capsys.readouterr().out
    assert len(target.read_text().splitlines()) > 90
    with pytest.raises(SystemExit) as stop:
        main(["convert", str(mot), str(target)])
    assert stop.value.code == 2
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".csv", ".trc", ".c3d", ".mot", ".parquet"])
def test_convert_names_what_of_the_person_is_lost(tmp_path, capsys, suffix):
    source, target = tmp_path / "walk.gait", tmp_path / f"walk{suffix}"
    recording = example(seconds=2.0)
    kinds = {".trc": ["points"], ".mot": ["angles"]}.get(suffix, ["points", "forces"])
    recording.select(*kinds).replace(subject=Subject(mass=71.0, height=1.7)).save(source)
    main_ok(["convert", str(source), str(target)])
    said = capsys.readouterr().out.replace("\n", " ")
    back = gaitsmith.read(target).subject
    assert ("mass" in said) == (back.mass is None)
    assert ("height" in said) == (back.height is None)
    if suffix in (".csv", ".trc"):
        assert "not kept by this format:" in said
        assert "the person's mass and height" in said


def test_convert_to_bids_says_its_names_beforehand(tmp_path, capsys):
    source = tmp_path / "walk.gait"
    example(seconds=2.0).select("points", "forces").save(source)
    main_ok(["convert", str(source), str(tmp_path / "sub-01_task-walk_motion.tsv")])
    said = capsys.readouterr().out
    names = [f"sub-01_task-walk_tracksys-{x}_motion.tsv" for x in ("points", "forces")]
    assert said.index("asks for its name") < said.index("wrote ")
    assert ", ".join(names) in said[: said.index("wrote ")]
    assert all((tmp_path / n).exists() for n in names)
    assert not (tmp_path / "sub-01_task-walk_motion.tsv").exists()
    asked = tmp_path / "sub-01_task-walk_tracksys-omc_motion.tsv"
    main_ok(["convert", str(source), str(asked), "--kind", "points"])
    assert "asks for its name" not in capsys.readouterr().out
    assert asked.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("info",),
        ("info", "nothing.mot"),
        ("info", "nothing.mot", "--unit", "acceleration"),
        ("info", "nothing.mot", "--unit", "acceleration=stone"),
        ("info", "nothing.mot", "--rate", "-1"),
        ("analyze", "nothing.mot", "--side", "middle"),
        ("analyze", "nothing.mot", "--mass", "70000"),
        ("convert", "nothing.mot", "x.unknown"),
        ("benchmark", "events", "--data", "nowhere"),
        ("benchmark", "body", "--data", "nowhere"),
        ("benchmark", "body", "--only", "bones"),
        ("walk",),
    ],
)
def test_a_mistake_ends_with_words_and_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said


def test_a_refusal_leaves_nothing(tmp_path):
    bad = tmp_path / "bad.mot"
    bad.write_text("not a motion file\n1 2 3\n")
    done = run("analyze", bad, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "bad.mot" in done.stderr
    assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["bad.mot"]
