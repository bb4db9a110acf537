"""From a recording to everything its signals support."""

import json

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.recording import Events, Recording, Stream
from gaitsmith.virtual import example


@pytest.fixture(scope="module")
def walk():
    return example(seconds=8.0)


@pytest.fixture(scope="module")
def analysis(walk):
    return gaitsmith.analyze(walk)


def test_a_complete_walk_gives_every_chapter(analysis):
    assert set(analysis.keys()) >= {
        "recording", "playback", "kinematics", "parameters", "indices", "forces", "events", "quality"
    }  # fmt: skip
    assert "walking overground" in analysis.summary[0]
    json.dumps(analysis.to_dict(), allow_nan=False)


def test_truth_comes_back(walk, analysis):
    values = analysis["parameters"].values
    strikes = walk.events.times("strike", "right")
    assert values["stride_time"]["right_mean"] == pytest.approx(np.diff(strikes).mean(), abs=0.01)
    pelvis = walk["points"]["pelvis"][:, 0]
    speed = (pelvis[-1] - pelvis[0]) / walk["points"].duration
    assert values["speed"]["both_mean"] == pytest.approx(speed, abs=0.02)
    knee = walk["angles"]["knee_angle_r"]
    assert analysis.strides.right["knee_angle"].max() == pytest.approx(knee.max(), abs=0.5)


def test_a_stiff_knee_is_seen_on_its_side_only():
    stiff = gaitsmith.analyze(example(seconds=8.0, stiff_knee="left"))
    left, right = stiff.strides.left["knee_angle"].max(), stiff.strides.right["knee_angle"].max()
    assert left < 0.65 * right
    below = [words for words in stiff.summary if "nee flexion" in words and "below" in words]
    assert any("left" in words.lower() for words in below)
    assert not any("right" in words.lower() for words in below)


def test_mirrored_walk_gives_mirrored_numbers(walk, analysis):
    other = gaitsmith.analyze(walk.mirror())
    a, b = analysis["parameters"].values, other["parameters"].values
    for key in ("stride_time", "step_length", "stance_percent", "hip_flexion_max"):
        if key in a:
            assert a[key]["left_mean"] == pytest.approx(b[key]["right_mean"], rel=0.01, abs=0.02)


@pytest.mark.parametrize("kinds", [("angles",), ("points",), ("forces",), ("angles", "forces")])
def test_whatever_is_there_is_used_and_the_rest_is_named(walk, kinds):
    part = walk.select(*kinds).with_events(gaitsmith.Events())
    found = gaitsmith.analyze(part)
    assert found.strides is not None
    assert found.strides.n >= 8
    assert ("kinematics" in found) == (kinds != ("forces",))  # markers give angles too
    assert ("forces" in found) == ("forces" in kinds)
    assert bool(found["recording"].missing) == (len(kinds) == 1)


def test_standing_is_refused_with_what_was_found(walk):
    points = walk["points"]
    still = points.replace(data=np.repeat(points.data[:1], len(points), axis=0))
    with pytest.raises(MissingInputError, match="stays in place"):
        gaitsmith.analyze(Recording(streams={"points": still}, name="still"))


def test_marking_time_is_no_walk(walk):
    points = walk["points"]
    data = np.repeat(points.data[:1], len(points), axis=0)
    for side, phase in (("_r", 0.0), ("_l", np.pi)):  # feet that go up and down on the spot
        lift = np.maximum(0, np.sin(2 * np.pi * 0.9 * points.times + phase))
        for place in ("heel", "toe", "ankle", "knee"):
            data[:, points.index(place + side), 1] += 0.25 * lift
    with pytest.raises(MissingInputError, match="in place"):
        gaitsmith.analyze(Recording(streams={"points": points.replace(data=data)}, name="drill"))


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_dead_signals_are_refused(walk, fill):
    forces = walk["forces"]
    dead = forces.replace(data=np.full_like(forces.data, fill))
    words = "every value of the recording is missing" if np.isnan(fill) else "no walking was found"
    with pytest.raises(MissingInputError, match=words):
        gaitsmith.analyze(Recording(streams={"forces": dead}, name="dead"))


def test_one_leg_gets_no_other(walk):
    angles = walk["angles"].select(["hip_flexion_r", "knee_angle_r"])
    found = gaitsmith.analyze(Recording(streams={"angles": angles}, name="right leg"))
    assert found.strides.right.n > 4
    assert found.strides.left.n == 0
    assert not any("left" in words for words in found.summary[1:])


def test_a_leg_in_the_air_has_no_moment(walk):
    ankle = Stream("moments", np.full((800, 1), -80.0), ("ankle_angle_r_moment",), rate=100)
    forces = walk["forces"].crop(2.0, 5.0)
    passed = walk.with_stream(ankle).with_stream(
        forces.rename({"foot_r": "plate_1", "foot_l": "plate_2"})
    )
    found = gaitsmith.analyze(passed)
    values = found.strides.right["ankle_angle_moment"]
    seen = np.isfinite(values).all(axis=1)
    times = found.strides.right.at("strike")
    assert seen.any()
    assert not seen.all()
    assert np.all((times[seen] > 1.9) & (times[seen] < 5.0))


def test_a_standing_trial_of_somebody_else_is_refused(walk):
    stranger = walk.replace(subject=walk.subject.given("x", id="somebody"))
    with pytest.raises(GaitsmithError, match="another person"):
        gaitsmith.analyze(walk, static=stranger)
    forces = walk["forces"]
    heavy = np.full_like(forces.data, np.nan)
    heavy[:, :, 1] = 400.0
    static = Recording(streams={"forces": forces.replace(data=heavy)}, name="static")
    found = gaitsmith.analyze(walk, static=static)
    assert any("is it the same person" in n.words and "81.6 kg" in n.words for n in found.notes)


def test_files_of_two_trials_are_doubted(walk):
    other = example(seconds=8.0, speed=0.8, seed=3)
    mixed = walk.with_events(gaitsmith.Events()).with_stream(other["forces"])
    found = gaitsmith.analyze(mixed)
    assert any("belong to one trial" in n.words for n in found.notes)


def test_a_sensor_without_a_channel_is_named_with_the_column_left_over(tmp_path):
    t = np.arange(0, 10, 0.01)
    rows = np.column_stack([t, *(np.sin(2 * np.pi * t + k) * 9 for k in range(6))])
    path = tmp_path / "foot.csv"
    np.savetxt(path, rows, delimiter=",", comments="",
               header="time,acc_x,acc_y,vertical,gyr_x,gyr_y,gyr_z")  # fmt: skip
    recording = gaitsmith.read(path, placement={"*": "foot_r"}, units={"rate": "rad/s"})
    with pytest.raises(GaitsmithError, match="foot_r has no acc_z; not read: vertical") as error:
        gaitsmith.analyze(recording)
    assert "--column NAME=acc_z" in str(error.value)


@pytest.mark.shared
def test_forces_of_another_person_are_doubted(shared):
    folder = shared / "opensim"
    walk = gaitsmith.read(
        folder / "moco_walking" / "coordinates.sto.gz",
        folder / "gait2392" / "subject01_walk1_grf.mot",
    )
    found = gaitsmith.analyze(walk)
    assert any("no foot is near 2 of the 3 contacts" in words for words in found.summary)


def test_mass_from_the_plates_of_a_treadmill(walk):
    nobody = Recording(streams={"forces": walk["forces"]}, name="plates")
    found = gaitsmith.analyze(nobody)
    assert found.recording.subject.mass == pytest.approx(68, abs=1.0)
    assert any(n.place == "mass" and "plates" in n.words for n in found.notes)


def test_guessed_feet_give_no_speed(walk):
    angles = walk["angles"]
    kept = [x for x in angles.labels if not x.startswith("knee")]
    found = gaitsmith.analyze(Recording(streams={"angles": angles.select(kept)}, name="no knees"))
    assert "playback" in found
    assert any(n.place == "positions" and n.level == "refusal" for n in found.notes)
    assert "speed" not in found["parameters"].values


@pytest.mark.parametrize(
    ("recording", "words"),
    [
        (Recording(name="empty"), "no signal"),
        (
            Recording(
                streams={"angles": Stream("angles", np.zeros((2, 1)), ("hip_flexion_r",), rate=100)}
            ),
            "too short",
        ),
    ],
)
def test_nothing_to_analyse(recording, words):
    with pytest.raises(MissingInputError, match=words):
        gaitsmith.analyze(recording)


@pytest.mark.parametrize(
    "options",
    [{"events": "magic"}, {"speed_m_s": -1}, {"population": "martian"}, {"osim": "no.osim"}],
)
def test_wrong_options_are_refused(walk, options):
    part = walk.select("angles")
    with pytest.raises(GaitsmithError):
        gaitsmith.analyze(part, **options)


def test_an_unknown_section_names_the_nearest(analysis):
    with pytest.raises(GaitsmithError, match="kinematics"):
        analysis["kinematic"]


def test_degrees_called_radians_are_refused(walk):
    angles = walk["angles"]
    wound = walk.with_stream(angles.replace(data=np.degrees(angles.data)))
    with pytest.raises(GaitsmithError, match="no joint angles of a person") as error:
        gaitsmith.analyze(wound)
    assert "--unit angle=deg" in str(error.value)


def test_levels_of_fitted_angles_are_judged_with_their_doubt(walk):
    found = gaitsmith.analyze(walk.select("points").with_events(gaitsmith.Events()))
    assert any("fitted to points" in words for words in found["parameters"].words)


def test_variation_from_stride_to_stride_stands_in_the_table(analysis):
    table = next(t for t in analysis["parameters"].tables if t.key == "time")
    column = list(table.columns).index("CoV %")
    row = next(r for r in table.rows if r[0] == "stride time")
    made = analysis["parameters"].values["stride_time"]
    each = [made["left_cov"], made["right_cov"]]
    assert float(row[column]) == pytest.approx(np.mean(each), abs=0.06)


def test_a_speed_of_zero_is_no_walk(walk):
    with pytest.raises(GaitsmithError, match="not a walking speed"):
        gaitsmith.analyze(walk, speed_m_s=0.0)


def test_positions_in_a_wrong_unit_are_refused(walk):
    points = walk["points"]
    huge = Recording(streams={"points": points.replace(data=points.data * 1000)}, name="mm")
    with pytest.raises(GaitsmithError, match="nobody moves so fast"):
        gaitsmith.analyze(huge)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("files", "leg"),
    [
        (("opensim/bvh/walk_120hz_first480.bvh",), 0.885),
        # (7.59 + 7.25) x 0.0254 / 0.45 m in the file.
        (("cmu/02_01.amc", "cmu/02.asf"), 0.904),
    ],
)
def test_a_skeleton_has_its_own_legs(shared, files, leg):
    found = gaitsmith.analyze(gaitsmith.read(*(shared / f for f in files)))
    subject = found.recording.subject
    assert subject.leg_length == pytest.approx(leg, abs=0.02) and subject.height is None
    assert any("own thighs" in n.words for n in found.notes)
    row = found["parameters"].values["speed_dimensionless"]
    speed = found["parameters"].values["speed"]["both_mean"]
    assert row["both_mean"] == pytest.approx(
        speed / (9.80665 * subject.leg_length) ** 0.5, rel=1e-3
    )
    told = gaitsmith.analyze(
        gaitsmith.read(*(shared / f for f in files), leg_length=0.8)
    ).recording.subject
    assert told.leg_length == 0.8


@pytest.mark.parametrize("seconds", [0.3, 0.5, 0.6, 0.8])
@pytest.mark.parametrize("kinds", [("points",), ("angles",), ("points", "forces")])
def test_a_piece_of_a_walk_is_not_called_one(walk, seconds, kinds):
    piece = walk.select(*kinds).with_events(Events()).crop(2.0, 2.0 + seconds)
    with pytest.raises(MissingInputError, match="too short") as caught:
        gaitsmith.analyze(piece)
    assert f"{seconds:.1f}" in caught.value.found
    assert " s" in caught.value.expected


def test_a_step_without_a_stride_is_shown_without_parameters(walk):
    strikes = walk.events.times("strike")
    start = float(strikes[strikes > 2.0][0]) - 0.1
    found = gaitsmith.analyze(walk.with_events(Events()).crop(start, start + 1.05))
    assert "2 foot strikes, but no whole stride" in found.summary[0]
    assert "parameters" not in found
    assert any("need a whole stride" in words for words in found["recording"].missing)
