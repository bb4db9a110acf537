"""The table of bundled models is what the code gives; seeds and cards."""

from pathlib import Path

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import BUNDLED, Model, bundled, generator, models_csv

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_models_csv_is_up_to_date():
    assert (DOCS / "models.csv").read_text("utf-8") == models_csv()


@pytest.mark.parametrize("name", list(BUNDLED))
def test_every_bundled_model_says_from_whom_it_learnt(name):
    card = bundled(name).card
    assert card.data
    assert card.terms
    assert card.cite
    assert card.limits


@pytest.mark.parametrize("seed", [-1, 1.5, "0", True, None])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(GaitsmithError, match="seed"):
        generator(seed)


def test_a_generator_is_taken_as_it_is():
    rng = np.random.default_rng(1)
    assert generator(rng) is rng
    assert generator(3).random() == np.random.default_rng(3).random()


def test_objects_are_no_weights():
    with pytest.raises(GaitsmithError, match="never objects"):
        Model(weights={"a": np.array([{}], dtype=object)})


def test_a_model_that_is_not_there():
    with pytest.raises(GaitsmithError, match="did you mean 'speed-statistical'"):
        Model.from_pretrained("speed-statistica")
