"""Whether a MATLAB 5 file is put together as it says, before a reader in C trusts it.

``scipy.io.loadmat`` ends the whole process (segmentation fault) on some damaged files. This walks
the tags of all elements (MATLAB "MAT-File Format", Level 5) and refuses a file whose sizes, counts
or types do not fit; the numbers themselves are not looked at. Compressed elements carry a checksum
of their own and are unpacked on the way.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass

__all__ = ["MisfitError", "check"]

# Element types: size of one value (0: not a plain array).
_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE = 1, 2, 3, 4, 5
_NUMERIC = range(6, 16)
#: Bytes that one compressed element may unpack to, and elements inside elements.
_LIMIT, _DEEP = 2 << 30, 40


class MisfitError(ValueError):
    """The file contradicts itself; the message says where."""


@dataclass(frozen=True)
class _Element:
    kind: int
    start: int
    size: int
    next: int


def check(data: bytes) -> None:
    """Walk a whole file.

    Raises
    ------
    MisfitError
        At the first contradiction.
    """
    if len(data) < 128:
        raise MisfitError("the file is shorter than its header")
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise MisfitError("the header names no byte order")
    at = 128
    while at < len(data):
        element = _tag(data, at, len(data), order, top=True)
        if element.kind == _COMPRESSED:
            packed = data[element.start : element.start + element.size]
            try:
                stream = zlib.decompressobj()
                inner = stream.decompress(packed, _LIMIT)
            except zlib.error as error:
                raise MisfitError(f"a compressed variable is damaged: {error}") from error
            if not stream.eof:
                raise MisfitError("a compressed variable is cut off or too large")
            variable = _tag(inner, 0, len(inner), order, top=True)
            if variable.kind != _MATRIX:
                raise MisfitError("a compressed variable is no array")
            _matrix(inner, variable, order, 0)
        elif element.kind == _MATRIX:
            _matrix(data, element, order, 0)
        else:
            raise MisfitError(f"an element of type {element.kind} stands among the variables")
        at = element.next


def _tag(data: bytes, at: int, end: int, order: str, *, top: bool = False) -> _Element:
    if at + 8 > end:
        raise MisfitError("an element is cut off")
    kind, size = struct.unpack_from(order + "II", data, at)
    if kind >> 16 and not top:
        # Small element: type and size share four bytes, the value takes the other four.
        kind, size = kind & 0xFFFF, kind >> 16
        if size > 4:
            raise MisfitError("a small element is too large")
        return _Element(kind, at + 4, size, at + 8)
    start = at + 8
    if start + size > end:
        raise MisfitError("an element reaches past what holds it")
    # Compressed elements are not padded; all others fill whole words of eight bytes.
    after = start + size if kind == _COMPRESSED else start + (size + 7) // 8 * 8
    return _Element(kind, start, size, min(after, end))


def _plain(data: bytes, at: int, end: int, order: str, kinds: tuple[int, ...] = ()) -> _Element:
    element = _tag(data, at, end, order)
    if element.kind not in _SIZES or (kinds and element.kind not in kinds):
        raise MisfitError(f"an element of type {element.kind} stands where there is none of it")
    if element.size % _SIZES[element.kind]:
        raise MisfitError("an element holds a part of a value")
    return element


def _matrix(data: bytes, matrix: _Element, order: str, depth: int) -> None:
    if matrix.size == 0:
        return
    if depth > _DEEP:
        raise MisfitError("arrays stand too deep inside each other")
    end = matrix.start + matrix.size
    flags = _plain(data, matrix.start, end, order, (6,))
    if flags.size != 8:
        raise MisfitError("an array has no flags")
    word = struct.unpack_from(order + "I", data, flags.start)[0]
    kind, is_complex = word & 0xFF, bool(word & 0x800)
    dims = _plain(data, flags.next, end, order, (5,))
    shape = struct.unpack_from(f"{order}{dims.size // 4}i", data, dims.start)
    if not 2 <= len(shape) <= 32 or min(shape) < 0:
        raise MisfitError("an array has no shape")
    count = math.prod(shape)
    name = _plain(data, dims.next, end, order, (1, 2, 16))
    at = name.next
    if kind in (_STRUCT, _OBJECT, _CELL):
        fields = 1
        if kind == _OBJECT:
            at = _plain(data, at, end, order, (1, 2, 16)).next
        if kind != _CELL:
            length = _plain(data, at, end, order, (5,))
            width = (
                struct.unpack_from(order + "i", data, length.start)[0] if length.size == 4 else 0
            )
            names = _plain(data, length.next, end, order, (1, 2, 16))
            if width < 1 or names.size % width:
                raise MisfitError("the fields of a struct have no names")
            fields, at = names.size // width, names.next
        _children(data, at, end, count * fields, order=order, depth=depth)
    elif kind in _NUMERIC or kind == _CHAR:
        for _ in range(2 if is_complex else 1):
            part = _plain(data, at, end, order)
            values = part.size // _SIZES[part.kind]
            # UTF-8 text may take more bytes than it has characters.
            if values != count and not (kind == _CHAR and part.kind == 16 and values >= count):
                raise MisfitError(f"an array of {count} values holds {values}")
            at = part.next
    elif kind == _SPARSE:
        for _ in range(3 + is_complex):
            at = _plain(data, at, end, order).next
    else:
        raise MisfitError(f"an array of class {kind}, which no set here has")


def _children(data: bytes, at: int, end: int, count: int, *, order: str, depth: int) -> None:
    if count * 8 > end - at:
        raise MisfitError("a cell array or struct claims more elements than it holds")
    for _ in range(count):
        child = _tag(data, at, end, order)
        if child.kind != _MATRIX:
            raise MisfitError("an element of a cell array or struct is no array")
        _matrix(data, child, order, depth + 1)
        at = child.next
