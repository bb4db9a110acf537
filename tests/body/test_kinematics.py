import numpy as np
import pytest

import gaitsmith
from gaitsmith.body import coordinate_values, place, read_osim
from gaitsmith.body.kinematics import about
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats.base import Source

from . import models
from .oracle import load_opensim

#: Model and motion of each recording that has both.
PAIRS = {
    "moco_walking": ("subject_walk_scaled.osim.gz", "coordinates.sto.gz", 85.27),
    "gait2392": ("subject01_simbody.osim.gz", "subject01_walk1_ik.mot", 72.60),
    "rajagopal_walking": ("subject4_scaled.osim.gz", "walking1_ik.mot", 62.60),
    "hamner_running": ("subject02_scaled.osim.gz", "subject02_running_ik.mot.gz", 65.90),
    "wbds01": ("GenericScaledModel_sample.osim.gz", "WBDS01walkT01_ik_sample.mot", 74.30),
    "gaitdynamics_example": (
        "example_opensim_model.osim.gz", "example_mot_complete_kinematics.mot.gz", 71.53,
    ),
}  # fmt: skip


def test_rotations_are_rotations():
    unit = np.array([0.36, 0.48, 0.8])
    r = about(unit, np.linspace(-4, 4, 9))
    assert np.allclose(r @ np.swapaxes(r, -1, -2), np.eye(3), atol=1e-14)
    assert np.allclose(r @ unit, unit)
    assert np.allclose(about(np.array([0, 0, 1.0]), np.array(np.pi / 2)) @ [1, 0, 0], [0, 1, 0])


def test_units_and_sign_of_the_knee():
    body = read_osim(Source("small.osim", models.new_form(), ".osim"))
    values, sources = coordinate_values(
        body, {"knee_angle_r": np.array([60.0]), "pelvis_tx": np.array([1.5])}
    )
    assert values[0, body.index["knee_angle_r"]] == pytest.approx(-np.pi / 3)
    assert values[0, body.index["pelvis_tx"]] == 1.5
    assert values[0, body.index["pelvis_ty"]] == 0.9
    assert sources["knee_angle_r"] == "given"
    assert sources["hip_flexion_r"] == "rest"
    # A flexed knee brings the ankle behind the knee.
    pose = place(body, values)
    assert pose.marker("R.Ankle")[0, 0] < pose.joint_centre("knee_r")[0, 0] - 0.2


def test_wrong_names_and_shapes_are_refused():
    body = read_osim(Source("small.osim", models.new_form(), ".osim"))
    with pytest.raises(GaitsmithError, match="fit the body"):
        place(body, np.zeros((3, 2)))
    pose = place(body, np.zeros((3, 4)))
    with pytest.raises(GaitsmithError, match=r"R\.Ankle"):
        pose.marker("R_Ankle")
    with pytest.raises(GaitsmithError, match="no such joint"):
        pose.joint_centre("hip_r")


@pytest.mark.shared
@pytest.mark.parametrize("name", PAIRS)
def test_positions_equal_opensim(shared, name, tmp_path):
    opensim = load_opensim()
    model_file, motion_file, mass = PAIRS[name]
    source = gaitsmith.formats.sources.open_source(shared / "opensim" / name / model_file)
    body = read_osim(source)
    assert body.mass == pytest.approx(mass, abs=0.006)
    angles = gaitsmith.read(shared / "opensim" / name / motion_file).angles
    angles = angles.at(slice(None, None, max(1, len(angles) // 12)))
    pose = place(body, coordinate_values(body, angles)[0])

    path = tmp_path / "model.osim"
    path.write_bytes(source.data)
    theirs = opensim.Model(str(path))
    state = theirs.initSystem()
    assert theirs.getTotalMass(state) == pytest.approx(body.mass, abs=1e-9)
    vector = lambda v: [v.get(i) for i in range(3)]  # noqa: E731
    worst = 0.0
    for i in range(len(pose)):
        for j, c in enumerate(body.coordinates):
            theirs.getCoordinateSet().get(c.name).setValue(state, pose.values[i, j], False)
        theirs.realizePosition(state)
        for k, joint in enumerate(body.joints):
            at = theirs.getJointSet().get(joint.name).getChildFrame().getPositionInGround(state)
            worst = max(worst, np.abs(pose.centre[k, i] - vector(at)).max())
        for marker in body.markers:
            at = theirs.getMarkerSet().get(marker).getLocationInGround(state)
            worst = max(worst, np.abs(pose.marker(marker)[i] - vector(at)).max())
        at = theirs.calcMassCenterPosition(state)
        assert np.abs(pose.mass_centre[i] - vector(at)).max() < 1e-6
    assert worst < 1e-10
