"""Files from outside: names, sizes, many at once; and what they hold."""

import concurrent.futures
import io
import os
import socket
import zipfile
from urllib.parse import quote

import httpx
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.chapters import ESTIMATING
from gaitsmith.errors import GaitsmithError
from gaitsmith.virtual import average_person, walker
from gaitsmith.web.limits import Limits
from gaitsmith.web.names import accepted, safe_name
from tests.web.servers import OURS, draft_with, finished, server

SMALL = Limits(file_mb=2.0, files=5, drafts=60, seconds=60.0, memory_mb=1500.0)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    with server(folder, limits=SMALL) as (address, client):
        yield folder, address, client


@given(st.text(max_size=80), st.sampled_from([".mot", ".csv", ".C3D", ".zip", ".exe", ""]))
def test_names_are_plain_or_refused(name, suffix):
    try:
        safe = safe_name(name + suffix)
    except GaitsmithError:
        return
    assert "/" not in safe
    assert "\\" not in safe
    assert not safe.startswith(".")
    assert "\0" not in safe
    assert len(safe) <= 121
    assert len(safe.encode()) <= 210
    assert any(safe.lower().endswith(s) for s in accepted())


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "x.sh", ".mot", "con.csv", "a.html", "a.svg", "  "])  # fmt: skip
def test_bad_names_are_refused(name):
    with pytest.raises(GaitsmithError):
        safe_name(name)


@pytest.mark.parametrize("name", ["..%2f..%2fevil.csv", "%2e%2e%5cevil.csv", "a%00b.csv", "C%3a%5cevil.csv"])  # fmt: skip
def test_paths_in_names_stay_in_the_draft(running, name):
    folder, _, client = running
    made = client.post("/api/drafts").json()["id"]
    before = {p for p in folder.rglob("*") if p.is_file()}
    answer = client.put(f"/api/drafts/{made}/files/{name}", content=b"x")
    new = {p for p in folder.rglob("*") if p.is_file()} - before
    assert all(p.parent == folder / "drafts" / made for p in new)
    assert answer.status_code in (201, 404, 422)


@pytest.mark.parametrize("id_", ["..", "0123456789abcdeg", "%2e%2e", "../../x", "0" * 17])
def test_ids_are_ids(running, id_):
    _, _, client = running
    assert client.get(f"/api/analyses/{id_}").status_code in (404, 422)
    assert client.put(f"/api/drafts/{id_}/files/a.csv", content=b"x").status_code in (403, 404, 405, 413, 422)  # fmt: skip


def test_too_large_is_refused_early_and_late_and_leaves_nothing(running):
    folder, address, client = running
    made = client.post("/api/drafts").json()["id"]
    # 2 GB said: refused before a byte of it is taken.
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(
            f"PUT /api/drafts/{made}/files/big.csv HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"x-gaitsmith: 1\r\nContent-Length: {2 << 30}\r\n\r\n".encode()
        )
        assert b" 413 " in raw.recv(200)

    def endless():
        for _ in range(4000):
            yield b"x" * 1000

    memory = psutil.Process().memory_info().rss
    answer = client.put(f"/api/drafts/{made}/files/big.csv", content=endless())
    assert answer.status_code == 413
    assert psutil.Process().memory_info().rss - memory < 50e6
    assert list((folder / "drafts" / made).iterdir()) == []
    assert httpx.get(f"{address}/api/about").status_code == 200


def test_multipart_is_not_a_file_format(running):
    _, address, client = running
    made = client.post("/api/drafts").json()["id"]
    for body in (
        b"--x\r\nbroken",
        b"--x\r\nContent-Disposition: form-data; name=../a\r\n\r\n--x--",
    ):
        answer = httpx.post(
            f"{address}/api/drafts/{made}/preview", content=body,
            headers={**OURS, "content-type": "multipart/form-data; boundary=x"},
        )  # fmt: skip
        assert answer.status_code == 422


def test_fifty_uploads_at_once(running):
    _, address, client = running
    made = [client.post("/api/drafts").json()["id"] for _ in range(10)]

    def send(k):
        with httpx.Client(headers=OURS, timeout=60) as own:
            url = f"{address}/api/drafts/{made[k % 10]}/files/f{k // 10}.csv"
            return own.put(url, content=os.urandom(100_000)).status_code

    with concurrent.futures.ThreadPoolExecutor(50) as many:
        assert set(many.map(send, range(50))) == {201}
    for draft in made:
        client.put(f"/api/drafts/{draft}/files/one_more.csv", content=b"x")
    assert client.put(f"/api/drafts/{made[0]}/files/sixth.csv", content=b"x").status_code == 422


def test_drafts_are_bounded_and_never_shut_the_page(tmp_path):
    with server(tmp_path, limits=Limits(drafts=2)) as (_, client):
        answers = [client.post("/api/drafts") for _ in range(6)]
        last = answers[-1].json()["id"]
        assert client.put(f"/api/drafts/{last}/files/x.csv", content=b"x").status_code == 201
        assert client.delete(f"/api/drafts/{last}").status_code == 200
        assert client.delete(f"/api/drafts/{last}").status_code == 404
    assert {a.status_code for a in answers} == {201}
    assert len(list((tmp_path / "drafts").iterdir())) <= 1


def test_long_names_are_cut_and_kept_apart(running):
    _, _, client = running
    made = client.post("/api/drafts").json()["id"]
    names = ["歩" * 150 + f"{k}.csv" for k in range(2)] + ["x" * 300 + ".csv"]
    for name in names:
        answer = client.put(f"/api/drafts/{made}/files/{quote(name)}", content=b"x")
        assert answer.status_code == 201, answer.text
    assert len(answer.json()["files"]) == 3


WALK = "time,hip,knee\n" + "".join(f"{k / 100:.2f},{k % 100 / 5},{k % 100 / 2}\n" for k in range(500))  # fmt: skip


def test_columns_nobody_knows_are_named_on_the_page(running):
    _, _, client = running
    made = draft_with(client, x__csv=WALK.replace("hip", "q1").replace("knee", "q2").encode())
    refused = client.post(f"/api/drafts/{made}/preview", json={"files": ["x.csv"]})
    assert refused.status_code == 422
    about = refused.json()
    assert {c["name"] for c in about["columns"] if not c["is"]} == {"q1", "q2"}
    assert "“What each column is”" in about["detail"]
    assert "columns=" not in about["detail"]
    hints = {"columns": {"q1": "hip_flexion_r", "q2": "knee_angle_r"}}
    seen = client.post(f"/api/drafts/{made}/preview", json={"files": ["x.csv"], "hints": hints})
    assert seen.status_code == 200, seen.text
    assert [c["label"] for c in seen.json()["streams"][0]["channels"]] == ["hip_flexion_r", "knee_angle_r"]  # fmt: skip
    low = {r["label"]: r["low"] for r in seen.json()["streams"][0]["channels"]}
    turned = {**hints, "signs": {"q2": -1}}
    other = client.post(f"/api/drafts/{made}/preview", json={"files": ["x.csv"], "hints": turned})
    rows = {r["label"]: r for r in other.json()["streams"][0]["channels"]}
    assert rows["knee_angle_r"]["high"] == -low["knee_angle_r"]
    assert rows["hip_flexion_r"]["low"] == low["hip_flexion_r"]
    for signs, words in (
        ({"q3": -1}, "“Sign of each column”: no column has this name"),
        ({"q2": 0}, "hints signs q2"),
    ):
        bad = client.post(
            f"/api/drafts/{made}/preview",
            json={"files": ["x.csv"], "hints": {**hints, "signs": signs}},
        )
        assert bad.status_code == 422
        said = bad.json()["detail"]
        assert words in (
            said if isinstance(said, str) else " ".join(str(x) for x in said[0]["loc"])
        )
    wrong = client.post(f"/api/drafts/{made}/preview", json={"files": ["x.csv"], "hints": hints, "format": "c3d"})  # fmt: skip
    assert wrong.status_code == 422


def test_the_files_of_an_archive_are_offered_and_read_together(running, tmp_path):
    _, _, client = running
    walk = walker(average_person("female"), 1.2, seconds=3.0)
    walk.select("angles").write(tmp_path / "walk_ik.mot")
    walk.select("forces").write(tmp_path / "walk_grf.mot")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        for name in ("walk_ik.mot", "walk_grf.mot"):
            z.write(tmp_path / name, f"trial 1/{name}")
        z.writestr("readme.txt", "words")
    made = draft_with(client, two__zip=packed.getvalue())
    inside = client.get(f"/api/drafts/{made}/files/two.zip/members").json()["members"]
    assert set(inside) == {"trial 1/walk_ik.mot", "trial 1/walk_grf.mot", "readme.txt"}
    alone = client.post(f"/api/drafts/{made}/preview", json={"files": ["two.zip"]})
    assert "among the files of the archive" in alone.json()["detail"]
    both = [f"two.zip!{m}" for m in inside if m.endswith(".mot")]
    seen = client.post(f"/api/drafts/{made}/preview", json={"files": both})
    assert seen.status_code == 200, seen.text
    assert {s["kind"] for s in seen.json()["streams"]} == {"angles", "forces"}
    for name in ("two.zip!../../x.mot", "two.zip!/etc/passwd", "two.zip!", "no.zip!x.mot", "two.zip!no.mot"):  # fmt: skip
        answer = client.post(f"/api/drafts/{made}/preview", json={"files": [name]})
        assert answer.status_code == 422
        assert "root:" not in answer.text
    form = {"files": both, "title": "\u202epacked\u0007", "without": list(ESTIMATING)}
    id_ = client.post(f"/api/drafts/{made}/analyse", json=form).json()["id"]
    row = finished(client, id_)
    assert row["status"] == "done", row["reason"]
    assert row["title"] == "packed"
    assert "<h1>packed</h1>" in client.get(f"/api/analyses/{id_}/report").text


def test_zip_bombs_and_traversal_in_archives_end_in_words(running):
    folder, _, client = running
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.csv", b"0" * 200_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("../../../escaped.csv", "time,x\n0,1\n")
    for data in (bomb.getvalue(), out.getvalue(), b"PK\x05\x06" + bytes(18)):
        made = draft_with(client, x__zip=data)
        answer = client.post(f"/api/drafts/{made}/preview", json={"files": ["x.zip"]})
        assert answer.status_code == 422
        assert "Traceback" not in answer.text
    assert not list(folder.parent.rglob("escaped.csv"))


def test_scripts_in_a_file_are_words_on_the_report(running, tmp_path):
    _, _, client = running
    evil = "<script>alert(1)</script>"
    walk = walker(average_person("female"), 1.2, seconds=4.0)
    walk = walk.replace(name=evil).with_subject("file", id=evil).with_note("warning", evil, evil)
    walk.write(tmp_path / "walk.gait")
    made = draft_with(client, walk__gait=(tmp_path / "walk.gait").read_bytes())
    seen = client.post(f"/api/drafts/{made}/preview", json={"files": ["walk.gait"]}).json()
    assert seen["name"] == evil
    assert "<script" not in seen["svg"]
    form = {"files": ["walk.gait"], "title": evil}
    id_ = client.post(f"/api/drafts/{made}/analyse", json=form).json()["id"]
    row = finished(client, id_)
    assert row["status"] == "done", row["reason"]
    report = client.get(f"/api/analyses/{id_}/report")
    assert evil not in report.text
    assert report.headers["content-security-policy"].startswith("sandbox")
    names = [f["name"] for f in client.get(f"/api/analyses/{id_}/files").json()]
    assert {"report.html", "analysis.json", "everything.zip"} <= set(names)
    got = client.get(f"/api/analyses/{id_}/files/analysis.json")
    assert got.headers["content-disposition"].startswith("attachment")
    for name in ("../input/walk.gait", "..%2finput%2fwalk.gait", "/etc/passwd", "%2fetc%2fpasswd", "../../../shelf.sqlite"):  # fmt: skip
        assert client.get(f"/api/analyses/{id_}/files/{name}").status_code in (404, 422)
