"""Small recordings and curves with everything in them, the same for the same seed."""

from pathlib import Path

import numpy as np

from gaitsmith.datasets import About, Curves
from gaitsmith.recording import Event, Events, Note, Recording, Stream, Subject

ABOUT = About("mine", "made by a test", "nowhere", "nobody", "none", "yes")


def recording(seed: int = 0, rows: int = 200) -> Recording:
    """Streams with a rate, with times, with gaps, with filled samples; events, notes, a person."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(rows, 3, 3))
    points[5:9, 1] = np.nan
    filled = np.zeros(points.shape, bool)
    filled[20:24, 0] = True
    times = np.cumsum(rng.uniform(0.005, 0.02, rows))
    return Recording(
        Subject(id=f"p{seed}").given("test", mass=70.5, height=1.75, age=30.0, sex="female"),
        {
            "points": Stream("points", points, ("RHEE", "LHEE", "SACR"), rate=100.0, start=1.5,
                             filled=filled, attrs={"why": ["test", 1, 2.5]}),
            "imu_foot_r": Stream("imu", rng.normal(size=(rows, 1, 9)), ("foot_r",), time=times),
            "angles": Stream("angles", rng.normal(size=(rows, 2)), ("knee_angle_r", "knee_angle_l"),
                             rate=100.0),
        },
        Events([Event(0.5, "right", "strike", "test"), Event(1.1, "left", "off", "test", 0.5)]),
        (Note("assumption", "imu", "made up"),),
        f"walk {seed}",
    )  # fmt: skip


def curves(seed: int = 0, rows: int = 4) -> Curves:
    """Two channels over a stride, with deviations and facts a row."""
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(rows, 51, 2))
    data[0, :3, 1] = np.nan
    return Curves(
        data, ("hip_flexion", "knee_angle"), ("deg", "deg"), np.arange(0.0, 101.0, 2.0), "stride",
        "mean", {"speed": [1.0 + 0.1 * i for i in range(rows)], "side": ["left", None] * (rows // 2)},
        sd=np.abs(data), subject=Subject(id="p"), name=f"curves {seed}", attrs={"a": 1},
        notes=(Note("warning", "x", "y"),),
    )  # fmt: skip


def groups_of(store: Path) -> list[Path]:
    """Folders of the trials of the set ``mine``."""
    return [p for p in (store / "sets" / "mine").iterdir() if p.is_dir()]
