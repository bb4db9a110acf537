"""Words from files made fit for pages, pictures and file names."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["headed", "readable", "slug"]

# What neither XML 1.0 nor UTF-8 can hold: control characters, lone surrogates, non-characters.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def readable(text: str, *, lines: bool = False) -> str:
    """`text` with what no page can hold replaced; on one line unless `lines`."""
    clean = _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
    return clean if lines else re.sub(r"\s+", " ", clean).strip()


def headed(text: str) -> str:
    """`text` with a capital where it starts with a plain word (``foot_l`` and ``x`` stay)."""
    first = text.split(" ", 1)[0].rstrip(",:").replace("-", "")
    return text[:1].upper() + text[1:] if len(first) > 2 and first.isalpha() else text


def slug(text: str, taken: set[str]) -> str:
    """A short ASCII name for a file or an anchor, unlike all `taken` (it is added to them)."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_")[:60].lower() or "part"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name)
    return name
