"""From an OpenSim model given beside a trial: the person's mass."""

from __future__ import annotations

import math
import re

from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.opensim_xml import is_xml, parse, text_of
from gaitsmith.recording import Note, Recording, Subject

__all__ = ["NAME", "SUFFIXES", "read", "sniff"]

NAME = "OpenSim model"
SUFFIXES = (".osim",)


def sniff(head: bytes, suffix: str) -> float:
    """1 for a document that holds a model."""
    if b"<OpenSimDocument" in head and re.search(rb"<Model[ >]", head) and is_xml(head):
        return 1.0
    return 0.3 if suffix in SUFFIXES else 0.0


def read(source: Source, hints: Hints) -> Recording:
    """A Recording without streams; the person's mass (kg) is the sum of the bodies' masses.

    Raises
    ------
    FormatError
        Where the XML is broken or the bodies have no plausible mass.
    """
    root = parse(source)
    model = root if root.tag == "Model" else root.find("Model")
    bodies = [] if model is None else list(model.iterfind("BodySet/objects/Body"))
    if not bodies:
        raise source.wrong("no body stands in this file", expected="an OpenSim model")
    total = 0.0
    for body in bodies:
        try:
            mass = float(text_of(body, "mass") or 0.0)
        except ValueError:
            mass = math.nan
        if not math.isfinite(mass):
            raise source.wrong("a body's mass is not a number", place=f"body {body.get('name')}",
                               found=text_of(body, "mass"))  # fmt: skip
        total += mass
    if not 1.0 <= total <= 650.0:
        raise source.wrong("the bodies have no person's mass", found=f"{total:g} kg",
                           expected="1 to 650 kg")  # fmt: skip
    words = f"mass {total:.2f} kg is the sum of the model's {len(bodies)} bodies"
    subject = Subject().given(f"osim {source.stem}", mass=round(total, 6))
    return Recording(subject, notes=(Note("assumption", "mass", words),), name=source.stem)
