"""Filters, gaps and clocks: pure functions on arrays that every floor needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["blurred", "fill_gaps", "gaps", "lowpass", "resample"]

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


def blurred(x: Array, width: float) -> Array:
    """`x` (n,) weighted with a bell of standard deviation `width` (samples), its ends held."""
    reach = int(4 * width + 0.5)
    at = np.arange(-reach, reach + 1)
    bell = np.exp(-0.5 * (at / width) ** 2)
    return np.convolve(np.pad(x, reach, mode="edge"), bell / bell.sum(), mode="valid")


def lowpass(data: Array, rate_hz: float, cutoff_hz: float, order: int = 4) -> Array:
    """Zero-phase Butterworth low-pass along the first axis.

    `order` is that of the filter as applied forward and back (4 = two passes of order 2), and the
    cutoff is corrected for the two passes (Winter, Biomechanics and Motor Control, 4th ed., 3.4),
    so that the gain at `cutoff_hz` is -3 dB. NaN are bridged for filtering and put back. A signal
    too short to be filtered, or a cutoff at or above 0.95 × Nyquist, is returned as it is.
    """
    half = max(1, order // 2)
    corrected = cutoff_hz / (np.sqrt(2.0) - 1.0) ** (1.0 / (2 * half))
    # Near Nyquist the correction would leave the filter's range; there the plain cutoff serves.
    cutoff = corrected if corrected < 0.475 * rate_hz else cutoff_hz
    if len(data) < 3 or cutoff >= 0.475 * rate_hz:
        return np.array(data, dtype=np.float64)
    missing = np.isnan(data)
    whole = fill_gaps(np.arange(len(data), dtype=float), data) if missing.any() else data
    parts = _butterworth(half, cutoff / rate_hz)
    # Padding of about one period of the cutoff keeps the ends from ringing.
    pad = min(len(data) - 1, max(3 * (2 * len(parts) + 1), int(rate_hz / cutoff)))
    out = _there_and_back(parts, np.nan_to_num(whole).reshape(len(data), -1), pad)
    out = out.reshape(data.shape)
    out[missing | np.isnan(whole)] = np.nan
    return out


def _butterworth(order: int, cutoff: float) -> list[tuple[Array, Array]]:
    """Low-pass as sections (b, a) of second order, one of first for an odd order.

    The analogue prototype through the bilinear transform with the cutoff (a share of the rate)
    warped to its place: the textbook form, as in scipy.signal.butter.
    """
    k = float(np.tan(np.pi * cutoff))
    parts = []
    for i in range(order // 2):
        damped = 2 * np.sin((2 * i + 1) * np.pi / (2 * order)) * k
        whole = 1 + damped + k * k
        b = np.array([1.0, 2.0, 1.0]) * k * k / whole
        parts.append((b, np.array([1.0, 2 * (k * k - 1) / whole, (1 - damped + k * k) / whole])))
    if order % 2:
        b = np.array([1.0, 1.0, 0.0]) * k / (1 + k)
        parts.append((b, np.array([1.0, (k - 1) / (k + 1), 0.0])))
    return parts


def _there_and_back(parts: list[tuple[Array, Array]], data: Array, pad: int) -> Array:
    """`data` (n × channels) filtered forwards and backwards, its ends continued by `pad` samples
    turned about the end point; each pass begins as if its first sample had always stood there.
    """
    ends = 2 * data[0] - data[pad:0:-1], 2 * data[-1] - data[-2 : -pad - 2 : -1]
    # Channels lie one after the other in memory, as the solver wants them.
    out = np.asfortranarray(np.concatenate((ends[0], data, ends[1])) if pad else data)
    for _ in range(2):
        for b, a in parts:
            out = _section(b, a, out)
        out = out[::-1]
    return np.ascontiguousarray(out[pad : len(out) - pad])


def _section(b: Array, a: Array, x: Array) -> Array:
    """One recursive section of unit gain at rest, as a triangular banded system: a * y = b * x."""
    from scipy.linalg.lapack import dtbtrs

    right = np.asfortranarray(b[0] * x)
    right[1:] += b[1] * x[:-1]
    right[2:] += b[2] * x[:-2]
    # The state of a filter that has seen the first sample for ever.
    right[0] += (1 - b[0]) * x[0]
    right[1:2] += (b[2] - a[2]) * x[0]
    bands = np.empty((3, len(x)))
    bands[:] = a[:, None]
    y, wrong = dtbtrs(bands, right, uplo="L", diag="U", overwrite_b=True)
    assert wrong == 0
    return np.asarray(y)


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
