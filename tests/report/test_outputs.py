"""The folder: complete, valid, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.report import outputs, write_report
from gaitsmith.sections import Curve, Figure, Panel, Section
from tests.report.example import GAIT, Analysis, Strides, analysis
from tests.report.pages import Page
from tests.report.test_page import evil


def small(key: str = "one", **more: Any) -> Analysis:
    figure = Figure(key, "One", [Panel("P", [Curve(GAIT, GAIT)])], 1)
    return Analysis(sections=(Section("s", "S", figures=(figure,)),), **more)


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_everything_is_written(tmp_path: Path) -> None:
    example = analysis()
    page = write_report(example, tmp_path / "deep" / "out")
    folder = page.parent
    assert page == tmp_path / "deep" / "out" / "report.html"
    figures = [f.key for s in example.sections for f in s.figures]
    expected = ["analysis.json", "events.csv", "report.html", "strides.parquet"]
    expected += [f"figures/{k}.{x}" for k in figures for x in ("png", "svg")]
    assert files(folder) == sorted(expected)
    Page(page.read_text("utf-8"))
    # Nothing else stands beside it.
    assert [p.name for p in folder.parent.iterdir()] == ["out"]

    whole = strict((folder / "analysis.json").read_text("utf-8"))
    assert whole["title"] == "Walk 017, barefoot"
    assert whole["files"] == sorted(expected)
    assert whole["recording"]["digest"] == example.recording.digest()
    assert whole["recording"]["streams"]["points"]["rate_hz"] == 100.0
    assert whole["sections"]["parameters"]["values"] == {
        "speed": 1.2, "nan": None, "curve": [0.0, 1.0, 2.0],
    }  # fmt: skip
    steps = whole["sections"]["parameters"]["tables"]["temporal"][3]
    assert (steps["Left"], steps["Right"]) == (0.702, 0.617)
    assert {n["level"] for n in whole["notes"]} == {"assumption", "warning", "refusal"}
    assert any("inverse dynamics" in m for m in whole["missing"])

    events = pd.read_csv(folder / "events.csv")
    assert list(events.columns) == ["time", "side", "kind", "source", "confidence", "duration"]
    assert len(events) == len(example.recording.events)
    assert np.allclose(events["time"], [e.time for e in example.recording.events])
    strides = pd.read_parquet(folder / "strides.parquet")
    assert list(strides["side"]) == ["left", "right"]
    assert (folder / "figures" / "gps.png").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (folder / "figures" / "gps.svg").read_text("utf-8")


def test_only_the_formats_asked_for(tmp_path: Path) -> None:
    write_report(small(), tmp_path / "a", figures=("png",))
    assert files(tmp_path / "a") == [
        "analysis.json", "events.csv", "figures/one.png", "report.html",
    ]  # fmt: skip
    write_report(small(), tmp_path / "b", figures=())
    assert files(tmp_path / "b") == ["analysis.json", "events.csv", "report.html"]
    with pytest.raises(GaitsmithError, match="unknown value"):
        write_report(small(), tmp_path / "c", figures=("gif",))
    assert not (tmp_path / "c").exists()


def test_odd_names_stay_inside_the_folder(tmp_path: Path) -> None:
    write_report(evil("../../x <y>\x00\udc80"), tmp_path / "in" / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
    assert [p.name for p in (tmp_path / "in").iterdir()] == ["out"]
    strict((tmp_path / "in" / "out" / "analysis.json").read_text("utf-8"))
    assert "figures/x-y.svg" in files(tmp_path / "in" / "out")


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_report(small(), out)  # an empty folder is as good as none
    before = (out / "report.html").read_bytes()
    with pytest.raises(GaitsmithError, match="not empty") as refused:
        write_report(small("two"), out)
    assert "--force" in str(refused.value)
    assert (out / "report.html").read_bytes() == before
    (tmp_path / "file").write_text("x")
    with pytest.raises(GaitsmithError, match="this is a file"):
        write_report(small(), tmp_path / "file")


def test_force_replaces_ours_and_leaves_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_report(small("one", strides=Strides()), out)
    (out / "letter.txt").write_text("mine")
    (out / "figures" / "mine.png").write_text("mine")
    write_report(small("two"), out, force=True)
    assert files(out) == [
        "analysis.json", "events.csv", "figures/mine.png", "figures/two.png", "figures/two.svg",
        "letter.txt", "report.html",
    ]  # fmt: skip
    assert (out / "letter.txt").read_text() == "mine"


def test_a_forged_list_of_files_takes_nothing_away(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_report(small(), out)
    (tmp_path / "precious.png").write_text("mine")
    (out / "precious.txt").write_text("mine")
    forged = ["../precious.png", "figures/../../precious.png", "precious.txt", 3]
    (out / "analysis.json").write_text(json.dumps({"files": forged}))
    write_report(small(), out, force=True)
    assert (tmp_path / "precious.png").read_text() == "mine"
    assert (out / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("where", ["draw", "render_html", "_events"])
def test_an_interruption_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outputs, where, stop)
    with pytest.raises(KeyboardInterrupt):
        write_report(small(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after", range(9))
def test_an_interruption_while_replacing_puts_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    out = tmp_path / "out"
    write_report(small(strides=Strides()), out, figures=())
    (out / "other.txt").write_text("mine")
    before = {name: (out / name).read_bytes() for name in files(out)}
    real, moves = outputs._move, iter(range(100))

    def stop(*args: Any) -> None:
        if next(moves) == after:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(outputs, "_move", stop)
    # Eight moves: three files and the parquet out, three files and two pictures in.
    if after < 8:
        with pytest.raises(KeyboardInterrupt):
            write_report(small("two"), out, force=True, figures=("svg",))
        assert {name: (out / name).read_bytes() for name in files(out)} == before
    else:
        write_report(small("two"), out, force=True, figures=("svg",))
        assert "figures/two.svg" in files(out)
        assert "strides.parquet" not in files(out)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_disk_that_refuses_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "_events", full)
    with pytest.raises(GaitsmithError, match="could not be written") as refused:
        write_report(small(), tmp_path / "out")
    assert "No space left" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_refused_before_harm(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "events.csv").mkdir(parents=True)
    with pytest.raises(GaitsmithError, match="a folder stands"):
        write_report(small(), out, force=True)
    assert [p.name for p in out.iterdir()] == ["events.csv"]
