"""C3D files made by hand, in all six encodings, for tests."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Processor = Literal["pc", "dec", "sgi"]
ENCODINGS = [(p, r) for p in ("pc", "dec", "sgi") for r in (True, False)]


def _floats(values: Any, processor: Processor) -> bytes:
    flat = np.asarray(values, "<f4").ravel()
    if processor == "sgi":
        return flat.astype(">f4").tobytes()
    if processor == "pc":
        return flat.tobytes()
    bits = (flat * np.float32(4)).view("<u4")
    words = np.column_stack((bits >> 16, bits & 0xFFFF)).astype("<u2")
    return words.tobytes()


def _ints(values: Any, processor: Processor) -> bytes:
    order = ">" if processor == "sgi" else "<"
    wide = np.asarray(values, np.int64).ravel() & 0xFFFF
    return wide.astype(order + "u2").tobytes()


@dataclass
class C3D:
    """A file in the making: arrays in the file's own units, and its parameters.

    ``parameters`` are ``(group, name, type, dims, values)`` with type "text", "int", "float" or
    "byte"; POINT:USED and its like are put in unless given.
    """

    points: Any  # frame × point × 3
    residuals: Any = None
    analog: Any = None  # sample × channel, raw
    per_frame: int = 1
    rate: float = 100.0
    first: int = 1
    scale: float = 0.1
    processor: Processor = "pc"
    real: bool = True
    parameters: list[tuple[str, str, str, tuple[int, ...], Any]] = field(default_factory=list)
    labels: list[str] | None = None
    events: list[tuple[str, float]] = field(default_factory=list)
    head: dict[int, int] = field(default_factory=dict)

    def build(self) -> bytes:
        points = np.asarray(self.points, float)
        frames, count = points.shape[:2]
        analog = (
            np.zeros((frames * self.per_frame, 0))
            if self.analog is None
            else np.asarray(self.analog, float)
        )
        section = self._section(count, analog.shape[1])
        blocks = -(-len(section) // 512)
        start = 2 + blocks
        words = [0] * 256
        words[0] = 2 | 0x50 << 8
        words[1], words[2] = count, analog.shape[1] * self.per_frame
        words[3], words[4] = self.first, min(65535, self.first + frames - 1)
        words[8], words[9] = start, self.per_frame
        if self.events:
            words[149], words[150] = 12345, len(self.events)
        for word, value in self.head.items():
            words[word - 1] = value
        head = bytearray(_ints(words, self.processor))
        head[0:2] = b"\x02\x50"
        scale = -abs(self.scale) if self.real else self.scale
        head[12:16] = _floats([scale], self.processor)
        head[20:24] = _floats([self.rate], self.processor)
        for i, (label, time) in enumerate(self.events):
            head[304 + 4 * i : 308 + 4 * i] = _floats([time], self.processor)
            head[376 + i] = 1
            head[396 + 4 * i : 400 + 4 * i] = label.encode().ljust(4)[:4]
        body = (
            bytes([1, 0x50, blocks, {"pc": 84, "dec": 85, "sgi": 86}[self.processor]]) + section[4:]
        )
        return bytes(head) + body.ljust(512 * blocks, b"\0") + self._data(points, analog)

    def _data(self, points: Any, analog: Any) -> bytes:
        frames = len(points)
        residuals = (
            np.zeros(points.shape[:2]) if self.residuals is None else np.asarray(self.residuals)
        )
        if self.real:
            rows = np.concatenate((points, residuals[..., None]), axis=2).reshape(frames, -1)
            return _floats(np.hstack((rows, analog.reshape(frames, -1))), self.processor)
        whole = np.round(points / self.scale)
        rows = np.concatenate((whole, residuals[..., None]), axis=2).reshape(frames, -1)
        return _ints(np.hstack((rows, analog.reshape(frames, -1))), self.processor)

    def _section(self, count: int, channels: int) -> bytes:
        labels = [f"M{i + 1}" for i in range(count)] if self.labels is None else self.labels
        rows = list(self.parameters)
        have = {(g, n) for g, n, *_ in rows}
        for row in (
            ("POINT", "USED", "int", (), [count]),
            ("POINT", "SCALE", "float", (), [-abs(self.scale) if self.real else self.scale]),
            ("POINT", "RATE", "float", (), [self.rate]),
            ("POINT", "FRAMES", "int", (), [len(self.points)]),
            ("POINT", "UNITS", "text", (2,), ["mm"]),
            ("POINT", "LABELS", "text", (32, len(labels)), labels),
            ("ANALOG", "USED", "int", (), [channels]),
        ):
            if row[:2] not in have:
                rows.append(row)
        out = bytearray(4)
        numbers: dict[str, int] = {}
        for group, name, kind, dims, values in rows:
            if group not in numbers:
                numbers[group] = len(numbers) + 1
                out += struct.pack("<bb", len(group), -numbers[group]) + group.encode()
                out += _ints([3], self.processor) + b"\0"
            if kind == "text":
                raw = b"".join(v.encode().ljust(dims[0])[: dims[0]] for v in values)
            elif kind == "byte":
                raw = bytes(int(v) & 0xFF for v in values)
            else:
                raw = (_ints if kind == "int" else _floats)(values, self.processor)
            size = {"text": -1, "byte": 1, "int": 2, "float": 4}[kind]
            entry = struct.pack("<bB", size, len(dims)) + bytes(dims) + raw + b"\0"
            out += struct.pack("<bb", len(name), numbers[group]) + name.encode()
            out += _ints([len(entry) + 2], self.processor) + entry
        return bytes(out) + b"\0\0"


def walker(frames: int = 60, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """frame × 8 × 3 (mm, z up): markers of feet, pelvis and shoulders that go along +x."""
    rng = np.random.default_rng(seed)
    at = {"RHEE": (0, -100, 50), "LHEE": (0, 100, 50), "RTOE": (200, -100, 40), "LTOE": (200, 100, 40),
          "RASI": (100, -130, 950), "LASI": (100, 130, 950), "RSHO": (50, -180, 1400),
          "LSHO": (50, 180, 1400)}  # fmt: skip
    base = np.array(list(at.values()), float)
    path = np.linspace(0, 800, frames)[:, None, None] * np.array([1.0, 0, 0])
    return base + path + rng.normal(0, 1, (frames, len(at), 3)), list(at)


def plate_parameters(kind: int, corners: Any, origin: Any, channels: Any, **more: Any) -> list[Any]:
    """FORCE_PLATFORM of one or several plates; `corners` plate × 4 × 3, `channels` plate × n."""
    corners = np.asarray(corners, float).reshape(-1, 4, 3)
    n = len(corners)
    channels = np.asarray(channels).reshape(n, -1)
    rows = [
        ("FORCE_PLATFORM", "USED", "int", (), [n]),
        ("FORCE_PLATFORM", "TYPE", "int", (n,), [kind] * n),
        ("FORCE_PLATFORM", "CORNERS", "float", (3, 4, n), corners),
        ("FORCE_PLATFORM", "ORIGIN", "float", (3, n), np.asarray(origin, float)),
        ("FORCE_PLATFORM", "CHANNEL", "int", (channels.shape[1], n), channels),
    ]
    if "matrix" in more:
        rows.append(
            ("FORCE_PLATFORM", "CAL_MATRIX", "float", (6, 6, n), np.asarray(more["matrix"]).T)
        )
    return rows
