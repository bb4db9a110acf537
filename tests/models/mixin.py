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
        for file in ("config.json", "weights.npz", "card.json"):
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()

    def test_no_pickles(self, tmp_path):
        model = self.make()
        model.save_pretrained(tmp_path / "m")
        with np.load(tmp_path / "m" / "weights.npz", allow_pickle=False) as z:
            assert {k: z[k].shape for k in z.files} == {
                k: v.shape for k, v in model.weights.items()
            }

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
        (tmp_path / "m" / "weights.npz").write_bytes(b"PK not a zip")
        with pytest.raises(FormatError, match="not a saved model"):
            type(model).from_pretrained(tmp_path / "m")

    def test_weights_cannot_be_changed(self):
        model = self.make()
        with pytest.raises(ValueError, match="read-only"):
            next(w for w in model.weights.values() if w.ndim)[...] = 0
