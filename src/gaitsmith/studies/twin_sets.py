"""Walks of the sets that the twin is learnt from and measured on, from raw sets or a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.reference import LEG_SHARE
from gaitsmith.models.twin.walks import CHANNELS, LEGS, MIDLINE, Walks, joined, rolled
from gaitsmith.studies.speed_units import _people
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["elepap_children", "gait_signatures", "lencioni2019", "mcgill_children"]

Array = npt.NDArray[np.float64]

# Leg length (m) that stands for people whose size is not known: 0.53 of 1.70 m; of the children of
# elepap, 0.53 of 1.30 m.
_LEG, _CHILD_LEG = LEG_SHARE * 1.70, LEG_SHARE * 1.30


def _dimensionless(speed: npt.ArrayLike, leg: float) -> Array:
    return np.asarray(np.asarray(speed, dtype=float) / np.sqrt(STANDARD_GRAVITY * leg))


def lencioni2019(data: Path, task: str = "walking", *, standing: bool = True) -> Walks:
    """Single strides of one leg (stored as the right one), standing angles subtracted."""
    parts = []
    for person, _, c in _people(data, "lencioni2019"):
        keep = np.array([t == task for t in c.rows["task"]])
        if not keep.any():
            continue
        n = int(keep.sum())
        curves = np.full((n, len(CHANNELS), 101), np.nan)
        left = np.array(c.rows["side"])[keep] == "left"
        for i, name in enumerate((*MIDLINE, *LEGS)):
            # A standing pelvis' heading says how the person stood in the room: it is not subtracted.
            stood = c.attrs["standing"][name] if standing and name != "pelvis_rotation" else 0.0
            value = c[name][keep] - stood
            # Pelvic list and rotation of a left stride are mirrored, as the leg is.
            curves[:, i] = value * np.where(left & (name in MIDLINE[1:]), -1.0, 1.0)[:, None]
        leg = LEG_SHARE * (c.subject.height or 1.70)
        speed = np.asarray(c.rows["speed"], dtype=float)[keep]
        parts.append(
            Walks(
                curves, _dimensionless(speed, leg), np.full(n, person), np.full(n, "lencioni2019"),
                np.ones(n), np.full(n, np.nan),
            )
        )  # fmt: skip
    return joined(parts)


def _own_cycles(right: dict[str, Array], left: dict[str, Array]) -> Array:
    """channel × 101 from each leg's own cycle; the left one half a stride later."""
    out = np.full((len(CHANNELS), 101), np.nan)
    for i, name in enumerate(CHANNELS):
        if name in MIDLINE or name.endswith("_r"):
            value = right.get(name.removesuffix("_r"))
            if value is not None:
                out[i] = value
        elif (value := left.get(name.removesuffix("_l"))) is not None:
            out[i] = (
                rolled(value[None, None], np.array([0.5]))[0, 0]
                if np.isfinite(value).all()
                else np.nan
            )
    out[~np.isfinite(out).all(axis=1)] = np.nan
    return out


def elepap_children(data: Path) -> tuple[Walks, list[bool], Array]:
    """Trials with both legs' sagittal curves; whether typical; speed (m/s)."""
    rows, typical, speeds = [], [], []
    grid, at = np.arange(0, 101, 2.0), np.arange(101.0)
    for person, group, c in _people(data, "elepap_children"):
        legs = []
        for k in range(2):
            legs.append({n: np.interp(at, grid, c[n][k]) for n in ("hip_flexion", "hip_adduction", "knee_angle", "ankle_angle", "pelvis_tilt")})  # fmt: skip
        v = [float(x) for x in c.rows["speed"] if x is not None]
        if not v or not 0.1 <= float(np.mean(v)) <= 2.0:
            continue
        curves = _own_cycles(legs[1], legs[0])
        if np.isfinite(curves).all(axis=1).sum() < 7:
            continue
        speed = float(np.mean(v))
        rows.append(Walks(curves[None], _dimensionless([speed], _CHILD_LEG), np.array([person]),
                          np.array(["elepap"]), np.ones(1), np.array([0.5])))  # fmt: skip
        typical.append(group.startswith("typ"))
        speeds.append(speed)
    whole = [i for i, r in enumerate(rows) if np.isfinite(r.curves).all(axis=2).sum() == 9]
    return joined([rows[i] for i in whole]), [typical[i] for i in whole], np.array([speeds[i] for i in whole])  # fmt: skip


def gait_signatures(data: Path) -> tuple[Walks, list[bool], Array]:
    """Leg A (paretic in stroke) as the right one, six speeds a person; whether able-bodied; m/s."""
    from gaitsmith.gait.reference import reference

    usual = _phase(reference("adult").mean("hip_flexion"))
    rows, able, speeds = [], [], []
    for person, group, c in _people(data, "gait_signatures"):
        for k in range(len(c)):
            out = np.full((len(CHANNELS), 101), np.nan)
            for name in ("hip_flexion", "knee_angle", "ankle_angle"):
                for label, side in ((name, "r"), (f"other.{name}", "l")):
                    # Row 0 lies some 13 % after the strike, also in healthy people, and the other leg's
                    # strike is not given: each leg is put where its hip's first harmonic says.
                    curve = np.append(c[label][k], c[label][k][0])
                    hip = c["hip_flexion" if side == "r" else "other.hip_flexion"][k]
                    place = usual + (0.0 if side == "r" else 0.5)
                    curve = rolled(curve[None, None], np.array([place - _phase(hip)]))[0, 0]
                    out[CHANNELS.index(f"{name}_{side}")] = curve
            speed = float(c.rows["speed"][k])  # type: ignore[arg-type]
            rows.append(Walks(out[None], _dimensionless([speed], _LEG), np.array([person]),
                              np.array(["gait_signatures"]), np.array([12.0]), np.array([0.5])))  # fmt: skip
            able.append(group == "able-bodied")
            speeds.append(speed)
    return joined(rows), able, np.array(speeds)


def _phase(curve: Array) -> float:
    """Share of the stride at which the first harmonic is highest."""
    turn = np.exp(-2j * np.pi * np.arange(100) / 100)
    return float((-np.angle((curve[:100] * turn).sum()) / (2 * np.pi)) % 1.0)


def mcgill_children(data: Path, task: str = "walking") -> Walks:
    """Mean stride of each trial with events (a prepared store is needed: the files are C3D)."""
    from gaitsmith.datasets import Store
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.gait.cycles import segment
    from gaitsmith.models.speed.api import measured_speed
    from gaitsmith.models.twin.record import take

    store = Store(data)
    rows = []
    for i in store.ids(set="mcgill_children", task=task):
        r = store.recording(i, streams=["angles", "points"])
        try:
            found = measured_speed(r)
            taken = take(
                segment(r, streams=["angles"]), None if found is None else found[0], lab="mcgill"
            )
        except GaitsmithError:
            continue
        rows.append(taken.mean.replaced(person=np.array([store.row(i)["person"]])))
    return joined(rows)
