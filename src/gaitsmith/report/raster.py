"""A `Picture` as PNG: shapes through matplotlib's Agg renderer without its artists, words by Pillow."""

from __future__ import annotations

import io
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.report.pen import Area, Line, Picture, Words

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["png", "small"]


def png(picture: Picture, dpi: float) -> bytes:
    """The picture in `dpi` dots an inch; nothing of the day or the machine is written."""
    out = io.BytesIO()
    _image(picture, dpi).save(out, "png", compress_level=4)
    return out.getvalue()


def small(data: bytes) -> bytes:
    """A PNG with a palette of 256 colours: a quarter of the size, the same to the eye."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        few = image.convert("RGB").quantize(
            256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.save(out, "png", optimize=True)
    return out.getvalue()


def _image(picture: Picture, dpi: float) -> Image:
    from matplotlib.backends.backend_agg import RendererAgg
    from PIL import Image

    scale = dpi / 72
    width, height = round(picture.width * scale), round(picture.height * scale)
    agg: Any = RendererAgg(width, height, dpi)  # type: ignore[no-untyped-call]
    sheet = [(0, 0), (picture.width, 0), (picture.width, picture.height), (0, picture.height)]
    _shape(agg, Area(np.array(sheet, dtype=float), "#ffffff"), _place(0, 0, scale, height))
    for placed in picture.placed:
        place = _place(placed.x, placed.y, scale, height)
        for shape in (i for i in placed.part.items if not isinstance(i, Words)):
            _shape(agg, shape, place)
    image = Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3].copy(), "RGB")
    # Words stand above all shapes.
    for placed in picture.placed:
        for words in (i for i in placed.part.items if isinstance(i, Words)):
            _words(image, words, (placed.x * scale, placed.y * scale), scale)
    return image


def _place(x: float, y: float, scale: float, height: int) -> Any:
    from matplotlib.transforms import Affine2D

    # Agg counts y upwards.
    return Affine2D.from_values(scale, 0, 0, -scale, x * scale, height - y * scale)


def _shape(agg: Any, item: Line | Area, place: Any) -> None:
    from matplotlib.path import Path as Outline

    gc = agg.new_gc()
    gc.set_joinstyle("round")
    gc.set_capstyle("butt")
    gc.set_antialiased(True)
    gc.set_alpha(item.alpha)
    if isinstance(item, Line):
        gc.set_foreground(item.colour)
        gc.set_linewidth(item.width)
        if item.dash:
            gc.set_dashes(0, [d * item.width for d in item.dash])
        agg.draw_path(gc, Outline(item.points), place, None)
        return
    gc.set_linewidth(0)
    agg.draw_path(gc, _polygons(item), place, _rgb(item.fill))
    if item.edge and item.width:
        gc.set_alpha(1.0)
        gc.set_foreground(item.edge)
        gc.set_linewidth(item.width)
        agg.draw_path(gc, _polygons(item), place, None)


def _polygons(item: Area) -> Any:
    from matplotlib.path import Path as Outline

    here = np.isfinite(item.points).all(axis=1)
    edges = np.flatnonzero(np.diff(here.astype(int), prepend=0, append=0))
    corners, codes = [], []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        run = item.points[first:last]
        corners.append(np.concatenate((run, run[:1])))
        codes += [Outline.MOVETO, *[Outline.LINETO] * (len(run) - 1), Outline.CLOSEPOLY]
    return Outline(np.concatenate(corners), codes)


def _rgb(colour: str) -> tuple[float, float, float]:
    code = colour.lstrip("#")
    code = "".join(2 * c for c in code) if len(code) == 3 else code
    r, g, b = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return r, g, b


@cache
def _font(size: float, bold: bool) -> Any:
    """DejaVu Sans, which matplotlib brings along, at a size in pixels."""
    from matplotlib import get_data_path
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    file = Path(get_data_path(), "fonts", "ttf", name)
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


def _words(image: Image, item: Words, origin: tuple[float, float], scale: float) -> None:
    """Write `item` on the picture; letters that the font lacks are boxes."""
    from PIL import Image, ImageDraw

    font = _font(round(item.size * scale, 2), item.bold)
    side = {"start": "ls", "middle": "ms", "end": "rs"}[item.anchor]
    x, y = origin[0] + item.x * scale, origin[1] + item.y * scale
    if not item.turned:
        ImageDraw.Draw(image).text((x, y), item.text, item.colour, font, side)
        return
    # Written on a strip of its own, which is then turned to read upwards.
    up, down, wide = (
        math.ceil(1.2 * font.size),
        math.ceil(0.4 * font.size),
        math.ceil(font.getlength(item.text)),
    )
    strip = Image.new("L", (wide, up + down))
    ImageDraw.Draw(strip).text((0, up), item.text, 255, font, "ls")
    strip = strip.transpose(Image.Transpose.ROTATE_90)
    back = {"start": 0.0, "middle": wide / 2, "end": float(wide)}[item.anchor]
    image.paste(item.colour, (round(x - up), round(y + back - wide)), strip)
