"""German names of columns in English, word by word, so that one reader understands both."""

from __future__ import annotations

import re

__all__ = ["english"]

# Longer words first: each stands for itself and inside a compound ("Kniewinkel", "FussLinks").
_WORDS = (
    ("winkelgeschwindigkeit", "gyr"), ("beschleunigung", "acc"), ("drehrate", "gyr"),
    ("magnetfeld", "mag"), ("unterschenkel", "shank"), ("oberschenkel", "thigh"),
    ("handgelenk", "wrist"), ("lendenwirbel", "lowerback"), ("unterer rücken", "lowerback"),
    ("brustbein", "sternum"), ("becken", "pelvis"), ("hüftflexion", "hip flexion"),
    ("hueftflexion", "hip flexion"), ("hüftbeugung", "hip flexion"),
    ("hüftwinkel", "hip flexion"), ("hueftwinkel", "hip flexion"), ("knieflexion", "knee angle"),
    ("kniebeugung", "knee angle"), ("kniewinkel", "knee angle"),
    ("sprunggelenkswinkel", "ankle angle"), ("sprunggelenkwinkel", "ankle angle"),
    ("sprunggelenk", "ankle angle"), ("zeitstempel", "timestamp"), ("abtastung", "sample"),
    ("fuß", "foot"), ("fuss", "foot"), ("linker", "left"), ("linkes", "left"), ("linke", "left"),
    ("links", "left"), ("rechter", "right"), ("rechtes", "right"), ("rechte", "right"),
    ("rechts", "right"),
)  # fmt: skip
_ANY = re.compile("|".join(re.escape(german) for german, _ in _WORDS), re.I)
_ENGLISH = dict(_WORDS)


def english(name: str) -> str:
    """`name` with its German words in English, parted by blanks; other names as they are."""
    if not _ANY.search(name):
        return name
    text = _ANY.sub(lambda m: f" {_ENGLISH[m[0].lower()]} ", name)
    text = re.sub(r"\s+", " ", text).strip(" _-")
    # Our names have the side at their end.
    side = re.search(r"\b(left|right)\b", text)
    if side and re.search(r"flexion|angle", text):
        rest = re.sub(r"[\s_-]*\b(left|right)\b[\s_-]*", " ", text, count=1).strip()
        bracket = re.search(r"\s*[\[(].*$", rest)
        unit = bracket[0] if bracket else ""
        return f"{rest.removesuffix(unit).strip().replace(' ', '_')}_{side[1][0]}{unit}"
    return text
