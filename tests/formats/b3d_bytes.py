"""A small .b3d made here, byte by byte."""

import struct

import numpy as np

COORDINATES = ("pelvis_tilt", "pelvis_tx", "hip_flexion_r", "knee_angle_r", "knee_angle_r_beta",
               "knee_angle_l")  # fmt: skip


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, np.ndarray):
        return field(number, value.astype("<f8").tobytes())
    return varint(number << 3) + varint(value)


def header_of(trials, *, mass=70.0, height=1.7, passes=(0,), sizes):
    model = "".join(f'<Coordinate name="{c}"></Coordinate>' for c in COORDINATES)
    parts = [field(1, 5), field(2, len(trials)), field(3, sizes[0]), field(4, sizes[1])]
    parts += [field(5, field(1, p) + field(2, f"<OpenSimDocument><Model>{model}")) for p in passes]
    parts += [field(6, "calcn_r"), field(6, "calcn_l")]
    for name, frames, step, reasons in trials:
        one = field(1, name) + field(2, bytes(reasons)) + field(3, frames) + field(4, step)
        one += b"".join(field(5, field(1, p)) for p in passes) + field(7, 2)
        parts.append(field(9, one))
    parts += [field(13, "female"), field(14, height), field(15, mass), field(16, 41)]
    parts += [field(17, n) for n in ("RHEE", "LHEE", "SACR")]
    return b"".join(parts)


def make(
    trials=(("walk_1", 6, 0.01, ()), ("walk_2", 4, 0.01, ())),
    *,
    passes=(0,),
    plates=True,
    **options,
):
    """Bytes of a file; markers, positions and forces count up with the frame."""
    frames = []
    for _, count, _, _ in trials:
        for i in range(count):
            markers = np.array([0.1, 0.05, 0.0, 0.3, 0.06, 0.1, 0.0, 1.0, np.nan]) + 0.01 * i
            force = np.array([10.0, 700.0 + i, 5.0, 0, 0, 0]) * plates
            sensor = field(2, markers) + field(7, np.array([0.2, 0, 0.1, 9, 0, 9.0]))
            sensor += field(8, np.array([0, 3.0, 0, 0, 0, 0])) + field(9, force)
            frames.append(sensor)
            for p in passes:
                pos = np.array([0.1, 1.3 * i, 0.4, -0.6 - 0.1 * i, -0.5])
                tau = np.array([0, 0, 20.0, 30.0, -10.0]) * (p == 1)
                contact = np.array([1.0, 500.0, 0, 0, 0, 0])
                done = field(1, pos) + field(4, tau) + field(6, np.zeros(6))
                frames.append(done + field(7, np.zeros(6)) + field(8, contact * (not plates)))
    sizes = (len(frames[0]), len(frames[1]))
    head = header_of(trials, passes=passes, sizes=sizes, **options)
    return struct.pack("<q", len(head)) + head + b"".join(frames)
