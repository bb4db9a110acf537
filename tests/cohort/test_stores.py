"""A prepared collection is analysed trial by trial; halves of a killed run are thrown away."""

import json

import pytest

from gaitsmith.cohort.find import find
from gaitsmith.cohort.run import analyze_folder
from gaitsmith.cohort.sweep import sweep
from gaitsmith.cohort.work import job_of, work
from gaitsmith.virtual import cohort as walkers

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One virtual person at two speeds, as `gaitsmith virtual cohort` writes it."""
    made = tmp_path_factory.mktemp("prepared") / "store"
    todo = walkers.jobs(1, [1.0, 1.4], seed=3, seconds=6.0)
    walkers.cohort(todo, made, cores=1, streams=["angles"])
    return made


def test_the_trials_of_a_store_are_its_recordings(store):
    items, left = find(store)
    assert len(items) == 2
    assert left == []
    assert all(i.trial == i.name for i in items)
    assert len({i.digest() for i in items}) == 2
    # Below another folder they have its name before theirs.
    below, _ = find(store.parent)
    assert [i.name for i in below] == [f"store/{i.name}" for i in items]


def test_a_file_of_that_name_that_is_no_store_changes_nothing(tmp_path):
    (tmp_path / "store.json").write_text(json.dumps({"walks": 3}))
    (tmp_path / "w.mot").write_text("x")
    assert {i.name for i in find(tmp_path)[0]} == {"store.json", "w.mot"}


def test_a_trial_is_analysed(store, tmp_path):
    item = find(store)[0][0]
    row = work(job_of(item, {"mass": 61.0}, {}, reports=False), str(tmp_path))
    assert row["status"] == "done"
    assert row["values"]["strides_left"] >= 3
    assert row["values"]["mass"] == 61.0


def test_halves_of_a_killed_run_go_and_nothing_else(store, tmp_path):
    out = tmp_path / "out"
    job = job_of(find(store)[0][0], {}, {}, reports=False)
    recordings = out / "recordings"
    half = recordings / f".{job.folder}.y4ds4s13"
    half.mkdir(parents=True)
    (half / "report.html").write_text("half")
    state = out / "state"
    state.mkdir()
    gone = [half, state / f".{job.key}.json.abcd_123.json", out / ".cohort.html.abcd_123.html"]
    kept = [recordings / ".somebody.y4ds4s13", recordings / f".{job.folder}.mine", out / ".notes"]
    for path in (*gone[1:], *kept):
        path.write_text("x")
    sweep(out, [job])
    assert not any(p.exists() for p in gone)
    assert all(p.exists() for p in kept)


def test_a_resumed_run_leaves_no_halves(store, tmp_path):
    out = tmp_path / "out"
    (out / "state").mkdir(parents=True)
    for item in find(store)[0]:
        job = job_of(item, {}, {}, reports=False)
        assert work(job, str(out))["status"] == "done"
        (out / "recordings" / f".{job.folder}.y4ds4s13").mkdir()
    outcome = analyze_folder(store, out, reports=False)
    assert outcome.reused == 2
    assert not list((out / "recordings").glob(".*"))
    assert (out / "cohort.html").is_file()
