"""An Analysis made visible: one self-contained page, figures, and a folder of plain files."""

from gaitsmith.report.outputs import write_report
from gaitsmith.report.page import Shown, render_html
from gaitsmith.report.sections_page import render_page

__all__ = ["Shown", "render_html", "render_page", "write_report"]
