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


def test_markers_that_miss_the_same_stand_in_one_row(stiff):
    points = stiff.recording.points
    data = points.data.copy()
    feet = [i for i, x in enumerate(points.labels) if x.startswith(("heel", "toe", "ankle"))]
    arms = [i for i in range(len(points.labels)) if i not in feet]
    data[200:230, arms] = np.nan
    recording = stiff.recording.without("angles", "points")
    recording = recording.with_stream(points.replace(data=data, attrs={}))
    quality = gaitsmith.analyze(recording)["quality"]
    rows = [r for r in quality.tables[0].rows if r[0] == "points"]
    assert len(rows) == 1 and "longest gap" in rows[0][2] and len(arms) >= 10
    assert sum(n.place == "points" for n in quality.notes) == 1


def test_what_was_drawn_is_not_called_filled(stiff):
    angles = stiff.recording.angles
    keep = [x for x in angles.labels if not x.startswith("ankle")]
    recording = gaitsmith.Recording(streams={"angles": angles.select(keep)})
    analysis = gaitsmith.analyze(recording)
    assert analysis.recording.points is None or analysis.recording.points.filled is None
    said = " ".join(analysis["fewshot"].words) if "fewshot" in analysis else ""
    assert "Filled samples" not in said
    mask = np.zeros(angles.data.shape, dtype=bool)
    mask[10:20, 0] = True
    filled = stiff.recording.with_stream(angles.replace(filled=mask))
    assert "Filled samples: 10 of angles" in " ".join(gaitsmith.analyze(filled)["fewshot"].words)


def test_times_of_support_are_doubted_as_their_events_are(stiff):
    walk = stiff.recording.with_events(gaitsmith.Events())
    by_feet = gaitsmith.analyze(walk, events="kinematic")["parameters"]
    by_hips = gaitsmith.analyze(walk, events="hip")["parameters"]
    within = [s.values["stance_percent"]["within"] for s in (by_feet, by_hips)]
    assert 1.5 < within[0] < within[1] < 5
    assert by_feet.values["stride_time"]["within"] is None
    assert "stance" in by_hips.summary[0] and "(± " in by_hips.summary[0]
    assert any("named as unusual only where more than that beyond" in w for w in by_feet.words)
    # Nothing is called unusual that the doubt explains.
    for section, doubt in ((by_feet, within[0]), (by_hips, within[1])):
        row = section.values["stance_percent"]
        low = row["reference_mean"] - 2 * row["reference_sd"] - doubt
        high = row["reference_mean"] + 2 * row["reference_sd"] + doubt
        named = any("stance" in w and "the reference (" in w for w in section.words)
        assert (
            not named or not low <= row["left_mean"] <= high or not low <= row["right_mean"] <= high
        )


def test_a_slow_camera_widens_the_doubt():
    from gaitsmith.gait.events.within import within
    from tests.gait.walkers import Walker

    fast, slow = (
        within("kinematic", Walker(rate=r).recording("points")).of("stance_percent", "%", 1.1)
        for r in (200.0, 30.0)
    )
    assert slow > fast + 0.4
