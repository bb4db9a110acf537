"""The parameter section of C3D: a chain of groups and parameters, on three kinds of processor."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError

__all__ = ["PROCESSORS", "Parameter", "Processor", "clean", "floats", "ints", "order", "parameters"]

Array = npt.NDArray[np.float64]
Processor = Literal["pc", "dec", "sgi"]
#: The parameter section's fourth byte.
PROCESSORS: dict[int, Processor] = {84: "pc", 85: "dec", 86: "sgi"}


@dataclass(frozen=True)
class Parameter:
    """One parameter: text items (trailing blanks cut) or numbers, with its dimensions.

    ``values`` is flat in the file's order (first dimension fastest); ``description`` is what the
    file says of it, "" where it says nothing.
    """

    values: tuple[str, ...] | Array
    dims: tuple[int, ...]
    description: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return isinstance(self.values, tuple)


# --- numbers of the three processors ---------------------------------------------------------------


def order(processor: Processor) -> str:
    """numpy's mark for the order of bytes."""
    return ">" if processor == "sgi" else "<"


def ints(raw: bytes, processor: Processor) -> npt.NDArray[np.int16]:
    """Signed 16-bit integers."""
    return np.frombuffer(raw, order(processor) + "i2")


def floats(raw: bytes, processor: Processor) -> npt.NDArray[np.float32]:
    """IEEE floats; DEC's F format has its 16-bit words exchanged and four times the value."""
    if processor != "dec":
        return np.frombuffer(raw, order(processor) + "f4").astype(np.float32)
    words = np.frombuffer(raw, "<u2").reshape(-1, 2)
    bits = (words[:, 0].astype(np.uint32) << 16) | words[:, 1]
    with np.errstate(all="ignore"):
        out: npt.NDArray[np.float32] = bits.view(np.float32) / np.float32(4)
    # An exponent of all ones is an ordinary large number in DEC's format, and no NaN.
    large = (bits & 0x7F800000) == 0x7F800000
    if large.any():
        out[large] = (bits[large] - np.uint32(0x01000000)).view(np.float32)
    out[(bits & 0x7F800000) == 0] = 0
    return out


# --- parameters ------------------------------------------------------------------------------------


def clean(raw: bytes) -> str:
    """Text without padding: UTF-8 where it is that, else Latin-1."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.split("\0")[0].strip()


def _same(a: Parameter, b: Parameter) -> bool:
    if isinstance(a.values, tuple) or isinstance(b.values, tuple):
        return a.values is b.values or (a.is_text and b.is_text and a.values == b.values)
    return np.array_equal(a.values, b.values, equal_nan=True)


def parameters(
    data: bytes, start: int, processor: Processor, again: list[str]
) -> dict[str, dict[str, Parameter]]:  # fmt: skip
    """Group -> name -> parameter, following the chain of offsets.

    Names that stand more than once with different values are put into `again`.
    """
    names: dict[int, str] = {}
    found: list[tuple[int, str, Parameter]] = []
    at, steps = start + 4, 0
    endian: Literal["big", "little"] = "big" if processor == "sgi" else "little"

    def broken(why: str) -> FormatError:
        return FormatError(
            "the parameter section is broken", place=f"byte {at}", found=why,
            expected="a chain of groups and parameters inside the file",
            remedy="open the file in the program that made it and export it again",
        )  # fmt: skip

    while at + 2 <= len(data):
        length = abs(int.from_bytes(data[at : at + 1], "little", signed=True))
        group = int.from_bytes(data[at + 1 : at + 2], "little", signed=True)
        if length == 0 or group == 0:
            break
        here = at + 2 + length
        if here + 2 > len(data):
            raise broken("a name that reaches past the end of the file")
        name = clean(data[at + 2 : here]).upper()
        step = int.from_bytes(data[here : here + 2], endian)
        if not name.isprintable():
            raise broken(f"the name {name!r}")
        if group < 0:
            names[-group] = name
        else:
            value, end = _parameter(data, here + 2, processor, broken)
            if step and end > here + step:
                raise broken(f"{name} with {end - here - step} bytes more than there is room for")
            about = clean(data[end + 1 : end + 1 + data[end]]) if end < len(data) else ""
            found.append((group, name, replace(value, description=about)))
            if here + step > len(data):
                # Seen in files turned from one processor to another: one offset is left unturned.
                step = end + 1 + data[end] - here if end < len(data) else 0
        if step == 0:
            break
        at, steps = here + step, steps + 1
        if at > len(data):
            raise broken("an entry that points past the end of the section")
        if steps > 20000:
            raise broken("more than 20000 entries")
    groups: dict[str, dict[str, Parameter]] = {name: {} for name in names.values()}
    for group, name, value in found:
        into = groups.setdefault(names.get(group, f"GROUP{group}"), {})
        if name in into and not _same(into[name], value):
            again.append(f"{names.get(group, group)}:{name}")
        # A later entry replaces an earlier one, as other readers do.
        into[name] = value
    if "POINT" not in groups:
        raise FormatError("there is no group POINT", place="parameter section",
                          found=", ".join(sorted(groups)[:8]) or "no groups",
                          remedy="the pointer to the parameters is wrong or the file is damaged")  # fmt: skip
    return groups


def _parameter(
    data: bytes, at: int, processor: Processor, broken: Any
) -> tuple[Parameter, int]:  # fmt: skip
    """The parameter whose type stands at byte `at`, and the byte after its values."""
    if at + 2 > len(data):
        raise broken("a parameter that reaches past the end of the file")
    size = int.from_bytes(data[at : at + 1], "little", signed=True)
    rank = data[at + 1]
    if size not in (-1, 1, 2, 4) or rank > 7:
        raise broken(f"a parameter of type {size} with {rank} dimensions")
    dims = tuple(data[at + 2 : at + 2 + rank])
    count = math.prod(dims)
    first = at + 2 + rank
    raw = data[first : first + count * abs(size)]
    if len(dims) < rank or len(raw) < count * abs(size):
        raise broken(f"a parameter of {count} values, more than the file holds")
    if size == -1:
        width = dims[0] if dims else 1
        items = tuple(clean(raw[i : i + width]) for i in range(0, count, width)) if width else ()
        return Parameter(items, dims), first + len(raw)
    numbers: npt.NDArray[Any]
    if size == 1:
        numbers = np.frombuffer(raw, "i1")
    else:
        numbers = ints(raw, processor) if size == 2 else floats(raw, processor)
    return Parameter(numbers.astype(float), dims), first + len(raw)
