"""What was filled in the recording, and how the person's own strides vary beside the population's."""

from __future__ import annotations

import numpy as np

from gaitsmith.channels import Side
from gaitsmith.chapters.base import Context, listed
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Note, Stream
from gaitsmith.sections import Band, Curve, Figure, Panel, Section

__all__ = ["chapter"]

# Shown of the population's seven angles.
_SHOWN = ("hip_flexion", "knee_angle", "ankle_angle")
_FEWEST, _MOST = 2, 5


def chapter(context: Context) -> Section | None:
    """The person's next stride from up to five of the right leg, where angles and speed are known."""
    recording = context.recording
    filled = {
        name: int(s.filled.any(axis=tuple(range(1, s.data.ndim))).sum())
        for name, s in recording.streams.items()
        if s.filled is not None and s.filled.any() and not _drawn(s)
    }
    words, notes = [], []
    if filled:
        words.append(
            "Filled samples: " + listed(f"{n} of {name}" for name, n in filled.items())
            + ". They are estimates, made where nothing was recorded."
        )  # fmt: skip
    figures = []
    values: dict[str, object] = {"filled_samples": filled}
    usable = (
        recording.angles is not None and context.walked and context.speed is not None
        and not context.relative_angles
    )  # fmt: skip
    if usable:
        try:
            figure, more, said = _personal(context)
        except GaitsmithError as error:
            notes.append(Note("refusal", "personal strides", error.on_one_line("personal strides")))
        else:
            if figure is not None:
                figures, values = [figure], values | more
                words.append(said)
    if not words:
        return None
    return Section("fewshot", "Personal strides", words=words, figures=figures, values=values, notes=notes)  # fmt: skip


def _drawn(stream: Stream) -> bool:
    """Whether a stream was made here of another one: what it marks are inputs that were never there."""
    return "made_from" in stream.attrs


def _personal(context: Context) -> tuple[Figure | None, dict[str, object], str]:
    from gaitsmith.models.fewshot.api import personalize

    assert context.strides is not None
    assert context.speed is not None
    if context.strides.running or context.strides.n < _FEWEST:
        return None, {}, ""
    me = personalize([context.recording.with_events(context.strides.events)], kind="angles",
                     speed_m_s=context.speed[0], strides=_MOST)  # fmt: skip
    side: Side = "right" if (me.cycles.side == "right").any() else "left"
    mine = me.cycles.take(me.cycles.side == side)
    person = me.model.adapt(mine)
    band = person.predict(speed_m_s=context.speed[0])
    low, high = band.at(0.9)
    labels = me.model.labels
    phase = np.linspace(0.0, 100.0, me.model.shape[0])
    panels = []
    for name in _SHOWN:
        k = labels.index(name)
        thin = [Curve(phase, c[:, k], "", side, thin=True) for c in mine.data]
        panels.append(Panel(
            name.replace("_", " "), [*thin, Curve(phase, band.mean[:, k], "expected", side, dashed=True)],
            [Band(phase, low[:, k], high[:, k], "90 % of next strides", side)],
            x_label="% of stride", unit="°",
        ))  # fmt: skip
    figure = Figure(
        "personal_strides", f"{len(mine)} {side} stride{'s' if len(mine) != 1 else ''} (thin) and the next one to be expected", panels,
        alt="Hip, knee and ankle angle of single strides, the expected next stride and its 90 % band",
    )  # fmt: skip
    half = 0.5 * float(np.mean((high - low)[:, [labels.index(x) for x in _SHOWN]]))
    values: dict[str, object] = {"strides": len(mine), "half_width_90_deg": half, "stride_spread": person.spread**0.5}  # fmt: skip
    words = (f"From {len(mine)} {side} stride{'s' if len(mine) != 1 else ''} and from how people's strides differ, the next stride of this person is "
             f"expected within ± {half:.0f}° (nine in ten). It is an estimate, not a measurement.")  # fmt: skip
    return figure, values, words
