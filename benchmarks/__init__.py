"""Timings as ratios in one run: ``python -m benchmarks`` (or ``make bench``)."""
