"""A simple walker whose events are known: markers, plates and angles from a few formulas.

Each foot stands, rolls over its toes and swings to its next place; nothing here is a model of a
person, but everything a detector looks at has the shape that real feet give it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith.events import Event, Events
from gaitsmith.recording import Recording
from gaitsmith.streams import Stream

Array = npt.NDArray[np.float64]

FOOT = 0.22  # metres from heel to toe
WEIGHT = 700.0  # newtons


@dataclass(frozen=True)
class Walker:
    """Who walks how.

    `stance` is the share of the stride that a foot stands: below 0.5 the person runs. `heading_deg`
    is the direction of walking, about the vertical from +x towards -z (90: along -z).
    """

    speed: float = 1.2
    stride_s: float = 1.1
    stance: float = 0.62
    seconds: float = 8.0
    rate: float = 100.0
    force_rate: float = 1000.0
    treadmill: bool = False
    heading_deg: float = 0.0
    start: float = 0.0

    @property
    def length(self) -> float:
        return self.speed * self.stride_s

    def phase(self, t: Array, side: str) -> tuple[Array, Array]:
        """Number of the stride and share of it at times `t`."""
        cycles = t / self.stride_s - (0.5 if side == "left" else 0.0)
        number = np.floor(cycles)
        return number, cycles - number

    def events(self) -> Events:
        """All strikes and offs from the first frame to the last, on the recording's clock."""
        rows = []
        for side in ("left", "right"):
            shift = 0.5 if side == "left" else 0.0
            for i in range(-2, int(self.seconds / self.stride_s) + 2):
                strike = (i + shift) * self.stride_s
                for kind, t in (("strike", strike), ("off", strike + self.stance * self.stride_s)):
                    if 0 <= t <= self.seconds:
                        rows.append(Event(self.start + t, side, kind, "true"))
        return Events(rows)

    def foot(self, t: Array, side: str) -> tuple[Array, Array]:
        """Heel and toe (n, 3) of a foot over the ground, walking along +x."""
        number, p = self.phase(t, side)
        place = number * self.length + (0.5 * self.length if side == "left" else 0.0)
        flat, lift = 0.08, 0.65 * self.stance
        up, down = np.radians(20.0), np.radians(-50.0)
        pitch = np.where(
            p < flat, up * (1 - p / flat),
            np.where(p < lift, 0.0, down * np.clip((p - lift) / (self.stance - lift), 0, 1) ** 2),
        )  # fmt: skip
        # Stance: the heel rests until the foot is flat, the toe from there on.
        heel_x = np.where(p < lift, place, place + FOOT * (1 - np.cos(pitch)))
        heel_y = np.where(p < lift, 0.0, -FOOT * np.sin(pitch))
        s = np.clip((p - self.stance) / (1 - self.stance), 0, 1)
        swing = p >= self.stance
        fine = np.linspace(0, 1, 2001)
        rise = np.sqrt(fine) * (1 - fine)
        way = np.concatenate(([0], np.cumsum(0.5 * (rise[1:] + rise[:-1]))))
        gone = np.interp(s, fine, way / way[-1])
        x0, y0 = place + FOOT * (1 - np.cos(down)), -FOOT * np.sin(down)
        heel_x = np.where(swing, x0 + (place + self.length - x0) * gone, heel_x)
        heel_y = np.where(swing, y0 * (1 - s) + 0.15 * s * (1 - s), heel_y)
        back = 0.5 - 0.5 * np.cos(np.pi * np.clip(s / 0.8, 0, 1))
        pitch = np.where(swing, down + (up - down) * back, pitch)
        z = np.full_like(t, 0.09 if side == "right" else -0.09)
        heel = np.column_stack((heel_x, heel_y + 0.03, z))
        toe = heel + FOOT * np.column_stack((np.cos(pitch), np.sin(pitch), np.zeros_like(t)))
        return heel, toe

    def _placed(self, track: Array, t: Array) -> Array:
        """Over the ground -> as recorded: belt and heading."""
        out = track.copy()
        if self.treadmill:
            out[:, 0] -= self.speed * t
        a = np.radians(self.heading_deg)
        x, z = out[:, 0].copy(), out[:, 2].copy()
        out[:, 0], out[:, 2] = np.cos(a) * x + np.sin(a) * z, -np.sin(a) * x + np.cos(a) * z
        return out

    def points(self, noise: float = 0.0, seed: int = 0) -> Stream:
        """Heel, toe, ankle of both feet and the sacrum."""
        t = np.arange(round(self.seconds * self.rate) + 1) / self.rate
        tracks: dict[str, Array] = {}
        for side in ("right", "left"):
            heel, toe = self.foot(t, side)
            s = side[0].upper()
            along = (toe - heel) / FOOT
            upright = np.column_stack((-along[:, 1], along[:, 0], np.zeros_like(t)))
            ankle = heel + 0.04 * along + 0.07 * upright
            tracks |= {f"{s}HEE": heel, f"{s}TOE": toe, f"{s}ANK": ankle}
        bob = 0.02 * np.cos(4 * np.pi * t / self.stride_s)
        sway = 0.02 * np.sin(2 * np.pi * t / self.stride_s)
        tracks["SACR"] = np.column_stack(
            (self.speed * t + 0.3 * self.length * self.stance, 0.95 + bob, sway)
        )
        data = np.stack([self._placed(x, t) for x in tracks.values()], axis=1)
        data = data + noise * np.random.default_rng(seed).standard_normal(data.shape)
        return Stream("points", data, tuple(tracks), rate=self.rate, start=self.start)

    def forces(self, noise: float = 0.0, offset: float = 0.0, seed: int = 0) -> Stream:
        """One column a foot, as under a split belt: ``plate_1`` left, ``plate_2`` right."""
        t = np.arange(round(self.seconds * self.force_rate) + 1) / self.force_rate
        rng = np.random.default_rng(seed)
        columns = []
        for side in ("left", "right"):
            _, p = self.phase(t, side)
            s = np.clip(p / self.stance, 0, 1)
            on = p < self.stance
            lift = 1.0 if self.stance > 0.5 else 2.2
            up = np.where(
                on, lift * WEIGHT * (1.15 * np.sin(np.pi * s) + 0.25 * np.sin(3 * np.pi * s)), 0
            )
            fore = np.where(on, -0.18 * WEIGHT * np.sin(2 * np.pi * s), 0.0)
            inward = (-1 if side == "right" else 1) * 0.04 * up
            heel, toe = self.foot(t, side)
            flat_toe = np.column_stack((np.full_like(t, FOOT), np.zeros_like(t), np.zeros_like(t)))
            cop = np.where(s[:, None] < 0.65, heel, toe - flat_toe) + s[:, None] * 0.9 * flat_toe
            cop[:, 1] = 0.0
            cop = self._placed(cop, t)
            force = np.column_stack((fore, up, inward))
            a = np.radians(self.heading_deg)
            fx, fz = force[:, 0].copy(), force[:, 2].copy()
            force[:, 0], force[:, 2] = (
                np.cos(a) * fx + np.sin(a) * fz,
                -np.sin(a) * fx + np.cos(a) * fz,
            )
            force[:, 1] += offset + noise * rng.standard_normal(len(t))
            cop[~on] = np.nan
            columns.append(np.column_stack((force, cop, np.zeros_like(t))))
        return Stream(
            "forces", np.stack(columns, axis=1), ("plate_1", "plate_2"), rate=self.force_rate,
            start=self.start,
        )  # fmt: skip

    def angles(self, tilt: float = 0.0) -> Stream:
        """Sagittal hip, knee and ankle with their peaks where walking has them."""
        t = np.arange(round(self.seconds * self.rate) + 1) / self.rate
        columns: dict[str, Array] = {}
        for side in ("right", "left"):
            _, p = self.phase(t, side)

            def bump(at: float, sharp: float, p: Array = p) -> Array:
                return np.exp(sharp * (np.cos(2 * np.pi * (p - at)) - 1))

            s = side[0]
            columns[f"hip_flexion_{s}"] = 10 + 22 * np.cos(2 * np.pi * p) + tilt
            columns[f"knee_angle_{s}"] = 60 * bump(0.71, 5) + 14 * bump(0.16, 6)
            columns[f"ankle_angle_{s}"] = 12 * bump(0.42, 4) - 22 * bump(self.stance + 0.022, 30)
        return Stream(
            "angles", np.column_stack(list(columns.values())), tuple(columns), rate=self.rate,
            start=self.start,
        )  # fmt: skip

    def recording(self, *kinds: str) -> Recording:
        """A recording with streams of these kinds (default: points and forces)."""
        make = {"points": self.points, "forces": self.forces, "angles": self.angles}
        return Recording(
            streams={k: make[k]() for k in kinds or ("points", "forces")}, name="walker"
        )
