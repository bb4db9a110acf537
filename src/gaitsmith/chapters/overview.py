"""What was recorded, of whom, and whether there is walking in it."""

from __future__ import annotations

from gaitsmith.chapters.base import Context, counted, listed
from gaitsmith.chapters.trust import doubted
from gaitsmith.sections import Section

__all__ = ["chapter"]

_KINDS = {
    "angles": "joint angles", "points": "positions", "forces": "ground reaction forces",
    "moments": "joint moments", "powers": "joint powers", "imu": "inertial sensors",
    "pressure": "pressure", "phase": "gait phase",
}  # fmt: skip


def chapter(context: Context) -> Section:
    """One sentence on the kind of walk, and what was missing for the rest."""
    recording = context.recording
    lacking = []
    if recording.subject.mass is None:
        lacking.append(
            "Body mass is not known: forces, moments and powers are not normalised (--mass)."
        )
    if recording.subject.leg_length is None and recording.subject.height is None:
        lacking.append("Neither height nor leg length is known: speeds are not made dimensionless "
                       "by the person's own leg (--height or --leg-length).")  # fmt: skip
    if context.strides is None or not context.strides.n:
        lacking.append("Gait parameters need a whole stride, from a strike of one foot to its next: a longer recording.")  # fmt: skip
    kinds = {s.kind for s in recording.streams.values()}
    if not kinds & {"angles"}:
        lacking.append(
            "Joint angles are not in the recording: no kinematic curves, GPS or ranges of motion."
        )
    if not kinds & {"forces"}:
        lacking.append("Ground reaction forces are not in the recording: no force curves.")
    return Section("recording", "The recording", summary=[_walk(context), *_doubts(context)],
                   values={"kinds": sorted(kinds), **_pace(context)}, missing=lacking)  # fmt: skip


def _pace(context: Context) -> dict[str, float]:
    """The speed and, where it rests on a drawn body, the band (± m/s) about it."""
    if context.speed is None:
        return {}
    band = _band(context)
    return {"speed_m_s": context.speed[0], **({"speed_within_m_s": band} if band else {})}


def _band(context: Context) -> float:
    way = context.progression
    measured = way is not None and context.speed is not None and context.speed[1] == way.how
    return way.within if way is not None and measured else 0.0


def _doubts(context: Context) -> list[str]:
    """What makes the whole analysis doubtful, and that it is therefore only shown, not judged."""
    words = [f"Doubtful: {said}" for said in doubted(context.notes)]
    if context.unjudged:
        words.append(f"Nothing is judged or estimated here: {context.unjudged}.")
    return words


def _runs(context: Context) -> bool:
    """Whether it is a run: by its strides, or without any by the flight that the events' method saw."""
    if context.strides is not None and context.strides.n:
        return context.strides.running
    said = context.detection.notes if context.detection is not None else ()
    return any(n.words.startswith("running") for n in said)


def _walk(context: Context) -> str:
    recording, strides = context.recording, context.strides
    recorded = [s for s in recording.streams.values() if "made_from" not in s.attrs]
    kinds = list(dict.fromkeys(_KINDS[s.kind] for s in recorded))
    length = f"{recording.duration:.1f} s of {listed(kinds) or 'no signals'}"
    steps = recording.events.where(kind="strike")
    gait = "running" if _runs(context) else "walking"
    where = {"treadmill": " on a treadmill", "overground": " overground"}.get(context.ground, "")
    at = f" at {context.speed[0]:.2f} m/s" if context.speed else ""
    if _band(context):
        at += f" (± {_band(context):.2f})"
    if strides is None or not strides.n:
        n = f"{len(steps)} foot strike{'s' if len(steps) > 1 else ''}, but no whole stride"
    else:
        n = counted(strides.left.n, strides.right.n, "stride")
    return f"{length}: {gait}{where}{at}, {n}."
