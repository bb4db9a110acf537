"""What the page says, and under which name: remedies with its fields, titles that can be seen."""

import pytest

from gaitsmith.chapters import ESTIMATING
from gaitsmith.errors import GaitsmithError
from gaitsmith.streams import Stream
from gaitsmith.virtual import average_person, walker
from gaitsmith.web import tasks
from gaitsmith.web.app import _apart
from gaitsmith.web.names import sound, title
from gaitsmith.web.signals import signals
from gaitsmith.web.words import on_page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("forces stay in newtons (--mass).", "forces stay in newtons (“Mass”)."),
        ("x.csv, option --place: no sensor has this name", "x.csv, “Where each sensor sits”: no sensor has this name"),
        ('say where: placement={"imu": "foot_r"}', "say where: “Where each sensor sits”: imu is foot_r"),
        ('say it: units={"acceleration": "g"}, or [units] acceleration = "g" in a TOML file beside the recording',
         "say it: “Unit of acceleration”: g"),
        ("--unit angle=deg or --unit angle=rad", "“Unit of angles”: deg or rad"),
        ("give the rate: rate_hz=100, or rate_hz = 100 in a TOML file beside the recording", "give the rate: “Sampling rate”: 100"),
        ('say signs={"q2": -1}, or leave it out', "say “Sign of each column”: q2 is turned round, or leave it out"),
        ("x.csv, option --sign: no column has this name", "x.csv, “Sign of each column”: no column has this name"),
        ("the file has no clock (rate_hz sets another)", "the file has no clock (“Sampling rate” sets another)"),
        ("argument speed_m_s: not a walking speed", "“Walking speed”: not a walking speed"),
        ("needs strides of healthy people (--controls).", "needs strides of healthy people (on the command line: --controls)."),
        ("Made by gaitsmith analyze, in a half-done way", "Made by gaitsmith analyze, in a half-done way"),
    ],
)  # fmt: skip
def test_remedies_name_the_fields_of_the_page(said, shown):
    assert on_page(said) == shown


@pytest.mark.parametrize(
    ("given", "seen"),
    [("  before\tsurgery ", "before surgery"), ("\u202e\u200b\x07", ""), ("\u2066anna\u2069", "anna"),
     ("\ud800", ""), (" \u0301", ""), ("歩行 1", "歩行 1")],
)  # fmt: skip
def test_titles_are_what_can_be_seen(given, seen):
    assert title(given) == seen


def test_half_a_surrogate_is_no_text():
    assert sound({"a\ud800": ["b\udfff", 1]}) == {"a?": ["b?", 1]}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """(first folder, second folder) analysed under the titles before and after."""
    folder = tmp_path_factory.mktemp("two")
    walk = walker(average_person("female"), 1.2, seconds=4.0).select("angles")
    walk.write(folder / "walk.mot")
    for name in ("before", "after"):
        (folder / name).mkdir()
        made = tasks.analyse(
            str, files=[str(folder / "walk.mot")], static=None, osim=None, title=f"{name} <surgery>", hints={},
            options={"without": list(ESTIMATING)}, result=str(folder / name / "result"),
        )  # fmt: skip
        assert made["title"] == f"{name} <surgery>"
    return folder / "before" / "result", folder / "after" / "result"


def test_no_slider_where_no_speed_can_be_estimated(tmp_path, monkeypatch):
    def refuses(*_, **__):
        raise GaitsmithError(
            "no whole stride with hip, knee and ankle angles", remedy="a longer walk"
        )

    monkeypatch.setattr("gaitsmith.models.speed.api.change_speed", refuses)
    walker(average_person("female"), 1.2, seconds=4.0).select("angles").write(tmp_path / "walk.mot")
    others = [e for e in ESTIMATING if e != "speed"]
    made = tasks.analyse(
        str, files=[str(tmp_path / "walk.mot")], static=None, osim=None, title="", hints={},
        options={"without": others}, result=str(tmp_path / "result"),
    )  # fmt: skip
    assert made["can_change_speed"] is False
    assert made["speed_m_s"] is None
    assert "no whole stride with hip" in (tmp_path / "result" / "report.html").read_text()


def test_the_title_stands_on_the_report_and_the_comparison(results, tmp_path):
    before, after = results
    report = (before / "report.html").read_text()
    assert "<h1>before &lt;surgery&gt;</h1>" in report
    assert "<title>before &lt;surgery&gt;" in report
    assert "(--mass)" not in report
    assert "“Mass”" in report
    page = tmp_path / "page.html"
    tasks.compare(str, a=str(before), b=str(after), out=str(page))
    assert "A: before &lt;surgery&gt;. B: after &lt;surgery&gt;." in page.read_text()


def test_analyses_of_one_title_are_told_apart():
    rows = [{"title": "walk", "facts": {"files": [f]}, "made": m} for f, m in (("a.mot", 1), ("b.mot", 2), ("b.mot", 3))]  # fmt: skip
    assert _apart(rows[0], rows[1]) == ["walk (a.mot)", "walk (b.mot)"]
    assert _apart(rows[1], rows[2]) == ["walk (the earlier)", "walk (the later)"]
    assert _apart(rows[0], {**rows[1], "title": "run"}) == ["walk", "run"]


def test_no_refusal_says_where_files_lie_on_the_server(tmp_path):
    walker(average_person("female"), 1.2, seconds=3.0).select("angles").write(
        tmp_path / "walk.gait"
    )
    (tmp_path / "standing.mot").write_text("nothing\n")
    (tmp_path / "model.osim").write_text("<OpenSimDocument><broken")
    for extra in ({"static": "standing.mot"}, {"osim": "model.osim"}):
        given = {"static": None, "osim": None, **{k: str(tmp_path / v) for k, v in extra.items()}}
        with pytest.raises(GaitsmithError) as caught:
            tasks.analyse(str, files=[str(tmp_path / "walk.gait")], title="", hints={}, options={},
                          result=str(tmp_path / "result"), **given)  # fmt: skip
        assert str(tmp_path) not in str(caught.value)
        assert next(iter(extra.values())) in str(caught.value)


def test_signals_have_one_unit_an_axis_and_every_line_a_name():
    figure = signals(walker(average_person("female"), 1.2, seconds=2.0))
    assert all(p.unit and len(p.curves) <= 3 for p in figure.panels)
    several = [p for p in figure.panels if len(p.curves) > 1]
    assert several
    assert all(c.label for p in several for c in p.curves)
    angles = [p for p in figure.panels if p.title.startswith("angles")]
    assert {c.label for c in angles[0].curves} == {"left", "right"}


def test_signals_without_samples_are_no_picture():
    empty = walker(average_person("female"), 1.2, seconds=2.0).select("angles")
    none = Stream("angles", empty.angles.data[:0], empty.angles.labels, rate=100.0)
    assert signals(empty.replace(streams={"angles": none})) is None
