"""Random but valid parts of recordings, for property tests."""

import numpy as np
from hypothesis import strategies as st

from gaitsmith.recording import Event, Events, Recording, Stream, Subject

_LABELS = {
    "angles": ("hip_flexion_r", "hip_flexion_l", "knee_angle_r", "pelvis_list"),
    "points": ("RHEE", "LHEE", "SACR"),
    "forces": ("foot_r", "foot_l"),
    "moments": ("knee_angle_r_moment", "knee_angle_l_moment"),
    "powers": ("knee_angle_r_power",),
    "imu": ("foot_r", "foot_l"),
    "pressure": ("heel_r", "toe_l"),
    "phase": ("gait_r",),
}
_WIDTH = {"points": 3, "forces": 7, "imu": 6}


@st.composite
def streams(draw, kinds=tuple(_LABELS), max_samples=30, holes=True):
    """A stream of any kind, on a uniform or an uneven clock, with or without holes."""
    kind = draw(st.sampled_from(kinds))
    labels = _LABELS[kind]
    n = draw(st.integers(1, max_samples))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (n, len(labels), *([_WIDTH[kind]] if kind in _WIDTH else []))
    data = np.round(rng.normal(0, 10, shape), 6)
    if holes and draw(st.booleans()):
        data[rng.random(shape) < 0.1] = np.nan
    start = round(draw(st.floats(-5, 20)), 3)
    if draw(st.booleans()):
        return Stream(
            kind, data, labels, rate=draw(st.sampled_from([50.0, 100.0, 204.8])), start=start
        )
    return Stream(kind, data, labels, time=start + np.cumsum(np.round(rng.random(n), 4)))


@st.composite
def recordings(draw, **options):
    """A recording of up to three streams, with events and a person."""
    parts = draw(st.lists(streams(**options), min_size=1, max_size=3))
    events = Events(
        Event(t, s, k, "manual")
        for t, s, k in draw(
            st.lists(
                st.tuples(
                    st.floats(0, 10),
                    st.sampled_from(["left", "right"]),
                    st.sampled_from(["strike", "off"]),
                ),
                max_size=5,
            )
        )
    )
    subject = Subject(
        mass=draw(st.none() | st.floats(20, 150)),
        affected_side=draw(st.sampled_from([None, "left"])),
    )
    return Recording(subject, {f"{s.kind}_{i}": s for i, s in enumerate(parts)}, events, (), "made")


def imu_csv(walk: Recording, label: str) -> str:
    """One sensor of `walk` as a table whose columns do not say where it sat."""
    imu = walk.streams["imu"].select([label])
    rows = ["time,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"]
    data = imu.data.reshape(len(imu), -1)[:, :6]
    rows += [f"{t:.3f}," + ",".join(f"{v:.4f}" for v in row) for t, row in zip(imu.times, data, strict=True)]  # fmt: skip
    return "\n".join(rows)
