"""The page: whole, self-contained, escaped, small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaitsmith.report
from gaitsmith.recording import Event, Events, Note, Recording, Stream, Subject
from gaitsmith.report import render_html
from gaitsmith.sections import Bar, Curve, Figure, Panel, Playback, Section, Span, Table
from tests.report.example import GAIT, Analysis, analysis, walker
from tests.report.pages import Page

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&$x^2$"


@pytest.fixture(scope="module")
def example() -> Analysis:
    return analysis()


@pytest.fixture(scope="module")
def text(example: Analysis) -> str:
    return render_html(example)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_every_section_table_figure_and_word_is_there(example: Analysis, page: Page) -> None:
    titles = [e.words() for e in page.all("h2")]
    captions = [e.words() for e in page.all("figcaption")]
    tables = [e.words() for e in page.all("caption")]
    body = page.root.words()
    for section in example.sections:
        shown = section.words or section.figures or section.tables or section.playbacks
        assert (section.title in titles) == bool(shown)
        assert all(f.title in captions for f in section.figures)
        assert all(p.title in captions for p in section.playbacks)
        assert all(any(c.startswith(t.title) for c in tables) for t in section.tables)
        for words in (*section.words, *section.summary, *section.missing):
            assert words in body
        for note in section.notes:
            assert note.words in body
    assert len(page.all("tbody")) == 1 + sum(len(s.tables) for s in example.sections)
    for fact in ("P-017", "43 years", "1.74 m", "71.4 kg", "12.0 s", "0.1.0"):
        assert fact in body
    assert example.recording.digest() in body


def test_it_can_be_read_without_eyes(page: Page) -> None:
    assert page.all("html")[0].attrs["lang"] == "en"
    pictures = page.all("svg") + page.all("img")
    assert len(pictures) >= 9
    for picture in pictures:
        words = picture.attrs.get("aria-label") or picture.attrs.get("alt", "")
        assert len(words) > 10
    heads = page.all("th")
    assert heads
    assert {h.attrs.get("scope") for h in heads} == {"col", "row"}
    for box in page.of_class("scroll"):
        assert box.attrs["tabindex"] == "0"
        assert box.attrs["aria-label"]
    assert len(page.ids) == len(set(page.ids))
    links = [a.attrs["href"] for a in page.all("a")]
    assert all(link.startswith("#") and link[1:] in page.ids for link in links)
    levels = [int(e.tag[1]) for e in page.all("h1") + page.all("h2")]
    assert levels.count(1) == 1


def test_nothing_is_loaded_from_anywhere(text: str, page: Page) -> None:
    assert "http:" not in text
    assert "https:" not in text
    assert not page.all("link")
    assert not page.all("iframe")
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text
    for element in page.all("img"):
        assert element.attrs["src"].startswith("data:image/png;base64,")
    for element in page.all("use"):
        assert element.attrs["href"].startswith("#")
        assert element.attrs["href"][1:] in page.ids


def test_only_our_scripts_may_run(text: str, page: Page) -> None:
    policy = next(
        m.attrs["content"]
        for m in page.all("meta")
        if m.attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    scripts = [s for s in page.all("script") if "type" not in s.attrs]
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    templates = Path(gaitsmith.report.__file__).parent / "templates"
    own = [(templates / name).read_text("utf-8") for name in ("reader.js", "player.js", "fold.js")]
    assert scripts[0].text == "\n".join(own)


def test_the_player_gets_valid_small_data(page: Page) -> None:
    data = json.loads(page.of_class("player")[0].all("script")[0].text)
    assert data["rate"] == 50.0
    points = np.frombuffer(base64.b64decode(data["points"]), "<i2")
    points = points.reshape(data["frames"], data["count"], 3) * data["step"]
    true = walker().points[::2]
    assert len(true) == data["frames"]
    assert np.abs(points - true).max() <= 0.00051
    assert data["arrows"] == 2
    assert len(data["events"]) == len(walker().events)


def test_sizes(example: Analysis, text: str) -> None:
    assert len(text) < 600_000
    many = render_html(analysis(strides=80))
    assert len(many) < 1_200_000
    assert many.count("data:image/png;base64,") >= 1
    assert "data:image/png;base64," not in text


def test_the_same_analysis_gives_the_same_page(example: Analysis, text: str) -> None:
    assert render_html(example) == text


def test_an_empty_analysis_is_explained() -> None:
    page = Page(render_html(Analysis()))
    body = page.root.words()
    assert "Nothing could be computed from this recording." in body
    assert "joint angles" in body
    assert not page.all("script")
    only = Section("x", "Forces", missing=["give a force file"])
    body = Page(render_html(Analysis(sections=(only,)))).root.words()
    assert "Nothing could be computed" in body
    assert "give a force file" in body


def evil(words: str = EVIL) -> Analysis:
    figure = Figure(
        words,
        words,
        [
            Panel(
                words,
                [Curve(GAIT, GAIT, words, "left"), Curve(GAIT, -GAIT, words, "right", marks=True)],
                spans=[Span(3, None, words), Span(4, 9, words, "warn")],
                x_label=words,
                unit=words,
                positive=words,
            ),
            Panel(words, bars=[Bar(words, 1.0, low=0.5, high=2.0)], range_label=words),
        ],
        2,
        alt=words,
        row_labels=(words,),
        column_labels=(words, words),
    )
    points = np.zeros((10, 2, 3))
    moving = Playback(
        words, words, 50.0, points, (words, "b"), [(0, 1)], (words,), events=[(0.1, words)],
        caption=words,
    )  # fmt: skip
    recording = Recording(
        Subject(words, sex=words).given(words, mass=70.0),
        {words: Stream("angles", np.zeros((3, 1)), (words,), 100.0)},
        Events([Event(0.1, "left", "strike", words)]),
        (Note("warning", words, words),),
        words,
    )
    section = Section(
        words, words, [words], [words], [Table(words, words, (words, "b"), [(words, 1)], {}, words)],
        [figure], [moving], {words: words}, [Note("refusal", words, words)], [words],
    )  # fmt: skip
    made = {words: words, "files": {words: words}}
    return Analysis(recording, (section,), (Note("assumption", words, words),), words, None, made)


def test_words_from_files_are_only_words() -> None:
    text = render_html(evil())
    page = Page(text)
    assert "<img" not in text
    assert "<script>alert" not in text
    assert len(page.all("script")) == 2
    assert page.all("title")[0].text.startswith("</script><script>")
    assert any("</script>" in t.text for t in page.all("text"))
    for element in page.all("svg") + page.all("g") + page.all("section"):
        assert not [a for a in element.attrs if a.startswith("on")]
    data = json.loads(page.of_class("player")[0].all("script")[0].text)
    assert data["labels"][0] == EVIL
    # "$…$" is not a formula here.
    assert "$x^2$" in text


@settings(max_examples=12)
@given(st.text(min_size=1, max_size=30))
def test_any_words_give_a_page(words: str) -> None:
    text = render_html(evil(words))
    Page(text)
    text.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)


def test_surrogates_and_controls_of_file_names_are_replaced() -> None:
    text = render_html(evil("caf\udce9\x00\x1b[31m 日本 walk"))
    assert text.encode("utf-8")
    assert "日本" in text
    assert "\x1b" not in text


def test_numbers_stand_to_the_right_and_sides_are_marked(page: Page) -> None:
    table = next(t for t in page.all("table") if "Time and distance" in t.words())
    classes = {h.words(): h.attrs["class"].split() for h in table.all("th") if "class" in h.attrs}
    assert classes["Left"] == ["num", "left"]
    assert classes["Right"] == ["num", "right"]
    assert classes["Reference"] == ["num", "reference"]
    assert classes["Unit"] == ["text", "short"]
    row = next(r for r in table.all("tr") if "Step length" in r.words())
    assert [c.words() for c in row.all("td")] == ["m", "0.702", "0.617", "0.68 ± 0.06", "12.9"]


def test_notes_are_listed_once_worst_first(example: Analysis) -> None:
    twice = replace(example, notes=(*example.notes, *example.sections[1].notes))
    page = Page(render_html(twice))
    notes = next(e for e in page.all("ul") if e.attrs.get("class") == "all").all("li")
    levels = [n.attrs["class"].split()[1] for n in notes]
    order = ["refusal", "warning", "assumption"]
    assert levels == sorted(levels, key=order.index)
    assert len(notes) == 5
    assert sum("drifts by 6 N" in n.words() for n in notes) == 1
    assert any("Events and strides" in n.words() for n in notes)


def test_two_figures_of_one_key_are_both_shown() -> None:
    one = Figure("k", "One", [Panel("first words", [Curve(GAIT, GAIT)])], 1)
    two = Figure("k", "Two", [Panel("other words", [Curve(GAIT, -GAIT)])], 1)
    body = Page(
        render_html(Analysis(sections=(Section("s", "S", figures=(one, two)),)))
    ).root.words()
    assert "First words" in body
    assert "Other words" in body


def test_a_figure_says_below_its_title_what_of_it_was_not_measured() -> None:
    walk = Playback("walk", "The walk", 50.0, np.zeros((10, 2, 3)), ("a", "b"), [(0, 1)], ("",), caption="The knee is drawn.")  # fmt: skip
    section = Section("playback", "The walk in motion", playbacks=[walk])
    page = Page(render_html(Analysis(Recording(), (section,), (), "t", None, {})))
    assert [e.words() for e in page.of_class("caveat")] == ["The knee is drawn."]
    assert "The knee is drawn." in page.of_class("player")[0].attrs["data-alt"]


def test_no_link_leads_nowhere_and_what_was_not_done_is_no_section() -> None:
    told = Section("recording", "The recording", summary=["A walk."], missing=["the mass"])
    lacking = Section(
        "twin", "The twin", notes=[Note("refusal", "twin", "no stride")], missing=["a stride"]
    )
    page = Page(render_html(Analysis(Recording(), (told, lacking), (), "t", None, {})))
    links = [a.attrs["href"][1:] for a in page.all("a") if a.attrs["href"].startswith("#")]
    assert set(links) <= set(page.ids)
    assert [e.words() for e in page.of_class("summary")] == ["A walk."]
    assert {"recording", "twin"}.isdisjoint(page.ids)
    body = page.root.words()
    assert "a stride" in body
    assert "no stride" in body
