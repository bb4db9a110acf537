"""What the chapters say in sentences."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.chapters import ESTIMATING
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


def test_nothing_is_said_twice_of_a_treadmill(shared):
    """Plates off zero, the two speeds and the leg length of a slow walk on a belt."""
    found = gaitsmith.analyze(gaitsmith.read(shared / "opensim/wbds01/WBDS01walkT01.c3d"), without=ESTIMATING)  # fmt: skip
    notes = [str(n) for n in found.notes]
    for plate in ("1", "2"):
        assert sum(f"plate_{plate}: the unloaded plate reads" in n for n in notes) == 1
    assert not any("its lightest tenth reads" in n for n in notes)
    rows = found["quality"].tables[0].rows
    assert [r[1] for r in rows if r[0] == "forces"] == ["plate_1", "plate_2"]
    assert sum("0.53 of the height" in n for n in notes) == 1
    space = next(t for t in found["parameters"].tables if t.key == "space")
    assert "that of the whole recording, used everywhere else, is 0.48 m/s" in space.caption
    assert not any(str(n).count(" kg") > 1 for n in found.notes if "inverse dynamics" in n.words)


def test_a_belt_of_unknown_speed_gives_no_lengths_and_says_no_source_of_them(shared):
    recording = gaitsmith.read(shared / "fukuchi2018_wbds04/fukuchi2018_wbds04.zip!WBDS04walkT05grf.txt")  # fmt: skip
    found = gaitsmith.analyze(recording)
    assert "step_length" not in found["parameters"].values
    assert not any("centre of pressure" in n.words for n in found.notes if n.place == "step lengths")  # fmt: skip
    assert "Lengths need the speed of the belt (--speed)." in found["parameters"].missing
    assert any("not zeroed" in r[2] for r in found["quality"].tables[0].rows)
    assert sum("counts rows" in n.words for n in found.notes) == 1
    told = gaitsmith.analyze(recording, speed_m_s=1.0)
    assert "step_length" in told["parameters"].values
    assert any("centre of pressure" in n.words for n in told.notes if n.place == "step lengths")


def test_no_score_is_explained_where_none_is_shown(shared):
    found = gaitsmith.analyze(gaitsmith.read(shared / "c3d/bts_type1_walk.c3d"), without=ESTIMATING)
    assert not found["indices"].tables
    assert not any(n.place == "profile score" for n in found.notes)
    assert any("nine joint angles" in words for words in found["indices"].missing)
    assert not any(n.words.startswith(f"{n.place}:") for n in found.notes)


@pytest.mark.parametrize("name", ["gaitmap_example/gaitmap_example_dev.zip!example_data/imu_sample.csv", "hugadb/HuGaDB_v1_walking_03_00.txt"])  # fmt: skip
def test_what_was_not_done_is_not_called_an_assumption(shared, name):
    found = gaitsmith.analyze(gaitsmith.read(shared / name))
    lacking = {s.key for s in found if s.missing and not s.tables and not s.figures}
    told = [n for n in found.notes if n.place == "phase" and "what to do" in n.words]
    assert "phase" in lacking
    assert [n.level for n in told] == ["refusal"]
    assert any("--mounting" in words for words in found["phase"].missing)


def test_a_speed_that_the_feet_contradict_is_not_changed():
    walk = example(seconds=6.0)
    by_feet = gaitsmith.analyze(walk, without=[x for x in ESTIMATING if x != "speed"])["speed"]
    told = 1.83 * by_feet.values["source_speed_m_s"]
    section = gaitsmith.analyze(
        walk, speed_m_s=told, without=[x for x in ESTIMATING if x != "speed"]
    )["speed"]
    assert not section.tables and not section.figures
    assert "the feet move at" in section.missing[0] and f"{told:.2f} m/s" in section.missing[0]
    assert by_feet.tables and not by_feet.missing
    assert not any("is outside" in n.words for n in by_feet.notes)


def test_the_speeds_shown_were_learnt_from():
    from gaitsmith.chapters.speed import _inside

    assert _inside((0.63, 2.29)) == [0.65, 0.9, 1.2, 1.5, 1.8]
    assert _inside((0.5, 1.72)) == [0.6, 0.9, 1.2, 1.5, 1.7]


@pytest.mark.shared
def test_clipping_has_one_figure(shared):
    walk = gaitsmith.read(shared / "hugadb" / "HuGaDB_v1_walking_17_00.txt")
    made = gaitsmith.analyze(walk, without=ESTIMATING)
    said = [n for n in made.notes if "cut off at" in n.words and "deg/s" in n.words]
    assert len(said) > 3
    shares = walk["imu"].attrs["clipped_gyroscope"]
    # Below 1 % the attribute's own rounding would show.
    for label, share in ((k, v) for k, v in shares.items() if v > 0.01):
        mine = [n.words for n in said if f"{label} " in f"{n.words} {n.place} "]
        assert mine and all(f"{100 * share:.1f} %" in words for words in mine), label


def test_strides_between_turns_are_judged_at_their_own_speed():
    from dataclasses import replace

    from gaitsmith.analysis import _between_turns
    from gaitsmith.chapters.trust import CURVED
    from gaitsmith.events import Event, Events
    from gaitsmith.gait.frame import progression
    from gaitsmith.recording import Note
    from gaitsmith.virtual import average_person, walker

    walk = walker(average_person("female"), 1.2, 6.0).select("points")
    strides = gaitsmith.analyze(walk).strides
    way = replace(progression(walk), speed=0.9)
    turned = walk.replace(events=walk.events + Events([Event(5.9, None, "turn")]))
    notes = []
    speed, how = _between_turns(turned, way, strides, (0.9, way.how), notes)
    assert speed == pytest.approx(1.2, abs=0.05)
    assert how.endswith("between the turns")
    assert "turns included, goes at 0.90 m/s" in notes[0].words
    # Without a turn, and where the whole walk is a curve, the whole recording's speed stands.
    assert _between_turns(walk, way, strides, (0.9, way.how), []) == (0.9, way.how)
    curved = [Note("warning", "strides", CURVED)]
    assert _between_turns(turned, way, strides, (0.9, way.how), curved) == (0.9, way.how)


def test_figures_without_a_single_value_are_not_shown():
    import numpy as np

    from gaitsmith.chapters.forces import _drawn
    from gaitsmith.sections import Curve, Panel

    x = np.linspace(0, 100, 5)
    assert _drawn(Panel("vertical", [Curve(x, np.array([np.nan, 1.0, 2.0, 1.0, np.nan]))]))
    assert not _drawn(Panel("vertical", [Curve(x, np.full(5, np.nan))]))
    assert not _drawn(Panel("vertical", [Curve(x, np.array([1.0, *[np.nan] * 4]))]))
    assert not _drawn(Panel("vertical", []))
