"""Estimates that somebody does not want are not made, and the report says so."""

import json

import pytest

from gaitsmith import analyze
from gaitsmith.chapters import DESCRIBING, ESTIMATING
from gaitsmith.cli import main
from gaitsmith.errors import GaitsmithError
from gaitsmith.virtual import average_person, walker


@pytest.fixture(scope="module")
def walk():
    return walker(average_person("female"), 1.2, seconds=4.0)


def test_only_what_was_recorded_is_shown(walk):
    made = analyze(walk, without=ESTIMATING)
    assert set(made.keys()) & {"twin", "estimated_forces", "speed", "fewshot", "phase"} == set()
    assert {"playback", "kinematics", "parameters"} <= set(made.keys())
    assert any("left out, as asked: twin" in n.words for n in made.notes)


def test_what_was_recorded_cannot_be_left_out(walk):
    for name in ("kinematics", "twinn"):
        with pytest.raises(GaitsmithError, match="without"):
            analyze(walk, without=[name])
    assert set(ESTIMATING).isdisjoint(DESCRIBING)


def test_from_the_command_line(walk, tmp_path, capsys):
    walk.select("angles").write(tmp_path / "walk.gait")
    command = ["analyze", str(tmp_path / "walk.gait"), "-o", str(tmp_path / "out"), "--json"]
    with pytest.raises(SystemExit) as end:
        main([*command, *(f"--without={name}" for name in ESTIMATING)])
    assert not end.value.code
    said = json.loads(capsys.readouterr().out)
    assert said["made"]["options"]["without"] == list(ESTIMATING)
    assert "speed" not in said["sections"]
