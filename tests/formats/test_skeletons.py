"""BVH and ASF/AMC: forward kinematics against closed forms, the parsers, the leg angles."""

import numpy as np
import pytest

from gaitsmith import landmarks
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import asfamc, bvh, skeleton
from tests.formats.opensim_text import Hints, source

LEGS = """HIERARCHY
ROOT Hips
{
  OFFSET 5 5 5
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT RightUpLeg
  {
    OFFSET -9 -5 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT RightLeg
    {
      OFFSET 0 -42 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT RightFoot
      {
        OFFSET 0 -40 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        End Site
        {
          OFFSET 0 -5 15
        }
      }
    }
  }
  JOINT LeftUpLeg
  {
    OFFSET 9 -5 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 0 -42 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftFoot
      {
        OFFSET 0 -40 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        JOINT LeftToes
        {
          OFFSET 0 -5 15
          CHANNELS 3 Zrotation Xrotation Yrotation
          End Site
          {
            OFFSET 0 0 0
          }
        }
      }
    }
  }
}
MOTION
"""
WIDTH = 6 + 3 * 7


def legs(frames, period="0.008333", count=None):
    rows = [" ".join(f"{v:.6f}" for v in row) for row in frames]
    head = f"Frames: {count or len(frames)}\nFrame Time: {period}\n"
    return LEGS + head + "\n".join(rows) + "\n"


def still(n=5):
    frames = np.zeros((n, WIDTH))
    frames[:, :3] = np.column_stack([np.full(n, 2.0), np.full(n, 92.0), 3.0 * np.arange(n)])
    return frames


def read(text, **hints):
    return bvh.read(source(text, "walk.bvh"), Hints(**hints))


def test_the_rest_pose_stands():
    recording = read(legs(still()))
    points = recording.points
    assert points.rate == 120.0
    assert points["Hips"][2] == pytest.approx([0.02, 0.92, 0.06])
    assert points["RightFoot"][0] == pytest.approx([-0.07, 0.05, 0.0])
    assert points["RightFoot_end"][0] == pytest.approx([-0.07, 0.0, 0.15])
    assert "LeftToes_end" not in points  # a tip on its joint says nothing
    assert np.abs(recording.angles.data).max() < 1e-4
    assert "taken as centimetres" in str(recording.notes[0])


@pytest.mark.parametrize("turn", [(0, 0, 0), (0, 90, 0), (0, -35, 0)])
@pytest.mark.parametrize(
    ("joint", "x", "label", "angle"),
    [
        # +X rotation (x left, y up, z forward) swings what hangs below backward
        (1, -30, "hip_flexion_r", 30), (1, 20, "hip_flexion_r", -20), (2, 60, "knee_angle_r", 60),
        (2, -5, "knee_angle_r", -5), (4, -30, "hip_flexion_l", 30), (5, 60, "knee_angle_l", 60),
        (6, -10, "ankle_angle_l", 10), (6, 25, "ankle_angle_l", -25),
    ],
)  # fmt: skip
def test_leg_angles_have_our_signs(joint, x, label, angle, turn):
    frames = still()
    frames[:, 3 + 3 * joint + 1] = x
    frames[:, 3:6] = np.array(turn)[[0, 2, 1]]  # heading, in the order Z X Y
    angles = read(legs(frames)).angles
    assert angles[label] == pytest.approx(np.full(5, angle), abs=1e-4)
    others = [x for x in angles.labels if x != label]
    assert np.abs(angles.select(others).data).max() < 1e-4


def test_channels_are_applied_in_their_order():
    angles = np.array([[30.0, 40.0, 50.0]])

    def about(axis, deg):
        c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
        return {"X": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
                "Y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
                "Z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])}[axis]  # fmt: skip

    for order in ("XYZ", "ZXY", "ZYX", "YXZ"):
        expected = np.linalg.multi_dot([about(a, d) for a, d in zip(order, angles[0], strict=True)])
        assert np.allclose(skeleton.euler(angles, order)[0], expected)
    mixed = legs(still()).replace("Zrotation Xrotation Yrotation", "Yrotation Xrotation Zrotation")
    assert read(mixed).points["Hips"][0, 1] == pytest.approx(0.92)


@pytest.mark.parametrize(
    ("factor", "name"),
    [(0.01, "metres"), (10, "millimetres"), (1 / 2.54, "inches"), (0.45 / 2.54, "1/0.45 inch")],
)
def test_units_are_inferred_from_the_legs(factor, name):
    frames = still()
    frames[:, :3] *= factor
    lines = []
    for line in legs(frames).splitlines():
        if "OFFSET" in line:
            values = [float(v) * factor for v in line.split()[1:]]
            line = "OFFSET " + " ".join(f"{v:.8f}" for v in values)
        lines.append(line)
    text = "\n".join(lines) + "\n"
    recording = read(text)
    assert name in str(recording.notes[0])
    assert recording.points["Hips"][0, 1] == pytest.approx(0.92, abs=1e-4)
    assert read(text, units={"length": "m"}).points["Hips"][0, 1] == pytest.approx(
        92 * factor, rel=1e-6
    )


@pytest.mark.parametrize(
    ("period", "rate"),
    [
        ("0.008333", 120),
        ("0.0083333", 120),
        ("0.0166667", 60),
        ("0.0333333", 30),
        (".01", 100),
        ("0.005", 200),
        ("0.04", 25),
        ("0.00784", 1 / 0.00784),
    ],
)
def test_frame_times(period, rate):
    assert bvh.frame_rate(period) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda s: s.replace("MOTION", ""), "the line MOTION is missing"),
        (lambda s: s[: s.index("Frames")], "no frame stands after MOTION"),
        (lambda s: s.replace("Frame Time: 0.008333", "Frame Time: soon"), "the frame time is not a time"),
        (lambda s: s.replace("OFFSET 0 -42 0", "OFFSET 0 -42", 1), "an offset is not three numbers"),
        (lambda s: s.replace("OFFSET 0 -42 0", "", 1), "a joint has no offset"),
        (lambda s: s.replace("CHANNELS 3 Z", "CHANNELS 4 Z", 1), "channels do not fit their count"),
        (lambda s: s.replace("Zrotation", "Wrotation", 1), "an unknown channel"),
        (lambda s: s.replace("}\nMOTION", "MOTION"), "the hierarchy is not closed"),
        (lambda s: s.replace("}\nMOTION", "}}\nMOTION"), "more braces are closed"),
        (lambda s: s.replace("MOTION", "ROOT Other\n{\nOFFSET 0 0 0\n}\nMOTION"), "a second root"),
        (lambda s: s.replace("ROOT", "JOINT"), "the tree is broken"),
        (lambda s: s.replace("0.000000", "zero", 1), "a cell is not a number"),
        (lambda s: s.replace("-42", "-4200").replace("-40", "-4000"), "the unit of length cannot be inferred"),
    ],
)  # fmt: skip
def test_broken_bvh_is_refused(damage, problem):
    with pytest.raises(GaitsmithError, match=problem):
        read(damage(legs(still())))


def test_a_shared_prefix_is_taken_off():
    text = legs(still()).replace("JOINT ", "JOINT me:").replace("ROOT ", "ROOT me:")
    recording = read(text)
    assert recording.points.labels == read(legs(still())).points.labels
    assert "the prefix 'me' was taken off" in str(recording.notes[0])


def test_counts_of_frames_are_not_trusted():
    recording = read(legs(still(), count=500))
    assert len(recording.points) == 5
    assert "the header counts 500 frames, 5 are there" in str(recording.notes[0])


ASF = """:version 1.10
:name VICON
:units
  mass 1.0
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
{bones}
:hierarchy
  begin
    root lhipjoint rhipjoint
    lhipjoint lfemur
    lfemur ltibia
    ltibia lfoot
    rhipjoint rfemur
    rfemur rtibia
    rtibia rfoot
  end
"""


def asf():
    bones = []
    for side, sign in (("l", 1), ("r", -1)):
        bones += [
            (f"{side}hipjoint", (sign * 0.8, -0.6, 0), 2.0, (0, 0, 0), ""),
            (f"{side}femur", (sign * np.sin(0.35), -np.cos(0.35), 0), 7.4, (0, 0, np.degrees(sign * 0.35)), "rx ry rz"),
            (f"{side}tibia", (sign * np.sin(0.35), -np.cos(0.35), 0), 7.2, (0, 0, np.degrees(sign * 0.35)), "rx"),
            (f"{side}foot", (0, -0.25, 0.97), 2.2, (-90, 0, np.degrees(sign * 0.35)), "rx rz"),
        ]  # fmt: skip
    parts = []
    for i, (name, direction, length, axis, dof) in enumerate(bones, start=1):
        lines = ["begin", f"id {i}", f"name {name}", "direction %f %f %f" % direction,  # noqa: UP031
                 f"length {length}", "axis %f %f %f XYZ" % axis]  # fmt: skip  # noqa: UP031
        parts += [*lines, *([f"dof {dof}"] if dof else []), "end"]
    return ASF.replace("{bones}", "\n".join(parts))


def amc(frames=4, knee=50.0, hip=-20.0):
    lines = ["#!OML:ASF made.ASF\r", ":FULLY-SPECIFIED", ":DEGREES"]
    for i in range(frames):
        lines += [str(i + 1), f"root 0 16 {0.1 * i} 0 0 0"]
        for side in "lr":
            lines += [
                f"{side}femur {hip} 0 {'-' if side == 'l' else ''}20.05",
                f"{side}tibia {knee}",
                f"{side}foot 0 0",
            ]
    return "\n".join(lines) + "\n"


def read_amc(tmp_path, motion, shape=None, **hints):
    (tmp_path / "07.asf").write_text(shape or asf())
    path = tmp_path / "07_01.amc"
    path.write_text(motion)
    from gaitsmith.formats.base import Source

    return asfamc.read(Source(str(path), motion.encode(), ".amc", path), Hints(**hints))


def test_asf_and_amc(tmp_path):
    recording = read_amc(tmp_path, amc())
    points = recording.points
    assert points.rate == 120.0
    assert points["pelvis"][0, 1] == pytest.approx(16 * 0.0254 / 0.45)
    for a, b, length in (("hip_l", "knee_l", 7.4), ("knee_r", "ankle_r", 7.2)):
        apart = np.linalg.norm(points[a] - points[b], axis=1)
        assert apart == pytest.approx(np.full(4, length * 0.0254 / 0.45))
    assert recording.angles["knee_angle_l"] == pytest.approx(np.full(4, 50.0), abs=1e-3)
    assert recording.angles["knee_angle_r"] == pytest.approx(np.full(4, 50.0), abs=1e-3)
    assert recording.angles["hip_flexion_r"][0] > 15.0
    assert read_amc(tmp_path, amc(), rate_hz=60).points.rate == 60.0
    words = "\n".join(map(str, recording.notes))
    assert "taken as 120 Hz" in words
    assert "read from 07.asf" in words


def test_the_skeleton_may_be_a_second_file(tmp_path):
    import gaitsmith

    (tmp_path / "bones.asf").write_text(asf())
    (tmp_path / "apart").mkdir()
    motion = tmp_path / "apart" / "walk.amc"
    motion.write_text(amc())
    with pytest.raises(GaitsmithError, match="the skeleton of this motion is not found"):
        gaitsmith.read(motion)
    assert "pelvis" in gaitsmith.read(motion, tmp_path / "bones.asf").points
    with pytest.raises(GaitsmithError, match="a skeleton without motion"):
        gaitsmith.read(tmp_path / "bones.asf")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda a, m: (a, m.replace("ltibia", "ltail")), "a bone is not in the skeleton"),
        (lambda a, m: (a, m.replace("ltibia 50.0", "ltibia 50.0 3", 1)), "do not fit the bone's degrees"),
        (lambda a, m: (a, m.replace("ltibia 50.0", "", 2)), "missing in some frames"),
        (lambda a, m: (a, m.replace("ltibia 50.0", "ltibia 50.0\nltibia 50.0", 1)), "twice in one frame"),
        (lambda a, m: (a, ":DEGREES\n"), "no frame holds the root"),
        (lambda a, m: (a.replace("length 7.4", "length long"), m), "a value is not a number"),
        (lambda a, m: (a.replace("TX TY TZ", "TX TX TZ"), m), "root's channels"),
        (lambda a, m: (a.replace("length 0.45", "length 0"), m), "unit of length"),
        (lambda a, m: (a.replace("lfemur ltibia", "lfemur ltibia root"), m), "two parents"),
        (lambda a, m: (a.replace("name lfoot", "name other"), m), "no data|not in the skeleton"),
        (lambda a, m: (a[: a.index(":bonedata")], m), "no skeleton"),
    ],
)  # fmt: skip
def test_broken_asf_amc_is_refused(damage, problem, tmp_path):
    shape, motion = damage(asf(), amc())
    with pytest.raises(GaitsmithError, match=problem):
        read_amc(tmp_path, motion, shape)


def test_a_cut_motion_loses_its_last_frame(tmp_path):
    motion = amc()
    recording = read_amc(tmp_path, motion[: motion.rindex("rfemur")])
    assert len(recording.points) == 3
    assert "the last frame is cut" in "\n".join(map(str, recording.notes))


WANTED = {f"{x}_{s}" for x in ("hip", "knee", "ankle", "toe", "shoulder", "elbow", "wrist") for s in "rl"} | {"pelvis", "head"}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "frames", "rate", "joints", "speed", "height"),
    [
        ("opensim/bvh/walk_120hz_first480.bvh", 480, 120, 23, 1.45, (0.80, 0.95)),
        ("opensim/bvh/mixamo_short.bvh", 69, 30, 55, 0.0, (0.9, 1.0)),
        ("rueangsirarak2018/SubjectD4_Cycle1.bvh", 273, 60, 20, 1.16, (0.95, 1.05)),
    ],
)
def test_real_bvh(shared, name, frames, rate, *, joints, speed, height):
    import gaitsmith

    recording = gaitsmith.read(shared / name)
    points = recording.points
    labels = points.labels
    assert (len(points), points.rate) == (frames, rate)
    assert sum(not x.endswith("_end") or x.endswith("Hand_End") for x in labels) == pytest.approx(
        joints, abs=1
    )
    assert set(landmarks.find_all(labels)) >= WANTED
    hips = points[landmarks.find(labels, "pelvis")]
    path = hips[-1] - hips[0]
    assert np.hypot(path[0], path[2]) / points.duration == pytest.approx(speed, abs=0.02)
    assert height[0] < hips[:, 1].mean() < height[1]
    knees = recording.angles.select(["knee_angle_r", "knee_angle_l"]).data
    assert knees.min() > -3
    assert 55 < knees.max() < 85


@pytest.mark.shared
def test_all_rueangsirarak(shared):
    """Knee flexion is +X rotation of the leg in every file; the shoulder is the arm's joint."""
    import gaitsmith
    from gaitsmith.formats.sources import members

    archive = shared / "rueangsirarak2018/rueangsirarak2018_dev.zip"
    names = [m for m in members(archive) if m.endswith(".bvh")]
    assert len(names) == 62
    speeds = []
    for name in names[::4]:
        recording = gaitsmith.read(f"{archive}!{name}")
        points, angles = recording.points, recording.angles
        assert points.rate == 60.0
        assert landmarks.find(points.labels, "shoulder_r") == "RightArm"
        thigh = np.linalg.norm(points["RightLeg"] - points["RightUpLeg"], axis=1)
        assert thigh == pytest.approx(np.full(len(points), 0.444), abs=0.001)
        hips = points["Hips"]
        path = hips[-1] - hips[0]
        speeds.append(np.hypot(path[0], path[2]) / points.duration)
        text = gaitsmith.formats.open_source(f"{archive}!{name}").text()
        frames = np.array(
            [r.split() for r in text.splitlines() if r[:1] in "-0123456789" and r.count(" ") > 50],
            float,
        )
        joints = [
            x.split()[1] for x in text.splitlines() if x.strip().startswith(("ROOT", "JOINT"))
        ]
        for side, joint in (("r", "RightLeg"), ("l", "LeftLeg")):
            turn = frames[:, 3 + 3 * joints.index(joint) + 1]
            assert np.corrcoef(turn, angles[f"knee_angle_{side}"])[0, 1] > 0.99
            peak = angles[f"knee_angle_{side}"]
            assert -1 < peak.min() < 31
            assert 45 < peak.max() < 90
    assert 0.45 < min(speeds) < max(speeds) < 1.6


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "frames", "speed", "height"),
    [
        ("cmu/02_01.amc", 343, 1.18, (0.95, 0.97)),
        ("cmu/cmu_samples.zip!asfamc/02/02_01.amc", 343, 1.18, (0.95, 0.97)),
        ("cmu/cmu_samples.zip!asfamc/02/02_02.amc", 298, 1.63, None),
        ("cmu/cmu_samples.zip!asfamc/03/03_01.amc", 432, 0.62, (1.22, 1.24)),
        ("cmu/cmu_samples.zip!asfamc/03/03_02.amc", 365, 0.83, (1.22, 1.24)),
        ("cmu35/cmu35.zip!cmu35/35_01.amc", 358, 1.29, (1.0, 1.01)),
        ("cmu35/cmu35.zip!cmu35/35_04.amc", 433, 1.22, (1.0, 1.01)),
        ("cmu35/cmu35.zip!cmu35/35_06.amc", 438, 1.20, (1.0, 1.01)),
        ("cmu35/cmu35.zip!cmu35/35_07.amc", 360, 1.28, (1.0, 1.01)),
        ("cmu35/cmu35.zip!cmu35/35_09.amc", 384, 1.21, (1.0, 1.01)),
    ],
)
def test_real_amc(shared, name, frames, speed, height):
    import gaitsmith

    recording = gaitsmith.read(shared / name)
    points = recording.points
    assert (len(points), points.rate) == (frames, 120.0)
    assert set(landmarks.find_all(points.labels)) >= WANTED
    path = points["pelvis"][-1] - points["pelvis"][0]
    assert np.hypot(path[0], path[2]) / points.duration == pytest.approx(speed, abs=0.01)
    assert path[2] > 3 * abs(path[0])  # along +Z
    if height:
        assert height[0] - 0.006 < points["pelvis"][:, 1].mean() < height[1] + 0.006
    knees = recording.angles.select(["knee_angle_r", "knee_angle_l"]).data
    assert -3 < knees.min() < 15
    assert 55 < knees.max() < (125 if "/03_" in name else 95)  # 03 steps over uneven ground


@pytest.mark.shared
def test_amc_knee_and_markers(shared):
    """The skeleton's knee equals the file's own hinge; joints lie by the markers of the C3D."""
    import gaitsmith

    recording = gaitsmith.read(shared / "cmu/02_01.amc")
    text = (shared / "cmu/02_01.amc").read_text()
    hinge = [float(x.split()[1]) for x in text.splitlines() if x.startswith("rtibia")]
    assert np.allclose(recording.angles["knee_angle_r"], hinge, atol=0.2)
    # The C3D of the same trial: its lab, turned upright, is a quarter turn about the vertical off.
    markers = gaitsmith.read(shared / "cmu/cmu_samples.zip!c3d/02_01.c3d").points
    for joint, marker in (("knee_r", "RKNE"), ("knee_l", "LKNE"), ("ankle_r", "RANK"),
                          ("ankle_l", "LANK"), ("elbow_l", "LELB"), ("toe_r", "RTOE")):  # fmt: skip
        x, y, z = markers[marker].T
        apart = np.linalg.norm(recording.points[joint] - np.column_stack((-z, y, x)), axis=1)
        assert np.median(apart) < 0.12, joint
        assert np.std(apart) < 0.03, joint
