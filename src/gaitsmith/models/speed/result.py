"""How a person would walk at other speeds, as users have it: walks, table, figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.models.speed.units import JOINTS
from gaitsmith.recording import Note, Recording
from gaitsmith.sections import Band, Curve, Figure, Panel, Table

__all__ = ["SpeedResult", "Walk"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Walk:
    """The person at one wanted speed.

    Attributes
    ----------
    asked, achieved
        Speed (m/s) wanted, and that of the feet of the generated motion under the pelvis, in the
        scale in which the source's feet have its speed (NaN where body and angles do not give it).
    recording
        The mean walk as a continuous recording, with events.
    samples
        Further plausible walks of this person.
    mean, sd
        leg -> joint × 101, degrees.
    cadence, cadence_sd
        steps/min.
    stride_length
        m.
    """

    asked: float
    achieved: float
    recording: Recording
    samples: tuple[Recording, ...]
    mean: dict[str, Array]
    sd: dict[str, Array]
    cadence: float
    cadence_sd: float
    stride_length: float

    def __repr__(self) -> str:
        return (f"<Walk: {self.asked:.2f} m/s asked, {self.achieved:.2f} achieved, {self.cadence:.0f} steps/min, "
                f"{self.recording.duration:.0f} s, {len(self.samples)} samples>")  # fmt: skip


@dataclass(frozen=True)
class SpeedResult:
    """How this person would walk at other speeds.

    Attributes
    ----------
    recording
        The source with the mean walk's angles at the first speed as stream ``angles_<speed>``.
    walks
        One for each speed, in the order asked.
    sources
        Speed (m/s) of each recording given, and how it is known; the walks go on from the first.
    source_by_feet
        What the measure behind ``achieved`` says of the first source itself (m/s; NaN where not
        known): the ankle rolls on over a standing foot and the body's size is assumed, so that it
        is some hundredths to a sixth too slow. ``achieved`` is scaled by what is missing.
    misfit
        How unusual the source is for the people learnt from: 1 = as expected.
    """

    recording: Recording
    walks: tuple[Walk, ...]
    sources: tuple[tuple[float, str], ...]
    source_by_feet: float
    misfit: float
    source: dict[str, Array]
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        at = ", ".join(f"{w.asked:.2f}" for w in self.walks)
        source = ", ".join(f"{v:.2f}" for v, _ in self.sources)
        return f"<SpeedResult: from {source} to {at} m/s, misfit {self.misfit:.1f}, {len(self.notes)} notes>"

    @property
    def source_speed(self) -> tuple[float, str]:
        """m/s of the first recording, and how it is known."""
        return self.sources[0]

    @property
    def table(self) -> Table:
        """A row a speed: asked, achieved, cadence, stride length, width of the bands."""
        rows = []
        for w in self.walks:
            wide = [
                1.645 * float(np.mean([s[j] for s in w.sd.values()])) for j in range(len(JOINTS))
            ]
            rows.append((w.asked, None if np.isnan(w.achieved) else w.achieved, w.cadence,
                         1.645 * w.cadence_sd, w.stride_length, *wide))  # fmt: skip
        names = ("asked (m/s)", "achieved (m/s)", "cadence (steps/min)", "cadence ±",
                 "stride length (m)", "hip ±", "knee ±", "ankle ±")  # fmt: skip
        formats = dict(
            zip(names, (".2f", ".2f", ".0f", ".0f", ".2f", ".1f", ".1f", ".1f"), strict=True)
        )
        caption = "± is the half width of a 90 % band (degrees for joints). "
        if not np.isnan(self.source_by_feet):
            caption += (f"Achieved: of the feet under the pelvis by the joint angles, times {self.source_speed[0] / self.source_by_feet:.2f}, "
                        f"by which that measure gives {self.source_by_feet:.2f} m/s for the source at {self.source_speed[0]:.2f}.")  # fmt: skip
        return Table("speed", "Estimated walk at other speeds", names, rows, formats, caption)  # fmt: skip

    def figure(self) -> Figure:
        """Estimated curves, dotted, with 90 % bands, and the source; a row a speed, hip, knee and ankle."""
        x = np.linspace(0, 100, 101)
        panels = []
        for w in self.walks:
            for j, name in enumerate(("hip flexion", "knee flexion", "ankle dorsiflexion")):
                curves, bands = [], []
                for side, mean in w.mean.items():
                    colour: Side = "left" if side == "left" else "right"
                    half = 1.645 * w.sd[side][j]
                    bands.append(Band(x, mean[j] - half, mean[j] + half, f"{side}, 90 %", colour))
                    curves.append(Curve(x, mean[j], f"{side}, estimated", colour, dashed=True))
                    if side in self.source:
                        curves.append(Curve(x, self.source[side][j], f"{side}, measured at {self.source_speed[0]:.2f} m/s", colour))  # fmt: skip
                panels.append(Panel(name, curves, bands, x_label="% of stride", unit="°",
                                    positive=name.split()[-1]))  # fmt: skip
        return Figure(
            "speed", "Estimated joint angles at other speeds", panels, columns=3,
            alt="Estimated hip, knee and ankle curves at each speed with 90 % bands, and the measured ones",
            row_labels=[f"{w.asked:.2f} m/s" for w in self.walks],
            column_labels=("hip", "knee", "ankle"),
        )  # fmt: skip
