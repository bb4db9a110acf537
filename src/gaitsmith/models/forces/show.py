"""The table and the picture of estimated forces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gaitsmith.channels import Side
from gaitsmith.models.forces.motion import SIDES
from gaitsmith.sections import Band, Curve, Figure, Panel, Table

if TYPE_CHECKING:
    from gaitsmith.models.forces.api import ForcesResult

__all__ = ["curves_of", "figure", "table"]

Array = npt.NDArray[np.float64]
_Z = 1.6449
_MOST = 12


def curves_of(result: ForcesResult, side: Side) -> tuple[Array, Array]:
    """Forces of a foot's whole stances and their SD: stance × 3 × 101, % of body weight, medial +."""
    walk, stream = result.walk, result.forces
    i = SIDES.index(side)
    axes = np.stack((walk.forward, (0.0, 1.0, 0.0), walk.right))
    force = 100 * walk.walking_frame(stream.data[:, i, :3]) / walk.weight
    sd = 100 * np.sqrt((result.sd[:, i, :3] ** 2) @ (axes.T**2)) / walk.weight
    inward = -1.0 if side == "right" else 1.0
    values, spreads = [], []
    low, high = walk.span
    for st in result.stances:
        if st.side != side or st.strike < low - 0.02 or st.off > high + 0.02:
            continue
        at = np.linspace(st.strike, st.off, 101)
        f = np.stack([np.interp(at, stream.times, x) for x in force.T])
        f[2] *= inward
        values.append(f)
        spreads.append(np.stack([np.interp(at, stream.times, x) for x in sd.T]))
    shape = (0, 3, 101)
    return np.array(values).reshape(-1, *shape[1:]), np.array(spreads).reshape(-1, *shape[1:])


_ROWS = (
    ("first vertical peak (%BW)", 1, (0, 50), np.max), ("second vertical peak (%BW)", 1, (50, 101), np.max),
    ("braking peak (%BW)", 0, (0, 50), np.min), ("propulsion peak (%BW)", 0, (50, 101), np.max),
    ("medial peak (%BW)", 2, (10, 90), np.max),
)  # fmt: skip


def table(result: ForcesResult) -> Table:
    """A row a quantity: right and left with the half width of the 90 % band."""
    rows: list[tuple[object, ...]] = []
    found = {s: curves_of(result, s) for s in SIDES}
    for name, axis, (a, b), pick in _ROWS:
        row: list[object] = [name]
        for s in SIDES:
            f, e = found[s]
            if not len(f):
                row += [None, None]
                continue
            mean = f[:, axis, a:b].mean(axis=0)
            at = int(np.flatnonzero(mean == pick(mean))[0])
            row += [
                float(np.mean(pick(f[:, axis, a:b], axis=1))),
                float(_Z * e[:, axis, a + at].mean()),
            ]
        rows.append(tuple(row))
    contact: list[object] = ["contact (s)"]
    counted: list[object] = ["whole stances"]
    low, high = result.walk.span
    for s in SIDES:
        mine = [
            x
            for x in result.stances
            if x.side == s and x.strike >= low - 0.02 and x.off <= high + 0.02
        ]
        contact += [float(np.mean([x.off - x.strike for x in mine])) if mine else None, None]
        counted += [len(mine), None]
    rows += [tuple(contact), tuple(counted)]
    return Table(
        "estimated_forces", "Estimated forces", ("quantity", "right", "right ±", "left", "left ±"), rows,
        formats={"right": ".3g", "right ±": ".2g", "left": ".3g", "left ±": ".2g"},
        caption="Estimated from motion, not measured; ± is the half width of a 90 % band.",
    )  # fmt: skip


def figure(result: ForcesResult) -> Figure:
    """Vertical, fore-aft and sideways force over stance, both feet, dashed, with bands."""
    x = np.linspace(0, 100, 101)
    found = {s: curves_of(result, s) for s in SIDES}
    panels = []
    for axis, title, positive in (
        (1, "Vertical", "up"),
        (0, "Fore-aft", "forward"),
        (2, "Sideways", "medial"),
    ):
        curves, bands = [], []
        for s in SIDES:
            f, e = found[s]
            if not len(f):
                continue
            mean, sd = f[:, axis].mean(axis=0), e[:, axis].mean(axis=0)
            bands.append(
                Band(x, mean - _Z * sd, mean + _Z * sd, label=f"{s}, 90 % band", colour="estimated")
            )
            curves += [Curve(x, y, colour=s, thin=True) for y in f[:_MOST, axis]]
            curves.append(Curve(x, mean, label=f"{s}, estimated", colour=s, dashed=True))
        panels.append(
            Panel(title, curves, bands, unit="%BW", x_label="% of stance", positive=positive)
        )
    return Figure("estimated_forces", "Ground reaction forces, estimated from motion", panels, columns=3,
                  alt="Estimated vertical, fore-aft and sideways force over stance with 90 % bands, left and right")  # fmt: skip
