"""Damaged files of any set: an exclusion or a refusal in our words, never another error."""

import csv
import zipfile

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from scipy.io import savemat

from gaitsmith.datasets import Store, prepare
from gaitsmith.errors import GaitsmithError
from tests.datasets.test_public_sets import hugadb, truong, voisard_2024
from tests.formats import b3d_bytes


def elepap(folder):
    names = [f"{s}{j}Angles (1)" for j in ("Hip", "Knee", "Ankle") for s in "LR"]
    names += [f"{s}{j}Moment (1)" for j in ("Hip", "Knee", "Ankle") for s in "LR"]
    names += ["Left Walking Speed", "Right Walking Speed"]
    with (folder / "CP001_s1_t01.csv").open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerows([names, ["Left"] * len(names), ["degrees"] * len(names)])
        rows.writerows([["1.5"] * len(names)] * 51)


def hood(folder):
    columns = [f"{x}" for _ in range(4) for x in ("-1sd", "mean", "+1sd")]
    heads = [["", "", *["TF01"] * 12], ["", "", *["ipsilateral"] * 6, *["contralateral"] * 6],
             ["", "", *["0.189"] * 12], ["", "", *columns]]  # fmt: skip
    body = [[k, f"{i / 100}", *["1.0"] * 12] for k in ("position", "moment") for i in range(101)]
    (folder / "Hood_TF01.csv").write_text("\n".join(",".join(r) for r in [*heads, *body]) + "\n")


def signatures(folder):
    head = "subject,speed_cm_s,phase_pct,hip_a,knee_a,ankle_a,hip_b,knee_b,ankle_b,gaitphase"
    lines = [f"AB01,90,{i},1,2,3,4,5,6,1" for i in range(100)]
    (folder / "phase_averaged_kinematics_dev.csv").write_text("\n".join([head, *lines]) + "\n")


def pataky(folder):
    np.save(folder / "ex_grf_subj001.npy", np.ones((2, 101)))
    (folder / "speeds.csv").write_text("subject,trial,condition,speed_m_s\n1,0,1,1.0\n1,1,3,2.0\n")


def slijepcevic(folder):
    savemat(folder / "grf.mat", {"Feature": np.ones((2, 6, 101)), "Target_Subject": np.eye(2),
                                 "Target_Injury": np.eye(2, 4)})  # fmt: skip


def lencioni(folder):
    angles = ["Pelvis", "Hip", "Knee", "Ankle"]
    stride = {"Task": "Walking", "Foot": "RX", "speed": 1.0, "strideLength": 1.0, "stepWidth": 0.1,
              "cadence": 100.0, "TimeStampKin": 0.0, "TimeStampGrf": 0.0,
              "Marker": np.ones((6, 20)), "Grf": np.ones((9, 30)), "Ang": np.ones((12, 101)),
              "Mom": np.ones((9, 101)), "Pwr": np.ones((3, 101))}  # fmt: skip
    person = {"Age": 40, "Gender": "M", "BH": 180, "BM": 80, "KinFreq": 60, "GrfFreq": 960,
              "AngVarName": np.array([f"{j}{p}" for j in angles for p in ("Flx", "Add", "Rot")]),
              "PwrVarName": np.array(["HipPwr", "KneePwr", "AnklePwr"]),
              "MarkerVarName": np.array([f"{a}{m}" for m in ("RxHeel", "LxHeel") for a in "XYZ"]),
              "StandingData": {"Marker": np.ones(6), "Ang": np.ones(12)}, "Data": [stride, stride]}  # fmt: skip
    savemat(folder / "Subject1.mat", {"s": person})


def fda(folder):
    rows = [f"boy{b},{0.025 + 0.05 * i:.3f},{b + i},{i}" for b in (1, 2) for i in range(20)]
    (folder / "gait.csv").write_text(
        "\n".join(["person,cycle_fraction,hip_deg,knee_deg", *rows]) + "\n"
    )


MAKERS = {
    "elepap_children": elepap, "hood2020_ankle": hood, "gait_signatures": signatures,
    "pataky2008": pataky, "slijepcevic2021_grf": slijepcevic, "lencioni2019": lencioni,
    "fda_gait": fda, "hugadb": lambda f: hugadb(f / "HGD_v1_walking_17_02.txt", [1] * 300),
    "truong2019": lambda f: truong(f, "5-1"), "voisard2024": voisard_2024,
    "addbiomechanics": lambda f: (f / "p.b3d").write_bytes(b3d_bytes.make()),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_the_files_are_read_whole(name, tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    MAKERS[name](folder)
    (done,) = prepare(name, folder, tmp_path / "s")
    assert done.added >= 1 and done.excluded == 0
    store = Store(tmp_path / "s")
    assert store.check() == []


@pytest.mark.parametrize("name", MAKERS)
@hypothesis.given(data=st.data())
@hypothesis.settings(max_examples=12)
def test_damaged(name, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz") / "raw"
    folder.mkdir()
    MAKERS[name](folder)
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    file = data.draw(st.sampled_from(files))
    whole = bytearray(file.read_bytes())
    kind = data.draw(st.sampled_from(["cut", "bytes", "insert", "lines", "gone"]))
    at = data.draw(st.integers(0, max(0, len(whole) - 1)))
    if kind == "cut":
        whole = whole[:at]
    elif kind == "bytes":
        for _ in range(data.draw(st.integers(1, 8))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    elif kind == "insert":
        whole[at:at] = data.draw(st.binary(min_size=1, max_size=12))
    elif kind == "lines":
        lines = bytes(whole).split(b"\n")
        first = data.draw(st.integers(0, len(lines) - 1))
        whole = bytearray(b"\n".join(lines[:first] + lines[first + 1 + at % 3 :]))
    file.write_bytes(bytes(whole))
    if kind == "gone":
        file.unlink()
    store = folder.parent / "s"
    try:
        prepare(name, folder, store)
    except GaitsmithError as error:
        assert str(error)
    if (store / "store.json").exists():
        assert Store(store).check() == []


def test_a_damaged_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zf:
        zf.writestr("gait.csv", "person,cycle_fraction\n" * 100)
    raw = bytearray((tmp_path / "a.zip").read_bytes())
    raw[40:60] = b"\0" * 20
    (tmp_path / "a.zip").write_bytes(bytes(raw))
    with pytest.raises(GaitsmithError):
        prepare("fda_gait", tmp_path / "a.zip", tmp_path / "s")
