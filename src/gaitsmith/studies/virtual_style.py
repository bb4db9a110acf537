"""Measure how real people differ from the published mean, and their strides from each other.

``python -m gaitsmith.studies.virtual_style DATA`` reads ``lencioni2019`` under the folder DATA (CC BY
4.0; only the people of ``virtual.style.INFORMED_BY``, so that the others can judge) and writes
``virtual/population.json``; with ``--check`` it compares instead.

A stride's deviation is its angles minus the published mean (Bovi et al. 2011, adults or young people,
the same laboratory and protocol) at the stride's dimensionless speed, as Fourier coefficients. A line
over speed for each person gives the person's deviation at the middle speed and, by its residuals,
the covariance of strides. The covariance of people is that of their deviations, less what the strides'
variation adds, drawn half-way to one without accidental links (Ledoit & Wolf's idea, J Multivar Anal
88 (2004) 365-411, with a share chosen here: eight people cannot tell a covariance of a hundred numbers).
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.datasets.base import Trial
from gaitsmith.datasets.curves import Curves
from gaitsmith.datasets.raw import Raw
from gaitsmith.datasets.registry import loader
from gaitsmith.gait.reference import LEG_SHARE, reference
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual.style import COORDINATES, HARMONICS, INFORMED_BY, TABLE

__all__ = ["build", "deviations", "main"]

Array = npt.NDArray[np.float64]
_PARTS = 1 + 2 * HARMONICS
#: Middle of the speeds (dimensionless), and between which strides count.
_MIDDLE, _SPEEDS = 0.44, (0.20, 0.72)
#: How far the covariance of people is drawn to the plain one; links of the plain one are drawn to 0.
_DRAWN, _LINKS = 0.5, 0.6
#: Share of the strides' variance that is kept.
_KEPT = 0.97


def deviations(person: Curves) -> tuple[Array, Array]:
    """Speed (dimensionless) of a person's walking strides, and their coefficients of deviation.

    Returns
    -------
    speeds, coefficients
        stride; stride × (coordinate · coefficient), deg.
    """
    height = person.subject.height
    assert height is not None
    task = np.array([str(t) for t in person.rows["task"]])
    metres = np.array(person.rows["speed"], dtype=float)
    speed = metres / math.sqrt(STANDARD_GRAVITY * LEG_SHARE * height)
    chosen = np.flatnonzero((task == "walking") & (speed > _SPEEDS[0]) & (speed < _SPEEDS[1]))
    group = "young" if (person.subject.age or 30) < 18 else "adult"
    out = []
    for i in chosen:
        norm = reference(group, speed=float(metres[i]), subject=person.subject)
        rows = np.stack([person[c][i] - norm.mean(c) for c in COORDINATES])[:, :100]
        out.append(coefficients(rows).ravel())
    return speed[chosen], np.array(out).reshape(len(chosen), -1)


def coefficients(curves: Array) -> Array:
    """Mean, then cosine and sine of each harmonic (… × 100 → … × coefficient)."""
    series = np.fft.rfft(curves, axis=-1)[..., : HARMONICS + 1] / curves.shape[-1]
    out = np.empty((*curves.shape[:-1], _PARTS))
    out[..., 0] = series[..., 0].real
    out[..., 1::2], out[..., 2::2] = 2 * series[..., 1:].real, -2 * series[..., 1:].imag
    return out


def build(people: Sequence[Curves]) -> dict[str, Any]:
    """The tables of ``virtual/population.json`` from people's strides."""
    middle, residuals, noise, grown = [], [], [], []
    for person in people:
        speed, rows = deviations(person)
        if len(speed) < 4 or np.ptp(speed) < 0.05:
            continue
        line = np.stack((np.ones(len(speed)), speed - _MIDDLE), axis=1)
        fit = np.linalg.lstsq(line, rows, rcond=None)[0]
        middle.append(fit[0])
        rest = (rows - line @ fit) * math.sqrt(len(speed) / (len(speed) - 2))
        residuals.append(rest)
        noise.append(np.linalg.inv(line.T @ line)[0, 0])
        grown.append((person.subject.age or 30) >= 18)
    found = np.array(middle)
    size = [float(np.mean(r**2)) for r in residuals]
    share = {
        w: float(np.mean([s for s, g in zip(size, grown, strict=True) if g == w]))
        for w in (True, False)
    }
    whole = np.concatenate([r / math.sqrt(s) for r, s in zip(residuals, size, strict=True)])
    strides = whole.T @ whole / len(whole) * share[True]
    added = np.concatenate(residuals)
    added = added.T @ added / len(added) * float(np.mean(noise))
    centred = found - found.mean(axis=0)
    between = centred.T @ centred / (len(found) - 1)
    less = np.clip(1 - np.diag(added) / np.maximum(np.diag(between), 1e-9), 0.3, 1.0)
    between *= np.sqrt(np.outer(less, less))
    plain = _plain(between)
    return {
        "coordinates": list(COORDINATES), "harmonics": HARMONICS,
        "source": "lencioni2019 (CC BY 4.0), people " + ", ".join(INFORMED_BY),
        "young_strides": round(math.sqrt(share[False] / share[True]), 3),
        "people": _rows(_root((1 - _DRAWN) * between, len(found) - 1)),
        "plain": _rows(_root(_DRAWN * plain, plain.shape[0])),
        "strides": _rows(_root(strides, _rank(strides))),
    }  # fmt: skip


def _plain(covariance: Array) -> Array:
    """A covariance of the same size a coordinate and harmonic: phases alike, links of offsets and of
    the rest between coordinates, no others."""
    n = len(COORDINATES)
    cube = covariance.reshape(n, _PARTS, n, _PARTS)
    power = np.array([[cube[c, k, c, k] for k in range(_PARTS)] for c in range(n)])
    power[:, 1:] = np.repeat((power[:, 1::2] + power[:, 2::2]) / 2, 2, axis=1)
    out = np.zeros_like(cube)
    links = np.stack([cube[:, k, :, k] for k in range(_PARTS)])
    for chosen in ([0], list(range(1, _PARTS))):
        link = links[chosen].sum(axis=0)
        link = link / np.sqrt(np.outer(np.diag(link), np.diag(link)))
        link = _LINKS * link + (1 - _LINKS) * np.eye(n)
        for k in chosen:
            out[:, k, :, k] = link * np.sqrt(np.outer(power[:, k], power[:, k]))
    return out.reshape(covariance.shape)


def _rank(covariance: Array) -> int:
    values = np.linalg.eigvalsh(covariance)[::-1]
    return int(np.searchsorted(np.cumsum(values) / values.sum(), _KEPT)) + 1


def _root(covariance: Array, rank: int) -> Array:
    """Rows (rank × size) whose sum of outer products is the covariance."""
    values, vectors = np.linalg.eigh(covariance)
    top = np.argsort(values)[::-1][:rank]
    return np.asarray((vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))).T)


def _rows(root: Array) -> list[list[float]]:
    # A sign of each row, so that the file does not depend on the machine.
    signs = np.sign(root[np.arange(len(root)), np.abs(root).argmax(axis=1)])
    return [[round(float(x), 3) + 0.0 for x in row] for row in root * signs[:, None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        trials = loader("lencioni2019").trials(Raw(asked.data / "lencioni2019", Path(scratch)))
        read = [t.read() for t in trials
                if isinstance(t, Trial) and t.id.endswith("curves") and t.person in INFORMED_BY]  # fmt: skip
    made = build([c for c in read if isinstance(c, Curves)])
    if asked.check:
        return 0 if made == json.loads(TABLE.read_text("utf-8")) else 1
    text = json.dumps(made, separators=(",", ":")).replace("],[", "],\n[")
    TABLE.write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
