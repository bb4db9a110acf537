"""Units of everybody in a store: sets of curves as they are, recordings cut into strides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.speed.units import JOINTS, Units, binned

if TYPE_CHECKING:
    from gaitsmith.datasets import Store

__all__ = ["units_of_store"]

Array = npt.NDArray[np.float64]


def units_of_store(
    data: Path, sets: Sequence[str], people: Sequence[str]
) -> tuple[Units, dict[str, str]]:
    """Units of all people of the store, and why recordings gave none."""
    from gaitsmith.datasets import Store
    from gaitsmith.studies import speed_units

    store, parts, skipped = Store(data), list[Units](), dict[str, str]()
    of_curves = {"lencioni2019": speed_units.lencioni2019, "gait_signatures": speed_units.gait_signatures}  # fmt: skip
    for name in sets or store.sets:
        if name in of_curves:
            made = of_curves[name](data)
            if not str(made.person[0]).startswith(f"{name}/"):
                made = made.replaced(person=np.array([f"{name}/{p}" for p in made.person]))
            parts.append(made)
        else:
            parts += _of_recordings(store, name, skipped)
    parts = [p for p in parts if len(p)]
    if people and parts:
        parts = [q for p in parts if len(q := p.take(np.isin(p.person, list(people))))]
    if not parts:
        why = "; ".join(dict.fromkeys(skipped.values())) or "no recordings of walking"
        raise MissingInputError("no strides with hip, knee and ankle and a speed", found=why[:300])
    return speed_units.joined(parts), skipped


def _of_recordings(store: Store, name: str, skipped: dict[str, str]) -> list[Units]:
    from gaitsmith.models.speed.api import source_strides

    strides: dict[str, list[tuple[Array, float, str, float]]] = {}
    heights: dict[str, float | None] = {}
    for trial in store.ids(set=name, kind="recording", task="walking", use=""):
        row = store.row(trial)
        speed = row["speed"] if row["speed"] is not None and np.isfinite(row["speed"]) else None
        try:
            recording = store.recording(trial)
            for part, v in _steady(recording, speed):
                v_known, _, found = source_strides(part, v)
                for side in found.sides:
                    of_side = found[side].typical()
                    if all(j in of_side for j in JOINTS):
                        curves = np.stack([of_side[j] for j in JOINTS], axis=1)
                        good = np.isfinite(curves).all(axis=(1, 2))
                        strides.setdefault(str(row["person"]), []).extend(
                            (c, v_known, side, 120.0 / d) for c, d in zip(curves[good], of_side.duration[good], strict=True))  # fmt: skip
        except GaitsmithError as error:
            skipped[trial] = error.problem
            continue
        heights[str(row["person"])] = recording.subject.height
    out = []
    for person, rows in strides.items():
        if not rows:
            continue
        each, speeds, legs, cadence = zip(*rows, strict=True)
        out.append(binned(np.stack(each), np.array(speeds), legs, np.array(cadence), person=person,
                          height=heights.get(person), lab=name))  # fmt: skip
    return out


def _steady(recording: Any, speed: float | None) -> list[tuple[Any, float | None]]:
    """The recording in parts of one speed each."""
    from gaitsmith.body import angles_for_report

    if recording.angles is None and recording.points is not None:
        from gaitsmith.models.speed.api import measured_speed

        if speed is None and (found := measured_speed(recording)) is not None:
            speed = found[0]
        recording = angles_for_report(recording)
    plateaus = recording.angles.attrs.get("belt_speed") if recording.angles is not None else None
    if isinstance(plateaus, (list, tuple)) and plateaus:
        return [(recording.crop(a, b), float(v)) for a, b, v in plateaus if v > 0 and b - a >= 4.0]
    return [(recording, speed)]
