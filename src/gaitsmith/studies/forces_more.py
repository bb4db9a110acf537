"""Further tables of the study of forces: parts of the body missing, generation, speed, times."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.forces.assemble import over_stance
from gaitsmith.models.forces.completion import Filled, StrideGaussian
from gaitsmith.models.forces.strides import COORDINATES, StrideAngles, strides_of
from gaitsmith.recording import Recording
from gaitsmith.studies import forces_score as fs
from gaitsmith.studies.build_forces import PARTS
from gaitsmith.studies.forces_data import Measured, measured, source, walks
from gaitsmith.studies.forces_generation import generation
from gaitsmith.studies.forces_shared import Study

__all__ = ["c3d", "generation", "healthy_bands", "missing", "speeds", "times"]

Array = npt.NDArray[np.float64]
_NAMES = ("knees", "hips", "ankles", "pelvis", "trunk")
_SEED = 0


class _Median(StrideGaussian):
    """Every missing coordinate is the median of the training strides."""

    def __init__(self, rows: StrideAngles) -> None:
        super().__init__()
        self.middle = np.median(rows.angles, axis=0)
        self.spread = rows.angles.std(axis=0) + 1.0

    def curves(self) -> tuple[Array, Array]:
        """As :meth:`StrideGaussian.curves`."""
        return self.middle, self.spread

    def fill(self, angles: Array, known: Sequence[str], scalars: Array | None = None) -> Filled:  # noqa: ARG002
        """As :meth:`StrideGaussian.fill`."""
        out = np.repeat(self.middle[None], len(angles), axis=0)
        at = [COORDINATES.index(n) for n in known]
        out[:, at] = angles[:, at]
        return Filled(out, np.zeros_like(out))


def _strides(study: Study) -> StrideAngles:
    """Strides of the people of both sets (every second walk of lencioni2019)."""
    parts = []
    for name in ("lencioni2019", "mcgill_children"):
        given = [m for m in study.of(name)[0] if m.scored.any()]
        some = given[::2] if name == "lencioni2019" else given
        parts += [
            strides_of(m.walk, f"{name}/{m.person}", single=name == "lencioni2019") for m in some
        ]
    return StrideAngles.joined(parts)


def _scored(study: Study, m: Measured, angles: Any) -> list[dict[str, Any]]:
    """Errors of the default's forces when the motion is `angles`."""
    made = measured(m.recording.without(*m.recording.of_kind("points")).with_stream(angles.replace(filled=None), "angles"), m.set, m.name,
                    m.person, given=True, body=m.walk.body, belt_speed=m.walk.belt)  # fmt: skip
    told = study.model.predict(made.rows)
    return fs.scored(m, made, fs.ours(made, told, study.model.config, same=False)[0], None)  # type: ignore[arg-type]


def missing(study: Study) -> dict[str, Any]:
    """Each part of the body missing in turn: error of what is filled, and of the forces after it.

    Of the adults and these virtual people nothing is learnt. The forces are those of the default; the
    generative model fills the knees only.
    """
    from gaitsmith.studies.forces_trials import virtual_people

    groups: dict[str, list[Measured]] = {
        "adults": [m for m in study.of("adults")[0] if m.name != "wbds01"]
    }
    groups["virtual walks"] = virtual_people(4, 3, runs=False)[::2]
    base = _strides(study)
    out: dict[str, Any] = {"groups": {}}
    for name, members in groups.items():
        found: dict[str, dict[str, list[Any]]] = {}
        for m in members:
            study.say(f"missing parts, {name}: {m.name}")
            ways: dict[str, Any] = {
                "conditional Gaussian": StrideGaussian.fit(base),
                "median": _Median(base),
            }
            found.setdefault("nothing", {}).setdefault("default", []).append(
                (0.0, _scored(study, m, m.walk.angles))
            )
            for part, lacking in zip(_NAMES, PARTS, strict=True):
                for way, model in ways.items():
                    found.setdefault(part, {}).setdefault(way, []).append(
                        _filled(study, m, lacking, model)
                    )
                if part == "knees" and study.nets.diffusion is not None:
                    found[part].setdefault("generative model", []).append(
                        _filled(study, m, lacking, study.nets.diffusion)
                    )
        out["groups"][name] = {
            part: {way: _mean(v) for way, v in ways.items()} for part, ways in found.items()
        }
    out["gaitdynamics"] = _example(study, base)
    return out


def _mean(found: list[Any]) -> dict[str, Any]:
    fine = [x for x in found if x is not None]
    if not fine:
        return {"refused": len(found)}
    rows = [r for _, rows in fine for r in rows]
    return {"rmse_deg": float(np.mean([e for e, _ in fine])), "mae": [float(x) for x in fs.mean(rows, "error")],
            "refused": len(found) - len(fine)}  # fmt: skip


def _fill(m: Measured, lacking: Sequence[str], model: Any) -> Any:
    """The whole angles again, filled by a completion or by the generative model."""
    from gaitsmith.models.forces.complete import complete

    angles = m.walk.angles
    keep = [c for c in angles.labels if c not in lacking]
    bare = Recording(m.recording.subject, {"angles": angles.select(keep)}, name=m.name)
    if hasattr(model, "sampled") or model.__class__.__name__ == "ForcesDiffusion":
        from gaitsmith.models.forces.generate import fill_angles

        return fill_angles(bare, model, samples=4, seed=_SEED, belt_speed=m.walk.belt)[0].angles
    return complete(bare, m.walk.body, model=model).angles


def _filled(
    study: Study, m: Measured, lacking: Sequence[str], model: Any
) -> tuple[float, Any] | None:
    """RMSE of what was filled (degrees) and the scores of the forces; None where it is refused."""
    try:
        whole = _fill(m, lacking, model)
        wrong = [whole[c] - m.walk.angles[c] for c in lacking if c in m.walk.angles]
        return float(np.sqrt(np.mean(np.square(wrong)))), _scored(study, m, whole)
    except GaitsmithError:
        return None


def _example(study: Study, rows: StrideAngles) -> dict[str, Any]:
    """Knees missing in the example of GaitDynamics: RMSE against the complete file."""
    from gaitsmith.models.forces.complete import complete
    from gaitsmith.models.forces.generate import fill_angles

    files = {
        trial: read
        for trial, _, _, read in source(study.data, "opensim")
        if trial.startswith("gaitdynamics")
    }
    if set(files) < {"gaitdynamics", "gaitdynamics_no_knees"}:
        return {}
    whole, bare = files["gaitdynamics"]().angles, files["gaitdynamics_no_knees"]()
    assert whole is not None
    made = {
        n: complete(bare, model=m).angles
        for n, m in (("conditional Gaussian", StrideGaussian.fit(rows)), ("median", _Median(rows)))
    }
    if study.nets.diffusion is not None:
        made["generative model"] = fill_angles(
            bare, study.nets.diffusion, samples=4, seed=_SEED, belt_speed=1.2
        )[0].angles  # type: ignore[assignment]
    out = {}
    for n, angles in made.items():
        wrong = [
            np.interp(whole.times, angles.times, angles[f"knee_angle_{s}"])
            - whole[f"knee_angle_{s}"]
            for s in ("r", "l")
        ]
        out[n] = float(np.sqrt(np.mean(np.square(wrong))))
    return out


def speeds(study: Study) -> dict[str, Any]:
    """Vertical force by speed: measured by pataky2008, measured and estimated in adults of lencioni2019."""
    from gaitsmith.datasets import Store

    edges = (0.6, 1.1, 1.5, 1.9, 2.3)
    curves: dict[str, list[tuple[float, str, Array]]] = {
        "pataky2008": [],
        "lencioni2019, plates": [],
        "lencioni2019, estimated": [],
    }
    if (study.data / "store.json").is_file():
        store = Store(study.data)
        for i in store.ids(set="pataky2008"):
            c = store.curves(i)
            curves["pataky2008"] += [
                (float(v or 0), i, y[:, 0]) for v, y in zip(c.rows["speed"], c.data, strict=True)
            ]
    given = study.of("lencioni2019")[0]
    grown = [m for m in given if m.scored.any() and (m.recording.subject.age or 0) >= 18]
    for m in grown:
        config = study.model.config
        force, _ = fs.ours(m, study.model.predict(m.rows), config, same=False)  # type: ignore[arg-type]
        for k in np.flatnonzero(m.scored):
            made = over_stance(m.walk.times, force[m.stances[k].side], m.stances[k])[1]
            curves["lencioni2019, plates"].append((m.walk.speed, m.person, m.rows.force[k, 1]))
            curves["lencioni2019, estimated"].append((m.walk.speed, m.person, made))
    rows = []
    for low, high in itertools.pairwise(edges):
        for name, found in curves.items():
            own = [(p, y) for v, p, y in found if low <= v < high]
            people = sorted({p for p, _ in own})
            if not people:
                continue
            each = np.array(
                [np.mean([_shape(y) for q, y in own if q == p], axis=0) for p in people]
            )
            rows.append({"speed": [low, high], "who": name, "people": len(people), "stances": len(own),
                         "mean": [float(x) for x in each.mean(axis=0)], "sd": [float(x) for x in each.std(axis=0)]})  # fmt: skip
    return {"rows": rows, "columns": ["first peak", "valley", "second peak"]}


def _shape(up: Array) -> Array:
    """First peak, valley and second peak of a vertical force, % of its mean over the stance."""
    x = 100 * np.asarray(up) / np.mean(up)
    first, second = x[10:50].max(), x[50:90].max()
    return np.array([first, x[30:70].min(), second])


def healthy_bands(study: Study) -> dict[str, Any]:
    """Share of the estimated forces of adults that lies within 2 SD of healthy people of slijepcevic2021_grf."""
    from gaitsmith.datasets import Store

    if not (study.data / "store.json").is_file():
        return {}
    store = Store(study.data)
    curves = []
    for i in store.ids(set="slijepcevic2021_grf"):
        if store.row(i)["group"] == "healthy":
            curves.append(store.curves(i).data.mean(axis=0).T)
    both = np.array(curves)
    mean, sd = both.mean(axis=0), both.std(axis=0)
    out: dict[str, Any] = {"people": len(both)}
    for m in study.of("adults")[0]:
        force, _ = fs.ours(m, study.model.predict(m.rows), study.model.config, same=False)  # type: ignore[arg-type]
        made = np.array(
            [
                over_stance(m.walk.times, force[m.stances[i].side], m.stances[i])
                for i in np.flatnonzero(m.scored)
            ]
        )
        inside = np.abs(made.mean(axis=0) - mean) <= 2 * sd
        out[m.name] = {"forward_up_medial": [float(x) for x in inside.mean(axis=1)]}
    return out


def c3d(study: Study) -> dict[str, Any]:
    """The C3D walks with plates and markers of both feet, nothing learnt of them; or why not."""
    out: dict[str, Any] = {}
    for trial, _, row, _ in source(study.data, "c3d"):
        if row["task"] != "walking":
            continue
        try:
            m = next(walks(study.data, "c3d", given=True, models=study.models, wanted=(trial,)))
            if not m.scored.any():
                out[trial] = {"refused": m.left_out or "no whole stance on a plate"}
                continue
            force, _ = fs.ours(m, study.model.predict(m.rows), study.model.config, same=False)  # type: ignore[arg-type]
            rows = fs.scored(m, m, force, None)
            out[trial] = {
                "stances": len(rows),
                "mae": [float(x) for x in fs.mean(rows, "error")],
                "mass": m.walk.body.mass,
            }
        except (GaitsmithError, AssertionError, IndexError, ValueError) as error:
            out[trial] = {
                "refused": str(error).splitlines()[0] if str(error) else type(error).__name__
            }
    return out


# Runs the command line and tells its own peak memory: what a fork of this process held is not its.
_RUN = """
import re, sys
from gaitsmith.cli import main
try:
    main(sys.argv[1:])
finally:
    with open("/proc/self/status") as f:
        print("PEAK", re.search(r"VmHWM:\\s+(\\d+)", f.read()).group(1), file=sys.stderr)
"""


def times(data: Path, models: Path | None = None) -> dict[str, Any]:
    """Wall and processor seconds and peak memory of a 20 s file, whole and with knees missing, by the command."""
    import re
    import resource
    import subprocess
    import sys
    import tempfile
    import time

    folder = (models or data) / "opensim" / "gaitdynamics_example"
    out: dict[str, Any] = {}
    files = {p.name: p for p in folder.glob("*.mot*")} if folder.is_dir() else {}
    model = next(iter(folder.glob("*.osim*")), None) if folder.is_dir() else None
    for key, command, word in (
        ("complete", "forces", "complete"),
        ("knees missing", "complete", "missing"),
    ):
        path = next((p for n, p in files.items() if word in n), None)
        if path is None:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            call = [sys.executable, "-c", _RUN, command, str(path), "--mass", "71.5", "--belt-speed", "1.2",
                    "-o", f"{scratch}/out"]  # fmt: skip
            call += ["--osim", str(model)] if model is not None else []
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            done = subprocess.run(call, capture_output=True, text=True, check=False)
            wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = re.search(r"^PEAK (\d+)$", done.stderr, re.MULTILINE)
        out[key] = {"wall_s": wall, "processor_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                    "peak_mb": int(peak[1]) / 1024 if peak else float("nan"), "ok": done.returncode == 0}  # fmt: skip
    return out
