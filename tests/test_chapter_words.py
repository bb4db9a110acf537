"""What the chapters say in sentences."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.chapters.base import counted, number
from gaitsmith.virtual import example


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (1, 1, "1 left and 1 right stride"),
        (2, 1, "2 left strides and 1 right stride"),
        (0, 1, "1 right stride"),
        (5, 0, "5 left strides"),
    ],
)
def test_counts_have_the_right_plural(left, right, words):
    assert counted(left, right, "stride") == words


def test_numbers_have_a_true_minus_and_zero_has_none():
    assert number(-9.74, 1) == "−9.7"
    assert number(-0.04, 1) == "0.0"


@pytest.fixture(scope="module")
def stiff():
    return gaitsmith.analyze(example(seconds=8.0, stiff_knee="left"))


def test_sentences_say_what_the_range_is_and_use_the_minus(stiff):
    far = [w for w in stiff["parameters"].words if "the reference (" in w]
    assert far and all("mean ± 2 SD" in w for w in far)
    assert not any("-" in w.split("the reference (")[1] for w in far)
    assert len(far) <= 8


def test_one_stride_a_foot_is_said_to_be_little(stiff):
    recording = stiff.recording
    strikes = np.sort(recording.events.times("strike"))
    short = recording.crop(strikes[2] - 0.05, strikes[5] + 0.05)
    analysis = gaitsmith.analyze(short, events="file")
    assert "1 left and 1 right stride." in analysis.summary[0]
    assert any("may be chance" in words for words in analysis.summary)


def test_a_width_has_no_sides(stiff):
    values = stiff["parameters"].values
    assert np.isnan(values["step_width"]["symmetry_index"])
    assert np.isfinite(values["step_length"]["symmetry_index"])
