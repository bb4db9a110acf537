"""``gaitsmith serve``: a page on this machine, for people who would rather look than type.

Floors inside: ``limits`` (how much of anything), ``names`` (file names are never trusted),
``shelf`` (what lies where; SQLite), ``tasks`` (what worker processes do), ``pool`` (processes with
time and memory limits), ``guard`` (who may ask), ``uploads``, ``routes`` (the API and pages),
``app`` (all of it together). The threat model is in ``docs/web.md``.
"""

from gaitsmith.web.limits import Limits

__all__ = ["Limits"]
