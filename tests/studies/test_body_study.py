"""The study of the body: its figures on real recordings, and its command."""

import json

import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.studies import body as study
from gaitsmith.studies import walks

FIVE = {"moco_walking", "gait2392", "rajagopal_walking", "hamner_running", "wbds01"}


@pytest.fixture(scope="module")
def result(shared):
    return study.run(shared, ("osim", "mujoco", "moments", "norms"))


@pytest.mark.shared
def test_opensims_own_program(result):
    rows = {r["set"]: r for r in result["osim"]["rows"]}
    if not rows:
        pytest.skip(result["osim"]["words"][0])
    assert set(rows) == FIVE
    for row in rows.values():
        assert row["positions mm"] < 2 * 1e-3  # asked: 2 mm
        assert row["mass differs kg"] < 1e-9
        assert row["net force %BW"] < 0.2  # asked: 1 %


@pytest.mark.shared
def test_mujoco(result):
    rows = result["mujoco"]["rows"]
    if not rows:
        pytest.skip(result["mujoco"]["words"][0])
    for row in rows:
        assert float(row["positions m"]) < 1e-12
        assert float(row["ΣF - m(a - g) N"]) < 1e-6
        assert float(row["moments N·m"]) < (0.5 if row["said of the model"] else 1e-8)


@pytest.mark.shared
def test_moments_that_ship_with_the_sets(result):
    assert {r["set"] for r in result["moments"]["rows"]} == {"moco_walking", "gait2392"}
    assert result["moments"]["summary"][0]["worst N·m"] <= 3.0


@pytest.mark.shared
def test_moments_of_the_report_look_like_people(result):
    rows = [r for r in result["norms"]["rows"] if r["stances"]]
    assert len(rows) == 7
    slow = next(r for r in rows if r["set"] == "wbds01")  # slower than anyone in the tables
    assert slow["stances"] > 8 and slow["ankle r"] > 0.95 and slow["hip add r"] > 0.9
    for row in rows:
        if row is slow:
            continue
        assert row["ankle r"] > 0.85 and row["hip flex r"] > 0.8 and row["knee flex r"] > 0.7
        assert row["hip flex sd"] < 2.5 and row["knee flex sd"] < 3.0 and row["ankle sd"] < 3.0


@pytest.mark.shared
def test_moments_from_markers_against_laboratories(shared, monkeypatch):
    some = [w for w in walks.with_plates(shared) if w.name in ("HC044A15", "HC032A03")]
    monkeypatch.setattr(walks, "with_plates", lambda _: some)
    part = study.run(shared, ["laboratories"])["laboratories"]
    assert len(part["rows"]) == 2
    summary = {r["moment"]: r for r in part["summary"]}
    assert summary["ankle"]["median r"] > 0.98
    assert summary["hip flex"]["median r"] > 0.9 and summary["knee flex"]["median r"] > 0.88
    assert summary["knee add"]["median r"] > 0.9
    assert max(r["median rms"] for r in summary.values()) < 0.2


@pytest.mark.shared
def test_it_is_text_and_json(result):
    text = study.format(result)
    assert "asked: hip, knee and ankle flexion within 3 N·m RMS" in text
    assert "wbds01" in text
    assert json.loads(json.dumps(result))["osim"]["title"]


@pytest.mark.shared
def test_the_command(shared, capsys):
    assert study.main(["--data", str(shared), "--only", "moments"]) == 0
    assert "worst N·m" in capsys.readouterr().out


def test_refusals(tmp_path, capsys):
    with pytest.raises(GaitsmithError, match="absent"):
        study.run(tmp_path / "nowhere")
    with pytest.raises(GaitsmithError, match="osim"):
        study.run(tmp_path, ["osin"])
    assert study.main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "absent" in capsys.readouterr().err
    empty = study.run(tmp_path, ["moments", "norms", "laboratories"])
    assert all(not part["rows"] for part in empty.values())
    assert "none of its recordings" in study.format(empty)
