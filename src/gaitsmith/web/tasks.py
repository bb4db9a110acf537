"""What worker processes do; each takes plain values and gives plain values.

Paths come from the server, never from a page. Heavy imports stand inside: a process imports what
its own task needs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gaitsmith.errors import GaitsmithError
from gaitsmith.web.names import title as visible
from gaitsmith.web.signals import positive_of, signals, unit_of
from gaitsmith.web.words import in_report, on_page

__all__ = ["analyse", "another_speed", "compare", "members", "preview"]

Step = Callable[[str], None]
# Members of an archive, and columns of a table, that a page lists.
_MEMBERS, _COLUMNS = 300, 200


def preview(
    step: Step, *, files: Sequence[str], hints: Mapping[str, Any], format: str | None = None
) -> dict[str, Any]:
    """What was understood of the files: streams, channels with units and ranges, person, notes.

    A refusal carries the names of the files' columns and sensors as ``about``, so that they can be said.
    """
    step("reading")
    with _shown(files):
        columns = _columns(files)
        try:
            recording = _read(files, hints, format)
        except GaitsmithError as error:
            sensors = _sensors(files, hints, format)
            error.about = {"columns": columns, "sensors": sensors}  # type: ignore[attr-defined]
            raise
        bare = _unplaced(files, hints, format, recording)
        sensors = [x for s in bare.of_kind("imu").values() for x in s.labels]
        if sensors and len(files) > 1:
            sensors = _sensors(files, hints, format)
    figure = signals(recording)
    return {
        **_described(recording), "svg": _svg(figure) if figure is not None else "", "columns": columns,
        "signs": _signs(bare),
        "sensors": list(dict.fromkeys(sensors)),
    }  # fmt: skip


def members(step: Step, *, file: str) -> list[str]:
    """Names of the files in an archive."""
    from gaitsmith.formats.sources import is_archive
    from gaitsmith.formats.sources import members as inside

    step("looking into the archive")
    with _shown([file]):
        if not is_archive(Path(file)):
            raise GaitsmithError(
                "not an archive of several files", file=file, expected=".zip or .tar"
            )
        return inside(file)[:_MEMBERS]


def analyse(
    step: Step, *, files: Sequence[str], static: str | None, osim: str | None, title: str,
    hints: Mapping[str, Any], options: Mapping[str, Any], result: str, format: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Analyse, write the folder of results whole, and say its summary.

    The report and everything of it carry `title` where one is given.
    """
    from gaitsmith.analysis import analyze
    from gaitsmith.formats import read
    from gaitsmith.web.scene import scene

    step("reading")
    with _shown([*files, *(f for f in (static, osim) if f)]):
        recording = _read(files, hints, format)
        named = visible(recording.name)
        walk = recording.replace(name=title or named)
        standing = read(static) if static else None
        analysis = analyze(walk, static=standing, osim=osim, progress=step, **options)
    # What was read is the same under any title.
    made_from = {**analysis.made, "input": named, "digest": recording.digest()}
    analysis = in_report(replace(analysis, made=made_from))
    step("writing the report")
    target = Path(result)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as beside:
        made = Path(beside) / "result"
        analysis.write(made)
        analysis.recording.write(made / "recording.gait", force=True)
        packed = shutil.make_archive(str(Path(beside) / "everything"), "zip", made)
        Path(packed).rename(made / "everything.zip")
        facts = json.dumps(scene(analysis), allow_nan=False, separators=(",", ":"))
        (target.parent / "scene.json").write_text(facts, "utf-8")
        made.rename(target)
    # A chapter that only says why there are no estimates has no values, and the page no slider.
    changes = analysis["speed"].values if "speed" in analysis else {}
    return {
        "title": title or named, "summary": list(analysis.summary),
        "can_change_speed": bool(changes), "speed_m_s": changes.get("source_speed_m_s"),
        "warnings": sum(n.level == "warning" for n in analysis.notes),
    }  # fmt: skip


def another_speed(
    step: Step, *, recording: str, speed: float, out: str, walked_m_s: float | None = None
) -> dict[str, Any]:
    """The walk at another speed: picture, numbers and a motion file."""
    from gaitsmith.models.speed.api import change_speed
    from gaitsmith.recording import Recording
    from gaitsmith.report.numbers import cell_text

    step("walking at another speed")
    made = change_speed(Recording.load(recording), [speed], speed_m_s=walked_m_s)
    folder = Path(out)
    folder.mkdir(exist_ok=True)
    name = f"walk_{speed:.2f}.mot"
    made.walks[0].recording.write(folder / name, force=True)
    table, figure = made.table, made.figure()
    rows = [[cell_text(v, table.formats.get(c, "")) for c, v in zip(table.columns, r, strict=True)] for r in table.rows]  # fmt: skip
    return {
        "svg": _svg(figure), "columns": list(table.columns), "rows": rows,
        "caption": table.caption, "file": name, "notes": [on_page(str(n)) for n in made.notes],
    }  # fmt: skip


def compare(
    step: Step, *, a: str, b: str, out: str, titles: Sequence[str] | None = None
) -> dict[str, Any]:
    """Two folders of results as one page, under `titles` where they have others than the folders."""
    from gaitsmith.comparison import compare_results, read_result
    from gaitsmith.files import write_text
    from gaitsmith.report import render_page

    step("comparing")
    one, two = read_result(a), read_result(b)
    if titles:
        one, two = replace(one, title=titles[0]), replace(two, title=titles[1])
    sections = compare_results(one, two)
    text = render_page("Comparison", sections, lead=f"A: {one.title}. B: {two.title}.")
    write_text(out, text, force=True)
    return {"summary": [w for s in sections for w in s.summary]}


def _svg(figure: Any) -> str:
    """A figure for a page that has our style sheet."""
    from gaitsmith.report.draw import draw
    from gaitsmith.report.svg import inline

    drawn = draw(figure)
    return str(inline(drawn.wide, drawn.narrow, figure.alt, figure.key))


@contextlib.contextmanager
def _shown(files: Sequence[str]) -> Iterator[None]:
    """Refusals without the folder of `files`: where it lies on the server is nobody's business."""
    try:
        yield
    except GaitsmithError as error:
        for folder in {f"{os.path.split(f.split('!')[0])[0]}{os.sep}" for f in files}:
            for field in ("problem", "file", "place", "found", "expected", "remedy"):
                words = getattr(error, field)
                if isinstance(words, str):
                    setattr(error, field, words.replace(folder, ""))
        raise


def _read(files: Sequence[str], hints: Mapping[str, Any], format: str | None = None) -> Any:
    from gaitsmith.formats import Hints, read

    return read(*files, hints=Hints(**hints), format=format)


def _unplaced(
    files: Sequence[str], hints: Mapping[str, Any], format: str | None, recording: Any
) -> Any:
    """The recording with its sensors where the files say that they sat, as far as it can be."""
    if not hints.get("placement"):
        return recording
    try:
        return _read(files, {**hints, "placement": {}}, format)
    except GaitsmithError:
        return recording  # two sensors in one place, unless they are told


def _sensors(files: Sequence[str], hints: Mapping[str, Any], format: str | None) -> list[str]:
    """Names by which sensors can be placed, whatever places were said.

    A sensor that would sit where another file's does goes by the name of its file.
    """
    from gaitsmith.formats import Hints, read
    from gaitsmith.formats.sources import open_source

    found: list[tuple[str, list[str]]] = []
    bare = Hints(**{**hints, "placement": {}, "signs": {}})
    for file in files:
        # What cannot be read alone has said so, or adds to another file.
        with contextlib.suppress(GaitsmithError):
            part = read(file, hints=bare, format=format, strict=False)
            own = [x for s in part.of_kind("imu").values() for x in s.labels]
            found.append((open_source(file).stem, own))
    every = [x for _, own in found for x in dict.fromkeys(own)]
    names: dict[str, None] = {}
    for stem, own in found:
        alone = len(own) == 1 and every.count(own[0]) > 1
        names |= dict.fromkeys([stem] if alone else own)
    return list(names)


def _columns(files: Sequence[str]) -> list[dict[str, Any]]:
    """Names of the columns of tables, those first that are not understood."""
    from gaitsmith.formats.columns import roles
    from gaitsmith.formats.opensim_table import read_table
    from gaitsmith.formats.sources import open_source
    from gaitsmith.formats.table import table_of

    found: dict[str, dict[str, Any]] = {}
    for file in files:
        low = file.lower().removesuffix(".gz")
        if not low.endswith((".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ods", ".parquet", ".mot", ".sto")):  # fmt: skip
            continue
        # What cannot be read at all is said by the reader itself, in its own words.
        with contextlib.suppress(Exception):
            source = open_source(file)
            opensim = low.endswith((".mot", ".sto"))
            names = list(read_table(source).labels if opensim else table_of(source).columns)
            for name, role in zip(names, roles(names), strict=True):
                parts = dict.fromkeys((role.kind, role.label, role.axis)) if role.kind else ()
                about = " ".join(p for p in parts if p)
                found.setdefault(name, {"name": name, "is": about})
    return sorted(found.values(), key=lambda c: c["is"] != "")[:_COLUMNS]


def _signs(recording: Any) -> list[dict[str, Any]]:
    """Columns whose sign can be told, by the names that the files give their sensors."""
    found: dict[str, dict[str, Any]] = {}
    # Markers stand in one lab: its axis that points up is what can be told of them.
    order = ("angles", "moments", "powers", "imu", "forces")
    streams = [(n, s) for kind in order for n, s in recording.of_kind(kind).items()]
    for name, s in streams:
        turned = {f"knee_angle_{side[0]}" for side in s.attrs.get("negative_knee", ())}
        turned |= {f"knee_angle_{side[0]}_moment" for side in s.attrs.get("knee_turned", ())}
        for column in s.columns():
            known = f"{name}.{column}" if column in found else column
            positive = "" if s.axes else positive_of(s, column)
            found[known] = {"name": known, "positive": positive, "turned": column in turned}
    return list(found.values())[:_COLUMNS]


def _described(recording: Any) -> dict[str, Any]:
    import numpy as np

    from gaitsmith.sections import plain

    streams = []
    for name, s in recording.streams.items():
        flat = s.data.reshape(len(s), len(s.labels), -1)
        rows = []
        for i, label in enumerate(s.labels):
            own = flat[:, i]
            ok = np.isfinite(own)
            rows.append({
                "label": label, "unit": unit_of(s, label), "positive": positive_of(s, label),
                "low": float(own[ok].min()) if ok.any() else None,
                "high": float(own[ok].max()) if ok.any() else None,
                "missing_percent": round(100 * float(1 - ok.mean()), 1) if ok.size else None,
            })  # fmt: skip
        streams.append({
            "name": name, "kind": s.kind, "rate_hz": s.nominal_rate, "even": s.rate is not None,
            "samples": len(s), "start_s": s.start if len(s) else None, "end_s": s.end if len(s) else None,
            "channels": rows,
        })  # fmt: skip
    about: dict[str, Any] = plain({
        "name": visible(recording.name), "duration_s": recording.duration,
        "person": {k: v for k, v in recording.subject.to_dict().items() if k != "sources"},
        "streams": streams, "events": len(recording.events),
        "notes": [{"level": n.level, "place": n.place, "words": on_page(n.words)} for n in recording.notes],
    })  # fmt: skip
    return about
