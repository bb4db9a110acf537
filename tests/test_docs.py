"""The site builds without a warning, and every example of the gallery runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GALLERY = sorted((ROOT / "docs" / "gallery").glob("plot_*.py"))


@pytest.mark.parametrize("program", GALLERY, ids=lambda p: p.stem)
def test_example_runs(program, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program)], check=False, cwd=tmp_path,
        capture_output=True, text=True, timeout=240, env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_site_builds_without_warnings(tmp_path):
    pytest.importorskip("sphinx")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-D", "plot_gallery=0",
         "-d", str(tmp_path / "trees"), "docs", str(tmp_path / "site")],
        check=False, cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "examples" / "index.html").is_file()
