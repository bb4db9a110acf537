"""The wire format of protocol buffers, as much as a ``.b3d`` needs.

Source: Protocol Buffers documentation, "Encoding" (wire types 0, 1, 2, 5).
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError

__all__ = ["Message", "layout", "parse", "varints"]

Array = npt.NDArray[np.float64]


class Message(dict[int, list[int | bytes]]):
    """Field number -> values as they stand: int for varints, bytes for everything else."""

    def number(self, field: int, default: int = 0) -> int:
        """The last varint of a field."""
        values = [v for v in self.get(field, []) if isinstance(v, int)]
        return values[-1] if values else default

    def raw(self, field: int) -> list[bytes]:
        """All length-delimited or fixed-size values of a field."""
        return [v for v in self.get(field, []) if isinstance(v, bytes)]

    def texts(self, field: int) -> list[str]:
        """All strings of a field."""
        return [v.decode("utf-8", errors="replace") for v in self.raw(field)]

    def text(self, field: int) -> str:
        """The last string of a field, or ""."""
        return (self.texts(field) or [""])[-1]

    def double(self, field: int) -> float | None:
        """The last double of a field, or None."""
        values = [v for v in self.raw(field) if len(v) == 8]
        return float(struct.unpack("<d", values[-1])[0]) if values else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise FormatError("a message is cut or damaged", place=f"byte {at}")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def layout(data: bytes) -> list[tuple[int, int, int, int]]:
    """Every field of a message as (number, wire type, first byte of its value, one past it).

    Raises
    ------
    FormatError
        Where the bytes are not a message.
    """
    out = []
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        size = {1: 8, 5: 4}.get(wire)
        if wire == 0:
            _, end = _varint(data, at)
        elif size is not None:
            end = at + size
        elif wire == 2:
            length, at = _varint(data, at)
            end = at + length
        else:
            raise FormatError("a message has an unknown wire type", place=f"byte {at}", found=wire)
        if end > len(data) or number == 0:
            raise FormatError("a message is cut or damaged", place=f"byte {at}")
        out.append((number, wire, at, end))
        at = end
    return out


def parse(data: bytes) -> Message:
    """The fields of a message; see `layout` for what is refused."""
    message = Message()
    for number, wire, a, b in layout(data):
        value = _varint(data, a)[0] if wire == 0 else data[a:b]
        message.setdefault(number, []).append(value)
    return message


def varints(data: bytes) -> list[int]:
    """A packed field of varints."""
    out = []
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        out.append(value)
    return out
