"""What is doubtful about labelled points: exchanged labels, misplaced markers, lengths no person has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.body.measure import Seen, apart
from gaitsmith.body.solve import Solution
from gaitsmith.recording import Note, Stream

__all__ = ["jumps", "odd_lengths", "suspects", "wrong_side"]

Array = npt.NDArray[np.float64]
_PLACE = "angles from points"
#: Distance (m) from its place at which a marker is doubted.
_DOUBT = 0.06
#: Instants that are looked at.
_FRAMES = 400
# Thigh, shank, upper arm and forearm over stature (Winter, 4th ed., figure 4.1), and how far a
# person may be from that; longest difference between the sides; largest change over time (m, as
# half the range of the middle 90 %).
_SHARES = {
    ("hip", "knee"): ("thigh", 0.245), ("knee", "ankle"): ("shank", 0.246),
    ("shoulder", "elbow"): ("upper arm", 0.186), ("elbow", "wrist"): ("forearm", 0.146),
}  # fmt: skip
_PROPORTION, _SIDES, _CHANGE = (0.65, 1.4), 0.15, 0.05
#: A jump (m) from one sample to the next, and how many times the steps before and after it.
_JUMP, _SUDDEN = 0.03, 2.5
#: Landmarks whose right one lies to the right of the left one nearly always.
_APART = ("psis", "hip", "knee", "ankle", "heel", "toe", "shoulder")


def suspects(solution: Solution, points: Stream) -> list[Note]:
    """Markers that do not fit: exchanged labels, and places that the body cannot have.

    A marker is doubted where its median distance exceeds 60 mm and four times that of all markers.
    Two labels are called exchanged over the instants at which each marker lies nearer (by half) to
    where the other belongs, and both are farther than 60 mm from where they themselves do.
    """
    labels = list(solution.labels)
    some = np.unique(np.linspace(0, len(points) - 1, min(_FRAMES, len(points))).astype(int))
    fitted = solution.fitted[some]
    seen = points.data[some][:, [points.index(x) for x in labels]]
    with np.errstate(all="ignore"):
        own = np.nanmedian(
            np.where(np.isfinite(solution.distance), solution.distance, np.nan), axis=0
        )
    if not np.isfinite(own).any():
        return []
    notes, done = [], set()
    for i, j, share in _crossed(fitted, seen):
        if share < 0.05:
            continue
        when = "" if share > 0.8 else f" in {share * 100:.0f} % of the time"
        notes.append(Note("warning", _PLACE, f"the labels {labels[i]} and {labels[j]} look "
                          f"exchanged{when}: each lies where the other belongs"))  # fmt: skip
        done |= {i, j}
    limit = max(_DOUBT, 4 * float(np.nanmedian(own)))
    notes += [
        Note("warning", _PLACE, f"marker {labels[i]} lies {own[i] * 1e3:.0f} mm from where the "
             "body has it: a wrong label, or a body of another size")
        for i in range(len(labels)) if np.isfinite(own[i]) and own[i] > limit and i not in done
    ]  # fmt: skip
    return notes


def _crossed(fitted: Array, seen: Array) -> list[tuple[int, int, float]]:
    """Pairs of markers, and the share of instants at which they look exchanged."""
    found: list[tuple[int, int, float]] = []
    with np.errstate(invalid="ignore"):
        own = np.linalg.norm(fitted - seen, axis=2)
        far = own > _DOUBT
        often = np.flatnonzero(far.any(axis=0)).tolist()
        for a, i in enumerate(often):
            for j in often[a + 1 :]:
                if not (far[:, i] & far[:, j]).any():
                    continue
                ij = np.linalg.norm(fitted[:, i] - seen[:, j], axis=1)
                ji = np.linalg.norm(fitted[:, j] - seen[:, i], axis=1)
                both = np.isfinite(ij) & np.isfinite(ji)
                cross = far[:, i] & far[:, j] & (ij < 0.5 * own[:, i]) & (ji < 0.5 * own[:, j])
                # One marker cannot be exchanged with two others at once: the most frequent counts.
                found.append((i, j, float(cross.sum() / max(both.sum(), 1))))
    best: list[tuple[int, int, float]] = []
    used: set[int] = set()
    for i, j, share in sorted(found, key=lambda f: -f[2]):
        if not {i, j} & used:
            best.append((i, j, share))
            used |= {i, j}
    return best


def jumps(points: Stream) -> list[Note]:
    """Labels that change places with another from one sample to the next.

    At one instant both leap by more than 30 mm and 2.5 times their steps before and after, and each
    lands within 0.4 of its leap of where the other was. They are named with the times.
    """
    if len(points) < 4:
        return []
    data = points.data
    with np.errstate(invalid="ignore"):
        step = np.linalg.norm(np.diff(data, axis=0), axis=2)
        calm = np.maximum(np.vstack((step[1:], step[-1:])), np.vstack((step[:1], step[:-1])))
        leap = (step > _JUMP) & ~(step <= _SUDDEN * calm)
    times: dict[tuple[int, int], list[float]] = {}
    for t in np.flatnonzero(leap.sum(axis=1) >= 2).tolist():
        who = np.flatnonzero(leap[t]).tolist()
        for a, i in enumerate(who):
            for j in who[a + 1 :]:
                least = min(step[t, i], step[t, j])
                landed = max(np.linalg.norm(data[t + 1, i] - data[t, j]),
                             np.linalg.norm(data[t + 1, j] - data[t, i]))  # fmt: skip
                if landed < 0.4 * least:
                    times.setdefault((i, j), []).append(float(points.times[t + 1]))
    return [
        Note("warning", _PLACE, f"the labels {points.labels[i]} and {points.labels[j]} change places at "
             + ", ".join(f"{x:.2f} s" for x in when[:6]) + (" and later" if len(when) > 6 else ""))
        for (i, j), when in times.items()
    ]  # fmt: skip


def wrong_side(seen: Seen, names: dict[str, str]) -> list[Note]:
    """Pairs of which the right one lies to the left of the left one for most of the time.

    Right is the way from the left ASIS (or hip joint) to the right one; `names` are the labels.
    """
    across = next((x for x in ("asis", "hip") if f"{x}_r" in seen.at and f"{x}_l" in seen.at), None)
    if across is None:
        return []
    z = seen.at[f"{across}_r"] - seen.at[f"{across}_l"]
    notes = []
    for stem in _APART:
        r, left = f"{stem}_r", f"{stem}_l"
        if stem == across or r not in seen.at or left not in seen.at:
            continue
        order = np.einsum("ti,ti->t", seen.at[r] - seen.at[left], z)
        order = order[np.isfinite(order)]
        if len(order) and float((order < 0).mean()) > 0.6:
            notes.append(Note("warning", _PLACE, f"the labels {names[r]} and {names[left]} look exchanged: "
                              "right lies left of left"))  # fmt: skip
    return notes


def odd_lengths(seen: Seen, height: float | None, names: dict[str, str]) -> list[Note]:
    """Lengths between landmarks that a person does not have; `names` are the landmarks' labels.

    Doubted: a thigh, shank, upper arm or forearm below 0.65 or above 1.4 of its usual share of
    stature; sides that differ by more than 15 %; a length that changes by more than 50 mm.
    """
    notes = []
    for (a, b), (bone, share) in _SHARES.items():
        found: dict[str, float] = {}
        for s in ("r", "l"):
            if f"{a}_{s}" not in seen.at or f"{b}_{s}" not in seen.at:
                continue
            x, y = seen.at[f"{a}_{s}"], seen.at[f"{b}_{s}"]
            each = np.linalg.norm(x - y, axis=1)
            each = each[np.isfinite(each)]
            if not len(each):
                continue
            found[s] = apart(x, y)
            pair = f"{names[f'{a}_{s}']} to {names[f'{b}_{s}']}"
            low, high = np.percentile(each, [5, 95])
            if high - low > 2 * _CHANGE:
                notes.append(f"{pair} changes between {low * 1e3:.0f} and {high * 1e3:.0f} mm: a label "
                             "moves from one marker to another")  # fmt: skip
            usual = share * height if height else 0.0
            if usual and not _PROPORTION[0] < found[s] / usual < _PROPORTION[1]:
                notes.append(f"{pair} is {found[s] * 1e3:.0f} mm, where a {bone} at this stature has "
                             f"about {usual * 1e3:.0f} mm")  # fmt: skip
        if len(found) == 2 and abs(found["r"] - found["l"]) > _SIDES * max(found.values()):
            notes.append(f"the {bone} is {found['r'] * 1e3:.0f} mm right and {found['l'] * 1e3:.0f} mm "
                         "left by its markers")  # fmt: skip
    return [Note("warning", _PLACE, f"implausible length: {words}") for words in notes]
