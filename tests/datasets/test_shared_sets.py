"""Every set in ../shared/data: counts, people and exclusions are those of its README."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from gaitsmith.datasets import Curves, Excluded, Raw, Store, Trial, prepare
from gaitsmith.datasets.registry import NAMES, loader
from gaitsmith.recording import Recording

# set: trials, people, exclusions, by README ("here"); recordings of one person in several files.
COUNTS = {
    "opensim": (17, 10, 2),  # 6 people of the models, one of the .b3d, two of BVH, one markerless
    "c3d": (20, 13, 1),  # 21 files; one more cannot be read and is excluded when it is tried
    "mcgill_children": (18, 8, 0),
    "elepap_children": (368, 76, 0),
    "lencioni2019": (419 + 18, 18, 0),
    "gait_signatures": (8, 8, 0),
    "hood2020_ankle": (12, 12, 0),
    "pataky2008": (7, 7, 0),
    "slijepcevic2021_grf": (130, 130, 0),
    "fukuchi2018_wbds04": (4, 1, 0),
    "voisard2023": (17 + 51 + 1, 13, 0),
    "truong2019": (25 + 40, 23 + 40, 0),
    "hugadb": (12, 10, 0),
    "walking_dataset": (2, 2, 0),
    "gaitmap_example": (1, 1, 0),
    "mobgap_example": (3, 1, 0),
    "rueangsirarak2018": (62 - 7, 31, 7),
    "gaitkit_examples": (3, 3, 0),
    "cmu": (5, 2, 0),
    "cmu35": (5, 1, 0),
    "fda_gait": (38, 38, 1),
}  # fmt: skip


@pytest.fixture(scope="session")
def plans(shared, tmp_path_factory) -> dict[str, dict[str, Trial | Excluded]]:
    """By set and id, everything that lies in its folder."""
    scratch = tmp_path_factory.mktemp("raw")
    return {
        name: {t.id: t for t in loader(name).trials(Raw(shared / name, scratch / name))}
        for name in COUNTS
    }


def test_every_folder_of_recordings_has_a_loader(shared):
    # Tables of means and deviations over people are no recordings of anybody.
    folders = {p.name for p in shared.iterdir() if p.is_dir()} - {"bovi2011", "schwartz2008"}
    assert folders == set(COUNTS) and set(COUNTS) <= set(NAMES)


@pytest.mark.parametrize("name", COUNTS)
def test_counts(plans, name):
    plan = plans[name].values()
    kept = [t for t in plan if isinstance(t, Trial)]
    left = [t for t in plan if isinstance(t, Excluded)]
    assert (len(kept), len({t.person for t in kept}), len(left)) == COUNTS[name]
    assert all(e.reason for e in left)


def test_terms_are_those_of_the_readme(shared):
    table = {}
    for line in (shared / "README.md").read_text().splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5:
            for name in cells[0].split(","):
                table[name.strip()] = cells[4].replace("*", "").split(" ")[0].lower()
    for name in COUNTS:
        assert loader(name).ABOUT.derived == table[name], name


def groups(plan):
    people = {t.person: t.group for t in plan.values() if isinstance(t, Trial)}
    return Counter(people.values())


def test_groups(plans):
    assert groups(plans["truong2019"]) == {"healthy": 9 - 1 + 16, "orthopedic": 8 - 1 + 11, "neurological": 8 + 13}  # fmt: skip
    assert groups(plans["slijepcevic2021_grf"]) == {
        "healthy": 41,
        "ankle": 29,
        "knee": 35,
        "hip": 25,
    }
    assert groups(plans["rueangsirarak2018"]) == {"healthy": 7, "joint problem": 3, "muscle weakness": 12, "neurological defect": 9}  # fmt: skip
    assert groups(plans["gait_signatures"]) == {"able-bodied": 3, "stroke": 5}
    assert groups(plans["voisard2023"]) == {"healthy": 12, "multiple sclerosis": 1}
    assert groups(plans["elepap_children"]) == {"CP or another neurological disease": 68, "typically developing": 8}  # fmt: skip
    assert groups(plans["walking_dataset"]) == {"young": 1, "elderly": 1}


# --- lencioni2019 ------------------------------------------------------------------------------


def test_lencioni_tasks_speeds_and_clocks(plans):
    strides = [t for t in plans["lencioni2019"].values() if t.task != "all"]
    assert Counter(t.task for t in strides) == {"walking": 207, "toe walking": 71,
                                                "heel walking": 43, "stairs up": 55,
                                                "stairs down": 43}  # fmt: skip
    walking = Counter(t.person for t in strides if t.task == "walking")
    assert (walking["18"], walking["41"], walking["36"]) == (23, 22, 2)
    assert 0.45 <= min(t.speed for t in strides if t.task == "walking") < 0.8
    recording = plans["lencioni2019"]["3-01"].read()
    forces, points = recording.forces, recording.points
    assert forces.start - points.start == pytest.approx(2.7625 - 2.716667, abs=1e-5)
    assert any("46 ms after the stride" in n.words for n in recording.notes)
    assert points.rate == 60 and forces.rate == 960 and forces.labels == ("foot_r",)
    assert recording.subject.mass == 110 and recording.subject.sex == "male"
    # The centre of pressure lies under the foot, so millimetres were turned to metres.
    heel = points["RxHeel"][round(0.2 * len(points)), 0]
    cop = forces["foot_r"][np.searchsorted(forces.times, points.times[round(0.2 * len(points))]), 3]
    assert 0.0 < cop - heel < 0.2


def test_lencioni_moments_are_internal(plans):
    """Internal moment × angular velocity, summed over three planes, is the file's power."""
    errors = []
    for stride in ("3-01", "18-02", "40-01"):
        r = plans["lencioni2019"][stride].read()
        angles, moments, powers = r["angles"], r["moments"], r["powers"]
        speed = np.gradient(np.radians(angles["ankle_angle_r"]), 1 / angles.rate)
        sagittal = moments["ankle_angle_r_moment"] * speed
        r_ = np.corrcoef(sagittal, powers["ankle_angle_r_power"])[0, 1]
        errors.append(r_)
        push_off = moments["ankle_angle_r_moment"][40:60]
        assert push_off.min() < -0.7 * r.subject.mass, "plantarflexor moments are negative"
    assert min(errors) > 0.9


def test_lencioni_pelvis_signs_follow_the_markers(plans):
    """List: right side down; rotation: right side forward; tilt: front up. For both legs' strides."""
    sides = Counter()
    found = {"pelvis_list": [], "pelvis_rotation": [], "pelvis_tilt": []}
    walking = [t for t in plans["lencioni2019"].values() if t.task == "walking"]
    for stride in [t for t in walking if t.id.endswith(("-01", "-02"))]:
        r = stride.read()
        p = r.points
        sides[stride.side] += 1
        ahead = np.sign(np.nanmean(np.diff(p["C7"][:, 0])))
        across = p["RxAsis"] - p["LxAsis"]
        back = (p["RxAsis"] + p["LxAsis"]) / 2 - p["Psis"]
        truth = {"pelvis_list": -across[:, 1], "pelvis_rotation": ahead * across[:, 0],
                 "pelvis_tilt": np.arctan2(back[:, 1], np.abs(back[:, 0]))}  # fmt: skip
        for name, signal in truth.items():
            good = np.isfinite(signal)
            angle = np.interp(p.times, r.angles.times, r.angles[name])
            found[name].append(np.corrcoef(signal[good], angle[good])[0, 1])
    assert sides["left"] >= 4 and sides["right"] >= 20
    for name, r_ in found.items():
        assert np.median(r_) > 0.9 and min(r_) > 0.3, name


def test_lencioni_quirks(plans):
    plan = plans["lencioni2019"]
    odd = plan["40-09"].read()
    assert any("is absent" in n.words for n in odd.notes)
    missing = [x for x in odd.points.labels if np.isnan(odd.points[x]).all()]
    assert len(missing) == 1
    peaks = {}
    for t in plan.values():
        if t.person == "24" and t.task == "walking":
            r = t.read()
            peaks[t.id] = r.forces.data[:, 0, 1].max() / (r.subject.mass * 9.80665)
            said = any("spike" in n.words for n in r.notes)
            assert said == (peaks[t.id] > 3)
    assert sum(p > 3 for p in peaks.values()) == 1 and max(peaks.values()) == pytest.approx(
        5.9, abs=0.1
    )
    curves = plan["24-curves"].read()
    assert isinstance(curves, Curves) and curves.attrs["standing"]["ankle_angle"] < 0
    stride = plan["24-02"].read()
    np.testing.assert_array_equal(curves["knee_angle"][1], stride.angles["knee_angle_r"])
    assert -27.5 < stride.angles.attrs["standing"]["ankle_angle_r"] < -8.5


# --- voisard2023 and truong2019 ----------------------------------------------------------------

FIRST = [
    "1-4",
    "1-6",
    "2-2",
    "4-5",
    "5-4",
    "7-4",
    "8-4",
    "8-5",
    "10-1",
    "10-3",
    "12-1",
    "12-3",
    "14-1",
    "16-3",
    "17-5",
    "17-2",
    "19-4",
]
LOST = {"1-6": (163, 248), "8-4": (1, 1), "8-5": (783, 572), "10-3": (463, 494),
        "12-3": (645, 386), "17-2": (719, 691)}  # fmt: skip
PAST_END = {"8-5": 1319, "10-3": 139, "12-3": 820, "17-2": 1178}


def test_voisard_packets_and_bounds(plans):
    for stem in FIRST:
        r = plans["voisard2023"][stem].read()
        lost = tuple(r[f"imu_foot_{s}"].attrs["lost_packets"] for s in "lr")
        # The README counts rows that the file lacks; a packet lost before the first row is none.
        assert lost == LOST.get(stem, (0, 0)), stem
        stop = next(e.time for e in r.events if e.kind == "stop")
        assert max(e.time for e in r.events) <= stop
        dropped = any("after the end of the trial" in n.words for n in r.notes)
        assert dropped == (stem in PAST_END), stem
    swings = Counter()
    for stem in FIRST:
        facts = json.loads(_json_of(plans, stem).read_text().replace("NaN", "null"))
        r = plans["voisard2023"][stem].read()
        for side in ("Left", "Right"):
            inside = [e for e in facts[f"{side}FootEvents"] if e[1] <= facts["TrialBoundaries"][1]]
            swings[side] += len(facts[f"{side}FootEvents"])
            offs = r.events.times("off", side.lower())
            np.testing.assert_allclose(offs, [e[0] / 100 for e in inside])
    assert swings == {"Left": 293, "Right": 294}


def _json_of(plans, stem) -> Path:
    return plans["voisard2023"][stem].read.args[1][0].with_name(f"{stem}.json")


def test_voisard_clock_is_the_packet_counter(plans):
    """Where packets are lost, |gyro| of a foot is high in its labelled swings only on true time."""
    r = plans["voisard2023"]["8-5"].read()
    for side in ("left", "right"):
        s = r[f"imu_foot_{side[0]}"]
        rate = np.linalg.norm(s.data[:, 0, 3:6], axis=1)
        swing = np.zeros(len(s), bool)
        for off, strike in zip(
            r.events.times("off", side), r.events.times("strike", side), strict=True
        ):
            swing |= (s.times >= off) & (s.times <= strike)
        stop = next(e.time for e in r.events if e.kind == "stop")
        inside = s.times <= stop
        by_row = np.zeros(len(s), bool)
        for off, strike in zip(
            r.events.times("off", side), r.events.times("strike", side), strict=True
        ):
            by_row[round(100 * off) : round(100 * strike) + 1] = True
        true = np.corrcoef(rate[inside], swing[inside])[0, 1]
        wrong = np.corrcoef(rate[inside], by_row[inside])[0, 1]
        assert true > 0.45 and true > wrong + 0.05
    assert r.subject.id == "8"


def test_voisard_people_and_patient(plans):
    plan = plans["voisard2023"]
    facts = {t.person: t.read().subject for t in (plan[s] for s in FIRST)}
    ages = {"1": 49, "2": 60, "4": 35, "5": 48, "7": 75, "8": 49, "10": 66, "12": 26, "14": 35,
            "16": 64, "17": 25, "19": 50}  # fmt: skip
    assert {k: v.age for k, v in facts.items()} == ages
    assert facts["2"].mass is None and facts["10"].height is None
    patient = plan["M0_edss_6"].read()
    assert list(patient.streams) == ["imu_lower_back"] and len(patient["imu_lower_back"]) == 8524
    assert len(patient.events.where(kind="strike")) == 64


def test_truong_quirks(plans):
    plan = plans["truong2019"]
    assert plan["80-7"].use == "the same signals as 80-4, annotated again"
    assert [t.id for t in plan.values() if t.use] == ["80-7"]
    assert plan["80-4"].person == plan["80-7"].person == "80"
    a, b = (plan[t].read()["imu"] for t in ("80-4", "80-7"))
    np.testing.assert_array_equal(a.data, b.data)
    assert a.attrs["foot_movement_s"] != b.attrs["foot_movement_s"]
    holds = {"4-1": [28, 30], "29-1": [18, 16], "2-1": [16, 18], "193-1": [12, 13], "114-1": [5, 23],
             "8-2": [4, 7], "69-1": [3, 8]}  # fmt: skip
    for trial, (count, longest) in holds.items():
        r = plan[trial].read()
        assert r["imu"].attrs["frozen_holds"]["foot_l"] == [count, longest], trial
        assert any("repeats its last value" in n.words for n in r.notes)
    assert not plan["105-1"].read()["imu"].attrs["frozen_holds"]
    assert (plan["12-1"].condition, plan["12-23"].condition) == ("XSens", "TCon")
    # Overlapping steps of one foot are kept as they were marked.
    right = plan["114-1"].read()["imu"].attrs["foot_movement_s"]["right"]
    assert [14.85, 15.56] in right and [14.83, 15.57] in right


# --- other IMU sets ----------------------------------------------------------------------------


def test_hugadb_gyroscopes(plans):
    clipped = {"03_00": "foot_r shank_r thigh_r", "03_01": "foot_r shank_r thigh_r",
               "05_00": "foot_r shank_r foot_l", "01_00": "", "06_00": "", "10_00": ""}  # fmt: skip
    rows = 0
    for t in plans["hugadb"].values():
        r = t.read()
        found = set(r["imu"].attrs.get("gyroscope_gain_8", ()))
        expected = set(clipped[t.id].split()) if t.id in clipped else set(r["imu"].labels)
        assert found == expected, t.id
        # All gyroscopes agree on how lively a walking leg is, once scaled.
        spread = r["imu"].data[:, :, 4].std(axis=0)
        assert spread.min() > 40 and spread.max() < 300, t.id
        rows += len(r["imu"])
        assert [b[2] for b in r["imu"].attrs["activities"]] == ["walking"]
    assert rows == 57_110
    subject = plans["hugadb"]["10_00"].read().subject
    assert (subject.age, subject.height, subject.mass, subject.sex) == (27, 1.83, 118, "male")


def test_other_devices(plans):
    young, old = (plans["walking_dataset"][i].read() for i in ("20180518_1", "20180403_9"))
    assert young["imu_foot_l"].nominal_rate == pytest.approx(50, rel=0.02)
    assert young["imu_foot_r"].nominal_rate == pytest.approx(100, rel=0.02)
    assert "imu_lower_back" not in old and "imu_lower_back" in young
    assert {"pressure_foot_l", "pressure_foot_r"} <= set(old.streams)
    feet = plans["gaitmap_example"]["sample"].read()
    assert feet["imu"].rate == 204.8 and len(feet["imu"]) == 7928
    sides = Counter(b[0] for b in feet["imu"].attrs["stride_borders_s"])
    assert sides == {"left": 28, "right": 30}
    assert [len(feet.events.where(kind="off", side=s)) for s in ("left", "right")] == [28, 29]
    back = {t.id: t.read() for t in plans["mobgap_example"].values()}
    rows = {i.split("-", 2)[2]: len(r["imu"]) for i, r in back.items()}
    assert sorted(rows.values()) == [1075, 1246, 13759]
    first = back["HA-001-Test5-Trial1"]
    contacts = {s: len(first.events.where(kind="strike", source=s)) for s in first.events.sources}
    assert contacts == {"INDIP": 9, "Stereophoto": 10}
    assert first.subject.height == 1.59 and first.subject.mass == 73


# --- markers, forces, skeletons ----------------------------------------------------------------


def test_markers_and_plates(plans):
    children = plans["mcgill_children"]
    assert Counter(t.task for t in children.values()) == {"walking": 8, "turning": 7, "standing": 3}
    masses = {"HC031A": 27.7, "HC032A": 60.3, "HC033A": 51.5, "HC036A": 33.0, "HC039A": 39.7,
              "HC044A": 39.4, "HC050A": 37.4, "HC055A": 32.0}  # fmt: skip
    strikes = 0
    for t in children.values():
        if t.task != "walking":
            continue
        r = t.read()
        assert r.subject.mass == pytest.approx(masses[t.person], abs=0.06)
        times = [e.time for e in r.events]
        assert times == sorted(times) and r.points.rate == 100
        peaks = np.nanmax(r.forces.data[:, :, 1], axis=0) / (r.subject.mass * 9.80665)
        assert np.all((peaks > 0.95) & (peaks < 1.8)), "both plates carry one foot, upwards"
        strikes += len(r.events.where(kind="strike"))
    assert strikes >= 32
    wbds = plans["fukuchi2018_wbds04"]["WBDS04walkT05"].read()
    assert wbds.forces.rate == 300 and len(wbds.forces) == 9000
    weight = np.nanmean(wbds.forces.data[:, :, 1].sum(axis=1))
    assert 559 <= weight <= 563
    assert all(t.read().duration == pytest.approx(30, abs=0.1)
               for t in plans["fukuchi2018_wbds04"].values())  # fmt: skip


def test_opensim_recordings_hold_their_parts(plans):
    plan = plans["opensim"]
    walk = plan["moco_walking"].read()
    assert set(walk.streams) == {"points", "angles", "forces"} and walk.subject.mass == 85.27
    for name in ("gait2392", "hamner_running", "rajagopal_walking"):
        assert set(plan[name].read().streams) == {"points", "angles", "forces"}, name
    # Knees that bend to the negative side in the file bend to the positive one here.
    assert np.nanmax(plan["gait2392"].read().angles["knee_angle_r"]) > 60
    assert plan["b3d-1"].read().points.data.shape == (132, 52, 3)
    assert plan["b3d-2"].read().points.data.shape == (131, 52, 3)
    models = {t.facts["model"] for t in plan.values() if isinstance(t, Trial) and t.facts}
    assert len(models) == 6


def test_c3d_people_and_encodings(plans, tmp_path, shared):
    prepare("c3d", shared, tmp_path / "s")
    store = Store(tmp_path / "s")
    reasons = store.exclusions.set_index("id")["reason"]
    assert reasons["c3d/odd_bad_parameter_offset"].startswith("cannot be read: ")
    assert "not a recording" in reasons["c3d/odd_analysis_normalised_cycle"]
    assert len(store) == 19 and len(store.people) == 12
    same = store.ids(person="c3d/sample02")
    assert len(same) == 6 and sum(store.row(i)["use"] == "" for i in same) == 1
    assert store.check() == []


def test_skeletons(plans):
    left = {e.id: e.reason for e in plans["rueangsirarak2018"].values() if isinstance(e, Excluded)}
    assert left == {f"D{n}-2": f"the same bytes as D{n}-1" for n in (1, 2, 4, 5, 6, 7, 9)}
    r = plans["rueangsirarak2018"]["D4-1"].read()
    assert r.points.rate == pytest.approx(60, rel=1e-3) and len(r.points.labels) >= 20
    walk, markers = (plans["cmu"][i].read() for i in ("02_01", "02_01-c3d"))
    assert len(walk.points) == len(markers.points) == 343
    assert plans["cmu"]["03_01"].task == "uneven ground" and plans["cmu"]["02_01-c3d"].use
    frames = [len(plans["cmu35"][f"35_{n}"].read().points) for n in ("01", "04", "06", "07", "09")]
    assert frames == [358, 433, 438, 360, 384]
    odd = {k: t.read() for k, t in plans["gaitkit_examples"].items()}
    assert {k: len(r.points) for k, r in odd.items()} == {
        "healthy": 374,
        "parkinson": 671,
        "stroke": 294,
    }


# --- curves ------------------------------------------------------------------------------------


def test_stance_forces(plans):
    rows = 0
    for t in plans["pataky2008"].values():
        c = t.read()
        rows += len(c)
        assert (
            c["force_up"].shape == (60, 101)
            and -0.03 < c["force_up"].min() < c["force_up"].max() < 3.3
        )
        assert Counter(c.rows["condition"]) == {"slow": 20, "normal": 20, "fast": 20}
    assert rows == 420
    table = plans["pataky2008"]["000"].read().table()
    means = table.groupby("condition")["speed"].mean().round(2)
    assert (means["slow"], means["normal"], means["fast"]) == (1.03, 1.53, 1.93)
    healthy = [t.read() for t in plans["slijepcevic2021_grf"].values() if t.group == "healthy"]
    assert sum(len(c) for c in healthy) == 41 * 5 * 2
    mean = np.concatenate([c.data for c in healthy]).mean(axis=0)
    forward, up, medial = mean.T
    # Braking, then propulsion; two humps with a valley; a lateral dip, then medial.
    assert forward[10:30].min() == pytest.approx(-0.17, abs=0.03)
    assert forward[80:95].max() == pytest.approx(0.22, abs=0.03)
    assert up[10:40].max() > 1.02 and up[45:55].min() < 0.85 and up[60:90].max() > 1.02
    assert 0.02 < medial[20:80].mean() < 0.07 and medial[:10].min() < 0


def test_mean_curves(plans):
    speeds = {
        "AB09": [0.95, 1.05, 1.15, 1.25, 1.35, 1.45],
        "ST14": [0.45, 0.52, 0.59, 0.66, 0.73, 0.80],
    }
    for person, expected in speeds.items():
        c = plans["gait_signatures"][person].read()
        assert list(c.rows["speed"]) == expected and c.data.shape == (6, 100, 7)
    worst = plans["gait_signatures"]["ST06"].read()
    assert worst["knee_angle"].max() < 30 and worst["other.knee_angle"].max() > 70
    assert set(worst.rows["side"]) == {"paretic"}
    hood = {k: t.read() for k, t in plans["hood2020_ankle"].items()}
    assert sum(len(c) for c in hood.values()) == 11 * 10 + 8
    c = hood["TF01"]
    assert c.rows["speed"][:5] == (0.6, 0.8, 1.0, 1.2, 1.4)
    assert c.sd.min() >= 0 and np.count_nonzero(np.array(c.rows["side"]) == "intact") == 5
    intact = np.array([s == "intact" for s in c.rows["side"]])
    assert c["ankle_angle"][intact, 60:80].min() < -10
    assert c["ankle_angle_moment"][intact].min() < -1, "plantarflexor is negative"
    assert c["ankle_angle"][0, 0] == pytest.approx(1.3065) and c.sd[0, 0, 0] == pytest.approx(0.12205, abs=1e-5)  # fmt: skip
    boys = [t.read() for t in plans["fda_gait"].values() if isinstance(t, Trial)]
    assert plans["fda_gait"]["boy26"].reason == "an exact copy of boy19"
    assert boys[0].phase[0] == 2.5 and boys[0]["hip_flexion"][0, 0] == 37
    values = np.concatenate([b.data for b in boys])
    assert values[..., 0].min() == -12 and values[..., 0].max() == 64 and values[..., 1].max() == 82


def test_elepap_signs_and_doubts(plans):
    plan = plans["elepap_children"]
    typical = [t.read() for t in plan.values() if t.group == "typically developing"]
    assert len(typical) == 41
    mean = {x: np.nanmean(np.concatenate([c[x] for c in typical]), axis=0)
            for x in typical[0].labels if not x.startswith("file.")}  # fmt: skip
    assert mean["knee_angle"].max() > 45 and mean["hip_flexion"].max() > 25
    assert -25 < mean["pelvis_tilt"].mean() < -2, "anterior tilt is negative"
    assert -1.7 < mean["ankle_angle_moment"].min() < -0.8, "plantarflexor is negative"
    assert mean["hip_flexion_moment"][2:8].min() < 0 < mean["hip_flexion_moment"][20:28].max()
    both = [c for c in (t.read() for t in plan.values() if t.person < "CP010")
            if np.isfinite(c["knee_angle_moment"]).any(axis=1).all()]  # fmt: skip
    assert both, "some trials have kinetics of both sides"
    bad = plan["CP057_s1_t02"].read()
    assert any("error of the plate" in n.words for n in bad.notes)
    half = plan["TD006_s2_t06"].read()
    assert np.isnan(half["knee_angle"][0]).any() and np.isfinite(half["knee_angle"][1]).all()
    assert any(n.place == "left" and "angles with missing" in n.words for n in half.notes)
    assert plan["CP001_s1_t01"].read().rows["speed"] == (0.5735, 0.59182)


def test_completeness_of_elepap_is_the_index(plans, shared):
    with (shared / "elepap_children" / "index_dev.csv").open() as handle:
        index = {r["file"].removesuffix(".csv"): r for r in csv.DictReader(handle)}
    kinds = Counter()
    for t in plans["elepap_children"].values():
        c = t.read()
        assert isinstance(c, Curves) and not isinstance(c, Recording)
        moments = [i for i, x in enumerate(c.labels) if "moment" in x]
        whole = np.isfinite(c.data[:, :, moments]).all(axis=(1, 2))
        row = index[t.id]
        assert [f"{int(w)}" for w in whole] == [row["moments_left"], row["moments_right"]], t.id
        kinds[int(whole.sum())] += 1
    assert kinds == {2: 116, 1: 100, 0: 152}
