"""Matplotlib's SVG made small and safe to stand inside a page."""

from __future__ import annotations

import re
from html import escape

import numpy as np

__all__ = ["inline", "tidy"]

_FONT = "'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
_PATH = re.compile(r'(<path[^>]*? d=")([^"]*)(")')

# Below this many points a path keeps hundredths of a point; above, tenths are finer than a pixel.
_FINE = 400


def tidy(svg: str) -> str:
    """A standalone SVG: no metadata or names of groups, paths as short relative steps."""
    svg = re.sub(r"<!DOCTYPE[^>]*>\s*", "", svg, count=1)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, count=1, flags=re.DOTALL)
    # "<" never stands in matplotlib's text (it is escaped), so these match only its own tags.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"(<text [^>]*?font: [^'\">]*)'DejaVu Sans'(, sans-serif)?", rf"\1{_FONT}", svg)
    svg = _PATH.sub(lambda m: m[1] + _shorter(m[2]) + m[3], svg)
    return re.sub(r"\n\s*", "\n", svg)


def inline(svg: str, alt: str) -> str:
    """`svg` from :func:`tidy` as an element of a page, scaled by its column, with `alt`."""
    body = svg[svg.index("<svg") :]
    head, rest = body.split(">", 1)
    box = re.search(r'viewBox="([^"]*)"', head)
    # A style element inside would hold for the whole page; the page's own style says the same.
    rest = re.sub(r"<style[^>]*>.*?</style>", "", rest, count=1, flags=re.DOTALL)
    rest = rest.replace("<defs>\n\n</defs>", "").replace("xlink:href=", "href=")
    view = f' viewBox="{box[1]}"' if box else ""
    return f'<svg{view} role="img" aria-label="{escape(alt, quote=True)}">{rest.strip()}'


def _shorter(path: str) -> str:
    """The same path in relative steps; what is not straight lines is only rounded."""
    if not path or "C" in path or "Q" in path:
        return _rounded(path)
    parts = re.findall(r"([MLz])([^MLz]*)", path)
    letters = [p[0] for p in parts if p[0] != "z"]
    if not letters:
        return path.strip()
    numbers = np.array(" ".join(p[1] for p in parts).split(), dtype=float).reshape(-1, 2)
    if len(numbers) != len(letters):
        return _rounded(path)
    digits = 2 if len(numbers) < _FINE else 1
    whole = np.rint(numbers * 10**digits).astype(int)
    steps = np.diff(whole, axis=0, prepend=[[0, 0]]).tolist()
    firsts = whole.tolist()
    known: dict[int, str] = {}

    def text(value: int) -> str:
        if value not in known:
            known[value] = _short(value, digits)
        return known[value]

    out: list[str] = []
    at = 0
    drawing = False
    for letter, _ in parts:
        if letter == "z":
            out.append("z")
            drawing = False
            continue
        if letter == "M":
            x, y = firsts[at]
            out.append(f"M{text(x)} {text(y)}")
            drawing = False
        else:
            dx, dy = steps[at]
            if dx or dy or not drawing:
                out.append(f"{' ' if drawing else 'l'}{text(dx)} {text(dy)}")
                drawing = True
        at += 1
    return "".join(out).replace(" -", "-")


def _short(value: int, digits: int) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    whole, part = divmod(size, 10**digits)
    tail = f"{part:0{digits}d}".rstrip("0")
    return f"{sign}{whole or ''}.{tail}" if tail else f"{sign}{whole}"


def _rounded(path: str) -> str:
    def short(match: re.Match[str]) -> str:
        return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")

    return re.sub(r"\s*\n\s*", " ", re.sub(r"-?\d+\.\d+(?:e-?\d+)?", short, path)).strip()
