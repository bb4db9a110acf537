"""Sets that users download: read from small files that our own writer makes in their layout."""

import json
import zipfile
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from gaitsmith.datasets import Excluded, Raw, Store, prepare
from gaitsmith.datasets.registry import loader
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.recording import Event, Events, Recording, Stream
from tests.formats import b3d_bytes


def planned(name, folder, tmp_path):
    return {t.id: t for t in loader(name).trials(Raw(folder, tmp_path / "scratch"))}


# --- Voisard 2024/25 -----------------------------------------------------------------------------


def voisard_2024(root, trial="KOA_2_1", group="ortho", rows=300, gap=()):
    """One trial as the set's quick_start reads it: JSON and a table of four sensors."""
    cohort, subject, _ = trial.split("_")
    folder = root / "data" / group / cohort / f"{cohort}_{subject}" / trial
    folder.mkdir(parents=True)
    rng = np.random.default_rng(int(subject))
    names = ["PacketCounter"]
    for s in ("HE", "LB", "LF", "RF"):
        names += [f"{s}_{q}_{a}" for q in ("Acc", "Gyr", "Mag") for a in "XYZ"]
    table = np.round(rng.normal(size=(rows, 37)), 5)
    table[:, 0] = np.arange(rows)
    table[:, [i for i, n in enumerate(names) if n.endswith("Acc_Z")]] += 9.81
    lines = ["\t".join(names)]
    for i, row in enumerate(table):
        cells = [f"{row[0]:.0f}", *(f"{x:.5f}" for x in row[1:])]
        if i in gap:
            cells[names.index("LF_Acc_X")] = ""
        lines.append("\t".join(cells))
    (folder / f"{trial}_processed_data.txt").write_text("\n".join(lines) + "\n")
    meta = {
        "subject": f"{cohort}_{subject}", "trial": 1, "age": 70, "gender": "F", "height": 165,
        "weight": 80.5, "BMI": 29.6, "laterality": "Right", "sensor": "MTw Awinda XSens",
        "pathology": cohort, "group": group, "clinicalDeficitSide": "Left", "freq": 100,
        "TUG": "Not evaluated", "uturnBoundaries": [140, 170],
        "leftGaitEvents": [[50, 90], [180, 220]], "rightGaitEvents": [[100, 130]],
    }  # fmt: skip
    (folder / f"{trial}_meta.json").write_text(json.dumps(meta))
    return table, names, folder


def test_voisard_2024(tmp_path):
    table, names, folder = voisard_2024(tmp_path / "raw", gap=(7,))
    _, _, healthy = voisard_2024(tmp_path / "raw", "HS_3_2", "healthy")
    next(healthy.glob("*_processed_data.txt")).unlink()
    plan = planned("voisard2024", tmp_path / "raw", tmp_path)
    assert isinstance(plan["HS_3_2"], Excluded)
    trial = plan["KOA_2_1"]
    assert (trial.person, trial.group, trial.side) == ("KOA_2", "knee osteoarthritis", "left")
    r = trial.read()
    assert set(r.streams) == {"imu_head", "imu_lower_back", "imu_foot_l", "imu_foot_r"}
    foot = r["imu_foot_l"]
    at = names.index("LF_Acc_X")
    good = np.arange(300) != 7
    np.testing.assert_allclose(foot.data[good, 0, :3], table[good, at : at + 3])
    np.testing.assert_allclose(foot.data[:, 0, 3:6], np.degrees(table[:, at + 3 : at + 6]))
    np.testing.assert_allclose(foot.data[:, 0, 6:], table[:, at + 6 : at + 9])
    assert np.isnan(foot.data[7, 0, 0]) and foot.rate == 100
    assert list(r.events.times("off", "left")) == [0.5, 1.8]
    assert list(r.events.times("strike", "left")) == [0.9, 2.2]
    (turn,) = r.events.where(kind="turn")
    assert (turn.time, turn.duration) == (1.4, pytest.approx(0.3))
    s = r.subject
    assert (s.age, s.height, s.mass, s.sex, s.affected_side) == (70, 1.65, 80.5, "female", "left")
    meta = next(folder.glob("*.json"))
    meta.write_text(meta.read_text().replace("[180, 220]", "[180, 999]"))
    with pytest.raises(FormatError, match="not in the table"):
        planned("voisard2024", tmp_path / "raw", tmp_path)["KOA_2_1"].read()


# --- Camargo 2021 --------------------------------------------------------------------------------


def camargo(root, person="AB06", mode="treadmill", trial="treadmill_01_01"):
    """One trial: a MATLAB table ``data`` a sensor, ``speed`` for the treadmill's conditions."""
    matio = pytest.importorskip("matio")
    folder = root / person / "10_09_18" / mode
    slow, fast = np.arange(0, 10, 0.005), np.arange(0, 10, 0.001)
    percent = 100 * ((slow - 0.3) % 1.0)
    percent[np.abs(percent - 100) < 1e-6] = 0
    percent = np.round(percent, 6)
    knee = 30 + 30 * np.sin(2 * np.pi * slow)
    tables = {
        "ik": {"data": pd.DataFrame({"Header": slow, "hip_flexion_r": knee / 2, "knee_angle_r": knee})},
        "id": {"data": pd.DataFrame({"Header": slow, "knee_angle_r_moment": knee - 40})},
        "fp": {"data": pd.DataFrame({"Header": fast} | {
            f"Treadmill_{s}_{v}": np.full(len(fast), 1.0 + i)
            for s in "RL" for i, v in enumerate(["vx", "vy", "vz", "px", "py", "pz", "moment_x", "moment_y", "moment_z"])})},
        "gcRight": {"data": pd.DataFrame({"Header": slow, "HeelStrike": percent, "ToeOff": (percent + 40) % 100})},
        "conditions": {"speed": pd.DataFrame({"Header": fast, "Speed": np.where(fast < 4, 0.5, 0.55)})},
    }  # fmt: skip
    for sensor, content in tables.items():
        (folder / sensor).mkdir(parents=True, exist_ok=True)
        matio.save_to_mat(str(folder / sensor / f"{trial}.mat"), content)
    return slow, knee


def test_camargo(tmp_path):
    _time, knee = camargo(tmp_path / "raw")
    camargo(tmp_path / "raw", mode="levelground", trial="levelground_ccw_fast_01_02")
    plan = planned("camargo2021", tmp_path / "raw", tmp_path)
    assert list(plan) == ["AB06-levelground_ccw_fast_01_02", "AB06-treadmill_01_01"]
    assert plan["AB06-levelground_ccw_fast_01_02"].condition == "levelground ccw fast"
    r = plan["AB06-treadmill_01_01"].read()
    np.testing.assert_allclose(r.angles["knee_angle_r"], knee)
    assert r.angles.rate == 200 and r.forces.rate == 1000
    np.testing.assert_allclose(r["moments"]["knee_angle_r_moment"], knee - 40)
    assert r.forces.labels == ("foot_r", "foot_l")
    np.testing.assert_array_equal(r.forces["foot_r"][0, :3], [1, 2, 3])
    assert np.isnan(r.forces["foot_r"][:, 3:]).all(), "positions of unstated units are left out"
    assert r.angles.attrs["belt_speed"] == [[0.0, 3.999, 0.5], [4.0, 9.999, 0.55]]
    np.testing.assert_allclose(r.events.times("strike", "right"), 0.3 + np.arange(10), atol=1e-9)
    np.testing.assert_allclose(r.events.times("off", "right"), np.arange(10) + 0.9, atol=1e-9)
    broken = tmp_path / "raw" / "AB06" / "10_09_18" / "treadmill" / "id" / "treadmill_01_01.mat"
    broken.write_bytes(broken.read_bytes()[:300])
    prepared = prepare("camargo2021", tmp_path / "raw", tmp_path / "s")
    assert (prepared[0].added, prepared[0].excluded) == (1, 1)
    assert "MATLAB file cannot be read" in Store(tmp_path / "s").exclusions.loc[0, "reason"]


# --- C3D sets ------------------------------------------------------------------------------------


def walk_c3d(path, seconds=2.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(0, seconds, 0.01)
    points = np.zeros((len(t), 3, 3))
    points[:, :, 0] = 1.2 * t[:, None]
    points[:, :, 1] = [0.05, 0.05, 0.95]
    points[:, :, 2] = [0.1, -0.1, 0.0]
    events = Events([Event(0.5, "right", "strike", "file"), Event(1.1, "right", "off", "file")])
    Recording(streams={"points": Stream("points", points, ("RHEE", "LHEE", "SACR"), rate=100.0)},
              events=events).write(path, force=True)  # fmt: skip


def test_van_criekinge(tmp_path):
    raw = tmp_path / "raw"
    for name in ("138_HealthyPiG/SUBJ05/SUBJ5 (1).c3d", "138_HealthyPiG/SUBJ05/SUBJ5 (2).c3d",
                 "50_StrokePiG/TVC39/BWA 03.c3d", "50_StrokePiG/TVC39/BWA3.c3d",
                 "50_StrokePiG/TVC39/Cal 01.c3d", "loose.c3d"):  # fmt: skip
        # Different lengths, so that no file is a copy of another.
        walk_c3d(raw / name, 2.0 + 0.01 * len(name))
    plan = planned("vancriekinge2023", raw, tmp_path)
    assert isinstance(plan["loose"], Excluded)
    kept = {k: t for k, t in plan.items() if not isinstance(t, Excluded)}
    assert {k: (t.person, t.group, t.task) for k, t in kept.items()} == {
        "SUBJ05-SUBJ5_1": ("SUBJ05", "able-bodied", "walking"),
        "SUBJ05-SUBJ5_2": ("SUBJ05", "able-bodied", "walking"),
        "TVC39-BWA_03": ("TVC39", "stroke", "walking"),
        "TVC39-BWA3": ("TVC39", "stroke", "walking"),
        "TVC39-Cal_01": ("TVC39", "stroke", "standing"),
    }
    r = kept["TVC39-BWA_03"].read()
    assert len(r.events) == 2 and set(r.points.labels) == {"RHEE", "LHEE", "SACR"}


def wbds_text(folder, stem, seconds=2.0):
    """Markers and forces as the published text files have them; the truth in our units."""
    rows = np.arange(1, round(300 * seconds) + 1)
    columns = [f"{c}{n}" for n in (1, 2) for c in ("Fx", "Fy", "Fz", "COPx", "COPy", "COPz", "Ty")]
    values = np.tile([10.0, 300.0, -5.0, 900.0, 0.0, 1150.0, 20.0], 2)
    lines = ["\t".join(["Time", *columns])]
    lines += ["\t".join([f"{i}", *(f"{v + 0.01 * (i % 7):.3f}" for v in values)]) for i in rows]
    (folder / f"{stem}grf.txt").write_text("\n".join(lines) + "\n")
    markers = ["R.ASIS", "L.ASIS", "R.Iliac.Crest"]
    time = np.arange(round(150 * seconds)) / 150
    points = np.random.default_rng(1).uniform(0, 2000, (len(time), 9)).round(2)
    lines = ["\t".join(["Time", *(f"{m}{a}" for m in markers for a in "XYZ")])]
    lines += [
        "\t".join([f"{t:.3f}", *(f"{x:.2f}" for x in row)])
        for t, row in zip(time, points, strict=True)
    ]
    (folder / f"{stem}mkr.txt").write_text("\n".join(lines) + "\n")
    return markers, points.reshape(-1, 3, 3) / 1000


def test_fukuchi(tmp_path):
    raw = tmp_path / "raw"
    for name in ("WBDS01walkT01", "WBDS01walkO01C", "WBDS02static1"):
        walk_c3d(raw / f"{name}.c3d", 2.0 + 0.1 * len(name))
    wbds_text(raw, "WBDS01walkT01")
    markers, points = wbds_text(raw, "WBDS02walkT08")
    for name in ("WBDS01walkOSang", "WBDS01walkOSknt", "WBDS02walkT08ang"):
        (raw / f"{name}.txt").write_text("Time\tx\n1\t2\n")
    plan = planned("fukuchi2018", raw, tmp_path)
    kept = {
        k: (t.person, t.task, t.condition) for k, t in plan.items() if not isinstance(t, Excluded)
    }
    assert kept == {
        "WBDS01walkT01": ("WBDS01", "walking", "treadmill"),
        "WBDS01walkO01C": ("WBDS01", "walking", "overground comfortable"),
        "WBDS02static1": ("WBDS02", "standing", ""),
        "WBDS02walkT08": ("WBDS02", "walking", "treadmill"),
    }
    reasons = {k: e.reason for k, e in plan.items() if isinstance(e, Excluded)}
    assert set(reasons) == {"WBDS01walkT01-grf", "WBDS01walkT01-mkr", "WBDS01walkOS-ang",
                            "WBDS01walkOS-knt", "WBDS02walkT08-ang"}  # fmt: skip
    assert "read from the C3D" in reasons["WBDS01walkT01-grf"]
    r = plan["WBDS02walkT08"].read()
    assert r.forces.rate == 300 and r.forces.data[0, 0, 1] == pytest.approx(300.01)
    assert r.forces.data[0, 0, 3] == pytest.approx(0.90001, abs=1e-6)
    assert r.points.labels == tuple(markers) and r.points.rate == 150
    np.testing.assert_allclose(r.points.data, points)
    text = (raw / "WBDS02walkT08mkr.txt").read_text()
    (raw / "WBDS02walkT08mkr.txt").write_text(text.replace("L.ASISY", "L.ASISQ"))
    with pytest.raises(FormatError, match="not those of the markers"):
        planned("fukuchi2018", raw, tmp_path)["WBDS02walkT08"].read()


# --- full HuGaDB, full Truong, full Voisard 2023 ---------------------------------------------------


def hugadb(path, activities, names="HGD"):
    sensors = ("RF", "RS", "RT", "LF", "LS", "LT")
    columns = [f"{s}_{q}_{a}" for s in sensors for q in ("acc", "gyro") for a in "xyz"]
    rng = np.random.default_rng(3)
    data = rng.integers(-3000, 3000, (len(activities), 36))
    lines = ["#Activity\twalking\t", "#ActivityID\t1\t", "#Date\t08-18-11-45",
             "\t".join([*columns, "R_EMG", "L_EMG", "act"])]  # fmt: skip
    lines += [
        "\t".join([*map(str, row), "128", "127", str(a)])
        for row, a in zip(data, activities, strict=True)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return data


def test_full_hugadb(tmp_path):
    raw = tmp_path / "raw"
    data = hugadb(raw / "HGD_v1_various_02_00.txt", [8] * 300 + [1] * 400 + [3] * 200)
    hugadb(raw / "HGD_v1_walking_17_02.txt", [1] * 300)
    hugadb(raw / "HGD_v1_going_up_02_01.txt", [3] * 299)
    plan = planned("hugadb", raw, tmp_path)
    assert {k: (t.person, t.task) for k, t in plan.items()} == {
        "various-02_00": ("02", "various"), "17_02": ("17", "walking"),
        "going-up-02_01": ("02", "going up"),
    }  # fmt: skip
    r = plan["various-02_00"].read()
    spans = [
        (round(a * 58.82), round(b * 58.82), what) for a, b, what in r["imu"].attrs["activities"]
    ]
    assert spans == [(0, 300, "standing"), (300, 700, "walking"), (700, 900, "going up")]
    np.testing.assert_allclose(r["imu"].data[:, 0, 0], data[:, 0] / 16384 * 9.80665)
    assert (r.subject.age, r.subject.mass) == (22, 80)
    hugadb(raw / "HGD_v1_walking_01_00.txt", [1] * 200 + [99] * 100)
    with pytest.raises(FormatError, match="activity without a name"):
        planned("hugadb", raw, tmp_path)["01_00"].read()


def truong(folder, stem, **facts):
    columns = [f"{s}{q}{a}" for s in "LR" for q in "AR" for a in "VXYZ"]
    data = np.round(np.random.default_rng(int(stem.split("-")[0])).normal(size=(250, 16)), 4)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(columns), *(",".join(f"{x}" for x in row) for row in data)]
    (folder / f"{stem}.csv").write_text("\n".join(lines) + "\n")
    person, trial = map(int, stem.split("-"))
    meta = {"Subject": person, "Trial": trial, "Code": stem, "Age": 50, "Gender": "M", "Height": 1.8,
            "Weight": 80, "Sensor": "XSens", "PathologyGroup": "Neurological",
            "LeftFootActivity": [[20, 60]], "RightFootActivity": [[70, 110]], **facts}  # fmt: skip
    (folder / f"{stem}.json").write_text(json.dumps(meta))


def test_full_truong_in_an_archive(tmp_path):
    folder = tmp_path / "GaitData"
    truong(folder, "5-1", Age="NC")
    truong(folder, "5-2", Age=51)
    truong(folder, "134-3", Sensor="TCon")
    (folder / "code_list.json").write_text('["5-1"]')
    (folder / "9-9.csv").write_text("no JSON beside it\n")
    packed = tmp_path / "GaitData.zip"
    with zipfile.ZipFile(packed, "w") as zf:
        for p in sorted(folder.iterdir()):
            zf.write(p, f"GaitData/{p.name}")
    results = prepare("truong2019", packed, tmp_path / "s")
    assert (results[0].added, results[0].excluded) == (3, 1)
    store = Store(tmp_path / "s")
    assert not (tmp_path / "s" / ".scratch").exists()
    # 5-1 and 5-2 have one person's number, and the same signals by this writer's seed.
    assert store.row("truong2019/5-2")["use"].startswith("the same signals as 5-1")
    assert np.isnan(store.trials.set_index("trial").loc["5-1", "age"])
    assert store.people.set_index("person").loc["truong2019/5", "age"] == 51
    assert store.row("truong2019/134-3")["condition"] == "TCon"


def test_full_voisard_2023_with_a_repeated_packet(tmp_path):
    folder = tmp_path / "GaitData"
    folder.mkdir()
    names = ["PacketCounter", *(f"{q}_{a}" for q in ("Acc", "Gyr", "Mag") for a in "XYZ")]
    for place in ("lf", "rf", "lb"):
        rng = np.random.default_rng(1)
        counter = np.concatenate([np.arange(100), [99], np.arange(100, 200)])
        lines = ["Acquisition frequency: 100 Hz", "\t".join(names)]
        lines += ["\t".join([f"{c}", *(f"{x:.4f}" for x in rng.normal(size=9))]) for c in counter]
        (folder / f"11-1_{place}.txt").write_text("\n".join(lines) + "\n")
        if place != "lb":
            (folder / f"11-2_{place}.txt").write_text("\n".join(lines[:150]) + "\n")
    meta = {"Subject": 11, "Trial": 1, "Age": 40, "Gender": "F", "Height": 170.0, "Weight": float("nan"),
            "TrialBoundaries": [20, 150], "UTurnBoundaries": [80, 100],
            "LeftFootEvents": [[30, 60], [170, 190]], "RightFootEvents": [[65, 95]]}  # fmt: skip
    (folder / "11-1_meta.json").write_text(json.dumps(meta))
    plan = planned("voisard2023", tmp_path / "GaitData", tmp_path)
    assert isinstance(plan["11-2"], Excluded) and "lb" in plan["11-2"].reason
    r = plan["11-1"].read()
    assert len(r["imu_foot_l"]) == 200 and any("stand twice" in n.words for n in r.notes)
    assert len(r.events.where(kind="strike")) == 2, "the swing after the trial's end is left out"
    assert r.subject.mass is None and r.subject.height == 1.7


# --- gait signatures, full CSV ---------------------------------------------------------------------


def test_full_gait_signatures(tmp_path):
    from scipy.io import savemat

    raw = tmp_path / "raw"
    raw.mkdir()
    people, speeds, samples = ["AB06", "AB06", "ST03"], [90, 100, 45], 50
    trials = np.random.default_rng(0).normal(size=(3, samples, 6)).round(4)
    # As published: six rows, the trials one after the other along the columns.
    np.savetxt(
        raw / "PareticvsNonP_RNNData.csv", trials.reshape(-1, 6).T, delimiter=",", fmt="%.4f"
    )
    (raw / "Subjectlabels.csv").write_text("\n".join(people) + "\n")
    cells = np.empty((3, 1), dtype=object)
    cells[:, 0] = [np.array([[v]], dtype=np.uint8) for v in speeds]
    savemat(raw / "SpeedLabels.mat", {"SpeedTrainTrials": cells})
    plan = planned("gait_signatures", raw, tmp_path)
    assert {k: (t.person, t.group, t.speed) for k, t in plan.items()} == {
        "AB06-90": ("AB06", "able-bodied", 0.9), "AB06-100": ("AB06", "able-bodied", 1.0),
        "ST03-45": ("ST03", "stroke", 0.45),
    }  # fmt: skip
    for i, key in enumerate(plan):
        r = plan[key].read()
        np.testing.assert_array_equal(r.angles.data, trials[i])
        assert r.angles.rate == 100 and r.angles.labels[1] == "knee_angle_l"
    (raw / "Subjectlabels.csv").write_text("AB06\n")
    with pytest.raises(FormatError, match="do not fit"):
        planned("gait_signatures", raw, tmp_path)


# --- AddBiomechanics -------------------------------------------------------------------------------


def test_addbiomechanics(tmp_path):
    raw = tmp_path / "raw"
    trials = (("walk_1", 6, 0.01, ()), ("walk_2", 4, 0.01, ()), ("walk_1", 5, 0.01, ()))
    parts = ("train/With_Arm/Moore2015/Subject3", "train/No_Arm/Moore2015/Subject3",
             "test/No_Arm/Moore2015/Subject4", "test/No_Arm/Tan2021/Subject3")  # fmt: skip
    for i, part in enumerate(parts):
        path = raw / part / f"{part.split('/')[-1]}.b3d"
        path.parent.mkdir(parents=True)
        path.write_bytes(b3d_bytes.make(trials, mass=70.0 + i))
    plan = planned("addbiomechanics", raw, tmp_path)
    left = {e.id: e.reason for e in plan.values() if isinstance(e, Excluded)}
    assert left["Moore2015-Subject3-No_Arm"] == "the same person with With_Arm"
    assert sum("a second trial called walk_1" in r for r in left.values()) == 3
    kept = [t for t in plan.values() if not isinstance(t, Excluded)]
    assert Counter(t.person for t in kept) == {"Moore2015-Subject3": 2, "Moore2015-Subject4": 2,
                                               "Tan2021-Subject3": 2}  # fmt: skip
    r = plan["Moore2015-Subject3-001"].read()
    assert len(r.points) == 4 and r.subject.mass == 70.0 and r.subject.sex == "female"
    assert plan["Moore2015-Subject4-000"].read().subject.mass == 72.0
    (raw / "test" / "odd.b3d").write_bytes(b"\xff" * 100)
    with pytest.raises(FormatError, match=r"not a \.b3d file"):
        planned("addbiomechanics", raw, tmp_path)


def test_nothing_there_is_said(tmp_path):
    (tmp_path / "raw").mkdir()
    for name in (
        "voisard2024",
        "camargo2021",
        "vancriekinge2023",
        "addbiomechanics",
        "fukuchi2018",
    ):
        with pytest.raises(GaitsmithError, match="nothing of this set"):
            prepare(name, tmp_path / "raw", tmp_path / "s")
