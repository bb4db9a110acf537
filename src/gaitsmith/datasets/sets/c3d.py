"""Twenty-one C3D files of seven producers: format tests, with the walks among them.

People are those that the files show; files of one trial in several encodings are one person's, and
all but one of them carry their reason in ``use``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gaitsmith.datasets.base import About, Excluded, Raw, Trial
from gaitsmith.datasets.sets.single import read_as

ABOUT = About(
    "c3d",
    "21 C3D files: seven producers, plates of types 1 to 4, six encodings, odd ones",
    "Biomechanical-ToolKit/BTKData, pyomeca/ezc3d test files, felixchenier/kineticstoolkit",
    "BTK; ezc3d; Kinetics Toolkit",
    "none for BTKData; MIT; Apache-2.0",
    "no",
)

_PEOPLE = {"vicon_nexus_pig_walk3_events": "nexus", "vicon_nexus_pig_static3": "nexus",
           "plate_type2_pair": "sample10", "plate_type4_pair": "sample10"}  # fmt: skip
_TASKS = {
    "vicon_nexus_pig_static3": "standing", "vicon_nexus_pig_static_1frame": "standing",
    "optotrak_markers": "unknown", "odd_parameter_block7": "unknown", "ktk_metres_nan": "wheelchair",
    "odd_analysis_normalised_cycle": "one cycle",
}  # fmt: skip
_SPEEDS = {
    "vicon_pig_lower_walk_events": 1.21, "vicon_nexus_pig_walk3_events": 1.25,
    "qualisys_walk_events": 1.48, "motionanalysis_gait_type4_decint": 1.46, "coda_type3_walk": 1.26,
}  # fmt: skip
_LEFT_OUT = {
    "odd_analysis_normalised_cycle": "not a recording: 101 points of one normalised cycle",
}


def trials(raw: Raw) -> Iterator[Trial | Excluded]:
    """Every file; what cannot be read becomes an exclusion with the reader's words."""
    for f in raw.find("*.c3d"):
        person, use = _PEOPLE.get(f.stem, f.stem), ""
        if f.stem in _LEFT_OUT:
            yield Excluded(f.stem, person, _LEFT_OUT[f.stem], f.name)
            continue
        if f.stem.startswith("enc_"):
            person = "sample02"
            use = "" if f.stem == "enc_pc_real" else "enc_pc_real in another encoding"
        if f.stem == "plate_type4_pair":
            use = "plate_type2_pair with another type of plate"
        yield Trial(f.stem, person, partial(read_as, [f.path], person, f.stem), f.name,
                    task=_TASKS.get(f.stem, "walking"), speed=_SPEEDS.get(f.stem), use=use)  # fmt: skip
