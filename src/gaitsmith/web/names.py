"""Names from outside, made harmless: a name is words on a page, never a place on the disk."""

from __future__ import annotations

import re
import unicodedata

from gaitsmith.errors import GaitsmithError

__all__ = ["ID", "accepted", "safe_name"]

#: What an id looks like; nothing else reaches a path.
ID = r"^[0-9a-f]{16}$"
_LONGEST = 120
_ALSO = (".zip", ".tar", ".tgz", ".xz", ".gz", ".toml", ".osim", ".asf", ".xml")
# Names that mean devices on some systems.
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def accepted() -> list[str]:
    """Suffixes that may be uploaded."""
    from gaitsmith.formats import formats

    own = {s for m in formats().values() for s in m.SUFFIXES}
    return sorted(own | set(_ALSO))


def safe_name(name: str) -> str:
    """The last part of `name`, of letters, digits and ``. _ - ( )`` and blanks, with a known suffix.

    Raises
    ------
    GaitsmithError
        Where nothing usable is left, or files of that suffix are not taken.
    """
    text = unicodedata.normalize("NFC", name)
    text = re.split(r"[/\\]", text)[-1]
    text = re.sub(r"[^\w.() -]", "_", text).strip(" .")
    if not text or _DEVICES.match(text) or not re.search(r"\w", text):
        raise GaitsmithError("not a name of a file", found=name[:80], expected="letters and a suffix")  # fmt: skip
    stem, dot, suffix = text.rpartition(".")
    if not dot or f".{suffix.lower()}" not in accepted():
        raise GaitsmithError(
            "files of this kind are not taken", found=text[-80:], expected=f"one of {', '.join(accepted())}",
            remedy="pack several files into a .zip, or export to one of these",
        )  # fmt: skip
    return f"{stem[: _LONGEST - len(suffix) - 1]}.{suffix}"
