"""The function users call: a recording in, the same person at other speeds out.

>>> from gaitsmith.models.speed.api import change_speed
>>> result = change_speed(recording, to=[0.6, 1.6], speed_m_s=1.1)  # doctest: +SKIP
>>> result.walks[0].recording.write("walk_0.60.mot")                # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.base import generator
from gaitsmith.models.speed.default import StatisticalSpeed
from gaitsmith.models.speed.prediction import Prediction
from gaitsmith.models.speed.result import SpeedResult, Walk
from gaitsmith.models.speed.sources import (
    measured_speed,
    source_strides,
    source_units,
    speed_of_stance,
    with_angles,
)
from gaitsmith.models.speed.walks import Maker
from gaitsmith.recording import Note, Recording

__all__ = [
    "FEET_DISAGREE",
    "SpeedResult",
    "Walk",
    "change_speed",
    "measured_speed",
    "source_strides",
    "source_units",
    "speed_of_stance",
]

Array = npt.NDArray[np.float64]

# Speeds are told to a hundredth (m/s): so far beyond an end is still at it.
_ROUNDED = 0.005
# Above this share of the speed asked that of the feet is said to miss it (ours).
_MISSED = 0.05
# Above this misfit the gait is said to be unlike those learnt from.
_UNUSUAL = 3.0
#: Joint angles whose feet move this many times faster or slower than the walk do not belong to it
#: (ours; a body that is not the person's own is off by some tenths).
FEET_DISAGREE = 2.0


def change_speed(
    recording: Recording, to: Sequence[float], *, speed_m_s: float | None = None,
    others: Sequence[tuple[Recording, float | None]] = (), samples: int = 0, seconds: float = 30.0,
    seed: int = 0, model: StatisticalSpeed | None = None,
) -> SpeedResult:  # fmt: skip
    """How this person would walk at the speeds `to`.

    Parameters
    ----------
    recording
        A walk with sagittal hip, knee and ankle angles of at least one leg, or with markers to
        which they are fitted; two strides suffice.
    to
        Wanted speeds (m/s).
    speed_m_s
        Speed of the recording; measured from its feet where not given.
    others
        Further recordings of the same person at other speeds, each with its speed or None.
    samples
        Plausible walks to draw at each speed beside the mean one.
    seconds
        Length of the generated walks.
    seed
        Of everything drawn: the same seed gives the same walks.

    Raises
    ------
    MissingInputError
        Where there are neither angles nor markers, no whole stride, or the speed cannot be measured and is not given.
    GaitsmithError
        Where a speed is outside what the model knows.
    """
    if not (1 <= seconds <= 3600) or not 0 <= samples <= 10_000:
        raise GaitsmithError("cannot make such walks", place="argument seconds or samples",
                             found=(seconds, samples), expected="1 to 3600 s, 0 to 10000 samples")  # fmt: skip
    rng = generator(seed)
    model = model or StatisticalSpeed.from_pretrained("speed-statistical")
    told = len(recording.notes)
    recording = with_angles(recording)
    fitted = recording.notes[told:]
    notes: list[Note] = []
    speed, how, strides = source_strides(recording, speed_m_s)
    first = units = source_units(strides, speed)
    sources = [(speed, how)]
    for further, its_speed in others:
        v, known, cut = source_strides(further, its_speed)
        units = units.joined(source_units(cut, v).replaced(height=units.height[0]))
        sources.append((v, known))
    if np.isnan(units.height[0]):
        notes.append(Note("assumption", "speed", "height not known: 1.70 m stands for it"))
    p = model.predict(units, list(to), zero_known=False)
    low, high = model.trained_speeds
    notes += [
        Note("warning", "speed", f"{v:g} m/s is outside {low:.2f} to {high:.2f} m/s, where people were learnt from")
        for v in to if not low - _ROUNDED <= v <= high + _ROUNDED
    ]  # fmt: skip
    if p.misfit > _UNUSUAL:
        notes.append(Note("warning", "speed", f"this gait is unlike those learnt from (misfit {p.misfit:.1f}, expected 1): the bands are widened, and {p.misfit**-model.config.shrink:.0%} of the change is taken"))  # fmt: skip
    notes.append(Note("assumption", "speed", "levels of the angles are carried over from the source; channels other than sagittal hip, knee and ankle are its mean cycle, unchanged"))  # fmt: skip
    maker = Maker(strides, seconds)
    if maker.placed:
        notes.append(Note("assumption", "speed", maker.placed))
    by_feet = speed_of_stance(strides.recording)
    scale = speed / by_feet if by_feet > 0 else float("nan")
    if not np.isnan(scale) and not 1 / FEET_DISAGREE < scale < FEET_DISAGREE:
        notes.append(Note("warning", "speed", f"by the joint angles and this body the feet move at {by_feet:.2f} m/s, but the walk's speed is {speed:.2f} m/s: angles and speed do not belong together, and the walks made of them mean little"))  # fmt: skip
    elif not np.isnan(scale):
        notes.append(Note("assumption", "speed", f"speeds achieved are those of the feet under the pelvis, times {scale:.2f}: by the joint angles and this body the source's feet move at {by_feet:.2f} m/s, and it walks at {speed:.2f}"))  # fmt: skip
    walks = tuple(
        _walk(maker, p, i, speed=float(v), samples=samples, rng=rng, scale=scale)
        for i, v in enumerate(to)
    )
    missed = [w for w in walks if abs(w.achieved - w.asked) > _MISSED * w.asked]
    if missed:
        said = ", ".join(f"{w.achieved:.2f} for {w.asked:.2f} m/s" for w in missed)
        notes.append(Note("warning", "speed", f"the feet of the walks miss the speed asked by more than {100 * _MISSED:.0f} %: {said}; their curves, cadence and stride length are estimated apart and do not quite agree"))  # fmt: skip
    angles = walks[0].recording.angles
    assert angles is not None
    return SpeedResult(
        recording.with_stream(angles, f"angles_{walks[0].asked:g}").with_notes(notes), walks, tuple(sources), by_feet,
        p.misfit, {str(x): c for x, c in zip(first.leg, first.curves, strict=True)}, (*fitted, *notes),
    )  # fmt: skip


def _walk(
    maker: Maker, p: Prediction, i: int, *, speed: float, samples: int, rng: np.random.Generator,
    scale: float,
) -> Walk:  # fmt: skip
    n = len(p.speed) // len(set(p.leg))
    rows = {leg: k * n + i for k, leg in enumerate(dict.fromkeys(p.leg))}
    at = next(iter(rows.values()))
    cadence, sd = float(p.cadence[at]), float(p.cadence_sd[at])
    name = f"{maker.strides.recording.name or 'walk'} at {speed:g} m/s"
    mean = {leg: p.mean[r] for leg, r in rows.items()}
    made = maker.recording(mean, cadence, rng, speed).replace(name=name)
    note = Note(
        "assumption", "angles", f"estimated, not measured: {speed:g} m/s by {StatisticalSpeed.NAME}"
    )
    drawn = p.draw(samples, rng)
    # Drawn on the logarithm, as learnt.
    cadences = cadence * np.exp(sd / cadence * rng.standard_normal(samples))
    others = tuple(
        maker.recording({leg: d[r] for leg, r in rows.items()}, float(c), rng, speed).replace(name=f"{name}, sample {k + 1}", notes=(note,))
        for k, (d, c) in enumerate(zip(drawn, cadences, strict=True))
    )  # fmt: skip
    return Walk(
        speed, scale * speed_of_stance(made), made.with_notes([note]), others, mean,
        {leg: p.sd[r] for leg, r in rows.items()}, cadence, sd, 120.0 * speed / cadence,
    )  # fmt: skip
