"""The table reader and what it makes of headers, clocks, units, signs and columns."""

import numpy as np
import pytest

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats import opensim_motion
from tests.formats.opensim_text import Hints, force_columns, mot, source, walk


def read(text, **hints):
    return opensim_motion.read(source(text), Hints(**hints))


def words(recording):
    return "\n".join(str(n) for n in recording.notes)


OLD = "name walk.mot\ndatacolumns {columns}\ndatarows {rows}\nrange 0.0 2.0"
V3 = "inDegrees=yes\nnColumns={columns}\nnRows={rows}\nDataType=double\nversion=3\nOpenSimVersion=4.5"
BARE = "DataRate=100.000000\nDataType=double\nversion=3"


@pytest.mark.parametrize("header", [OLD, V3, BARE, "Coordinates\nversion=1\n\nUnits are S.I.\n"])
def test_headers_of_all_ages(header):
    t, columns = walk()
    recording = read(mot(t, columns, header))
    assert recording.angles.labels == tuple(columns)
    assert np.allclose(recording.angles.data, np.column_stack(list(columns.values())), atol=1e-7)
    assert (recording.angles.rate, recording.angles.start) == (100.0, 0.0)


def test_a_spreadsheet_quoted_and_padded_the_header():
    t, columns = walk()
    lines = mot(t, columns).splitlines()
    end = lines.index("endheader") + 1
    pad = "\t" * len(columns)
    text = "\r\n".join([f'"{x}"{pad}' for x in lines[:end]] + lines[end:]) + "\r\n"
    assert read(text).angles.labels == tuple(columns)


@pytest.mark.parametrize(
    ("claim", "note"),
    [("nRows=9999\nnColumns=9", "9999 rows, 201 are there"), ("nRows=201\nnColumns=99", "99 columns"),
     ("nRows=minus\nnColumns=x", "")],
)  # fmt: skip
def test_counts_are_not_trusted(claim, note):
    t, columns = walk()
    recording = read(mot(t, columns, f"Coordinates\n{claim}\ninDegrees=yes"))
    assert len(recording.angles) == 201
    assert note in words(recording)


def test_a_count_beyond_the_file_is_refused():
    t, columns = walk()
    with pytest.raises(FormatError, match="more rows than the file has letters"):
        read(mot(t, columns, "Coordinates\nnRows=99999999999999999999\ninDegrees=yes"))


def test_state_paths_speeds_and_activations():
    t, columns = walk()
    named = {f"/jointset/joint/{k}/value": np.radians(v) if "pelvis_t" not in k or k == "pelvis_tilt"
             else v for k, v in columns.items()}  # fmt: skip
    named |= {f"/jointset/joint/{k}/speed": v * 0 + 1 for k, v in columns.items()}
    named |= {"/forceset/soleus_r/activation": t * 0 + 0.5}
    recording = read(mot(t, named, "inDegrees=no"))
    assert set(recording.angles.labels) == set(columns)
    assert "9 columns of speeds were left out" in words(recording)
    assert "soleus_r/activation" in words(recording)
    assert recording.angles["knee_angle_r"].max() == pytest.approx(58, abs=0.01)
    assert recording.angles["pelvis_tx"][-1] == pytest.approx(2.6)


@pytest.mark.parametrize("radians", [False, True])
@pytest.mark.parametrize("says", ["inDegrees=yes", "inDegrees=no", ""])
def test_degrees_are_told_by_range(radians, says):
    t, columns = walk()
    given = {k: np.radians(v) if radians and not k.startswith("pelvis_t") else v
             for k, v in columns.items() if k != "pelvis_tilt"}  # fmt: skip
    recording = read(mot(t, given, f"Coordinates\n{says}"))
    for name in given:
        assert np.allclose(recording.angles[name], columns[name], atol=1e-5), name
    contrary = says == ("inDegrees=yes" if radians else "inDegrees=no")
    assert ("although the header says" in words(recording)) == contrary
    assert ("the header does not say" in words(recording)) == (not says)


def test_a_unit_that_was_given_wins():
    t, columns = walk()
    recording = read(mot(t, columns), units={"angle": "rad"})
    assert recording.angles["knee_angle_r"].max() == pytest.approx(np.degrees(58), rel=1e-6)
    assert recording.angles["pelvis_ty"].max() == pytest.approx(0.97, abs=1e-6)


@pytest.mark.parametrize("sides", [(), ("r",), ("l",), ("r", "l")])
def test_negative_knees(sides):
    t, columns = walk()
    given = {k: -v if k in [f"knee_angle_{s}" for s in sides] else v for k, v in columns.items()}
    angles = read(mot(t, given)).angles
    for side in "rl":
        assert np.allclose(angles[f"knee_angle_{side}"], columns[f"knee_angle_{side}"], atol=1e-6)
    assert [s[0] for s in angles.attrs.get("negative_knee", [])] == list(sides)


def test_hyperextension_is_not_a_negative_knee():
    t, columns = walk()
    columns["knee_angle_r"] = columns["knee_angle_r"] * 0.5 - 25.0  # -24 … 4: a stiff, lax knee
    recording = read(mot(t, columns))
    assert np.allclose(recording.angles["knee_angle_r"], columns["knee_angle_r"], atol=1e-6)


def test_a_stiff_side_follows_the_other():
    t, columns = walk()
    columns["knee_angle_l"] = -columns["knee_angle_l"]
    columns["knee_angle_r"] = -5.0 - 2.0 * np.sin(t)
    recording = read(mot(t, columns))
    assert recording.angles["knee_angle_r"].min() > 2.9


@pytest.mark.parametrize("decimals", [2, 3, 4])
@pytest.mark.parametrize("rate", [60.0, 100.0, 120.0])
def test_rounded_times_are_a_uniform_clock(decimals, rate):
    t, columns = walk(rate=rate, start=20.01 if decimals > 1 else 0.0)
    text = mot(t, columns).splitlines()
    body = [f"{time:.{decimals}f}\t" + line.split("\t", 1)[1]
            for time, line in zip(t, text[-len(t) :], strict=True)]  # fmt: skip
    angles = read("\n".join(text[: -len(t)] + body) + "\n").angles
    assert angles.rate == rate
    assert angles.start == pytest.approx(20.01, abs=0.01)


def test_repeated_and_backward_times():
    t, columns = walk()
    twice = np.sort(np.concatenate([t, t[-1:]]))
    more = {k: np.concatenate([v, v[-1:]]) for k, v in columns.items()}
    recording = read(mot(twice, more))
    assert (len(recording.angles), recording.angles.rate) == (201, 100.0)
    assert "1 rows repeat the time" in words(recording)
    with pytest.raises(GaitsmithError, match="time runs backwards"):
        read(mot(t[::-1], columns))
    with pytest.raises(GaitsmithError, match="a time is missing"):
        read(mot(t, columns).replace("\n0.05000000", "\nnan"))


def test_milliseconds_and_row_numbers():
    t, columns = walk()
    recording = read(mot(t * 1000, columns))
    assert recording.angles.rate == 100.0
    assert "taken as milliseconds" in words(recording)
    with pytest.raises(FormatError, match="only counts rows"):
        read(mot(np.arange(len(t)), columns))
    assert read(mot(np.arange(len(t)), columns), rate_hz=120).angles.rate == 120.0
    assert read(mot(t, columns), rate_hz=50).angles.end == pytest.approx(4.0)


def test_duplicates_unknown_and_idle_columns():
    t, columns = walk()
    text = mot(t, columns | {"mtp_angle_r": t * 0, "knee_angle_r_beta": t, "bogus": t})
    recording = read(text.replace("\tpelvis_ty\t", "\tpelvis_tx\t"))
    assert "pelvis_tx (2 times)" in words(recording)
    assert "hold nothing but zeros and were left out: mtp_angle_r" in words(recording)
    assert "knee_angle_r_beta, bogus" in words(recording)
    assert np.allclose(recording.angles["pelvis_tx"], columns["pelvis_tx"], atol=1e-7)


def test_names_that_the_user_explains():
    t, columns = walk()
    text = mot(t, {"Weird": columns["knee_angle_r"]})
    assert read(text, columns={"Weird": "knee_angle_r"}).angles.labels == ("knee_angle_r",)


def test_blank_and_odd_cells_are_missing():
    t, columns = walk()
    lines = mot(t, columns).splitlines()
    cells = lines[20].split("\t")
    cells[3], cells[5] = "", "-1.#IND"
    lines[20] = "\t".join(cells)
    recording = read("\n".join(lines) + "\n")
    assert np.isnan(recording.angles.data).sum() == 2
    assert "1 blank cells are taken as missing" in words(recording)
    lines[20] = lines[20].replace("-1.#IND", "Infinity")
    assert "1 infinite or absurd cells" in words(read("\n".join(lines) + "\n"))


def test_a_cut_file_loses_its_last_row_and_says_so():
    t, columns = walk()
    text = mot(t, columns)
    cut = text[: text.rindex("\n", 0, -1) - 3]  # within the last value of the row before the last
    recording = read(cut)
    assert len(recording.angles) == 199
    assert "the last row is cut" in words(recording)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda s: "", "the file is empty"),
        (lambda s: "\0\1\2" + s, "not a text file"),
        (lambda s: s.replace("endheader", "end of it"), "the header has no end"),
        (lambda s: s[: s.index("endheader") + 9], "nothing stands after the header"),
        (lambda s: s[: s.index("0.00000000")], "there is no row of numbers"),
        (lambda s: s.replace("time\t", "frame\t"), "no column of times"),
        (lambda s: s.replace("time\t", ""), "no column of times"),
        (
            lambda s: s.replace("time\t", "frame\ttime\t"),
            r"does not begin with time\n.*time as column 2",
        ),
        (lambda s: s.replace("\t", ";"), r"does not begin with time\n[\s\S]*semicolons"),
        (lambda s: s.replace("\t", ","), r"does not begin with time\n[\s\S]*commas"),
        (lambda s: s.replace("\n0.10000000", "\n0.10000000\t1.0"), "another number of cells"),
        (lambda s: s.replace("\n0.10000000\t", "\n0.10000000\tx"), "a cell is not a number"),
        (lambda s: s.replace(".", ","), "a cell is not a number"),
        (lambda s: s.replace("inDegrees=yes", "DataType=Vec3"), "not single numbers"),
        (lambda s: s.replace("Coordinates", "Speeds"), "speeds or accelerations"),
        (lambda s: s.replace("_", "x"), "no column holds an angle"),
    ],
)
def test_refusals_name_the_problem(damage, problem):
    t, columns = walk()
    with pytest.raises(GaitsmithError, match=problem) as caught:
        read(damage(mot(t, columns)))
    assert str(caught.value)


def test_a_row_of_the_wrong_length_is_named_by_its_line():
    t, columns = walk()
    lines = mot(t, columns).splitlines()
    lines[14] = lines[14] + "\t1.0\t2.0"
    with pytest.raises(FormatError) as caught:
        read("\n".join(lines) + "\n")
    assert caught.value.place == "line 15"


LAYOUTS = {
    "sides": (
        lambda q, a: f"ground_torque_r_{a}" if q == "m" else f"ground_force_r_{q}{a}",
        lambda q, a: f"ground_torque_l_{a}" if q == "m" else f"ground_force_l_{q}{a}",
        ("foot_r", "foot_l"), "ground_force_r_v"),
    "leading": (
        lambda q, a: f"ground_torque_{a}" if q == "m" else f"ground_force_{q}{a}",
        lambda q, a: f"1_ground_torque_{a}" if q == "m" else f"1_ground_force_{q}{a}",
        ("foot_r", "foot_l"), "ground_force_v"),
    "numbered": (
        lambda q, a: f"ground_force_1_{q}{a}", lambda q, a: f"ground_force_2_{q}{a}",
        ("plate_1", "plate_2"), "ground_force_1_v"),
    "suffix": (
        lambda q, a: f"ground_torque_{a}1" if q == "m" else f"ground_force_{q}{a}1",
        lambda q, a: f"ground_torque_{a}2" if q == "m" else f"ground_force_{q}{a}2",
        ("plate_1", "plate_2"), "ground_force_vx1"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("behind_joints", [False, True])
def test_force_layouts(layout, behind_joints):
    first, second, labels, prefix = LAYOUTS[layout]
    a, loaded = force_columns(names=first)
    b, _ = force_columns(names=second)
    columns = a | {k: 0.5 * v for k, v in b.items()}
    if behind_joints:
        columns = {"hip_flexion_r": loaded * 0.0, "knee_angle_r": loaded * 0.0} | columns
    recording = read(mot(np.arange(200) / 1000, columns))
    forces = recording.forces
    assert forces.labels == labels
    assert forces.attrs["columns"][labels[0]] == prefix
    assert forces.data[100, 0] == pytest.approx([30, 700, -20, 0.4, 0, 0.1, 5])
    assert forces.data[100, 1, :3] == pytest.approx([15, 350, -10])
    assert np.isnan(forces.data[~loaded][..., 3:6]).all()
    assert "set missing where the force is under 20 N" in words(recording)
    assert ("OpenSim's custom" in words(recording)) == (layout == "leading")
    known = {"sides": "name", "leading": "custom"}.get(layout)
    expected = dict.fromkeys(labels, known) if known else None
    assert forces.attrs.get("feet_known_by") == expected
    assert "angles" not in recording


def test_kinematics_and_forces_in_one_file():
    t, columns = walk()
    force, _ = force_columns(len(t), names=LAYOUTS["sides"][0])
    recording = read(mot(t, columns | force))
    assert list(recording.streams) == ["angles", "forces"]
    assert recording.forces.labels == ("foot_r",)


def test_signs_units_and_axes_of_forces():
    names = LAYOUTS["numbered"][0]
    columns, loaded = force_columns(names=names)
    t = np.arange(200) / 1000

    def turned(change):
        return read(mot(t, {k: change(k, v) for k, v in columns.items()}))

    down = turned(lambda k, v: v if "_p" in k else -v)
    assert down.forces.data[100, 0] == pytest.approx([30, 700, -20, 0.4, 0, 0.1, 5])
    assert "signs of force and torque reversed" in words(down)
    mm = turned(lambda k, v: 1000 * v if "_p" in k else v)
    assert mm.forces.data[100, 0, 3:6] == pytest.approx([0.4, 0, 0.1])
    weights = turned(lambda k, v: v / 700 if "_v" in k else v)
    assert "looks like body weights" in words(weights)
    swap = {"y": "z", "z": "y", "x": "x"}
    up_z = read(
        mot(t, {k[:-1] + swap[k[-1]]: -v if k[-1] == "z" else v for k, v in columns.items()})
    )
    assert up_z.forces.data[100, 0] == pytest.approx([30, 700, -20, 0.4, 0, 0.1, 5])
    assert "turned so that y is up" in words(up_z)
    no_cop = {k: v for k, v in columns.items() if "_p" not in k}
    # moments about the origin of a force at (0.4, 0, 0.1): M = p × F, plus the free moment
    p, f = np.array([0.4, 0, 0.1]), np.array([30.0, 700, -20])
    about = np.cross(p, f) + [0, 5, 0]
    for i, a in enumerate("xyz"):
        no_cop[f"ground_force_1_m{a}"] = np.where(loaded, about[i], 0.0)
    computed = read(mot(t, no_cop)).forces
    assert computed.data[100, 0] == pytest.approx([30, 700, -20, 0.4, 0, 0.1, 5], abs=1e-6)


def test_moments_follow_the_knee_of_the_same_file():
    t, columns = walk()
    columns = {k: -v if k.startswith("knee") else v for k, v in columns.items()}
    columns |= {"knee_angle_r_moment": 40 + t, "hip_flexion_r_moment": t, "pelvis_tx_force": t}
    recording = read(mot(t, columns))
    assert np.allclose(recording["moments"]["knee_angle_r_moment"], -40 - t, atol=1e-6)
    assert np.allclose(recording["moments"]["hip_flexion_r_moment"], t, atol=1e-6)
    assert recording["moments"].attrs["knee_turned"] == ["right", "left"]


def test_reserve_actuators_are_not_angles():
    t, columns = walk()
    with pytest.raises(FormatError, match="no column holds an angle"):
        read(mot(t, columns, "controls\nversion=1\ninDegrees=no"))


def test_sniffing():
    t, columns = walk()
    head = mot(t, columns).encode()
    assert opensim_motion.sniff(head, ".txt") == 1.0
    assert opensim_motion.sniff(b"anything", ".mot") == pytest.approx(0.3)
    assert opensim_motion.sniff(b"time,acc_x\n0,1\n", ".csv") == 0.0
