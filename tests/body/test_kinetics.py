import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import gaitsmith
import gaitsmith.virtual
from gaitsmith.body import moments_for_report
from gaitsmith.body.dynamics import Wrench, inverse_dynamics, net_wrench
from gaitsmith.body.motion import move
from gaitsmith.body.residual import residuals, unmeasured
from gaitsmith.recording import Recording, Stream
from gaitsmith.studies import walks

from .test_kinematics import PAIRS
from .test_motion import swinging

OPENSIM = {
    "moco_walking": "grf_walk.mot.gz",
    "gait2392": "subject01_walk1_grf.mot",
    "wbds01": "WBDS01walkT01_grf_first6s.mot",
}


def real(shared, name):
    folder = shared / "opensim" / name
    model, motion, mass = PAIRS[name]
    grf = next(p for p in folder.iterdir() if p.name.startswith(OPENSIM[name]))
    recording = gaitsmith.read(folder / motion, grf).with_subject("README", mass=mass)
    return recording, folder / model


def test_what_was_measured_in_full_leaves_nothing():
    motion = move(*swinging())
    whole = net_wrench(motion)
    left = residuals(inverse_dynamics(motion, {"pelvis": whole}))
    assert left.force_peak < 1e-9
    assert left.moment_peak < 1e-9
    assert left.acceptable
    none = residuals(inverse_dynamics(motion))
    assert np.allclose(none.force, whole.force)
    assert none.force_rms > 0.5
    assert not none.acceptable


def test_a_foot_beside_the_plates_is_told():
    body, t, q, qd, qdd = swinging()
    motion = move(body, t, q * 0.05, qd * 0.05, qdd * 0.05)
    whole = net_wrench(motion)
    left_lacks = np.where((t > 0.5) & (t < 1.0), 0.0, 0.5)[:, None]
    feet = {
        "r": Wrench(0.5 * whole.force, 0.5 * whole.moment),
        "l": Wrench(left_lacks * whole.force, left_lacks * whole.moment),
    }
    found = inverse_dynamics(motion, {f"calcn_{s}": w for s, w in feet.items()})
    beside = unmeasured(found, feet)
    assert not beside["r"].any()
    assert np.array_equal(beside["l"], (t > 0.5) & (t < 1.0))


def test_nothing_to_compute_leaves_the_recording_as_it_is():
    angles = Stream("angles", np.zeros((50, 1)), ("knee_angle_r",), rate=100.0)
    alone = Recording(streams={"angles": angles})
    assert moments_for_report(alone) is alone
    data = np.zeros((500, 1, 7))
    data[:, 0, 1] = 700
    forces = Stream("forces", data, ("foot_r",), rate=1000.0)
    both = alone.with_stream(forces)
    light = moments_for_report(both)
    assert "mass" in str(light.notes[-1])
    assert set(light.streams) == {"angles", "forces"}
    nowhere = moments_for_report(both.with_subject("given", mass=70.0))
    assert "where the pelvis is" in str(nowhere.notes[-1])
    has = both.with_stream(
        Stream("moments", np.zeros((50, 1)), ("knee_angle_r_moment",), rate=100.0)
    )
    assert moments_for_report(has) is has


@pytest.mark.shared
@pytest.mark.parametrize("name", OPENSIM)
@pytest.mark.parametrize("own", [True, False], ids=["model", "generic"])
def test_real_walks_have_moments_of_walking(shared, name, own):
    recording, model = real(shared, name)
    out = moments_for_report(recording, model if own else None)
    moments, powers = out["moments"], out["powers"]
    assert moments.attrs["made_from"] == "inverse dynamics"
    assert not any(x.startswith("pelvis") for x in moments.labels)
    assert any("agree within" in str(n) for n in out.notes)
    for side in ("r", "l"):
        # Plantarflexors push off with 0.7 to 2 N·m/kg (Bovi 2011: 1.0 to 1.6 by speed).
        peak = -np.nanmin(moments[f"ankle_angle_{side}_moment"]) / recording.subject.mass
        assert 0.7 < peak < 2.0
        # Abductors hold the pelvis; the internal knee moment is one of abduction.
        assert np.nanmin(moments[f"hip_adduction_{side}_moment"]) < -0.5 * recording.subject.mass
        assert np.nanmin(moments[f"knee_adduction_{side}_moment"]) < -0.15 * recording.subject.mass
        assert np.nanmax(powers[f"ankle_angle_{side}_power"]) > 0.3 * recording.subject.mass


@pytest.mark.shared
def test_forces_in_another_place_are_refused(shared):
    recording, model = real(shared, "moco_walking")
    forces = recording.forces
    data = forces.data.copy()
    data[:, :, 5] += 1.0
    moved = recording.with_stream(forces.replace(data=data))
    out = moments_for_report(moved, model)
    assert "moments" not in out
    assert "act under the feet" in str(out.notes[-1])


def turned_room(recording, degrees):
    """The same walk in a room whose axes are turned about the vertical."""
    angles, forces = recording.angles, recording.forces
    turn = Rotation.from_euler("y", degrees, degrees=True)
    data = angles.data.copy()
    heading = [angles.index(f"pelvis_{x}") for x in ("tilt", "list", "rotation")]
    place = [angles.index(f"pelvis_t{x}") for x in "xyz"]
    own = Rotation.from_euler("ZXY", data[:, heading], degrees=True)
    data[:, heading] = (turn * own).as_euler("ZXY", degrees=True)
    data[:, place] = turn.apply(data[:, place])
    pushes = forces.data.copy()
    for label in range(pushes.shape[1]):
        for part in (slice(0, 3), slice(3, 6)):
            pushes[:, label, part] = pushes[:, label, part] @ turn.as_matrix().T
    return recording.with_stream(angles.replace(data=data)).with_stream(forces.replace(data=pushes))


@pytest.mark.shared
def test_walking_in_another_direction_has_the_same_moments(shared):
    from gaitsmith.body import points_from_angles, read_osim
    from gaitsmith.gait.frame import face_forward
    from gaitsmith.preparation import heading_free

    recording, model = real(shared, "moco_walking")
    straight = moments_for_report(recording, model)["moments"]
    body = read_osim(model)
    before = points_from_angles(turned_room(recording, 70.0), body)
    prepared = heading_free(face_forward(before))
    assert "moments" not in moments_for_report(prepared, body)
    out = moments_for_report(prepared, body, unturned=before)["moments"]
    assert out.labels == straight.labels
    assert np.abs(out.data - straight.data).max() < 0.5


@pytest.mark.shared
def test_markers_and_plates_against_the_laboratory(shared):
    walk = next(w for w in walks.with_plates(shared) if w.name == "HC044A15")
    recording = walk.read(shared)
    theirs, mass = recording["moments"], recording.subject.mass
    ours = moments_for_report(recording.without("moments", "powers"))["moments"]
    for stem, least in (("ankle_angle", 0.98), ("hip_flexion", 0.85), ("knee_angle", 0.85)):
        for side in ("r", "l"):
            name = f"{stem}_{side}_moment"
            a, b = ours[name], np.interp(ours.times, theirs.times, theirs[name])
            both = np.isfinite(a) & np.isfinite(b)
            assert both.sum() > 60
            assert np.corrcoef(a[both], b[both])[0, 1] > least
            assert np.sqrt(np.mean((a[both] - b[both]) ** 2)) < 0.25 * mass


@pytest.mark.shared
def test_angles_that_were_fitted_for_the_report_serve(shared):
    from gaitsmith.body import angles_for_report
    from gaitsmith.gait.frame import face_forward

    walk = next(w for w in walks.with_plates(shared) if w.name == "vicon_nexus_pig_walk3_events")
    plain = walk.read(shared).without("angles", "moments", "powers")
    fitted = angles_for_report(face_forward(plain))
    ours = moments_for_report(fitted)
    assert ours["moments"].labels
    again = moments_for_report(plain)["moments"]
    for side in ("r", "l"):
        name = f"ankle_angle_{side}_moment"
        a, b = ours["moments"][name], again[name]
        both = np.isfinite(a) & np.isfinite(b)
        assert both.sum() > 100
        assert np.abs(a[both] - b[both]).max() < 0.1 * recording_mass(ours)


def recording_mass(recording):
    return recording["moments"].attrs["mass_kg"]


def test_a_mirrored_walk_has_mirrored_moments():
    """Left and right exchanged in motion and forces: every moment changes sides, with its sign."""
    walk = gaitsmith.virtual.walker(gaitsmith.virtual.average_person("female"), 1.2, seconds=2.5)
    walk = walk.select("angles", "forces")
    here = moments_for_report(walk).of_kind("moments").get("moments")
    there = moments_for_report(walk.mirror()).of_kind("moments").get("moments")
    assert here is not None
    assert there is not None
    back = walk.select("angles").with_stream(there, "moments").mirror()["moments"]
    for label in here.labels:
        own, other = here[label], back[label]
        ok = np.isfinite(own) & np.isfinite(other)
        assert ok.mean() > 0.5, label
        np.testing.assert_allclose(other[ok], own[ok], atol=0.05 + 0.01 * np.nanmax(np.abs(own)))


@pytest.mark.shared
def test_markers_with_a_standing_trial_have_moments(shared):
    folder = shared / "opensim" / "gait2392"
    walk = gaitsmith.read(folder / "subject01_walk1.trc", folder / "subject01_walk1_grf.mot")
    static = gaitsmith.read(folder / "subject01_static.trc.gz")
    found = gaitsmith.analyze(walk.with_subject("README", mass=72.6, height=1.8), static=static)
    # Its knees are marked on the inside while standing only: without the static there is no body.
    peak = -np.nanmin(found.recording["moments"]["ankle_angle_r_moment"]) / 72.6
    assert 0.7 < peak < 2.0
