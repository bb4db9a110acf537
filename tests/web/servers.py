"""A server in a thread, as a browser on this machine meets it."""

import contextlib
import socket
import threading
import time

import httpx
import uvicorn

from gaitsmith.web.app import create_app
from gaitsmith.web.limits import Limits

OURS = {"x-gaitsmith": "1"}


@contextlib.contextmanager
def server(folder, *, token=None, limits=None):
    """(address, client with our header) of a running server."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = create_app(folder, hosts={f"127.0.0.1:{port}"}, token=token, limits=limits or Limits())
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=OURS, timeout=120) as client:
            yield f"http://127.0.0.1:{port}", client
    finally:
        running.should_exit = True
        thread.join(30)
        listening.close()


def draft_with(client, **files):
    """A draft with these files (name with _ for . → bytes)."""
    made = client.post("/api/drafts").json()["id"]
    for name, data in files.items():
        answer = client.put(f"/api/drafts/{made}/files/{name.replace('__', '.')}", content=data)
        assert answer.status_code == 201, answer.text
    return made


def finished(client, made, seconds=90):
    """The row once it is neither queued nor running."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        row = client.get(f"/api/analyses/{made}").json()
        if row["status"] not in ("queued", "running"):
            return row
        time.sleep(0.1)
    raise AssertionError(f"not finished in {seconds} s: {row}")
