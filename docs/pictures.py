"""Draws the pictures of docs/conventions.md: ``python docs/pictures.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from gaitsmith.channels import get

HERE = Path(__file__).parent
GREY, MOVED, SIGN = "#9aa3ad", "#1d4ed8", "#b45309"


def _turn(
    point: tuple[float, float], about: tuple[float, float], degrees: float
) -> tuple[float, float]:
    a = np.radians(degrees)
    x, y = point[0] - about[0], point[1] - about[1]
    return about[0] + x * np.cos(a) - y * np.sin(a), about[1] + x * np.sin(a) + y * np.cos(a)


def _line(ax: Axes, points: list[tuple[float, float]], colour: str, width: float = 3) -> None:
    x, y = zip(*points, strict=True)
    ax.plot(x, y, color=colour, lw=width, solid_capstyle="round", marker="o", ms=4)


def _arc(ax: Axes, start: tuple[float, float], stop: tuple[float, float], bend: float) -> None:
    ax.add_patch(
        FancyArrowPatch(start, stop, connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>",
                        mutation_scale=16, color=SIGN, lw=2)
    )  # fmt: skip


def _finish(ax: Axes, name: str, view: str) -> None:
    row = get(name)
    ax.set_title(f"{name}\n+ {row.positive}", fontsize=10)
    ax.text(0.02, 0.02, view, transform=ax.transAxes, fontsize=8, color="#555")
    ax.set_aspect("equal")
    ax.set_xlim(-0.9, 0.9)
    ax.set_ylim(-0.15, 1.75)
    ax.axis("off")


HIP, KNEE, ANKLE, TOE, HEAD = (0.0, 0.9), (0.0, 0.48), (0.0, 0.08), (0.2, 0.0), (0.0, 1.5)


def _leg_side(
    ax: Axes, hip: float = 0, knee: float = 0, ankle: float = 0, colour: str = MOVED
) -> None:
    """A leg from the right side, walking to the right: hip and knee flexion, dorsiflexion."""
    k, a, t = (_turn(p, HIP, hip) for p in (KNEE, ANKLE, TOE))
    a, t = (_turn(p, k, -knee) for p in (a, t))
    t = _turn(t, a, ankle)
    _line(ax, [HEAD, HIP], colour)
    _line(ax, [HIP, k, a, t], colour)


def _sagittal(ax: Axes, name: str, **moved: float) -> None:
    _leg_side(ax, colour=GREY)
    _leg_side(ax, **moved)
    _finish(ax, name, "from the right, walking →")


def _front(ax: Axes, name: str, draw: str) -> None:
    """From behind, so that the person's right is on the right."""
    left, right = (-0.17, 0.9), (0.17, 0.9)
    for colour, degrees in ((GREY, 0.0), (MOVED, 15.0)):
        middle = (0.0, 0.9)
        near, far = left, right
        foot_r, foot_l, head = (0.17, 0.05), (-0.17, 0.05), (0.0, 1.5)
        if draw == "list":
            near, far = (_turn(p, middle, -degrees) for p in (left, right))
        if draw == "adduction":
            foot_r = _turn(foot_r, right, -degrees * 0.9)
        if draw == "bending":
            head = _turn(head, middle, -degrees)
        _line(ax, [near, far], colour)
        _line(ax, [far, foot_r], colour)
        _line(ax, [near, foot_l], colour)
        _line(ax, [middle, head], colour)
    if draw == "list":
        _arc(ax, (0.45, 1.0), (0.45, 0.75), -0.3)
    elif draw == "adduction":
        _arc(ax, (0.3, 0.15), (0.05, 0.15), -0.2)
    else:
        _arc(ax, (0.08, 1.62), (0.4, 1.5), -0.3)
    _finish(ax, name, "from behind, right is right")


def _above(ax: Axes, name: str, draw: str) -> None:
    """From above, walking up the page; the person's right is on the right."""
    for colour, degrees in ((GREY, 0.0), (MOVED, 20.0)):
        near, far = (-0.3, 0.8), (0.3, 0.8)
        toe, heel = (0.3, 1.15), (0.3, 0.6)
        if draw == "pelvis":
            near, far = (_turn(p, (0, 0.8), degrees) for p in (near, far))
            _line(ax, [near, far], colour)
        else:
            _line(ax, [near, far], colour)
            _line(ax, [_turn(heel, (0.3, 0.7), degrees), _turn(toe, (0.3, 0.7), degrees)], colour)
    if draw == "pelvis":
        _arc(ax, (0.5, 0.8), (0.42, 1.1), 0.25)
    else:
        _arc(ax, (0.4, 1.25), (0.12, 1.2), 0.25)
    _finish(ax, name, "from above, walking ↑")


def signs() -> Figure:
    """Every sagittal, coronal and transverse sign that a report shows."""
    figure = Figure(figsize=(12, 9.5), layout="constrained")
    axes = figure.subplots(3, 4)
    ax = axes[0, 0]
    _leg_side(ax, colour=GREY)
    _line(ax, [_turn((0.22, 0.95), (0, 0.95), 20), _turn((-0.22, 0.95), (0, 0.95), 20)], MOVED)
    _line(ax, [(0.22, 0.95), (-0.22, 0.95)], GREY)
    _arc(ax, (0.4, 0.9), (0.35, 1.2), 0.3)
    _finish(ax, "pelvis_tilt", "from the right, walking →")
    for ax, name, moved, arrow in (
        (axes[0, 1], "hip_flexion_r", {"hip": 30}, ((0.1, 0.2), (0.42, 0.3), 0.3)),
        (axes[0, 2], "knee_angle_r", {"knee": 50}, ((-0.05, 0.05), (-0.45, 0.2), -0.3)),
        (axes[0, 3], "ankle_angle_r", {"ankle": 20}, ((0.35, -0.02), (0.35, 0.2), 0.3)),
    ):
        _sagittal(ax, name, **moved)
        _arc(ax, *arrow)
    _front(axes[1, 0], "pelvis_list", "list")
    _front(axes[1, 1], "hip_adduction_r", "adduction")
    _front(axes[1, 2], "lumbar_bending", "bending")
    _above(axes[1, 3], "pelvis_rotation", "pelvis")
    _above(axes[2, 0], "hip_rotation_r", "leg")
    _above(axes[2, 1], "foot_progression_r", "leg")
    ax = axes[2, 2]
    for tip, words in (
        ((0.7, 0.4), "x forward (walking)"),
        ((0.0, 1.2), "y up"),
        ((-0.35, 0.1), "z to the right"),
    ):
        ax.add_patch(
            FancyArrowPatch((0, 0.4), tip, arrowstyle="-|>", mutation_scale=18, color=MOVED, lw=2)
        )
        ax.annotate(words, tip, textcoords="offset points", xytext=(4, 4), fontsize=9)
    ax.set_title("lab axes (metres)", fontsize=10)
    ax.set_xlim(-0.9, 1.3)
    ax.set_ylim(-0.15, 1.75)
    ax.axis("off")
    ax = axes[2, 3]
    ax.add_patch(
        FancyArrowPatch(
            (0, 0.2), (-0.2, 1.4), arrowstyle="-|>", mutation_scale=18, color=SIGN, lw=3
        )
    )
    ax.plot([-0.7, 0.9], [0.2, 0.2], color=GREY, lw=2)
    ax.text(-0.15, 1.45, "force on the person (N)", fontsize=9)
    ax.text(-0.6, 0.05, "fy up, fx < 0 braking, fx > 0 propulsion", fontsize=9)
    ax.set_title("ground reaction", fontsize=10)
    ax.set_xlim(-0.9, 0.9)
    ax.set_ylim(-0.15, 1.75)
    ax.axis("off")
    return figure


def main() -> None:
    """Write the pictures."""
    (HERE / "img").mkdir(exist_ok=True)
    signs().savefig(HERE / "img" / "signs.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
