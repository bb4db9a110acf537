"""MATLAB 5 files, with every way in which one can be damaged turned into a refusal."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from gaitsmith.errors import FormatError
from gaitsmith.formats.mat5 import check

__all__ = ["loaded"]


def loaded(path: Path, name: str) -> dict[str, Any]:
    """The variables of a file as plain dictionaries and arrays.

    Raises
    ------
    FormatError
        Where it cannot be read.
    """
    # The last file is kept: a set's trials lie in it one after the other.
    return _loaded(path, name, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _loaded(path: Path, name: str, _changed: int) -> dict[str, Any]:
    from scipy.io import loadmat

    try:
        data = path.read_bytes()
        # Some damaged files would end the process inside the reader.
        check(data)
        out: dict[str, Any] = loadmat(io.BytesIO(data), simplify_cells=True)  # type: ignore[arg-type]
    # Damaged files fail in many ways that share no base class; each means the same to the user.
    except Exception as error:
        raise FormatError("the MATLAB file cannot be read", file=name,
                          found=f"{type(error).__name__}: {error}",
                          remedy="download it again") from error  # fmt: skip
    return out
