"""Crests against scipy's."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from gaitsmith.gait.crests import crests
from gaitsmith.signals import blurred, lowpass


@given(
    hnp.arrays(float, st.integers(0, 120), elements=st.integers(-6, 6).map(float)),
    st.integers(-7, 6),
    st.sampled_from((0.0, 1.0, 3.0, 7.0)),
    st.integers(1, 20),
)
@settings(max_examples=200)
def test_levels_ends_and_ties(x: np.ndarray, height: int, prominence: float, distance: int) -> None:
    if distance > 1:
        # Which of two equals stays is not said by scipy.
        x = x + 1e-3 * np.random.default_rng(0).random(len(x))
    ours = crests(x, height=height, prominence=prominence, distance=distance)
    theirs, _ = find_peaks(x, height=height, prominence=prominence or None, distance=distance)
    assert np.array_equal(ours, theirs)


def test_a_long_noisy_walk() -> None:
    x = np.random.default_rng(1).normal(size=30_000).cumsum()
    for prominence, distance in ((0.5, 1), (5.0, 50), (40.0, 300)):
        theirs, _ = find_peaks(x, prominence=prominence, distance=distance)
        ours = crests(x, prominence=prominence, distance=distance)
        assert len(ours) > 5
        assert np.array_equal(ours, theirs)


@given(st.integers(3, 400), st.integers(1, 10), st.floats(0.5, 45.0), st.integers(0, 2**20))
@settings(max_examples=60)
def test_low_pass_is_the_textbook_one(n: int, order: int, cutoff: float, seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(n, 2, 3)).cumsum(axis=0)
    half = max(1, order // 2)
    at = cutoff / (np.sqrt(2.0) - 1.0) ** (1.0 / (2 * half))
    at = at if at < 47.5 else cutoff
    sos = butter(half, at, fs=100.0, output="sos")
    pad = min(n - 1, max(3 * (2 * len(sos) + 1), int(100.0 / at)))
    theirs = sosfiltfilt(sos, x, axis=0, padlen=pad)
    ours = lowpass(x, 100.0, cutoff, order)
    assert np.abs(ours - theirs).max() < 1e-7 * (1 + np.abs(x).max())


@given(hnp.arrays(float, st.integers(1, 60), elements=st.floats(-9, 9)), st.floats(0.3, 12))
@settings(max_examples=60)
def test_blurring_is_scipys(x: np.ndarray, width: float) -> None:
    theirs = gaussian_filter1d(x, width, mode="nearest")
    assert np.allclose(blurred(x, width), theirs, atol=1e-9)
