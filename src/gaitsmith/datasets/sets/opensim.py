"""Recordings of six people from five laboratories in OpenSim's formats, and files of other formats.

Which files make one recording, whose model belongs to it and whether it is a walk stands in
:data:`RECORDINGS`; people are those of the models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "opensim",
    "6 people of five laboratories: coordinates, forces, markers, models; a .b3d, BVH, markerless",
    "see the README of the folder: opensim-org, keenon/nimblephysics, SheebaDavis, stanfordnmbl, ...",
    "Rajagopal 2016; Delp 1990; Hamner 2010; Uhlrich 2023 (OpenCap); Fukuchi 2018; GaitDynamics",
    "Apache-2.0, CC BY 3.0, CC BY 4.0, BSD-2, BSD-3, MIT by folder",
    "yes",
)


@dataclass(frozen=True)
class _Part:
    id: str
    person: str
    files: tuple[str, ...]
    model: str = ""
    task: str = "walking"
    speed: float | None = None
    condition: str = "overground"
    facts: dict[str, Any] = field(default_factory=dict)
    use: str = ""


_MOCO = {"mass": 85.27}
_G2392 = {"mass": 72.60, "height": 1.803}
_RAJA = {"mass": 62.60}
_HAMNER = {"mass": 65.90, "height": 1.83}
_WBDS = {"mass": 74.30}
_DYN = {"mass": 71.53}

#: Speeds, masses and heights are the folder's README's (models and scale set-ups).
RECORDINGS = (
    _Part("moco_walking", "moco",
          ("moco_walking/markers_walk.trc", "moco_walking/coordinates.sto.gz", "moco_walking/grf_walk.mot.gz"),
          "moco_walking/subject_walk_scaled.osim.gz", speed=1.243, facts=_MOCO),
    _Part("moco_static", "moco", ("rajagopal_walking/static_walk_2.trc.gz",),
          "moco_walking/subject_walk_scaled.osim.gz", task="standing", facts=_MOCO),
    _Part("gait2392", "gait2392",
          ("gait2392/subject01_walk1.trc", "gait2392/subject01_walk1_ik.mot", "gait2392/subject01_walk1_grf.mot"),
          "gait2392/subject01_simbody.osim.gz", speed=1.13, condition="treadmill", facts=_G2392),
    _Part("gait2392_static", "gait2392", ("gait2392/subject01_static.trc.gz",),
          "gait2392/subject01_simbody.osim.gz", task="standing", facts=_G2392),
    _Part("rajagopal_walking", "opencap4",
          ("rajagopal_walking/walking1.trc", "rajagopal_walking/walking1_ik.mot",
           "rajagopal_walking/walking1_grf.mot", "rajagopal_walking/walking1_external_forces.xml"),
          "rajagopal_walking/subject4_scaled.osim.gz", speed=1.29, facts=_RAJA),
    _Part("hamner_running", "hamner02",
          ("hamner_running/subject02_running_first4s.trc.gz", "hamner_running/subject02_running_ik.mot.gz",
           "hamner_running/subject02_running_grf.mot"),
          "hamner_running/subject02_scaled.osim.gz", task="running", speed=4.0, condition="treadmill",
          facts=_HAMNER),
    _Part("hamner_rra", "hamner02", ("hamner_running/rra_run_1_Kinematics_q.sto.gz",),
          "hamner_running/subject02_scaled.osim.gz", task="running", speed=4.0, condition="treadmill",
          facts=_HAMNER, use="a part of hamner_running, after residual reduction"),
    _Part("wbds01", "WBDS01", ("wbds01/WBDS01walkT01.c3d",), "wbds01/GenericScaledModel_sample.osim.gz",
          speed=0.49, condition="treadmill", facts=_WBDS),
    _Part("wbds01_opensim", "WBDS01",
          ("wbds01/WBDS01walkT01_ik_sample.mot", "wbds01/WBDS01walkT01_grf_first6s.mot.gz"),
          "wbds01/GenericScaledModel_sample.osim.gz", speed=0.49, condition="treadmill", facts=_WBDS,
          use="the angles and first 6 s of forces of wbds01"),
    _Part("wbds01_static", "WBDS01", ("wbds01/WBDS01static1.c3d",),
          "wbds01/GenericScaledModel_sample.osim.gz", task="standing", facts=_WBDS),
    _Part("gaitdynamics", "gaitdynamics", ("gaitdynamics_example/example_mot_complete_kinematics.mot.gz",),
          "gaitdynamics_example/example_opensim_model.osim.gz", speed=1.20, condition="treadmill", facts=_DYN),
    _Part("gaitdynamics_no_knees", "gaitdynamics",
          ("gaitdynamics_example/example_mot_missing_knee_kinematics.mot.gz",),
          "gaitdynamics_example/example_opensim_model.osim.gz", speed=1.20, condition="treadmill", facts=_DYN,
          use="gaitdynamics with both knees left out"),
    _Part("b3d-1", "b3d", ("b3d/results.b3d!walking2_segment_0",)),
    _Part("b3d-2", "b3d", ("b3d/results.b3d!walking1_segment_0",)),
    _Part("bvh_walk", "bvh-pymo", ("bvh/walk_120hz_first480.bvh",)),
    _Part("bvh_mixamo", "bvh-mixamo", ("bvh/mixamo_short.bvh",), task="not walking"),
    _Part("pose2sim_beam", "pose2sim", ("trc/pose2sim_beam_walk_butterworth.trc",), task="beam"),
)  # fmt: skip


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every recording whose files are all there; joint moments are references and stay out."""
    names = {f.name.split("!")[-1]: f for f in raw.files}
    for part in RECORDINGS:
        wanted = [f.split("!") for f in part.files]
        missing = [w[0] for w in wanted if w[0] not in names]
        if missing:
            yield Excluded(part.id, part.person, f"files are missing: {', '.join(missing)}")
            continue
        paths = ["!".join([str(names[w[0]].path), *w[1:]]) for w in wanted]
        facts = {"model": part.model} if part.model else {}
        yield Trial(
            part.id, part.person, partial(read_as, paths, part.person, part.id, part.facts or None),
            " + ".join(w[0] for w in wanted), task=part.task, condition=part.condition,
            speed=part.speed, use=part.use, facts=facts,
        )  # fmt: skip
    for name in ("moco_walking/id_walk.sto.gz", "gait2392/InverseDynamicsOutput.sto"):
        if name in names:
            short = name.split("/")[0]
            yield Excluded(f"{short}_moments", "moco" if short.startswith("moco") else "gait2392",
                           "reference moments of inverse dynamics, no recording", name)  # fmt: skip
