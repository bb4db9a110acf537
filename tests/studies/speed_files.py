"""Small files in the exact layouts of Camargo 2021 and Fukuchi 2018, of people who truly walk."""

import numpy as np
import pandas as pd

from gaitsmith.body import coordinate_values, place
from gaitsmith.recording import Recording, Stream
from gaitsmith.virtual import people, walker
from tests.body.test_dress import skin

_JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")


def steady(person, speed, seconds, rate):
    """Six sagittal angles of a made-up person; strike times of the right foot and the left."""
    rng = np.random.default_rng([person, round(100 * speed)])
    own = np.random.default_rng(person).normal(0, 1, 6)
    stride = 1.1 / np.sqrt(speed) * (1 + 0.03 * own[0])
    lengths = stride * (1 + 0.015 * rng.standard_normal(int(seconds / stride * 1.3) + 4))
    strikes = np.concatenate([[0.0], np.cumsum(lengths)])
    t = np.arange(round(seconds * rate)) / rate
    columns = {}
    for side, late in (("r", 0.0), ("l", 0.5)):
        phase = 2 * np.pi * (np.interp(t, strikes, np.arange(len(strikes))) - late)
        size = 1 + 0.25 * (speed - 1)
        columns[f"hip_flexion_{side}"] = 10 + own[1] + (20 + own[2]) * size * np.cos(phase)
        columns[f"knee_angle_{side}"] = (
            28 + own[3] - 14 * np.cos(2 * phase + 0.6) - (16 + own[4]) * size * np.sin(phase)
        )
        columns[f"ankle_angle_{side}"] = (
            2 + own[5] + 8 * np.sin(phase - 1.0) + 5 * size * np.cos(2 * phase)
        )
    times = {"r": strikes, "l": strikes[:-1] + 0.5 * np.diff(strikes)}
    return t, columns, {s: x[x < seconds] for s, x in times.items()}


def camargo(root, person, speeds, seconds, *, number=1):
    """One treadmill trial that keeps each speed for so long, two seconds of change between."""
    import matio

    parts, clock, belt = [], [], []
    strikes = {"r": [], "l": []}
    at = 0.0
    for v in speeds:
        t, columns, times = steady(person, v, seconds + 2.0, 200.0)
        parts.append(pd.DataFrame(columns))
        clock.append(t + at)
        # The belt changes over the first two seconds, then keeps its speed.
        fast = np.arange(round((seconds + 2.0) * 1000)) / 1000
        belt.append(np.where(fast < 2.0, v * (0.5 + 0.25 * fast), v))
        for s, x in times.items():
            strikes[s] += list(x + at)
        at += seconds + 2.0
    time = np.round(np.concatenate(clock), 6)
    ik = pd.concat(parts, ignore_index=True)
    ik.insert(0, "Header", time)
    speed = np.concatenate(belt)
    tables = {"ik": {"data": ik}, "conditions": {"speed": pd.DataFrame({"Header": np.arange(len(speed)) / 1000, "Speed": speed})}}  # fmt: skip
    for sensor, s in (("gcRight", "r"), ("gcLeft", "l")):
        x = np.array(strikes[s])
        percent = np.full(len(time), 50.0)
        percent[np.searchsorted(time, x[x < time[-1]])] = 0.0
        off = np.full(len(time), 50.0)
        later = x[:-1] + 0.62 * np.diff(x)
        off[np.searchsorted(time, later[later < time[-1]])] = 0.0
        tables[sensor] = {"data": pd.DataFrame({"Header": time, "HeelStrike": percent, "ToeOff": off})}  # fmt: skip
    folder = root / f"AB{person:02d}" / "10_09_18" / "treadmill"
    for sensor, content in tables.items():
        (folder / sensor).mkdir(parents=True, exist_ok=True)
        matio.save_to_mat(str(folder / sensor / f"treadmill_{number:02d}_01.mat"), content)
    return folder


_MARKERS = {"ASI": "ASIS", "PSI": "PSIS", "KNE": "Knee", "ANK": "Ankle", "HEE": "Heel", "TOE": "MT2", "THI": "GTR", "TIB": "TT"}  # fmt: skip


def fukuchi(root, person, trial, speed, seconds):
    """One treadmill trial as C3D with the set's markers at 150 Hz; the speed stands nowhere."""
    who = people(person + 1, 5, only=person)[0]
    walk = walker(who, speed, seconds, rate_hz=50.0, seed=person, treadmill=True)
    body = skin(who.height)
    angles = walk.angles.resample(150.0)
    names = {c.name for c in body.coordinates}
    pose = place(
        body, coordinate_values(body, {x: angles[x] for x in angles.labels if x in names})[0]
    )
    spots = {f"{m[0]}.{_MARKERS[m[1:]]}": s for m, s in body.markers.items() if m[1:] in _MARKERS}
    points = Stream("points", pose.spots(spots.values()), tuple(spots), rate=150.0)
    root.mkdir(parents=True, exist_ok=True)
    path = root / f"WBDS{person:02d}walkT{trial:02d}.c3d"
    Recording(streams={"points": points}).write(path, force=True)
    return walk
