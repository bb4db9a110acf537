"""What a user tells of columns and units: obeyed and said, or refused by name; never silently lost."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.errors import GaitsmithError
from tests.formats.opensim_text import force_columns, mot, walk


@pytest.fixture
def motion(tmp_path):
    """A walk in degrees with forces, whose header says so, as a file."""
    t, columns = walk()
    path = tmp_path / "walk.mot"
    forces, _ = force_columns(len(t), lambda q, a: f"ground_force_r_{q}{a}")
    path.write_text(mot(t, columns | forces))
    return path


@pytest.fixture
def table(tmp_path):
    t, columns = walk()
    path = tmp_path / "walk.csv"
    names = [f"{c} [deg]" for c in columns]
    rows = [",".join(["t", *names])]
    rows += [",".join(f"{v:.5f}" for v in row) for row in np.column_stack([t, *columns.values()])]
    path.write_text("\n".join(rows))
    return path


def words(recording):
    return [n.words for n in recording.notes]


def test_a_misspelt_meaning_is_refused_with_the_nearest(motion, table):
    for file, column in ((motion, "hip_flexion_r"), (table, "hip_flexion_r [deg]")):
        with pytest.raises(GaitsmithError, match="not known here") as caught:
            gaitsmith.read(file, columns={column: "kne_angle_r"})
        assert column in str(caught.value)
        assert "did you mean 'knee_angle_r'?" in caught.value.remedy
        with pytest.raises(GaitsmithError, match="nonsense"):
            gaitsmith.read(file, columns={column: "nonsense"})


def test_a_column_left_out_is_listed_by_its_own_name(motion, table):
    for file, many in ((motion, ["hip_flexion_r", "hip_flexion_l"]), (table, ["hip_flexion_r [deg]", "hip_flexion_l [deg]"])):  # fmt: skip
        recording = gaitsmith.read(file, columns=dict.fromkeys(many, "-"))
        assert f"left out, as told: {', '.join(many)}" in words(recording)
        assert not any("not known" in w or "not read" in w or "repeat" in w for w in words(recording))  # fmt: skip
        assert "hip_flexion_r" not in recording.angles.labels
        assert "knee_angle_r" in recording.angles.labels
        assert recording.angles.rate == gaitsmith.read(file).angles.rate


def test_what_is_understood_already_may_be_said(motion, table):
    plain = gaitsmith.read(table)
    assert gaitsmith.read(table, columns={"t": "time"}).digest() == plain.digest()
    plain = gaitsmith.read(motion)
    for same in ({"time": "time"}, {"knee_angle_r": "knee_angle_r"}):
        assert gaitsmith.read(motion, columns=same).digest() == plain.digest()
    for file in (motion, table):
        with pytest.raises(GaitsmithError, match=r"no column has this name|no such column"):
            gaitsmith.read(file, columns={"knee": "knee_angle_r"})


def test_the_time_of_a_motion_stays_the_time(motion):
    for other in ("-", "knee_angle_r"):
        with pytest.raises(GaitsmithError, match="the first column is the time"):
            gaitsmith.read(motion, columns={"time": other})


def test_a_unit_told_against_the_header_is_obeyed_and_said(motion):
    text = motion.read_text()
    assert "inDegrees=yes" in text
    motion.write_text(text.replace("inDegrees=yes", "inDegrees=no"))
    made = gaitsmith.read(motion, units={"angle": "deg"})
    assert "taken as degrees, as told, although the header says radians" in words(made)
    motion.write_text(text)
    assert not any("as told" in w for w in words(gaitsmith.read(motion, units={"angle": "deg"})))
    looks = gaitsmith.read(motion, units={"angle": "rad"})
    assert any("looks like degrees" in n.words and n.level == "warning" for n in looks.notes)


def test_forces_follow_the_same_rule(motion):
    plain = gaitsmith.read(motion)
    made = gaitsmith.read(motion, units={"force": "kN"})
    assert "forces taken as kN, as told, although OpenSim's are N" in words(made)
    ratio = made.forces.data[..., 1].max() / plain.forces.data[..., 1].max()
    assert ratio == pytest.approx(1000.0)


def test_columns_with_a_unit_of_their_own_do_too(table):
    made = gaitsmith.read(table, units={"angle": "rad"})
    assert "angle taken as rad, as told, although the columns say deg" in words(made)
