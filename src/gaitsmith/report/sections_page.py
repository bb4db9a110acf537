"""Sections that belong to no single recording (a cohort, a comparison) as one self-contained page."""

from __future__ import annotations

from collections.abc import Sequence

from gaitsmith.report.page import _TEMPLATES, _environment, _sections, script_of
from gaitsmith.report.words import readable
from gaitsmith.sections import Section

__all__ = ["render_page"]


def render_page(title: str, sections: Sequence[Section], *, lead: str = "") -> str:
    """The page as text; nothing is fetched, and only our own script runs.

    Parameters
    ----------
    title, lead
        Heading, and the sentence below it.
    sections
        Shown in their order; empty ones are left out.
    """
    from gaitsmith.version import __version__

    shown = [s for s in _sections(sections, {}) if s["filled"]]
    text = (
        _environment()
        .get_template("sections.html.j2")
        .render(
            title=title,
            lead=lead,
            sections=shown,
            style=(_TEMPLATES / "style.css").read_text("utf-8"),
            version=__version__,
            **script_of(shown),
        )
    )
    return readable(text, lines=True)
