"""From a recording to walks at other speeds."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from gaitsmith import analyze, read
from gaitsmith.cli import main
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.cycles import segment
from gaitsmith.gait.metrics import cycles_from_hip
from gaitsmith.models.speed import api
from gaitsmith.models.speed.api import change_speed
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.models.speed.synthesis import closed, play, stride_clock
from gaitsmith.virtual import example


@pytest.fixture(scope="module")
def walk():
    return example()


@pytest.fixture(scope="module")
def result(walk):
    return change_speed(walk, [0.7, 1.6], samples=2, seed=4)


def test_walks_have_the_cadence_they_state(result):
    for w in result.walks:
        hip = w.recording.angles
        bounds = cycles_from_hip(hip["hip_flexion_r"], hip.rate)
        found = 120.0 / np.diff(bounds, axis=1).mean()
        assert found == pytest.approx(w.cadence, rel=0.02)
        assert w.stride_length == pytest.approx(120 * w.asked / w.cadence)
        assert hip.duration == pytest.approx(30.0, abs=0.05)
    assert result.walks[0].cadence < result.walks[1].cadence


def test_strides_cut_from_the_walk_have_the_mean_curves(result):
    for w in result.walks:
        strides = segment(w.recording)
        for side in ("left", "right"):
            mean = closed(w.mean[side])
            for k, joint in enumerate(("hip_flexion", "knee_angle", "ankle_angle")):
                assert np.abs(strides[side].mean(joint) - mean[k]).mean() < 1.0


def test_strides_vary_as_the_persons_own(walk, result):
    own, made = segment(walk), segment(result.walks[1].recording)
    for joint in ("hip_flexion", "knee_angle"):
        ratio = made.right.sd(joint).mean() / own.right.sd(joint).mean()
        assert 0.5 < ratio < 1.6


def test_angles_do_not_jump(result):
    for w in result.walks:
        a = w.recording.angles
        legs = a.select([x for x in a.labels if x.startswith(("hip_flexion", "knee_angle"))])
        assert np.abs(np.diff(legs.data, axis=0)).max() * a.rate < 900


def test_the_speed_asked_is_the_speed_of_the_standing_feet(result):
    assert result.source_speed[0] == pytest.approx(1.25, abs=0.02)
    # Joint angles alone leave the source itself some hundredths off; walks are told in its scale.
    assert result.source_by_feet == pytest.approx(1.25, abs=0.15)
    assert any("times" in n.words and "feet" in n.words for n in result.notes)
    for w in result.walks:
        assert w.achieved == pytest.approx(w.asked, rel=0.03)


def test_the_pelvis_goes_on_over_the_ground(walk, result):
    for w in result.walks:
        a = w.recording.angles
        assert (a["pelvis_tx"][-1] - a["pelvis_tx"][0]) / a.duration == pytest.approx(w.asked, rel=0.01)  # fmt: skip
        assert np.ptp(a["pelvis_tz"]) == pytest.approx(0, abs=0.05 * np.ptp(a["pelvis_tx"]))
        assert a["pelvis_ty"].mean() == pytest.approx(walk.angles["pelvis_ty"].mean(), abs=0.02)
        assert set(a.labels) == set(walk.angles.labels)
    assert any("asked speed" in n.words for n in result.notes)


def test_on_a_treadmill_the_pelvis_stays(walk):
    angles = walk.angles
    data = angles.data.copy()
    data[:, angles.labels.index("pelvis_tx")] = 0.7
    still = replace(angles, data=data)
    made = change_speed(walk.with_stream(still, "angles"), [0.9], speed_m_s=1.25, seconds=5)
    np.testing.assert_allclose(made.walks[0].recording.angles["pelvis_tx"], 0.7)
    assert any("stays" in n.words for n in made.notes)


def test_the_same_seed_gives_the_same_walks(walk, result):
    again = change_speed(walk, [0.7, 1.6], samples=2, seed=4)
    assert again.walks[1].samples[1] == result.walks[1].samples[1]
    other = change_speed(walk, [0.7, 1.6], samples=2, seed=5)
    assert other.walks[1].samples[1] != result.walks[1].samples[1]
    np.testing.assert_array_equal(other.walks[0].mean["left"], result.walks[0].mean["left"])


def test_a_mirrored_walk_gives_mirrored_curves(walk, result):
    turned = change_speed(walk.mirror(), [0.7, 1.6], speed_m_s=result.source_speed[0])
    for a, b in zip(turned.walks, result.walks, strict=True):
        np.testing.assert_allclose(a.mean["left"], b.mean["right"], atol=1e-6)


def test_two_strides_suffice(walk):
    strikes = walk.events.times("strike", "right")
    short = walk.crop(strikes[1] - 0.02, strikes[3] + 0.02)
    made = change_speed(short, [0.8], speed_m_s=1.25, seconds=5)
    assert np.isfinite(made.walks[0].recording.angles.data).all()


def test_two_source_speeds_are_surer_than_one(walk, result):
    slow = result.walks[0].recording
    one = change_speed(walk, [0.9], speed_m_s=1.25, seconds=5)
    two = change_speed(walk, [0.9], speed_m_s=1.25, others=[(slow, 0.7)], seconds=5)
    assert two.walks[0].sd["left"].mean() < one.walks[0].sd["left"].mean()
    assert [v for v, _ in two.sources] == [1.25, 0.7]
    np.testing.assert_array_equal(two.source["left"], one.source["left"])


def test_the_command_takes_several_recordings(walk, result, tmp_path, capsys):
    walk.select("angles").write(tmp_path / "a.mot")
    result.walks[0].recording.select("angles").write(tmp_path / "b.mot")
    files = [str(tmp_path / "a.mot"), str(tmp_path / "b.mot")]
    out = tmp_path / "out"
    assert not main_in(["speed", *files, "--from", "1.25,0.7", "--to", "0.9", "--seconds", "5", "-o", str(out)])  # fmt: skip
    assert "recorded at 0.70 m/s" in capsys.readouterr().out
    facts = json.loads((out / "speed.json").read_text())
    assert [s["speed_m_s"] for s in facts["sources"]] == [1.25, 0.7]
    assert not main_in(["speed", *files, "--separate", "--to", "0.9", "--seconds", "5", "-o", str(tmp_path / "m")])  # fmt: skip
    measured = json.loads((tmp_path / "m" / "speed.json").read_text())["sources"]
    assert [s["speed_m_s"] for s in measured] == [pytest.approx(1.25, abs=0.05), pytest.approx(0.7, abs=0.05)]  # fmt: skip
    assert main_in(["speed", *files, "--from", "1.25,0.7,1", "--to", "0.9", "-o", str(tmp_path / "n")]) == 2  # fmt: skip
    assert "every recording needs its speed" in capsys.readouterr().err


def test_table_and_figure(result):
    assert [row[0] for row in result.table.rows] == [0.7, 1.6]
    assert all(np.isfinite(row[4:]).all() for row in result.table.rows)
    figure = result.figure()
    assert len(figure.panels) == 6
    assert all(p.bands and len(p.curves) == 4 for p in figure.panels)
    # The source is drawn as every measured line, what is estimated dotted.
    curves = [c for p in figure.panels for c in p.curves]
    assert all(c.dashed == c.label.endswith("estimated") and not c.thin for c in curves)


def test_refusals(walk):
    with pytest.raises(GaitsmithError, match=r"0\.3 to 2\.3"):
        change_speed(walk, [3.0])
    with pytest.raises(MissingInputError, match=r"(?s)neither joint angles nor markers.*\.c3d"):
        change_speed(walk.select("forces"), [1.0], speed_m_s=1.25)
    with pytest.raises(MissingInputError, match="without ankle_angle"):
        angles = walk.angles
        part = angles.select([x for x in angles.labels if not x.startswith("ankle")])
        change_speed(walk.with_stream(part, "angles"), [1.0])
    with pytest.raises(GaitsmithError, match="seed"):
        change_speed(walk, [1.0], seed=-1)


def test_angles_are_fitted_to_markers(walk, result):
    marked = change_speed(walk.without("angles"), [0.7], seconds=5)
    assert marked.source_speed[0] == pytest.approx(1.25, abs=0.03)
    assert any("computed, not measured" in n.words for n in marked.notes)
    knees = [w.mean["left"][1] for w in (marked.walks[0], result.walks[0])]
    assert np.corrcoef(knees)[0, 1] > 0.99


def test_the_command_takes_markers_of_a_treadmill(shared, tmp_path, capsys):
    file = shared / "opensim" / "wbds01" / "WBDS01walkT01.c3d"
    assert not main_in(["speed", str(file), "--to", "0.8", "--seconds", "5", "-o", str(tmp_path / "o")])  # fmt: skip
    said = capsys.readouterr()
    assert "0.80 m/s asked" in said.out
    assert "computed, not measured" in said.err


def test_a_stride_that_the_angles_do_not_cover_is_said_so(walk):
    angles, strikes = walk.angles, walk.events.times("strike", "left")
    short = angles.crop(strikes[3] + 0.2, strikes[4] + 0.1)
    with pytest.raises(MissingInputError) as said:
        change_speed(walk.with_stream(short, "angles"), [1.0], speed_m_s=1.25)
    assert "the angles last from" in str(said.value)
    assert "force file" not in str(said.value)


def test_feet_that_miss_the_speed_asked_are_warned_of(walk, result, monkeypatch):
    assert not any("miss the speed" in n.words for n in result.notes)
    monkeypatch.setattr(api, "_walk", lambda *a, **k: replace(result.walks[0], asked=0.7, achieved=0.8))  # fmt: skip
    warned = [n.words for n in change_speed(walk, [0.7]).notes if n.level == "warning"]
    assert len(warned) == 1
    assert "more than 5 %: 0.80 for 0.70 m/s" in warned[0]


def test_the_ends_of_the_speeds_learnt_from_are_not_outside(walk):
    class Rounded(StatisticalSpeed):
        trained_speeds = (0.8004, 1.3996)

    model = Rounded.from_pretrained("speed-statistical")
    words = [n.words for n in change_speed(walk, [0.8, 1.4, 1.5], seconds=2, model=model).notes]
    assert [w for w in words if "outside" in w] == ["1.5 m/s is outside 0.80 to 1.40 m/s, where people were learnt from"]  # fmt: skip


def test_results_are_told_in_a_line(result):
    assert repr(result).startswith("<SpeedResult: from 1.25 to 0.70, 1.60 m/s")
    assert len(repr(result)) < 100
    assert len(repr(result.walks[0])) < 100


def test_the_default_needs_no_torch():
    code = "import gaitsmith.models.speed.api, sys; sys.exit('torch' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_played_deviations_keep_their_size():
    rng = np.random.default_rng(0)
    x = np.linspace(0, 2 * np.pi, 101)
    deviations = rng.standard_normal((40, 1, 1)) * np.ones((1, 1, 101)) + 0 * x
    clock = stride_clock(200.0, 120.0, 0.02, rng)
    times = np.arange(0, 200, 0.01)
    out = play(np.zeros((1, 101)), deviations, clock, times, later=0.3,
               order=rng.integers(0, 40, len(clock.strikes)))  # fmt: skip
    assert out.std() == pytest.approx(deviations.std(), rel=0.15)
    assert np.abs(np.diff(out[:, 0])).max() < 0.5


def test_command_writes_motions_table_curves_and_figure(walk, tmp_path, capsys):
    walk.select("angles").write(tmp_path / "walk.mot")
    out = tmp_path / "out"
    main_in(["speed", str(tmp_path / "walk.mot"), "--from", "1.25", "--to", "0.7,1.6", "--samples",
             "1", "--seconds", "10", "-o", str(out)])  # fmt: skip
    assert sorted(p.name for p in out.iterdir()) == [
        "speed.csv", "speed.json", "speed.png", "walk_0.70.mot", "walk_0.70_sample_01.mot",
        "walk_1.60.mot", "walk_1.60_sample_01.mot",
    ]  # fmt: skip
    made = read(out / "walk_1.60.mot")
    assert made.angles.duration == pytest.approx(10, abs=0.05)
    facts = json.loads((out / "speed.json").read_text())
    assert facts["table"][1]["achieved (m/s)"] > facts["table"][0]["achieved (m/s)"]
    assert "1.60 m/s asked" in capsys.readouterr().out
    assert main_in(["speed", str(tmp_path / "walk.mot"), "--to", "fast"]) == 2
    assert main_in(["speed", str(tmp_path / "walk.mot"), "--from", "1.25", "--to", "9"]) == 2


def main_in(arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code


def test_chapter_of_the_report(walk):
    section = analyze(walk)["speed"]
    assert len(section.tables[0].rows) == 3
    assert all(abs(row[0] - 1.25) > 0.15 for row in section.tables[0].rows)
    assert "not measured" in section.words[0]


def test_closed_curves_meet_to_the_last_bit():
    from gaitsmith.models.speed.synthesis import closed

    curves = np.random.default_rng(0).normal(0, 1e3, (500, 3, 101))
    made = closed(curves)
    assert (made[..., -1] == made[..., 0]).all()
    np.testing.assert_array_equal(made[..., :50], curves[..., :50])
