"""Outputs of Plug-in Gait: names, signs, units and values per kg."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gaitsmith.formats import c3d
from gaitsmith.formats.base import Hints, Source
from gaitsmith.recording import Recording

from .c3d_files import C3D, walker

POINTS, LABELS = walker(30)


def _read(
    named: dict[str, tuple[float, float, float]],
    groups: dict[str, list[str]],
    rows: Any = (),
    **hints: Any,
) -> Recording:
    more = np.array(list(named.values()))[None].repeat(30, axis=0)
    parameters = [("POINT", g, "text", (20, len(v)), v) for g, v in groups.items()]
    file = C3D(
        np.concatenate((POINTS, more), axis=1),
        labels=[*LABELS, *named],
        parameters=[*parameters, *rows],
    )
    return c3d.read(Source("x.c3d", file.build(), ".c3d"), Hints(**hints))


def _first(recording: Recording, kind: str) -> dict[str, float]:
    stream = recording[kind]
    return {label: pytest.approx(float(stream[label][0]), abs=1e-4) for label in stream.labels}


def test_joint_angles_have_the_same_sign_on_both_sides() -> None:
    named = {f"{s}{j}Angles": (1.0, 2.0, 3.0) for s in "LR" for j in ("Hip", "Knee", "Ankle")}
    recording = _read(named, {"ANGLES": list(named)})
    found = _first(recording, "angles")
    for side in "lr":
        assert found[f"hip_flexion_{side}"] == 1
        assert found[f"hip_adduction_{side}"] == 2
        assert found[f"hip_rotation_{side}"] == 3
        assert found[f"knee_angle_{side}"] == 1
        assert found[f"knee_adduction_{side}"] == 2
        assert found[f"ankle_angle_{side}"] == 1
        assert found[f"subtalar_angle_{side}"] == 2
    assert recording.points is not None
    assert recording.points.labels == tuple(LABELS)


def test_pelvis_and_spine_are_turned_to_our_signs() -> None:
    right = _first(_read({"RPelvisAngles": (10.0, 4.0, 6.0), "RSpineAngles": (1.0, 2.0, 3.0)},
                         {"ANGLES": ["RPelvisAngles", "RSpineAngles"]}), "angles")  # fmt: skip
    left = _first(_read({"LPelvisAngles": (10.0, -4.0, -6.0), "LSpineAngles": (1.0, -2.0, -3.0)},
                        {"ANGLES": ["LPelvisAngles", "LSpineAngles"]}), "angles")  # fmt: skip
    expected = {"pelvis_tilt": -10, "pelvis_list": -4, "pelvis_rotation": 6, "lumbar_extension": -1,
                "lumbar_bending": 2, "lumbar_rotation": -3}  # fmt: skip
    assert right == expected
    assert left == expected


def test_foot_progression_and_names_that_end_in_v() -> None:
    named = {"LFootProgressAnglesV": (-80.0, 1.0, -7.0), "LAbsAnkleAngleV": (90.0, 1.0, 1.0)}
    recording = _read(named, {"ANGLES": list(named)})
    assert _first(recording, "angles") == {"foot_progression_l": -7}
    assert any("LAbsAnkleAngleV" in n.words for n in recording.notes)


def test_outputs_without_groups_are_known_by_name() -> None:
    recording = _read(
        {"LKneeAngles": (30.0, 1.0, 1.0), "LGroundReactionForce": (1.0, 1.0, 9.0)}, {}
    )
    assert "angles" in recording
    assert recording.points is not None
    assert recording.points.labels == tuple(LABELS)


def test_radians() -> None:
    recording = _read({"LKneeAngles": (1.0, 0.1, 0.1)}, {"ANGLES": ["LKneeAngles"]},
                      [("POINT", "ANGLE_UNITS", "text", (3,), ["rad"])])  # fmt: skip
    assert recording["angles"]["knee_angle_l"][0] == pytest.approx(57.29578, abs=1e-4)


MOMENTS = {"RAnkleMoment": (1400.0, 10.0, -20.0), "RAnklePower": (0.0, 0.0, 3.9)}
GROUPS = {"MOMENTS": ["RAnkleMoment"], "POWERS": ["RAnklePower"]}


def test_moments_and_powers_per_kg() -> None:
    known = _read(MOMENTS, GROUPS, [("PROCESSING", "BODYMASS", "float", (1,), [60.0])])
    assert _first(known, "moments") == {"ankle_angle_r_moment": -84, "subtalar_angle_r_moment": -0.6,
                                        "ankle_rotation_r_moment": 1.2}  # fmt: skip
    assert _first(known, "powers") == {"ankle_angle_r_power": 234}
    assert any("per kg" in n.words for n in known.notes)
    given = _read(MOMENTS, GROUPS, mass=50.0)
    assert _first(given, "powers") == {"ankle_angle_r_power": 195}


def test_without_a_mass_they_are_left_out() -> None:
    recording = _read(MOMENTS, GROUPS)
    assert "moments" not in recording
    assert "powers" not in recording
    assert [n.place for n in recording.notes if n.level == "refusal"] == ["moments", "powers"]


def test_plain_moments_stay() -> None:
    named = {"RAnkleMoment": (84000.0, 10.0, -20.0), "RAnklePower": (0.0, 0.0, 234.0)}
    recording = _read(named, GROUPS)
    assert recording["moments"]["ankle_angle_r_moment"][0] == pytest.approx(-84, abs=1e-3)
    assert recording["powers"]["ankle_angle_r_power"][0] == pytest.approx(234, abs=1e-3)
