from xml.etree import ElementTree

import numpy as np
import pytest

from gaitsmith.body import Spot, generic_body, inverse_dynamics, net_wrench, read_osim
from gaitsmith.body.functions import Polynomial
from gaitsmith.body.mjcf import to_mjcf
from gaitsmith.body.motion import move
from gaitsmith.body.simulate import Simulation
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.base import Source

from . import models
from .test_kinematics import PAIRS

pytest.importorskip("mujoco")


def anyhow(body, n=12, seed=0):
    """A motion of random values, speeds and accelerations."""
    rng = np.random.default_rng(seed)
    shape = (n, len(body.coordinates))
    q, qd, qdd = (rng.normal(0, s, shape) for s in (0.3, 2.0, 20.0))
    return move(body, np.arange(n) / 100, q, qd, qdd)


def compared(body, seed=0):
    """Largest differences of rotation, origin (m) and generalised force (N·m, N)."""
    motion = anyhow(body, seed=seed)
    simulation = Simulation.of(to_mjcf(body))
    rotation, origin = simulation.place(motion.pose.values)
    ours = inverse_dynamics(motion).generalised
    return (
        np.abs(rotation - motion.pose.rotation).max(),
        np.abs(origin - motion.pose.origin).max(),
        np.abs(simulation.inverse(motion) - ours).max(),
    )


@pytest.mark.parametrize("body", [
    generic_body(1.75, 70.0, "female"), generic_body(1.2, 28.0, arms=False),
    generic_body(1.9, 110.0, "male", measured={"thigh": 0.5}),
], ids=["woman", "child without arms", "man"])  # fmt: skip
def test_the_generic_body_is_mujocos_to_rounding(body):
    rotation, origin, force = compared(body)
    assert rotation < 1e-12
    assert origin < 1e-12
    assert force < 1e-8


def test_frames_offsets_and_splines_of_an_osim():
    body = read_osim(Source("small.osim", models.new_form(), ".osim"))
    assert max(compared(body)) < 1e-9
    text = to_mjcf(body).text
    joints = {e.get("name") for e in ElementTree.fromstring(text).iter("joint")}
    assert {"hip_flexion_r", "pelvis_tx", "pelvis_ty", "knee_angle_r"} <= joints
    assert "knee_angle_r:tibia_r:translation1" in joints


def test_net_force_of_mujocos_root_is_mass_times_acceleration_less_gravity():
    body = generic_body(1.7, 66.0)
    motion = anyhow(body, seed=3)
    root = [body.index[f"pelvis_t{x}"] for x in "xyz"]
    theirs = Simulation.of(to_mjcf(body)).inverse(motion)[:, root]
    needed = body.mass * (motion.mass_centre_acceleration() - np.array(body.gravity))
    assert np.abs(theirs - needed).max() < 1e-8
    assert np.abs(net_wrench(motion).force - needed).max() < 1e-8


def test_names_limits_sites_and_keyframe():
    body = generic_body(1.7, 66.0)
    simulation = Simulation.of(to_mjcf(body, sites={"mine": Spot("tibia_r", (0.0, -0.1, 0.0))}))
    model = simulation.model
    for c in body.coordinates:
        joint = model.joint(c.name)
        assert bool(joint.limited[0]) == c.clamped
        if c.clamped:
            assert np.allclose(joint.range, c.range)
    simulation.rest()
    simulation.step(0.0)
    assert np.allclose(simulation.layout.values(simulation.data.qpos[None])[0],
                       [c.rest for c in body.coordinates])  # fmt: skip
    assert model.site("mine").id >= 0
    every = Simulation.of(to_mjcf(body)).model
    names = {every.site(i).name for i in range(every.nsite)}
    assert {"landmark:heel_r", "landmark:head", "neck"} <= names
    assert np.isclose(model.body_mass.sum(), 66.0)


def test_the_sensor_of_a_standing_foot_reads_one_g():
    body = generic_body(1.7, 66.0)
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], float)
    document = to_mjcf(body, sensors={"foot_r": (Spot("calcn_r", (0.1, 0.05, 0.0)), turn)})
    simulation = Simulation.of(document)
    simulation.rest()
    mujoco = pytest.importorskip("mujoco")
    simulation.data.qacc[:] = 0
    mujoco.mj_inverse(simulation.model, simulation.data)
    assert np.allclose(
        simulation.data.sensor("foot_r_acc").data, turn.T @ (0, 9.80665, 0), atol=1e-9
    )
    assert np.allclose(simulation.data.sensor("foot_r_gyr").data, 0)


def test_a_stiff_body_stands_on_its_feet_with_its_weight():
    body = generic_body(1.7, 66.0)
    simulation = Simulation.of(to_mjcf(body, stiffness=3000.0, damping=60.0))
    simulation.rest()
    totals = []
    for _ in range(20):
        simulation.step(0.02)
        totals.append(simulation.floor_forces())
    late = totals[10:]
    weight = 66.0 * 9.80665
    mean = np.mean([rows["foot_r"][:3] + rows["foot_l"][:3] for rows in late], axis=0)
    assert mean[1] == pytest.approx(weight, rel=0.05)
    for rows in late:
        assert rows["foot_r"][1] == pytest.approx(rows["foot_l"][1], rel=0.01)
        assert 0 < rows["foot_r"][5] < 0.2  # the right foot's centre of pressure lies to the right
        assert rows["foot_r"][5] == pytest.approx(-rows["foot_l"][5], abs=1e-3)


def test_what_hinges_cannot_say_is_refused():
    body = read_osim(Source("small.osim", models.new_form(), ".osim"))
    knee = body.joint("knee_r")
    curved = Polynomial((0.3, 1.0, 0.0))
    bent = type(knee)(knee.name, knee.parent, knee.child, knee.on_parent, knee.on_child,
                      (type(knee.rotations[0])((0, 0, 1), curved, "knee_angle_r"),))  # fmt: skip
    with pytest.raises(GaitsmithError, match="knee_angle_r"):
        to_mjcf(body.replace(joints=(body.joints[0], bent)))


@pytest.mark.shared
@pytest.mark.parametrize("name", PAIRS)
def test_models_of_people_are_mujocos_too(shared, name):
    body = read_osim(shared / "opensim" / name / PAIRS[name][0])
    rotation, origin, force = compared(body)
    assert rotation < 1e-12
    assert origin < 1e-12
    # The toes of WBDS' model have the inertia of no rigid body, which MuJoCo refuses.
    assert force < (0.5 if name == "wbds01" else 1e-8)
