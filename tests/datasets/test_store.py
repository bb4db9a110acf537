"""The prepared collection: what goes in comes out, whole or in part; what is wrong is named."""

import json

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest

from gaitsmith.datasets import Curves, Store, Writer
from gaitsmith.datasets.tables import MANIFEST
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.recording import Recording, Stream
from tests.datasets.makers import ABOUT, curves, groups_of, recording


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "s"
    with Writer(path) as writer:
        writer.begin(ABOUT)
        for i in range(3):
            writer.add("mine", f"w{i}", f"p{i}", recording(i), group="healthy", speed=1.0 + i,
                       facts={"cadence": 100 + i})  # fmt: skip
        writer.add("mine", "c0", "p0", curves(), task="all")
        writer.end("mine")
    return Store(path)


def test_what_goes_in_comes_out(store):
    for i in range(3):
        assert store.recording(f"mine/w{i}") == recording(i)
    assert store.curves("mine/c0") == curves()
    assert store.check() == []
    assert len(store) == 4 and "mine/w1" in store


def test_tables_say_what_is_there(store):
    row = store.row("mine/w1")
    assert (row["speed"], row["mass"], row["events"], row["rows"]) == (2.0, 70.5, 2, 200)
    assert json.loads(row["facts"]) == {"cadence": 101}
    assert row["streams"].split() == ["points", "imu_foot_r", "angles"]
    assert store.ids(kind="curves") == ["mine/c0"]
    assert store.ids(set="mine", person=["mine/p1", "mine/p2"]) == ["mine/w1", "mine/w2"]
    people = store.people.set_index("person")
    assert people.loc["mine/p0", "trials"] == 2 and people.loc["mine/p0", "height"] == 1.75
    assert people.loc["mine/p0", "group"] == "healthy"
    assert store.sets["mine"]["complete"] and store.sets["mine"]["licence"] == "none"


def test_a_part_is_the_crop_of_the_whole(store):
    whole = recording(1)
    part = store.recording("mine/w1", streams=["imu"], start=0.4, stop=1.2)
    assert list(part.streams) == ["imu_foot_r"]
    assert part["imu_foot_r"] == whole["imu_foot_r"].crop(0.4, 1.2)
    later = store.recording("mine/w1", start=2.0)
    assert later["points"] == whole["points"].crop(2.0) and len(later.events) == 0
    assert len(later["angles"]) == 0


def test_only_the_chunks_asked_for_are_read(tmp_path):
    rows = 400_000
    values = np.arange(2.0 * rows).reshape(rows, 2)
    long = Recording(streams={"angles": Stream("angles", values, ("a", "b"), rate=100.0)})
    with Writer(tmp_path / "s") as writer:
        writer.begin(ABOUT)
        writer.add("mine", "long", "p", long)
    store = Store(tmp_path / "s")
    chunks = sorted(
        (tmp_path / "s" / store.row("mine/long")["path"] / "0" / "data" / "c").iterdir()
    )
    assert len(chunks) > 5
    for chunk in chunks[1:]:
        for file in chunk.rglob("*"):
            if file.is_file():
                file.write_bytes(b"broken")
    assert len(store.recording("mine/long", stop=10.0)["angles"]) == 1001
    with pytest.raises(FormatError, match="cannot be read"):
        store.read("mine/long")


def test_any_zarr_tool_opens_it(store):
    import zarr

    group = zarr.open_group(str(store.path), mode="r")
    assert group.metadata.zarr_format == 3
    trial = group[store.row("mine/w0")["path"]]
    assert trial.attrs["recording"]["name"] == "walk 0"
    np.testing.assert_array_equal(trial["0/data"][...], recording(0)["points"].data)


def test_the_same_content_has_the_same_digest_in_any_order(tmp_path, store):
    with Writer(tmp_path / "s") as writer:
        writer.begin(ABOUT)
        writer.add("mine", "c0", "p0", curves(), task="all")
        for i in (2, 0, 1):
            writer.add("mine", f"w{i}", f"p{i}", recording(i), group="other")
    assert Store(tmp_path / "s").digest == store.digest


def test_appending_and_replacing(tmp_path):
    path = tmp_path / "s"
    with Writer(path) as writer:
        writer.begin(ABOUT)
        writer.add("mine", "a", "p", recording(0))
    before = Store(path)
    with Writer(path) as writer:
        writer.add("mine", "b", "q", recording(1))
        writer.add("mine", "a", "p", recording(2))
    after = Store(path)
    assert after.revision > before.revision and after.digest != before.digest
    assert after.recording("mine/a") == recording(2) and len(after.people) == 2
    assert len(groups_of(path)) == 2, "the replaced group is gone"
    assert len(list((path / "tables").iterdir())) == 3
    assert after.check() == []


def test_an_error_inside_keeps_what_was_added(tmp_path):
    with pytest.raises(KeyboardInterrupt), Writer(tmp_path / "s") as writer:
        writer.begin(ABOUT)
        writer.add("mine", "a", "p", recording(0))
        raise KeyboardInterrupt
    store = Store(tmp_path / "s")
    assert list(store) == ["mine/a"] and not store.sets["mine"]["complete"]


def test_damage_is_found_named_and_mended(tmp_path):
    path = tmp_path / "s"
    with Writer(path) as writer:
        writer.begin(ABOUT)
        for i in range(3):
            writer.add("mine", f"w{i}", "p", recording(i))
        writer.end("mine")
    store = Store(path)
    # Another trial's array in place of its own: readable, but not what was written.
    other, mine = (path / store.row(f"mine/w{i}")["path"] / "0" / "data" for i in (0, 1))
    for file in other.rglob("*"):
        if file.is_file():
            (mine / file.relative_to(other)).write_bytes(file.read_bytes())
    (path / store.row("mine/w2")["path"] / "zarr.json").unlink()
    damages = store.check()
    assert {d.id for d in damages} == {"mine/w1", "mine/w2"}
    assert "not what was written" in next(d.problem for d in damages if d.id == "mine/w1")
    with Writer(path) as writer:
        writer.drop(d.id for d in damages)
        assert not writer.has("mine", "w1", ABOUT.version)
        writer.add("mine", "w1", "p", recording(1))
    assert Store(path).check() == []


def test_a_changed_table_or_manifest_is_refused(tmp_path):
    path = tmp_path / "s"
    with Writer(path) as writer:
        writer.begin(ABOUT)
        writer.add("mine", "a", "p", recording(0))
    table = next((path / "tables").glob("trials*"))
    good = table.read_bytes()
    table.write_bytes(good[:-1] + b"x")
    with pytest.raises(FormatError, match="has changed"):
        Store(path)
    table.write_bytes(good)
    manifest = path / MANIFEST
    facts = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**facts, "gaitsmith_store": 99}))
    with pytest.raises(FormatError, match="another layout") as refusal:
        Store(path)
    assert "version 99" in str(refusal.value)
    manifest.write_text("{")
    with pytest.raises(FormatError, match="manifest is damaged"):
        Store(path)


def test_refusals_say_what_to_do(tmp_path, store):
    with pytest.raises(GaitsmithError, match="not a prepared collection"):
        Store(tmp_path / "nothing")
    with pytest.raises(GaitsmithError, match="did you mean 'mine/w1'"):
        store.read("mine/w11")
    with pytest.raises(GaitsmithError, match="no recording but curves"):
        store.recording("mine/c0")
    with pytest.raises(GaitsmithError, match="no curves but a recording"):
        store.curves("mine/w0")
    with pytest.raises(GaitsmithError, match="unknown value"):
        store.ids(sett="mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("x")
    with pytest.raises(GaitsmithError, match="not empty"), Writer(tmp_path / "full"):
        pass
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["thesis.doc"]
    with Writer(tmp_path / "s") as writer:
        with pytest.raises(GaitsmithError, match="not begun"):
            writer.add("mine", "a", "p", recording(0))
        writer.begin(ABOUT)
        for bad in ("../a", "a/b", "", ".hidden", "a b"):
            with pytest.raises(GaitsmithError, match="cannot be that of a folder"):
                writer.add("mine", bad, "p", recording(0))
        with pytest.raises(GaitsmithError, match="another writer"), Writer(tmp_path / "s"):
            pass


@hypothesis.given(
    data=hnp.arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(1, 3), st.just(3)),
                    elements=st.floats(width=64)),
    start=st.floats(-1e6, 1e6), rate=st.floats(0.1, 1e4),
)  # fmt: skip
@hypothesis.settings(max_examples=15)
def test_any_numbers_survive(tmp_path_factory, data, start, rate):
    path = tmp_path_factory.mktemp("any") / "s"
    labels = tuple(f"m{i}" for i in range(data.shape[1]))
    content = Recording(streams={"points": Stream("points", data, labels, rate=rate, start=start)})
    with Writer(path) as writer:
        writer.begin(ABOUT)
        writer.add("mine", "a", "p", content)
    assert Store(path).recording("mine/a") == content


def test_curves_refuse_what_does_not_fit():
    good = curves()
    assert good["knee_angle"].shape == (4, 51) and "hip_flexion" in good
    assert list(good.table().columns) == ["speed", "side"]
    about = {"labels": good.labels, "units": good.units, "phase": good.phase, "span": "stride"}
    with pytest.raises(GaitsmithError, match="does not fit phase and labels"):
        Curves(good.data[:, :50], **about)
    with pytest.raises(GaitsmithError, match="another length"):
        Curves(good.data, **about, rows={"speed": [1.0]})
    with pytest.raises(GaitsmithError, match="not a phase"):
        Curves(good.data, **{**about, "phase": good.phase[::-1]})
    with pytest.raises(GaitsmithError, match="another shape"):
        Curves(good.data, **about, sd=good.data[:2])
    with pytest.raises(GaitsmithError, match="not unique"):
        Curves(good.data, **{**about, "labels": ("a", "a")})
    with pytest.raises(GaitsmithError, match="unknown value"):
        Curves(good.data, **{**about, "span": "step"})
    with pytest.raises(GaitsmithError, match="did you mean 'knee_angle'"):
        good["knee_angel"]
    assert curves(0) == curves(0) and curves(0) != curves(1)
