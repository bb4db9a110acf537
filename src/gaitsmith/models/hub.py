"""Models of a hub by name (``"org/name"``), offline first.

Nothing is fetched unless a person says so: a name is looked up in the local cache of
``huggingface_hub``, and only :func:`download`, which a person calls, goes to the network. Weights are safetensors and settings plain JSON: loading runs no
code of whoever made them.
"""

from __future__ import annotations

import re
from pathlib import Path

from gaitsmith.errors import GaitsmithError

__all__ = ["cached", "download", "is_name"]

_NAME = re.compile(r"[\w][\w.-]{0,95}/[\w][\w.-]{0,95}(@[\w.-]{1,80})?")
_WANTED = ["config.json", "weights.safetensors", "card.json", "card.md"]


def is_name(text: str) -> bool:
    """Whether it is ``org/name`` or ``org/name@revision`` and not a place on this disk."""
    return _NAME.fullmatch(text) is not None and not Path(text).exists()


def cached(name: str) -> Path:
    """The folder of a model that was fetched before; the network is not asked.

    Raises
    ------
    GaitsmithError
        Where it was never fetched, or the extra is missing.
    """
    return _snapshot(name, offline=True)


def download(name: str) -> Path:
    """Fetch a model into the local cache; its folder. The one function here that uses the network.

    Raises
    ------
    GaitsmithError
        Where it cannot be fetched.
    """
    return _snapshot(name, offline=False)


def _snapshot(name: str, *, offline: bool) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise GaitsmithError("models by name need huggingface_hub", found=name,
                             remedy="pip install 'gaitsmith[hub]', or give a folder") from error  # fmt: skip
    repository, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(
            repository, revision=revision or None, allow_patterns=_WANTED, local_files_only=offline
        ))  # fmt: skip
    except LocalEntryNotFoundError as error:
        raise GaitsmithError(
            "this model is not on this machine", found=name,
            remedy=f"fetch it once: python -c \"from gaitsmith.models.hub import download; download('{name}')\"",
        ) from error  # fmt: skip
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise GaitsmithError("the model cannot be fetched", found=f"{name}: {type(error).__name__}",
                             remedy="check the name and the network, or give a folder") from error  # fmt: skip
