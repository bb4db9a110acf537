"""Columns of a table for files, made from memory alone.

pyarrow's own constructors ask whether what they are given is pandas', and import it for that: half
a second that a report has no use for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["numbers", "words"]


def numbers(values: npt.NDArray[Any]) -> pa.Array[Any]:
    """A column of whole or broken numbers (n,)."""
    import pyarrow as pa

    whole = np.issubdtype(values.dtype, np.integer)
    held = np.ascontiguousarray(values, np.int64 if whole else np.float64)
    kind: Any = pa.int64() if whole else pa.float64()
    return pa.Array.from_buffers(kind, len(held), [None, pa.py_buffer(held)])


def words(codes: npt.NDArray[np.integer[Any]], known: Sequence[str]) -> pa.Array[Any]:
    """A column of words, each given by its place (n,) in `known`."""
    import pyarrow as pa

    raw = [w.encode("utf-8", "replace") for w in known]
    starts = np.cumsum([0, *map(len, raw)]).astype(np.int32)
    table = pa.StringArray.from_buffers(len(raw), pa.py_buffer(starts), pa.py_buffer(b"".join(raw)))
    held = np.ascontiguousarray(codes, np.int32)
    places: Any = pa.Array.from_buffers(pa.int32(), len(held), [None, pa.py_buffer(held)])
    return pa.DictionaryArray.from_arrays(places, table)
