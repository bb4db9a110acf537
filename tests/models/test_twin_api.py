"""The command and the function: files, words, playback, one side, refusals."""

import json

import numpy as np
import pytest

from gaitsmith.chapters import base
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.events import Event
from gaitsmith.gait.cycles import segment
from gaitsmith.models.twin import symmetry, words
from gaitsmith.models.twin.api import find_twin, reference_model
from gaitsmith.models.twin.basis import SIZE, curves_of
from gaitsmith.models.twin.walks import CHANNELS
from gaitsmith.recording import Events, Recording, Stream, Subject

_RATE, _STRIDE, _SPEED = 100.0, 1.1, 1.2


def recording(change=None, strides=6, labels=CHANNELS, subject=None):
    """The reference's own mean walk as a recording; `change` adds to its curves (channel × 101)."""
    model = reference_model()
    mean = curves_of(model.population().expected(np.array([0.403])).reshape(len(CHANNELS), SIZE))
    curves = mean if change is None else mean + change
    times = np.arange(int(strides * _STRIDE * _RATE) + 20) / _RATE
    at = 100 * ((times / _STRIDE) % 1.0)
    data = np.stack([np.interp(at, np.arange(101), c) for c in curves], axis=1)
    keep = [CHANNELS.index(c) for c in labels]
    events = [Event(k * _STRIDE, "right", "strike", "file") for k in range(strides + 1)]
    events += [Event((k + 0.5) * _STRIDE, "left", "strike", "file") for k in range(strides)]
    stream = Stream("angles", data[:, keep], tuple(labels), rate=_RATE)
    who = subject or Subject("p").given("test", height=1.70)
    return Recording(who, {"angles": stream}, Events(events), (), "made walk")


def stiff(side="r", degrees=35.0):
    out = np.zeros((len(CHANNELS), 101))
    at = np.arange(101) / 100 - (0.73 if side == "r" else 0.23)
    out[CHANNELS.index(f"knee_angle_{side}")] = -degrees * np.exp(-0.5 * (at / 0.1) ** 2)
    return out


def test_the_mean_walk_is_usual_and_its_own_twin():
    result = find_twin(recording(), speed_m_s=_SPEED)
    assert result.verdict == "usual"
    assert "Nothing was changed" in result.twin_words
    assert "Nearest" not in result.summary
    assert "Both legs are about as far" in symmetry.words(result.findings)
    np.testing.assert_allclose(result.twin.angles.data, recording().angles.data, atol=1e-9)


@pytest.mark.parametrize("side", ["r", "l"])
def test_a_stiff_knee_is_named_and_given_back(side):
    walk = recording(stiff(side))
    result = find_twin(walk, speed_m_s=_SPEED)
    assert result.verdict == "unusual"
    first = result.findings[0]
    assert first.channel == f"knee_angle_{side}"
    assert "flexion in swing" in first.words
    assert "below the twin" in first.words
    column = walk.angles.labels.index(f"knee_angle_{side}")
    normal = recording().angles.data[:, column]
    before = np.abs(walk.angles.data[:, column] - normal).mean()
    assert np.abs(result.twin.angles.data[:, column] - normal).mean() < 0.5 * before
    assert result.recording["angles_twin"].labels == walk.angles.labels


def test_a_joint_has_its_own_numbers_and_the_walk_its_score_once():
    result = find_twin(recording(stiff()), speed_m_s=_SPEED)
    assert result.score > result.threshold
    assert result.chance < 0.05
    by_name = {f.channel: f for f in result.findings}
    # The other leg was not touched: by itself it is as usual as before, and nothing of the walk's score is on it.
    before = {f.channel: f for f in find_twin(recording(), speed_m_s=_SPEED).findings}
    for name in (c for c in CHANNELS if c != "knee_angle_r"):
        assert by_name[name].posture == pytest.approx(before[name].posture)
        assert by_name[name].posture < result.threshold < by_name["knee_angle_r"].posture
        assert by_name[name].changed < 0.5 < by_name["knee_angle_r"].changed
    assert f"The walk as a whole scores {result.score:.1f}" in result.table.caption
    assert "score" not in result.table.columns
    assert "few simple changes taken away" in result.twin_words


def test_a_walk_just_short_of_unusual_names_its_nearest_joint_and_no_change():
    result = find_twin(recording(stiff(degrees=14.0)), speed_m_s=_SPEED)
    assert result.verdict != "unusual"
    assert result.findings[0].outside
    assert "Nearest to unusual: right knee, flexion in swing" in result.summary
    assert "Nothing was changed" in result.twin_words
    legs = symmetry.words(result.findings)
    assert "Both legs" not in legs
    assert "right knee is further from normal people than the left one" in legs


def test_one_side_and_the_sagittal_plane_are_enough_and_it_says_so():
    for side, labels in (("r", ["hip_flexion_r", "knee_angle_r", "ankle_angle_r"]),
                         ("l", ["hip_flexion_l", "knee_angle_l", "ankle_angle_l"])):  # fmt: skip
        result = find_twin(recording(stiff(side, 45.0), labels=labels), speed_m_s=_SPEED)
        assert result.findings[0].channel == f"knee_angle_{side}"
        assert any("curves are not there" in n.words for n in result.notes)


def test_it_refuses_what_it_cannot_judge():
    with pytest.raises(GaitsmithError, match="outside those of the reference"):
        find_twin(recording(), speed_m_s=3.5)
    with pytest.raises(MissingInputError, match="joint angles"):
        find_twin(Recording(Subject("p"), {}), speed_m_s=1.2)


def test_words():
    x = np.arange(101.0)
    twin = 30 + 30 * np.sin(2 * np.pi * x / 100)
    bump = 20 * np.exp(-0.5 * ((x - 75) / 8) ** 2)
    assert (
        words.describe("knee_angle_r", twin - bump, twin, 62)
        == "flexion in swing 20° below the twin"
    )
    assert (
        words.describe("knee_angle_l", twin + 8, twin, 62)
        == "flexion through the stride 8° above the twin"
    )
    late = np.append(np.roll(twin[:100], 6), twin[94])
    assert "6 % of the stride later" in words.describe("knee_angle_r", late, twin, 62)
    assert words.joint("hip_flexion_l") == "left hip, flexion"


def test_the_command_writes_everything_and_not_twice(tmp_path):
    from typer.testing import CliRunner

    from gaitsmith.cli.app import app

    recording(stiff()).write(tmp_path / "walk.mot")
    arguments = [
        "twin",
        str(tmp_path / "walk.mot"),
        "--speed",
        "1.2",
        "--height",
        "1.7",
        "-o",
        str(tmp_path / "out"),
    ]
    made = CliRunner().invoke(app, arguments)
    if made.exception is not None and not isinstance(made.exception, SystemExit):
        raise made.exception
    files = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"twin.mot", "twin.json", "twin.csv", "twin.png", "twin.html"} <= files
    facts = json.loads((tmp_path / "out" / "twin.json").read_text())
    assert facts["verdict"] in ("unusual", "laboratory", "usual")
    page = (tmp_path / "out" / "twin.html").read_text()
    assert "the twin (estimated)" in page
    again = CliRunner().invoke(app, arguments)
    assert isinstance(again.exception, GaitsmithError)


def test_the_chapter():
    from gaitsmith.chapters.twin import chapter

    walk = recording(stiff())
    made = chapter(
        base.Context(walk, strides=segment(walk, streams=["angles"]), speed=(1.2, "given"))
    )
    assert made.values["verdict"] == "unusual"
    assert made.playbacks[0].side.count("warn") > 0
    assert chapter(base.Context(Recording(Subject("p"), {}))) is None
