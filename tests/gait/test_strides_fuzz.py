"""Whatever the recording holds: strides, parameters and profile, or a GaitsmithError."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.gait.cycles import segment
from gaitsmith.gait.indices import profile
from gaitsmith.gait.parameters import parameters
from gaitsmith.gait.reference import reference
from gaitsmith.recording import Event, Events, Stream
from gaitsmith.streams import KINDS

from .. import makers
from . import walks


def everything(recording):
    """All that a recording goes through; a refusal is fine, anything else is not."""
    try:
        made = segment(recording, streams=[k for k in KINDS if recording.of_kind(k)])
        ref = reference(speed=1.0, subject=recording.subject)
        numbers = parameters(made, reference=ref)
        assert all(isinstance(r["name"], str) for r in numbers.to_rows())
        made.to_pandas()
        made.bounds_table()
        return profile(made, ref)
    except GaitsmithError as error:
        assert str(error)
        return None


@settings(max_examples=80)
@given(makers.recordings())
def test_random_recordings(recording):
    everything(recording)


@settings(max_examples=60)
@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0, 9), max_size=40),
    st.sampled_from(["drop", "jitter", "hole", "constant", "short", "lost"]),
)
def test_spoiled_walks(seed, times, how):
    rng = np.random.default_rng(seed)
    walk = walks.walk(n=6, mass=70.0, height=1.7)
    n = len(walk.angles)
    points = np.cumsum(rng.normal(0, 0.01, (n, 4, 3)), axis=0)
    forces = rng.normal(0, 300, (n, 2, 7))
    walk = walk.with_stream(Stream("points", points, ("RHEE", "RTOE", "LHEE", "LTOE"), rate=100.0))
    walk = walk.with_stream(Stream("forces", forces, ("foot_r", "foot_l"), rate=100.0))
    events = list(walk.events)
    if how == "drop":
        events = [e for e in events if rng.random() > 0.4]
    if how == "jitter":
        events = [Event(e.time + rng.normal(0, 0.2), e.side, e.kind) for e in events]
    if how in ("hole", "constant", "lost"):
        for name, stream in list(walk.streams.items()):
            data = np.array(stream.data)
            if how == "hole":
                data[rng.random(data.shape) < 0.02] = np.nan
            elif how == "constant":
                data[:] = 0.0
            time = None
            if how == "lost":
                keep = rng.random(n) > 0.3
                data, time = data[keep], stream.times[keep]
            walk = walk.with_stream(
                Stream(
                    stream.kind,
                    data,
                    stream.labels,
                    rate=100.0 if time is None else None,
                    time=time,
                ),
                name,
            )
    if how == "short":
        walk = walk.crop(0.0, float(rng.uniform(0, 3)))
    extra = [
        Event(t, ("left", "right")[i % 2], ("strike", "off")[(i // 2) % 2])
        for i, t in enumerate(times)
    ]
    everything(walk.with_events(Events([*events, *extra])))
