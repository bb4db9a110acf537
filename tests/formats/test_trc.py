"""TRC: headers of all kinds, missing markers, units, axes, clocks, and the writer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import trc
from gaitsmith.recording import Recording, Stream
from tests.formats.opensim_text import Hints, source

NAMES = ("C7", "R.ASIS", "L.ASIS", "R.Knee", "R.Heel", "L.Heel")
REST = np.array([[0, 1.45, 0], [0.1, 1.0, 0.15], [0.1, 1.0, -0.15], [0, 0.5, 0.1], [0, 0.06, 0.1],
                 [0.3, 0.06, -0.1]])  # fmt: skip


def body(frames=60, rate=60.0):
    t = np.arange(frames) / rate
    sway = np.stack([1.2 * t, 0.02 * np.sin(5 * t), 0.03 * np.cos(5 * t)], axis=1)
    return t, REST + sway[:, None, :]


def text(t, points, *, names=NAMES, rate="60", unit="mm", scale=1000.0, axes_line=True, frames=None,
         first=1, compact=False):  # fmt: skip
    rows = []
    for i, (time, frame) in enumerate(zip(t, points, strict=True)):
        cells = ["" if np.isnan(v) else f"{v * scale:.5f}" for v in frame.ravel()]
        rows.append("\t".join([str(first + i), "" if np.isnan(time) else f"{time:.6f}", *cells]))
    n, k = frames or len(t), len(names)
    lines = [
        "PathFileType\t4\t(X/Y/Z)\tmade.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"  {rate}\t\t {rate}\t\t {n}\t\t {k}\t\t {unit}\t {rate}\t 1\t {n}",
        "Frame#\tTime\t" + ("\t" if compact else "\t\t\t").join(names) + "\t\t",
    ]
    if axes_line:
        lines.append(
            "\t\t" + "\t".join(f"{a}{i}" for i in range(1, points.shape[1] + 1) for a in "XYZ")
        )
        lines.append("")
    return "\n".join([*lines, *rows]) + "\n"


def read(content, **hints):
    return trc.read(source(content, "walk.trc"), Hints(**hints))


def words(recording):
    return "\n".join(str(n) for n in recording.notes)


@pytest.mark.parametrize(
    ("unit", "scale"), [("mm", 1000.0), ("m", 1.0), ("cm", 100.0), ("meters", 1.0)]
)
def test_units(unit, scale):
    t, points = body()
    recording = read(text(t, points, unit=unit, scale=scale))
    assert recording.points.labels == NAMES
    assert np.allclose(recording.points.data, points, atol=1e-5)
    assert not recording.notes


@pytest.mark.parametrize(
    ("said", "true", "likely"),
    [("m", 1000.0, "mm"), ("mm", 1.0, "m"), ("", 1000.0, "mm"), ("bananas", 1.0, "m")],
)
def test_units_that_cannot_be(said, true, likely):
    t, points = body()
    recording = read(text(t, points, unit=said, scale=true))
    assert np.allclose(recording.points.data, points, atol=1e-5)
    assert f"taken as {likely}" in words(recording)


def test_missing_markers():
    t, points = body()
    points[5:9, 3] = np.nan
    points[0, -1] = np.nan
    points[20:30, 2] = 0.0
    recording = read(text(t, points))
    missing = np.isnan(recording.points.data[..., 0])
    assert missing.sum() == 4 + 1 + 10
    assert "30 cells are exactly 0 in all of x, y, z" in words(recording)
    points[:, 4] = 0.0
    gone = read(text(t, points))
    assert "R.Heel" not in gone.points
    assert "no position at all and were left out: R.Heel" in words(gone)
    with pytest.raises(GaitsmithError, match="no marker has a position"):
        read(text(t, points * 0))


def test_rows_may_end_early():
    t, points = body()
    content = "\n".join(
        line.rstrip("\t") if i != 10 else "\t".join(line.split("\t")[:14])
        for i, line in enumerate(text(t, points).splitlines())
    )
    recording = read(content)
    assert np.isnan(recording.points.data).sum() == 6


def test_labels_blank_repeated_surplus_and_compact():
    t, points = body()
    blank = read(text(t, points, names=("C7", "", "L.ASIS", "R.Knee", "R.Heel", "")))
    assert blank.points.labels == ("C7", "unnamed_2", "L.ASIS", "R.Knee", "R.Heel", "unnamed_6")
    twice = read(text(t, points, names=("C7", "C7", "L.ASIS", "R.Knee", "R.Heel", "L.Heel")))
    assert twice.points.labels[:2] == ("C7", "C7_2")
    assert "names stand more than once" in words(twice)
    few = read(text(t, points, names=("C7", "R.ASIS")))
    assert few.points.labels[2:] == tuple(f"unnamed_{i}" for i in (3, 4, 5, 6))
    many = read(text(t, points, names=(*NAMES, "Extra")))
    assert many.points.labels == NAMES
    assert "1 names stand over no column: Extra" in words(many)
    assert read(text(t, points, compact=True)).points.labels == NAMES


def test_without_a_line_of_axes_and_with_wrong_counts():
    t, points = body()
    recording = read(text(t, points, axes_line=False, frames=999, first=77))
    assert recording.points.data.shape == points.shape
    assert "the header counts 999 frames, 60 are there" in words(recording)


def test_clocks():
    t, points = body()
    late = read(text(t + 3.5, points))
    assert (late.points.start, late.points.rate) == (3.5, 60.0)
    wrong = read(text(t, points, rate="100"))
    assert wrong.points.rate == 60.0
    assert "the header says 100 Hz, the Time column 60 Hz" in words(wrong)
    blank = read(text(t * np.nan, points))
    assert blank.points.rate == 60.0
    assert "frames are taken at DataRate" in words(blank)
    with pytest.raises(GaitsmithError, match="there is no time"):
        read(text(t * np.nan, points, rate="0"))
    assert read(text(t * np.nan, points, rate="0"), rate_hz=25).points.rate == 25.0
    with pytest.raises(GaitsmithError, match="time runs backwards"):
        read(text(t[::-1], points))


@pytest.mark.parametrize("axis", ["+x", "-x", "-y", "+z", "-z"])
def test_other_axes_up(axis):
    from gaitsmith.formats import axes

    t, points = body()
    up = axes.parse_axis(axis)
    # the lab's points are ours turned by the inverse
    matrix = axes.turn_up(np.eye(3), up)
    lab = points @ np.linalg.inv(matrix)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    recording = read(text(t, lab))
    assert np.allclose(recording.points.data, points, atol=1e-5)
    assert f"the body stands along lab {axis}" in words(recording)
    told = read(text(t, lab), up=axis)
    assert np.allclose(told.points.data, points, atol=1e-5)
    assert not told.notes


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda s: "PathFileType", "line of labels is missing"),
        (lambda s: s[: s.index("Frame#")], "line of labels is missing"),
        (lambda s: s[: s.index("\n1\t")], "no row of numbers"),
        (lambda s: s.replace("\n3\t", "\n3\tx"), "a cell is not a number"),
        (lambda s: s.replace("\n3\t", "\n3\t1\t2\t"), "another number of cells"),
    ],
)
def test_refusals(damage, problem):
    with pytest.raises(GaitsmithError, match=problem):
        read(damage(text(*body())))


@st.composite
def clouds(draw):
    n, k = draw(st.integers(2, 20)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = np.round(rng.normal(0, 0.5, (n, k, 3)), 5) + REST[:k]
    points[rng.random((n, k)) < 0.15] = np.nan
    points[0] = REST[:k]
    rate = draw(st.sampled_from([50.0, 60.0, 100.0, 120.0]))
    start = draw(st.sampled_from([0.0, 2.5]))
    return Recording(
        streams={"points": Stream("points", points, NAMES[:k], rate=rate, start=start)}
    )


@given(cloud=clouds(), unit=st.sampled_from(["mm", "m"]))
def test_round_trip(cloud, unit, tmp_path_factory):
    path = tmp_path_factory.mktemp("trc") / "walk.trc"
    cloud.write(path, unit=unit)
    back = gaitsmith.read(path, units={"length": unit}, up="y").points
    assert back.labels == cloud.points.labels
    assert back.rate == pytest.approx(cloud.points.rate)
    assert back.start == cloud.points.start
    assert np.allclose(back.data, cloud.points.data, atol=1e-8, equal_nan=True)


def test_opensim_loads_what_we_write(tmp_path):
    osim = pytest.importorskip("opensim", reason="the oracle is the opensim package")
    osim.Logger.setLevelString("Off")
    _, points = body()
    points[0, -1] = np.nan
    points[3:6, 0] = np.nan
    path = str(tmp_path / "walk.trc")
    Recording(streams={"points": Stream("points", points, NAMES, rate=60.0)}).write(path)
    table = osim.TimeSeriesTableVec3(path)
    assert (table.getNumRows(), table.getNumColumns()) == (60, 6)
    assert list(table.getColumnLabels()) == list(NAMES)
    assert table.getTableMetaDataString("Units") == "mm"
    row = table.getRowAtIndex(4)
    assert np.isnan(row.getElt(0, 0).to_numpy()).all()
    assert np.allclose(row.getElt(0, 5).to_numpy(), 1000 * points[4, 5])
    markers = osim.MarkerData(path)
    assert (markers.getNumFrames(), markers.getNumMarkers(), markers.getDataRate()) == (60, 6, 60.0)
    assert np.allclose(markers.getFrame(9).getMarker(2).to_numpy(), 1000 * points[9, 2])


def test_nothing_to_write(tmp_path):
    with pytest.raises(GaitsmithError, match="there are no points to write"):
        Recording().write(tmp_path / "a.trc")
