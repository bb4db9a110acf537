"""Words of refusals and interruptions on the command line."""

import numpy as np
import pytest

import gaitsmith.cli
from gaitsmith.cli import main
from gaitsmith.recording import Recording, Stream


def refused(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    assert stop.value.code == 2
    return capsys.readouterr().err


@pytest.fixture
def still(tmp_path):
    """A file in which nobody walks."""
    path = tmp_path / "still.mot"
    angles = Stream("angles", np.full((300, 2), 5.0), ("hip_flexion_r", "knee_angle_r"), rate=100)
    Recording(streams={"angles": angles}).write(path)
    return path


def test_a_refusal_names_the_file_and_the_option(still, tmp_path, capsys):
    said = refused(["analyze", still, "--out", tmp_path / "out"], capsys)
    assert str(still) in said.replace("\n", "")
    said = refused(["analyze", still, "--events", "magic", "--out", tmp_path / "out"], capsys)
    assert "option --events" in said
    assert "kinematic" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("option", "value", "words"), [
    ("--height", "17", "found: 17 m"), ("--mass", "0.07", "1 to 650 kg"), ("--age", "500", "0 to 125 years"),
    ("--leg-length", "90", "90 cm are 0.9 m"),
])  # fmt: skip
def test_numbers_of_nobody_name_the_option(still, capsys, option, value, words):
    said = refused(["analyze", still, option, value], capsys)
    assert f"option {option}:" in said
    assert words in said


@pytest.mark.parametrize("how", [KeyboardInterrupt, lambda: SystemExit(130)])
def test_ctrl_c_says_one_line(monkeypatch, capsys, how):
    def stopped(_):
        raise how()

    monkeypatch.setattr(gaitsmith.cli, "_run", stopped)
    with pytest.raises(SystemExit) as stop:
        main(["info"])
    assert stop.value.code == 130
    assert capsys.readouterr().err == "stopped; nothing was left half written\n"


def test_other_ends_keep_their_code(monkeypatch, capsys):
    def ended(_):
        raise SystemExit(0)

    monkeypatch.setattr(gaitsmith.cli, "_run", ended)
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 0
    assert capsys.readouterr().err == ""
