"""``gaitsmith forces``, ``complete``, ``modify`` on files, and what OpenSim makes of the loads."""

import json

import numpy as np
import pytest

from gaitsmith.cli import main
from gaitsmith.recording import Recording
from gaitsmith.virtual.people import average_person
from gaitsmith.virtual.walk import walker


@pytest.fixture(scope="module")
def walk():
    return walker(average_person("male"), 1.3, 2.6, treadmill=True)


@pytest.fixture(scope="module")
def file(walk, tmp_path_factory):
    path = tmp_path_factory.mktemp("walk") / "walk.mot"
    Recording(streams={"angles": walk["angles"]}).write(path)
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as end:
        main(list(map(str, arguments)))
    return end.value.code or 0


def numbers(path):
    head, body = path.read_text().split("endheader\n")
    rows = body.strip().split("\n")
    assert len(rows) - 1 == int(head.split("nRows=")[1].split()[0])
    labels = rows[0].split("\t")
    assert len(set(labels)) == len(labels)
    return dict(zip(labels, np.array([r.split("\t") for r in rows[1:]], float).T, strict=True))


@pytest.fixture(scope="module")
def forces(file, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "forces"
    assert run("forces", file, "--mass", 70, "--belt-speed", 1.3, "--consistent", "-o", out) == 0
    return out


def test_forces_are_written_and_told(forces):
    names = {p.name for p in forces.iterdir()}
    assert names >= {
        "forces.mot",
        "forces.xml",
        "moments.sto",
        "forces.csv",
        "forces.json",
        "forces.png",
    }
    table = numbers(forces / "forces.mot")
    assert all(np.isfinite(v).all() for v in table.values())
    both = table["ground_force_r_vy"] + table["ground_force_l_vy"]
    assert both.mean() == pytest.approx(70 * 9.80665, rel=0.02)
    facts = json.loads((forces / "forces.json").read_text())
    assert facts["belt_m_s"] == 1.3
    assert facts["consistency_percent_bw"] < 1.0
    assert any("70.0 kg" in n for n in facts["notes"])


def test_opensim_takes_the_external_loads(forces):
    opensim = pytest.importorskip("opensim")
    opensim.Logger.setLevelString("Off")
    table = opensim.TimeSeriesTable(str(forces / "forces.mot"))
    loads = opensim.ExternalLoads(str(forces / "forces.xml"), True)
    assert loads.getSize() == 2
    assert loads.getDataFileName() == "forces.mot"
    labels = list(table.getColumnLabels())
    for i in range(2):
        one = loads.get(i)
        for stem in (one.get_force_identifier(), one.get_point_identifier()):
            assert {f"{stem}{a}" for a in "xyz"} <= set(labels)
        assert one.get_applied_to_body().startswith("calcn_")


def test_knees_are_completed_and_a_second_run_wants_force(walk, tmp_path, capsys):
    bare = walk["angles"].select([x for x in walk["angles"].labels if not x.startswith("knee")])
    Recording(streams={"angles": bare}).write(tmp_path / "bare.mot")
    out = tmp_path / "out"
    assert run("complete", tmp_path / "bare.mot", "--mass", 70, "-o", out) == 0
    assert "knee_angle_r: filled" in capsys.readouterr().out
    assert np.ptp(numbers(out / "motion.mot")["knee_angle_r"]) > 20
    assert (out / "forces.mot").is_file()
    assert run("complete", tmp_path / "bare.mot", "--mass", 70, "-o", out) != 0
    assert "--force" in capsys.readouterr().err


def test_more_sway_is_told_before_and_after_and_wrong_words_are_refused(file, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("modify", file, "--scale", "lumbar_bending=2", "--mass", 70, "-o", out) == 0
    said = capsys.readouterr().out
    assert "knee adduction" in said
    facts = json.loads((out / "modified.json").read_text())
    assert facts["changed"] == {"lumbar_bending": 2.0}
    assert run("modify", file, "--scale", "lumbar_bending=much", "-o", tmp_path / "b") != 0
    assert "not a factor" in capsys.readouterr().err
    assert run("modify", file, "--speed", 1.6, "-o", tmp_path / "c") != 0
    assert "train forces" in capsys.readouterr().err


def test_a_trained_model_fills_and_changes(walk, file, tmp_path, capsys):
    pytest.importorskip("torch")
    from tests.models.test_forces_network import untrained

    untrained().save_pretrained(tmp_path / "model")
    bare = walk["angles"].select([x for x in walk["angles"].labels if not x.startswith("knee")])
    Recording(streams={"angles": bare}).write(tmp_path / "bare.mot")
    out = tmp_path / "out"
    assert (
        run(
            "complete",
            tmp_path / "bare.mot",
            "--model",
            tmp_path / "model",
            "--belt-speed",
            1.3,
            "-o",
            out,
        )
        == 0
    )
    assert "drawn by the generative model" in capsys.readouterr().err
    assert "knee_angle_l" in numbers(out / "motion.mot")
    code = run(
        "modify",
        file,
        "--speed",
        1.6,
        "--belt-speed",
        1.3,
        "--model",
        tmp_path / "model",
        "-o",
        tmp_path / "b",
    )
    assert code == 0
    facts = json.loads((tmp_path / "b" / "modified.json").read_text())
    assert facts["speed_m_s"] == 1.6
    assert facts["after"]["draws"] == 8
    assert facts["after"]["vertical_peak_bw"]["sd"] > 0
    assert {"motion_before.mot", "motion_after.mot", "forces_after.csv"} <= {
        p.name for p in (tmp_path / "b").iterdir()
    }


def test_a_b3d_goes_in(shared, tmp_path, capsys):
    path = next(shared.glob("opensim/b3d/*.b3d"), None)
    if path is None:
        pytest.skip("no .b3d here")
    assert run("forces", path, "-o", tmp_path / "out") == 0
    assert "68.0 kg" in capsys.readouterr().out
    both = numbers(tmp_path / "out" / "forces.mot")
    assert max(both["ground_force_r_vy"].max(), both["ground_force_l_vy"].max()) == pytest.approx(
        1.17 * 68 * 9.81, rel=0.1
    )
