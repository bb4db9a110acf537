"""A `Picture` as PNG, through matplotlib's Agg renderer but without its axes and artists."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from gaitsmith.report.pen import Area, Line, Picture, Words

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["png", "small"]

_FACE = "DejaVu Sans"


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
    with warnings.catch_warnings():
        # Letters that the drawing font lacks are drawn as boxes, not reported.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        for placed in picture.placed:
            place = _place(placed.x, placed.y, scale, height)
            shapes = (i for i in placed.part.items if not isinstance(i, Words))
            for shape in shapes:
                _shape(agg, shape, place)
            # Words stand above all shapes of their part, as in the SVG.
            for words in (i for i in placed.part.items if isinstance(i, Words)):
                _words(agg, words, (placed.x * scale, placed.y * scale), scale)
    return Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3].copy(), "RGB")


def _place(x: float, y: float, scale: float, height: int) -> Any:
    from matplotlib.transforms import Affine2D

    # Agg counts y upwards.
    return Affine2D.from_values(scale, 0, 0, -scale, x * scale, height - y * scale)


def _shape(agg: Any, item: Line | Area, place: Any) -> None:
    from matplotlib.path import Path

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
        agg.draw_path(gc, Path(item.points), place, None)
        return
    gc.set_linewidth(0)
    agg.draw_path(gc, _polygons(item), place, _rgb(item.fill))
    if item.edge and item.width:
        gc.set_alpha(1.0)
        gc.set_foreground(item.edge)
        gc.set_linewidth(item.width)
        agg.draw_path(gc, _polygons(item), place, None)


def _polygons(item: Area) -> Any:
    from matplotlib.path import Path

    here = np.isfinite(item.points).all(axis=1)
    edges = np.flatnonzero(np.diff(here.astype(int), prepend=0, append=0))
    corners, codes = [], []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        run = item.points[first:last]
        corners.append(np.concatenate((run, run[:1])))
        codes += [Path.MOVETO, *[Path.LINETO] * (len(run) - 1), Path.CLOSEPOLY]
    return Path(np.concatenate(corners), codes)


def _rgb(colour: str) -> tuple[float, float, float]:
    code = colour.lstrip("#")
    code = "".join(2 * c for c in code) if len(code) == 3 else code
    r, g, b = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return r, g, b


def _words(agg: Any, item: Words, origin: tuple[float, float], scale: float) -> None:
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family=_FACE, size=item.size, weight="bold" if item.bold else "normal")
    across, _, _ = agg.get_text_width_height_descent(item.text, font, False)
    back = {"start": 0.0, "middle": across / 2, "end": across}[item.anchor]
    gc = agg.new_gc()
    gc.set_foreground(item.colour)
    x, y = origin[0] + item.x * scale, origin[1] + item.y * scale
    if item.turned:
        agg.draw_text(gc, x, y + back, item.text, font, 90)
    else:
        agg.draw_text(gc, x - back, y, item.text, font, 0)
