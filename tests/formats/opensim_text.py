"""OpenSim tables as text, made here: a walk of two legs, and forces in every layout."""

import numpy as np

from gaitsmith.formats.base import Hints, Source


def source(text, name="walk.mot"):
    data = text.encode() if isinstance(text, str) else text
    return Source(name, data, name[name.rindex(".") :])


def walk(seconds=2.0, rate=100.0, start=0.0):
    """Times and angles (deg) by name: a made-up walk with plausible ranges."""
    t = start + np.arange(round(seconds * rate) + 1) / rate
    phase = 2 * np.pi * (t - start)
    out = {"pelvis_tilt": 4 + np.sin(2 * phase), "pelvis_tx": 1.3 * (t - start),
           "pelvis_ty": 0.95 + 0.02 * np.cos(2 * phase)}  # fmt: skip
    for side, lag in (("r", 0.0), ("l", np.pi)):
        out[f"hip_flexion_{side}"] = 8 + 22 * np.cos(phase + lag)
        out[f"knee_angle_{side}"] = 30 + 28 * np.sin(phase + lag)
        out[f"ankle_angle_{side}"] = 12 * np.sin(2 * phase + lag)
    return t, out


def mot(t, columns, header="Coordinates\nversion=1\nnRows={rows}\nnColumns={columns}\ninDegrees=yes",
        digits=8):  # fmt: skip
    data = np.column_stack([t, *columns.values()])
    head = header.format(rows=len(t), columns=data.shape[1])
    rows = ["\t".join(f"{v:.{digits}f}" for v in row) for row in data]
    return "\n".join([head, "endheader", "\t".join(["time", *columns]), *rows]) + "\n"


def force_columns(n=200, names="ground_force_r_{q}{a}"):
    """vx..vz, px..pz, mx..mz of one plate, loaded in the middle half."""
    loaded = (np.arange(n) > n // 4) & (np.arange(n) < 3 * n // 4)
    v = np.where(loaded[:, None], [[30.0, 700.0, -20.0]], 0.0)
    p = np.where(loaded[:, None], [[0.4, 0.0, 0.1]], [[88.0, 0.0, -70.0]])
    m = np.where(loaded[:, None], [[0.0, 5.0, 0.0]], 0.0)
    out = {}
    for q, block in (("v", v), ("p", p), ("m", m)):
        for i, a in enumerate("xyz"):
            out[names(q, a)] = block[:, i]
    return out, loaded


__all__ = ["Hints", "force_columns", "mot", "source", "walk"]
