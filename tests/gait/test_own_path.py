"""Rotations counted from the walk's own direction, where the path bends."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith import analyze
from gaitsmith.gait.feet import trunk
from gaitsmith.gait.own_path import along_own_path, travel_heading
from gaitsmith.virtual import average_person, walker


@pytest.fixture(scope="module")
def straight():
    return walker(average_person("female"), 1.2, seconds=8.0)


def bent(walk, degrees, told_from):
    """The walk along a path that turns left by `degrees` between 3.5 and 4.5 s, told from another axis."""
    points, angles = walk.points, walk.angles
    middle = trunk(points)
    heading = np.interp(points.times, [3.5, 4.5], [0.0, np.radians(degrees)])
    c, s, o = np.cos(heading), np.sin(heading), 0 * heading
    turn = np.stack(
        [np.stack([c, o, s], -1), np.stack([o, o + 1, o], -1), np.stack([-s, o, c], -1)], -2
    )
    step = np.diff(middle, axis=0, prepend=middle[:1]) * [1.0, 0.0, 1.0]
    path = np.cumsum(np.einsum("tij,tj->ti", turn, step), axis=0)
    around = points.data - (middle * [1.0, 0.0, 1.0])[:, None, :]
    placed = np.einsum("tij,tpj->tpi", turn, around) + path[:, None, :]
    data = angles.data.copy()
    told = np.interp(angles.times, points.times, np.degrees(heading)) + told_from
    data[:, angles.index("pelvis_rotation")] += told
    toes = np.column_stack([told - 5.0, -told - 5.0])
    labels = (*angles.labels, "foot_progression_r", "foot_progression_l")
    more = type(angles)(
        angles.kind, np.hstack([data, toes]), labels, rate=angles.rate, start=angles.start
    )
    name = next(iter(walk.of_kind("angles")))
    return walk.replace(streams={"points": points.replace(data=placed), name: more})


def away_from_the_turn(stream, label):
    t = stream.times
    return stream[label][(t < 2.5) | (t > 5.5)]


@pytest.mark.parametrize(("degrees", "told_from"), [(30.0, 0.0), (-90.0, -90.0), (150.0, 90.0)])
def test_rotation_is_that_of_the_straight_walk(straight, degrees, told_from):
    walk = bent(straight, degrees, told_from)
    found = along_own_path(walk, walk)
    assert found is not None
    own = away_from_the_turn(straight.angles, "pelvis_rotation")
    assert away_from_the_turn(found.angles, "pelvis_rotation") == pytest.approx(own, abs=2.5)
    folded = abs(degrees) > 45
    assert ("foot_progression_r" not in found.angles) == folded
    assert any(n.place == "foot_progression" for n in found.notes) == folded
    if not folded:
        for label in ("foot_progression_r", "foot_progression_l"):
            assert away_from_the_turn(found.angles, label) == pytest.approx(-5.0, abs=2.5)


def test_forces_are_estimated_of_the_body_as_it_stands_in_the_lab(straight):
    def vertical(walk):
        made = analyze(
            walk.select("angles").with_subject("told", mass=60.0),
            without=["twin", "speed", "fewshot", "phase"],
        )
        return made["estimated_forces"], made.recording.angles

    curved = bent(straight, 40.0, 0.0)
    angles = curved.angles
    data, middle = angles.data.copy(), trunk(curved.points) - trunk(straight.points)
    for axis, label in enumerate(("pelvis_tx", "pelvis_ty", "pelvis_tz")):
        data[:, angles.index(label)] += np.interp(
            angles.times, curved.points.times, middle[:, axis]
        )
    told, _ = vertical(straight)
    found, shown = vertical(curved.with_stream(angles.replace(data=data)))
    assert shown.attrs.get("along_path")
    assert found.values["consistency_percent_bw"] < told.values["consistency_percent_bw"] + 5


def test_a_straight_walk_along_the_axis_stays_as_it_is(straight):
    assert along_own_path(straight, straight) is None
    assert along_own_path(straight, straight.without("points")) is None


def test_the_sway_of_the_steps_has_no_heading():
    t = np.arange(0, 6, 0.01)
    sway = 0.04 * np.sin(2 * np.pi * t / 1.1)
    path = np.column_stack([1.2 * t, 0 * t, sway])
    assert np.abs(travel_heading(path, 100.0, 1.1)).max() < 0.5
    still = np.vstack([path, np.repeat(path[-1:], 300, axis=0)])
    assert np.abs(travel_heading(still, 100.0, 1.1)).max() < 10.0


@pytest.mark.shared
@pytest.mark.parametrize("trial", ["HC031A/Turn/HC031A23.c3d", "HC033A/Turn/HC033A22.c3d"])
def test_a_child_that_turns_is_not_judged_by_the_lab(shared, trial):
    archive = shared / "mcgill_children" / "mcgill_children_dev.zip"
    made = analyze(gaitsmith.read(f"{archive}!{trial}"), without=["fewshot", "phase"])
    for side in made.strides.sides:
        assert np.abs(made.strides[side].mean("pelvis_rotation")).max() < 45
        assert abs(made.strides[side].mean("pelvis_rotation").mean()) < 15
    assert not any("pelvis, rotation" in words.lower() for words in made.summary)
    assert "foot_progression_r" not in made.recording.angles
    assert not any("times 6" in n.words for n in made.notes)
