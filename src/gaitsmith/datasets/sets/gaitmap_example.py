"""gaitmap's example: one adult, 2 x 20 m, both feet at 204.8 Hz, strides by motion capture.

The list of stride events gives the recording's events; the hand-made borders of strides (another
definition, so the two lists do not match one to one) stand in the stream's attrs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from gaitsmith.datasets.base import About, Content, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as
from gaitsmith.formats.layouts.gaitmap import RATE
from gaitsmith.recording import Recording

ABOUT = About(
    "gaitmap_example",
    "1 healthy adult, 2 x 20 m: IMU on both shoes, strides by motion capture",
    "github.com/mad-lab-fau/gaitmap example_data",
    "Kuederle A et al. (2024) gaitmap, IEEE OJEMB",
    "MIT",
    "yes",
)


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """The one recording, where it is."""
    for f in raw.find("imu_sample.csv"):
        yield Trial("sample", "1", partial(_read, f.path), f.name, group="healthy")


def _read(path: Path) -> Content:
    events = path.with_name("stride_events_sample.csv")
    files = [path, events] if events.is_file() else [path]
    recording = read_as(files, "1", "sample")
    borders = path.with_name("stride_borders_sample.csv")
    if isinstance(recording, Recording) and borders.is_file():
        lines = [x.split(",") for x in borders.read_text("utf-8").splitlines()[1:] if x.strip()]
        marked = [[foot, float(a) / RATE, float(b) / RATE] for _, foot, a, b, *_ in lines]
        recording = recording.replace(streams={
            k: s.replace(attrs={**s.attrs, "stride_borders_s": marked})
            for k, s in recording.streams.items()
        })  # fmt: skip
    return recording
