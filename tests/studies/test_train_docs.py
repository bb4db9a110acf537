"""docs/train-your-own.md: its commands run as written, on small files and few steps."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("lightning")
pytest.importorskip("matio")

from gaitsmith.cli import main
from gaitsmith.studies.train_speed import plan
from tests.studies import speed_files

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "train-your-own.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.S)
TINY = ["--config", "tiny.toml", "--steps", "2"]
SETTINGS = "[model]\nsamples = 120\ncrop = 40\npatch = 4\nwidth = 8\nlayers = 1\nheads = 1\nfeedforward = 8\nsampling_steps = 2\n[train]\nval_every = 2\nbatch = 2\n[data]\npairs = 8\nvalid_pairs = 4\n"


def run(command):
    try:
        main(command)
    except SystemExit as end:
        assert not end.code, command


def test_the_three_commands_run_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for person in range(6, 11):
        speed_files.camargo(tmp_path / "downloads" / "camargo", person, (0.8, 1.4), 6.2)
    (tmp_path / "tiny.toml").write_text(SETTINGS)
    commands = [shlex.split(line)[1:] for block in BLOCKS[:2] for line in block.splitlines()]
    assert [c[0] for c in commands] == ["data", "train", "evaluate", "benchmark"]
    for command in commands:
        run([*command, *(TINY if command[0] == "train" else [])])
    out = capsys.readouterr().out
    assert "1 people, 2 pairs of two speeds" in out
    assert "| statistical default |" in out
    assert (tmp_path / "runs" / "speed" / "model" / "card.md").is_file()


def test_the_other_commands_are_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (cohort,) = (shlex.split(b)[1:] for b in BLOCKS if "cohort" in b)
    cohort[cohort.index("--people") + 1] = "1"
    cohort[cohort.index("--speeds") + 1] = "1.0"
    cohort[cohort.index("--seconds") + 1] = "2"
    run([*cohort, "--cores", "1"])
    settings = re.search(r"```toml\n(.*?)```", PAGE, re.S)[1]
    (tmp_path / "speed.toml").write_text(settings)
    assert set(tomllib.loads(settings)) == {"model", "train", "data"}
    made = plan("diffusion", tmp_path / "speed.toml")
    assert (made.model.width, made.train.patience, made.data.sets) == (128, 10, ("camargo2021",))
