"""From `pip install` of the wheel to a report in the browser: ``python -m benchmarks.first_analysis --page docs/results``.

The wheel is built, installed with its `web` extra into a bare environment (exact versions of
`constraints.txt`), and used as a new user would: `gaitsmith analyze` of a file and its page opened
in chromium; `gaitsmith serve`, the same file uploaded there, analysed, and its page opened.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.page import write

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")  # fmt: skip


def run(*command: Any, **more: Any) -> str:
    done = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **more)  # fmt: skip
    return done.stdout


def opened(address: str, place: Path) -> None:
    """Until the browser has the page with its pictures drawn."""
    if CHROMIUM is None:
        return
    page = run(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
               "--disable-background-networking", "--disable-component-update", "--disable-sync",
               f"--user-data-dir={place}", "--virtual-time-budget=2000", "--dump-dom", address)  # fmt: skip
    if "Summary" not in page and "Report" not in page:
        raise SystemExit(f"not the page that was asked for: {address}")


def asked(address: str, method: str, path: str, body: Any = None) -> Any:
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, {"x-gaitsmith": "1", "content-type": "application/json"}, method=method)  # fmt: skip
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.loads(answer.read())


def served(binary: Path, walk: Path, place: Path, timed: Callable[[str, Callable[[], Any]], Any]) -> None:  # fmt: skip
    """Start the page's server, upload, analyse, open."""
    command = [binary, "serve", "--port", "0", "--folder", place / "web"]
    server = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:

        def up() -> str:
            assert server.stdout is not None
            for line in server.stdout:
                found = re.search(r"http://[\d.]+:\d+", line)
                if found:
                    return found[0]
            raise SystemExit("the server said no address")

        def started() -> str:
            at = up()
            asked(at, "GET", "/api/about")
            return at

        address = timed("`gaitsmith serve` until it answers", started)

        def analysed() -> str:
            draft = asked(address, "POST", "/api/drafts")["id"]
            asked(address, "PUT", f"/api/drafts/{draft}/files/{walk.name}", walk.read_bytes())
            asked(address, "POST", f"/api/drafts/{draft}/preview", {"files": [walk.name]})
            made = asked(address, "POST", f"/api/drafts/{draft}/analyse", {"files": [walk.name]})["id"]  # fmt: skip
            while (row := asked(address, "GET", f"/api/analyses/{made}"))["status"] in ("queued", "running"):  # fmt: skip
                time.sleep(0.1)
            if row["status"] != "done":
                raise SystemExit(row["reason"])
            return str(made)

        made = timed("there: upload, preview, analysis", analysed)
        timed("its page in the browser", lambda: opened(f"{address}/analysis/{made}", place / "c2"))
    finally:
        server.terminate()
        server.wait(30)


def spent() -> float:
    """Processor time of children that have ended (s)."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(place: Path) -> list[tuple[str, float, float]]:
    """Steps with their seconds by the clock and of processors (0 where these are the server's)."""
    rows: list[tuple[str, float, float]] = []

    def timed(what: str, step: Callable[[], Any]) -> Any:
        begun, used = time.monotonic(), spent()
        value = step()
        rows.append((what, time.monotonic() - begun, spent() - used))
        return value

    from gaitsmith.virtual import example

    walk = place / "walk.mot"
    example(stiff_knee="left").select("angles").write(walk)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", place, ROOT)
    wheel = next(place.glob("gaitsmith-*.whl"))
    run(sys.executable, "-m", "venv", place / "venv")
    binaries = place / "venv" / "bin"
    timed("`pip install 'gaitsmith[web]'` from the wheel", lambda: run(
        binaries / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", ROOT / "constraints.txt",
        f"{wheel}[web]", cwd=place))  # fmt: skip
    timed("`gaitsmith analyze walk.mot`, the first time", lambda: run(
        binaries / "gaitsmith", "analyze", walk, "--mass", "68", "-o", place / "out", cwd=place))  # fmt: skip
    timed("its report in the browser", lambda: opened((place / "out" / "report.html").as_uri(), place / "c1"))  # fmt: skip
    served(binaries / "gaitsmith", walk, place, timed)
    return rows


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--page", type=Path, help="folder for first-analysis.md and .json")
    said = ask.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(Path(scratch))
    whole = (sum(row[k] for row in rows[:3]) for k in (1, 2))
    rows.insert(3, ("**in all, from `pip install` to the report in the browser**", *whole))
    for what, seconds, processor in rows:
        print(f"{seconds:7.1f} s {processor:7.1f} s  {what}")
    if said.page:
        words = [
            "# The first analysis of a new user",
            "Written by `python -m benchmarks.first_analysis --page docs/results`; figures in `first-analysis.json`.",
            "A bare environment, the built wheel with its `web` extra, and a motion file of 12 s (joint angles of a "
            "virtual walker). The load of the machine stands below: where it is above 2, other work ran beside it and the "
            "clock says more than a machine of one's own would; the processor's seconds say less of that. How long the "
            "download takes depends on the line and on what pip has kept.",
        ]  # fmt: skip
        table = [("step", "s by the clock", "s of processor"),
                 *((what, f"{s:.1f}", f"{p:.1f}" if p > 0.1 else "") for what, s, p in rows)]  # fmt: skip
        facts = [
            {"step": what, "s": round(s, 2), "processor_s": round(p, 2)} for what, s, p in rows
        ]
        write(said.page, "first-analysis", words, table, facts)


if __name__ == "__main__":
    main()
