"""A virtual walk obeys physics and keeps its feet on the ground."""

from itertools import pairwise

import numpy as np
import pytest

from gaitsmith.body import angles_from_points, generic_body, net_wrench, places
from gaitsmith.body.dynamics import joint_moments
from gaitsmith.body.kinematics import coordinate_values, place
from gaitsmith.body.motion import moving
from gaitsmith.body.solve import fit
from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.reference import reference
from gaitsmith.virtual import average_person, people, walker

G = 9.80665
#: Where splines through the recording alone have forgotten its ends.
INNER = slice(40, -40)


@pytest.fixture(scope="module")
def person():
    return people(4, 11)[2]


@pytest.fixture(scope="module")
def body(person):
    return generic_body(person.height, person.mass, person.sex)


@pytest.fixture(scope="module")
def walk(person):
    return walker(person, 1.25, 6.0, seed=5)


def mean_stride(walk, values):
    """Mean over the right strides at 101 points."""
    t, strikes = walk["angles"].times, walk.events.times("strike", "right")
    grid = np.linspace(0, 1, 101)
    return np.mean([np.interp(a + grid * (b - a), t, values)
                    for a, b in pairwise(strikes)], axis=0)  # fmt: skip


@pytest.mark.parametrize("treadmill", [False, True])
def test_forces_are_mass_times_acceleration_of_the_angles_given(person, body, treadmill):
    walk = walker(person, 1.25, 5.0, seed=5, treadmill=treadmill)
    motion = moving(body, walk["angles"], cutoff_hz=None)
    needed = body.mass * (motion.mass_centre_acceleration() + (0, G, 0))
    total = walk["forces"].data[:, :, :3].sum(axis=1)
    assert np.abs(total - needed)[INNER].max() < 1e-6
    assert np.abs(total - net_wrench(motion).force)[INNER].max() < 1e-6


def test_positions_and_moments_are_those_of_the_body(walk, body):
    values, _ = coordinate_values(body, walk["angles"])
    pose = place(body, values)
    for name, spot in places(body).items():
        assert np.abs(walk["points"][name] - pose.spot(spot)).max() < 1e-9
    found = joint_moments(walk.without("moments", "powers"), body, cutoff_hz=None)
    knee = "knee_angle_r_moment"
    # The forces' threshold for a centre of pressure is another at the edges of stance.
    off = np.abs(found["moments"][knee] - walk["moments"][knee])
    assert np.percentile(off, 95) < 0.5


@pytest.mark.parametrize("speed", [0.3, 0.8, 1.4, 2.2])
def test_feet_neither_sink_nor_slip(speed):
    walk = walker(average_person("male"), speed, 6.0)
    t = walk["points"].times
    for side, word in (("r", "right"), ("l", "left")):
        heel, toe = walk["points"][f"heel_{side}"], walk["points"][f"toe_{side}"]
        assert heel[:, 1].min() > -0.002
        assert toe[:, 1].min() > -0.002
        for strike in walk.events.times("strike", word)[:-1]:
            off = walk.events.times("off", word)
            stance = off[off > strike][0] - strike
            # Flat foot, early in stance, a little after the heel's rocker.
            flat = (t > strike + 0.16 * stance) & (t < strike + 0.38 * stance)
            assert np.ptp(heel[flat][:, (0, 2)], axis=0).max() < 0.004
            sole = toe[flat] - heel[flat]
            pitch = np.degrees(np.arctan2(sole[:, 1], np.hypot(sole[:, 0], sole[:, 2])))
            assert np.abs(pitch).max() < 1.0
            swing = (t > off[off > strike][0] + 0.06) & (t < strike + stance * 1.3)
            assert np.minimum(heel[swing, 1], toe[swing, 1]).min() > 0.0


def test_speed_and_events_are_as_asked(walk):
    pelvis = walk["angles"]["pelvis_tx"]
    assert (pelvis[-1] - pelvis[0]) / walk["angles"].duration == pytest.approx(1.25, rel=0.06)
    for side in ("right", "left"):
        strikes, offs = walk.events.times("strike", side), walk.events.times("off", side)
        share = (offs[offs > strikes[0]][:3] - strikes[:3]) / np.diff(strikes)[:3]
        assert np.all((share > 0.55) & (share < 0.68))
        contact = walk["phase"][f"contact_{side[0]}"]
        loaded = walk["forces"][f"foot_{side[0]}"][:, 1] > 20
        assert np.mean(contact == loaded) > 0.96


def test_a_treadmill_moves_below_the_same_walk(person):
    over, on = (walker(person, 1.1, 5.0, seed=2, treadmill=t) for t in (False, True))
    assert np.ptp(on["angles"]["pelvis_tx"]) < 0.3
    assert np.allclose(over["forces"].data[:, :, :3], on["forces"].data[:, :, :3], atol=1e-5)
    knee = "knee_angle_l"
    assert np.allclose(over["angles"][knee], on["angles"][knee])
    assert on["angles"].attrs["belt_speed"] == pytest.approx(1.1, rel=0.06)


@pytest.mark.parametrize(
    ("speed", "limits"), [(0.9, (4, 4, 4)), (1.3, (4, 4, 4)), (1.7, (4, 6, 4))]
)
def test_the_average_person_is_near_the_published_means(speed, limits):
    person = average_person("male")
    walk = walker(person, speed, 5.0)
    norm = reference("adult", speed=speed, subject=walk.subject)
    names = ("hip_flexion", "knee_angle", "ankle_angle")
    for name, limit in zip(names, limits, strict=True):
        off = mean_stride(walk, walk["angles"][f"{name}_r"]) - norm.mean(name)
        assert np.sqrt(np.mean(off**2)) < limit
    up = mean_stride(walk, walk["forces"]["foot_r"][:, 1]) / (person.mass * G)
    wanted = norm.mean("grf_fy")
    assert up[:28].max() == pytest.approx(wanted[:28].max(), rel=0.10)
    assert up[40:].max() == pytest.approx(wanted[40:].max(), rel=0.10)


def test_the_same_seed_walks_the_same_and_another_does_not(person):
    a, b, c = (walker(person, 1.2, 3.0, seed=s) for s in (1, 1, 2))
    assert a == b
    assert a != c


def test_points_solve_back_to_the_angles(walk, body):
    few = walk["points"].at(slice(0, 300, 10))
    solved = fit(body, few, places(body), hold={"subtalar_angle_r": None}).angles(few.rate)
    for name in ("hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l"):
        off = solved[name] - walk["angles"][name][0:300:10]
        assert np.sqrt(np.nanmean(off**2)) < 1.0, name


def test_a_mirrored_walk_is_the_walk_of_a_mirrored_body(walk, body):
    other = walk.mirror()
    values, _ = coordinate_values(body, other["angles"])
    pose = place(body, values)
    for name, spot in places(body).items():
        assert np.abs(other["points"][name] - pose.spot(spot)).max() < 1e-9, name
    motion = moving(body, other["angles"], cutoff_hz=None)
    needed = body.mass * (motion.mass_centre_acceleration() + (0, G, 0))
    assert np.abs(other["forces"].data[:, :, :3].sum(axis=1) - needed)[INNER].max() < 1e-6
    from gaitsmith.body.sensors import virtual_imu

    read = virtual_imu(motion)
    assert np.allclose(read.data[INNER], other["imu"].select(read.labels).data[INNER], atol=1e-6)


def test_strides_vary_and_without_variability_they_do_not(person):
    lively, steady = (walker(person.changed(variability=v), 1.2, 8.0, seed=3) for v in (1.0, 0.0))
    spread = [np.diff(w.events.times("strike", "right")).std() for w in (lively, steady)]
    assert spread[0] > 0.003
    assert spread[1] < 1e-9


@pytest.mark.parametrize(("speed", "seconds", "rate"), [(0.1, 5, 100), (1.2, 0.2, 100),
                                                        (1.2, 5, 20), (6.0, 5, 100)])  # fmt: skip
def test_what_no_one_walks_is_refused(person, speed, seconds, rate):
    with pytest.raises(GaitsmithError):
        walker(person, speed, seconds, rate_hz=rate)


def test_markerless_positions_alone_give_the_knees_back(walk):
    found = angles_from_points(walk.select("points").crop(0, 1.0))
    off = found["angles"]["knee_angle_r"] - walk["angles"]["knee_angle_r"][: len(found["angles"])]
    assert np.sqrt(np.nanmean((off - np.nanmean(off)) ** 2)) < 3.0
