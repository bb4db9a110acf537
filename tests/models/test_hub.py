"""Models by name come from the local cache; nothing is asked of the network unless told to."""

import socket

import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import bundled, open_model
from gaitsmith.models.hub import is_name

constants = pytest.importorskip("huggingface_hub.constants")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache as huggingface_hub lays it out, with one of our models, and no network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    def refuse(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    revision = "0" * 40
    place = tmp_path / "models--lab--walkers"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / "main").write_text(revision)
    bundled("speed-statistical").save_pretrained(place / "snapshots" / revision)
    return tmp_path


def test_a_model_in_the_cache_is_loaded_by_name(cache):
    assert open_model("lab/walkers").digest() == bundled("speed-statistical").digest()


def test_one_that_was_never_fetched_is_refused_without_asking(cache):
    with pytest.raises(GaitsmithError, match="not on this machine"):
        open_model("lab/others")


def test_folders_stay_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert not is_name("a/b")
    assert is_name("lab/walkers")
    assert is_name("lab/walkers@v1")
    assert not is_name("../x/y")
    assert not is_name("https://x/y")
