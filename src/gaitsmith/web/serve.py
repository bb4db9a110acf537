"""Starting the server: on this machine only, on a port that is free."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from gaitsmith.errors import GaitsmithError
from gaitsmith.web.limits import Limits

__all__ = ["serve"]


def serve(
    folder: Path, *, host: str = "127.0.0.1", port: int = 8760, token: str | None = None,
    limits: Limits | None = None, started: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Serve until it is stopped.

    Parameters
    ----------
    folder
        Where uploads and results are kept.
    host
        Loopback unless said otherwise; any other address needs a token.
    port
        0 for any that is free.
    token
        A secret that every request must know.
    started
        Called with the address once it answers.

    Raises
    ------
    GaitsmithError
        Where the extra is not installed, the port is taken, or others could reach an open server.
    """
    try:
        import uvicorn

        from gaitsmith.web.app import create_app
    except ImportError as error:
        raise GaitsmithError("the local page needs FastAPI and uvicorn",
                             remedy="pip install 'gaitsmith[web]'") from error  # fmt: skip
    if host not in ("127.0.0.1", "localhost", "::1") and not token:
        raise GaitsmithError(
            "others could reach this server", place="option --host", found=host, expected="127.0.0.1",
            remedy="leave --host out, or give a --token and put TLS before it",
        )  # fmt: skip
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise GaitsmithError("the port cannot be used", place="option --port", found=f"{host}:{port}: {error.strerror}",
                             remedy="give another --port, or 0 for any") from error  # fmt: skip
    port = listening.getsockname()[1]
    named = f"[{host}]" if ":" in host else host
    hosts = {f"{n}:{port}" for n in ("127.0.0.1", "localhost", "[::1]", named)}
    app = create_app(folder, hosts=hosts, token=token, limits=limits)
    address = f"http://{named}:{port}/" + (f"?token={token}" if token else "")
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="on",
        timeout_keep_alive=20, limit_concurrency=200, h11_max_incomplete_event_size=64 * 1024,
    )  # fmt: skip

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and started is not None:
                started(address)

    Server(config).run(sockets=[listening])
