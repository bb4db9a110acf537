"""How far a gait is from the usual, in one number: GVS, MAP and GPS.

Usage
-----
>>> from gaitsmith.gait.indices import profile                        # doctest: +SKIP
>>> made = profile(strides, reference)                                # doctest: +SKIP
>>> made.name, made.overall.value, made["knee_angle"].left.value      # doctest: +SKIP

``profile(strides, reference, *, seed=0)`` gives a :class:`Profile`:

``made.name``
    ``"GPS"`` only where all nine variables of both feet are there; else a name that says what
    it is made of, ``"profile score of 3 variables (sagittal)"``; ``made.complete`` says the same.
``made.left``, ``made.right``, ``made.overall``
    a :class:`Score`: ``value`` (°), ``low``, ``high`` (95 % bootstrap over strides), ``n``.
``made.variables``, ``made["hip_flexion"]``
    a :class:`Variable` each: ``name``, ``english``, ``left``, ``right`` (Score: the gait variable
    score) and ``expected``, what a typical person of the reference has. Together they are the
    movement analysis profile (MAP).
``made.expected``
    the score of a typical person of the reference (root mean square of its SD).
``made.missing``
    the variables that were not there.

The gait deviation index, which needs the control strides themselves, is in ``gdi.py``.

Source: Baker R et al. (2009) The Gait Profile Score and Movement Analysis Profile, Gait Posture
30:265-269. Minimal clinically important difference of the GPS: 1.6° (Baker R et al., 2012, Gait Posture
35:612-615).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gaitsmith import channels
from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.gait.reference import Reference
from gaitsmith.gait.strides import Strides, StrideSet
from gaitsmith.recording import Note

__all__ = [
    "GPS_MCID",
    "GPS_VARIABLES",
    "Profile",
    "Score",
    "Variable",
    "gait_variable_score",
    "profile",
]

Array = npt.NDArray[np.float64]

#: The nine variables of the GPS and the GDI, in their order (Baker 2009; Schwartz 2008).
GPS_VARIABLES: tuple[str, ...] = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation",
    "hip_flexion", "hip_adduction", "hip_rotation",
    "knee_angle", "ankle_angle", "foot_progression",
)  # fmt: skip
_PELVIS = GPS_VARIABLES[:3]

#: Smallest difference in GPS (°) that matters clinically (Baker 2012).
GPS_MCID = 1.6

_RESAMPLES = 400
# Nobody walks with a pelvis turned further (°) than this on average: then it is the heading.
_SIDEWAYS_DEG = 40.0
# Below this many strides a bootstrap says less than nothing: it is far too narrow.
_LEAST_STRIDES = 4


@dataclass(frozen=True)
class Score:
    """A score (°) with its 95 % bootstrap interval over `n` strides; NaN bounds below four."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Variable:
    """One variable of the movement analysis profile.

    Attributes
    ----------
    name, english
        Channel without a side; plain words.
    left, right
        Gait variable score of each foot, or None.
    expected
        Root mean square of the reference's SD (°): the score of a typical person.
    """

    name: str
    english: str
    left: Score | None
    right: Score | None
    expected: float


@dataclass(frozen=True)
class Profile:
    """Gait variable scores and their profile score; see the module's overview."""

    name: str
    variables: tuple[Variable, ...]
    left: Score | None
    right: Score | None
    overall: Score | None
    expected: float
    missing: tuple[str, ...]
    population: str
    notes: tuple[Note, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether this is the GPS: all nine variables of both feet."""
        return not self.missing and self.left is not None and self.right is not None

    def __getitem__(self, name: str) -> Variable:
        for v in self.variables:
            if v.name == name:
                return v
        raise GaitsmithError("no such variable in this profile", found=name,
                             expected=f"one of {', '.join(v.name for v in self.variables)}")  # fmt: skip


def gait_variable_score(curve: Array, reference_mean: Array) -> float:
    """Root mean square difference (°) of a mean curve from the reference's (Baker 2009, eq. 1)."""
    return float(np.sqrt(np.mean((np.asarray(curve) - np.asarray(reference_mean)) ** 2)))


def profile(
    strides: StrideSet, reference: Reference, *, seed: int = 0, resamples: int = _RESAMPLES
) -> Profile:
    """GVS of every variable that strides and reference share, and the profile score.

    The score of a foot is the root mean square of its variables' scores; the overall score takes
    the pelvis once, from the left (else the right) foot's strides, and the other variables of
    both feet (Baker 2009). A mean curve is over the strides
    in which it is whole.

    Parameters
    ----------
    seed
        Of the bootstrap over strides.
    resamples
        Bootstrap samples; 0 for none.

    Raises
    ------
    MissingInputError
        Where strides and reference share no variable. Where they share some, but no stride has a
        whole curve, the profile is empty and its note says so.
    """
    there = {
        side: tuple(v for v in GPS_VARIABLES if v in strides[side] and v in reference
                    and strides[side].count(v) > 0)
        for side in strides.sides
    }  # fmt: skip
    used = {side: names for side, names in there.items() if names}
    if not any(
        v in strides[side] and v in reference for side in strides.sides for v in GPS_VARIABLES
    ):
        raise MissingInputError(
            "no gait variable can be scored",
            place=strides.recording.name or None,
            found=f"{strides.n} strides with {len(strides.right.labels)} channels",
            expected=f"strides of at least one of {', '.join(GPS_VARIABLES)}",
            remedy="cut the strides from a recording with joint angles of pelvis, hip, knee or ankle",
        )
    if not used:
        words = "no stride has a whole curve of any variable, so there is no profile score"
        note = Note("refusal", "profile score", words)
        return Profile("no profile score", (), None, None, None, float("nan"), GPS_VARIABLES,
                       reference.describe(), (note,))  # fmt: skip
    rng = np.random.default_rng(seed)
    heading = _heading(strides)
    squares = {side: _squares(strides[side], names, reference, rng, resamples=resamples, heading=heading)
               for side, names in used.items()}  # fmt: skip
    n = {side: min(strides[side].count(v) for v in names) for side, names in used.items()}
    variables = []
    for name in GPS_VARIABLES:
        sides: dict[Side, Score] = {}
        for side, names in used.items():
            if name in names:
                sides[side] = _score(squares[side][:, names.index(name)], strides[side].count(name))
        if sides:
            rms = float(np.sqrt(np.mean(reference.sd(name) ** 2)))
            variables.append(
                Variable(name, _english(name), sides.get("left"), sides.get("right"), rms)
            )
    feet = {side: _score(s.mean(axis=1), n[side]) for side, s in squares.items()}
    together = _overall(used, squares)
    missing = tuple(v for v in GPS_VARIABLES if any(v not in names for names in used.values()))
    expected = float(np.sqrt(np.mean([v.expected**2 for v in variables])))
    left, right = feet.get("left"), feet.get("right")
    overall = _score(together, min(n.values())) if len(used) == 2 else None
    notes = [] if not missing else [
        Note("assumption", "profile score", f"without {', '.join(_english(m) for m in missing)}: "
             "not comparable with a GPS")
    ]  # fmt: skip
    if heading:
        notes.append(Note("assumption", "pelvic rotation",
                          f"taken relative to its mean, {heading:.0f}°: the direction of the walk"))  # fmt: skip
    return Profile(
        _name([v.name for v in variables], missing, tuple(used)), tuple(variables), left, right, overall,
        expected, missing, reference.describe(), tuple(notes),
    )  # fmt: skip


def _english(name: str) -> str:
    table = channels.channels()
    return (table.get(name) or table[name + "_r"]).english


def _heading(strides: StrideSet) -> float:
    """Mean pelvic rotation (°) where it is the direction of the walk in the laboratory, else 0.

    Pelvic rotation is meant relative to the direction of progression (Baker 2009).
    """
    parts = [
        strides[s]["pelvis_rotation"].ravel()
        for s in strides.sides
        if "pelvis_rotation" in strides[s]
    ]
    values = np.concatenate([*parts, np.zeros(0)])
    values = values[np.isfinite(values)]
    mean = float(np.mean(values)) if len(values) else 0.0
    return mean if abs(mean) > _SIDEWAYS_DEG else 0.0


def _squares(
    s: Strides,
    names: Sequence[str],
    reference: Reference,
    rng: np.random.Generator,
    *,
    resamples: int,
    heading: float,
) -> Array:
    """Squared GVS, row 0 of the mean over all strides, then of bootstrap means: rows × variable.

    Each variable's mean is over the strides in which it is whole.
    """
    curves = np.stack([s.as_right(name) for name in names], axis=1)
    if heading and "pelvis_rotation" in names:
        curves[:, names.index("pelvis_rotation")] -= heading if s.side == "right" else -heading
    away = curves - np.stack([_to(reference.mean(name), s.points) for name in names])
    whole = np.asarray(~np.isnan(away).any(axis=2))
    away = np.where(whole[:, :, None], away, 0.0)
    weights = np.ones((1, s.n))
    if s.n >= _LEAST_STRIDES and resamples:
        drawn = rng.multinomial(s.n, np.full(s.n, 1.0 / s.n), size=resamples)
        weights = np.vstack([weights, drawn])
    total = weights @ whole
    mean = np.tensordot(weights, away, axes=(1, 0)) / np.maximum(total, 1.0)[:, :, None]
    squares = (mean**2).mean(axis=2)
    # A resample may miss every stride in which a variable is whole.
    return np.asarray(np.where(total > 0, squares, squares[0]))


def _to(curve: Array, points: int) -> Array:
    if len(curve) == points:
        return curve
    new, old = np.linspace(0, 1, points), np.linspace(0, 1, len(curve))
    return np.asarray(np.interp(new, old, curve))


def _score(squares: Array, n: int) -> Score:
    """From squared scores: row 0 the value, the others its bootstrap distribution.

    The bootstrap distribution of a root mean square lies above the value (averaging removes
    less noise from a resample); it is centred on the value before its quantiles are taken.
    """
    value = float(np.sqrt(squares[0]))
    if len(squares) < 3:
        return Score(value, float("nan"), float("nan"), n)
    spread = np.sqrt(squares[1:])
    low, high = np.percentile(spread - spread.mean(), [2.5, 97.5])
    return Score(value, max(0.0, value + float(low)), value + float(high), n)


def _overall(used: dict[Side, tuple[str, ...]], squares: dict[Side, Array]) -> Array:
    """Mean square over the variables of both feet, the pelvis once."""
    columns = []
    pelvis = "left" if "left" in used else "right"
    for side, names in used.items():
        columns += [squares[side][:, i] for i, v in enumerate(names)
                    if v not in _PELVIS or side == pelvis]  # fmt: skip
    rows = min(len(c) for c in columns)
    return np.asarray(np.mean([c[:rows] for c in columns], axis=0))


def _name(names: Sequence[str], missing: Sequence[str], sides: tuple[Side, ...]) -> str:
    if not missing:
        return "GPS" if len(sides) == 2 else f"GPS of the {sides[0]} foot"
    table = channels.channels()
    planes = [(table.get(x) or table[x + "_r"]).plane for x in names]
    of = f"{len(names)} variable{'s' if len(names) != 1 else ''}"
    alike = f" ({planes[0]})" if len(set(planes)) == 1 else ""
    return f"profile score of {of}{alike}"
