"""Our parameters against what other people's software computed of the same walks."""

import tarfile

import numpy as np
import pytest

from gaitsmith.channels import other_side
from gaitsmith.datasets.matlab import loaded
from gaitsmith.events import Event, Events
from gaitsmith.gait.cycles import segment
from gaitsmith.gait.parameters import parameters
from gaitsmith.recording import Recording, Stream

_SIDES = {"RX": "right", "LX": "left"}


def _strides(person):
    """Walking strides as recordings, each with the row of the set's own numbers."""
    names = [str(n).strip()[1:] for n in person["MarkerVarName"][::3]]
    rate = float(person["KinFreq"])
    for row in person["Data"]:
        if str(row["Task"]).strip() != "Walking":
            continue
        data = np.asarray(row["Marker"], dtype=np.float64)
        points = Stream(
            "points", data.reshape(len(names), 3, -1).transpose(2, 0, 1), tuple(names), rate=rate
        )
        side = _SIDES[str(row["Foot"]).strip()]
        # The heel farthest ahead of the body in mid stride is the other foot's strike (Zeni 2008).
        heel = points["RxHeel" if side == "left" else "LxHeel"]
        way = np.sign(points["C7"][-1, 0] - points["C7"][0, 0])
        ahead = way * (heel - points["C7"])[:, 0]
        low, high = int(0.3 * len(points)), int(0.7 * len(points))
        other = points.times[low + int(np.nanargmax(ahead[low:high]))]
        events = Events([
            Event(0.0, side, "strike", "file"), Event(float(points.end), side, "strike", "file"),
            Event(float(other), other_side(side), "strike", "file"),
        ])  # fmt: skip
        yield row, side, Recording(streams={"points": points}, events=events)


@pytest.mark.parametrize("person", [9, 30])
def test_lencioni_strides(shared, person, tmp_path):
    name = f"Subject{person}.mat"
    with tarfile.open(shared / "lencioni2019/lencioni2019_dev.tar") as tar:
        tar.extract(next(m for m in tar if m.name.endswith(name)), tmp_path, filter="data")
    rows = []
    for row, side, recording in _strides(loaded(next(tmp_path.rglob(name)), name)["s"]):
        made = parameters(segment(recording))
        rows.append((
            made["cadence"].both.mean - row["cadence"], made["speed"].both.mean - row["speed"],
            made["stride_length"][side].mean - row["strideLength"],
            made["step_width"][side].mean - row["stepWidth"],
        ))  # fmt: skip
    cadence, speed, length, width = np.abs(np.array(rows, dtype=float)).T
    assert len(rows) >= 5
    assert cadence.max() < 0.01
    assert np.median(length) < 0.005
    assert length.max() < 0.02
    assert np.median(speed) < 0.03
    # The set's width is not the heels' (between the two it lies some 2 cm above ours).
    assert np.median(width) < 0.04
