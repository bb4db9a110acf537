"""``gaitsmith demo`` ends with what to open and with the line that starts the page."""

import sys

from gaitsmith.cli import analyze
from gaitsmith.cli.analyze import demo


def test_the_last_two_lines(tmp_path, capsys, monkeypatch):
    from gaitsmith.virtual import average_person, walker

    short = walker(average_person("female"), 1.2, seconds=4.0).select("angles")
    monkeypatch.setattr("gaitsmith.virtual.example", lambda **_: short)
    real = analyze.analyze
    without = ["twin", "fewshot", "speed", "estimated_forces"]
    monkeypatch.setattr(analyze, "analyze", lambda r, **more: real(r, without=without, **more))
    demo(tmp_path / "out", force=False)
    *_, report, line = capsys.readouterr().out.strip().splitlines()
    assert report == f"report: {tmp_path / 'out' / 'report.html'}"
    assert line.startswith("your own recordings, in the browser: ")
    assert " serve --open" in line


def test_the_line_names_a_command_that_runs(tmp_path, capsys, monkeypatch):
    binary = tmp_path / "bin" / "gaitsmith"
    binary.parent.mkdir()
    binary.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(binary), "demo"])
    monkeypatch.setenv("PATH", "")
    analyze._invite()
    assert f": {binary} serve" in capsys.readouterr().out
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    analyze._invite()
    assert "first: pip install 'gaitsmith[web]'" in capsys.readouterr().out
