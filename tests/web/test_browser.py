"""The page in a browser: upload, preview, correction, analysis, report, slider, download, compare."""

import contextlib
import io
import re
import shutil
import time
import zipfile

import matplotlib.image
import pytest

from gaitsmith.virtual import Fault, average_person, walker
from gaitsmith.web.shelf import Shelf
from tests.makers import imu_csv
from tests.web.servers import server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")  # fmt: skip
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A .mot, a C3D, an IMU table and a broken file, of our own making."""
    folder = tmp_path_factory.mktemp("files")
    person = average_person("female")
    before = walker(person, 1.2, seconds=5.0)
    after = walker(person, 1.2, seconds=5.0, faults=(Fault("stiff_knee", "left", 0.8),))
    before.write(folder / "before.gait")
    after.select("angles").write(folder / "after.mot")
    hip = after.angles.index("hip_flexion_l")
    data = after.angles.data.copy()
    data[:, hip] *= -1.0
    against = after.select("angles").with_stream(after.angles.replace(data=data), "angles")
    against.write(folder / "against.mot")
    after.select("angles", "forces").write(folder / "forces.mot")
    before.select("points", "forces").write(folder / "walk.c3d")
    (folder / "imu.csv").write_text(imu_csv(before, "foot_r"))
    (folder / "a.csv").write_text(imu_csv(before, "foot_r"))
    (folder / "b.csv").write_text(imu_csv(before, "foot_l"))
    (folder / "broken.mot").write_text("no header\n")
    return folder


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        running = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def site(folder):
    with server(folder) as (address, _):
        yield address


@pytest.fixture
def page(browser):
    made = browser.new_page(viewport={"width": 1200, "height": 900}, accept_downloads=True)
    made.set_default_timeout(120_000)
    problems = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    yield made
    made.close()
    assert problems == []


def upload(page, site, *files):
    page.goto(site)
    page.set_input_files("#pick", [str(f) for f in files])


def analysed(page, title):
    page.wait_for_selector("#preview table")
    page.fill("input[name=title]", title)
    page.click("#analyse")
    page.wait_for_url("**/analysis/*")
    page.wait_for_selector("#report:not([hidden])")


def accessible(page):
    """No serious or critical fault by axe-core."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    bad = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]  # fmt: skip
    assert bad == []


def read_on_its_own(browser, report):
    """The report as it lies in its folder is accessible, by day on a screen and by night on a phone."""
    for scheme, width in (("light", 1200), ("dark", 375)):
        alone = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        alone.goto(report.as_uri())
        alone.wait_for_selector("h1")
        accessible(alone)
        alone.close()


def test_from_files_to_a_comparison(page, browser, site, files, folder):
    upload(page, site, files / "before.gait")
    page.wait_for_selector("#preview table")
    assert "angles" in page.inner_text("#preview")
    page.fill("input[name=mass]", "61")
    accessible(page)
    analysed(page, "before")
    assert page.locator("#summary li").count() > 0
    frame = page.frame_locator("#frame")
    frame.locator("h1").wait_for()
    assert frame.locator("h1").inner_text() == "before"
    assert page.inner_text("#wanted") == "1.20"
    assert "Summary" in frame.locator("body").inner_text()
    assert "61.0 kg" in frame.locator("body").inner_text()
    page.wait_for_selector("#stage[data-ready=yes]")
    accessible(page)
    page.fill("#slider", "0.8")
    page.dispatch_event("#slider", "change")
    page.wait_for_selector("#speed-picture table")
    assert "0.80" in page.inner_text("#speed-picture")
    with page.expect_download() as got:
        page.click("a[download='walk_0.80.mot']")
    assert "endheader" in got.value.path().read_text()[:2000]
    with page.expect_download() as got:
        page.click("a[download='everything.zip']")
    assert got.value.path().read_bytes()[:2] == b"PK"
    result = Shelf(folder).folder(page.url.rsplit("/", 1)[1]) / "result"
    read_on_its_own(browser, result / "report.html")

    upload(page, site, files / "after.mot")
    analysed(page, "after")
    page.goto(site)
    page.wait_for_selector("#past tbody tr:nth-child(2)")
    page.check("input[aria-label='Compare before']")
    page.check("input[aria-label='Compare after']")
    accessible(page)
    page.click("#compare")
    page.wait_for_selector("#page:not([hidden])")
    made = page.frame_locator("#frame")
    made.locator("text=Where the curves differ").first.wait_for()
    words = made.locator("body").inner_text()
    assert "knee flexion" in words
    assert "A: before. B: after." in words
    accessible(page)
    read_on_its_own(browser, next((folder / "comparisons").rglob("*.html")))
    page.click("#swap")
    page.wait_for_selector("#page:not([hidden])")
    assert page.inner_text("#pair") == "A: after. B: before."
    page.click("text=Back to all analyses")
    page.wait_for_selector("#past tbody tr:nth-child(2)")


def test_every_kind_of_file_goes_all_the_way(page, site, files):
    """A motion with forces, a C3D and a sensor's table: correction, analysis, report, downloads, pairs."""

    def corrected(file, change):
        upload(page, site, files / file)
        page.wait_for_selector("#preview table")
        page.fill("input[name=mass]", "62")
        change()
        page.click("#again")
        page.wait_for_selector("#preview table")
        page.wait_for_selector("#analyse:not([disabled])")
        for box in page.locator("#estimates input").all():
            box.set_checked(file == "forces.mot" and box.get_attribute("value") == "speed")
        analysed(page, file)
        frame = page.frame_locator("#frame")
        frame.locator("h1").wait_for()
        assert frame.locator("h1").inner_text() == file
        with page.expect_download() as got:
            page.click("a[download='everything.zip']")
        with zipfile.ZipFile(got.value.path()) as packed:
            assert {"report.html", "recording.gait"} <= set(packed.namelist())
        return frame.locator("body").text_content()

    def more(selector, value):
        page.click("#more summary")
        page.select_option(selector, value)

    words = corrected("forces.mot", lambda: more("select[name='sign:hip_flexion_l']", "1"))
    assert "left as the file counts it, as told" in words
    assert "62.0 kg" in words
    page.fill("#slider", "1.5")
    page.dispatch_event("#slider", "change")
    page.wait_for_selector("#speed-picture table")
    assert "1.50" in page.inner_text("#speed-picture")
    words = corrected("walk.c3d", lambda: more("select[name=events]", "plate"))
    assert "62.0 kg" in words
    assert page.is_hidden("#speed")
    words = corrected("imu.csv", lambda: more("select[name='place:sensor']", "foot_r"))
    assert "foot_r" in words
    for pair, curve in ((("forces.mot", "walk.c3d"), "knee flexion"), (("walk.c3d", "imu.csv"), "B has no")):  # fmt: skip
        page.goto(site)
        for title in pair:
            page.check(f"input[aria-label='Compare {title}']")
        page.click("#compare")
        page.wait_for_selector("#page:not([hidden])")
        said = page.frame_locator("#frame").locator("body")
        said.locator("text=stride time").first.wait_for()
        assert f"A: {pair[0]}. B: {pair[1]}." in said.inner_text()
        assert curve in said.inner_text()


def colours(canvas):
    """Shares of a picture that are clearly violet, orange, blue and red."""
    picture = matplotlib.image.imread(io.BytesIO(canvas.screenshot()))[..., :3]
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return {
        "violet": ((blue > green + 0.15) & (red > green + 0.05) & (red < blue)).mean(),
        "orange": ((red > green + 0.2) & (green > blue + 0.2)).mean(),
        "blue": ((blue > red + 0.3) & (green > red)).mean(),
        "red": ((red > green + 0.4) & (red > blue + 0.3)).mean(),
    }


def test_walk_and_twin_in_three_dimensions(page, site, files):
    upload(page, site, files / "after.mot")
    for name in ("estimated_forces", "speed", "fewshot"):
        page.uncheck(f"#estimates input[value={name}]")
    analysed(page, "stiff")
    page.wait_for_selector("#stage[data-ready=yes]")
    assert page.is_hidden("#speed")
    assert "left out, as asked" in page.frame_locator("#frame").locator("body").inner_text()
    canvas = page.locator("#stage-box canvas")
    page.click("#stage-views button:has-text('front')")
    seen = colours(canvas)
    assert all(seen[c] > 0.0005 for c in ("violet", "blue", "red")), seen
    page.select_option("#stage-show", "walk")
    assert colours(canvas)["violet"] < 1e-4
    page.fill("#stage-time", "2.0")
    page.dispatch_event("#stage-time", "input")
    assert canvas.get_attribute("data-time") == "2.00"
    words = page.inner_text("#stage-feet")
    assert re.search(r"left foot: \d+ % of the stride, (stance|swing)", words)
    page.click("#stage-play")
    until = time.monotonic() + 60
    while float(canvas.get_attribute("data-time")) < 2.1 and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert float(canvas.get_attribute("data-time")) >= 2.1
    before = canvas.screenshot()
    page.click("#stage-play")
    page.focus("#stage-box canvas")
    page.keyboard.press("ArrowLeft")
    assert canvas.screenshot() != before


def test_without_webgl_the_phase_is_there_still(page, site):
    page.add_init_script("""
        const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind.startsWith("webgl") ? null : real.call(this, kind, ...more);
        };""")
    page.goto(site)
    page.click("#past a >> nth=0")
    page.wait_for_selector("#stage[data-ready=yes]")
    assert "no 3-D" in page.inner_text("#stage-state")
    assert page.locator("#stage-feet .strip").count() == 2


def test_a_c3d_on_a_phone(browser, site, files):
    phone = browser.new_page(viewport={"width": 375, "height": 800}, color_scheme="dark")
    phone.set_default_timeout(120_000)
    upload(phone, site, files / "walk.c3d")
    phone.wait_for_selector("#preview table")
    wide = phone.locator("main").bounding_box()["width"]
    assert wide <= 375
    accessible(phone)
    phone.close()


def test_a_sensor_is_placed_by_hand(page, site, files):
    upload(page, site, files / "imu.csv")
    page.wait_for_selector("#preview table")
    page.click("#more summary")
    chosen = page.locator("#places select").first
    chosen.select_option("foot_r")
    page.click("#again")
    page.wait_for_selector("#preview table")
    page.wait_for_selector("#preview >> text=foot_r")


def test_sensors_of_two_files_are_placed_by_their_names(page, site, files):
    upload(page, site, files / "a.csv", files / "b.csv")
    page.wait_for_selector("#preview-state .problem")
    assert "say where the sensor of each file sat" in page.inner_text("#preview-state")
    accessible(page)
    page.select_option("select[name='place:a']", "foot_r")
    page.select_option("select[name='place:b']", "foot_l")
    page.click("#again")
    page.wait_for_selector("#analyse:not([disabled])")
    assert {"foot_r", "foot_l"} <= set(page.locator("#preview td").all_text_contents())
    assert page.input_value("select[name='place:a']") == "foot_r"


def test_a_sign_is_turned_by_hand(page, site, files, folder):
    upload(page, site, files / "against.mot")
    page.wait_for_selector("#preview table")

    def ranges():
        row = page.locator(
            "#preview tr", has=page.locator("td", has_text=re.compile("^hip_flexion_l$"))
        )
        cells = row.locator("td").all_text_contents()
        assert cells[1:3] == ["deg", "flexion"]
        return float(cells[3]), float(cells[4])

    low, high = ranges()
    assert low < -20, "the file counts this hip the other way round"
    page.click("#more summary")
    sign = page.locator("select[name='sign:hip_flexion_l']")
    assert "positive: flexion" in sign.locator("xpath=..").inner_text()
    sign.select_option("turned round")
    accessible(page)
    page.click("#again")
    page.wait_for_selector("#preview >> text=turned round, as told")
    assert ranges() == (-high, -low)
    assert sign.input_value() == "-1"
    for box in page.locator("#estimates input").all():
        box.uncheck()
    analysed(page, "turned")
    assert "turned round, as told" in page.frame_locator("#frame").locator("body").text_content()
    made = page.url.rsplit("/", 1)[1]
    assert Shelf(folder).get(made)["facts"]["hints"]["signs"] == {"hip_flexion_l": -1}


def test_a_broken_file_ends_in_words(page, site, files):
    upload(page, site, files / "broken.mot")
    page.wait_for_selector("#preview-state .problem")
    words = page.inner_text("#preview-state")
    assert "broken.mot" in words
    assert "what to do" in words
    assert page.is_disabled("#analyse")
    page.click("button[aria-label='Remove broken.mot']")
    page.wait_for_selector("#understood", state="hidden")


def test_everything_is_reached_by_keyboard(page, site, files):
    upload(page, site, files / "after.mot")
    page.wait_for_selector("#preview table")
    page.keyboard.press("Home")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.locator("*:focus")
        # Between two rounds the focus is on the browser's own bar.
        seen.add(here.first.get_attribute("id") if here.count() else "")
    assert {"pick", "analyse"} <= seen


def understood(files, sensors=()):
    """What the server says of a preview, without a process that reads."""
    return {"name": " ".join(files), "duration_s": 1.0, "person": {}, "streams": [], "events": 0, "notes": [],
            "svg": "", "columns": [], "signs": [], "sensors": list(sensors)}  # fmt: skip


def asked(route):
    return route.request.post_data_json


def test_what_was_asked_last_is_shown_whatever_comes_last(page, site, files):
    held = []

    def answer(route):
        if len(asked(route)["files"]) == 1:
            held.append(route)
        else:
            route.fulfill(json=understood(["both", "files"]))

    page.route("**/preview", answer)
    upload(page, site, files / "imu.csv")
    page.wait_for_selector("#preview-state >> text=Reading")
    page.set_input_files("#pick", [str(files / "after.mot")])
    page.wait_for_selector("#preview-state >> text=both files")
    with contextlib.suppress(Exception):  # given up by the page already
        held[0].fulfill(json=understood(["the", "first"]))
    page.wait_for_timeout(200)
    assert "both files" in page.inner_text("#preview-state")
    assert page.is_enabled("#analyse")


def test_a_busy_server_is_asked_again(page, site, files):
    times = []

    def answer(route):
        times.append(route)
        if len(times) == 1:
            route.fulfill(
                status=503, json={"detail": "the server is busy: try again", "kind": "busy"}
            )
        else:
            route.fulfill(json=understood(["read", "at", "last"]))

    page.route("**/preview", answer)
    upload(page, site, files / "imu.csv")
    page.wait_for_selector("#preview-state >> text=asked again")
    page.wait_for_selector("#preview-state >> text=read at last")


def test_places_are_those_of_the_files_that_are_there(page, site, files):
    told = []

    def answer(route):
        told.append(asked(route)["hints"]["placement"])
        names = asked(route)["files"]
        route.fulfill(json=understood(names, [f"sensor of {n}" for n in names]))

    page.route("**/preview", answer)
    upload(page, site, files / "imu.csv")
    page.click("#more summary")
    page.select_option("#places select", "foot_r")
    page.click("#again")
    page.wait_for_selector("#preview-state >> text=imu.csv")
    page.set_input_files("#pick", [str(files / "after.mot")])
    page.wait_for_selector("select[name='place:sensor of after.mot']")
    # What is there still keeps its place.
    assert page.input_value("select[name='place:sensor of imu.csv']") == "foot_r"
    page.click("button[aria-label='Remove imu.csv']")
    page.wait_for_selector("select[name='place:sensor of imu.csv']", state="detached")
    page.wait_for_selector("#analyse:not([disabled])")
    assert told[1] == {"sensor of imu.csv": "foot_r"}
    assert told[-1] == {}


def test_files_of_an_archive_are_chosen_and_the_draft_goes_with_the_page(page, site, files, folder):
    with zipfile.ZipFile(files / "two.zip", "w") as z:
        for name in ("after.mot", "broken.mot"):
            z.write(files / name, f"trial/{name}")
    page.route("**/preview", lambda route: route.fulfill(json=understood(asked(route)["files"])))
    upload(page, site, files / "two.zip")
    page.wait_for_selector(
        "#preview-state >> text=two.zip!trial/after.mot two.zip!trial/broken.mot"
    )
    before = len(list((folder / "drafts").iterdir()))
    page.locator("#files select").nth(1).select_option("not used")
    page.wait_for_selector(r"#preview-state >> text=/^two.zip!trial\/after.mot:/")
    page.click("button[aria-label='Use all files of two.zip']")
    page.wait_for_selector("#preview-state >> text=broken")
    page.reload()
    until = time.monotonic() + 20
    while len(list((folder / "drafts").iterdir())) >= before and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert len(list((folder / "drafts").iterdir())) == before - 1


def test_columns_nobody_knows_are_named(page, site, files):
    words = "x.csv: no column says what it is"

    def answer(route):
        if asked(route)["hints"]["columns"] == {"q1": "knee_angle_r"}:
            route.fulfill(json=understood(["now", "read"]))
        else:
            route.fulfill(
                status=422,
                json={
                    "detail": words,
                    "columns": [{"name": "q1", "is": ""}, {"name": "time", "is": "time"}],
                },
            )

    page.route("**/preview", answer)
    upload(page, site, files / "imu.csv")
    page.wait_for_selector("#preview-state .problem")
    accessible(page)
    page.fill("input[name='column:q1']", "knee_angle_r")
    page.click("#again")
    page.wait_for_selector("#preview-state >> text=now read")


def test_focus_stays_in_the_list_while_something_runs(page, site, folder):
    shelf = Shelf(folder)
    ids = [
        shelf.new_analysis(shelf.new_draft(60, 24), t, {"files": ["x.mot"]})
        for t in ("one", "two", "\u202e")
    ]
    shelf.update(ids[0], status="failed", reason="x")
    page.goto(site)
    page.focus("button[aria-label='Remove one']")
    page.evaluate("window.before = document.activeElement")
    shelf.update(ids[1], status="running", step="cutting strides")
    page.wait_for_selector("#past >> text=cutting strides")
    assert page.evaluate("document.activeElement === window.before")
    # A title that cannot be seen is no empty link.
    assert page.inner_text(f"a[href='/analysis/{ids[2]}']") == "x.mot"
    away = page.locator("button[aria-label='Remove one']").bounding_box()
    assert away["height"] < 50
    page.keyboard.press("Enter")
    page.wait_for_selector("button[aria-label='Remove one']", state="detached")
    assert page.evaluate("document.activeElement.tagName") != "BODY"
    for id_ in ids[1:]:
        shelf.delete(id_)


def test_a_comparison_that_fails_says_so_in_words(page, site):
    for query in ("a=0123456789abcdef&b=0123456789abcdee", "a=x", ""):
        page.goto(f"{site}/compare?{query}")
        page.wait_for_selector("#state .problem")
        assert "go back to the list" in page.inner_text("#state")
        assert "{" not in page.inner_text("body")
        assert page.is_hidden("#bar")


def test_an_upload_that_gave_way_is_said_and_chosen_anew(page, site, files, folder):
    page.route("**/preview", lambda route: route.fulfill(json=understood(asked(route)["files"])))
    upload(page, site, files / "imu.csv")
    page.wait_for_selector("#preview-state >> text=imu.csv")
    for draft in (folder / "drafts").iterdir():
        shutil.rmtree(draft)
    page.click("#analyse")
    page.wait_for_selector("#upload-state >> text=choose the files again")
    assert page.is_hidden("#understood")
    page.set_input_files("#pick", [str(files / "imu.csv")])
    page.wait_for_selector("#preview-state >> text=imu.csv")
