"""Named arrays as one ``.safetensors`` file, whose bytes depend on their content only.

The format (Hugging Face safetensors) is a JSON header and raw numbers: nothing in it can run. It
holds no text, which some models keep (names of people and legs): arrays of text stand as lists
in the header's metadata, under the one key ``text``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError

__all__ = ["pack", "unpack"]

Arrays = dict[str, npt.NDArray[Any]]


def pack(weights: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The file's bytes; arrays are of numbers, booleans or text."""
    from safetensors.numpy import save

    numbers = {k: np.ascontiguousarray(v).reshape(v.shape) for k, v in weights.items() if v.dtype.kind != "U"}  # fmt: skip
    text = {k: {"type": v.dtype.str[1:], "values": v.tolist()}
            for k, v in sorted(weights.items()) if v.dtype.kind == "U"}  # fmt: skip
    # One key only: the order of several is not fixed by the library.
    about = {"text": json.dumps(text, sort_keys=True)} if text else None
    return bytes(save(numbers, metadata=about))


def unpack(data: bytes) -> Arrays:
    """The arrays of :func:`pack`.

    Raises
    ------
    FormatError
        Where the bytes are damaged or no such file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        out: Arrays = dict(load(data))
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        for name, kept in json.loads(header.get("__metadata__", {}).get("text", "{}")).items():
            out[name] = np.array(kept["values"], dtype=_text_type(kept["type"]))
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError("the weights are damaged or no safetensors file", found=str(error)[:200],
                          expected="a .safetensors file") from error  # fmt: skip
    return out


def _text_type(name: str) -> np.dtype[Any]:
    if not (name[:1] == "U" and name[1:].isdigit()):
        raise ValueError(f"not a type of text: {name}")
    return np.dtype(name)
