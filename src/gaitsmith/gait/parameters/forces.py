"""Ground reaction forces: peaks, impulses and loading of each foot's stance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.gait.contacts import foot_forces
from gaitsmith.gait.crests import crests
from gaitsmith.gait.interpolate import normalise
from gaitsmith.gait.parameters.base import Parameter, Parameters, parameter
from gaitsmith.gait.strides import Strides, StrideSet
from gaitsmith.recording import Note, Recording, Stream
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["foot_stream", "ground_forces", "stance_forces"]

Array = npt.NDArray[np.float64]

# Points a stance is brought to: fine enough for the impact of running (about 1 ms).
_POINTS = 301
# A stance whose largest force is below this share of the largest of all was beside the plate.
_ON_PLATE = 0.5
# A stance that begins above this share of its peak was already loaded at its strike.
_LOADED = 0.25
# Points at each end of stance that may lie outside the contact (10 %).
_ENDS = 30
# Between half of stance and this share of it lies the second peak even of very slow walking.
_HALF = 0.5


def foot_stream(recording: Recording) -> Stream | None:
    """The forces under each foot: as the file names them, else by contact (``gait.contacts``)."""
    for stream in recording.of_kind("forces").values():
        if "foot_r" in stream or "foot_l" in stream:
            return stream
    return None if recording.forces is None else foot_forces(recording)


def stance_forces(strides: StrideSet, side: Side, stream: Stream | None = None) -> Array | None:
    """Stride × 301 × 3 forces (N; x, y, z) of a foot over its stance, NaN where not measured.

    None where nothing says that foot's force (`stream`: as :func:`foot_stream` gives it, which is
    asked where not given). A stance counts as measured where it has no gap but at its ends, where
    an event may lie a little outside the contact, and where its peak is at least half of the
    largest.
    """
    s = strides[side]
    found = foot_stream(strides.recording) if stream is None else stream
    label = f"foot_{side[0]}"
    if found is None or label not in found or not s.n:
        return None
    known = ~np.isnan(s.at("off"))
    off = np.where(known, s.at("off"), s.at("next_strike"))
    force = normalise(found.times, found[label][:, :3], s.at("strike"), off,
                      points=_POINTS, smooth=False, longest_gap=0.1)  # fmt: skip
    for ends in (slice(None, _ENDS), slice(-_ENDS, None)):
        force[:, ends] = np.nan_to_num(force[:, ends])
    gap = np.isnan(force).any(axis=(1, 2)) | ~known
    peak = np.where(gap, 0.0, np.nan_to_num(force[:, :, 1]).max(axis=1))
    beside = peak < _ON_PLATE * peak.max(initial=0.0)
    # A plate left before the foot's own off, or hit late, has a long empty end.
    empty = (np.nan_to_num(force[:, _ENDS:-_ENDS, 1]) < 0.02 * peak[:, None]).any(axis=1)
    force[gap | beside | empty | (peak <= 0)] = np.nan
    return None if np.isnan(force).all() else force


def ground_forces(strides: StrideSet) -> Parameters:
    """Vertical peaks and trough, braking, propulsion, impulses and loading rate.

    In % of body weight where the mass is known, else in newtons. In running the single (active)
    peak is given, and no trough.
    """
    mass = strides.recording.subject.mass
    factor, unit = (100.0 / (mass * STANDARD_GRAVITY), "%BW") if mass else (1.0, "N")
    found: dict[Side, Array] = {}
    times: dict[Side, Array] = {}
    stream = foot_stream(strides.recording)
    for side in strides.sides if stream is not None else ():
        force = stance_forces(strides, side, stream)
        if force is not None:
            found[side] = factor * force
            s: Strides = strides[side]
            times[side] = s.at("off") - s.at("strike")
    if not found:
        if strides.recording.forces is None:
            return Parameters(missing=("Peaks of ground reaction forces need force plates.",))
        return Parameters(
            missing=("No stride in use has its own foot's whole stance on a force plate.",)
        )
    rows: list[Parameter | None] = []

    def add(
        key: str,
        name: str,
        words: str,
        values: dict[Side, Array],
        *,
        per: str = "",
        decimals: int = 1,
    ) -> None:
        rows.append(parameter(key, name, unit + per, words, values, group="force",
                              decimals=decimals if mass else 0))  # fmt: skip

    half = int(_HALF * (_POINTS - 1))
    up = {k: f[:, :, 1] for k, f in found.items()}
    fore = {k: f[:, :, 0] for k, f in found.items()}
    if strides.running:
        add("vertical_peak", "vertical force, active peak", "maximum in stance",
            {k: v.max(axis=1) for k, v in up.items()})  # fmt: skip
    else:
        add("vertical_peak_1", "vertical force, first peak", "maximum in the first half of stance",
            {k: v[:, :half].max(axis=1) for k, v in up.items()})  # fmt: skip
        add(
            "vertical_trough",
            "vertical force, mid-stance trough",
            "minimum between the two peaks",
            {k: _trough(v, half) for k, v in up.items()},
        )
        add("vertical_peak_2", "vertical force, second peak", "maximum in the second half of stance",
            {k: v[:, half:].max(axis=1) for k, v in up.items()})  # fmt: skip
    add("braking_peak", "braking force, peak", "minimum of the fore-aft force in stance (backward -)",
        {k: v[:, : 2 * half * 3 // 4].min(axis=1) for k, v in fore.items()})  # fmt: skip
    add("propulsion_peak", "propulsive force, peak", "maximum of the fore-aft force after mid stance",
        {k: v[:, half:].max(axis=1) for k, v in fore.items()})  # fmt: skip
    add(
        "braking_impulse",
        "braking impulse",
        "integral of the backward force over stance",
        {k: _impulse(np.minimum(v, 0.0), times[k]) for k, v in fore.items()},
        per="·s",
        decimals=2,
    )
    add(
        "propulsion_impulse",
        "propulsive impulse",
        "integral of the forward force over stance",
        {k: _impulse(np.maximum(v, 0.0), times[k]) for k, v in fore.items()},
        per="·s",
        decimals=2,
    )
    add(
        "vertical_impulse",
        "vertical impulse",
        "integral of the vertical force over stance",
        {k: _impulse(v, times[k]) for k, v in up.items()},
        per="·s",
    )
    add("loading_rate", "loading rate",
        "mean slope of the vertical force from 20 to 80 % of the time from strike to the first peak "
        "(in running the impact peak: Milner CE et al., 2006, Med Sci Sports Exerc 38:323-328)",
        {k: _loading(v, times[k], running=strides.running) for k, v in up.items()}, per="/s", decimals=0)  # fmt: skip
    notes = [] if mass else [
        Note("assumption", "forces", "the body mass is not known, so forces stay in newtons")
    ]  # fmt: skip
    return Parameters(tuple(r for r in rows if r is not None), tuple(notes))


def _trough(vertical: Array, half: int) -> Array:
    """Minimum between the highest points of both halves of stance."""
    missing = np.isnan(vertical).any(axis=1)
    whole = np.nan_to_num(vertical)
    a = whole[:, :half].argmax(axis=1)
    b = half + whole[:, half:].argmax(axis=1)
    at = np.arange(vertical.shape[1])
    between = (at >= a[:, None]) & (at <= b[:, None])
    out = np.where(between, whole, np.inf).min(axis=1)
    return np.where(missing, np.nan, out)


def _impulse(force: Array, seconds: Array) -> Array:
    """Integral over stance by the trapezoidal rule."""
    step = seconds / (force.shape[1] - 1)
    return np.asarray((force[:, 1:] + force[:, :-1]).sum(axis=1) / 2 * step)


def _loading(vertical: Array, seconds: Array, *, running: bool) -> Array:
    """Slope between 20 and 80 % of the time to the first peak, by stance.

    NaN where the stance begins loaded: then its strike is later than the contact.
    """
    n, points = vertical.shape
    out = np.full(n, np.nan)
    step = seconds / (points - 1)
    for i in np.flatnonzero(~np.isnan(vertical).any(axis=1)):
        v = vertical[i]
        peak = _impact(v) if running else int(np.argmax(v[: points // 2]))
        if v[0] > _LOADED * v.max() or peak < 5:
            continue
        low, high = np.interp([0.2 * peak, 0.8 * peak], np.arange(points), v)
        out[i] = (high - low) / (0.6 * peak * step[i])
    return out


def _impact(v: Array) -> int:
    """Place of the impact peak: the first crest that stands out by 5 %; else of the highest."""
    found = crests(v, height=0.4 * v.max(), prominence=0.05 * v.max())
    return int(found[0]) if len(found) else int(np.argmax(v))
