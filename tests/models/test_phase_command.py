"""``gaitsmith phase`` on a file, the report's chapter, and the study's commands as far as they are cheap."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from gaitsmith.chapters.base import Context
from gaitsmith.chapters.phase import chapter
from gaitsmith.cli.app import app
from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.events import foot_imu
from tests.models.test_phase import feet, recording

ran = CliRunner()


@pytest.fixture
def trial(tmp_path):
    _, x, _ = feet(12.0, rate=100.0)
    file = tmp_path / "trial.csv"
    head = "time,foot_r_acc_x,foot_r_acc_y,foot_r_acc_z,foot_r_gyr_x,foot_r_gyr_y,foot_r_gyr_z"
    data = np.column_stack([np.arange(len(x)) / 100.0, x])
    np.savetxt(file, data, delimiter=",", header=head, comments="", fmt="%.5f")
    return file


def test_a_file_becomes_a_folder(trial, tmp_path):
    got = ran.invoke(app, ["phase", str(trial), "-o", str(tmp_path / "out")])
    assert got.exit_code == 0, got.output
    out = tmp_path / "out"
    assert {p.name for p in out.iterdir()} == {"phase_foot_r.csv", "events.csv", "phase.json", "phase.png"}  # fmt: skip
    facts = json.loads((out / "phase.json").read_text())
    assert facts["model"] == "phase-foot"
    assert "standing" in facts["feet"]["right"]["frame"]
    rows = (out / "phase_foot_r.csv").read_text().splitlines()
    assert rows[0] == "time_s,percent,stance,walking,confidence"
    assert len(rows) == 1201
    assert "strides of" in got.output
    again = ran.invoke(app, ["phase", str(trial), "-o", str(out)])
    assert again.exit_code != 0


def test_a_bad_mounting_is_refused(trial, tmp_path):
    got = ran.invoke(app, ["phase", str(trial), "--mounting", "up", "-o", str(tmp_path / "o")])
    assert isinstance(got.exception, GaitsmithError)
    assert "not a mounting" in str(got.exception)
    said = ["--mounting", "foot_r: forward=+x, up=+y", "--mounting", "forward=+x, up=+y"]
    got = ran.invoke(app, ["phase", str(trial), *said, "-o", str(tmp_path / "o")])
    assert "which sensor" in str(got.exception)


def test_an_unknown_part_or_set_is_refused(tmp_path):
    got = ran.invoke(app, ["benchmark", "phase", "--part", "model", "--data", str(tmp_path)])
    assert "did you mean 'models'" in str(got.exception)
    got = ran.invoke(app, ["evaluate", "phase", "--set", "truong", "--data", str(tmp_path)])
    assert "truong2019" in str(got.exception) + got.output
    got = ran.invoke(app, ["evaluate", "phase", "--data", str(tmp_path)])
    assert "none of the labelled sets" in str(got.exception)


class TestChapter:
    def test_phase_events_and_shares_against_the_detector(self):
        _, x, _ = feet(14.0)
        rec = recording(x)
        found = foot_imu.detect(rec)
        section = chapter(Context(rec.with_events(found), others={"foot_imu": found}))
        assert section is not None
        assert [t.key for t in section.tables] == ["phase_shares", "phase_agreement"]
        methods = {row[0] for row in section.tables[0].rows}
        assert methods == {"phase-foot", "foot_imu"}
        assert [f.key for f in section.figures] == ["phase"]
        assert len(section.figures[0].panels) == 2

    def test_without_a_foot_sensor_there_is_no_chapter(self):
        _, x, _ = feet(6.0)
        assert chapter(Context(recording(x, label="lower_back"))) is None

    def test_what_is_missing_is_said(self):
        _, x, _ = feet(8.0, stand=1.0)
        section = chapter(Context(recording(x)))
        assert section is not None
        assert not section.figures
        assert "not known" in section.missing[0]
