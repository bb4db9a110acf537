"""Pictures: valid, small, robust against what data can be."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from gaitsmith.report.axes import cut, ticks
from gaitsmith.report.draw import draw
from gaitsmith.report.legend import legend_of
from gaitsmith.report.looks import COLOURS, line_style, thin_out
from gaitsmith.report.pen import simplified
from gaitsmith.report.svg import inline, path
from gaitsmith.sections import Band, Bar, Curve, Figure, Panel, Span
from tests.report.example import GAIT, forces, grid, scores


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [(e.text or "") for e in root.iter() if e.tag.endswith("text")]


def one(*curves: Curve, **more: Any) -> Figure:
    return Figure("one", "One", [Panel("P", curves, **more)], 1)


def test_svg_is_valid_says_what_the_panels_say_and_has_no_date() -> None:
    drawn = draw(grid(np.random.default_rng(0), 5))
    assert drawn.svg is not None
    words = texts(drawn.svg)
    for expected in ("Knee flexion", "Sagittal", "Pelvis", "% of gait cycle", "left foot off"):
        assert expected in words
    assert any("dorsiflexion\u00a0→" in w and "°" in w for w in words)
    assert "metadata" not in drawn.svg
    assert drawn.png is None
    # Both sides are there in their colour, and the left mean is dashed.
    for side in ("left", "right"):
        assert COLOURS[side] in drawn.svg
    assert re.search(rf'stroke="{COLOURS["left"]}" [^>]*stroke-dasharray=', drawn.svg)


def test_png_is_a_picture_of_the_declared_size() -> None:
    drawn = draw(scores(), ("png",), dpi=100)
    assert drawn.svg is None
    assert drawn.png is not None
    with Image.open(io.BytesIO(drawn.png)) as image:
        assert image.format == "PNG"
        assert abs(image.width - 100 * drawn.width) <= 1
        assert len(np.unique(np.asarray(image.convert("L")))) > 20
    assert len(drawn.png_small()) < len(drawn.png)


def test_all_strides_stay_small() -> None:
    figure = grid(np.random.default_rng(0), 20)
    svg = draw(figure).svg or ""
    assert len(svg) < 300_000
    # 11 panels × 2 sides × 20 strides, each with its own start.
    assert len(re.findall("M", svg)) > 11 * 2 * 20


def test_the_same_figure_gives_the_same_bytes() -> None:
    first = draw(forces(np.random.default_rng(0), 3), ("svg", "png"))
    second = draw(forces(np.random.default_rng(0), 3), ("svg", "png"))
    assert first == second


def test_paths_are_where_the_points_are() -> None:
    rng = np.random.default_rng(3)
    points = np.cumsum(rng.normal(size=(900, 2)), axis=0) + 200
    points[rng.random(900) < 0.05] = np.nan
    # Two points at one place are one place.
    walked = _walked(path(points))
    assert np.abs(walked - points[np.isfinite(points[:, 0])]).max() <= 0.025 + 1e-9


def _walked(data: str) -> np.ndarray:
    """Points of a path of M and l commands; a lone point is followed by a short dash."""
    out = []
    for run in data.split("M")[1:]:
        head, steps = run.split("l")
        x, y = (int(n) for n in re.findall(r"-?\d+", head))
        out.append((x, y))
        if steps == "1 0":
            continue
        numbers = [int(n) for n in re.findall(r"-?\d+", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            out.append((x, y))
    return np.array(out) / 20


@given(hnp.arrays(float, st.tuples(st.integers(0, 200), st.just(2)), elements=st.floats(0, 100)))
@settings(max_examples=40)
def test_what_simplifying_leaves_out_lies_on_what_it_keeps(points: np.ndarray) -> None:
    kept = simplified(points, 0.1)
    if not len(points):
        assert not len(kept)
        return
    assert np.array_equal(kept[[0, -1]], points[[0, -1]])
    for point in points:
        assert _distance(point, kept) < 0.5


def _distance(point: np.ndarray, line: np.ndarray) -> float:
    """From a point to a polyline."""
    start, step = line[:-1], np.diff(line, axis=0)
    if not len(step):
        return float(np.hypot(*(point - line[0])))
    size = np.maximum((step**2).sum(axis=1), 1e-12)
    share = np.clip(((point - start) * step).sum(axis=1) / size, 0, 1)
    return float(np.hypot(*(point - start - share[:, None] * step).T).min())


def test_a_smooth_curve_needs_few_points_and_gaps_stay() -> None:
    x = np.linspace(0, 170, 101)
    smooth = np.column_stack((x, 40 * np.sin(x / 30)))
    smooth[50] = np.nan
    kept = simplified(smooth)
    assert len(kept) < 50
    assert np.isnan(kept[:, 0]).sum() == 1


def test_curves_end_at_the_edge_of_their_panel() -> None:
    line = np.array([(0.0, 5.0), (1.0, 15.0), (2.0, 5.0), (3.0, -5.0)])
    inside = cut(line, 0.0, 10.0)
    here = inside[np.isfinite(inside[:, 0])]
    assert here.tolist() == [[0, 5], [0.5, 10], [1.5, 10], [2, 5], [2.5, 0]]
    assert np.isnan(inside[2]).all()


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(3, 10))
def test_numbers_on_axes_are_round_and_few(low: float, span: float, most: int) -> None:
    at = ticks(low, low + span, most)
    assert 1 <= len(at) <= most + 1
    assert low - 1e-6 * span <= at[0] <= at[-1] <= low + span * (1 + 1e-6)
    if len(at) > 1:
        step = (at[-1] - at[0]) / (len(at) - 1)
        assert any(np.isclose(step / 10 ** np.floor(np.log10(step) + 1e-9), k) for k in (1, 2, 5))


def test_inline_svg_has_its_alt_and_no_style_of_its_own() -> None:
    drawn = draw(one(Curve(GAIT, GAIT)))
    svg = inline(drawn.wide, drawn.narrow, 'a "quoted" <alt>', "one")
    assert svg.startswith("<svg viewBox=")
    assert 'aria-label="a &quot;quoted&quot; &lt;alt&gt;"' in svg
    assert "<style" not in svg
    assert "xmlns" not in svg


@pytest.mark.parametrize(
    "figure",
    [
        Figure("e", "Empty", [], 3),
        Figure("n", "None", [None, None], 1),
        one(),
        one(Curve(np.zeros(0), np.zeros(0))),
        one(Curve(GAIT, np.full(101, np.nan), "x", "left")),
        one(Curve(GAIT, np.full(101, np.inf))),
        one(Curve(GAIT, np.full(101, 1e300)), Curve(GAIT, np.full(101, -1e300))),
        one(Curve(GAIT, np.full(101, 3.0)), y_range=(np.nan, 5.0)),
        one(Curve(np.array([2.0]), np.array([2.0]))),
        one(Curve(np.full(3, np.nan), np.arange(3.0))),
        one(spans=[Span(np.nan), Span(1.0, np.nan), Span(2.0)]),
        one(bands=[Band(GAIT, GAIT - np.nan, GAIT)]),
        one(bars=[Bar("a", np.nan), Bar("b", np.inf, "left", np.nan, 3.0), Bar("", -2.0)]),
        one(bars=[Bar(f"a rather long name {i}", float(i)) for i in range(40)]),
        Figure("t", "Text", [Panel("$\\frac{$ 日本 😀", unit="$", positive="_^")], 9),
    ],
)
def test_odd_figures_are_drawn(figure: Figure) -> None:
    drawn = draw(figure, ("svg", "png"))
    assert drawn.svg is not None
    ElementTree.fromstring(drawn.svg)
    assert drawn.png is not None
    assert drawn.png.startswith(b"\x89PNG")


def test_a_panel_without_data_says_so() -> None:
    assert "no data" in texts(draw(one(Curve(GAIT, np.full(101, np.nan)))).svg or "")
    assert "no data" not in texts(draw(one(Curve(GAIT, GAIT))).svg or "")


def test_the_legend_names_each_sign_once() -> None:
    panel = Panel(
        "P",
        [Curve(GAIT, GAIT, "", "left"), Curve(GAIT, GAIT, "model", "right", dashed=True)],
        spans=[Span(60, None, "foot off", "left"), Span(62, None, "foot off", "left")],
    )
    labels = [e.label for e in legend_of([panel, None, panel])]
    assert sorted(labels) == ["foot off", "left", "model"]


def test_left_right_and_estimated_differ_without_colour() -> None:
    styles = [line_style(side, dashed) for side in ("left", "right") for dashed in (False, True)]
    assert len(set(styles)) == 4
    assert line_style("right", False) == ()


def test_a_foot_off_is_a_shorter_line_than_a_strike() -> None:
    def tall(dashed: bool) -> float:
        svg = draw(one(Curve(GAIT, GAIT), spans=[Span(50.0, None, "e", "left", dashed)])).svg or ""
        found = re.search(rf'<path d="M\d+ \d+l0(-\d+)" stroke="{COLOURS["left"]}"', svg)
        assert found
        return abs(int(found[1]))

    assert tall(True) < 0.5 * tall(False)


def test_a_phone_gets_the_panels_one_below_the_other_and_none_twice() -> None:
    drawn = draw(grid(np.random.default_rng(0), 5))
    assert drawn.narrow.width < 3.4 * 72
    assert drawn.narrow.height > 2 * drawn.wide.height
    page = inline(drawn.wide, drawn.narrow, "a grid of angles", "grid")
    assert len(page) < 1.2 * len(drawn.svg or "")
    used = re.findall(r'<use href="#([^"]+)"', page)
    assert len(used) >= 11
    assert all(page.count(f'id="{name}"') == 1 for name in used)


@given(
    hnp.arrays(float, st.integers(3001, 9000), elements=st.floats(-5, 5, width=32)),
    st.booleans(),
)
@settings(max_examples=20)
def test_thinning_keeps_extremes(y: np.ndarray, hole: bool) -> None:
    if hole:
        y = y.copy()
        y[100:700] = np.nan
    x = np.arange(len(y), dtype=float)
    u, v = thin_out(x, y)
    assert len(u) <= 3000
    assert np.all(np.diff(u) >= 0)
    assert np.nanmax(v) == np.nanmax(y)
    assert np.nanmin(v) == np.nanmin(y)
    here = np.isfinite(v)
    assert np.array_equal(v[here], y[u[here].astype(int)])


def test_a_stray_stride_does_not_flatten_the_rest() -> None:
    strides = [Curve(GAIT, np.sin(GAIT / 10), thin=True) for _ in range(300)]
    strides[0] = Curve(GAIT, np.full(101, 1000.0), thin=True)
    labels = texts(draw(one(Curve(GAIT, np.sin(GAIT / 10)), *strides)).svg or "")
    numbers = [float(t.replace("−", "-")) for t in labels if re.fullmatch(r"[−\d.]+", t)]
    assert min(numbers) < 0
    assert max(n for n in numbers if n % 10) < 2


def test_empty_columns_and_rows_take_no_room() -> None:
    panel = Panel("P", [Curve(GAIT, GAIT)])
    figure = Figure(
        "k", "T", [panel, None, None, None, None, None, panel, None], 3,
        row_labels=("hip", "knee", "ankle"), column_labels=("sagittal", "coronal", "transverse"),
    )  # fmt: skip
    words = texts(draw(figure).svg or "")
    assert {"Hip", "Ankle", "Sagittal"} <= set(words)
    assert not {"Knee", "Coronal", "Transverse"} & set(words)


def test_long_words_beside_an_axis_stay_beside_it() -> None:
    panel = Panel(
        "P", [Curve(GAIT, GAIT)], unit="N·m/kg",
        positive="internal, towards a rather long description of the direction of the moment",
    )  # fmt: skip
    words = texts(draw(Figure("k", "T", [panel] * 6, 3)).svg or "")
    assert max(len(w) for w in words) < 32
    assert any("N·m/kg" in w for w in words)


def test_bars_lie_down_where_their_names_do_not_fit() -> None:
    few = [Bar(x, 1.0) for x in ("Stance", "Swing")]
    many = [Bar(f"Supercalifragilistic {i}", float(i), low=0.0, high=20.0) for i in range(14)]
    standing = draw(one(bars=few)).svg or ""
    lying = draw(one(bars=many)).svg or ""

    def heights(svg: str) -> list[float]:
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        assert box
        return [float(box[1]), float(box[2])]

    assert "Supercalifragilistic 13" in texts(lying)
    assert heights(lying)[1] > 14 * 0.2 * 72
    assert heights(standing)[1] < 2.9 * 72
