"""The page of the study of the body: what the study returned, without what may only be printed."""

import json

import pytest

from gaitsmith.cli import main
from gaitsmith.errors import GaitsmithError
from gaitsmith.studies import body as study
from gaitsmith.studies.body_page import write
from gaitsmith.studies.body_walker import _still


def part(title, rows, summary=(), words=()):
    return {"title": title, "asked": "so much", "rows": rows, "summary": list(summary),
            "words": list(words)}  # fmt: skip


RESULT = {
    "moments": part("Moments", [{"set": "one", "knee N·m": 1.25, "within": True}],
                    [{"worst N·m": 1.25}], ["Words of it."]),
    "laboratories": part("Laboratories", [
        {"file": "open", "hip rms": 0.11, "write down": "yes"},
        {"file": "secret", "hip rms": 0.77, "write down": "no"},
    ], [{"moment": "hip", "median rms": 0.11, "write down": "yes"}, {"moment": "all", "median rms": 0.44}]),
    "osim": part("OpenSim", [], words=["The package opensim is not installed."]),
    "ik": {"ik_own": part("Angles", [{"set": "two", "knee": "0.7 2.6", "median mm": 13.2}])},
}  # fmt: skip


def test_the_page_holds_what_the_study_returned(tmp_path):
    text = write(tmp_path, RESULT).read_text("utf-8")
    assert "## Moments\n\nAsked: so much." in text and "| one | 1.25 | yes |" in text
    assert "| two | 0.7 2.6 | 13.2 |" in text and "Words of it." in text
    assert "Not measured here.\n\nThe package opensim" in text
    held = json.loads((tmp_path / "body.json").read_text("utf-8"))
    assert held["commit"] in text
    assert list(held["parts"]) == ["moments", "laboratories", "osim", "ik_own"]
    assert held["parts"]["moments"]["rows"] == RESULT["moments"]["rows"]
    assert held["parts"]["ik_own"]["rows"] == RESULT["ik"]["ik_own"]["rows"]


def test_what_may_only_be_printed_is_printed_and_not_written(tmp_path):
    write(tmp_path, RESULT)
    assert "secret" in study.format(RESULT)
    for name in ("body.md", "body.json"):
        text = (tmp_path / name).read_text("utf-8")
        assert "open" in text and "0.11" in text
        assert not any(word in text for word in ("secret", "0.77", "0.44", "write down"))


def test_a_page_is_not_overwritten_without_being_told(tmp_path):
    write(tmp_path, RESULT)
    with pytest.raises(GaitsmithError):
        write(tmp_path, RESULT)
    write(tmp_path, RESULT, force=True)


def test_the_command_writes_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study, "run", lambda data, only: {"moments": RESULT["moments"]})
    with pytest.raises(SystemExit) as end:
        main(["benchmark", "body", "--only", "moments", "--page", str(tmp_path)])
    assert not end.value.code
    assert "Words of it." in capsys.readouterr().out
    assert "| one | 1.25 | yes |" in (tmp_path / "body.md").read_text("utf-8")


def test_a_standing_foot_is_measured_exactly():
    assert _still() == 0.0
