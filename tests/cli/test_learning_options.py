"""`train` and `evaluate` ask for the same things under the same names, whatever the capability."""

import pytest
import typer

from gaitsmith.cli.app import app

GROUPS = typer.main.get_command(app).commands
CAPABILITIES = ("speed", "phase", "fewshot", "forces", "twin")


def options(group, name):
    return {flag for p in GROUPS[group].commands[name].params for flag in p.opts}


@pytest.mark.parametrize("name", CAPABILITIES)
def test_training(name):
    assert {"--data", "--out", "-o", "--model", "--steps", "--seed"} <= options("train", name)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_scoring(name):
    assert {"--model", "--json"} <= options("evaluate", name)


@pytest.mark.parametrize("name", CAPABILITIES)
def test_studies(name):
    assert {"--data", "--part", "--page", "--json"} <= options("benchmark", name)
