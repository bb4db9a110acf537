"""The table of bundled models is what the code gives; seeds and cards."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.models.base import BUNDLED, Model, bundled, generator, models_csv, open_model
from gaitsmith.models.config import Config
from gaitsmith.models.packed import pack, unpack

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
    assert card.made
    assert card.use
    assert card.trained_on


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


def test_weights_of_every_type_come_back_whole():
    kept = {
        "text": np.array([["a", "längere"], ["", "c"]]), "one": np.array(2.5), "none": np.zeros((0, 3)),
        "half": np.arange(4, dtype=np.float16), "whole": np.arange(3), "yes": np.array([True, False]),
        "turned": np.arange(6.0).reshape(2, 3).T,
    }  # fmt: skip
    again = unpack(pack(kept))
    assert set(again) == set(kept)
    for k, v in kept.items():
        assert again[k].dtype == v.dtype
        np.testing.assert_array_equal(again[k], v)
    assert pack(kept) == pack(dict(reversed(kept.items())))


@pytest.mark.parametrize("cut", [0, 4, 20, -1])
def test_damaged_weights_are_refused(cut):
    whole = pack({"a": np.arange(10.0), "b": np.array(["x"])})
    with pytest.raises(FormatError, match="damaged"):
        unpack(whole[:cut])


def test_only_models_of_this_package_open_by_what_they_say(tmp_path):
    bundled("speed-statistical").save_pretrained(tmp_path / "m")
    about = json.loads((tmp_path / "m" / "config.json").read_text())
    for kind in (
        "os:system",
        "gaitsmith.models.speed.api:change_speed",
        "gaitsmith.models.nothing:X",
        3,
    ):
        (tmp_path / "m" / "config.json").write_text(json.dumps({**about, "class": kind}))
        with pytest.raises(FormatError, match="kind of model"):
            open_model(tmp_path / "m")
    with pytest.raises(GaitsmithError, match="no such model"):
        open_model(tmp_path / "nothing")


@dataclass(frozen=True, kw_only=True)
class Some(Config):
    BOUNDS: ClassVar = {"widths": (1, 8)}
    CHOICES: ClassVar = {"kind": ("mlp", "tcn")}
    widths: tuple[int, ...] = (4, 4)
    kind: str = "tcn"
    rate: float = 1.0


def test_settings_from_a_file(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('rate = 3\n[model]\nwidths = [2, 3]\nkind = "mlp"\n')
    assert Some.from_toml(path, "model") == Some(widths=(2, 3), kind="mlp")
    assert Some.from_dict(Some(widths=(1,)).to_dict()) == Some(widths=(1,))
    with pytest.raises(GaitsmithError, match="no such setting"):
        Some.from_toml(path)
    path.write_text("rate = ")
    with pytest.raises(FormatError, match="cannot be read"):
        Some.from_toml(path)


@pytest.mark.parametrize(
    ("values", "word"),
    [({"widths": (9,)}, "1 to 8"), ({"widths": 3}, "list of int"), ({"widths": (1.5,)}, "int"),
     ({"kind": "tcm"}, "did you mean 'tcn'")],
)  # fmt: skip
def test_wrong_settings_are_refused(values, word):
    with pytest.raises(GaitsmithError, match=word):
        Some(**values)
