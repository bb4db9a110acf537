"""Where each foot is in its stride, tick by tick, by the bundled phase model."""

from __future__ import annotations

from gaitsmith.chapters.base import Context, lacking
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events
from gaitsmith.gait.imu import labels
from gaitsmith.recording import Note
from gaitsmith.sections import Section, Table

__all__ = ["chapter"]


def chapter(context: Context) -> Section | None:
    """Phase over time, events and stance shares against the other detectors; needs a foot sensor."""
    recording = context.recording
    if not {"foot_l", "foot_r"} & set(labels(recording)):
        return None
    from gaitsmith.models.phase.api import estimate_phase

    try:
        result = estimate_phase(recording)
    except GaitsmithError as error:
        said = error.on_one_line("phase").replace("--mounting", "gaitsmith phase FILE --mounting")
        return Section(
            "phase", "Gait phase", notes=[Note("refusal", "phase", said)],
            missing=[lacking("Gait phase from the foot sensors", error)],
        )  # fmt: skip
    if not any(f.walking.any() for f in result.feet.values()):
        return Section("phase", "Gait phase", words=["The phase model saw no walking."],
                       notes=result.notes)  # fmt: skip
    from gaitsmith.models.phase.shares import shares_table

    shares = shares_table({result.model: _turns(result.events, context), **_others(context)})
    words = [
        "Gait phase as a live system would know it from each foot sensor alone (0 % is a strike), "
        "estimated by a model that learnt from healthy adults. The state line is what the strikes "
        "and foot-offs of the model are read from."
    ]
    tables = [t for t in (shares, _against(result.events, context)) if t is not None and t.rows]
    return Section(
        "phase", "Gait phase", words=words, tables=tables, figures=[result.figure()],
        values={"model": result.model, "delay_s": result.delay_s,
                "strikes": {s: len(f.strikes) for s, f in result.feet.items()}},
        notes=result.notes,
    )  # fmt: skip


def _turns(events: Events, context: Context) -> Events:
    """With the recording's turns, so that every method leaves out the same strides."""
    return events + context.recording.events.where(kind="turn")


def _others(context: Context) -> dict[str, Events]:
    return {name: _turns(Events(e for e in events if e.kind != "turn"), context)
            for name, events in context.others.items()}  # fmt: skip


def _against(mine: Events, context: Context) -> Table | None:
    """The model's events against those of every other method."""
    from gaitsmith.gait.events import agreement

    rows = []
    for name, other in context.others.items():
        found = agreement(mine, other)
        for row in (found.of("strike"), found.of("off")):
            rows.append((name, row.kind, row.matched, row.missed, row.spurious,
                         1000 * row.median_abs_s, 1000 * row.bias_s))  # fmt: skip
    if not rows:
        return None
    return Table(
        "phase_agreement", "The phase model's events against other methods",
        ("method", "event", "matched", "missed", "extra", "median |difference|", "bias"), rows,
        {"median |difference|": ".0f", "bias": "+.0f"},
        "Milliseconds; a positive bias: the model is later. Matched within 100 ms, each event once.",
    )  # fmt: skip
