"""Every item once a pass, the same order from any place and for any number of processes."""

import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.training import TrainConfig
from gaitsmith.training.order import Stretch, seed_of


def test_stretches_join_to_passes():
    whole = list(Stretch(7, 0, 21, seed=1))
    assert [sorted(whole[i : i + 7]) for i in (0, 7, 14)] == [list(range(7))] * 3
    assert whole[:7] != whole[7:14]
    assert list(Stretch(7, 0, 10, seed=1)) + list(Stretch(7, 10, 11, seed=1)) == whole
    assert list(Stretch(7, 0, 21, seed=2)) != whole


@pytest.mark.parametrize("world", [1, 2, 3])
def test_processes_share_a_stretch(world):
    whole = list(Stretch(5, 3, 12, seed=0))
    parts = [list(Stretch(5, 3, 12, seed=0, rank=r, world=world)) for r in range(world)]
    assert [parts[i % world][i // world] for i in range(12)] == whole
    assert [len(Stretch(5, 3, 12, seed=0, rank=r, world=world)) for r in range(world)] == [
        len(p) for p in parts
    ]


def test_seeds_differ_by_place():
    seeds = {seed_of(0, a, b) for a in range(20) for b in range(20)} | {seed_of(1, 0, 0)}
    assert len(seeds) == 401
    assert all(0 <= s < 2**63 for s in seeds)


def test_rates():
    c = TrainConfig(warmup=10, schedule="cosine")
    assert c.rate(0, 100) == 0.1
    assert c.rate(10, 100) == pytest.approx(1.0)
    assert c.rate(100, 100) == pytest.approx(0.01)
    assert TrainConfig().rate(5, 100) == 1.0
    assert TrainConfig(epochs=2, batch=16).total(100, 1) == 13
    with pytest.raises(GaitsmithError, match="nothing to learn"):
        TrainConfig().total(0, 1)
