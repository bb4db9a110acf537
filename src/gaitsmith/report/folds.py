"""What of a report is folded on a phone: everything but the words and the first pictures.

A report of a laboratory's recording is some thirty screens of a phone long. There the summary, the
words of every section and the first sections with pictures stand open; the rest opens with a tap.
On a wide screen, on paper and without scripts nothing is folded (``fold.js``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["fold", "shown_within"]

# Sections whose first picture stays open: the walk in motion and the joint angles, where there are any.
_OPEN = 2
# A section without pictures whose tables have no more rows together stays open.
_SHORT = 6


def fold(sections: Sequence[dict[str, Any]]) -> None:
    """Says for each filled section what is folded: ``fold`` is its label ("" for nothing), and
    ``fold_first`` whether its first picture is folded as well."""
    pictured = 0
    for s in sections:
        pictures = len(s["playbacks"]) + len(s["figures"])
        pictured += pictures > 0
        short = not pictures and sum(len(t["rows"]) for t in s["tables"]) <= _SHORT
        s["fold_first"] = pictured > _OPEN
        s["fold"] = "" if short else shown_within(s, first=s["fold_first"])


def shown_within(section: Mapping[str, Any], *, first: bool = True) -> str:
    """What a section shows, counted: ``2 figures, 1 table, 3 notes``; without its first picture unless `first`."""
    many = {"moving figure": len(section["playbacks"]), "figure": len(section["figures"]),
            "table": len(section["tables"]), "note": len(section["notes"])}  # fmt: skip
    if not first:
        kind = "moving figure" if many["moving figure"] else "figure"
        many[kind] = max(0, many[kind] - 1)
    return ", ".join(f"{n} {what}{'s' if n > 1 else ''}" for what, n in many.items() if n)
