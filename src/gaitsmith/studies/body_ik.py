"""Joint angles from points against published inverse kinematics and laboratories' own angles.

:func:`run` measures, :func:`format` prints; ``gaitsmith benchmark body`` shows both with the rest of
what is claimed of the body.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from gaitsmith.recording import Recording, Stream
from gaitsmith.studies import body_ik_lencioni
from gaitsmith.studies.body_ik_published import SAGITTAL, WORD, difference, generic, held, own
from gaitsmith.studies.events import Part, Result
from gaitsmith.studies.events import format as as_text

__all__ = ["format", "parts", "run"]


def parts() -> tuple[Part, ...]:
    """What is measured, with what was asked."""
    return (
        Part("ik_own", "Angles from markers with the set's own model against its published ones",
             "RMS ≤ 2.5° for hip flexion, knee, ankle; ≤ 5° for other hip and pelvis angles; "
             "median marker distance ≤ 20 mm", own),
        Part("ik_held", "The same, with the joints that a published set-up holds held elsewhere or free",
             "as above", held),
        Part("ik_generic", "With the generic body, after each angle's mean difference is taken away",
             "RMS ≤ 5°", generic),
        Part("ik_lencioni", "lencioni2019 (29 markers, no model) against its own angles, standing subtracted "
             "from both", "r ≥ 0.97 and RMS ≤ 5° for hip flexion, knee, ankle in ≥ 16 of 18 people", _lencioni),
        Part("ik_mcgill", "mcgill_children (skin markers alone) against the Plug-in Gait angles of the file",
             "r ≥ 0.97 and ≤ 6° after offsets for hip and knee flexion", _mcgill),
        Part("ik_points", "Other points: skeletons, keypoints, other marker sets",
             "they run and say what they can give", _points),
    )  # fmt: skip


def run(data: Path) -> dict[str, Any]:
    """Every part on the recordings below `data`, as plain values."""
    out: dict[str, Any] = {}
    for part in parts():
        result = part.run(data)
        out[part.name] = {"title": part.title, "asked": part.asked, "rows": result.rows,
                          "summary": result.summary, "words": result.words}  # fmt: skip
    return out


def format(result: dict[str, Any]) -> str:
    """The result of :func:`run` as text."""
    return as_text(result)


# --- laboratories ------------------------------------------------------------------------------


@contextmanager
def _raw(data: Path, name: str) -> Iterator[Any]:
    """The set's files, archives unpacked beside."""
    from gaitsmith.datasets.raw import Raw

    with tempfile.TemporaryDirectory() as scratch:
        yield Raw(data / name, Path(scratch)) if (data / name).is_dir() else None


def _lencioni(data: Path) -> Result:
    result = Result()
    with _raw(data, "lencioni2019") as raw:
        if raw is None:
            return result
        for file in sorted(raw.find("Subject*.mat"), key=lambda f: int(f.stem[7:])):
            result.rows.append(body_ik_lencioni.person(file.path))
    if not result.rows:
        return result
    shifted = [r["person"] for r in result.rows
               if max(abs(r["line shift"]), abs(r["hip line shift"])) >= body_ik_lencioni.SHIFTED]  # fmt: skip
    result.summary = [{
        "people": len(result.rows), "within": sum(r["within"] for r in result.rows),
        "within without the lines' shift": sum(r["without the lines' shift"] for r in result.rows),
        "within with the subtalar joint free": sum(r["with the subtalar joint free"] for r in result.rows),
        "people whose standing shifts": " ".join(shifted),
    }]  # fmt: skip
    result.words = [
        "The offset is the mean of our angle minus the file's, both counted from standing; r is the "
        "median over walking strides. Each side is compared where the file has it.",
        "'line' is a check without any fit: angles between plain lines (ASIS to sacrum, hip joint by Harrington, "
        "knee, ankle, heel to fifth metatarsal) in the plane of the walk. The knee's follows the file's with a "
        "steady difference (SD over the stride); 'shift' is how much that difference changes from standing to "
        f"walking. Where it does by {body_ik_lencioni.SHIFTED:g}° or more at hip or knee, the file's standing angle "
        "is not that of its standing markers by the rule of its walks, and a fit that follows the markers misses "
        "by as much; 'without the lines' shift' takes it off.",
    ]
    return result


def _mcgill(data: Path) -> Result:
    from gaitsmith.body import solve_points
    from gaitsmith.datasets.base import Excluded
    from gaitsmith.datasets.sets import mcgill_children
    from gaitsmith.gait.frame import face_forward

    result = Result()
    with _raw(data, "mcgill_children") as raw:
        if raw is None:
            return result
        for trial in mcgill_children.trials(raw):
            if isinstance(trial, Excluded) or trial.task != "walking":
                continue
            recording = trial.read()
            if not isinstance(recording, Recording):
                continue
            recording = face_forward(recording)
            theirs = recording.angles
            if theirs is None:
                continue
            solved = solve_points(recording)
            row: dict[str, Any] = {"person": trial.person}
            fine = True
            for stem in SAGITTAL:
                likeness, spread, gap = [], [], []
                for side in ("r", "l"):
                    a, b = solved.angles[f"{stem}_{side}"], theirs[f"{stem}_{side}"]
                    n = min(len(a), len(b))
                    good = np.isfinite(a[:n]) & np.isfinite(b[:n])
                    difference = (a[:n] - b[:n])[good]
                    likeness.append(float(np.corrcoef(a[:n][good], b[:n][good])[0, 1]))
                    spread.append(float(difference.std()))
                    gap.append(float(difference.mean()))
                row[f"{WORD[stem]} r"] = " ".join(f"{v:.3f}" for v in likeness)
                row[f"{WORD[stem]} SD"] = " ".join(f"{v:.1f}" for v in spread)
                row[f"{WORD[stem]} offset"] = " ".join(f"{v:+.0f}" for v in gap)
                if stem != "ankle_angle":
                    fine = fine and min(likeness) >= 0.97 and max(spread) <= 6.0
            result.rows.append({**row, "median mm": round(1e3 * solved.median, 1), "within": fine})
    result.summary = [{"people": len(result.rows), "within": sum(r["within"] for r in result.rows)}]
    result.words = ["Computed points of the file (joint centres, Oxford foot) are left out."]
    return result


# --- other points ------------------------------------------------------------------------------


def _points(data: Path) -> Result:
    from gaitsmith.body import angles_for_report

    result = Result()
    for words, derived, read in _others(data):
        recording = read()
        points = recording.points
        if points is None:
            continue
        theirs = recording.angles
        bare = recording.replace(streams={"points": points}, notes=())
        out = angles_for_report(bare)
        row: dict[str, Any] = {"points": words, "labels": len(points.labels), "write down": derived}
        mine = out.angles
        if mine is None:
            row["gives"] = next(n.words for n in out.notes if n.level == "refusal")[:120]
        else:
            kept = [WORD.get(x[:-2], x) for x in mine.labels if x.endswith("_r")]
            row["gives"] = ", ".join(kept)
            row["read as"] = mine.attrs["points_as"]
            row["median mm"] = round(float(np.median(list(mine.attrs["residual_mm"].values()))), 1)
            for stem in ("hip_flexion", "knee_angle"):
                row[f"{WORD[stem]} SD to the file"] = _to_file(mine, theirs, stem)
        result.rows.append(row)
    result.words = ["SD: of the difference to the file's own angles, right and left, degrees."]
    return result


def _to_file(mine: Stream, theirs: Stream | None, stem: str) -> str | None:
    found = []
    for side in ("r", "l"):
        name = f"{stem}_{side}"
        if theirs is not None and name in mine and name in theirs:
            found.append(float(np.nanstd(difference(mine, theirs, name))))
    return " ".join(f"{v:.1f}" for v in found) or None


def _others(data: Path) -> Iterator[tuple[str, str, Callable[[], Recording]]]:
    """Words, licence's "derived", and how to read: one recording a kind of points."""
    from functools import partial

    from gaitsmith.formats import read

    for words, derived, path in (
        ("markerless .trc (Pose2Sim, HALPE-26)", "yes", "opensim/trc/pose2sim_beam_walk_butterworth.trc"),
        ("BVH skeleton (walk)", "yes", "opensim/bvh/walk_120hz_first480.bvh"),
        ("BVH skeleton (mixamo, no walk)", "yes", "opensim/bvh/mixamo_short.bvh"),
        ("CMU markers (02_01.c3d)", "yes", "cmu/cmu_samples.zip!c3d/02_01.c3d"),
        ("CAST / ISB markers (Qualisys)", "no", "c3d/qualisys_walk_events.c3d"),
        ("Helen Hayes (Motion Analysis)", "no", "c3d/motionanalysis_gait_type4_decint.c3d"),
        ("numbered markers (Optotrak)", "no", "c3d/optotrak_markers.c3d"),
    ):  # fmt: skip
        if (data / path.split("!")[0]).is_file():
            yield words, derived, partial(read, str(data / path))
    for name, wanted, words, derived in (
        ("cmu", ("02_01", "02_02"), "CMU skeleton", "yes"),
        ("rueangsirarak2018", ("D4-1", "C1-1", "B4-1", "A1-1"), "retargeted skeleton", "no"),
    ):
        with _raw(data, name) as raw:
            if raw is None:
                continue
            from gaitsmith.datasets.registry import loader

            for trial in loader(name).trials(raw):
                if trial.id in wanted:
                    yield f"{words} {trial.id}", derived, trial.read
