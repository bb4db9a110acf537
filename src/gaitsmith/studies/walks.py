"""The recordings with markers or angles and force plates that the study of events measures."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gaitsmith.recording import Recording

__all__ = ["Walk", "drawn_with_plates", "with_file_events", "with_plates", "with_speed"]


@dataclass(frozen=True)
class Walk:
    """One recording to measure.

    Attributes
    ----------
    set
        Recordings of one laboratory and task, by name.
    files
        Names to read together, below the folder of data.
    derived
        Whether figures may be written down (``yes``) or only printed (``no``): the licence.
    speed
        Speed (m/s) that the data's README gives; None where it gives none.
    model
        A model to draw points from angles with; for recordings without points.
    """

    set: str
    files: tuple[str, ...]
    derived: str = "yes"
    speed: float | None = None
    model: str | None = None

    @property
    def name(self) -> str:
        """The first file's own name."""
        return self.files[0].split("!")[-1].split("/")[-1].split(".")[0]

    def read(self, data: Path) -> Recording:
        """The recording, with points drawn from its angles where it has no points."""
        from gaitsmith import formats

        recording = formats.read(*(data / f for f in self.files))
        if recording.points is None and self.model is not None:
            from gaitsmith.body import points_from_angles, read_osim

            recording = points_from_angles(recording, read_osim(data / self.model))
        return recording

    def there(self, data: Path) -> bool:
        """Whether its files are in the folder."""
        return all((data / f.split("!")[0]).is_file() for f in self.files)


_MOCO, _G2392 = "opensim/moco_walking", "opensim/gait2392"
_RAJA, _HAMNER = "opensim/rajagopal_walking", "opensim/hamner_running"
_WBDS, _DYNAMICS = "opensim/wbds01", "opensim/gaitdynamics_example"
_CHILDREN = "mcgill_children/mcgill_children_dev.zip"
_ENCODED = tuple(
    f"enc_{where}_{kind}" for where in ("pc", "dec", "sgi") for kind in ("int", "real")
)
# Speeds (m/s) of the straight walks, from that set's README.
_CHILD_SPEED = {"HC031A": 1.27, "HC032A": 1.17, "HC033A": 1.40, "HC036A": 1.45, "HC039A": 1.45,
                "HC044A": 1.26, "HC050A": 1.24, "HC055A": 1.40}  # fmt: skip


def _children(data: Path, task: str) -> Iterator[Walk]:
    path = data / _CHILDREN
    if not path.is_file():
        return
    with zipfile.ZipFile(path) as zf:
        names = sorted(n for n in zf.namelist() if f"/{task}/" in n and n.lower().endswith(".c3d"))
    for name in names:
        who = next((w for w in _CHILD_SPEED if w in name), "")
        speed = _CHILD_SPEED.get(who) if task == "Straight" else None
        yield Walk(f"mcgill_children {task}", (f"{_CHILDREN}!{name}",), speed=speed)


def _c3d(name: str, speed: float) -> Walk:
    return Walk(name, (f"c3d/{name}.c3d",), derived="no", speed=speed)


def with_plates(data: Path) -> list[Walk]:
    """Walks with points and force plates."""
    walks = [
        *_children(data, "Straight"),
        Walk("moco_walking", (f"{_MOCO}/markers_walk.trc", f"{_MOCO}/coordinates.sto.gz",
                              f"{_MOCO}/grf_walk.mot.gz"), speed=1.243),
        Walk("gait2392", (f"{_G2392}/subject01_walk1.trc", f"{_G2392}/subject01_walk1_ik.mot",
                          f"{_G2392}/subject01_walk1_grf.mot"), speed=1.13),
        _c3d("qualisys_walk_events", 1.48),
        _c3d("vicon_pig_lower_walk_events", 1.21),
        _c3d("vicon_nexus_pig_walk3_events", 1.25),
        Walk("rajagopal_walking", (f"{_RAJA}/walking1.trc", f"{_RAJA}/walking1_ik.mot",
                                   f"{_RAJA}/walking1_grf.mot",
                                   f"{_RAJA}/walking1_external_forces.xml"), speed=1.29),
        Walk("wbds01", (f"{_WBDS}/WBDS01walkT01.c3d",), speed=0.49),
        # The other trial of that file is the one of rajagopal_walking.
        Walk("b3d", ("opensim/b3d/results.b3d!walking2_segment_0",)),
        _c3d("motionanalysis_gait_type4_decint", 1.46),
        _c3d("coda_type3_walk", 1.26),
        *_children(data, "Turn"),
        Walk("hamner_running", (f"{_HAMNER}/subject02_running_first4s.trc.gz",
                                f"{_HAMNER}/subject02_running_ik.mot.gz",
                                f"{_HAMNER}/subject02_running_grf.mot"), speed=4.0),
    ]  # fmt: skip
    return [w for w in walks if w.there(data)]


def drawn_with_plates(data: Path) -> list[Walk]:
    """Walks known by joint angles, whose points are drawn with the person's model, and force plates."""
    walks = [
        Walk("moco_walking, drawn", (f"{_MOCO}/coordinates.sto.gz", f"{_MOCO}/grf_walk.mot.gz"),
             model=f"{_MOCO}/subject_walk_scaled.osim.gz"),
        Walk("gait2392, drawn", (f"{_G2392}/subject01_walk1_ik.mot",
                                 f"{_G2392}/subject01_walk1_grf.mot"),
             model=f"{_G2392}/subject01_simbody.osim.gz"),
        Walk("rajagopal_walking, drawn", (f"{_RAJA}/walking1_ik.mot", f"{_RAJA}/walking1_grf.mot",
                                          f"{_RAJA}/walking1_external_forces.xml"),
             model=f"{_RAJA}/subject4_scaled.osim.gz"),
        Walk("hamner_running, drawn", (f"{_HAMNER}/subject02_running_ik.mot.gz",
                                       f"{_HAMNER}/subject02_running_grf.mot"),
             model=f"{_HAMNER}/subject02_scaled.osim.gz"),
    ]  # fmt: skip
    return [
        w for w in walks if w.there(data) and w.model is not None and (data / w.model).is_file()
    ]


def with_file_events(data: Path) -> list[Walk]:
    """Walks whose file holds events beside its plates; one trial stands in six encodings."""
    encoded = [Walk(name, (f"c3d/{name}.c3d",), derived="no") for name in _ENCODED]
    walks = [*with_plates(data), *(w for w in encoded if w.there(data))]
    return [w for w in walks if w.files[0].endswith(".c3d")]


def with_speed(data: Path) -> list[Walk]:
    """Walks whose README gives a speed, and those known by their angles alone."""
    angles = [
        Walk("gait2392 angles", (f"{_G2392}/subject01_walk1_ik.mot",), speed=1.13,
             model=f"{_G2392}/subject01_simbody.osim.gz"),
        Walk("wbds01 angles", (f"{_WBDS}/WBDS01walkT01_ik_sample.mot",), speed=0.49,
             model=f"{_WBDS}/GenericScaledModel_sample.osim.gz"),
        Walk("gaitdynamics angles", (f"{_DYNAMICS}/example_mot_complete_kinematics.mot.gz",),
             speed=1.20, model=f"{_DYNAMICS}/example_opensim_model.osim.gz"),
        Walk("hamner angles", (f"{_HAMNER}/subject02_running_ik.mot.gz",), speed=4.0,
             model=f"{_HAMNER}/subject02_scaled.osim.gz"),
    ]  # fmt: skip
    return [w for w in with_plates(data) if w.speed] + [w for w in angles if w.there(data)]
