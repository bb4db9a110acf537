"""The real OpenSim recordings: everything their README says of them, met by `gaitsmith.read`."""

import time

import numpy as np
import pytest

import gaitsmith
from gaitsmith.units import STANDARD_GRAVITY

pytestmark = pytest.mark.shared

# file: rows, angle columns kept, rate, start, end, right hip, knee, ankle ranges (deg, knee +)
KINEMATICS = {
    "moco_walking/coordinates.sto.gz": (1350, 1000, 0.45, 1.799, (-16, 28), (1, 72), (-16, 16)),
    "gait2392/subject01_walk1_ik.mot": (211, 60, 0.5, 4.0, (-22, 22), (-1, 70), (-8, 18)),
    "rajagopal_walking/walking1_ik.mot": (131, 100, 0.0, 1.3, (-17, 28), (7, 65), (-19, 27)),
    "hamner_running/subject02_running_ik.mot.gz": (
        599, 60, 0.0, 9.967, (-30, 48), (9, 112), (-26, 26)),
    "hamner_running/rra_run_1_Kinematics_q.sto.gz": (
        900, 1000, 0.7, 1.599, None, (10, 108), None),
    "wbds01/WBDS01walkT01_ik_sample.mot": (242, 150, 0.0, 1.607, (-11, 30), (1, 59), (2, 27)),
    "gaitdynamics_example/example_mot_complete_kinematics.mot.gz": (
        2000, 100, 20.01, 40.0, (-32, 3), (1, 69), (-22, 17)),
    "gaitdynamics_example/example_mot_missing_knee_kinematics.mot.gz": (
        2000, 100, 20.01, 40.0, (-32, 3), None, (-22, 17)),
}  # fmt: skip


def words(recording):
    return "\n".join(str(n) for n in recording.notes)


@pytest.mark.parametrize("name", KINEMATICS)
def test_kinematics(shared, name):
    rows, rate, start, end, *ranges = KINEMATICS[name]
    recording = gaitsmith.read(shared / "opensim" / name)
    angles = recording.angles
    assert list(recording.streams) == ["angles"]
    assert len(angles) == rows
    assert angles.rate == pytest.approx(rate, rel=1e-9)
    assert (angles.start, angles.end) == pytest.approx((start, end), abs=6e-4)
    assert np.isfinite(angles.data).all()
    for label, limits in zip(
        ("hip_flexion_r", "knee_angle_r", "ankle_angle_r"), ranges, strict=True
    ):
        if limits is None and label.startswith("knee"):
            assert label not in angles
        elif limits is not None:
            found = (angles[label].min(), angles[label].max())
            assert found == pytest.approx(limits, abs=1.0), label


@pytest.mark.parametrize("name", KINEMATICS)
def test_negative_knees_are_turned_and_said(shared, name):
    recording = gaitsmith.read(shared / "opensim" / name)
    negative = name.split("/")[0] in ("gait2392", "hamner_running")
    assert ("flexion is negative in the file (right and left)" in words(recording)) == negative
    assert recording.angles.attrs.get("negative_knee", []) == (
        ["right", "left"] if negative else []
    )


def test_pelvis_speed_and_tilt(shared):
    def slope(name):
        angles = gaitsmith.read(shared / "opensim" / name).angles
        x = angles["pelvis_tx"]
        return (x[-1] - x[0]) / angles.duration, angles["pelvis_tilt"].mean()

    assert slope("moco_walking/coordinates.sto.gz")[0] == pytest.approx(1.243, abs=0.005)
    assert slope("rajagopal_walking/walking1_ik.mot")[0] == pytest.approx(1.29, abs=0.01)
    assert slope("gaitdynamics_example/example_mot_complete_kinematics.mot.gz")[1] == pytest.approx(
        22.6, abs=0.1
    )


def test_wrong_header_counts_are_named(shared):
    moco = words(gaitsmith.read(shared / "opensim/moco_walking/coordinates.sto.gz"))
    assert "the header counts 40 columns, the label line names 32" in moco
    knees = words(
        gaitsmith.read(
            shared / "opensim/gaitdynamics_example/example_mot_missing_knee_kinematics.mot.gz"
        )
    )
    assert "the header counts 24 columns, the label line names 22" in knees
    running = words(gaitsmith.read(shared / "opensim/hamner_running/subject02_running_grf.mot"))
    assert "the header counts 901 rows, 601 are there" in running
    repeated = words(
        gaitsmith.read(shared / "opensim/hamner_running/rra_run_1_Kinematics_q.sto.gz")
    )
    assert "1 rows repeat the time before them" in repeated


# file: rows, rate, end, labels, (from, to, mean vertical N)
FORCES = {
    "moco_walking/grf_walk.mot.gz": (4778, 2000, 2.3885, "foot", (0.438, 1.582, 832.7)),
    "gait2392/subject01_walk1_grf.mot": (
        1501, 600, 2.5, "foot", (0.623, 1.853, 72.6 * STANDARD_GRAVITY)),
    "rajagopal_walking/walking1_grf.mot": (131, 100, 1.3, "plate", (0.1, 1.18, 621.9)),
    "hamner_running/subject02_running_grf.mot": (
        601, 60, 10.0, "foot", (0.0, 10.0, 65.9 * STANDARD_GRAVITY)),
    "wbds01/WBDS01walkT01_grf_first6s.mot.gz": (1800, 300, 5.997, "plate", (0.76, 4.27, 676.7)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORCES)
def test_forces(shared, name):
    rows, rate, end, what, (a, b, mean) = FORCES[name]
    recording = gaitsmith.read(shared / "opensim" / name)
    forces = recording.forces
    assert list(recording.streams) == ["forces"]
    assert forces.labels == (("foot_r", "foot_l") if what == "foot" else ("plate_1", "plate_2"))
    assert (len(forces), forces.rate) == (rows, rate)
    assert forces.end == pytest.approx(end, abs=6e-4)
    assert forces.crop(a, b).data[:, :, 1].sum(axis=1).mean() == pytest.approx(mean, rel=0.006)
    low = np.linalg.norm(forces.data[..., :3], axis=2) < 20.0
    assert np.isnan(forces.data[..., 3:6][low]).all()
    assert np.isfinite(forces.data[..., 3:6][~low]).all()


def test_force_facts(shared):
    at = shared / "opensim"
    moco = gaitsmith.read(at / "moco_walking/grf_walk.mot.gz").forces
    assert np.nanmax(np.abs(moco.data[..., 3:6])) < 5.0  # garbage of swing (to 331 m) is gone
    right = moco["foot_r"][:, 1] > 20.0
    strikes = moco.times[1:][right[1:] & ~right[:-1]]
    assert strikes == pytest.approx([0.273, 1.418], abs=0.01)
    running = gaitsmith.read(at / "hamner_running/subject02_running_grf.mot")
    vertical = running.forces.data[..., 1]
    assert vertical.min() == pytest.approx(-8.5, abs=0.05)
    assert vertical.max() / (65.9 * STANDARD_GRAVITY) == pytest.approx(2.5, abs=0.02)
    assert "23 columns hold nothing but zeros" in words(running)
    plates = gaitsmith.read(at / "rajagopal_walking/walking1_grf.mot").forces
    assert np.nanmean(plates["plate_1"][:, 4]) == pytest.approx(0.006, abs=1e-4)


def test_moments(shared):
    moco = gaitsmith.read(shared / "opensim/moco_walking/id_walk.sto.gz")
    moments = moco["moments"]
    assert (len(moments), moments.rate, len(moments.labels)) == (1350, 1000, 29)
    assert "knee_angle_r_beta_force" in words(moco)
    assert "taken as positive towards flexion" in words(moco)
    assert moments["ankle_angle_r_moment"].min() < -100  # push-off: plantar flexors
    alone = gaitsmith.read(shared / "opensim/gait2392/InverseDynamicsOutput.sto")["moments"]
    both = gaitsmith.read(
        shared / "opensim/gait2392/subject01_walk1_ik.mot",
        shared / "opensim/gait2392/InverseDynamicsOutput.sto",
    )
    assert (len(alone), alone.rate) == (73, pytest.approx(60, rel=1e-4))
    turned = both["moments"]
    assert np.allclose(turned["knee_angle_r_moment"], -alone["knee_angle_r_moment"])
    assert np.allclose(turned["ankle_angle_r_moment"], alone["ankle_angle_r_moment"])
    assert "knee moments reversed with the knee angle" in words(both)
    assert "taken as positive towards flexion" not in words(both)


def test_loads_are_claims(shared):
    at = shared / "opensim"
    wrong = gaitsmith.read(
        at / "rajagopal_walking/walking1_grf.mot",
        at / "rajagopal_walking/walking1_external_forces.xml",
    )
    assert wrong.forces.labels == ("plate_1", "plate_2")
    assert wrong.forces.attrs["claimed_bodies"] == {"plate_1": "talus_r", "plate_2": "talus_r"}
    assert "2 forces are put on one body, talus_r" in words(wrong)
    right = gaitsmith.read(at / "moco_walking/grf_walk.mot.gz", at / "moco_walking/grf_walk.xml")
    assert right.forces.attrs["claimed_bodies"] == {"foot_r": "calcn_r", "foot_l": "calcn_l"}
    for name in ("gait2392/subject01_walk1_grf", "hamner_running/External_Loads"):
        alone = gaitsmith.read(at / f"{name}.xml")
        assert not alone.streams
        assert "said to act on 'calcn_l'" in words(alone)
    none = gaitsmith.read(
        at / "wbds01/WBDS01walkT01_grf_first6s.mot.gz", at / "wbds01/WBDS01walkT01_grf.xml"
    )
    assert "claimed_bodies" not in none.forces.attrs
    assert "this claim has no force" in words(none)


@pytest.mark.parametrize(
    ("name", "mass"),
    [
        ("moco_walking/subject_walk_scaled", 85.27),
        ("gait2392/subject01_simbody", 72.60),
        ("rajagopal_walking/subject4_scaled", 62.60),
        ("rajagopal_walking/Rajagopal2016", 75.34),
        ("hamner_running/subject02_scaled", 65.90),
        ("wbds01/GenericScaledModel_sample", 74.30),
        ("gaitdynamics_example/example_opensim_model", 71.53),
    ],
)
def test_models_give_the_mass(shared, name, mass):
    recording = gaitsmith.read(shared / f"opensim/{name}.osim.gz")
    assert recording.subject.mass == pytest.approx(mass, abs=0.006)
    assert recording.subject.sources["mass"] == f"osim {name.split('/')[1]}"


# file: frames, markers kept, rate, first time
MARKERS = {
    "moco_walking/markers_walk.trc": (238, 41, 100, 0.0),
    "gait2392/subject01_walk1.trc": (151, 41, 60, 0.0),
    "gait2392/subject01_static.trc.gz": (300, 49, 60, 0.0),
    "rajagopal_walking/walking1.trc": (131, 51, 100, 0.0),
    "rajagopal_walking/static_walk_2.trc.gz": (153, 41, 100, 0.0),
    "hamner_running/subject02_running_first4s.trc.gz": (241, 40, 60, 0.0),
    "wbds01/WBDS01static1.trc.gz": (150, 28, 150, 0.0),
    "trc/pose2sim_beam_walk_butterworth.trc": (100, 21, 60, 0.01667),
}


@pytest.mark.parametrize("name", MARKERS)
def test_markers(shared, name):
    frames, markers, rate, start = MARKERS[name]
    recording = gaitsmith.read(shared / "opensim" / name)
    points = recording.points
    assert points.data.shape == (frames, markers, 3)
    assert points.rate == rate
    assert points.start == pytest.approx(start, abs=1e-5)
    height = np.nanpercentile(points.data[..., 1], (1, 99))
    assert -0.1 < height[0] < 0.4
    assert 0.9 < height[1] < 2.0
    if "hamner" in name:
        assert "723 cells are exactly 0" in words(recording)
        assert "the header counts 600 frames, 241 are there" in words(recording)
    else:
        assert not recording.notes


def test_a_20_s_motion_reads_in_50_ms(shared):
    import gzip

    from gaitsmith.formats import opensim_motion
    from gaitsmith.formats.base import Hints, Source

    name = "gaitdynamics_example/example_mot_complete_kinematics.mot.gz"
    data = gzip.decompress((shared / "opensim" / name).read_bytes())
    source = Source("walk.mot", data, ".mot")
    best = np.inf
    for _ in range(5):
        begin = time.perf_counter()
        opensim_motion.read(source, Hints())
        best = min(best, time.perf_counter() - begin)
    assert best < 0.05
