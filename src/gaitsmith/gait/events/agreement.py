"""How far two tables of events agree: matched one to one, missed, spurious, errors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Events, Kind

__all__ = ["Agreement", "AgreementRow", "agreement", "match"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AgreementRow:
    """One kind and side (None: both sides together).

    Attributes
    ----------
    errors_s
        ``a - b`` (s) of each matched pair, in order of time: positive means `a` is late.
    missed
        Events of `b` that no event of `a` met.
    spurious
        Events of `a` that met no event of `b`.
    """

    kind: Kind
    side: Side | None
    errors_s: tuple[float, ...]
    missed: int
    spurious: int

    @property
    def matched(self) -> int:
        """Number of pairs."""
        return len(self.errors_s)

    @property
    def median_abs_s(self) -> float:
        """Median of the absolute errors (s); NaN without a pair."""
        return float(np.median(np.abs(self.errors_s))) if self.errors_s else math.nan

    @property
    def bias_s(self) -> float:
        """Median of the signed errors (s); NaN without a pair."""
        return float(np.median(self.errors_s)) if self.errors_s else math.nan

    @property
    def p90_abs_s(self) -> float:
        """90th percentile of the absolute errors (s); NaN without a pair."""
        return float(np.percentile(np.abs(self.errors_s), 90)) if self.errors_s else math.nan

    @property
    def max_abs_s(self) -> float:
        """Largest absolute error (s); NaN without a pair."""
        return float(np.max(np.abs(self.errors_s))) if self.errors_s else math.nan

    @property
    def f1(self) -> float:
        """2 matched / (2 matched + missed + spurious); NaN where neither table has any."""
        total = 2 * self.matched + self.missed + self.spurious
        return 2 * self.matched / total if total else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers; what is not defined is None."""
        numbers = {
            n: getattr(self, n)
            for n in ("matched", "missed", "spurious", "f1", "median_abs_s", "bias_s",
                      "p90_abs_s", "max_abs_s")
        }  # fmt: skip
        return {
            "kind": self.kind,
            "side": self.side,
            **{n: None if math.isnan(v) else v for n, v in numbers.items()},
        }


@dataclass(frozen=True)
class Agreement:
    """Rows by kind and side; :meth:`of` pools what is asked for."""

    rows: tuple[AgreementRow, ...]
    tolerance_s: float

    def __iter__(self) -> Iterator[AgreementRow]:
        return iter(self.rows)

    def of(self, kind: Kind, side: Side | None = None) -> AgreementRow:
        """The row of a kind and side; both sides together where `side` is None."""
        chosen = [r for r in self.rows if r.kind == kind and side in (None, r.side)]
        return AgreementRow(
            kind,
            side,
            tuple(e for r in chosen for e in r.errors_s),
            sum(r.missed for r in chosen),
            sum(r.spurious for r in chosen),
        )

    @classmethod
    def pooled(cls, parts: Iterable[Agreement]) -> Agreement:
        """Several recordings' agreements as one, by kind and side."""
        parts = list(parts)
        keys = list(dict.fromkeys((r.kind, r.side) for p in parts for r in p.rows))
        rows = []
        for kind, side in keys:
            chosen = [r for p in parts for r in p.rows if (r.kind, r.side) == (kind, side)]
            errors = tuple(e for r in chosen for e in r.errors_s)
            rows.append(AgreementRow(kind, side, errors, sum(r.missed for r in chosen),
                                     sum(r.spurious for r in chosen)))  # fmt: skip
        return cls(tuple(rows), max((p.tolerance_s for p in parts), default=0.0))


def match(a: Array, b: Array, tolerance_s: float) -> npt.NDArray[np.intp]:
    """Pairs ``[index in a, index in b]`` of ascending times, one to one, within a tolerance.

    As many pairs as can be; among those, the ones with the least sum of distances.
    """
    from scipy.optimize import linear_sum_assignment

    times = np.concatenate((a, b))
    order = np.argsort(times, kind="stable")
    # Times further apart than the tolerance cannot pair across the gap: small problems, solved
    # apart, give the same answer as one large one.
    cut = np.flatnonzero(np.diff(times[order]) > tolerance_s) + 1
    pairs = []
    for part in np.split(order, cut):
        ia, ib = part[part < len(a)], part[part >= len(a)] - len(a)
        if not len(ia) or not len(ib):
            continue
        cost = np.abs(a[ia][:, None] - b[ib][None, :])
        worst = tolerance_s * (1 + min(cost.shape)) + 1e-9
        row, col = linear_sum_assignment(np.where(cost <= tolerance_s, cost, worst))
        good = cost[row, col] <= tolerance_s
        pairs.append(np.column_stack((ia[row[good]], ib[col[good]])))
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), np.intp)


def agreement(
    a: Events,
    b: Events,
    tolerance_s: float = 0.1,
    *,
    between: tuple[float, float] | None = None,
) -> Agreement:
    """How far the strikes and offs of `a` agree with those of the reference `b`.

    Events are matched by side and kind, one to one, within `tolerance_s`. With `between`
    (seconds), events of `b` count only inside that span, and events of `a` inside it or matched
    to one that is.

    Raises
    ------
    GaitsmithError
        Where the tolerance is not above 0.
    """
    if not tolerance_s > 0:
        raise GaitsmithError("the tolerance is not a time", place="argument tolerance_s",
                             found=tolerance_s, expected="seconds above 0")  # fmt: skip
    rows = []
    kinds: tuple[Kind, ...] = ("strike", "off")
    sides: tuple[Side, ...] = ("left", "right")
    for kind in kinds:
        for side in sides:
            ta, tb = a.times(kind, side), b.times(kind, side)
            if between is not None:
                tb = tb[(tb >= between[0]) & (tb <= between[1])]
            pairs = match(ta, tb, tolerance_s)
            alone = np.delete(ta, pairs[:, 0])
            if between is not None:
                alone = alone[(alone >= between[0]) & (alone <= between[1])]
            order = np.argsort(pairs[:, 0], kind="stable")
            errors = ta[pairs[order, 0]] - tb[pairs[order, 1]]
            rows.append(
                AgreementRow(kind, side, tuple(errors.tolist()), len(tb) - len(pairs), len(alone))
            )
    return Agreement(tuple(rows), tolerance_s)
