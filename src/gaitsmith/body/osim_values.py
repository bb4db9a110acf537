"""Numbers, vectors, frames and functions of a single variable as OpenSim's models write them."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from gaitsmith.body.functions import (
    Constant,
    Function,
    PiecewiseLinear,
    Polynomial,
    Scaled,
    SimmSpline,
    linear,
)
from gaitsmith.body.kinematics import about
from gaitsmith.body.tree import Frame
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Source

__all__ = ["Values"]


@dataclass
class Values:
    """Readings of a file; what cannot be read is named with its place."""

    source: Source

    def wrong(self, problem: str, place: str, **about_it: object) -> FormatError:
        """An error of the file, with its place."""
        return self.source.wrong(problem, place, **about_it)

    def numbers(self, text: str | None, place: str, count: int | None = None) -> tuple[float, ...]:
        """Finite numbers, parted by blanks or commas."""
        try:
            found = tuple(float(x) for x in (text or "").replace(",", " ").split())
        except ValueError as error:
            raise self.wrong("not a number", place, found=(text or "").strip()) from error
        if not np.all(np.isfinite(found)):
            raise self.wrong("not a finite number", place, found=(text or "").strip())
        if count is not None and len(found) != count:
            raise self.wrong("another count of numbers than expected", place,
                             found=f"{len(found)}: {(text or '').strip()}", expected=str(count))  # fmt: skip
        return found

    def vector(
        self, element: ElementTree.Element, tag: str, place: str
    ) -> tuple[float, float, float]:
        """Three numbers of a child; nought where it is absent."""
        text = element.findtext(tag)
        if text is None or not text.strip():
            return (0.0, 0.0, 0.0)
        x, y, z = self.numbers(text, f"{place}, {tag}", 3)
        return (x, y, z)

    def number(self, element: ElementTree.Element, tag: str, place: str, default: float) -> float:
        """One number of a child."""
        text = element.findtext(tag)
        if text is None or not text.strip():
            return default
        return self.numbers(text, f"{place}, {tag}", 1)[0]

    def frame(self, element: ElementTree.Element, place: str, origin: str, turn: str) -> Frame:
        """A frame given by a translation and body-fixed x, y, z rotations."""
        a, b, c = self.vector(element, turn, place)
        rotation = np.eye(3)
        for axis, angle in zip(np.eye(3), (a, b, c), strict=True):
            rotation = rotation @ about(axis, np.array(angle))
        return Frame(rotation, np.array(self.vector(element, origin, place)))

    def axis_function(self, element: ElementTree.Element, place: str, moved: bool) -> Function:
        """The function of an axis; without one, the coordinate itself or nothing."""
        for child in element:
            if child.tag in ("coordinates", "axis", "is_rotation"):
                continue
            inner = list(child) if child.tag == "function" else [child]
            if inner:
                return self.function(inner[0], place)
        return linear(1.0) if moved else Constant(0.0)

    def function(self, element: ElementTree.Element, place: str, depth: int = 0) -> Function:
        """One of OpenSim's functions of a single variable."""
        kind = element.tag
        if kind == "Constant":
            return Constant(self.number(element, "value", place, 0.0))
        if kind in ("LinearFunction", "PolynomialFunction"):
            c = self.numbers(element.findtext("coefficients"), f"{place}, coefficients")
            if not c or (kind == "LinearFunction" and len(c) != 2) or len(c) > 64:
                raise self.wrong(
                    "a function with a wrong count of coefficients", place, found=len(c)
                )
            return Polynomial(c)
        if kind in (
            "SimmSpline",
            "NaturalCubicSpline",
            "natCubicSpline",
            "PiecewiseLinearFunction",
        ):
            x = self.numbers(element.findtext("x"), f"{place}, x")
            y = self.numbers(element.findtext("y"), f"{place}, y")
            if len(x) > 5000:
                raise self.wrong(
                    "a spline with too many knots", place, found=len(x), expected="5000"
                )
            try:
                return (PiecewiseLinear if kind.startswith("Piecewise") else SimmSpline)(x, y)
            except GaitsmithError as error:
                raise self.wrong(error.problem, place, found=error.found) from error
        if kind == "GCVSpline":
            return self.natural(element, place)
        if kind == "MultiplierFunction":
            inside = element.find("function")
            inner = list(inside) if inside is not None else []
            if not inner:
                raise self.wrong("a multiplier without a function", place)
            if depth > 8:
                raise self.wrong("multipliers in multipliers without end", place)
            return Scaled(
                self.function(inner[0], place, depth + 1), self.number(element, "scale", place, 1.0)
            )
        raise self.wrong("this kind of function cannot be read", place, found=kind,
                         expected="Constant, LinearFunction, PolynomialFunction, SimmSpline, "
                                  "PiecewiseLinearFunction, GCVSpline or MultiplierFunction")  # fmt: skip

    def natural(self, element: ElementTree.Element, place: str) -> Function:
        """A GCVSpline that goes through its knots."""
        from gaitsmith.body.gcv import NaturalSpline

        if self.number(element, "error_variance", place, 0.0) > 0:
            raise self.wrong("a GCVSpline that smooths cannot be read", place)
        x = self.numbers(element.findtext("x"), f"{place}, x")
        y = self.numbers(element.findtext("y"), f"{place}, y")
        if len(x) > 5000:
            raise self.wrong("a spline with too many knots", place, found=len(x), expected="5000")
        try:
            return NaturalSpline(x, y, int(self.number(element, "half_order", place, 3)))
        except GaitsmithError as error:
            raise self.wrong(error.problem, place, found=error.found) from error
