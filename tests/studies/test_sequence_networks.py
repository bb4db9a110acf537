"""The networks of the page on sequences: who they learn from, by which settings."""

import numpy as np
import pytest

pytest.importorskip("lightning")

from gaitsmith.models.speed.sequences import Sequences
from gaitsmith.studies import sequence_networks as networks


@pytest.fixture
def walks(monkeypatch):
    """Groups of people with two walks each, without walking."""

    def group(name, cache, say):
        many = {"protocol": 22, "more": 120}[name]
        person = np.repeat([f"{name}-{i:03d}" for i in range(many)], 2)
        angles = np.random.default_rng(many).normal(0, 5, (2 * many, 600, 6))
        return Sequences(person, np.tile([0.8, 1.3], many), angles)

    monkeypatch.setattr(networks, "group", group)


@pytest.mark.parametrize(("name", "expected"), [
    ("diffusion", (5000, 121, 12)), ("TCN", (3000, 13, 4)), ("MLP", (6000, 13, 4)),
])  # fmt: skip
def test_who_learns_and_who_chooses(walks, tmp_path, name, expected):
    task, settings = networks.planned(name, tmp_path)
    assert (settings.steps, len(task.train.people), len(task.valid.people)) == expected
    everybody = {*task.train.people, *task.valid.people}
    # The five test people of the published split are nowhere in.
    assert not everybody & {f"protocol-{i:03d}" for i in range(17, 22)}
    assert len(task.card.trained_on) == len(everybody)
    assert "virtual/13-0000" in task.card.trained_on
