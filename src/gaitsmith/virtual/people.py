"""A population of virtual people: size, cadence, a personal style, its variation and asymmetry.

Sources of the constants stand beside them, "ours" where none was found; papers that are named were
looked up, and a number is theirs where it says so. How deviations of one joint go with those of
another is measured; see ``gaitsmith.virtual.style``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError, check_in
from gaitsmith.gait.reference import LEG_SHARE
from gaitsmith.recording import Subject
from gaitsmith.units import STANDARD_GRAVITY

__all__ = ["Person", "average_person", "people"]

Array = npt.NDArray[np.float64]
Sex = Literal["female", "male"]

# Stature (m) of adults, mean and SD between people: United States 2007-2010, 20 years and over
# (Fryar, Gu & Ogden 2012, Vital Health Stat 11(252), tables 10 and 12; SD = SE sqrt(n)).
_HEIGHT = {"female": (1.621, 0.070), "male": (1.757, 0.076)}
# Body-mass index (kg/m²): gait laboratories' volunteers are leaner than the population; the adults
# of Bovi et al. 2011 (1.71 m, 68.5 kg) have 23.4; the SD is that of healthy samples.
_BMI = (23.4, 2.8, 18.0, 32.0)
# Years: the adults of Bovi et al. 2011 are 22 to 72.
_AGE = (20.0, 72.0)
# Coefficient of variation between people of cadence at the same dimensionless speed: SD 7 % in
# Bovi et al. 2011 holds the spread of speed within a group, which by cadence ~ speed^0.58 takes
# 5 to 6 %.
_CADENCE_COV = 0.045
# Step width (m) between ankle centres, mean and SD between people (ours).
_WIDTH = (0.11, 0.03)
# Outward turn of the foot (deg): SD between people 5 (Bovi et al. 2011, foot progression); the two
# feet of a person share most of it.
_TOE_OUT_SD, _TOE_OUT_SIDE_SD = 5.0, 2.0
# SD of stride time over its mean: 2 % in healthy adults, spread between people (Hausdorff 2005,
# J Neuroeng Rehabil 2:19); of stride length 2 % (ours); of step width (m): 0.0205 in young adults on a
# treadmill (Grabiner & Troy 2005, J Neuroeng Rehabil 2:25, from their earlier work), here somewhat less.
_TIME_COV, _LENGTH_COV, _WIDTH_SD = 0.02, 0.02, 0.018
# Relative difference of the sides' step time and length (ours: "a few percent"; that healthy people
# differ from side to side is reviewed by Sadeghi et al. 2000, Gait Posture 12:34-45).
_SIDE_TIME, _SIDE_LENGTH = 0.012, 0.015


@dataclass(frozen=True, eq=False)
class Person:
    """One virtual person.

    Attributes
    ----------
    height, mass, age
        m, kg, years.
    cadence
        Factor on the population's cadence at a speed; a style whose legs reach farther adds to it.
    step_width
        m, between the feet's lines.
    toe_out
        Outward turn (deg) of the right and left foot, beyond the population's mean.
    style
        Coordinates of the personal style (see ``style``): standard normal, common to both sides; what
        lasts over speeds, then what is forgotten.
    sides
        The same for what a side has of its own: 2 × as many (right, left).
    variability
        Factor on stride-to-stride variation.
    time_side, length_side
        Relative difference of the right step from the left in time and length.
    """

    id: str = "virtual"
    sex: Sex = "female"
    age: float = 35.0
    height: float = 1.70
    mass: float = 66.0
    cadence: float = 1.0
    step_width: float = _WIDTH[0]
    toe_out: tuple[float, float] = (0.0, 0.0)
    style: Array = field(default_factory=lambda: np.zeros(0))
    sides: Array = field(default_factory=lambda: np.zeros((2, 0)))
    variability: float = 1.0
    time_side: float = 0.0
    length_side: float = 0.0

    @property
    def leg(self) -> float:
        """Leg length (m), trochanter to floor."""
        return LEG_SHARE * self.height

    def dimensionless(self, speed: float) -> float:
        """Speed (m/s) over sqrt(g · leg length)."""
        return float(speed / np.sqrt(STANDARD_GRAVITY * self.leg))

    def subject(self) -> Subject:
        """As a recording's subject."""
        return Subject(self.id).given(
            "virtual", height=self.height, mass=self.mass, age=self.age, sex=self.sex,
            leg_length=self.leg,
        )  # fmt: skip

    def changed(self, **changes: Any) -> Person:
        """A copy with fields changed."""
        return replace(self, **changes)

    def mirrored(self) -> Person:
        """The person in the mirror."""
        return replace(self, toe_out=self.toe_out[::-1], sides=self.sides[::-1],
                       time_side=-self.time_side, length_side=-self.length_side)  # fmt: skip

    @property
    def stride_cov(self) -> tuple[float, float, float]:
        """Variation from stride to stride: of time, of length (relative), of width (m)."""
        v = self.variability
        return _TIME_COV * v, _LENGTH_COV * v, _WIDTH_SD * v


def average_person(sex: Sex = "female", **changes: Any) -> Person:
    """A person without any style: what the published means describe."""
    check_in("sex", sex, ("female", "male"))
    height = changes.pop("height", _HEIGHT[sex][0])
    mass = changes.pop("mass", _BMI[0] * height**2)
    return Person(sex=sex, height=height, mass=mass, variability=0.0).changed(**changes)


def people(
    count: int, seed: int = 0, *, ages: tuple[float, float] = _AGE, only: int | None = None
) -> list[Person]:
    """Virtual adults, half of them women; person `i` of a seed is the same whatever `count` is.

    With `only`, the list holds that person alone.

    Raises
    ------
    GaitsmithError
        On a count below 0 or ages that are no range of adults.
    """
    if count < 0:
        raise GaitsmithError("not a number of people", place="argument count", found=count)
    if not 18 <= ages[0] <= ages[1] <= 100:
        raise GaitsmithError("no range of adults' ages", place="argument ages", found=ages,
                             expected="18 to 100 years")  # fmt: skip
    return [_drawn(i, seed, ages) for i in (range(count) if only is None else (only,))]


def _drawn(i: int, seed: int, ages: tuple[float, float]) -> Person:
    from gaitsmith.virtual.style import SIZE

    rng = np.random.default_rng((seed, i))
    sex: Sex = "female" if rng.random() < 0.5 else "male"
    mean, sd = _HEIGHT[sex]
    height = float(np.clip(rng.normal(mean, sd), mean - 3 * sd, mean + 3 * sd))
    bmi = float(np.clip(rng.normal(*_BMI[:2]), *_BMI[2:]))
    both, one, two = rng.standard_normal(3)
    return Person(
        id=f"V{seed}-{i:04d}", sex=sex, age=float(rng.uniform(*ages)), height=height,
        mass=bmi * height**2, cadence=float(1 + _CADENCE_COV * rng.standard_normal()),
        step_width=float(np.clip(rng.normal(*_WIDTH), 0.03, 0.22)),
        toe_out=(_TOE_OUT_SD * both + _TOE_OUT_SIDE_SD * one,
                 _TOE_OUT_SD * both + _TOE_OUT_SIDE_SD * two),
        style=rng.standard_normal(SIZE), sides=rng.standard_normal((2, SIZE)),
        variability=float(np.exp(0.3 * rng.standard_normal())),
        time_side=float(_SIDE_TIME * rng.standard_normal()),
        length_side=float(_SIDE_LENGTH * rng.standard_normal()),
    )  # fmt: skip
