"""The layouts of ../shared/data, every fact of their READMEs that a reader must keep."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import FormatError, MissingInputError
from gaitsmith.recording import Recording


def unpacked(shared: Path, name: str, tmp: Path) -> Path:
    with zipfile.ZipFile(shared / name) as archive:
        archive.extractall(tmp)
    return tmp


@pytest.fixture(scope="module")
def voisard(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(shared, "voisard2023/voisard2023_dev.zip", tmp_path_factory.mktemp("v"))


@pytest.fixture(scope="module")
def trials(voisard: Path) -> dict[str, Recording]:
    stems = sorted(p.stem[:-3] for p in (voisard / "GaitData").glob("*_lf.txt"))
    return {
        s: gaitsmith.read(*(voisard / "GaitData" / f"{s}_{k}.txt" for k in ("lf", "rf", "lb")))
        for s in stems
    }


LOST = {"1-6": (163, 248), "8-4": (1, 1), "8-5": (783, 572), "10-3": (463, 494),
        "12-3": (645, 386), "17-2": (719, 691)}  # fmt: skip
SHUFFLED = {"8-5": 1319, "10-3": 139, "12-3": 820, "17-2": 1178}


def test_voisard_lost_packets_are_absent_rows(trials: dict[str, Recording]) -> None:
    assert len(trials) == 17
    for name, trial in trials.items():
        feet = [trial[f"imu_foot_{s}"] for s in "lr"]
        assert tuple(f.attrs["lost_packets"] for f in feet) == LOST.get(name, (0, 0))
        for foot in feet:
            ticks = foot.times * 100
            assert np.abs(ticks - np.round(ticks)).max() < 1e-6
            assert len(foot) == round(ticks[-1] - ticks[0]) + 1 - foot.attrs["lost_packets"]
            assert ticks[0] in (0, 1, 2)
            assert (foot.rate is None) == (foot.attrs["lost_packets"] > 0)


def test_voisard_events_are_ticks_within_the_trial(trials: dict[str, Recording]) -> None:
    # 293 + 294 labelled, less those after the end of the trial.
    swings = {
        s: sum(len(t.events.where(kind="off", side=s)) for t in trials.values())
        for s in ("left", "right")
    }  # type: ignore[arg-type]
    dropped = {n: sum("shuffling" in w.words for w in t.notes) for n, t in trials.items()}
    assert {n for n, d in dropped.items() if d} == set(SHUFFLED)
    assert swings == {"left": 293 - 12, "right": 294 - 8}
    for trial in trials.values():
        (stop,) = trial.events.where(kind="stop")
        (start,) = trial.events.where(kind="start")
        (turn,) = trial.events.where(kind="turn")
        assert trial.events.sources == ("manual",)
        assert start.time < turn.time < turn.time + turn.duration < stop.time
        steps = trial.events.where(kind="strike") + trial.events.where(kind="off")
        assert all(start.time <= e.time <= stop.time for e in steps)


def test_voisard_swings_fit_the_packet_clock(trials: dict[str, Recording]) -> None:
    """The foot turns more within labelled swings; by rows this falls apart where packets are lost."""

    def link(name: str, by_row: bool) -> float:
        foot, events = trials[name]["imu_foot_l"], trials[name].events
        t = np.arange(len(foot)) / 100 if by_row else foot.times
        mask = np.zeros(len(t))
        offs, strikes = events.times("off", "left"), events.times("strike", "left")
        for a, b in zip(offs, strikes, strict=True):
            mask[(t >= a) & (t <= b)] = 1
        keep = t <= events.times("stop")[0]
        size = np.linalg.norm(foot.data[:, 0, 3:6], axis=1)
        return float(np.corrcoef(size[keep], mask[keep])[0, 1])

    for name in set(LOST) - {"8-4"}:
        assert link(name, by_row=False) > link(name, by_row=True) + 0.04
    assert np.mean([link(n, by_row=False) for n in LOST]) > 0.45


def test_voisard_units_and_axes(trials: dict[str, Recording]) -> None:
    quiet = [t["imu_foot_l"].data[:50, 0] for t in trials.values()]
    acc = np.median([np.median(np.linalg.norm(q[:, :3], axis=1)) for q in quiet])
    assert acc == pytest.approx(9.8, abs=0.6)
    peak = max(np.abs(t["imu_foot_r"].data[:, 0, 3:6]).max() for t in trials.values())
    assert 600 < peak < 2000, "33.5 rad/s at most"
    back = np.median([t["imu_lower_back"].data[:50, 0, :3] for t in trials.values()], axis=(0, 1))
    assert back[0] == pytest.approx(9.7, abs=0.3)
    assert trials["1-4"]["imu_foot_l"].attrs["lateral_axis"] == 1


def test_voisard_person_with_missing_numbers(trials: dict[str, Recording]) -> None:
    assert trials["1-4"].subject.to_dict() == {
        "id": "1", "mass": 75.0, "height": 1.75, "sex": "female", "age": 49.0,
        "sources": dict.fromkeys(("mass", "height", "sex", "age"), "1-4.json"),
    }  # fmt: skip
    assert trials["2-2"].subject.mass is None
    assert trials["10-1"].subject.height is None
    assert trials["14-1"].subject.mass is None
    assert any(n.place == "mass" for n in trials["14-1"].notes)


def test_voisard_from_the_archive_and_json_alone(shared: Path) -> None:
    inside = f"{shared}/voisard2023/voisard2023_dev.zip!GaitData/10-3"
    foot = gaitsmith.read(f"{inside}_rf.txt")
    assert list(foot.streams) == ["imu_foot_r"]
    assert foot.name == "10-3"
    assert len(foot.events.where(kind="off", side="left")) == 15
    notes = gaitsmith.read(f"{inside}.json")
    assert not notes.streams
    assert notes.events == foot.events
    both = gaitsmith.read(f"{inside}_rf.txt", f"{inside}.json")
    assert both.events == foot.events, "the same events are not counted twice"


def test_mt_manager_export_of_the_patient(voisard: Path) -> None:
    file = voisard / "example_datasets" / "multiple_sclerosis" / "M0_edss_6_lb.txt"
    patient = gaitsmith.read(file)
    back = patient["imu_lower_back"]
    assert back.data.shape == (8524, 1, 9)
    assert back.rate == 100
    assert back.start == 0.0
    assert back.attrs["lost_packets"] == 0
    assert back.attrs["clock_origin_s"] == pytest.approx(384.25)
    assert len(patient.events.where(kind="strike", side="left")) == 32
    assert len(patient.events.where(kind="strike", side="right")) == 32
    assert patient.events.sources == ("mpdtw",)
    assert any("not by hand" in n.words for n in patient.notes)


FROZEN = {"4-1": (28, 30), "29-1": (18, 16), "2-1": (16, 18), "193-1": (12, 13), "114-1": (5, 23),
          "8-2": (4, 7), "69-1": (3, 8)}  # fmt: skip


@pytest.fixture(scope="module")
def truong(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recording]:
    folder = unpacked(shared, "truong2019/truong2019_dev.zip", tmp_path_factory.mktemp("t"))
    return {p.stem: gaitsmith.read(p) for p in sorted(folder.glob("GaitData/*.csv"))}


def test_truong_frozen_samples_by_sensor(truong: dict[str, Recording]) -> None:
    assert len(truong) == 25
    for name, trial in truong.items():
        frozen = trial["imu"].attrs["frozen_holds"]
        assert tuple(frozen.get("foot_l", (0, 0))) == FROZEN.get(name, (0, 0))
        if trial["imu"].attrs["sensor"] == "XSens":
            assert not frozen
        assert any("repeats its last value" in n.words for n in trial.notes) == bool(frozen)


def test_truong_gravity_is_gone_and_movement_is_no_event(truong: dict[str, Recording]) -> None:
    for trial in truong.values():
        stream = trial["imu"]
        assert stream.rate == 100
        assert stream.labels == ("foot_l", "foot_r")
        assert stream.attrs["gravity_removed"] is True
        assert not trial.events
        rest = np.linalg.norm(stream.data[:30, :, :3], axis=2)
        assert np.median(rest) < 1.0, "0.015-0.04 g at rest"
        moves = stream.attrs["foot_movement_s"]
        assert all(0 <= a <= b <= stream.end for rows in moves.values() for a, b in rows)
    peaks = [np.abs(t["imu"].data[:, :, :3]).max() / 9.80665 for t in truong.values()]
    assert min(peaks) > 1.5
    assert max(peaks) < 13
    lengths = [b - a for t in truong.values() for rows in t["imu"].attrs["foot_movement_s"].values() for a, b in rows]  # fmt: skip
    assert np.median(lengths) == pytest.approx(0.73, abs=0.06)
    assert truong["80-4"]["imu"].data.tobytes() == truong["80-7"]["imu"].data.tobytes()
    assert truong["105-1"].subject.height == 1.66


GAIN = {
    "01_00": (), "06_00": (), "10_00-Test": (),
    "03_00": ("foot_r", "shank_r", "thigh_r"), "03_01": ("foot_r", "shank_r", "thigh_r"),
    "05_00": ("foot_r", "shank_r", "foot_l"),
}  # fmt: skip
ALL = ("foot_r", "shank_r", "thigh_r", "foot_l", "shank_l", "thigh_l")


def test_hugadb_clipped_gyroscopes_are_found_and_named(shared: Path, tmp_path: Path) -> None:
    folder = unpacked(shared, "hugadb/hugadb_dev.zip", tmp_path)
    rows = 0
    for file in sorted(folder.glob("*.txt")):
        recording = gaitsmith.read(file)
        stream = recording["imu"]
        rows += len(stream)
        assert stream.rate == 58.82
        assert stream.labels == ALL
        wanted = GAIN.get(file.stem.removeprefix("HuGaDB_v1_walking_"), ALL)
        assert tuple(stream.attrs.get("gyroscope_gain_8", ())) == wanted
        named = [n.words for n in recording.notes if "8 times too sensitive" in n.words]
        assert bool(named) == bool(wanted)
        assert all(x in named[0] for x in wanted)
        for i, label in enumerate(ALL):
            limit = 250 if label in wanted else 2000
            assert np.abs(stream.data[:, i, 3:]).max() <= limit * 1.0001
        # Shank and thigh: x points down the leg, one g in the mean of walking.
        assert (stream.data[:, [1, 2, 4, 5], 0].mean(axis=0) / 9.80665 < -0.9).all()
        assert any("58.82 Hz" in n.words for n in recording.notes)
        assert any("EMG" in n.words for n in recording.notes)
    assert rows == 57_110


def test_hugadb_rate_can_be_given(shared: Path) -> None:
    file = shared / "hugadb" / "HuGaDB_v1_walking_03_00.txt"
    assert gaitsmith.read(file, rate_hz=60)["imu"].rate == 60


def test_gaitmap_example_and_its_motion_capture_events(shared: Path) -> None:
    inside = f"{shared}/gaitmap_example/gaitmap_example_dev.zip!example_data"
    walk = gaitsmith.read(f"{inside}/imu_sample.csv", f"{inside}/stride_events_sample.csv")
    stream = walk["imu"]
    assert stream.data.shape == (7928, 2, 6)
    assert stream.rate == 204.8
    assert stream.labels == ("foot_l", "foot_r")
    assert np.allclose(stream.data[:50, 0, :3].mean(axis=0), (0.9, 2.7, 9.4), atol=0.15)
    assert np.abs(stream.data[..., 3:]).max() == pytest.approx(720, abs=1)
    offs = walk.events.where(kind="off")
    assert (len(offs.where(side="left")), len(offs.where(side="right"))) == (28, 29)
    assert walk.events.where(kind="strike", side="left").times()[0] == pytest.approx(438 / 204.8)
    assert any("204.8 Hz" in n.words for n in walk.notes)
    with pytest.raises(MissingInputError, match="borders of strides"):
        gaitsmith.read(f"{inside}/stride_borders_sample.csv")


def test_walking_dataset_clocks_and_pressure(shared: Path, tmp_path: Path) -> None:
    folder = unpacked(shared, "walking_dataset/walking_dataset_dev.zip", tmp_path)
    young = gaitsmith.read(folder / "Dataset/Young/20180518_1.xlsx")
    old = gaitsmith.read(folder / "Dataset/Elderly/20180403_9.xlsx")
    assert young["imu_foot_l"].rate == 50
    assert young["imu_foot_l"].data.shape == (700, 1, 6)
    assert young["imu_foot_l"].attrs["written_twice"] is True
    assert young["imu_shank_r"].rate == 100
    assert len(young["imu_shank_r"]) == 1400
    assert len(young["imu_foot_r"]) == 1399, "Time_1 repeats once"
    assert "imu_lower_back" in young.streams
    assert "imu_lower_back" not in old.streams
    assert any("sensor 7" in n.words for n in old.notes)
    assert len(old["imu_foot_l"]) == 1024
    for walk in (young, old):
        assert walk["pressure_foot_r"].labels == ("toe_r", "heel_r")
        assert walk["pressure_foot_l"].labels == ("toe_l", "heel_l")
        shank = walk["imu_shank_r"].data[:50, 0, :3].mean(axis=0) / 9.80665
        assert shank[0] == pytest.approx(1.0, abs=0.06)
        assert walk["imu_foot_r"].data[:50, 0, 0].mean() / 9.80665 == pytest.approx(-0.98, abs=0.05)
        assert np.abs(walk["imu_foot_r"].data[..., 3:]).max() < 900
        assert walk.duration < 15
    assert any("clock is broken" in n.words for n in young.notes)


@pytest.mark.parametrize("trial", ["T05", "T06", "T07", "T08"])
def test_wbds_forces(shared: Path, trial: str) -> None:
    name = f"{shared}/fukuchi2018_wbds04/fukuchi2018_wbds04.zip!WBDS04walk{trial}grf.txt"
    walk = gaitsmith.read(name)
    forces = walk["forces"]
    assert forces.labels == ("plate_1", "plate_2")
    assert forces.data.shape == (9000, 2, 7)
    assert forces.rate == 300
    weight = forces.data[:, :, 1].sum(axis=1).mean()
    assert weight == pytest.approx(561, abs=3)
    loaded = forces.data[:, :, 1] > 100
    assert np.nanmedian(forces.data[:, 0, 5][loaded[:, 0]]) == pytest.approx(1.15, abs=0.08)
    assert np.nanmedian(forces.data[:, 1, 5][loaded[:, 1]]) == pytest.approx(1.29, abs=0.08)
    assert np.median(np.abs(forces.data[:, :, 6][loaded])) < 30, "N·mm became N·m"
    assert any("not zeroed" in n.words for n in walk.notes)
    assert any("counts rows" in n.words for n in walk.notes)


def test_wbds_columns_of_somebody_else_need_a_rate(shared: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared / "fukuchi2018_wbds04/fukuchi2018_wbds04.zip") as archive:
        text = archive.read("WBDS04walkT05grf.txt")
    file = tmp_path / "mine.txt"
    file.write_bytes(text)
    with pytest.raises(MissingInputError, match="counts rows"):
        gaitsmith.read(file)
    assert gaitsmith.read(file, rate_hz=300)["forces"].rate == 300


def test_broken_trial_notes_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "1-1.json"
    for text, problem in (
        ('{"LeftFootEvents": [[1]]}', "not a pair"),
        ('{"LeftFootEvents": [[5, 3]]}', "not a pair"),
        ('{"LeftFootEvents": ', "not JSON"),
        ('{"LeftFootEvents": [[1, 2]], "TrialBoundaries": [1]}', "not a pair"),
    ):
        file.write_text(text)
        with pytest.raises(FormatError, match=problem):
            gaitsmith.read(file)
