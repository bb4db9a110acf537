"""What of a report is folded on a phone, and nowhere else."""

import shutil

import pytest

from gaitsmith.report.folds import fold, shown_within
from gaitsmith.report.page import render_html

from .example import analysis
from .pages import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")  # fmt: skip
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]  # fmt: skip


def section(playbacks=0, figures=0, rows=(), notes=0):
    return {"playbacks": [0] * playbacks, "figures": [0] * figures, "notes": [0] * notes,
            "tables": [{"rows": [0] * n} for n in rows]}  # fmt: skip


def test_the_first_pictures_stay_and_short_tables_too():
    walk, angles, numbers, forces, few = sections = [
        section(playbacks=1), section(figures=1, rows=(30,)), section(rows=(10, 9), notes=2),
        section(figures=2), section(rows=(4,), notes=1),
    ]  # fmt: skip
    fold(sections)
    assert (walk["fold"], walk["fold_first"]) == ("", False)
    assert (angles["fold"], angles["fold_first"]) == ("1 table", False)
    assert numbers["fold"] == "2 tables, 2 notes"
    assert (forces["fold"], forces["fold_first"]) == ("2 figures", True)
    assert few["fold"] == ""
    assert shown_within(section(1, 1, (3,)), first=False) == "1 figure, 1 table"


def test_without_scripts_everything_is_open():
    folds = Page(render_html(analysis())).of_class("fold")
    assert len(folds) > 3
    assert all("open" in d.attrs for d in folds)


def until(page, words, value):
    """Waits up to 5 s for an expression's value (the page's policy forbids it to wait by itself)."""
    for _ in range(100):
        if page.evaluate(words) == value:
            return
        page.wait_for_timeout(50)
    assert page.evaluate(words) == value


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_phone_folds_and_paper_does_not(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    place = tmp_path / "report.html"
    place.write_text(render_html(analysis()), "utf-8")
    count = "[...document.querySelectorAll('details.fold')].filter((d) => d.open).length"
    tall = "document.documentElement.scrollHeight"
    seen = "[...document.querySelectorAll('main figure, main table')].filter((e) => e.getClientRects().length).length"
    with playwright.sync_playwright() as p:
        running = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = running.new_page(viewport={"width": 1200, "height": 800})
        page.goto(place.as_uri())
        every, shown = (
            page.evaluate("document.querySelectorAll('details.fold').length"),
            page.evaluate(seen),
        )
        assert page.evaluate(count) == every
        assert not page.locator("details.fold > summary").first.is_visible()
        page.set_viewport_size({"width": 390, "height": 800})
        until(page, count, 0)
        folded = page.evaluate(tall)
        assert page.evaluate(seen) < shown
        page.emulate_media(media="print")
        until(page, count, every)
        assert page.evaluate(seen) == shown
        page.emulate_media(media="screen")
        until(page, count, 0)
        page.locator("nav a[href='#notes']").click()
        assert page.evaluate(count) == 1
        assert page.locator("#notes ul.all").is_visible()
        page.locator("details.fold > summary").first.click()
        assert page.evaluate(count) == 2
        page.evaluate(
            "document.querySelectorAll('details.fold').forEach((d) => { d.open = true; })"
        )
        assert page.evaluate(tall) > 2 * folded
        running.close()
