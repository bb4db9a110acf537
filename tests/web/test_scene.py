"""What the 3-D stage is given."""

import base64

import numpy as np
import pytest

from gaitsmith import analyze
from gaitsmith.chapters import ESTIMATING
from gaitsmith.recording import Recording, Stream
from gaitsmith.virtual import Fault, average_person, walker
from gaitsmith.web.forms import AnalyseForm
from gaitsmith.web.scene import apart, scene
from tests.web.servers import draft_with, finished, server


@pytest.fixture(scope="module")
def analysis():
    walk = walker(average_person("female"), 1.2, seconds=6.0, faults=(Fault("stiff_knee", "left", 0.8),))  # fmt: skip
    without = [name for name in ESTIMATING if name != "twin"]
    return analyze(walk.select("angles", "points", "forces"), without=without)


def unpacked(body):
    raw = np.frombuffer(base64.b64decode(body["points"]), "<i2").astype(float)
    raw[raw == -32768] = np.nan
    return raw.reshape(body["frames"], body["count"], 3) * body["step"]


def test_recorded_and_twin_stand_on_one_place(analysis):
    own, twin = apart(analysis["twin"].playbacks[0])
    assert own.labels == twin.labels
    assert own.edges == twin.edges
    assert set(twin.side) == {"estimated"}
    assert {"left", "right"} <= set(own.side)
    pelvis = own.labels.index("pelvis")
    assert np.abs(np.nanmedian((twin.points - own.points)[:, pelvis], axis=0)).max() < 0.05


def test_bodies_feet_and_sources(analysis):
    made = scene(analysis)
    assert [s["key"] for s in made["shows"]] == ["walk", "twin"]
    walk = made["shows"][0]["bodies"][0]
    assert walk["arrows"] == 2
    points = analysis.recording.points.select(walk["labels"])
    at = int(0.5 * walk["rate"])
    where = points.data[int(np.searchsorted(points.times, walk["start"] + at / walk["rate"]))]
    assert np.abs(unpacked(walk)[at] - where).max() < 0.02
    for side in ("left", "right"):
        assert made["feet"][side]["strike"] == sorted(made["feet"][side]["strike"])
        assert len(made["feet"][side]["strike"]) >= 4
    assert made["events_from"]


def test_a_foot_sensor_alone_has_its_phase_and_the_models():
    whole = walker(average_person("female"), 1.2, seconds=8.0).select("imu")
    part = whole.streams["imu"].select(["foot_l", "foot_r"])
    still = np.zeros((round(4 * part.rate), *part.data.shape[1:]))
    still[..., 1] = 9.81
    data = np.concatenate([still, part.data])
    feet = Recording(streams={"imu": Stream("imu", data, part.labels, rate=part.rate)})
    made = scene(analyze(feet, without=["twin", "speed", "fewshot", "estimated_forces"]))
    assert made["shows"] == []
    assert {m["side"] for m in made["model"]} == {"left", "right"}
    for track in made["model"]:
        strikes = np.array(made["feet"][track["side"]]["strike"])
        percent = np.array([np.nan if p is None else p for p in track["percent"]])
        middle = (strikes[2:-2] + strikes[3:-1]) / 2
        seen = [percent[np.searchsorted(track["time"], t)] for t in middle if t < track["time"][-1]]
        assert np.nanmedian(np.abs(np.array(seen) - 50)) < 10


def test_the_form_knows_every_estimate():
    form = AnalyseForm(files=["a.mot"], without=list(ESTIMATING))
    assert form.without == list(ESTIMATING)


def test_the_server_gives_the_scene_of_a_done_analysis_only(tmp_path):
    walk = tmp_path / "walk.gait"
    walker(average_person("female"), 1.2, seconds=4.0).select("angles").write(walk)
    with server(tmp_path / "web") as (_, client):
        draft = draft_with(client, walk__gait=walk.read_bytes())
        asked = {"files": ["walk.gait"], "without": list(ESTIMATING)}
        made = client.post(f"/api/drafts/{draft}/analyse", json=asked).json()["id"]
        assert client.get(f"/api/analyses/{made}/scene").status_code == 404
        row = finished(client, made)
        assert row["status"] == "done", row
        assert row["facts"]["can_change_speed"] is False
        shown = client.get(f"/api/analyses/{made}/scene").json()
        assert [s["key"] for s in shown["shows"]] == ["walk"]
        assert (
            client.get("/static/three.module.min.js")
            .headers["content-type"]
            .startswith("text/javascript")
        )
        assert "MIT" in client.get("/static/three.LICENSE").text
