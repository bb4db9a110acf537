"""Parameters of walks whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.cycles import segment
from gaitsmith.gait.frame import Progression
from gaitsmith.gait.parameters import (
    Value,
    ground_forces,
    joint_kinetics,
    parameters,
    regularity,
    spatial,
    temporal,
)
from gaitsmith.gait.parameters.base import within
from gaitsmith.gait.reference import reference
from gaitsmith.recording import Recording, Stream, Subject
from gaitsmith.units import STANDARD_GRAVITY

from . import walks

RATE = 200.0


def feet(
    *, step_right=0.7, step_left=0.6, width=0.12, belt=0.0, heading=0.0, n=8, stride=1.1, lag=0.5
):
    """Heel and toe points of a walk with exact lengths; on a belt, seen from the laboratory."""
    events = walks.events(n, stride, 0.62, lag)
    time = np.arange(0, 0.3 + (n + 1.6) * stride, 1 / RATE)
    length = step_right + step_left
    points = []
    for side, z, first in (("right", width / 2, 0.0), ("left", -width / 2, -step_right)):
        strikes = events.times("strike", side)
        first = 0.0 if side == "right" else step_left
        places = first + length * np.arange(len(strikes))
        x = np.full(len(time), places[0])
        y = np.zeros(len(time))
        for i in range(len(strikes) - 1):
            off, next_ = strikes[i] + 0.62 * stride, strikes[i + 1]
            u = np.clip((time - off) / (next_ - off), 0, 1)
            ease = u * u * (3 - 2 * u)
            x = np.where(time >= strikes[i], places[i] + length * ease, x)
            # Two crests with a dip of 20 mm at 55 % of the swing.
            crest = 0.08 * np.sin(np.pi * u) ** 2 - 0.055 * np.exp(-(((u - 0.55) / 0.12) ** 2))
            crest = crest + (0.02 - (0.08 * np.sin(np.pi * 0.55) ** 2 - 0.055)) * np.exp(
                -(((u - 0.55) / 0.12) ** 2)
            )
            y = np.where((time >= off) & (time < next_), crest, y)
        heel = np.column_stack([x - belt * time, y + 0.03, np.full(len(time), z)])
        toe = heel + np.array([0.2, -0.02, 0.0])
        points += [heel, toe]
    data = np.stack(points, axis=1)
    turn = np.radians(heading)
    c, s = np.cos(turn), np.sin(turn)
    data = data @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return Recording(
        Subject(leg_length=0.9),
        {"points": Stream("points", data, ("RHEE", "RTOE", "LHEE", "LTOE"), rate=RATE)},
        events,
        name="feet",
    )


def test_times_are_exact():
    made = temporal(segment(walks.walk(stride=1.25, stance=0.62, lag=0.48)))
    assert made["cadence"].both.mean == pytest.approx(96.0)
    assert made["cadence"].left is None and made["cadence"].both.n == 16
    assert made["stride_time"].left.mean == pytest.approx(1.25)
    # The right foot's step ends with its own strike: 0.52 of the stride after the left's.
    assert made["step_time"].right.mean == pytest.approx(0.52 * 1.25)
    assert made["step_time"].left.mean == pytest.approx(0.48 * 1.25)
    assert made["stance_percent"].both.mean == pytest.approx(62.0)
    assert made["swing_time"].both.mean == pytest.approx(0.38 * 1.25)
    assert made["initial_double_support_percent"].right.mean == pytest.approx(100 * (0.62 - 0.52))
    assert made["terminal_double_support_percent"].right.mean == pytest.approx(14.0)
    assert made["double_support_percent"].left.mean == pytest.approx(24.0)
    assert made["single_support_percent"].right.mean == pytest.approx(38.0)
    assert made["stride_time"].left.cov == pytest.approx(0.0, abs=1e-9)
    assert made["stride_time"].symmetry_index == pytest.approx(0.0, abs=1e-9)
    assert made["step_time"].symmetry_ratio == pytest.approx(0.52 / 0.48)
    assert made["step_time"].symmetry_index == pytest.approx(100 * 0.04 / 0.5)


def test_running_has_flight_and_no_double_support():
    made = temporal(segment(walks.walk(stride=0.7, stance=0.36)))
    assert "double_support_percent" not in made and "single_support_percent" not in made
    assert made["duty_factor"].both.mean == pytest.approx(0.36)
    assert made["flight_time"].right.mean == pytest.approx(0.7 * 0.14)


def test_one_foot_or_strikes_alone_give_what_they_can():
    walk = walks.walk()
    one = temporal(segment(walk, walk.events.where(side="right")))
    assert one["stance_percent"].right.mean == pytest.approx(62.0)
    assert one["stance_percent"].left is None and np.isnan(one["stance_percent"].symmetry_index)
    assert "double_support_percent" not in one and "step_time" not in one
    assert "both feet" in one.missing[0]
    bare = temporal(segment(walk, walk.events.where(kind="strike")))
    assert "stance_percent" not in bare and "step_time" in bare and "foot-offs" in bare.missing[0]


@pytest.mark.parametrize("heading", [0.0, 37.0, 180.0, -90.0])
def test_lengths_overground_in_any_direction(heading):
    made = spatial(segment(feet(heading=heading)))
    assert made["stride_length"].left.mean == pytest.approx(1.3, abs=0.005)
    assert made["step_length"].right.mean == pytest.approx(0.7, abs=0.005)
    assert made["step_length"].left.mean == pytest.approx(0.6, abs=0.005)
    assert made["step_width"].both.mean == pytest.approx(0.12, abs=0.002)
    assert made["speed"].both.mean == pytest.approx(1.3 / 1.1, abs=0.01)
    assert made["step_length"].symmetry_index == pytest.approx(100 * 0.1 / 0.65, abs=1.0)
    assert made["speed_dimensionless"].both.mean == pytest.approx(
        1.3 / 1.1 / np.sqrt(STANDARD_GRAVITY * 0.9), abs=0.005
    )
    assert made["walk_ratio"].both.mean == pytest.approx(0.65 / (120 / 1.1), rel=0.01)
    assert made["froude"].both.mean == pytest.approx(made["speed_dimensionless"].both.mean ** 2)


def test_lengths_on_a_treadmill_are_those_on_the_belt():
    walk = feet(belt=1.3 / 1.1)
    way = Progression((1.0, 0.0, 0.0), 1.3 / 1.1, "treadmill", 1.3 / 1.1)
    made = spatial(segment(walk), way)
    assert made["stride_length"].both.mean == pytest.approx(1.3, abs=0.005)
    assert made["step_length"].right.mean == pytest.approx(0.7, abs=0.005)
    assert made["step_width"].right.mean == pytest.approx(0.12, abs=0.002)
    assert made["speed"].both.mean == pytest.approx(1.3 / 1.1, abs=0.01)


def test_the_package_finds_progression_itself():
    made = parameters(segment(feet(belt=1.3 / 1.1, n=12)))
    assert made["stride_length"].both.mean == pytest.approx(1.3, abs=0.03)


def test_toe_clearance():
    made = spatial(segment(feet()))
    assert made["toe_clearance"].both.mean == pytest.approx(0.02, abs=0.003)


def test_a_toe_that_would_have_touched_the_ground_has_no_clearance():
    walk = feet()
    points = walk.points
    data = points.data.copy()
    toe = points.index("toe_r") if "toe_r" in points else points.index("RTOE")
    lift = data[:, toe, 1] - data[:, toe, 1].min()
    data[:, toe, 1] -= 0.95 * lift
    made = spatial(segment(walk.with_stream(points.replace(data=data))))
    assert made["toe_clearance"].right is None or not made["toe_clearance"].right.n
    assert made["toe_clearance"].left.mean == pytest.approx(0.02, abs=0.003)
    assert any("would have caught the ground" in n.words for n in made.notes)


def test_speed_alone_gives_stride_length_and_says_so():
    made = spatial(segment(walks.walk(stride=1.1)), speed=1.2)
    assert made["stride_length"].both.mean == pytest.approx(1.32)
    assert "step_length" not in made and "speed" in made and made.notes
    nothing = spatial(segment(walks.walk()))
    assert "speed" not in nothing and nothing.missing


def test_centre_of_pressure_gives_lengths_without_points():
    walk = feet()
    time = walk.points.times
    forces = np.zeros((len(time), 2, 7))
    for i, heel in enumerate(("RHEE", "LHEE")):
        on = walk.points[heel][:, 1] < 0.031
        forces[:, i, 1] = np.where(on, 700.0, 0.0)
        forces[:, i, 3:6] = np.where(on[:, None], walk.points[heel], np.nan)
    plates = walk.without("points").with_stream(
        Stream("forces", forces, ("foot_r", "foot_l"), rate=RATE)
    )
    made = spatial(segment(plates))
    assert made["step_length"].right.mean == pytest.approx(0.7, abs=0.01)
    assert made["step_width"].left.mean == pytest.approx(0.12, abs=0.005)
    assert any("pressure" in str(n) for n in made.notes)


def test_a_treadmill_that_nobody_told_of_has_no_lengths():
    walk = feet(belt=1.3 / 1.1)
    made = spatial(segment(walk))
    assert "stride_length" not in made and "step_length" not in made and "speed" not in made
    assert made.missing and any("treadmill" in str(n) for n in made.notes)
    told = spatial(segment(walk), speed=1.3 / 1.1)
    assert told["step_length"].right.mean == pytest.approx(0.7, abs=0.005)


def test_joint_peaks_and_their_references():
    walk = walks.walk(height=1.75)
    made = parameters(segment(walk), speed=1.2, reference=reference("adult", speed=1.2))
    phase = np.linspace(0, 1, 101)
    knee = walks.curve("knee_angle", phase)
    assert made["knee_flexion_swing_max"].left.mean == pytest.approx(knee[63:].max(), abs=0.05)
    assert made["knee_flexion_at_strike"].right.mean == pytest.approx(knee[0], abs=0.05)
    assert made["knee_flexion_range"].both.mean == pytest.approx(np.ptp(knee), abs=0.1)
    assert made["pelvis_tilt_mean"].both.mean == pytest.approx(10.0, abs=0.05)
    assert made["knee_flexion_swing_max_time"].both.mean == 63 + np.argmax(knee[63:])
    assert np.isnan(made["knee_flexion_at_strike"].right.cov)
    assert np.isfinite(made["knee_flexion_range"].right.cov)
    swing = made["knee_flexion_swing_max"]
    assert swing.reference.source.startswith("Bovi") and np.isfinite(swing.z("left"))
    assert made["stride_time"].reference.mean == pytest.approx(1.1, abs=0.05)
    # Midline curves belong to each foot: both sides see their own pelvis the same way.
    assert made["pelvis_obliquity_stance_max"].left is not None


def test_moments_need_the_mass_and_point_the_way_their_names_say():
    walk = walks.walk(mass=70.0)
    n = len(walk.angles)
    data = np.column_stack([np.full(n, -70.0), np.full(n, 35.0)])
    moments = Stream("moments", data, ("knee_angle_r_moment", "hip_flexion_r_moment"), rate=100.0)
    walk = walk.with_stream(moments)
    made = joint_kinetics(segment(walk, streams=["angles", "moments"]))
    assert made["knee_extensor_moment_stance_max"].right.mean == pytest.approx(1.0)
    assert made["hip_flexor_moment_stance_max"].right.mean == pytest.approx(0.5)
    assert made["hip_extensor_moment_stance_max"].right.mean == pytest.approx(-0.5)
    light = walk.replace(subject=Subject())
    assert "mass" in joint_kinetics(segment(light, streams=["moments"])).missing[0]
    assert not len(joint_kinetics(segment(light)))


def plate_walk(mass=70.0, stride=1.1, stance=0.62, **options):
    """Forces with peaks of 110 and 105 %BW, a trough of 80 %BW and balanced fore-aft impulses."""
    walk = walks.walk(stride=stride, stance=stance, mass=mass, **options)
    time = np.arange(0, walk.angles.end, 1e-3)
    weight = (mass or 70.0) * STANDARD_GRAVITY
    forces = np.zeros((len(time), 2, 7))
    shape = ((0, 0), (0.06, 0.55), (0.22, 1.10), (0.5, 0.80), (0.78, 1.05), (0.94, 0.5), (1.0, 0.0))
    from scipy.interpolate import PchipInterpolator

    vertical = PchipInterpolator(*np.array(shape).T)
    for i, side in enumerate(("right", "left")):
        for strike in walk.events.times("strike", side):
            u = (time - strike) / (stance * stride)
            on = (u >= 0) & (u <= 1)
            forces[on, i, 1] = weight * vertical(u[on])
            forces[on, i, 0] = -0.2 * weight * np.sin(2 * np.pi * u[on])
    return walk.with_stream(Stream("forces", forces, ("foot_r", "foot_l"), rate=1000.0))


def test_force_peaks_impulses_and_loading():
    walk = plate_walk()
    made = ground_forces(segment(walk))
    assert made["vertical_peak_1"].left.mean == pytest.approx(110.0, abs=0.2)
    assert made["vertical_trough"].right.mean == pytest.approx(80.0, abs=0.2)
    assert made["vertical_peak_2"].both.mean == pytest.approx(105.0, abs=0.2)
    assert made["braking_peak"].both.mean == pytest.approx(-20.0, abs=0.1)
    assert made["propulsion_peak"].both.mean == pytest.approx(20.0, abs=0.1)
    half = 20.0 * 0.62 * 1.1 / np.pi
    assert made["propulsion_impulse"].both.mean == pytest.approx(half, abs=0.05)
    assert made["braking_impulse"].both.mean == pytest.approx(-half, abs=0.05)
    assert made["vertical_peak_1"].unit == "%BW" and made["vertical_impulse"].unit == "%BW·s"
    whole = made["vertical_impulse"].both.mean
    assert whole == pytest.approx(0.86 * 100 * 0.62 * 1.1, rel=0.03)
    rate = made["loading_rate"].both.mean
    assert 0.5 * 110 / (0.22 * 0.62 * 1.1) < rate < 1.5 * 110 / (0.22 * 0.62 * 1.1)
    with_range = made.with_reference(reference("adult", speed=1.2))
    assert with_range["vertical_peak_1"].reference.mean == pytest.approx(107, abs=3)


def test_forces_without_mass_are_newtons_without_a_reference():
    walk = plate_walk().replace(subject=Subject())
    made = ground_forces(segment(walk)).with_reference(reference("adult"))
    assert made["vertical_peak_1"].unit == "N" and made["vertical_peak_1"].reference is None
    assert made["vertical_peak_1"].left.mean == pytest.approx(1.1 * 70 * STANDARD_GRAVITY, rel=0.01)
    assert made.notes


def test_a_foot_beside_the_plate_is_left_out():
    walk = plate_walk()
    forces = np.array(walk.forces.data)
    late = walk.forces.times > 0.3 + 3 * 1.1 - 0.05
    forces[late, 0, :3] = 0.0
    forces[:, 1] = 0.0
    made = ground_forces(segment(walk.with_stream(walk.forces.replace(data=forces))))
    assert made["vertical_peak_1"].right.n == 3 and made["vertical_peak_1"].left is None
    nowhere = walk.with_stream(walk.forces.replace(data=np.zeros_like(forces)))
    assert ground_forces(segment(nowhere)).missing
    assert "plates" in ground_forces(segment(walks.walk())).missing[0]


def test_a_strike_told_late_gives_no_loading_rate():
    walk = plate_walk()
    late = walk.events.map(lambda e: replace(e, time=e.time + 0.06) if e.kind == "strike" else e)
    made = ground_forces(segment(walk.with_events(late)))
    assert "loading_rate" not in made and "vertical_peak_1" in made


def test_no_ranges_beside_a_speed_that_nobody_walked():
    made = parameters(segment(plate_walk(height=1.7)), speed=0.3,
                      reference=reference("adult", speed=0.3, subject=Subject(height=1.7)))  # fmt: skip
    assert all(p.reference is None for p in made) and any("Nobody" in w for w in made.missing)


def test_running_has_one_peak():
    made = ground_forces(segment(plate_walk(stride=0.7, stance=0.36)))
    assert "vertical_peak" in made and "vertical_trough" not in made


def test_regularity_of_a_limping_trunk():
    time = np.arange(0, 20, 0.01)
    step = 2 * np.pi * time / 0.55
    even = regularity(np.cos(step), 100.0, 0.55)
    assert even.step == pytest.approx(1.0, abs=0.02) and even.symmetry == pytest.approx(
        1.0, abs=0.02
    )
    limp = regularity(np.cos(step) + 0.8 * np.cos(step / 2), 100.0, 0.55)
    assert limp.stride == pytest.approx(1.0, abs=0.02) and limp.step < 0.5
    rng = np.random.default_rng(0)
    noise = regularity(rng.normal(size=len(time)), 100.0, 0.55)
    assert noise.stride < 0.2
    assert regularity(np.ones(2000), 100.0, 0.55) is None
    assert regularity(np.cos(step)[:200], 100.0, 0.55) is None


def test_a_trunk_sensor_gives_regularity():
    walk = walks.walk(n=10)
    time = walk.angles.times
    acc = np.zeros((len(time), 1, 6))
    acc[:, 0, 0] = 9.81 + 2 * np.cos(2 * np.pi * time / 0.55)
    made = parameters(segment(walk.with_stream(Stream("imu", acc, ("lower_back",), rate=100.0))))
    assert made["step_regularity"].both.mean > 0.95
    assert "lower_back" in made["step_regularity"].definition
    assert made["knee_angle_mean_sd"].left.mean < 0.05
    assert made["knee_angle_regularity"].left.mean > 0.98


def test_the_table_is_plain_and_complete():
    made = parameters(segment(plate_walk(height=1.7)), speed=1.2, reference=reference("adult"))
    rows = made.to_rows()
    assert len({r["key"] for r in rows}) == len(rows) > 40
    assert all(r["definition"] and r["name"] for r in rows)
    assert len(made.to_pandas()) == len(made)
    assert made.of("force") and made.of("time")
    with pytest.raises(GaitsmithError, match="cadence"):
        made["cadense"]


def test_value_of_nothing_is_nan_not_an_error():
    empty = Value(np.array([np.nan]))
    assert empty.n == 0 and np.isnan(empty.mean) and np.isnan(empty.sd) and np.isnan(empty.cov)
    assert np.isnan(Value(np.array([0.0, 0.0])).cov)


def test_within_keeps_gaps_and_empty_masks_apart():
    data = np.array([[1.0, 2.0, np.nan], [1.0, 5.0, 3.0], [1.0, 2.0, 3.0]])
    mask = np.array([[True, True, False], [True, False, True], [False, False, False]])
    np.testing.assert_allclose(within(data, mask, "max"), [2.0, 3.0, np.nan])
    np.testing.assert_allclose(within(data, mask, "range"), [1.0, 2.0, np.nan])
    np.testing.assert_allclose(within(data, mask, "mean"), [1.5, 2.0, np.nan])
    np.testing.assert_allclose(within(data, ~mask, "min"), [np.nan, 5.0, 1.0])


@given(st.floats(0.35, 0.65), st.floats(0.56, 0.75))
def test_mirroring_exchanges_left_and_right(lag, stance):
    walk = plate_walk(lag=lag, stance=stance, n=4)
    a, b = parameters(segment(walk)), parameters(segment(walk.mirror()))
    assert {p.key for p in a} == {p.key for p in b}
    for p in a:
        q = b[p.key]
        for here, there in (("left", "right"), ("right", "left"), ("both", "both")):
            x, y = p[here], q[there]
            assert (x is None) == (y is None)
            if x is not None:
                assert x.mean == pytest.approx(y.mean, rel=1e-6, abs=1e-6), p.key
        if np.isfinite(p.symmetry_index):
            assert p.symmetry_index == pytest.approx(-q.symmetry_index, abs=1e-6)


@given(st.floats(0.5, 2.0))
def test_slower_film_slower_walk(factor):
    walk = walks.walk(n=4)
    slow = walks.walk(n=4, stride=1.1 * factor, rate=100.0 / factor)
    slow = slow.with_stream(slow.angles.replace(time=None))
    a, b = temporal(segment(walk)), temporal(segment(slow))
    assert b["stride_time"].both.mean == pytest.approx(factor * a["stride_time"].both.mean)
    assert b["cadence"].both.mean == pytest.approx(a["cadence"].both.mean / factor)
    assert b["stance_percent"].both.mean == pytest.approx(a["stance_percent"].both.mean)
