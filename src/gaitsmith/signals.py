"""Filters, gaps and clocks: pure functions on arrays that every floor needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["fill_gaps", "gaps", "lowpass", "resample"]

Array = npt.NDArray[np.float64]


def gaps(missing: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Runs of True in a 1-D mask as rows ``[first, one past last]``."""
    edges = np.diff(np.concatenate(([0], np.asarray(missing, np.int8), [0])))
    return np.column_stack((np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)))


def fill_gaps(time: Array, data: Array) -> Array:
    """`data` (time first) with NaN replaced by linear interpolation, ends held; all-NaN stays."""
    flat = data.reshape(len(data), -1).copy()
    for column in np.flatnonzero(np.isnan(flat).any(axis=0)):
        here = ~np.isnan(flat[:, column])
        if here.any():
            flat[~here, column] = np.interp(time[~here], time[here], flat[here, column])
    return flat.reshape(data.shape)


def lowpass(data: Array, rate_hz: float, cutoff_hz: float, order: int = 4) -> Array:
    """Zero-phase Butterworth low-pass along the first axis.

    `order` is that of the filter as applied forward and back (4 = two passes of order 2), and the
    cutoff is corrected for the two passes (Winter, Biomechanics and Motor Control, 4th ed., 3.4),
    so that the gain at `cutoff_hz` is -3 dB. NaN are bridged for filtering and put back. A signal
    too short to be filtered, or a cutoff at or above 0.95 × Nyquist, is returned as it is.
    """
    from scipy.signal import butter, sosfiltfilt

    half = max(1, order // 2)
    corrected = cutoff_hz / (np.sqrt(2.0) - 1.0) ** (1.0 / (2 * half))
    # Near Nyquist the correction would leave the filter's range; there the plain cutoff serves.
    cutoff = corrected if corrected < 0.475 * rate_hz else cutoff_hz
    if len(data) < 3 or cutoff >= 0.475 * rate_hz:
        return np.array(data, dtype=np.float64)
    missing = np.isnan(data)
    whole = fill_gaps(np.arange(len(data), dtype=float), data) if missing.any() else data
    sos = butter(half, cutoff, fs=rate_hz, output="sos")
    # Padding of about one period of the cutoff keeps the ends from ringing.
    pad = min(len(data) - 1, max(3 * (2 * len(sos) + 1), int(rate_hz / cutoff)))
    out: Array = sosfiltfilt(sos, np.nan_to_num(whole), axis=0, padlen=pad)
    out[missing | np.isnan(whole)] = np.nan
    return out


def resample(
    time: Array,
    data: Array,
    rate_hz: float,
    *,
    start: float | None = None,
    stop: float | None = None,
) -> tuple[Array, float]:
    """`data` on a uniform clock of `rate_hz`, and that clock's start (s).

    Slower than before: low-passed (zero-phase Butterworth, order 8) at 0.4 × the new rate first,
    so that nothing folds back. Between samples a cubic spline runs (linear below 4 samples).
    A NaN gap longer than two new samples and 0.1 s stays NaN; shorter ones are bridged.
    Repeated times are averaged away by keeping the first.
    """
    from scipy.interpolate import make_interp_spline

    keep = np.concatenate(([True], np.diff(time) > 0)) if len(time) else np.zeros(0, bool)
    time, data = time[keep], data[keep]
    if not len(time):
        return np.zeros((0, *data.shape[1:])), 0.0 if start is None else start
    first = float(time[0]) if start is None else float(start)
    last = float(time[-1]) if stop is None else float(stop)
    count = max(0, int(np.floor((last - first) * rate_hz + 1e-6)) + 1)
    grid = first + np.arange(count) / rate_hz
    shape = (count, *data.shape[1:])
    flat = data.reshape(len(data), -1)
    if len(time) == 1:
        out = np.where(np.abs(grid[:, None] - time[0]) < 0.5 / rate_hz, flat[0], np.nan)
        return out.reshape(shape), first

    step = float(np.median(np.diff(time)))
    missing = np.isnan(flat)
    whole = fill_gaps(time, flat)
    empty = np.isnan(whole).any(axis=0)
    if rate_hz < (1 - 1e-6) / step:
        even = np.allclose(np.diff(time), step, rtol=1e-3, atol=1e-6)
        if not even:  # bring an uneven clock to an even one before filtering
            dense = np.arange(time[0], time[-1] + step / 2, step)
            whole = np.column_stack([np.interp(dense, time, c) for c in whole.T])
        whole = lowpass(np.nan_to_num(whole), 1 / step, 0.4 * rate_hz, order=8)
        knots = time if even else dense
    else:
        knots = time
    k = 3 if len(knots) > 3 else 1
    out = np.full((count, flat.shape[1]), np.nan)
    inside = (grid >= time[0] - 1e-9) & (grid <= time[-1] + 1e-9)
    cols = ~empty
    if inside.any() and cols.any():
        spline: Any = make_interp_spline(knots, np.nan_to_num(whole[:, cols]), k=k, axis=0)
        out[np.ix_(inside, cols)] = spline(np.clip(grid[inside], knots[0], knots[-1]))
    longest = max(2.0 / rate_hz, 0.1)
    for column in np.flatnonzero(missing.any(axis=0) & cols):
        for a, b in gaps(missing[:, column]):
            before = time[a - 1] if a else -np.inf
            after = time[b] if b < len(time) else np.inf
            if after - before > longest:
                out[(grid > before + 1e-9) & (grid < after - 1e-9), column] = np.nan
    return out.reshape(shape), first
