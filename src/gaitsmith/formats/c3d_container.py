"""The container of C3D: header, parameter section and data section, as plain arrays.

Layout after the C3D User Guide (Motion Lab Systems; c3d.org). A file is a 512-byte header, a
parameter section and a data section, found through block pointers. All six encodings are read
(integer and real on Intel, DEC and big-endian SGI/MIPS processors). Nothing is allocated before
the claims of the file have been checked against its size, so a damaged file ends in a
:class:`FormatError`, whatever its bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError
from gaitsmith.formats.c3d_parameters import (
    PROCESSORS,
    Parameter,
    Processor,
    clean,
    floats,
    ints,
    order,
    parameters,
)  # fmt: skip

__all__ = ["Container", "Parameter", "decode", "looks_like"]

Array = npt.NDArray[np.float64]

BLOCK = 512
# Second byte of the header; the only fixed mark of a C3D file.
_KEY = 0x50
_EVENT_KEY = 12345


@dataclass(frozen=True)
class Container:
    """A decoded file in its own units and axes.

    Attributes
    ----------
    points
        frame × point × 3, POINT:UNITS.
    residuals
        frame × point; negative where the file marks the point as missing.
    analog
        sample × channel, scaled by ANALOG:SCALE, OFFSET and GEN_SCALE.
    first_frame
        1-based number of the first frame stored.
    events
        ``(label, time in s, shown)`` of the header's own events.
    groups
        Group name -> parameter name -> :class:`Parameter` (names in capitals).
    odd
        What in the file contradicts itself and how it was settled, in words.
    """

    processor: Processor
    real: bool
    rate: float
    first_frame: int
    points: Array
    residuals: Array
    analog: Array
    samples_per_frame: int
    events: tuple[tuple[str, float, bool], ...]
    groups: Mapping[str, Mapping[str, Parameter]]
    odd: tuple[tuple[str, str], ...] = field(default=())

    def get(self, group: str, name: str) -> Parameter | None:
        """A parameter, or None."""
        return self.groups.get(group, {}).get(name)

    def text(self, group: str, name: str) -> list[str]:
        """Text items of a parameter; of a long list with its continuations (LABELS2, …)."""
        out: list[str] = []
        part, n = self.get(group, name), 2
        while part is not None and isinstance(part.values, tuple):
            out += part.values
            part, n = self.get(group, f"{name}{n}"), n + 1
        return out

    def numbers(self, group: str, name: str) -> Array:
        """Numbers of a parameter, flat; empty where it is absent or text."""
        part = self.get(group, name)
        if part is None or isinstance(part.values, tuple):
            return np.zeros(0)
        return part.values

    def number(self, group: str, name: str) -> float | None:
        """The first number of a parameter, or None."""
        values = self.numbers(group, name)
        return float(values[0]) if len(values) and math.isfinite(values[0]) else None


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are those of a C3D header."""
    return len(head) >= BLOCK and head[1] == _KEY and head[0] >= 2


def decode(data: bytes) -> Container:
    """The whole file.

    Raises
    ------
    FormatError
        Naming the place, where a pointer, count or value cannot be true.
    """
    if len(data) < BLOCK or data[1] != _KEY:
        raise FormatError("not a C3D file", place="header", found=data[:2],
                          expected="the key 0x50 as second byte and at least 512 bytes")  # fmt: skip
    start = (data[0] - 1) * BLOCK
    if data[0] < 2 or start + 4 > len(data):
        raise FormatError("the pointer to the parameters leads nowhere", place="header, byte 1",
                          found=f"block {data[0]}", expected=f"2 to {len(data) // BLOCK}",
                          remedy="export the file again")  # fmt: skip
    processor = PROCESSORS.get(data[start + 3])
    if processor is None:
        raise FormatError("unknown processor", place="parameter section, byte 4",
                          found=data[start + 3], expected="84 (Intel), 85 (DEC) or 86 (SGI)",
                          remedy="the pointer to the parameters is wrong or the file is damaged")  # fmt: skip
    head = _header(data, processor)
    # Some writers end the chain with the block, not with a zero: no entry stands past the data.
    stop = (head["block"] - 1) * BLOCK
    again: list[str] = []
    groups = parameters(data[:stop] if stop > start else data, start, processor, again)
    odd: list[tuple[str, str]] = []
    if again:
        some = sorted(set(again))
        odd.append(("parameters", f"{len(some)} parameters stand more than once with different "
                    f"values, of which the last counts: {', '.join(some[:4])}"
                    + (", …" if len(some) > 4 else "")))  # fmt: skip
    return _data(data, groups, processor, head, odd)


# --- header ----------------------------------------------------------------------------------------


def _header(data: bytes, processor: Processor) -> dict[str, Any]:
    words = np.frombuffer(data[:BLOCK], order(processor) + "u2").astype(int)

    def real(word: int, count: int = 1) -> npt.NDArray[np.float32]:
        return floats(data[2 * (word - 1) : 2 * (word - 1) + 4 * count], processor)

    events: list[tuple[str, float, bool]] = []
    if words[149] == _EVENT_KEY:
        times, flags = real(153, 18), data[2 * 188 : 2 * 188 + 18]
        for i in range(min(int(words[150]), 18)):
            label = clean(data[2 * 198 + 4 * i : 2 * 198 + 4 * i + 4])
            if math.isfinite(times[i]):
                events.append((label, float(times[i]), flags[i] == 1))
    return {
        "points": int(words[1]), "analog": int(words[2]), "first": int(words[3]),
        "last": int(words[4]), "scale": float(real(7)[0]), "block": int(words[8]),
        "per_frame": int(words[9]), "rate": float(real(11)[0]), "events": tuple(events),
    }  # fmt: skip


# --- data ------------------------------------------------------------------------------------------


def _frames(head: Mapping[str, Any], groups: Mapping[str, Mapping[str, Parameter]],
            record: int, room: int, odd: list[tuple[str, str]]) -> tuple[int, int]:  # fmt: skip
    """First frame (1-based) and number of frames; what contradicts it goes to `odd`.

    The header counts to 65535 only. Longer files say more in TRIAL:ACTUAL_*_FIELD (two 16-bit
    words each) or POINT:FRAMES / POINT:LONG_FRAMES; the first claim that the file has room for
    and that agrees with the header modulo 65536 is taken.
    """

    def field_of(name: str) -> int | None:
        part = groups.get("TRIAL", {}).get(name)
        if part is None or isinstance(part.values, tuple) or len(part.values) != 2:
            return None
        if not np.isfinite(part.values).all():
            return None
        low, high = (int(v) & 0xFFFF for v in part.values)
        return low | high << 16

    first, last = head["first"], head["last"]
    count = last - first + 1
    start, end = field_of("ACTUAL_START_FIELD"), field_of("ACTUAL_END_FIELD")
    fits = room // record if record else 0
    if start is not None and end is not None and start > 0 and end >= start:
        claim = end - start + 1
        same = start & 0xFFFF == first or start > 0xFFFF
        if same and claim > count and claim <= fits and last in (0xFFFF, end & 0xFFFF):
            return start, claim
    for name in ("LONG_FRAMES", "FRAMES"):
        part = groups["POINT"].get(name)
        if part is None or isinstance(part.values, tuple) or not len(part.values):
            continue
        claim = int(part.values[0]) if math.isfinite(part.values[0]) else 0
        claim = claim & 0xFFFF if claim < 0 else claim
        wrapped = last in (0, 0xFFFF, (first + claim - 1) & 0xFFFF)
        longer = wrapped and count < claim <= fits
        # An excerpt whose header kept the length of the whole: the claim must fill the file.
        excerpt = 0 < claim <= fits < count and room - claim * record < max(record, BLOCK)
        if excerpt:
            odd.append(("frames", f"the header claims {count} frames and POINT:{name} {claim}, with which the file "
                        f"ends; {claim} were read"))  # fmt: skip
        if longer or excerpt:
            return first, claim
        if 0 < claim < count <= fits and claim & 0xFFFF != count & 0xFFFF:
            odd.append(("frames", f"the header claims {count} frames and POINT:{name} {claim}; the header was believed"))  # fmt: skip
            break
    return first, count


def _filling(data: bytes, begin: int, record: int, count: int) -> int:
    """How many of the last frames are the zeros that fill the file's last block."""
    frames = 0
    while (
        frames < count - 1
        and (frames + 1) * record < BLOCK
        and len(data) - begin - (count - frames) * record < BLOCK
        and not any(data[begin + (count - frames - 1) * record : begin + (count - frames) * record])
    ):
        frames += 1
    return frames


def _rate(
    head: Mapping[str, Any], groups: Mapping[str, Mapping[str, Parameter]],
    odd: list[tuple[str, str]],
) -> float:  # fmt: skip
    part = groups["POINT"].get("RATE")
    told = [] if part is None or isinstance(part.values, tuple) else [*part.values[:1]]
    rates = [x for x in (*told, head["rate"]) if math.isfinite(x) and 0 < x <= 1e6]
    if rates:
        if abs(rates[-1] - rates[0]) > 1e-3 * rates[0]:
            odd.append(("POINT:RATE", f"the parameter says {rates[0]:g} Hz and the header "
                        f"{rates[-1]:g}; the parameter was believed"))  # fmt: skip
        # Stored as 32-bit floats: 69.5 is exact, 119.88 is not.
        return float(f"{rates[0]:.7g}")
    raise FormatError("the frame rate is not a rate", place="POINT:RATE", found=head["rate"],
                      expected="above 0 and at most 1,000,000 Hz")  # fmt: skip


def _data(
    data: bytes, groups: dict[str, dict[str, Parameter]], processor: Processor,
    head: Mapping[str, Any], odd: list[tuple[str, str]],
) -> Container:  # fmt: skip
    scale = head["scale"]
    if not math.isfinite(scale) or scale == 0:
        raise FormatError("the scale of the points is no number above or below 0",
                          place="header, words 7-8", found=scale)  # fmt: skip
    real = scale < 0
    points, per_frame = head["points"], max(1, head["per_frame"])
    if head["analog"] % per_frame:
        raise FormatError("analog values do not divide into samples", place="header, words 3 and 10",
                          found=f"{head['analog']} values in {per_frame} samples")  # fmt: skip
    channels = head["analog"] // per_frame
    width = 4 if real else 2
    record = (4 * points + head["analog"]) * width
    begin = (head["block"] - 1) * BLOCK
    if head["block"] < 2 or begin > len(data):
        begin = _declared_start(groups, len(data), head["block"])
        odd.append(("POINT:DATA_START", "the header's pointer to the data leads nowhere; "
                    "that of the parameters was used"))  # fmt: skip
    first, count = _frames(head, groups, record, len(data) - begin, odd)
    if record == 0 or count <= 0:
        raise FormatError("the file holds no frames", place="header",
                          found=f"{points} points, {channels} analog channels, frames "
                          f"{head['first']} to {head['last']}")  # fmt: skip
    whole, rest = divmod(len(data) - begin, record)
    if begin + count * record > len(data) and whole and not rest:
        # A cut file ends somewhere; one that ends with a frame is an excerpt.
        odd.append(("frames", f"the file claims {count} frames and ends after {whole} whole ones; "
                    "these were read"))  # fmt: skip
        count = whole
    if begin + count * record > len(data):
        raise FormatError("the file ends before its data do", place=f"byte {len(data)}",
                          found=f"{max(0, len(data) - begin) // record} of {count} frames",
                          expected=f"{begin + count * record} bytes",
                          remedy="fetch or export the file again; it is cut")  # fmt: skip
    filling = _filling(data, begin, record, count)
    if filling:
        odd[:] = [x for x in odd if x[0] != "frames"]
        odd.append(("frames", f"the header claims {count} frames, and the last {filling} are zeros that fill the "
                    f"file's last block; {count - filling} were read"))  # fmt: skip
        count -= filling
    raw = data[begin : begin + count * record]
    decoded: npt.NDArray[Any] = floats(raw, processor) if real else ints(raw, processor)
    values = decoded.reshape(count, -1)
    xyzr = values[:, : 4 * points].reshape(count, points, 4).astype(np.float64)
    if real:
        # Some writers put the 16-bit word there without its sign: 65535 is -1.
        xyzr[..., 3] = np.where(xyzr[..., 3] > 32767, xyzr[..., 3] - 65536, xyzr[..., 3])
    else:
        xyzr[..., :3] *= scale
    analog = values[:, 4 * points :].reshape(count * per_frame, channels)
    _compare_counts(groups, points, channels, odd)
    box = Container(
        processor, real, _rate(head, groups, odd), first, xyzr[..., :3], xyzr[..., 3],
        np.zeros((0, 0)), per_frame, head["events"], groups, tuple(odd),
    )  # fmt: skip
    return replace(box, analog=_scaled(analog, box))


def _declared_start(groups: Mapping[str, Mapping[str, Parameter]], size: int, found: int) -> int:
    part = groups["POINT"].get("DATA_START")
    if part is not None and not isinstance(part.values, tuple) and len(part.values):
        block = part.values[0]
        if math.isfinite(block) and 2 <= block <= size // BLOCK + 1:
            return (int(block) - 1) * BLOCK
    raise FormatError("the pointer to the data leads nowhere", place="header, word 9",
                      found=f"block {found}", expected=f"2 to {size // BLOCK}",
                      remedy="the file is cut or damaged: export it again")  # fmt: skip


def _compare_counts(groups: Mapping[str, Mapping[str, Parameter]], points: int, channels: int,
                    odd: list[tuple[str, str]]) -> None:  # fmt: skip
    for group, real in (("POINT", points), ("ANALOG", channels)):
        part = groups.get(group, {}).get("USED")
        if part is None or isinstance(part.values, tuple) or not len(part.values):
            continue
        claimed = part.values[0]
        claimed = claimed + 65536 if claimed < 0 else claimed
        if claimed != real:
            odd.append((f"{group}:USED", f"the parameter says {claimed:g} and the header {real}; "
                        "the header, which the data follow, was believed"))  # fmt: skip


def _padded(values: Array, count: int, fill: float) -> Array:
    """`values` cut or continued to `count`; what is no number becomes `fill`."""
    out = np.full(count, fill)
    n = min(count, len(values))
    out[:n] = np.where(np.isfinite(values[:n]), values[:n], fill)
    return out


def _scaled(raw: npt.NDArray[Any], box: Container) -> Array:
    """Analog values in ANALOG:UNITS: (raw - OFFSET) × SCALE × GEN_SCALE."""
    count = raw.shape[1]
    if not count:
        return np.zeros(raw.shape)
    offset = _padded(box.numbers("ANALOG", "OFFSET"), count, 0.0)
    unsigned = "UNSIGNED" in (x.upper() for x in box.text("ANALOG", "FORMAT"))
    if unsigned:
        offset = np.where(offset < 0, offset + 65536, offset)
        if not box.real:
            raw = raw.astype(np.int16).view(np.uint16)
    general = box.number("ANALOG", "GEN_SCALE")
    each = _padded(box.numbers("ANALOG", "SCALE"), count, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        return (raw.astype(np.float64) - offset) * each * (1.0 if general is None else general)
