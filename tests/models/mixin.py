"""What every model must keep; a test class of a model inherits it.

A subclass says ``make()`` (a trained model), ``ask(model, seed)`` (its answer to one fixed input,
as an array), ``mirrored(model, seed)`` (its answer to the mirrored input, mirrored back),
``shape`` (of the answer), and ``wrong()``: calls that must be refused, each with a word its
refusal names (wrong channels, wrong units, wrong rate or speed).
"""

import json

import numpy as np
import pytest

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.models.base import FILES, open_model


class ModelTests:
    shape: tuple[int, ...] = ()

    def test_saved_and_loaded_is_the_same(self, tmp_path):
        model = self.make()
        model.save_pretrained(tmp_path / "m")
        again = type(model).from_pretrained(tmp_path / "m")
        assert again.digest() == model.digest()
        assert again.card == model.card
        np.testing.assert_array_equal(self.ask(again, 3), self.ask(model, 3))

    def test_files_depend_on_content_only(self, tmp_path):
        model = self.make()
        for name in ("a", "b"):
            model.save_pretrained(tmp_path / name)
        for file in FILES:
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()

    def test_weights_are_numbers_that_other_programs_can_read(self, tmp_path):
        from safetensors import safe_open

        model = self.make()
        model.save_pretrained(tmp_path / "m")
        with safe_open(tmp_path / "m" / "weights.safetensors", framework="np") as z:
            names = {k for k, v in model.weights.items() if v.dtype.kind != "U"}
            assert set(z.keys()) == names
            for k in names:
                np.testing.assert_array_equal(z.get_tensor(k), model.weights[k])
        assert sorted(p.name for p in (tmp_path / "m").iterdir()) == sorted(FILES)

    def test_the_card_can_be_read(self, tmp_path):
        model = self.make()
        model.save_pretrained(tmp_path / "m")
        page = (tmp_path / "m" / "card.md").read_text("utf-8")
        for word in (
            model.NAME,
            model.card.data,
            model.card.terms,
            *model.card.cite,
            *model.card.limits,
        ):
            assert word in page

    def test_it_opens_as_what_it_is(self, tmp_path):
        model = self.make()
        model.save_pretrained(tmp_path / "m")
        again = open_model(tmp_path / "m")
        assert type(again) is type(model)
        assert again.digest() == model.digest()

    def test_deterministic_under_a_seed(self):
        model = self.make()
        np.testing.assert_array_equal(self.ask(model, 5), self.ask(model, 5))
        np.testing.assert_array_equal(self.ask(self.make(), 5), self.ask(model, 5))

    def test_shape(self):
        answer = self.ask(self.make(), 0)
        assert answer.shape == self.shape
        assert np.isfinite(answer).all()

    def test_mirrored_input_gives_mirrored_output(self):
        model = self.make()
        np.testing.assert_allclose(self.mirrored(model, 1), self.ask(model, 1), atol=1e-8)

    def test_refuses_what_it_does_not_know(self):
        for call, word in self.wrong():
            with pytest.raises(GaitsmithError, match=word):
                call()

    def test_unknown_settings_are_refused_with_the_nearest(self):
        config = self.make().config
        name = next(iter(config.to_dict()))
        with pytest.raises(GaitsmithError, match=f"did you mean '{name}'"):
            type(config).from_dict({name + "x": 1})

    def test_a_broken_folder_is_refused(self, tmp_path):
        model = self.make()
        model.save_pretrained(tmp_path / "m")
        about = json.loads((tmp_path / "m" / "config.json").read_text())
        (tmp_path / "m" / "config.json").write_text(json.dumps({**about, "model": "another"}))
        with pytest.raises(FormatError, match="another"):
            type(model).from_pretrained(tmp_path / "m")
        (tmp_path / "m" / "weights.safetensors").write_bytes(b"not one")
        with pytest.raises(FormatError, match="not a saved model"):
            type(model).from_pretrained(tmp_path / "m")

    def test_weights_cannot_be_changed(self):
        model = self.make()
        with pytest.raises(ValueError, match="read-only"):
            next(w for w in model.weights.values() if w.ndim)[...] = 0
