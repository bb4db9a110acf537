"""The main job on real recordings of every kind: what each one's analysis must and must not say."""

from dataclasses import dataclass, field

import pytest

import gaitsmith
from gaitsmith.errors import MissingInputError
from gaitsmith.formats.sources import members

OSIM, C3D = "opensim/", "c3d/"
_MCGILL = "mcgill_children/mcgill_children_dev.zip!"
_VOISARD = "voisard2023/voisard2023_dev.zip!"


@dataclass(frozen=True)
class Case:
    """Files, options, and what is expected of the analysis."""

    files: tuple[str, ...]
    sections: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    strides: int = 1
    summary: str = ""
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    osim: str | None = None
    values: dict[str, tuple[float, float]] = field(default_factory=dict)


CASES = {
    "moco_walking": Case(
        (OSIM + "moco_walking/coordinates.sto.gz", OSIM + "moco_walking/grf_walk.mot.gz"),
        ("playback", "kinematics", "parameters", "forces", "events"),
        summary="walking overground at 1.2",
        osim=OSIM + "moco_walking/subject_walk_scaled.osim.gz",
    ),
    "gait2392": Case(
        (OSIM + "gait2392/subject01_walk1_ik.mot", OSIM + "gait2392/subject01_walk1_grf.mot"),
        ("playback", "kinematics", "parameters", "forces"), strides=3,
        summary="walking on a treadmill at 1.13", notes=("flexion is negative in the file",),
    ),
    "wbds01": Case(
        (OSIM + "wbds01/WBDS01walkT01_ik_sample.mot", OSIM + "wbds01/WBDS01walkT01_grf_first6s.mot.gz"),
        ("playback", "forces", "events"), strides=4, summary="walking on a treadmill at 0.4",
    ),
    "rajagopal_walking": Case(
        (OSIM + "rajagopal_walking/walking1_ik.mot", OSIM + "rajagopal_walking/walking1_grf.mot",
         OSIM + "rajagopal_walking/walking1_external_forces.xml"),
        ("playback", "kinematics", "forces", "events"), strides=0, summary="walking overground at 1.29",
        notes=("talus_r",),
    ),
    "gaitdynamics_complete": Case(
        (OSIM + "gaitdynamics_example/example_mot_complete_kinematics.mot.gz",),
        ("playback", "kinematics", "parameters"), ("forces",), 30, "walking on a treadmill at 1.2",
        missing=("Ground reaction forces",),
    ),
    "gaitdynamics_no_knees": Case(
        (OSIM + "gaitdynamics_example/example_mot_missing_knee_kinematics.mot.gz",),
        ("playback", "kinematics", "parameters"), ("forces",), 30, "walking",
        notes=("the knee is drawn", "events, speed and lengths are not taken"), missing=("knee",),
    ),
    "hamner_running": Case(
        (OSIM + "hamner_running/subject02_running_ik.mot.gz", OSIM + "hamner_running/subject02_running_grf.mot"),
        ("kinematics", "parameters", "forces"), ("indices",), 20, "running on a treadmill at 4.",
        notes=("flexion is negative in the file", "no reference curves of running"),
        values={"duty_factor": (0.3, 0.42), "flight_time": (0.05, 0.2)},
    ),
    "b3d": Case((OSIM + "b3d/results.b3d",), ("playback", "kinematics", "forces"), strides=0, summary="overground"),
    "pig_lower": Case(
        (C3D + "vicon_pig_lower_walk_events.c3d",),
        ("playback", "kinematics", "parameters", "indices", "forces", "kinetics"), strides=4,
        summary="walking overground at 1.2", values={"cadence": (110, 117), "stride_length": (1.2, 1.35)},
    ),
    "pig_nexus": Case(
        (C3D + "vicon_nexus_pig_walk3_events.c3d",),
        ("playback", "kinematics", "parameters", "indices", "forces", "kinetics"), strides=3,
        summary="walking overground at 1.25",
    ),
    "qualisys": Case((C3D + "qualisys_walk_events.c3d",), ("playback", "parameters", "forces"), strides=2,
                     summary="overground at 1.4"),
    "motionanalysis": Case((C3D + "motionanalysis_gait_type4_decint.c3d",), ("playback", "forces"), strides=2,
                           summary="overground at 1.46"),
    "bts": Case((C3D + "bts_type1_walk.c3d",), ("playback", "forces"), strides=1, summary="overground"),
    "mcgill_plus_y": Case((_MCGILL + "HC031A/Straight",), ("kinematics", "indices", "kinetics"), strides=2,
                          summary="overground at 1.27"),
    "mcgill_minus_y": Case((_MCGILL + "HC036A/Straight",), ("kinematics", "indices", "kinetics"), strides=2,
                           summary="overground at 1.45", notes=("turned by",)),
    "voisard_whole": Case(tuple(f"{_VOISARD}1-4_{s}.txt" for s in ("lf", "rf", "lb")),
                          ("parameters", "events"), ("kinematics", "playback"), 20, "walking"),
    "voisard_lost": Case(tuple(f"{_VOISARD}8-5_{s}.txt" for s in ("lf", "rf", "lb")),
                         ("parameters", "events"), ("kinematics",), 20, "walking", notes=("packets lost",)),
    "truong": Case(("truong2019/105-1.csv",), ("parameters", "events"), (), 15, "walking", notes=("gravity",)),
    "hugadb": Case(("hugadb/HuGaDB_v1_walking_03_00.txt",), ("parameters", "events"), (), 50, "walking",
                   notes=("foot_r", "250 deg/s")),
    "gaitmap": Case(("gaitmap_example/gaitmap_example_dev.zip!example_data/imu_sample.csv",),
                    ("parameters", "events"), (), 45, "walking", notes=("204.8",)),
    "walking_dataset": Case(("walking_dataset/walking_dataset_dev.zip!Dataset/Young/20180518_1.xlsx",),
                            ("parameters", "events"), (), 5, "walking"),
    "mobgap": Case(("mobgap_example/mobgap_example_dev.zip!data.mat",), ("parameters", "events"), (), 5, "walking"),
    "cmu": Case(("cmu/02_01.amc", "cmu/02.asf"), ("playback", "kinematics"), strides=2,
                summary="overground at 1.18", notes=("rest pose",)),
    "rueangsirarak": Case(("rueangsirarak2018/SubjectD4_Cycle1.bvh",), ("playback", "kinematics"), strides=4,
                          summary="overground at 1.1"),
    "fukuchi": Case(("fukuchi2018_wbds04/fukuchi2018_wbds04.zip!T05",), ("forces", "events", "parameters"),
                    ("kinematics", "playback"), 50, "walking on a treadmill, 28", values={"stride_time": (1.0, 1.03)}),
}  # fmt: skip


def _named(data, file):
    """The file's full name; the part behind ``!`` may be any piece of the member's name."""
    outer, bang, inner = file.partition("!")
    if not bang:
        return str(data / file)
    return f"{data / outer}!{next(m for m in members(data / outer) if inner in m)}"


@pytest.mark.parametrize("name", CASES)
def test_main_job(shared, name):
    case = CASES[name]
    recording = gaitsmith.read(*(_named(shared, f) for f in case.files))
    analysis = gaitsmith.analyze(recording, osim=None if case.osim is None else shared / case.osim)
    assert case.summary in analysis.summary[0]
    assert set(case.sections) <= set(analysis.keys())
    assert not set(case.absent) & {s.key for s in analysis if s.figures or s.tables}
    found = 0 if analysis.strides is None else analysis.strides.n
    assert found >= case.strides
    assert case.strides or found == 0
    notes = "\n".join(map(str, analysis.notes))
    for words in case.notes:
        assert words in notes
    missing = "\n".join(words for s in analysis for words in s.missing)
    for words in case.missing:
        assert words in missing
    for key, (low, high) in case.values.items():
        assert low <= analysis["parameters"].values[key]["both_mean"] <= high


@pytest.mark.shared
def test_a_run_without_a_whole_stride_is_called_one(shared):
    walk = gaitsmith.read(shared / "opensim/hamner_running/rra_run_1_Kinematics_q.sto.gz")
    assert "running on a treadmill at 4." in gaitsmith.analyze(walk).summary[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mixamo_short", "stays in place"),
        ("optotrak_markers", "no walking was found"),
        ("odd_analysis_normalised_cycle", "not a recording"),
        ("vicon_nexus_pig_static3", "no walking was found"),
        ("ktk_metres_nan", "no walking was found"),
    ],
)
def test_what_is_no_walk_is_refused(shared, name, words):
    recording = gaitsmith.read(next(p for p in shared.rglob(f"{name}.*")))
    with pytest.raises(MissingInputError, match=words):
        gaitsmith.analyze(recording)
