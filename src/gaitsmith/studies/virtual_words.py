"""The figures of the study on virtual people in words and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.gait.reference import reference
from gaitsmith.virtual.people import Person

__all__ = ["JOINTS", "LIMITS", "MOMENTS", "draw", "format"]

Array = npt.NDArray[np.float64]

JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")
MOMENTS = tuple(f"{j}_moment" for j in JOINTS)
# Targets of the study: RMS (deg), factor of SD, relative peak, share of the cycle, accuracy.
LIMITS = {"rms": 4.0, "sd": 1.5, "peak": 0.10, "off": 0.02, "accuracy": 0.75}


def format(result: Mapping[str, Any]) -> str:
    """The figures as text, with what misses its target marked."""
    lines = [f"{result['people']} virtual people", ""]
    for speed, block in result["norms"].items():
        lines.append(f"dimensionless speed {speed}, against Bovi et al. 2011 (adults)")
        for name in JOINTS:
            b = block[name]
            mark = _mark(
                b["rms"] <= LIMITS["rms"] and 1 / LIMITS["sd"] <= b["sd_ratio"] <= LIMITS["sd"]
            )
            lines.append(f"  {name:12} mean off by {b['rms']:.1f} deg RMS (at most {b['largest']:.0f} at "
                         f"{b['at']} %), SD {b['sd_ratio']:.2f} of published{mark}")  # fmt: skip
        for name in MOMENTS:
            lines.append(f"  {name:20} off by {block[name]['rms']:.2f} Nm/kg RMS")
        for name, pair in block["force"].items():
            near = abs(pair["virtual"] - pair["published"]) <= LIMITS["peak"] * abs(
                pair["published"]
            )
            lines.append(
                f"  force, {name:12} {pair['virtual']:+.2f} ({pair['published']:+.2f} BW){_mark(near)}"
            )
        pair = block["foot_off"]
        near = abs(pair["virtual"] - pair["published"]) <= LIMITS["off"]
        lines.append(
            f"  foot off {100 * pair['virtual']:.1f} % ({100 * pair['published']:.1f} %){_mark(near)}"
        )
    for name in ("children", "lencioni2019", "gait_signatures", "pataky2008", "voisard2023", "young",
                 "opensim", "hugadb", "slijepcevic2021_grf"):  # fmt: skip
        if name in result:
            lines += ["", f"against {name}:", *_told(result[name])]
    return "\n".join(lines)


def _mark(good: bool) -> str:
    return "" if good else "   <- outside the target"


def _told(block: Mapping[str, Any], indent: str = "  ") -> list[str]:
    lines = []
    for name, value in block.items():
        if isinstance(value, Mapping) and all(isinstance(v, int | float) for v in value.values()):
            lines.append(f"{indent}{name}: " + ", ".join(f"{k} {v:.3g}" for k, v in value.items()))
        elif isinstance(value, Mapping):
            lines += [f"{indent}{name}", *_told(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {value:.3g}")
    return lines


def draw(
    folder: Path,
    walks: Mapping[float, list[dict[str, Any]]],
    crowd: list[Person],
    stack: Callable[[list[dict[str, Any]], str], Array],
) -> None:
    """One picture a speed: virtual mean ± SD over the published band.

    `stack` gives the curves (people × points) of a group of walks under a name.
    """
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    percent = np.linspace(0.0, 100.0, 101)
    names = (*JOINTS, *MOMENTS, "grf_fy", "grf_fx", "grf_fz")
    for speed, group in walks.items():
        norm = reference("adult", speed=group[0]["speed"], subject=crowd[0].subject())
        figure = Figure(figsize=(12, 9), layout="constrained")
        for axes, name in zip(figure.subplots(3, 3).flat, names, strict=True):
            mean, sd = norm.mean(name), norm.sd(name)
            axes.fill_between(percent, mean - sd, mean + sd, color="0.85")
            axes.plot(percent, mean, color="0.4")
            curves = stack(group, name)
            middle, spread = curves.mean(axis=0), curves.std(axis=0, ddof=1)
            axes.plot(percent, middle, color="C0")
            axes.plot(percent, np.stack((middle - spread, middle + spread)).T, color="C0", lw=0.7)
            axes.set_title(f"{name} ({norm.unit(name)})")
        figure.suptitle(
            f"dimensionless speed {speed:.2f}: virtual people (blue), Bovi et al. 2011 (grey)"
        )
        figure.savefig(folder / f"virtual-{speed:.2f}.png", dpi=80)
