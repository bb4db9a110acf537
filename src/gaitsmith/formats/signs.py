"""Signs of single columns as the user tells them, applied in this one place after a file was read.

-1 says that the file counts a column the other way round than gaitsmith ([conventions] in the
docs), 1 that it counts as gaitsmith does. Both are said of the *file*: where its reader has turned
a knee by itself, 1 takes that back and -1 agrees with it. A sign turns its column alone; a joint's
moment is a column of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, did_you_mean
from gaitsmith.formats.base import Hints
from gaitsmith.formats.columns import roles, sensor_label
from gaitsmith.formats.opensim_columns import knee_note
from gaitsmith.recording import Note, Recording
from gaitsmith.streams import Stream

__all__ = ["check_signs", "column_of", "told", "unknown"]

# Names that a message lists.
_SOME = 12


def check_signs(signs: Mapping[str, float]) -> None:
    """Nothing where every sign is -1 or 1.

    Raises
    ------
    GaitsmithError
        Naming the column of the first that is not.
    """
    for name, value in signs.items():
        if isinstance(value, bool) or value not in (-1, 1):
            raise GaitsmithError("not a sign", place=f"sign of {name}", found=value,
                                 expected="-1 (the file counts it the other way round) or 1 (as gaitsmith does)",
                                 remedy=f'say signs={{"{name}": -1}}, or leave it out')  # fmt: skip


def told(recording: Recording, hints: Hints) -> tuple[Recording, tuple[str, ...]]:
    """`recording` with ``hints.signs`` applied and noted, and the names that it has no column for."""
    turns: dict[str, dict[int, float]] = {}
    notes: list[Note] = []
    knees: dict[Side, float] = {}
    absent: list[str] = []
    for name, sign in hints.signs.items():
        found = column_of(recording, name, hints)
        if found is None:
            absent.append(name)
            continue
        stream, at = found
        if at in turns.get(stream, {}):
            raise GaitsmithError("two signs for one column", place=f"sign of {name}", found=f"{name}={sign:g}",
                                 expected=f"one sign for {recording.streams[stream].columns()[at]}",
                                 remedy="leave one of them out")  # fmt: skip
        place = recording.streams[stream].columns()[at]
        words = "turned round, as told" if sign < 0 else "left as the file counts it, as told"
        notes.append(Note("assumption", place, words))
        turns.setdefault(stream, {})[at] = float(sign)
        if recording.streams[stream].kind == "angles" and place in ("knee_angle_r", "knee_angle_l"):
            knees["right" if place.endswith("r") else "left"] = float(sign)
    for stream, signs in turns.items():
        s = recording.streams[stream]
        flat = s.data.reshape(len(s), -1).copy()
        already = {f"knee_angle_{side[0]}" for side in s.attrs.get("negative_knee", ())}
        already |= {f"knee_angle_{side[0]}_moment" for side in s.attrs.get("knee_turned", ())}
        for at, sign in signs.items():
            flat[:, at] *= -sign if s.columns()[at] in already else sign
        # Zero has no sign in a file.
        data = flat.reshape(s.data.shape) + 0.0
        recording = recording.with_stream(s.replace(data=data), stream)
    recording = _knees(recording, knees, turns)
    return recording.replace(notes=(*recording.notes, *notes)), tuple(absent)


def _knees(
    recording: Recording, signs: Mapping[Side, float], turns: Mapping[str, Mapping[int, float]]
) -> Recording:
    """What the reader said and did of a knee by itself, where the user has now said it."""
    streams = dict(recording.streams)
    notes = recording.notes
    for name, s in recording.streams.items():
        for key in ("negative_knee", "knee_turned"):
            sides: tuple[Side, ...] = tuple(s.attrs.get(key, ()))
            back = [x for x in sides if signs.get(x) == 1.0]
            if key == "negative_knee" and any(x in signs for x in sides):
                left = tuple(x for x in sides if x not in signs)
                more = (knee_note(left),) if left else ()
                notes = tuple(n for n in notes if n != knee_note(sides)) + more
            if not back:
                continue
            data = s.data.copy()
            if key == "knee_turned":
                labels = [f"knee_angle_{x[0]}_moment" for x in back]
                at = [i for i, x in enumerate(s.labels) if x in labels and i not in turns.get(name, {})]  # fmt: skip
                data[:, at] *= -1.0
            rest = {k: v for k, v in s.attrs.items() if k != key}
            still = [x for x in sides if x not in back]
            attrs = {**rest, key: still} if still else rest
            streams[name] = s = s.replace(data=data, attrs=attrs)
    return recording.replace(streams=streams, notes=notes)


def column_of(recording: Recording, name: str, hints: Hints) -> tuple[str, int] | None:
    """(stream, flat column) that `name` means: our own name of it, or one that the file may have.

    None where there is none, or where it could be several.
    """
    names = [f"{to}{name[len(of) :]}" for of, to in hints.placement.items() if name.startswith(f"{of}_")]  # fmt: skip
    # Where sensors swap their places, the name that the file has for one is the new one of another.
    names = names or [hints.columns.get(name, name)]
    for wanted in names:
        for matches in (_exact, _alike):
            found = [(s, i) for s, stream in recording.streams.items() for i in matches(s, stream, wanted)]  # fmt: skip
            if len(found) == 1:
                return found[0]
    return None


def _exact(name: str, stream: Stream, wanted: str) -> Iterator[int]:
    low = wanted.lower()
    for i, column in enumerate(stream.columns()):
        if low in (column.lower(), f"{name}.{column}".lower()):
            yield i


def _alike(_: str, stream: Stream, wanted: str) -> Iterator[int]:
    """Columns that a file may call so: aliases of joints, ``ground_force_r_vy``, ``LF_AccX``."""
    role = roles([wanted])[0]
    prefixes = stream.attrs.get("columns", {}) if stream.kind == "forces" else {}
    for i, column in enumerate(stream.columns()):
        if not stream.axes:
            if role.kind == stream.kind and role.label == column:
                yield i
            continue
        label, axis = stream.labels[i // len(stream.axes)], stream.axes[i % len(stream.axes)]
        if wanted == f"{prefixes.get(label, '')[:-1]}{axis.replace('f', 'v')}":
            yield i
        elif role.kind == stream.kind and axis == _axis(role.axis):
            placed, known = sensor_label(role.label, {}, only=False)
            # An only sensor that was placed by hand has another name in its file.
            only = len(stream.labels) == 1 and (
                not role.label or (stream.kind == "imu" and not known)
            )
            if label == (placed if stream.kind == "imu" else role.label) or only:
                yield i


def _axis(axis: str) -> str:
    """A column's axis as streams call it."""
    return {"vx": "fx", "vy": "fy", "vz": "fz", "my": "ty"}.get(axis, axis)


def unknown(name: str, sign: float, recording: Recording, place: str) -> GaitsmithError:
    """The refusal of a sign for a column that is not there."""
    columns = [c for s in recording.streams.values() for c in s.columns()]
    return GaitsmithError(
        "no column has this name", place=place, found=f"{name}={sign:g}",
        expected=f"one of {', '.join(columns[:_SOME])}{', …' if len(columns) > _SOME else ''}" if columns
        else "a file with columns",
        remedy=did_you_mean(name, columns) or "see the names with `gaitsmith info`",
    )  # fmt: skip
