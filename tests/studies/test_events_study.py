"""The study of events: its figures on real recordings, and its command."""

import json

import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.events import agreement
from gaitsmith.studies import events as study
from gaitsmith.studies import walks
from tests.gait.walkers import Walker

OWN = ("plates", "filtered", "kinematic", "hip", "speed", "belt")


@pytest.fixture(scope="module")
def result(shared):
    return study.run(shared, OWN)


@pytest.mark.shared
def test_plates_against_the_files_own_events(result):
    part = result["plates"]
    assert len(part["rows"]) >= 12
    summary = part["summary"][0]
    assert summary["events on plates"] >= 120
    assert summary["found"] == summary["events on plates"]
    assert summary["left out"] == 0
    assert summary["within 2 frames"] == summary["found"]
    assert summary["worst frames"] <= 2


@pytest.mark.shared
def test_kinematic_events_against_plates_of_every_set(result):
    by_set = {r["set"]: r for r in result["kinematic"]["summary"]}
    asked = ("mcgill_children Straight", "moco_walking", "gait2392", "qualisys_walk_events",
             "vicon_pig_lower_walk_events", "vicon_nexus_pig_walk3_events")  # fmt: skip
    drawn = ("moco_walking, drawn", "gait2392, drawn", "rajagopal_walking, drawn")
    others = ("rajagopal_walking", "b3d", "mcgill_children Turn", "hamner_running")
    for name in (*asked, *drawn, *others):
        row = by_set[name]
        assert row["strike median ms"] <= 15 and row["off median ms"] <= 20
        assert row["strike missed"] == row["off missed"] == 0
    assert by_set["mcgill_children Straight"]["strikes"] >= 15
    assert abs(by_set["all"]["strike bias ms"]) < 8


@pytest.mark.shared
def test_what_a_low_pass_of_forces_moves_is_taken_off(result):
    rows = {r["cutoff Hz"]: r for r in result["filtered"]["rows"]}
    assert rows[6.0]["strikes"] >= 20
    assert rows[6.0]["strike plain bias ms"] < -18
    for row in rows.values():
        assert abs(row["strike taken off bias ms"]) <= 2 and abs(row["off taken off bias ms"]) <= 5


@pytest.mark.shared
def test_angle_events_against_plates(result):
    by_set = {r["set"]: r for r in result["hip"]["summary"]}
    assert by_set["all"]["strike median ms"] < 15 and by_set["all"]["off median ms"] < 15
    assert all(r["strike median ms"] <= 30 for r in by_set.values())
    # A hip that gives way as it takes the load is no second extension.
    assert by_set["b3d"]["strikes"] == 2 and by_set["b3d"]["strike missed"] == 0


@pytest.mark.shared
def test_speeds(result):
    rows = {(r["set"], r["file"]): r for r in result["speed"]["rows"]}
    for (name, _), row in rows.items():
        # Points drawn from angles: their feet are less still than those of markers.
        known_worse = name in ("gaitdynamics angles", "hamner angles")
        assert abs(row["difference m/s"]) <= (0.13 if known_worse else 0.03)
    modes = {name: r["ground"] for (name, _), r in rows.items()}
    assert modes["gait2392"] == modes["wbds01"] == modes["hamner_running"] == "treadmill"
    assert modes["moco_walking"] == modes["mcgill_children Straight"] == "overground"
    back = next(r for (_, file), r in rows.items() if file == "HC036A10")
    assert back["direction x, z"].endswith("+1.00")  # this child walks the other way


@pytest.mark.shared
def test_sets_for_measuring_only_are_marked(result):
    marks = {r["file"]: r["write down"] for r in result["plates"]["rows"]}
    assert marks["qualisys_walk_events"] == "no" and marks["HC031A06"] == "yes"
    assert "not to be copied into documents" in study.format(result)


@pytest.mark.shared
def test_the_text_has_every_row(result):
    text = study.format(result)
    for part in result.values():
        assert part["title"] in text and part["asked"] in text
        for row in part["rows"]:
            assert str(row.get("file", row.get("cutoff Hz"))) in text


@pytest.mark.shared
def test_the_command_prints_and_writes(shared, tmp_path, capsys):
    out = tmp_path / "figures.json"
    assert study.main(["--data", str(shared), "--only", "speed", "--json", str(out)]) == 0
    assert "treadmill" in capsys.readouterr().out
    assert json.loads(out.read_text())["speed"]["rows"]


def test_an_absent_folder_and_an_unknown_part_are_refused(tmp_path, capsys):
    assert study.main(["--data", str(tmp_path / "none")]) == 2
    assert "absent" in capsys.readouterr().err
    with pytest.raises(GaitsmithError, match="did you mean 'plates'"):
        study.run(tmp_path, ["plate"])


def test_an_empty_folder_gives_empty_parts(tmp_path):
    result = study.run(tmp_path, OWN)
    assert all(part["rows"] == [] for part in result.values())
    assert "none of its recordings" in study.format(result)
    assert walks.with_plates(tmp_path) == []


def test_a_row_of_an_agreement():
    walker = Walker()
    true = walker.events()
    row = study.agreement_row(agreement(true.shifted(0.004), true))
    assert row["strikes"] == len(true.where(kind="strike")) and row["strike missed"] == 0
    assert row["strike bias ms"] == row["off median ms"] == 4.0


@pytest.mark.shared
def test_the_page_has_no_row_that_may_only_be_printed(result, tmp_path):
    from gaitsmith.studies.events_page import write

    private = {r["file"] for p in result.values() for r in p["rows"] if r.get("write down") == "no"}
    write(tmp_path, result)
    text = (tmp_path / "events.md").read_text() + (tmp_path / "events.json").read_text()
    assert len(private) >= 4 and not any(name in text for name in private)
    assert "moco_walking, drawn" in text and "43 of 67" in text and "| all |" not in text
    assert json.loads((tmp_path / "events.json").read_text())["parts"]["belt"]["rows"]


def test_the_printed_tables_say_what_is_known_to_be_missed():
    part = {"title": "Belt", "asked": "0.03 m/s", "words": [], "summary": []}
    row = {"set": "a", "recording": "b", "within 0.03": False}
    text = study.format({"speed": {**part, "rows": [row]}})
    assert "five of seven treadmill recordings" in text and "WBDS01's events" in text
    assert "**" not in text
    assert "five of seven" not in study.format({"hip": {**part, "rows": [row]}})
