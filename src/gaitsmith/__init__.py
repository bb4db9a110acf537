"""gaitsmith: from a recording of someone walking to understanding.

>>> import gaitsmith
>>> recording = gaitsmith.read("walk.mot", "grf.mot")  # doctest: +SKIP
>>> analysis = gaitsmith.analyze(recording)  # doctest: +SKIP
>>> analysis.write("out")  # doctest: +SKIP

Names are loaded when first used, so that ``import gaitsmith`` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gaitsmith.version import __version__

if TYPE_CHECKING:
    from gaitsmith.analysis import Analysis, analyze
    from gaitsmith.errors import FormatError, GaitsmithError, MissingInputError
    from gaitsmith.formats import read, write
    from gaitsmith.recording import Event, Events, Note, Recording, Stream, Subject

_HOME = {
    "Analysis": "gaitsmith.analysis",
    "analyze": "gaitsmith.analysis",
    "FormatError": "gaitsmith.errors",
    "GaitsmithError": "gaitsmith.errors",
    "MissingInputError": "gaitsmith.errors",
    "read": "gaitsmith.formats",
    "write": "gaitsmith.formats",
    "Event": "gaitsmith.recording",
    "Events": "gaitsmith.recording",
    "Note": "gaitsmith.recording",
    "Recording": "gaitsmith.recording",
    "Stream": "gaitsmith.recording",
    "Subject": "gaitsmith.recording",
}

__all__ = [
    "Analysis",
    "Event",
    "Events",
    "FormatError",
    "GaitsmithError",
    "MissingInputError",
    "Note",
    "Recording",
    "Stream",
    "Subject",
    "__version__",
    "analyze",
    "read",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'gaitsmith' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
