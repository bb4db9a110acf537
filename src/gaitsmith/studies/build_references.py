"""Build the committed reference tables from the published numbers, and check them.

``python -m gaitsmith.studies.build_references DATA`` reads ``schwartz2008/normative_tables.zip``
and ``bovi2011/bovi2011_norms.zip`` under the folder DATA and writes one JSON file a source into
``gait/reference_tables``; with ``--check`` it compares instead. Everything is brought to the
signs and units of ``channels.py`` here, once:

* pelvic tilt, obliquity: Schwartz gives anterior + and own side up +, ours are backward + and
  right side down +; Bovi gives anterior tilt as negative already, obliquity as Schwartz.
* moments: both give internal extensor, abductor, plantarflexor +; ours point towards flexion,
  adduction, dorsiflexion.
* forces: fractions of body weight in both (the sheets' heading says per cent); medio-lateral is
  given towards the midline, ours is to the right.
* Bovi's ankle and foot angles have a constant offset of the foot's marker frame. It is taken from
  the tables themselves: the mean of the foot's own angle to the floor from 10 to 30 % of the
  stride at the free speed, when the foot lies flat (about -20°), subtracted from the ankle.
* Bovi's rows "Hip flexion peak" and "Hip extension peak" hold the minimum and the maximum.
* Schwartz's second block named "Knee Ext/Flexion" among the moments is the abduction moment; the
  columns -1sd and +1sd of the vertical force are exchanged.
* Schwartz's parameter "Dorsiflex at Foot Off" is left out: its values are those of the mean curves
  at the other foot's contact (10.3° at the free speed, where the curve has -13° at foot off).
* Schwartz's peak ankle power, peak knee absorption and time of peak dorsiflexion are left out: their
  means lie below the peak of the mean curve of the same people (ankle power at the free speed 1.29
  against 2.80 W/kg), which no mean of peaks over stance can, so they are of another part of it.
* Bovi gives speed per body height; dimensionless speed v / sqrt(g · leg length) follows with the
  group's body height (stride length in metres over stride length in heights) and a leg length of
  0.530 heights (greater trochanter; Drillis & Contini 1966, in Winter, Biomechanics and Motor
  Control of Human Movement, 4th ed., fig. 4.1).
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["build", "main"]

Array = npt.NDArray[np.float64]
Rows = list[list[Any]]

_TABLES = Path(__file__).resolve().parents[1] / "gait" / "reference_tables"
_LEG = 0.530

# Published variable -> (our channel, factor to our sign and unit).
_ANGLES = {
    "Pelvic Ant/Posterior Tilt": ("pelvis_tilt", -1.0),
    "Pelvic Up/Down Obliquity": ("pelvis_list", -1.0),
    "Pelvic Int/External Rotation": ("pelvis_rotation", 1.0),
    "Hip Flex/Extension": ("hip_flexion", 1.0),
    "Hip Ad/Abduction": ("hip_adduction", 1.0),
    "Hip Int/External Rotation": ("hip_rotation", 1.0),
    "Knee Flex/Extension": ("knee_angle", 1.0),
    "Knee Ad/Abduction": ("knee_adduction", 1.0),
    "Knee Int/External Rotation": ("knee_rotation", 1.0),
    "Ankle Dorsi/Plantarflexion": ("ankle_angle", 1.0),
    "Foot Int/External Progression": ("foot_progression", 1.0),
    "Foot Int/External Rotation": ("foot_progression", 1.0),
}
_FORCES = {"Anterior/Posterior": ("grf_fx", 1.0), "Vertical": ("grf_fy", 1.0),
           "Medio_Lateral": ("grf_fz", -1.0)}  # fmt: skip
_MOMENTS = {
    "Hip Ext/Flexion": ("hip_flexion_moment", -1.0),
    "Hip Ab/Adduction": ("hip_adduction_moment", -1.0),
    "Knee Ext/Flexion": ("knee_angle_moment", -1.0),
    "Knee Ab/Adduction": ("knee_adduction_moment", -1.0),
    "Ankle Dorsi/Plantarflexion": ("ankle_angle_moment", -1.0),
}
_POWERS = {"Hip": ("hip_flexion_power", 1.0), "Knee": ("knee_angle_power", 1.0),
           "Ankle": ("ankle_angle_power", 1.0)}  # fmt: skip
_SHEETS = {"Joint Rotations": _ANGLES, "Ground Reaction Forces": _FORCES,
           "Joint Moments": _MOMENTS, "Joint Power": _POWERS}  # fmt: skip
# Decimals kept of the means (one fewer of the SD): finer than any of the measurements.
_DECIMALS = {
    "Joint Rotations": 2,
    "Ground Reaction Forces": 4,
    "Joint Moments": 3,
    "Joint Power": 3,
}

# Published parameter -> (key in gait/parameters, factor, offset name).
_SCHWARTZ = {
    "Dimensionless Cadence": ("cadence_dimensionless", 1.0),
    "Dimensionless Step Length": ("step_length_legs", 1.0),
    "Pelvic Tilt Mean  [deg]": ("pelvis_tilt_mean", 1.0),
    "Pelvic Tilt Range-of-Motion  [deg]": ("pelvis_tilt_range", 1.0),
    "Pelvic Rotation Range-of-Motion  [deg]": ("pelvis_rotation_range", 1.0),
    "Pelvic Obliquity Maximum in Stance  [deg]": ("pelvis_obliquity_stance_max", 1.0),
    "Hip Flexion at Foot Contact  [deg]": ("hip_flexion_at_strike", 1.0),
    "Hip Flexion Minimum  [deg]": ("hip_flexion_min", 1.0),
    "Hip Rotation Mean in Stance  [deg]": ("hip_rotation_stance_mean", 1.0),
    "Knee Flex at Foot Cont  [deg]": ("knee_flexion_at_strike", 1.0),
    "Max Knee Ext  [deg]": ("knee_flexion_stance_min", 1.0),
    "Max Knee Flex (swing)  [deg]": ("knee_flexion_swing_max", 1.0),
    "Dorsiflex at Foot Cont  [deg]": ("ankle_dorsiflexion_at_strike", 1.0),
    "Max Dorsiflex (stance)  [deg]": ("ankle_dorsiflexion_stance_max", 1.0),
    "Max Plantarfelx (swing)  [deg]": ("ankle_dorsiflexion_swing_min", 1.0),
    "Peak Braking Force  [BW]": ("braking_peak", 100.0),
    "Peak Propuls Force  [BW]": ("propulsion_peak", 100.0),
    "First Vertical Peak Force  [BW]": ("vertical_peak_1", 100.0),
    "Second Vertical Peak Force  [BW]": ("vertical_peak_2", 100.0),
    "Mid Stance Force Min  [BW]": ("vertical_trough", 100.0),
    "Max Hip Ext Mom (stance)  [N-m/kg]": ("hip_extensor_moment_stance_max", 1.0),
    "Max Hip Flex Mom (stance)  [N-m/kg]": ("hip_flexor_moment_stance_max", -1.0),
    "Hip Add Mom Peak (1st half stance)  [N-m/kg]": ("hip_abductor_moment_peak_1", 1.0),
    "Hip Add Mom Peak (2nd half stance)  [N-m/kg]": ("hip_abductor_moment_peak_2", 1.0),
    "Max Knee Ext Mom (stance)  [N-m/kg]": ("knee_extensor_moment_stance_max", 1.0),
    "Max Knee Flex Mom (stance)  [N-m/kg]": ("knee_flexor_moment_stance_max", -1.0),
    "Max Knee Valg Mom (1st half stance)  [N-m/kg]": ("knee_abductor_moment_peak_1", 1.0),
    "Max Knee Valg Mom (2nd half stance)  [N-m/kg]": ("knee_abductor_moment_peak_2", 1.0),
    "Max Plantarflex Mom  [N-m/kg]": ("ankle_plantarflexor_moment_max", 1.0),
    "Max Hip Power Gen (early stance)  [W/kg]": ("hip_power_h1", 1.0),
    "Max Hip Power Abs (mid stance)  [W/kg]": ("hip_power_h2", 1.0),
    "Max Hip Power Gen (late stance/early swing)  [W/kg]": ("hip_power_h3", 1.0),
}
_BOVI = {
    "Gait speed / BH [%BH / s]": ("speed_heights", 0.01),
    "Cadence [steps / min]": ("cadence", 1.0),
    "Stride length [m]": ("stride_length", 1.0),
    "Stride length / BH [%BH]": ("stride_length_heights", 0.01),
    "Step length [m]": ("step_length", 1.0),
    "Stride time [s]": ("stride_time", 1.0),
    "Stance time [%GC]": ("stance_percent", 1.0),
    "Swing time [%GC]": ("swing_percent", 1.0),
    "First double support time [%GC]": ("initial_double_support_percent", 1.0),
    "Pelvis sagittal ROM [deg]": ("pelvis_tilt_range", 1.0),
    "Pelvis frontal ROM [deg]": ("pelvis_obliquity_range", 1.0),
    "Pelvis rotation ROM [deg]": ("pelvis_rotation_range", 1.0),
    "Hip sagittal ROM [deg]": ("hip_flexion_range", 1.0),
    "Hip angle at foot strike [deg]": ("hip_flexion_at_strike", 1.0),
    "Hip flexion peak [deg]": ("hip_flexion_min", 1.0),
    "Hip extension peak [deg]": ("hip_flexion_max", 1.0),
    "Hip frontal ROM [deg]": ("hip_adduction_range", 1.0),
    "Knee sagittal ROM [deg]": ("knee_flexion_range", 1.0),
    "Knee angle at foot strike [deg]": ("knee_flexion_at_strike", 1.0),
    "Knee flexion peak (swing) [deg]": ("knee_flexion_swing_max", 1.0),
    "Knee extension peak (stance) [deg]": ("knee_flexion_stance_min", 1.0),
    "Ankle sagittal ROM [deg]": ("ankle_dorsiflexion_range", 1.0),
    "Ankle angle at foot strike [deg]": ("ankle_dorsiflexion_at_strike", 1.0),
    "Ankle power positive peak [W / kg]": ("ankle_power_a2", 1.0),
    "First vertical peak force [BW]": ("vertical_peak_1", 100.0),
    "Second vertical peak force [BW]": ("vertical_peak_2", 100.0),
    "Mid stance force min [BW]": ("vertical_trough", 100.0),
    "Peak braking force [BW]": ("braking_peak", 100.0),
    "Peak propulsive force [BW]": ("propulsion_peak", 100.0),
}
_EVENTS = {
    "Opposite Foot Off": "opposite_off", "Controlateral Foot Off": "opposite_off",
    "Opposite Foot Contact": "opposite_strike", "Controlateral Foot Strike": "opposite_strike",
    "Ipsilateral Foot Off": "off", "Double Support": "double_support",
    "Double support": "double_support",
}  # fmt: skip


def build(data: Path) -> dict[str, dict[str, Any]]:
    """Both sources as plain data, by file name, from the folder of the shared recordings."""
    schwartz = _workbook(
        data / "schwartz2008" / "normative_tables.zip", "Original- Schwartz2008.xls"
    )
    bovi = _workbook(data / "bovi2011" / "bovi2011_norms.zip", "mmc3.xls")
    young, adult = _bovi(bovi, 0), _bovi(bovi, 1)
    return {
        "schwartz2008.json": {
            "source": "Schwartz MH, Rozumalski A, Trost JP (2008) The effect of walking speed on "
            "the gait of typically developing children. J Biomech 41:1639-1650, supplement",
            "groups": {"child": _schwartz(schwartz)},
        },
        "bovi2011.json": {
            "source": "Bovi G, Rabuffetti M, Mazzoleni P, Ferrarin M (2011) A multiple-task gait "
            "analysis approach: kinematic, kinetic and EMG reference data for healthy young and "
            "adult subjects. Gait Posture 33:6-13, supplement",
            "groups": {"young": young, "adult": adult},
        },
    }


def _workbook(archive: Path, member: str) -> dict[str, Rows]:
    from python_calamine import CalamineWorkbook

    with zipfile.ZipFile(archive) as z:
        name = next((n for n in z.namelist() if n.endswith(member)), None)
        if name is None:
            raise FormatError("a table is missing", file=archive.name, expected=member)
        book = CalamineWorkbook.from_filelike(io.BytesIO(z.read(name)))
    return {sheet: book.get_sheet_by_name(sheet).to_python() for sheet in book.sheet_names}


def _blocks(rows: Rows, points: int) -> list[tuple[str, Array]]:
    """Every variable of a sheet of curves: name and its columns of numbers (NaN where empty)."""
    body = rows[2:]
    out = []
    for i in range(len(body) // points):
        part = body[i * points : (i + 1) * points]
        numbers = [[x if isinstance(x, (int, float)) else np.nan for x in r[2:]] for r in part]
        out.append((str(part[0][0]), np.array(numbers, dtype=np.float64)))
    return out


def _curves(book: dict[str, Rows], points: int, columns: Sequence[int]) -> list[dict[str, Any]]:
    """For each speed (first of its three columns) the curves by our channel."""
    speeds: list[dict[str, Any]] = [{} for _ in columns]
    for sheet, names in _SHEETS.items():
        seen: set[str] = set()
        for name, block in _blocks(book[sheet], points):
            if name == "Knee Ext/Flexion" and name in seen and sheet == "Joint Moments":
                name = "Knee Ab/Adduction"
            seen.add(name)
            if name not in names:
                continue
            channel, factor = names[name]
            for speed, column in zip(speeds, columns, strict=True):
                mean = factor * block[:, column + 1]
                sd = np.abs(block[:, column + 2] - block[:, column]) / 2
                digits = _DECIMALS[sheet]
                speed[channel] = {"mean": _round(mean, digits), "sd": _round(sd, digits - 1)}
    return speeds


def _round(values: Array, digits: int) -> list[float]:
    return [float(x) for x in np.round(values, digits) + 0.0]


def _schwartz(book: dict[str, Rows]) -> dict[str, Any]:
    names = ("Very Slow", "Slow", "Free", "Fast", "Very Fast")
    curves = _curves(book, 51, [3 * i for i in range(5)])
    measured: dict[str, dict[str, list[float]]] = {n: {} for n in names}
    speed: dict[str, tuple[float, float, int]] = {}
    current = ""
    for row in book["ANOVA"][2:]:
        current = str(row[0]).rstrip() or current
        key = next((k for k in _SCHWARTZ if k.rstrip() == current), None)
        if row[1] not in names or not isinstance(row[3], (int, float)):
            continue
        if current == "Dimensionless Speed":
            speed[row[1]] = (float(row[3]), float(row[4]), int(row[2]))
        elif key is not None:
            name, factor = _SCHWARTZ[key]
            measured[row[1]][name] = [
                float(np.round(factor * row[3], 4)), float(np.round(abs(factor) * row[4], 4))
            ]  # fmt: skip
    events = _events(book["Cycle Events"], [1 + 2 * i for i in range(5)], 100.0)
    rows = []
    for i, n in enumerate(names):
        # Feet strike at both ends: stance and its parts follow from the published events.
        off, sd = events[i]["off"]
        extra = {"stance_percent": [off, sd], "swing_percent": [100 - off, sd],
                 "initial_double_support_percent": events[i]["opposite_off"],
                 "double_support_percent": events[i]["double_support"]}  # fmt: skip
        rows.append({
            "name": n.lower(), "dimensionless_speed": round(speed[n][0], 4),
            "dimensionless_speed_sd": round(speed[n][1], 4), "n": speed[n][2],
            "events": events[i], "parameters": {**measured[n], **extra}, "curves": curves[i],
        })  # fmt: skip
    return {"people": "typically developing children", "free": "free", "speeds": rows}


def _bovi(book: dict[str, Rows], group: int) -> dict[str, Any]:
    names = ("free", "very slow", "slow", "medium", "fast")
    tasks = ("Natural", "XS", "S", "M", "L")
    curves = _curves(book, 101, [27 * group + 3 * i for i in range(5)])
    foot = next(b for n, b in _blocks(book["Joint Rotations"], 101) if n == "Foot Flex/Extension")
    flat = float(np.mean(foot[10:31, 27 * group + 1]))
    for speed in curves:
        tilt, ankle = speed["pelvis_tilt"], speed["ankle_angle"]
        tilt["mean"] = _round(-np.array(tilt["mean"]), 2)  # anterior is negative in this source
        ankle["mean"] = _round(np.array(ankle["mean"]) - flat, 2)
    measured: dict[str, dict[str, list[float]]] = {t: {} for t in tasks}
    people: dict[str, int] = {}
    current, first = "", 2 + 8 * group
    for row in book["Parameters"][3:]:
        current = str(row[0]) or current
        if current not in _BOVI or row[1] not in tasks:
            continue
        name, factor = _BOVI[current]
        people.setdefault(row[1], int(row[first]))
        offset = flat if name == "ankle_dorsiflexion_at_strike" else 0.0
        mean, sd = factor * row[first + 1] - offset, factor * row[first + 2]
        measured[row[1]][name] = [float(np.round(mean, 4)), float(np.round(sd, 4))]
    events = _events(book["Cycle Events"], [1 + 18 * group + 2 * i for i in range(5)], 1.0)
    rows = []
    for i, (n, t) in enumerate(zip(names, tasks, strict=True)):
        p = measured[t]
        height = p["stride_length"][0] / p["stride_length_heights"][0]
        scale = np.sqrt(height / (STANDARD_GRAVITY * _LEG))
        p["double_support_percent"] = events[i]["double_support"]
        rows.append({
            "name": n, "dimensionless_speed": round(float(p["speed_heights"][0] * scale), 4),
            "dimensionless_speed_sd": round(float(p["speed_heights"][1] * scale), 4),
            "n": people[t], "height": round(float(height), 3),
            "events": events[i], "parameters": p, "curves": curves[i],
        })  # fmt: skip
    who = "20 adults aged 22 to 72" if group else "20 young people aged 6 to 17"
    return {"people": who, "free": "free", "foot_offset": round(flat, 2), "speeds": rows}


def _events(rows: Rows, columns: Sequence[int], factor: float) -> list[dict[str, list[float]]]:
    out: list[dict[str, list[float]]] = [{} for _ in columns]
    for row in rows[2:]:
        name = next((v for k, v in _EVENTS.items() if str(row[0]).startswith(k)), None)
        if name is None:
            continue
        for speed, c in zip(out, columns, strict=True):
            speed[name] = [
                round(factor * float(row[c]), 2),
                round(factor * abs(float(row[c + 1])), 2),
            ]
    return out


def to_text(table: Any) -> str:
    """JSON with one list of numbers a line, so that a change can be read."""
    if isinstance(table, dict):
        inner = ",\n".join(f"{json.dumps(k)}:{to_text(v)}" for k, v in sorted(table.items()))
        return "{" + inner + "}"
    if isinstance(table, list) and table and isinstance(table[0], dict):
        return "[" + ",\n".join(to_text(v) for v in table) + "]"
    return json.dumps(table, separators=(",", ":"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, or with ``--check`` say whether they are what would be written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path, help="folder with schwartz2008/ and bovi2011/")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    given = parser.parse_args(arguments)
    different = []
    for name, table in build(given.data).items():
        text, path = to_text(table) + "\n", _TABLES / name
        if given.check:
            if not path.is_file() or json.loads(path.read_text("utf-8")) != json.loads(text):
                different.append(name)
        else:
            path.write_text(text, "utf-8")
    if different:
        sys.stderr.write(f"not what the published tables give: {', '.join(different)}\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
