"""A `Picture` as SVG: a file of its own, or an element of a page that fits wide and narrow."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import numpy as np
import numpy.typing as npt

from gaitsmith.report.pen import Area, Item, Line, Part, Picture, Scale, Words

__all__ = ["inline", "path", "standalone"]

_FONT = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif"
# Paths are whole numbers of a twentieth of a point: finer than a pixel on any screen.
_FINE = 20


def standalone(picture: Picture) -> str:
    """An SVG file; the same picture gives the same text."""
    head = (
        '<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(picture.width)}pt" '
        f'height="{_n(picture.height)}pt" viewBox="0 0 {_n(picture.width)} {_n(picture.height)}">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n'
    )
    return f"{head}{_inside(picture)}\n</svg>\n"


def inline(wide: Picture, narrow: Picture | None, alt: str, name: str) -> str:
    """An element of a page, scaled by its column, with `alt` in words.

    Where `narrow` is given two pictures stand there, of which the page's style shows one (classes
    ``wide`` and ``narrow``); parts that both hold are written once, under ids from `name`, and
    used again.
    """
    label = escape(alt, quote=True)
    if narrow is None:
        return _element(wide, label, "", _inside(wide))
    twice = {id(p.part) for p in narrow.placed} & {id(p.part) for p in wide.placed}
    names = {part: f"{name}-{i}" for i, part in enumerate(_in_order(wide, twice))}
    first = _element(wide, label, ' class="wide"', _inside(wide, names))
    return first + _element(narrow, label, ' class="narrow"', _inside(narrow, names, again=True))


def _in_order(picture: Picture, parts: set[int]) -> list[int]:
    """Ids of `parts` in the order of `picture`."""
    return [id(p.part) for p in picture.placed if id(p.part) in parts]


def _element(picture: Picture, label: str, kind: str, inside: str) -> str:
    box = f"0 0 {_n(picture.width)} {_n(picture.height)}"
    return f'<svg viewBox="{box}"{kind} role="img" aria-label="{label}">{inside}</svg>'


def _inside(picture: Picture, names: dict[int, str] | None = None, *, again: bool = False) -> str:
    out = [f'<g font-family="{_FONT}">']
    for placed in picture.placed:
        name = (names or {}).get(id(placed.part))
        at = (
            f' transform="translate({_n(placed.x)} {_n(placed.y)})"' if placed.x or placed.y else ""
        )
        if name and again:
            out.append(f'<use href="#{name}"{at}/>')
            continue
        body = _part(placed.part)
        out.append(f'<g{at}><g id="{name}">{body}</g></g>' if name else f"<g{at}>{body}</g>")
    return "\n".join([*out, "</g>"])


def _part(part: Part) -> str:
    drawn = [_shape(i) for i in part.items if not isinstance(i, Words)]
    words = [_words(i) for i in part.items if isinstance(i, Words)]
    means = _scale(part.scale) if part.scale is not None else ""
    shapes = [f'<g transform="scale({1 / _FINE:g})" fill="none"{means}>', *drawn, "</g>"] if drawn else []  # fmt: skip
    return "\n".join([*shapes, *words])


def _scale(scale: Scale) -> str:
    """What ``reader.js`` reads values by: ends of both axes, and their lengths in units of the paths."""
    ends = (scale.left, scale.right, scale.low, scale.high, _FINE * scale.width, _FINE * scale.height)  # fmt: skip
    return (
        f' data-axes="{" ".join(f"{v:.6g}" for v in ends)}" data-x="{escape(scale.x_words, quote=True)}" '
        f'data-unit="{escape(scale.unit, quote=True)}"'
    )


def _name(item: Line | Area) -> str:
    return f' data-name="{escape(item.name, quote=True)}"' if item.name else ""


def _shape(item: Item) -> str:
    if isinstance(item, Line):
        dash = (
            f' stroke-dasharray="{" ".join(_w(d * item.width) for d in item.dash)}"'
            if item.dash
            else ""
        )
        alpha = f' stroke-opacity="{item.alpha:g}"' if item.alpha < 1 else ""
        return (
            f'<path d="{path(item.points)}" stroke="{item.colour}" '
            f'stroke-width="{_w(item.width)}"{alpha}{dash}{_name(item)}/>'
        )
    assert isinstance(item, Area)
    alpha = f' fill-opacity="{item.alpha:g}"' if item.alpha < 1 else ""
    edge = (
        f' stroke="{item.edge}" stroke-width="{_w(item.width)}"' if item.edge and item.width else ""
    )
    return (
        f'<path d="{path(item.points, closed=True)}" fill="{item.fill}"{alpha}{edge}{_name(item)}/>'
    )


def _words(item: Words) -> str:
    at = f'x="{_n(item.x)}" y="{_n(item.y)}"'
    if item.turned:
        at = f'transform="translate({_n(item.x)} {_n(item.y)}) rotate(-90)"'
    anchor = f' text-anchor="{item.anchor}"' if item.anchor != "start" else ""
    bold = ' font-weight="bold"' if item.bold else ""
    return (
        f'<text {at} font-size="{_n(item.size)}" fill="{item.colour}"{anchor}{bold}>'
        f"{escape(item.text, quote=False)}</text>"
    )


def path(points: npt.NDArray[np.float64], *, closed: bool = False) -> str:
    """Path data of a polyline in twentieths of a point, in relative steps."""
    here = np.isfinite(points.sum(axis=1))
    whole = np.rint(np.where(here[:, None], points, 0.0) * _FINE).astype(int)
    edges = np.flatnonzero(np.diff(here.astype(int), prepend=0, append=0))
    out: list[str] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        run = whole[first:last]
        steps = _numbers(np.diff(run, axis=0).ravel().tolist())
        x, y = run[0].tolist()
        # A lone point is a dot as wide as its line: a step of zero would not be drawn by all.
        out.append(f"M{x} {y}l{steps or '1 0'}{'z' if closed else ''}".replace(" -", "-"))
    return "".join(out)


def _numbers(values: Iterable[int]) -> str:
    return " ".join(map(str, values))


def _w(value: float) -> str:
    return f"{value * _FINE:.4g}"


def _n(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
