"""``gaitsmith solve`` as a person uses it."""

import numpy as np
import pytest

import gaitsmith
from gaitsmith.body import coordinate_values, place
from gaitsmith.cli import main
from gaitsmith.recording import Recording, Stream

from ..body.test_dress import skin
from ..body.test_solve import walking


def run(*arguments):
    """The exit code."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return stop.value.code


@pytest.fixture
def walk(tmp_path):
    columns, points = walking(skin())
    path = tmp_path / "walk.trc"
    Recording(streams={"points": points}).write(path)
    return path, columns, points


@pytest.fixture
def standing(tmp_path):
    body = skin()
    still = {c.name: np.zeros(40) for c in body.coordinates}
    still["pelvis_ty"] = np.full(40, 0.97)
    data = place(body, coordinate_values(body, still)[0]).spots(body.markers.values())
    path = tmp_path / "static.trc"
    Recording(streams={"points": Stream("points", data, tuple(body.markers), rate=100.0)}).write(
        path
    )
    return path


def test_markers_to_mot(walk, tmp_path, capsys):
    path, columns, _ = walk
    target = tmp_path / "walk.mot"
    assert run("solve", path, "-o", target, "--height", "1.72") == 0
    shown = capsys.readouterr()
    assert "RKNE" in shown.out
    assert "median distance" in shown.out
    assert "Plug-in Gait" in shown.err
    angles = gaitsmith.read(target).angles
    for name in ("hip_flexion_r", "knee_angle_l", "ankle_angle_r"):
        assert np.std(angles[name] - columns[name][: len(angles)]) < 1.5
    before = target.read_bytes()
    assert run("solve", path, "-o", target) == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_bytes() == before
    assert run("solve", path, "-o", target, "--force") == 0


def test_standing_trial_and_offsets(walk, standing, tmp_path, capsys):
    path, columns, _ = walk
    plain, counted = tmp_path / "a.mot", tmp_path / "b.csv"
    assert run("solve", path, "--static", standing, "-o", plain) == 0
    assert (
        run("solve", path, "--static", standing, "--from-standing", "--smooth", "0", "-o", counted)
        == 0
    )
    knee = gaitsmith.read(counted).angles["knee_angle_r"]
    assert abs(np.mean(knee - columns["knee_angle_r"][: len(knee)])) < 2.5
    assert run("solve", path, "--from-standing", "-o", tmp_path / "c.mot") == 2
    assert "--static" in capsys.readouterr().err


def test_ones_own_mapping(walk, tmp_path, capsys):
    _, _, points = walk
    path = tmp_path / "odd.trc"
    odd = points.rename(lambda x: f"q{x}")
    Recording(streams={"points": odd}).write(path)
    assert run("solve", path, "-o", tmp_path / "x.mot") == 2
    assert "cannot be told" in capsys.readouterr().err
    mapping = tmp_path / "mine.toml"
    mapping.write_text(
        'sides = ["R", "L"]\n[landmarks]\nasis = "q*ASI"\npsis = "q*PSI"\nknee = "q*KNE"\nankle = "q*ANK"\n'
        'heel = "q*HEE"\ntoe = "q*TOE"\n[segments]\n"q*THI" = "femur"\n"q*TIB" = "tibia"\n'
    )
    assert run("solve", path, "--mapping", mapping, "-o", tmp_path / "x.mot") == 0
    assert "mapping 'mine'" in capsys.readouterr().err
    assert run("solve", path, "--mapping", "wbds", "-o", tmp_path / "y.mot") == 2
    assert "labels are missing" in capsys.readouterr().err
    assert run("solve", path, "--mapping", "nothing.toml", "-o", tmp_path / "y.mot") == 2
    assert not (tmp_path / "y.mot").exists()


def test_refusals(walk, tmp_path, capsys):
    path, _, _ = walk
    angles = tmp_path / "angles.mot"
    assert run("solve", path, "-o", angles) == 0
    for wrong in (
        ("solve", angles, "-o", tmp_path / "z.mot"),
        ("solve", "nothing.trc", "-o", tmp_path / "z.mot"),
        ("solve", path, "-o", tmp_path / "z.mot", "--smooth", "-3"),
        ("solve", path, "-o", tmp_path / "z.mot", "--osim", "nothing.osim"),
        ("solve", path, "-o", tmp_path / "z.mot", "--mass", "70000"),
        ("solve", path),
    ):
        capsys.readouterr()
        assert run(*wrong) == 2
        assert "Traceback" not in capsys.readouterr().err
        assert not (tmp_path / "z.mot").exists()


def test_markers_that_leave_the_view_cut_the_file(walk, tmp_path, capsys):
    _, _, points = walk
    data = points.data.copy()
    data[:20] = np.nan
    data[:, [points.index(x) for x in ("LHEE", "LTOE")]] = np.nan
    path = tmp_path / "gone.trc"
    Recording(streams={"points": points.replace(data=data)}).write(path)
    target = tmp_path / "gone.mot"
    assert run("solve", path, "-o", target) == 0
    shown = capsys.readouterr().err
    assert "ankle_angle_l, mtp_angle_l" in shown
    angles = gaitsmith.read(target).angles
    assert np.isfinite(angles.data).all()
    assert len(angles) == len(points) - 20


@pytest.mark.shared
def test_a_model_of_ones_own(shared, tmp_path, capsys):
    folder = shared / "opensim" / "gait2392"
    target = tmp_path / "g.mot"
    code = run(
        "solve",
        folder / "subject01_walk1.trc",
        "--osim",
        folder / "subject01_simbody.osim.gz",
        "-o",
        target,
    )
    assert code == 0
    assert "R.Heel" in capsys.readouterr().out
    header = next(x for x in target.read_text().splitlines() if x.startswith("time"))
    assert "subtalar_angle_r" in header
    published = gaitsmith.read(folder / "subject01_walk1_ik.mot").angles
    ours = gaitsmith.read(target).angles
    inside = (published.times >= ours.start) & (published.times <= ours.end)
    mine = np.interp(published.times[inside], ours.times, ours["knee_angle_r"])
    assert np.sqrt(np.mean((mine - published["knee_angle_r"][inside]) ** 2)) < 2.5
