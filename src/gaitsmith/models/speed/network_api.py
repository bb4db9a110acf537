"""A recording at other speeds by a sequence model: the networks' counterpart of ``api.change_speed``.

The statistical default serves users (``api``); this is for comparison, and for walks whose
stride-to-stride course should come from a network. Imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import generator
from gaitsmith.models.speed.network_model import SequenceModel
from gaitsmith.models.speed.sequences import LABELS, RATE_HZ, SAMPLES, from_recording
from gaitsmith.recording import Note, Recording, Stream

__all__ = ["generate_walks"]


def generate_walks(
    recording: Recording, to: Sequence[float], model: SequenceModel, *, speed_m_s: float,
    seed: int = 0, device: str = "cpu",
) -> list[Recording]:  # fmt: skip
    """The person of a recording at the speeds `to`: sagittal angles of both legs at 20 Hz.

    Parameters
    ----------
    recording
        A walk with hip, knee and ankle angles of both legs, 5 s or more; of more than 30 s the
        first 30 count.
    to
        Wanted speeds (m/s).
    speed_m_s
        Speed of the recording.
    seed
        The same seed gives the same walks.

    Raises
    ------
    MissingInputError
        Where a channel is not there.
    GaitsmithError
        Where angles have gaps, the walk is too short, or a speed is unknown to the model.
    """
    angles = recording.angles
    lacking = [c for c in LABELS if angles is None or c not in angles]
    if angles is None or lacking:
        raise MissingInputError("both legs' hip, knee and ankle are needed", place=recording.name or None,
                                found="no " + ", ".join(lacking), expected=", ".join(LABELS))  # fmt: skip
    raw = np.asarray(angles.select(list(LABELS)).data, dtype=np.float64)
    if not np.isfinite(raw).all():
        raise GaitsmithError("the angles have gaps", place=recording.name or None, found="NaN",
                             remedy="crop the recording to its whole part")  # fmt: skip
    source = from_recording(raw, angles.nominal_rate, None)[:SAMPLES]
    rng = generator(seed)
    out = []
    for v in to:
        made = model.generate(source, speed_m_s, v, rate_hz=RATE_HZ, seed=rng, device=device)[0]
        note = Note("assumption", "angles", f"estimated, not measured: {v:g} m/s by {model.NAME}")
        stream = Stream("angles", made, LABELS, rate=RATE_HZ)
        out.append(Recording(recording.subject, {"angles": stream}, name=f"{recording.name or 'walk'} at {v:g} m/s").with_notes([note]))  # fmt: skip
    return out
