"""What worker processes do; each takes plain values and gives plain values.

Paths come from the server, never from a page. Heavy imports stand inside: a process imports what
its own task needs.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["analyse", "another_speed", "compare", "preview"]

Step = Callable[[str], None]
# Channels of a stream drawn in the preview.
_DRAWN = 4
_POINTS = 400


def preview(step: Step, *, files: Sequence[str], hints: Mapping[str, Any]) -> dict[str, Any]:
    """What was understood of the files: streams, channels with units and ranges, person, notes."""
    step("reading")
    recording = _read(files, hints)
    figure = _signals(recording)
    return {**_described(recording), "svg": _svg(figure) if figure is not None else ""}


def analyse(
    step: Step, *, files: Sequence[str], static: str | None, osim: str | None, title: str,
    hints: Mapping[str, Any], options: Mapping[str, Any], result: str,
) -> dict[str, Any]:  # fmt: skip
    """Analyse, write the folder of results whole, and say its summary."""
    from gaitsmith.analysis import analyze
    from gaitsmith.formats import read
    from gaitsmith.web.scene import scene

    step("reading")
    recording = _read(files, hints)
    standing = read(static) if static else None
    analysis = analyze(recording, static=standing, osim=osim, progress=step, **options)
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
    named = recording.name or title
    return {
        "title": title or named, "summary": list(analysis.summary),
        "can_change_speed": "speed" in analysis,
        "warnings": sum(n.level == "warning" for n in analysis.notes),
    }  # fmt: skip


def another_speed(step: Step, *, recording: str, speed: float, out: str) -> dict[str, Any]:
    """The walk at another speed: picture, numbers and a motion file."""
    from gaitsmith.models.speed.api import change_speed
    from gaitsmith.recording import Recording
    from gaitsmith.report.numbers import cell_text

    step("walking at another speed")
    made = change_speed(Recording.load(recording), [speed])
    folder = Path(out)
    folder.mkdir(exist_ok=True)
    name = f"walk_{speed:.2f}.mot"
    made.walks[0].recording.write(folder / name, force=True)
    table, figure = made.table, made.figure()
    rows = [[cell_text(v, table.formats.get(c, "")) for c, v in zip(table.columns, r, strict=True)] for r in table.rows]  # fmt: skip
    return {
        "svg": _svg(figure), "columns": list(table.columns), "rows": rows,
        "caption": table.caption, "file": name, "notes": [str(n) for n in made.notes],
    }  # fmt: skip


def compare(step: Step, *, a: str, b: str, out: str) -> dict[str, Any]:
    """Two folders of results as one page."""
    from gaitsmith.comparison import compare_results, read_result
    from gaitsmith.files import write_text
    from gaitsmith.report import render_page

    step("comparing")
    one, two = read_result(a), read_result(b)
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


def _read(files: Sequence[str], hints: Mapping[str, Any]) -> Any:
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.formats import Hints, read

    try:
        return read(*files, hints=Hints(**hints))
    except GaitsmithError as error:
        # Where the file lies on the server is nobody's business.
        if error.file is not None:
            error.file = os.path.basename(error.file)  # noqa: PTH119
        raise


def _described(recording: Any) -> dict[str, Any]:
    import numpy as np

    from gaitsmith.channels import channels
    from gaitsmith.sections import plain

    known = channels()
    streams = []
    for name, s in recording.streams.items():
        flat = s.data.reshape(len(s), len(s.labels), -1)
        rows = []
        for i, label in enumerate(s.labels):
            own = flat[:, i]
            ok = np.isfinite(own)
            rows.append({
                "label": label, "unit": known[label].unit if label in known else "",
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
        "name": recording.name, "duration_s": recording.duration,
        "person": {k: v for k, v in recording.subject.to_dict().items() if k != "sources"},
        "streams": streams, "events": len(recording.events),
        "notes": [{"level": n.level, "place": n.place, "words": n.words} for n in recording.notes],
    })  # fmt: skip
    return about


def _signals(recording: Any) -> Any:
    import numpy as np

    from gaitsmith.sections import Curve, Figure, Panel

    panels = []
    for name, s in list(recording.streams.items())[:6]:
        if not len(s):
            continue
        flat = s.data.reshape(len(s), len(s.labels), -1)[:, :_DRAWN]
        every = max(1, len(s) // _POINTS)
        curves = [
            Curve(s.times[::every], np.asarray(flat[::every, i, c], float), thin=flat.shape[2] > 1)
            for i in range(flat.shape[1]) for c in range(min(3, flat.shape[2]))
        ]  # fmt: skip
        more = "" if len(s.labels) <= _DRAWN else f" and {len(s.labels) - _DRAWN} more"
        panels.append(Panel(f"{name}: {', '.join(s.labels[:_DRAWN])}{more}", curves=curves, x_label="s"))  # fmt: skip
    if not panels:
        return None
    return Figure("signals", "Signals as they were read", panels, 1,
                  alt="The first channels of every stream over time, as they were read.")  # fmt: skip
