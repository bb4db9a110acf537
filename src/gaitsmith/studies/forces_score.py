"""How estimated forces are scored against plates: errors, bands, timing, consistency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.models.forces.assemble import assembled, lacking, over_stance
from gaitsmith.models.forces.posterior import Z90, Prediction, StanceConfig
from gaitsmith.models.forces.support import by_support, shared_linearly
from gaitsmith.studies.forces_data import Measured

__all__ = [
    "by_trial", "centre_error", "consistency", "mean", "near", "ours", "peaks", "people", "plain", "scored",
    "spread", "stride_means", "table", "timing",
]  # fmt: skip

Array = npt.NDArray[np.float64]
# Order in tables: vertical, fore-aft, medio-lateral; in arrays forward, up, medial.
_SHOWN = (1, 0, 2)
_INF = (np.inf,) * 3
# A mass that is wrong by this share, either way, and the SD that is then given for it.
_WRONG_MASS = 0.1
# An event of the plates this near (s) is that of the stance.
_SAME_S = 0.1


def by_trial(found: list[Measured]) -> dict[str, Measured]:
    """Walks by their names."""
    return {m.name: m for m in found}


def scored(truth: Measured, told: Measured, force: Mapping[Side, Array], sd: Mapping[Side, Array] | None) -> list[dict[str, Any]]:  # fmt: skip
    """One row of figures a measured stance of `truth`, from forces over the times of `told`."""
    out = []
    for i in np.flatnonzero(truth.scored):
        st, real = truth.stances[i], truth.rows.force[i]
        made = over_stance(told.walk.times, force[st.side], st)
        row: dict[str, Any] = {"person": truth.person if truth.set != "adults" else truth.name,
                               "error": 100 * np.abs(made - real).mean(axis=1)[list(_SHOWN)]}  # fmt: skip
        span = np.ptp(real, axis=1)
        row["nrmse"] = (100 * np.sqrt(((made - real) ** 2).mean(axis=1)) / span)[list(_SHOWN)]
        row["peaks"] = 100 * np.abs(peaks(made) - peaks(real))
        long = st.off - st.strike
        row["impulse"] = 100 * np.abs((made - real).mean(axis=1))[list(_SHOWN)] * long
        if sd is not None:
            wide = np.abs(over_stance(told.walk.times, sd[st.side], st))
            row["held"] = (np.abs(made - real) <= Z90 * wide).mean(axis=1)[list(_SHOWN)]
            # The mass stated too high or too low: what the plate measured is another share of it.
            unsure = Z90 * np.hypot(wide, _WRONG_MASS * made)
            row["held_wrong_mass"] = np.mean(
                [
                    (np.abs(made - real / (1 + e)) <= unsure).mean(axis=1)
                    for e in (-_WRONG_MASS, _WRONG_MASS)
                ],
                axis=0,
            )[list(_SHOWN)]
            row["held_mass_trusted"] = np.mean(
                [
                    (np.abs(made - real / (1 + e)) <= Z90 * wide).mean(axis=1)
                    for e in (-_WRONG_MASS, _WRONG_MASS)
                ],
                axis=0,
            )[list(_SHOWN)]
        out.append(row)
    return out


def peaks(f: Array) -> Array:
    """First and second vertical peak, braking, propulsion (body weights)."""
    return np.array([f[1, :50].max(), f[1, 50:].max(), f[0, :50].min(), f[0, 50:].max()])


def mean(rows: list[dict[str, Any]], key: str) -> Array:
    """Mean over people of their stances' means."""
    names = list(dict.fromkeys(r["person"] for r in rows))
    each = [np.mean([r[key] for r in rows if r["person"] == p], axis=0) for p in names]
    return np.asarray(np.mean(each, axis=0), dtype=np.float64)


def people(rows: list[dict[str, Any]], key: str = "error") -> dict[str, list[float]]:
    """Each person's mean."""
    names = list(dict.fromkeys(r["person"] for r in rows))
    return {
        p: [float(x) for x in np.mean([r[key] for r in rows if r["person"] == p], axis=0)]
        for p in names
    }


def plain(m: Measured, force: Array) -> dict[Side, Array]:
    """Stance forces put on the clock as they are."""
    return assembled(m.walk.times, m.walk.walking_frame(m.walk.net) / m.walk.weight, m.stances, force,
                     np.ones_like(force), net_sd=_INF, periodic=False)[0]  # fmt: skip


def ours(
    m: Measured,
    told: Prediction,
    config: StanceConfig,
    *,
    same: bool,
    exact: bool = False,
) -> tuple[dict[Side, Array], dict[Side, Array]]:
    """The default as users get it; `exact`: with both feet's sum the net force itself."""
    force, spread, net = told.force, told.force_sd, (config.net_sd,) * 3
    if m.walk.running:
        from gaitsmith.models.forces.api import _RUNNING_SD

        flip = np.array([[1.0, 1.0, -1.0 if s.side == "right" else 1.0] for s in m.stances])[
            :, :, None
        ]
        force = by_support(m.walk, m.stances) * flip
        spread, net = np.ones_like(force) * np.array(_RUNNING_SD)[:, None], _INF
    elif not same:
        share = np.array([config.split_forward, config.split_up, config.split_medial])[:, None]
        line = np.array(
            [
                shared_linearly(t, s[3], s[4])
                for t, s in zip(m.rows.total, m.rows.scalars, strict=True)
            ]
        )
        force = (1 - share) * force + share * line
    total = m.walk.walking_frame(m.walk.net) / m.walk.weight
    return assembled(m.walk.times, total, m.stances, force, spread, net_sd=net, exact=exact)


def centre_error(truth: Measured, told: Prediction, which: list[int]) -> list[tuple[str, Array]]:
    """Person and mean absolute error of the centre of pressure (mm: along, across) of stances given."""
    from gaitsmith.models.forces.stances import foot_frame

    out = []
    for j, i in enumerate(which):
        real = truth.rows.centre[i]
        if not np.isfinite(real).all():
            continue
        size = foot_frame(truth.walk, truth.stances[i])[3]
        wrong = 1e3 * size * np.abs(told.centre[j] - real)[:, 5:96].mean(axis=1)
        out.append((truth.person if truth.set != "adults" else truth.name, wrong))
    return out


def table(rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Errors of each method."""
    return {m: {"mae": [float(x) for x in mean(r, "error")], "nrmse": [float(x) for x in mean(r, "nrmse")],
                "peaks": [float(x) for x in mean(r, "peaks")], "impulse_bw_s": [float(x) for x in mean(r, "impulse")]}
            for m, r in rows.items()}  # fmt: skip


def timing(truth: list[Measured], found: dict[str, Measured]) -> dict[str, Any]:
    """Mean absolute distance and bias (ms) of found contacts from the plates' events, by kind."""
    out: dict[str, list[float]] = {"strike": [], "off": []}
    for m in truth:
        told = found.get(m.name)
        if told is None:
            continue
        for i in np.flatnonzero(m.scored):
            st = m.stances[i]
            near = [
                s for s in told.stances if s.side == st.side and abs(s.strike - st.strike) < 0.2
            ]
            if near:
                for kind, late in out.items():
                    times = m.plates.times(kind, st.side)  # type: ignore[arg-type]
                    own = getattr(st, kind)
                    close = times[np.abs(times - own) < _SAME_S]
                    real = float(close[np.argmin(np.abs(close - own))]) if len(close) else own
                    late.append(1e3 * (getattr(near[0], kind) - real))
    return {k: {"mean_absolute_ms": float(np.mean(np.abs(v))), "bias_ms": float(np.mean(v)), "n": len(v)}
            for k, v in out.items() if v}  # fmt: skip


def near(truth: Measured, told: Measured) -> bool:
    """Whether every scored stance was found at all (a foot's contact that begins within 0.25 s)."""
    return all(
        any(
            s.side == truth.stances[i].side and abs(s.strike - truth.stances[i].strike) < 0.25
            for s in told.stances
        )
        for i in np.flatnonzero(truth.scored)
    )


def consistency(m: Measured, force: Mapping[Side, Array]) -> float:
    """RMS of |ΣF - m (a - g)| inside the recording, where the feet that stand are known (% of body weight)."""
    total = m.walk.walking_frame(m.walk.net) / m.walk.weight
    inside = (m.walk.times >= m.walk.span[0]) & (m.walk.times <= m.walk.span[1])
    # A stance that the record does not show leaves its foot without a force.
    inside &= ~lacking(m.walk.times, m.stances)
    if not inside.any():
        return float("nan")
    wrong = (force["right"] + force["left"] - total)[inside]
    return float(100 * np.sqrt((wrong**2).sum(axis=1).mean()))


def stride_means(m: Measured, force: Mapping[Side, Array]) -> list[float]:
    """Mean vertical force (body weights) of each whole stride inside the recording."""
    up = force["right"][:, 1] + force["left"][:, 1]
    out = []
    for s in m.stances:
        if s.strike >= m.walk.span[0] - 0.02 and s.strike + s.stride_s <= m.walk.span[1] + 0.02:
            inside = (m.walk.times >= s.strike) & (m.walk.times < s.strike + s.stride_s)
            out.append(float(up[inside].mean()))
    return out


def spread(values: list[float]) -> dict[str, float]:
    """Mean, worst and share within half a percent of whole strides' mean vertical force."""
    if not values:
        return {}
    v = np.array(values)
    return {"mean": float(v.mean()), "worst": float(np.abs(v - 1).max()), "within_half_percent": float((np.abs(v - 1) <= 0.005).mean()), "n": float(len(v))}  # fmt: skip
