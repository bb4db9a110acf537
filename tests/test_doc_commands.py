"""Every command line of the README and the docs is one that gaitsmith has, with options that it has."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
import typer

from gaitsmith.cli.app import app
from gaitsmith.formats import read
from gaitsmith.virtual import average_person, walker

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "results").glob("*.md"))]  # fmt: skip
# What stands for something that the reader has.
HOLDER = re.compile(r"…|\.\.\.")


def lines(text):
    """Command lines in blocks, continued ones joined, and `gaitsmith …` in running text."""
    inline = re.sub(r"```.*?```", "", text, flags=re.S)
    for block in re.findall(r"```(?:sh|bash|console|text)?\n(.*?)```", text, flags=re.S):
        joined = re.sub(r"\\\n\s*", " ", block)
        for line in joined.splitlines():
            bare = re.sub(r"\s#\s.*", "", line.strip().removeprefix("$ "))
            if bare.startswith("gaitsmith "):
                yield bare
    for found in re.findall(r"`(gaitsmith [a-z][^`]*)`", inline):
        yield " ".join(found.split())


FOUND = sorted({(page.relative_to(ROOT).as_posix(), line) for page in PAGES for line in lines(page.read_text("utf-8"))})  # fmt: skip


COMMAND = typer.main.get_command(app)


def parsed(line):
    """The command of a line, its options told apart; click's own error where one does not exist."""
    words = shlex.split(re.split(r"[|<>]", HOLDER.sub(" ", line))[0])[1:]
    command = COMMAND
    context = click.Context(command, info_name="gaitsmith")
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            return command.name
        name, *words = words
        assert name in command.commands, f"no command {name!r}: {sorted(command.commands)}"
        command = command.commands[name]
        context = type(context)(command, info_name=name, parent=context)
    options, *_ = command.make_parser(context).parse_args(words)
    return command.name, options


@pytest.mark.parametrize(("page", "line"), FOUND, ids=lambda x: x[:60])
def test_it_is_a_command_with_options_that_exist(page, line):
    assert parsed(line)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What a reader of docs/your-data.md has: a walk as .mot, forces, C3D, a sensor's table, a folder."""
    folder = tmp_path_factory.mktemp("mine")
    walk = walker(average_person("female"), 1.2, seconds=5.0)
    walk.select("angles").write(folder / "walk.mot")
    walk.select("forces").write(folder / "grf.mot")
    walk.select("points", "forces").write(folder / "walk.c3d")
    imu = walk.streams["imu"].select(["foot_r"])
    names = ",".join(("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"))
    data = imu.data.reshape(len(imu), -1)[:, :6] / np.array([9.80665] * 3 + [1] * 3)
    rows = [names, *(",".join(f"{v:.4f}" for v in row) for row in data)]
    (folder / "imu.csv").write_text("\n".join(rows))
    (folder / "FOLDER").mkdir()
    (folder / "FOLDER" / "a.mot").write_bytes((folder / "walk.mot").read_bytes())
    (folder / "people.csv").write_text("file,person,group,mass\na.mot,p1,ours,62\n")
    return folder


GUIDE = (ROOT / "docs" / "your-data.md").read_text("utf-8")


@pytest.mark.parametrize("line", [x for block in re.findall(r"```sh\n(.*?)```", GUIDE, flags=re.S) for x in block.splitlines()])  # fmt: skip
def test_the_guide_to_own_data_runs_line_by_line(files, line):
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(line)], check=False, cwd=files, capture_output=True, text=True, timeout=240
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_facts_beside_a_recording_are_taken(files):
    (files / "walk.toml").write_text(re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.S)[0])
    try:
        assert read(files / "walk.c3d").subject.mass == 62.0
    finally:
        (files / "walk.toml").unlink()


def test_an_option_that_does_not_exist_is_found():
    with pytest.raises(Exception, match="nosuch"):
        parsed("gaitsmith analyze walk.mot --nosuch 3")
    with pytest.raises(AssertionError, match="no command"):
        parsed("gaitsmith fly away")
    assert len(FOUND) > 60
