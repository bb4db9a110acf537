"""How long pushes take, counted in fixed bins: an hour costs no more memory than a second."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["Latency"]

# Bins from 0.1 µs to 1 s, each 1/50 of a decade (4.7 %) wide.
_PER_DECADE, _LOW, _DECADES = 50, 1e-7, 7


class Latency:
    """Counts of durations in logarithmic bins of 4.7 %.

    Attributes
    ----------
    count
        How many durations were added.
    longest_s
        The longest (s).
    """

    def __init__(self) -> None:
        self._bins = np.zeros(_PER_DECADE * _DECADES, dtype=np.int64)
        self.count = 0
        self.longest_s = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        at = int(_PER_DECADE * math.log10(seconds / _LOW)) if seconds > _LOW else 0
        self._bins[min(at, len(self._bins) - 1)] += 1
        self.count += 1
        self.longest_s = max(self.longest_s, seconds)

    def percentile_s(self, percent: float) -> float:
        """Duration (s) that so many % did not exceed (middle of its bin); NaN without any."""
        if not self.count:
            return math.nan
        reached = np.cumsum(self._bins) >= percent / 100.0 * self.count
        return float(_LOW * 10 ** ((int(np.argmax(reached)) + 0.5) / _PER_DECADE))

    def histogram(self, width: int = 40) -> str:
        """A row of text for each fifth of a decade that was met."""
        if not self.count:
            return "no pushes"
        step = _PER_DECADE // 5
        rows = self._bins.reshape(-1, step).sum(axis=1)
        met = np.flatnonzero(rows)
        lines = []
        for k in range(int(met[0]), int(met[-1]) + 1):
            low, high = (1e6 * _LOW * 10 ** (j * step / _PER_DECADE) for j in (k, k + 1))
            bar = "█" * round(width * rows[k] / rows.max()) or ("▏" if rows[k] else "")
            share = 100.0 * rows[k] / self.count
            lines.append(f"{low:9.3g} – {high:<8.3g} µs {share:6.2f} %  {bar}")
        return "\n".join(lines)

    def __str__(self) -> str:
        p50, p99 = (1e6 * self.percentile_s(p) for p in (50, 99))
        return (
            f"{self.count} pushes: p50 {p50:.3g} µs, p99 {p99:.3g} µs, "
            f"longest {1e6 * self.longest_s:.3g} µs"
        )
