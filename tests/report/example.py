"""A made-up Analysis that looks like a real one: every kind of thing a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from gaitsmith.recording import Event, Events, Note, Recording, Stream, Subject
from gaitsmith.sections import (
    Band,
    Bar,
    Curve,
    Figure,
    Panel,
    Playback,
    Section,
    Span,
    Table,
)  # fmt: skip

GAIT = np.linspace(0.0, 100.0, 101)


class Strides:
    """Stands for a StrideSet: a table."""

    def to_arrow(self) -> pa.Table:
        return pa.table({"side": ["left", "right"], "start": [0.1, 0.6], "stop": [1.2, 1.7]})


@dataclass(frozen=True)
class Analysis:
    """Stands for ``gaitsmith.analysis.Analysis``."""

    recording: Recording = field(default_factory=Recording)
    sections: Sequence[Section] = ()
    notes: tuple[Note, ...] = ()
    title: str = ""
    strides: Any = None
    made: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "made": dict(self.made),
            "summary": [words for s in self.sections for words in s.summary],
            "sections": {s.key: s.to_dict() for s in self.sections},
        }


def wave(*harmonics: tuple[float, float], offset: float = 0.0) -> np.ndarray:
    """Sum of cosines (amplitude, phase in % of the cycle), first harmonic first."""
    out = np.full(101, float(offset))
    for n, (size, phase) in enumerate(harmonics, 1):
        out += size * np.cos(2 * np.pi * n * (GAIT - phase) / 100)
    return out


SHAPES = {
    ("Pelvic tilt", "anterior"): wave((0.3, 20), (1.6, 35), offset=11),
    ("Pelvic obliquity", "up"): wave((3.5, 12), (1.2, 10), offset=0),
    ("Pelvic rotation", "internal"): wave((5, 95), offset=0),
    ("Hip flexion", "flexion"): wave((21, 92), (3, 70), offset=14),
    ("Hip adduction", "adduction"): wave((5, 20), (2.5, 15), offset=0),
    ("Hip rotation", "internal"): wave((3, 45), (2, 20), offset=-3),
    ("Knee flexion", "flexion"): wave((20, 74), (14, 20), (4, 6), offset=23),
    ("Knee adduction", "adduction"): wave((3, 70), offset=1),
    ("Knee rotation", "internal"): wave((4, 75), offset=-2),
    ("Ankle dorsiflexion", "dorsiflexion"): wave((9, 35), (8, 88), (3, 20), offset=0),
    None: np.zeros(101),
    ("Foot progression", "internal"): wave((3, 70), offset=-7),
}


def strides_of(mean: np.ndarray, spread: float, count: int, rng: np.random.Generator) -> list[Any]:
    basis = np.stack([np.cos(2 * np.pi * n * GAIT / 100 + n) for n in range(4)])
    return [mean + spread * rng.normal(size=4) @ basis / 2 for _ in range(count)]


def side_curves(
    mean: np.ndarray, rng: np.random.Generator, *, count: int, dashed: bool = False
) -> list[Curve]:
    """Thin strides and a strong mean of both sides, the left a little stiff."""
    thin, strong = [], []
    for colour, this in (("left", 0.86 * mean - 1), ("right", mean)):
        some = strides_of(this, 0.03 * np.ptp(mean) + 0.6, count, rng)
        thin += [Curve(GAIT, y, colour=colour, thin=True) for y in some]
        strong.append(
            Curve(
                GAIT, np.mean(some, axis=0), label=f"{colour}, mean", colour=colour, dashed=dashed
            )
        )
    return [*thin, *strong]


def grid(rng: np.random.Generator, count: int) -> Figure:
    panels: list[Panel | None] = []
    for key, mean in SHAPES.items():
        if key is None:
            panels.append(None)
            continue
        title, positive = key
        room = 0.08 * np.ptp(mean) + 2
        panels.append(
            Panel(
                title,
                curves=side_curves(mean, rng, count=count),
                bands=[Band(GAIT, mean - room, mean + room, "adults at this speed, mean ± SD")],
                spans=[
                    Span(62.5, label="left foot off", colour="left"),
                    Span(60.5, label="right foot off", colour="right"),
                ],
                x_label="% of gait cycle",
                unit="deg",
                positive=positive,
            )
        )
    return Figure(
        "kinematics",
        "Joint angles over the gait cycle",
        panels,
        3,
        alt="Pelvis, hip, knee, ankle and foot angles of both sides over the gait cycle. "
        "The left knee flexes less in swing than the right.",
        row_labels=("Pelvis", "Hip", "Knee", "Ankle, foot"),
        column_labels=("Sagittal", "Coronal", "Transverse"),
    )


def forces(rng: np.random.Generator, count: int) -> Figure:
    stance = np.clip(np.sin(np.pi * np.clip(GAIT / 61, 0, 1)), 0, None)
    vertical = stance**0.5 * (1.05 - 0.22 * np.cos(4 * np.pi * (GAIT - 30) / 61)) * (GAIT < 61)
    shear = -0.19 * np.sin(2 * np.pi * GAIT / 61) * stance * (GAIT < 61)
    panels = []
    for title, y, positive in (
        ("Vertical", 100 * vertical, "up"),
        ("Fore-aft", 100 * shear, "forward"),
        ("Lateral", 5 * stance * (GAIT < 61), "medial"),
    ):
        curves = side_curves(y, rng, count=count)
        panels.append(
            Panel(title, curves, x_label="% of gait cycle", unit="%BW", positive=positive)
        )
    moments = [
        Panel(
            f"{joint} moment",
            side_curves(wave((0.6, at), (0.3, at / 2)), rng, count=0, dashed=True)
            if count == 0
            else [
                Curve(GAIT, wave((0.6, at)), "left, estimated", "left", dashed=True),
                Curve(GAIT, wave((0.7, at)), "right, estimated", "right", dashed=True),
            ],
            x_label="% of gait cycle",
            unit="N·m/kg",
            positive="extension",
        )
        for joint, at in (("Hip", 10), ("Knee", 20), ("Ankle", 48))
    ]
    return Figure(
        "forces",
        "Ground forces and estimated joint moments",
        [*panels, *moments],
        3,
        alt="Three ground force components of both feet and three estimated sagittal moments.",
    )


def events_figure(seconds: float) -> Figure:
    t = np.arange(0, seconds, 0.001)
    left = 720 * np.clip(np.sin(2 * np.pi * (t / 1.1 - 0.05)), 0, None) ** 0.4
    right = 720 * np.clip(np.sin(2 * np.pi * (t / 1.1 + 0.45)), 0, None) ** 0.4
    spans = []
    for side, shift in (("left", 0.05), ("right", 0.55)):
        for n in range(int(seconds / 1.1)):
            spans.append(Span(1.1 * (n + shift), None, f"{side} strike", side))
            spans.append(
                Span(1.1 * (n + shift) + 0.55, None, f"{side} foot off", side, dashed=True)
            )
    return Figure(
        "events",
        "Events on the vertical force",
        [
            Panel("Vertical force, left foot", [Curve(t, left, "left", "left")], (), spans[: len(spans) // 2],
                  x_label="time (s)", unit="N", positive="up"),
            Panel("Vertical force, right foot", [Curve(t, right, "right", "right")],
                  (), [*spans[len(spans) // 2 :], Span(2.0, 2.4, "gap in the signal", "warn")],
                  x_label="time (s)", unit="N", positive="up"),
        ],
        1,
        alt="Vertical force of each foot over time with strikes and foot offs marked.",
    )  # fmt: skip


def scores() -> Figure:
    names = ("Pelvic tilt", "Hip flexion", "Knee flexion", "Ankle dorsiflexion", "Pelvic obliquity",
             "Hip adduction", "Pelvic rotation", "Hip rotation", "Foot progression", "GPS")  # fmt: skip
    bars = []
    for i, name in enumerate(names):
        for side, extra in (("left", 2.2), ("right", 0.4)):
            bars.append(Bar(name, 4.0 + 0.5 * i % 3 + extra, side, 2.4, 5.8))
    return Figure(
        "gps",
        "Movement analysis profile and Gait Profile Score",
        [Panel("Root mean square difference from the reference", bars=bars, unit="deg",
               range_label="reference, mean ± SD")],
        1,
        alt="Bars of nine gait variable scores and the Gait Profile Score, left above right.",
    )  # fmt: skip


LABELS = ["LHIP", "LKNE", "LANK", "LHEE", "LTOE", "RHIP", "RKNE", "RANK", "RHEE", "RTOE",
          "PELVIS", "CHEST", "HEAD", "LSHO", "LELB", "LWRI", "RSHO", "RELB", "RWRI"]  # fmt: skip
EDGES = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 2), (5, 6), (6, 7), (7, 8), (8, 9), (9, 7),
         (0, 10), (5, 10), (10, 11), (11, 12), (11, 13), (13, 14), (14, 15), (11, 16), (16, 17),
         (17, 18)]  # fmt: skip
SIDES = ["left"] * 5 + ["right"] * 5 + ["left", "right", "", "", "left", "left", "left", "right",
                                         "right", "right"]  # fmt: skip


def walker(seconds: float = 4.0, rate: float = 100.0, speed: float = 1.2) -> Playback:
    """A planar walker whose feet stay near the ground; forces under the stance foot."""
    t = np.arange(0, seconds, 1 / rate)
    period = 1.1
    points = np.zeros((len(t), len(LABELS), 3))
    arrows = np.full((len(t), 2, 6), np.nan)
    thigh, shank = 0.42, 0.42

    def swing(name: str, phase: np.ndarray) -> np.ndarray:
        mean = next(v for k, v in SHAPES.items() if k and k[0] == name)
        return np.radians(np.interp(phase % 100, GAIT, mean))

    lows = []
    for side, (shift, z) in enumerate(((0.0, -0.09), (50.0, 0.09))):
        phase = 100 * t / period + shift
        hip = np.column_stack([speed * t, np.zeros_like(t), np.full_like(t, z)])
        a = swing("Hip flexion", phase) - 0.19
        b = a - np.maximum(swing("Knee flexion", phase), 0.02)
        c = b + swing("Ankle dorsiflexion", phase)
        knee = hip + thigh * np.column_stack([np.sin(a), -np.cos(a), 0 * t])
        ankle = knee + shank * np.column_stack([np.sin(b), -np.cos(b), 0 * t])
        heel = ankle + np.column_stack(
            [-0.05 * np.cos(c) + 0.07 * np.sin(c), -0.05 * np.sin(c) - 0.07 * np.cos(c), 0 * t]
        )
        toe = ankle + np.column_stack(
            [0.16 * np.cos(c) + 0.07 * np.sin(c), 0.16 * np.sin(c) - 0.07 * np.cos(c), 0 * t]
        )
        for k, p in enumerate((hip, knee, ankle, heel, toe)):
            points[:, 5 * side + k] = p
        lows.append(np.minimum(heel[:, 1], toe[:, 1]))
        swingarm = -0.35 * np.cos(2 * np.pi * phase / 100)
        shoulder = hip + [0, 0.5, 0.08 * np.sign(z)]
        elbow = shoulder + 0.28 * np.column_stack([np.sin(swingarm), -np.cos(swingarm), 0 * t])
        bent = swingarm + 0.5
        wrist = elbow + 0.25 * np.column_stack([np.sin(bent), -np.cos(bent), 0 * t])
        for k, p in enumerate((shoulder, elbow, wrist)):
            points[:, 13 + 3 * side + k] = p
    height = -np.minimum(*lows)
    middle = np.column_stack([speed * t, np.zeros_like(t), np.zeros_like(t)])
    points[:, 10], points[:, 11], points[:, 12] = (
        middle,
        middle + [0, 0.48, 0],
        middle + [0.02, 0.72, 0],
    )
    points[:, :, 1] += height[:, None]
    events = []
    for side, shift in ((0, 0.0), (1, 50.0)):
        phase = (100 * t / period + shift) % 100
        stance = phase < 61
        size = 1.1 * np.clip(np.sin(np.pi * phase / 61), 0, None) ** 0.5
        foot = (
            points[:, 5 * side + 3] * (1 - phase[:, None] / 61)
            + points[:, 5 * side + 4] * phase[:, None] / 61
        )
        foot[:, 1] = 0
        arrows[stance, side, :3] = foot[stance]
        arrows[stance, side, 3:] = np.column_stack(
            [-0.18 * np.sin(2 * np.pi * phase / 61), size, 0 * t]
        )[stance]
        name = ("left", "right")[side]
        starts = np.flatnonzero(np.diff(phase) < 0) + 1
        events += [(float(t[i]), f"{name} strike") for i in starts]
        events += [
            (float(t[i]) + 0.61 * period, f"{name} foot off")
            for i in starts
            if t[i] + 0.67 < seconds
        ]
    return Playback("walk", "The walk", rate, points, LABELS, EDGES, SIDES, 0.0, arrows, events)


def analysis(*, strides: int = 12, seconds: float = 12.0, name: str = "walk_017.c3d") -> Analysis:
    """A whole Analysis, eight figures and a playback, made from a seed."""
    rng = np.random.default_rng(7)
    walk = walker()
    t = np.arange(0, seconds, 0.01)
    events = Events(
        Event(round(1.1 * n + shift, 3), side, kind, "plate")
        for n in range(int(seconds / 1.1))
        for side, kind, shift in (
            ("left", "strike", 0.06), ("left", "off", 0.72), ("right", "strike", 0.6),
            ("right", "off", 1.27),
        )
    )  # fmt: skip
    recording = Recording(
        Subject("P-017").given("the file", mass=71.4, height=1.74).given("option --sex", sex="female", age=43),
        {
            "points": Stream("points", walk.points, tuple(LABELS), 100.0),
            "forces": Stream("forces", rng.normal(size=(len(t), 2, 7)), ("foot_l", "foot_r"), 100.0),
            "angles": Stream("angles", np.zeros((len(t), 2)), ("knee_angle_l", "knee_angle_r"), 100.0),
        },
        events,
        (Note("assumption", "points", "the lab's Z axis was taken as up: the head is 1.6 m above the feet along it"),),
        name,
    )  # fmt: skip
    temporal = Table(
        "temporal",
        "Time and distance",
        ("Parameter", "Unit", "Left", "Right", "Reference", "Symmetry index (%)"),
        [
            ("Cadence", "steps/min", 109.1, 109.1, "113 ± 9", None),
            ("Walking speed", "m/s", 1.2, 1.2, "1.29 ± 0.17", None),
            ("Stride length", "m", 1.321, 1.318, "1.36 ± 0.12", 0.2),
            ("Step length", "m", 0.702, 0.617, "0.68 ± 0.06", 12.9),
            ("Step width", "m", 0.112, 0.112, "0.10 ± 0.03", None),
            ("Stance", "% of cycle", 59.8, 63.4, "60.6 ± 1.7", -5.8),
            ("Double support", "% of cycle", 22.9, 22.9, "20.8 ± 3.1", None),
            ("Stride time, variability", "CoV %", 1.92, 2.4, "1.7 ± 0.6", -22.2),
        ],
        {"Left": ".3g", "Right": ".3g", "Symmetry index (%)": ".1f"},
        "Mean of 12 strides a side. Reference: adults at the same dimensionless speed, mean ± SD.",
    )
    peaks = Table(
        "peaks",
        "Peaks and ranges of the joints (degrees)",
        ("Variable", "Left", "Left SD", "Right", "Right SD", "Reference"),
        [
            ("Hip flexion, maximum", 27.4, 1.21, 34.9, 1.08, "33.0 ± 5.7"),
            ("Hip extension, maximum", -8.1, 0.94, -10.4, 1.3, "-10.9 ± 5.9"),
            ("Knee flexion in swing, maximum", 48.2, 2.31, 59.9, 1.77, "60.4 ± 4.4"),
            ("Knee flexion, time of maximum (%)", 73.0, 1.1, 72.0, 0.9, "71.9 ± 1.8"),
            ("Ankle dorsiflexion in stance", 11.2, np.nan, 14.5, 1.1, "13.5 ± 3.9"),
            ("Ankle plantarflexion at foot off", -9.9, 2.0, -15.2, 1.9, "-16.8 ± 5.2"),
        ],
        {"Left": ".1f", "Left SD": ".1f", "Right": ".1f", "Right SD": ".1f"},
    )
    single = Table(
        "strides",
        "All strides",
        ("Side", "Start (s)", "Duration (s)", "Kept", "Reason"),
        [
            ("left" if n % 2 else "right", 0.55 * n, 1.1 + 0.01 * rng.normal(), n != 7,
             "" if n != 7 else "knee missing for 0.31 s")
            for n in range(34)
        ],
        {"Start (s)": ".2f", "Duration (s)": ".3f"},
    )  # fmt: skip
    small = [
        Figure(
            f"detail-{n}",
            title,
            [
                Panel(a, [Curve(GAIT, wave((10, 30 + n)), "left", "left"),
                          Curve(GAIT, wave((12, 33)), "right", "right")], unit="W/kg",
                      positive="generation", x_label="% of gait cycle")
                for a in ("Hip power", "Ankle power")
            ],
            2,
        )
        for n, title in enumerate(("Joint powers", "Joint powers, filtered"))
    ]  # fmt: skip
    regularity = Figure(
        "regularity",
        "Regularity of the low back's acceleration",
        [
            Panel("Autocorrelation", [Curve(np.arange(0, 3, 0.01), np.cos(np.arange(0, 3, 0.01) * 11.4) * np.exp(-0.2 * np.arange(0, 3, 0.01))),
                                      Curve(np.array([0.55, 1.1]), np.array([0.85, 0.8]), "step and stride", "both", marks=True)],
                  x_label="lag (s)", unit="1")
        ],
        1,
    )  # fmt: skip
    symmetry = Figure(
        "symmetry",
        "Symmetry of the sides",
        [Panel("Symmetry index", bars=[Bar("Step length", 12.9, "neutral", -5, 5), Bar("Stance", -5.8, "neutral", -5, 5),
                                       Bar("Swing", 9.3, "neutral", -5, 5), Bar("Knee range", -22.0, "warn", -8, 8)],
               unit="%", range_label="reference, 95 % of adults", positive="left larger")],
        2,
    )  # fmt: skip
    sections = [
        Section(
            "playback", "The walk", ["Seen from any side; the picture follows the pelvis."],
            playbacks=[walk],
        ),
        Section(
            "events", "Events and strides",
            ["Strikes and foot offs come from the force plates (threshold 20 N with hysteresis).",
             "24 strides were kept and 1 was left out."],
            ["12 left and 12 right strides of steady walking were found; 1 was left out."],
            [single], [events_figure(seconds)],
            notes=[Note("warning", "forces", "the left plate drifts by 6 N over the recording; it was levelled on swing phases")],
        ),
        Section(
            "parameters", "Time, distance and symmetry",
            ["Walking is a little slower than that of adults of this size, and the left step is longer."],
            ["The person walked at 1.20 m/s with 109 steps a minute, slightly below the reference.",
             "The left step is 13 % longer than the right; stance is shorter on the left."],
            [temporal], [symmetry],
            values={"speed": 1.2, "nan": np.nan, "curve": GAIT[:3]},
            notes=[Note("assumption", "leg length", "0.53 × height was taken, since none was given")],
        ),
        Section(
            "kinematics", "Joint angles",
            ["The left knee flexes 12° less in swing than the right, below the reference band."],
            ["Left knee flexion in swing is reduced (48°, reference 60° ± 4°)."],
            [peaks], [grid(rng, strides)],
        ),
        Section(
            "indices", "Gait Profile Score", ["The score is 8.1° on the left and 6.2° on the right."],
            ["The Gait Profile Score is 8.1° left and 6.2° right (reference 5.3° ± 1.4°)."],
            figures=[scores()],
        ),
        Section(
            "forces", "Forces and moments", ["Moments are estimated; they are drawn dotted."],
            figures=[forces(rng, strides), *small],
            missing=["Measured moments need an inverse dynamics file (.sto) beside the recording."],
        ),
        Section("regularity", "Regularity", ["Steps repeat well."], figures=[regularity]),
        Section(
            "imu", "Wearable sensors",
            missing=["No inertial sensor is in the recording: give a file with a foot or low-back sensor."],
        ),
    ]  # fmt: skip
    return Analysis(
        recording, sections,
        (Note("assumption", "mass", "71.4 kg was read from the file's PROCESSING:Bodymass"),
         Note("refusal", "GDI", "not computed: foot progression has no reference here")),
        "Walk 017, barefoot", Strides(),
        {"version": "0.1.0", "command": "gaitsmith analyze walk_017.c3d --sex female --age 43",
         "files": {"walk_017.c3d": "sha256 6f1c" + "0" * 60}, "seed": 7},
    )  # fmt: skip
