"""An Analysis made visible: one self-contained page, figures, and a folder of plain files."""

from gaitsmith.report.outputs import write_report
from gaitsmith.report.page import Shown, render_html

__all__ = ["Shown", "render_html", "write_report"]
