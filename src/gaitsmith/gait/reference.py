"""What people without a gait problem do at a given speed: curves and parameters, mean ± SD.

``reference("auto", speed=1.2, subject=recording.subject)`` gives a :class:`Reference`:

``mean(name)``, ``sd(name)``
    101 points over the stride in our signs and for a right foot (see ``Strides.as_right``);
    ``name in reference`` asks first. Names go with or without a side: ``hip_flexion`` (°),
    ``pelvis_tilt`` (°), ``knee_angle_moment`` (N·m/kg), ``ankle_angle_power`` (W/kg; the sources
    give one power a joint), ``grf_fy`` (body weights; also ``foot_fy``, ``foot_r_fy``).
``unit(name)``, ``names``
``event("off")``
    mean and SD in % of stride of ``opposite_off``, ``opposite_strike``, ``off``;
    ``foot_off`` is the mean of the last.
``parameter("cadence")``
    a :class:`Range` (mean, SD, unit-free; with population and source) or None.
``describe()``, ``source``, ``notes``
    who the reference is, and what was assumed.

Three populations, each measured at five speeds: ``child`` (Schwartz 2008), ``young`` and ``adult``
(Bovi 2011). Speeds are dimensionless, v / sqrt(g · leg length) (Hof AL, 1996, Gait Posture
4:222-223); between the measured speeds curves and parameters are interpolated linearly, outside
them the nearest measured speed is used and said: a mean curve is never extrapolated.
The tables are built by ``gaitsmith.studies.build_references``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.errors import GaitsmithError, check_in, did_you_mean
from gaitsmith.gait.norms import (
    POPULATIONS,
    Population,
    at_speed,
    height_of,
    pair_at_speed,
    tables,
)
from gaitsmith.recording import Note, Subject
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["LEG_SHARE", "POPULATIONS", "Range", "Reference", "leg_length", "reference"]

Array = npt.NDArray[np.float64]
#: Leg length (greater trochanter to floor) as a share of height: 0.530 (Drillis & Contini 1966,
#: in Winter DA, Biomechanics and Motor Control of Human Movement, 4th ed., fig. 4.1).
LEG_SHARE = 0.530

# SD of dimensionless speed within a group (0.026 to 0.070 in the tables).
_SPEED_SD = 0.04
_ADULT_AGE = 18.0
# About one in a hundred grown-ups is smaller (m); without an age such a person is taken for a child.
_CHILD_HEIGHT_M = 1.45
# Age of the oldest person in the tables.
_OLDEST = 72.0


@dataclass(frozen=True)
class Range:
    """A published mean and SD, with who and where.

    Attributes
    ----------
    mean, sd
        In the unit of the parameter.
    population, source
        Words for a table.
    """

    mean: float
    sd: float
    population: str
    source: str

    @property
    def low(self) -> float:
        """Mean minus two SD (about 95 % of the population lie above the low or below the high)."""
        return self.mean - 2 * self.sd

    @property
    def high(self) -> float:
        """Mean plus two SD."""
        return self.mean + 2 * self.sd

    def z(self, value: float) -> float:
        """How many SD a value lies from the mean."""
        return (value - self.mean) / self.sd if self.sd > 0 else float("nan")

    def times(self, factor: float) -> Range:
        """The same in another unit."""
        return Range(self.mean * factor, self.sd * abs(factor), self.population, self.source)


@dataclass(frozen=True, eq=False)
class Reference:
    """Normative curves and parameters at one speed; see the module's overview.

    Attributes
    ----------
    population
        ``"adult"``, ``"young"`` or ``"child"``.
    people
        Who they are, in words.
    source
        The publication.
    speed
        Dimensionless speed of these curves.
    asked
        Dimensionless speed asked for; None where it was not known.
    leg
        Leg length (m) that goes with the speed, where known.
    fits
        False where the speed asked for lies more than 0.04 (the SD of speed within a group)
        outside the measured ones: the curves are then those of the nearest speed, and there are
        no parameters to compare with.
    """

    population: Population
    people: str
    source: str
    short: str
    speed: float
    asked: float | None
    leg: float | None
    curves: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    events: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    parameters: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    fits: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The channels that there are curves of, without a side."""
        return tuple(self.curves)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _bare(name) in self.curves

    def _curve(self, name: str) -> tuple[Array, Array]:
        try:
            return self.curves[_bare(name)]
        except KeyError:
            raise GaitsmithError(
                "the reference has no such curve",
                place=self.short,
                found=name,
                expected=f"one of {', '.join(self.curves)}",
                remedy=did_you_mean(name, self.curves) or None,
            ) from None

    def mean(self, name: str) -> Array:
        """Mean curve, 101 points, our sign, as of a right foot."""
        return self._curve(name)[0]

    def sd(self, name: str) -> Array:
        """SD between people, 101 points."""
        return self._curve(name)[1]

    def unit(self, name: str) -> str:
        """``"deg"``, ``"Nm/kg"``, ``"W/kg"`` or ``"BW"``."""
        bare = _bare(name)
        self._curve(name)
        for end, unit in (("_moment", "Nm/kg"), ("_power", "W/kg")):
            if bare.endswith(end):
                return unit
        return "BW" if bare.startswith("grf_") else "deg"

    @property
    def foot_off(self) -> float:
        """Mean foot off, % of stride."""
        return self.events["off"][0]

    def event(self, name: str) -> tuple[float, float]:
        """Mean and SD (% of stride) of ``opposite_off``, ``opposite_strike`` or ``off``."""
        return self.events[check_in("event", name, self.events)]

    def parameter(self, key: str) -> Range | None:
        """Mean and SD of a parameter at this speed, or None where the source has none, or nobody
        in it walked at about this speed."""
        values = self.parameters.get(key) if self.fits else None
        return None if values is None else Range(*values, self.people, self.short)

    @property
    def speed_ms(self) -> float | None:
        """The curves' speed in m/s for the leg length known, or None."""
        return (
            None if self.leg is None else self.speed * float(np.sqrt(STANDARD_GRAVITY * self.leg))
        )

    def describe(self) -> str:
        """Who, how fast, where published: one line for a page."""
        metres = self.speed_ms
        pace = f"{metres:.2f} m/s, " if metres is not None else ""
        chosen = "at" if self.asked is not None else "at a comfortable speed,"
        return f"{self.people} {chosen} {pace}dimensionless speed {self.speed:.2f} ({self.short})"


def _bare(name: str) -> str:
    """``hip_flexion_r`` -> ``hip_flexion``; ``foot_r_fy``, ``foot_fy`` -> ``grf_fy``."""
    match = re.fullmatch(r"(?:foot(?:_[rl])?|grf)_(f[xyz])", name)
    return f"grf_{match[1]}" if match else channels.split_side(name)[0]


def leg_length(subject: Subject) -> tuple[float, str] | None:
    """Leg length (m) and how it is known, or None: measured, or 0.530 of the height."""
    if subject.leg_length is not None:
        return subject.leg_length, "measured"
    if subject.height is not None:
        return LEG_SHARE * subject.height, f"{LEG_SHARE:g} of the height (Drillis & Contini 1966)"
    return None


def reference(
    population: str = "auto",
    *,
    speed: float | None = None,
    subject: Subject | None = None,
    age: float | None = None,
) -> Reference:
    """Reference curves and parameters of a population at a speed.

    Parameters
    ----------
    population
        ``"adult"``, ``"young"``, ``"child"`` or ``"auto"``: children below 18 years, or below
        1.45 m where the age is not known; else adults.
    speed
        Walking speed (m/s); None: the population's comfortable one.
    subject
        Age and leg length or height are taken from it.
    age
        Years; before the subject's.

    Raises
    ------
    GaitsmithError
        On an unknown population, or a speed that is not a positive number.
    """
    check_in("population", population, ("auto", *POPULATIONS))
    if speed is not None and not (np.isfinite(speed) and speed >= 0):
        raise GaitsmithError("this is no walking speed", place="argument speed", found=speed,
                             expected="m/s, 0 or more")  # fmt: skip
    who = subject or Subject()
    years = who.age if age is None else age
    notes: list[Note] = []
    chosen = _population(population, years, who.height, notes)
    table = tables(chosen)
    known = leg_length(who)
    if known is not None:
        leg: float | None = known[0]
        if known[1] != "measured":
            notes.append(Note("assumption", "reference", f"leg length {leg:.2f} m: {known[1]}"))
    elif speed is not None:
        leg = LEG_SHARE * height_of(chosen)
        notes.append(Note("assumption", "reference", f"leg length not known: {leg:.2f} m, that of "
                          "the reference people; give height or leg length"))  # fmt: skip
    else:
        leg = None
    asked = None
    if speed is not None and leg is not None:
        asked = speed / float(np.sqrt(STANDARD_GRAVITY * leg))
    else:
        notes.append(Note("assumption", "reference",
                          "the speed is not known; the reference walked at its comfortable speed"))  # fmt: skip
    at = table["free"] if asked is None else asked
    low, high = float(table["speeds"][0]), float(table["speeds"][-1])
    fits = low - _SPEED_SD <= at <= high + _SPEED_SD
    if not low <= at <= high:
        where = "slower" if at < low else "faster"
        notes.append(Note("warning", "reference",
                          f"the walk (dimensionless speed {at:.2f}) is {where} than any measured in the "
                          f"reference ({low:.2f} to {high:.2f}); the nearest measured speed is shown"))  # fmt: skip
        at = min(max(at, low), high)
    return Reference(
        chosen, table["people"], table["source"], table["short"], float(at), asked, leg,
        {k: (at_speed(table, v[0], at), at_speed(table, v[1], at)) for k, v in table["curves"].items()},
        {k: pair_at_speed(table, v, at) for k, v in table["events"].items()},
        _personal({k: pair_at_speed(table, v, at) for k, v in table["parameters"].items()}, who, leg),
        tuple(notes), fits,
    )  # fmt: skip


def _population(
    asked: str, age: float | None, height: float | None, notes: list[Note]
) -> Population:
    if asked != "auto":
        return asked  # type: ignore[return-value]
    if age is None:
        small = height is not None and height < _CHILD_HEIGHT_M
        words = f"; at {height:.2f} m children are shown" if small else "; adults are shown"
        notes.append(Note("assumption", "reference", f"the age is not known{words} (--age or "
                          f"--population {'adult' if small else 'child'} changes that)"))  # fmt: skip
        return "child" if small else "adult"
    if age > _OLDEST:
        notes.append(Note("warning", "reference",
                          f"the reference people are at most {_OLDEST:g} years old"))  # fmt: skip
    return "child" if age < _ADULT_AGE else "adult"


def _personal(
    values: dict[str, tuple[float, float]], who: Subject, leg: float | None
) -> dict[str, tuple[float, float]]:
    """Parameters scaled by size where the source gives them so and the person's size is known.

    Children's: cadence · sqrt(g / leg), step length · leg (Schwartz 2008 gives both without
    dimension). Adults': lengths per body height, where the height is known (else in metres).
    """
    out = dict(values)
    if "cadence_dimensionless" in out and leg is not None:
        per_minute = 60.0 * float(np.sqrt(STANDARD_GRAVITY / leg))
        mean, sd = out["cadence_dimensionless"]
        out["cadence"] = (mean * per_minute, sd * per_minute)
        # The SD of an inverse, to first order.
        out["stride_time"] = (120.0 / (mean * per_minute), 120.0 / (mean * per_minute) * sd / mean)
        mean, sd = out["step_length_legs"]
        out["step_length"] = (mean * leg, sd * leg)
        out["stride_length"] = (2 * mean * leg, 2 * sd * leg)
    if "stride_time" in out:
        out["step_time"] = (out["stride_time"][0] / 2, out["stride_time"][1] / 2)
    if "stride_length_heights" in out and who.height is not None:
        mean, sd = out["stride_length_heights"]
        out["stride_length"] = (mean * who.height, sd * who.height)
        out["step_length"] = (mean * who.height / 2, sd * who.height / 2)
    return out
