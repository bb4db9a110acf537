"""Splits by person: everybody once, nobody on both sides, the same for the same seed, saved."""

import json

import numpy as np
import pytest

from gaitsmith.datasets import About, Store, Writer
from gaitsmith.errors import GaitsmithError
from tests.datasets.makers import curves


@pytest.fixture
def store(tmp_path):
    with Writer(tmp_path / "s") as writer:
        for name, people in (("one", 23), ("two", 4)):
            writer.begin(About(name, "t", "s", "c", "l", "yes"))
            for i in range(people):
                for trial in range(2):
                    writer.add(name, f"{i}-{trial}", f"{i}", curves(i))
    return Store(tmp_path / "s")


def test_folds_are_the_documented_recipe(store):
    folds = store.splits(kind="folds", k=5, seed=3, sets="one")
    people = sorted(f"one/{i}" for i in range(23))
    order = np.random.default_rng(3).permutation(23)
    expected = [[people[i] for i in part] for part in np.array_split(order, 5)]
    assert [folds.test(i) for i in range(5)] == expected
    for train, test in folds:
        assert sorted(train + test) == people and not set(train) & set(test)


def test_saved_and_checked(store, tmp_path):
    folds = store.splits(sets="one", seed=1)
    path = store.path / "splits" / f"{folds.name}.json"
    saved = json.loads(path.read_text())
    assert saved["seed"] == 1 and saved["store"] == store.digest
    assert saved["folds"] == [list(f) for f in folds.folds]
    assert Store(store.path).splits(sets="one", seed=1) == folds
    assert store.splits(sets="one", seed=2) != folds
    saved["folds"][0], saved["folds"][1] = saved["folds"][1], saved["folds"][0]
    path.write_text(json.dumps(saved))
    with pytest.raises(GaitsmithError, match="not what its seed gives"):
        store.splits(sets="one", seed=1)


def test_a_grown_store_gets_a_new_split(store):
    before = store.splits(sets="two", k=2)
    with Writer(store.path) as writer:
        writer.add("two", "9-0", "9", curves(9))
    grown = Store(store.path)
    after = grown.splits(sets="two", k=2)
    assert after.name != before.name and len(list((store.path / "splits").iterdir())) == 2
    both = grown.splits(k=3)
    assert sum(len(f) for f in both.folds) == 28
    assert grown.splits(k=3, sets=["two", "one"], save=False) == both


def test_refusals(store):
    with pytest.raises(GaitsmithError, match="so many folds"):
        store.splits(sets="two", k=5)
    with pytest.raises(GaitsmithError, match="unknown value"):
        store.splits(kind="halves")
    with pytest.raises(GaitsmithError, match="unknown value"):
        store.splits(sets="three")
