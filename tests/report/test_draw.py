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

from gaitsmith.report.draw import draw
from gaitsmith.report.legend import legend_of
from gaitsmith.report.looks import COLOURS, line_style, thin_out
from gaitsmith.report.svg import inline, tidy
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
    assert re.search(r"stroke-dasharray: [^;]+;[^\"]*stroke: " + COLOURS["left"], drawn.svg)


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


def test_rounded_paths_are_where_the_exact_ones_are() -> None:
    exact = '<svg viewBox="0 0 1 1"><path d="{}"/></svg>'
    rng = np.random.default_rng(3)
    for count, bound in ((50, 0.0051), (900, 0.051)):
        points = np.cumsum(rng.normal(size=(count, 2)), axis=0) + 200
        jumps = rng.random(count) < 0.05
        jumps[0] = True
        commands = [
            f"{'M' if j else 'L'} {x:.6f} {y:.6f}" for j, (x, y) in zip(jumps, points, strict=True)
        ]
        short = re.search(r' d="([^"]*)"', tidy(exact.format(" ".join(commands))))
        assert short
        assert np.abs(walked(short[1]) - points).max() < bound


def walked(path: str) -> np.ndarray:
    """Points of a path of M and l commands; a step of zero that was left out stays left out."""
    out = []
    x = y = 0.0
    for letter, rest in re.findall(r"([Ml])([^Ml]*)", path):
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", rest)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = (dx, dy) if letter == "M" else (x + dx, y + dy)
            out.append((x, y))
    return np.array(out)


def test_inline_svg_has_its_alt_and_no_style_of_its_own() -> None:
    svg = inline(draw(one(Curve(GAIT, GAIT))).svg or "", 'a "quoted" <alt>')
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
    assert line_style("right", False) == "-"


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
    assert max(n for n in numbers if n not in (20, 40, 60, 80, 100)) < 2


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
