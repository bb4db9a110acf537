"""Written tables: read back the same, loaded by OpenSim itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.recording import Recording, Stream
from tests.formats.opensim_text import walk

ANGLES = (
    "pelvis_tilt",
    "pelvis_tx",
    "hip_flexion_r",
    "knee_angle_r",
    "knee_angle_l",
    "subtalar_angle_l",
)


@st.composite
def trials(draw):
    """Angles, forces and moments on one clock, knees as people have them."""
    n = draw(st.integers(5, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rate = draw(st.sampled_from([50.0, 60.0, 100.0, 120.0, 1000.0]))
    start = draw(st.sampled_from([0.0, 0.45, 20.01]))
    streams = {}
    labels = draw(st.lists(st.sampled_from(ANGLES), min_size=2, max_size=6, unique=True))
    if draw(st.booleans()):
        data = rng.uniform(1, 60, (n, len(labels)))
        data[:, 0] += 10
        streams["angles"] = Stream("angles", data, tuple(labels), rate=rate, start=start)
    if draw(st.booleans()):
        feet = draw(st.sampled_from([("foot_r",), ("foot_r", "foot_l"), ("plate_1", "plate_3")]))
        data = rng.uniform(-0.5, 0.5, (n, len(feet), 7))
        data[..., 1] = rng.uniform(300, 900, data.shape[:2])
        data[n // 2 :, :, :] = 0.0
        data[n // 2 :, :, 3:6] = np.nan
        streams["forces"] = Stream("forces", data, feet, rate=rate, start=start)
    if draw(st.booleans()) or not streams:
        names = ("hip_flexion_r_moment", "knee_angle_l_moment")
        data = rng.normal(0, 50, (n, 2))
        streams["moments"] = Stream("moments", data, names, rate=rate, start=start)
    return Recording(streams=streams)


@pytest.mark.parametrize("suffix", [".mot", ".sto"])
@given(trial=trials(), degrees=st.booleans())
def test_round_trip(trial, degrees, suffix, tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / f"walk{suffix}"
    trial.write(path, degrees=degrees)
    # A trial of moments has no angles: there the unit says nothing.
    again = gaitsmith.read(path, units={"angle": "deg" if degrees else "rad"}, strict=False)
    assert set(again.streams) == set(trial.streams)
    for name, stream in trial.streams.items():
        back = again[name]
        assert back.labels == stream.labels
        assert back.rate == pytest.approx(stream.rate, rel=1e-9)
        assert back.start == pytest.approx(stream.start, abs=1e-9)
        assert np.array_equal(np.isnan(back.data), np.isnan(stream.data))
        assert np.allclose(back.data, stream.data, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_gaps_are_bridged_counted_and_bounded(tmp_path):
    t, columns = walk()
    data = np.column_stack(list(columns.values()))
    data[10:14, 2] = np.nan
    data[:3, 1] = np.nan
    trial = Recording(streams={"angles": Stream("angles", data, tuple(columns), rate=100.0)})
    trial.write(tmp_path / "a.mot")
    text = (tmp_path / "a.mot").read_text()
    assert "gaitsmith_filled=7 cells" in text
    assert "nan" not in text.lower()
    back = gaitsmith.read(tmp_path / "a.mot").angles.data
    line = np.interp(t[10:14], t[[9, 14]], data[[9, 14], 2])
    assert np.allclose(back[10:14, 2], line)
    data[20:90, 3] = np.nan
    long = trial.with_stream(trial.angles.replace(data=data))
    with pytest.raises(GaitsmithError, match="a gap is too long"):
        long.write(tmp_path / "b.mot")
    assert not (tmp_path / "b.mot").exists()
    long.write(tmp_path / "b.mot", max_gap_s=1.0)
    data[:, 3] = np.nan
    with pytest.raises(GaitsmithError, match="a gap is too long"):
        long.with_stream(trial.angles.replace(data=data)).write(tmp_path / "c.mot", max_gap_s=1e9)


def test_two_clocks_need_two_files(tmp_path):
    _, columns = walk()
    data = np.column_stack(list(columns.values()))
    forces = Stream("forces", np.zeros((50, 1, 7)), ("foot_r",), rate=1000.0)
    trial = Recording(
        streams={"angles": Stream("angles", data, tuple(columns), rate=100.0), "forces": forces}
    )
    with pytest.raises(GaitsmithError, match="different clocks"):
        trial.write(tmp_path / "a.mot")
    trial.write(tmp_path / "a.mot", kinds=("angles",))
    trial.write(tmp_path / "b.mot", kinds=("forces",))
    with pytest.raises(GaitsmithError, match="nothing here that an OpenSim table keeps"):
        Recording().write(tmp_path / "c.mot")
    with pytest.raises(GaitsmithError, match="kinds has an unknown value"):
        trial.write(tmp_path / "c.mot", kinds=("points",))


@pytest.fixture(scope="module")
def osim():
    opensim = pytest.importorskip("opensim", reason="the oracle is the opensim package")
    opensim.Logger.setLevelString("Off")
    return opensim


def test_opensim_loads_what_we_write(osim, tmp_path):
    t, columns = walk(start=20.01)
    data = np.column_stack(list(columns.values()))
    force = np.zeros((len(t), 2, 7))
    force[50:90, 0] = [30, 700, -20, 0.4, 0, 0.1, 5]
    force[..., 3:6][force[..., 1] == 0] = np.nan
    trial = Recording(streams={
        "angles": Stream("angles", data, tuple(columns), rate=100.0, start=20.01),
        "forces": Stream("forces", force, ("foot_r", "foot_l"), rate=100.0, start=20.01),
        "moments": Stream("moments", data[:, :1], ("knee_angle_r_moment",), rate=100.0, start=20.01),
    })  # fmt: skip
    path = str(tmp_path / "walk.mot")
    trial.write(path)
    storage = osim.Storage(path)
    labels = storage.getColumnLabels()
    names = [labels.get(i) for i in range(labels.getSize())]
    assert storage.isInDegrees()
    assert storage.getSize() == len(t)
    assert len(names) == len(set(names)) == 1 + len(columns) + 18 + 1
    table = osim.TimeSeriesTable(path)
    assert table.getNumRows() == len(t)
    assert np.allclose(table.getIndependentColumn(), t, atol=1e-9)
    matrix = table.getMatrix().to_numpy()
    assert np.isfinite(matrix).all()
    assert np.allclose(matrix[:, : data.shape[1]], data, atol=1e-9)
    at = names.index("ground_force_r_vy") - 1
    assert matrix[60, at] == pytest.approx(700)
    held = names.index("ground_force_r_px") - 1
    assert matrix[100:, held] == pytest.approx(0.4)


def test_external_loads_find_our_columns(osim, tmp_path):
    force = np.zeros((100, 1, 7))
    force[:, 0] = [30, 700, -20, 0.4, 0, 0.1, 5]
    Recording(streams={"forces": Stream("forces", force, ("foot_r",), rate=100.0)}).write(
        tmp_path / "grf.mot"
    )
    storage = osim.Storage(str(tmp_path / "grf.mot"))
    for identifier in ("ground_force_r_v", "ground_force_r_p", "ground_torque_r_"):
        assert storage.getColumnIndicesForIdentifier(identifier).getSize() == 3


@pytest.mark.shared
def test_opensim_and_we_read_the_same(osim, shared):
    for name in ("gait2392/subject01_walk1_ik.mot", "wbds01/WBDS01walkT01_ik_sample.mot"):
        path = shared / "opensim" / name
        table = osim.TimeSeriesTable(str(path))
        angles = gaitsmith.read(path).angles
        turned = [f"knee_angle_{s[0]}" for s in angles.attrs.get("negative_knee", [])]
        for label in angles.labels:
            theirs = np.array(table.getDependentColumn(label).to_numpy())
            assert np.allclose(angles[label], -theirs if label in turned else theirs)


def test_we_read_what_opensim_writes(osim, tmp_path):
    t, columns = walk(start=3.0)
    data = np.column_stack(list(columns.values()))
    matrix = osim.Matrix.createFromMat(data)
    table = osim.TimeSeriesTable(osim.StdVectorDouble(t.tolist()), matrix, list(columns))
    table.addTableMetaDataString("inDegrees", "yes")
    osim.STOFileAdapter.write(table, str(tmp_path / "walk.sto"))
    angles = gaitsmith.read(tmp_path / "walk.sto").angles
    assert angles.labels == tuple(columns)
    assert (angles.rate, angles.start) == (100.0, pytest.approx(3.0))
    assert np.allclose(angles.data, data, atol=1e-9)

    points = osim.TimeSeriesTableVec3()
    points.setColumnLabels(["RHEE", "SACR"])
    for time, row in zip(t[:20], data[:20], strict=True):
        heel, sacrum = osim.Vec3(row[0], 50, 100), osim.Vec3(row[1], 1000, 0)
        points.appendRow(time, osim.RowVectorVec3([heel, sacrum]))
    points.addTableMetaDataString("DataRate", "100")
    points.addTableMetaDataString("Units", "mm")
    osim.TRCFileAdapter.write(points, str(tmp_path / "walk.trc"))
    markers = gaitsmith.read(tmp_path / "walk.trc").points
    assert markers.labels == ("RHEE", "SACR")
    assert (markers.rate, markers.start) == (100.0, pytest.approx(3.0))
    assert np.allclose(markers["SACR"][:, 0], data[:20, 1] / 1000, atol=1e-6)
