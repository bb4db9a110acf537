"""Names from outside, made harmless: a name is words on a page, never a place on the disk."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any

from gaitsmith.errors import GaitsmithError

__all__ = ["ID", "accepted", "safe_name", "sound", "title"]

#: What an id looks like; nothing else reaches a path.
ID = r"^[0-9a-f]{16}$"
_LONGEST = 120
# Most disks hold 255 bytes; a letter may take four. What is kept beside a file needs some of them.
_BYTES = 200
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

    What is too long for a disk is cut, with a mark that keeps two such names apart.

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
    if len(text) <= _LONGEST and len(text.encode()) <= _BYTES:
        return f"{stem}.{suffix}"
    mark = hashlib.sha256(text.encode()).hexdigest()[:6]
    stem = stem[: _LONGEST - len(suffix) - len(mark) - 2]
    stem = stem.encode()[: _BYTES - len(suffix) - len(mark) - 2].decode(errors="ignore")
    return f"{stem}-{mark}.{suffix}"


def title(words: str) -> str:
    """`words` as they can be seen: without control characters, marks of direction and the like,
    blanks drawn together; empty where nothing is left to see.
    """
    kept = "".join(
        c if unicodedata.category(c)[0] != "C" else " " if c.isspace() else "" for c in words
    )
    kept = " ".join(kept.split())
    return kept if any(unicodedata.category(c)[0] in "LNPS" for c in kept) else ""


def sound(value: Any) -> Any:
    """`value` with text that UTF-8 can write: half of a surrogate pair becomes ``?``."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {sound(k): sound(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [sound(v) for v in value]
    return value
