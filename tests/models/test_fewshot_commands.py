"""Commands: strides in, a personal model, new strides; a recording repaired; mistakes are named."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from gaitsmith.cli.app import app
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.formats import read
from gaitsmith.models.fewshot.api import generate, personalize
from gaitsmith.models.fewshot.sources import shank_cycles, swing_peaks
from gaitsmith.recording import Recording, Stream
from gaitsmith.virtual import average_person, walker


@pytest.fixture(scope="module")
def walk():
    return walker(average_person("female"), 1.2, seconds=6.0, seed=1)


def run(*arguments):
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_from_strides_to_new_strides(walk, tmp_path):
    walk.select("angles").save(tmp_path / "walk.gait")
    run("personalize", tmp_path / "walk.gait", "-o", tmp_path / "me.gait", "--speed", "1.2", "--strides", "2")  # fmt: skip
    run("generate", tmp_path / "me.gait", "--strides", "6", "-o", tmp_path / "new.csv")
    with (tmp_path / "new.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 2 * 6 * 101
    knee = np.array([float(r["knee_angle"]) for r in rows if r["side"] == "right"])
    own = walk["angles"]["knee_angle_r"]
    assert abs(knee.max() - own.max()) < 15
    run("generate", tmp_path / "me.gait", "--strides", "6", "-o", tmp_path / "new.mot")
    made = read(tmp_path / "new.mot").angles
    assert np.isfinite(made["knee_angle_l"]).all()
    assert made.duration > 5


def test_generated_strides_are_the_same_under_a_seed(walk):
    me = personalize([walk.select("angles")], speed_m_s=1.2, strides=2)
    a, b, c = (generate(me, 3, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.cycles["left"], b.cycles["left"])
    assert np.abs(a.cycles["left"] - c.cycles["left"]).max() > 0.1
    with pytest.raises(GaitsmithError, match="so many"):
        generate(me, 0, seed=0)


def test_repair_writes_the_whole_recording_and_a_table(walk, tmp_path):
    s = walk["angles"]
    data = s.data.copy()
    data[250:280, s.index("knee_angle_r")] = np.nan
    walk.select("angles").with_stream(s.replace(data=data), "angles").save(tmp_path / "broken.gait")
    said = run("repair", tmp_path / "broken.gait", "-o", tmp_path / "whole.gait").output
    assert "1 gaps filled and marked" in said
    fixed = Recording.load(tmp_path / "whole.gait")["angles"]
    assert fixed.filled[250:280, s.index("knee_angle_r")].all()
    away = fixed["knee_angle_r"][250:280] - s["knee_angle_r"][250:280]
    assert np.sqrt(np.mean(away**2)) < 3
    with (tmp_path / "whole_filled.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert rows[0]["label"] == "knee_angle_r"
    assert float(rows[0]["half_width_90"]) > 0


def test_mistakes_are_named(walk, tmp_path):
    walk.select("forces").save(tmp_path / "forces.gait")
    with pytest.raises(MissingInputError, match="no sensor on a shank"):
        run("personalize", tmp_path / "forces.gait", "-o", tmp_path / "me.gait")
    with pytest.raises(GaitsmithError, match="kind of strides"):
        run("personalize", tmp_path / "forces.gait", "-o", tmp_path / "me.gait", "--kind", "arms")
    with pytest.raises(GaitsmithError, match="not a stretch"):
        run("repair", tmp_path / "forces.gait", "-o", tmp_path / "x.gait", "--bad", "soon")


def shank(side="r", sign=-1.0):
    t = np.arange(600) / 60
    swing = 250 * np.maximum(np.sin(2 * np.pi * t), 0) ** 3 - 40
    data = np.zeros((600, 1, 6))
    data[:, 0, 0] = -9.8 + np.sin(2 * np.pi * t)
    data[:, 0, 1] = 0.5 * np.cos(2 * np.pi * t)
    data[:, 0, 4] = sign * swing
    data[:, 0, 5] = 20 * np.sin(4 * np.pi * t)
    return Recording(streams={"imu": Stream("imu", data, (f"shank_{side}",), rate=60.0, attrs={"lateral_axis": 1})}, name="w")  # fmt: skip


def test_cycles_go_from_mid_swing_to_mid_swing():
    cycles = shank_cycles(shank())
    assert len(cycles) == 9
    np.testing.assert_allclose(cycles.duration, 1.0)
    assert (cycles.data[:, 0, 4] < -190).all()
    assert (cycles.data[:, -1, 4] < -190).all()
    assert cycles.data[:, :, 3:].min() >= -250


def test_left_cycles_are_written_as_right_ones():
    right, left = shank_cycles(shank("r")), shank_cycles(shank("l"))
    signs = np.array([1, -1, 1, -1, 1, -1])
    np.testing.assert_allclose(left.data, right.data * signs)


def test_no_walking_no_cycles():
    still = shank()
    s = still["imu"]
    with pytest.raises(MissingInputError, match="no walking cycle"):
        shank_cycles(still.with_stream(s.replace(data=np.zeros(s.data.shape)), "imu"))
    assert len(swing_peaks(np.zeros(30), 60.0)) == 0


def test_shank_counts_are_those_of_the_data_readme(shared):
    """Right and left cycles of 0.6-1.6 s as the README of hugadb counts them."""
    from gaitsmith.studies.fewshot_cycles import counts, hugadb

    found = counts(hugadb(shared))
    asked = {"01": (128, 128), "03": (64, 64), "04": (126, 127), "05": (70, 69), "06": (129, 129),
             "10": (80, 80), "12": (106, 106), "14": (160, 161), "15": (73, 74), "17": (114, 114)}  # fmt: skip
    got = {p.rpartition("/")[2]: (c["cycles"]["right"], c["cycles"]["left"]) for p, c in found.items()}  # fmt: skip
    assert got == asked
