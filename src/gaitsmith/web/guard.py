"""Who may ask: only a browser on this machine that was given our own page.

Against other sites in the same browser: the ``Host`` must be one of ours (DNS rebinding), writing
requests must come from our own origin and carry our own header (cross-site requests; a form of
another site cannot set it), and answers may not be framed or read by others.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["HEADER", "PAGE_POLICY", "REPORT_POLICY", "Guard"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: Every writing request carries this; a page of another origin cannot without asking first.
HEADER = "x-gaitsmith"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: A report is a page that files of strangers had a part in: no origin, nothing to fetch, its own script only.
REPORT_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
    "content-security-policy": PAGE_POLICY,
}
_READING = ("GET", "HEAD", "OPTIONS")


class Guard:
    """ASGI middleware.

    Parameters
    ----------
    app
        What it stands before.
    hosts
        ``host`` or ``host:port`` that requests may be addressed to.
    token
        Where given, needed by cookie, ``Authorization: Bearer`` or once as ``?token=``.
    body_kb
        Largest body of a request that is not a file.
    """

    def __init__(
        self, app: Any, *, hosts: Iterable[str], token: str | None, body_kb: float
    ) -> None:
        self.app = app
        self.hosts = frozenset(h.lower() for h in hosts)
        self.token = token
        self.body = int(1000 * body_kb)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        problem = self._problem(scope, headers)
        if problem is not None:
            await _answer(send, *problem)
            return
        if self.token is not None and not self._known(headers):
            if not self._introduced(scope):
                await _answer(
                    send, 401, "a token is needed: open the address that the server printed"
                )
                return
            await _welcome(send, self.token)
            return
        small = not (scope["method"] == "PUT" and "/files/" in scope["path"])
        await self.app(scope, _bounded(receive, self.body) if small else receive, _dressed(send))

    def _problem(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "").lower()
        if host not in self.hosts:
            return 421, "this server is not known by that name"
        if scope["method"] in _READING:
            return None
        origin = headers.get("origin")
        if origin is not None and _place_of(origin) != host:
            return 403, "requests of other sites are not taken"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "requests of other sites are not taken"
        if headers.get(HEADER) != "1":
            return 403, f"the header {HEADER}: 1 is missing"
        said = headers.get("content-length", "0")
        if not said.isdigit():
            return 400, "not a content-length"
        if int(said) > self.body and "/files/" not in scope["path"]:
            return 413, "the request is too large"
        return None

    def _known(self, headers: dict[str, str]) -> bool:
        assert self.token is not None
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get("gaitsmith")
        except CookieError:
            morsel = None
        said = [bearer] + ([morsel.value] if morsel is not None else [])
        return any(hmac.compare_digest(s.encode(), self.token.encode()) for s in said)

    def _introduced(self, scope: Scope) -> bool:
        assert self.token is not None
        if scope["method"] != "GET" or scope["path"] != "/":
            return False
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), self.token.encode())


def _place_of(origin: str) -> str | None:
    """Host and port of an origin; None where it is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _bounded(receive: Receive, most: int) -> Receive:
    seen = 0

    async def inner() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            # To the application it looks as if the client had gone away.
            return {"type": "http.disconnect"}
        return message

    return inner


def _dressed(send: Send) -> Send:
    async def inner(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = list(message.get("headers", []))
            named = {k.lower() for k, _ in own}
            own += [(k.encode(), v.encode()) for k, v in _ALWAYS.items() if k.encode() not in named]
            message = {**message, "headers": own}
        await send(message)

    return inner


async def _answer(send: Send, status: int, words: str) -> None:
    body = words.encode()
    head = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await _dressed(send)({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _welcome(send: Send, token: str) -> None:
    cookie = f"gaitsmith={token}; HttpOnly; SameSite=Strict; Path=/".encode()
    head = [(b"location", b"/"), (b"set-cookie", cookie), (b"content-length", b"0")]
    await _dressed(send)({"type": "http.response.start", "status": 303, "headers": head})
    await send({"type": "http.response.body", "body": b""})
