"""Values read off a report's curves in a browser: under the pointer, by keys, on a phone's layout."""

import re
import shutil

import numpy as np
import pytest

from gaitsmith.report.draw import draw
from gaitsmith.report.sections_page import render_page
from gaitsmith.report.svg import inline
from gaitsmith.sections import Band, Curve, Figure, Panel, Section

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")  # fmt: skip
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip

X = np.linspace(0, 100, 101)
KNEE, HIP = 30 + 0.4 * X, 20 * np.cos(2 * np.pi * X / 100)
FIGURE = Figure(
    "angles", "Angles",
    [Panel("Knee", [Curve(X, KNEE, "left <knee>", "left")], [Band(X, KNEE - 5, KNEE + 5, "typical")],
           x_label="% of the stride", unit="°"),
     Panel("Hip", [Curve(X, HIP, "right", "right")], x_label="% of the stride", unit="°"),
     Panel("Ankle", [Curve(X, 0.5 * HIP, "right", "right")], x_label="% of the stride", unit="°")],
    columns=3,
)  # fmt: skip


def test_panels_carry_their_axes_and_curves_their_names():
    drawn = draw(FIGURE)
    text = inline(drawn.wide, drawn.narrow, "angles", "f")
    left, right, low, high, width, height = map(float, re.search(r'data-axes="([^"]+)"', text)[1].split())  # fmt: skip
    assert (left, right) == (0, 100)
    assert low < 25
    assert high > 75
    assert width > height > 0
    assert 'data-name="left &lt;knee&gt;"' in text
    assert 'data-name="typical"' in text
    # Legends have no axes, and what is in both pictures stands there once.
    assert text.count("data-axes") == 3
    assert text.count("<use") >= 3


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
class TestInABrowser:
    @pytest.fixture(scope="class")
    def browser(self):
        playwright = pytest.importorskip("playwright.sync_api")
        with playwright.sync_playwright() as p:
            running = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            yield running
            running.close()

    @pytest.fixture(params=[1200, 390], ids=["desk", "phone"])
    def page(self, browser, request, tmp_path):
        place = tmp_path / "page.html"
        place.write_text(render_page("A page", [Section("angles", "Angles", figures=[FIGURE])]))
        made = browser.new_page(viewport={"width": request.param, "height": 330})
        problems = []
        made.on("pageerror", lambda error: problems.append(str(error)))
        made.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        made.goto(place.as_uri())
        yield made
        made.close()
        assert problems == []

    def test_the_pointer_reads_what_is_drawn(self, page):
        # The axes of the first panel shown, on the screen: its frame's path.
        box = page.evaluate("""() => {
            const svg = [...document.querySelectorAll("figure svg")].find((s) => s.getClientRects().length);
            svg.scrollIntoView();
            const node = svg.querySelector("g[data-axes], use");
            window.scrollBy(0, -60);
            const bands = svg.matches(".wide") ? node.querySelector("path[data-name=typical]") : node;
            const r = bands.getBoundingClientRect();
            return [r.left, r.top, r.width, r.height];
        }""")
        # The scrolling that brought it here must have ended: it takes a reading away.
        page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        page.mouse.move(box[0] + 0.5 * box[2], box[1] + 0.5 * box[3])
        words = page.locator(".reading").inner_text()
        at = float(re.search(r"([\d.]+) % of the stride", words)[1])
        value = float(re.search(r"left <knee>: ([\d.]+)°", words)[1])
        low, high = map(float, re.search(r"typical: ([\d.]+) to ([\d.]+)°", words).groups())
        assert 30 < at < 70
        assert value == pytest.approx(30 + 0.4 * at, abs=0.3)
        assert (low, high) == pytest.approx((value - 5, value + 5), abs=0.3)
        page.keyboard.press("Escape")
        assert page.locator(".reading").inner_text() == ""

    def test_keys_walk_along_the_axis_and_into_the_next_panel(self, page):
        page.locator("figure .scroll").focus()
        for _ in range(51):
            page.keyboard.press("ArrowRight")
        assert page.locator(".reading").inner_text().startswith("50")
        assert "left <knee>: 50.0°" in page.locator(".reading").inner_text()
        for _ in range(51):
            page.keyboard.press("ArrowRight")
        words = page.locator(".reading").inner_text()
        assert words.startswith("0")
        assert "right: 20.0°" in words
        # What is read is on the screen, though the panel was not.
        box = page.locator(".reading").bounding_box()
        assert 0 <= box["y"] <= 300
        page.emulate_media(media="print")
        assert page.locator(".reading").is_hidden()
