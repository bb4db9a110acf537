"""The site: `make docs` builds it into docs/_build, warnings being errors."""

from pathlib import Path

from gaitsmith.version import __version__

HERE = Path(__file__).parent

project = "gaitsmith"
author = "The gaitsmith founders"
copyright = author
release = version = __version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "gallery/*.rst", "sg_execution_times.rst"]
html_theme = "alabaster"
html_theme_options = {
    "description": "From a recording of someone walking to understanding",
    "page_width": "1100px",
}
html_show_sourcelink = False
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# Links to files of the repository (models.csv, programs) are not pages.
suppress_warnings = ["myst.xref_missing", "config.cache"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_mock_imports = ["torch", "lightning", "pylsl"]
napoleon_numpy_docstring = True
napoleon_google_docstring = False
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "examples",
    "filename_pattern": r"\.py",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1000,
    "remove_config_comments": True,
}


def _cards() -> None:
    """cards.md: the card of every bundled model, as it lies beside its weights."""
    parts = ["# Model cards\n", "What each bundled model learnt from, under which terms, its limits and its figures; the cards "
             "lie beside the weights and travel with them (`models.csv` is the short table).\n"]  # fmt: skip
    for card in sorted((HERE.parent / "src" / "gaitsmith" / "models").glob("*/weights/*/card.md")):
        text = card.read_text("utf-8").split("\n", 1)[1]
        parts.append(f"## {card.parent.name}\n{text.replace(chr(10) + '#', chr(10) + '##')}")
    text = "\n".join(parts)
    page = HERE / "cards.md"
    if not page.exists() or page.read_text("utf-8") != text:
        page.write_text(text, "utf-8")


_cards()
