"""Who may ask: other sites, other names of this host, and strangers may not."""

import httpx
import pytest

from tests.web.servers import OURS, server


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with server(tmp_path_factory.mktemp("web")) as both:
        yield both


def test_pages_carry_their_policy(running):
    _, client = running
    for path in ("/", "/analysis/0123456789abcdef", "/static/app.js", "/static/style.css"):
        answer = client.get(path)
        assert answer.status_code == 200
        head = answer.headers
        assert "script-src 'self'" in head["content-security-policy"]
        assert "frame-ancestors 'none'" in head["content-security-policy"]
        assert head["x-content-type-options"] == "nosniff"
        assert head["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in {k for k in head if "gaitsmith" in head[k]}


def test_nothing_on_a_page_comes_from_outside(running):
    _, client = running
    for path in ("/", "/analysis/0123456789abcdef", "/static/app.js", "/static/home.js",
                 "/static/analysis.js", "/static/app.css", "/static/style.css"):  # fmt: skip
        text = client.get(path).text
        assert "http://" not in text
        assert "https://" not in text
        assert 'src="//' not in text


def test_every_page_stands_in_the_one_frame(running):
    _, client = running
    for path, script in (
        ("/", "home"),
        ("/analysis/0123456789abcdef", "analysis"),
        ("/compare", "compare"),
    ):
        text = client.get(path).text
        assert text.count("<main ") == text.count("<h1") == text.count("<title>") == 1
        assert f'src="/static/{script}.js"' in text
        assert text.count("<script") == 1, "nothing inline: the policy would refuse it"
        assert "{%" not in text
        assert "{{" not in text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.nip.io", "localhost:1", "", "127.0.0.1"])  # fmt: skip
def test_dns_rebinding_is_refused(running, host):
    _, client = running
    for path in ("/", "/api/analyses", "/api/about"):
        assert client.get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {**OURS, "origin": "https://evil.example"},
        {**OURS, "origin": "null"},
        {**OURS, "origin": "http://127.0.0.1:1"},
        {**OURS, "origin": "http://["},
        {**OURS, "origin": "http://[::1"},
        {**OURS, "origin": ""},
        {**OURS, "sec-fetch-site": "cross-site"},
        {**OURS, "sec-fetch-site": "same-site"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_cross_site_requests_are_refused(running, headers):
    address, _ = running
    answer = httpx.post(f"{address}/api/drafts", headers=headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_preflights_get_no_permission(running):
    address, _ = running
    answer = httpx.options(
        f"{address}/api/drafts",
        headers={"origin": "https://evil.example", "access-control-request-method": "POST",
                 "access-control-request-headers": "x-gaitsmith"},
    )  # fmt: skip
    assert not {k for k in answer.headers if k.startswith("access-control")}


@pytest.mark.parametrize(
    "body",
    [
        '{"files":["x"],"hints":{"mass":1e999}}',
        '{"files":["x"],"hints":{"mass":NaN}}',
        '{"files":["x"],"title":"\\ud800"}',
        '{"files":["\\ud800"]}',
        '{"files":["x"],"hints":{"columns":{"\\ud800":"y"}}}',
        '{"files":["x"],"\\ud800":1}',
        '{"files":["a.zip!\\u0000"]}',
        "[" * 60_000,
    ],
)
def test_what_json_or_utf_8_cannot_say_is_refused_in_words(running, body):
    _, client = running
    made = client.post("/api/drafts").json()["id"]
    for verb in ("preview", "analyse"):
        answer = client.post(f"/api/drafts/{made}/{verb}", content=body, headers={"content-type": "application/json"})  # fmt: skip
        assert answer.status_code in (400, 422)
        detail = answer.json()["detail"]
        assert detail
        assert "input" not in detail[0]


def test_large_requests_are_cut_off(running):
    _, client = running
    assert client.post("/api/drafts", content=b"x" * 200_000).status_code == 413

    def endless():
        for _ in range(400):
            yield b'{"files": ["' + b"x" * 1000

    made = client.post("/api/drafts").json()["id"]
    answer = client.post(f"/api/drafts/{made}/preview", content=endless())
    assert answer.status_code in (400, 413, 422)


def test_a_token_is_needed_where_one_is_set(tmp_path):
    with server(tmp_path, token="a-secret") as (address, client):
        assert client.get("/api/analyses").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        assert client.get("/api/analyses?token=a-secret").status_code == 401
        bearer = {"authorization": "Bearer a-secret"}
        assert client.get("/api/analyses", headers=bearer).status_code == 200
        welcome = client.get("/?token=a-secret")
        assert welcome.status_code == 303
        cookie = welcome.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert client.get("/api/analyses").status_code == 200
        assert httpx.get(f"{address}/api/analyses").status_code == 401


def test_methods_that_are_not_there(running):
    _, client = running
    assert client.request("TRACE", "/").status_code in (403, 405)
    assert client.patch("/api/analyses").status_code in (404, 405)
