"""A finished cohort in counts, without a word of its recordings."""

import json

import pytest
from benchmarks import cohort as benchmark

from gaitsmith.cohort import analyze_folder
from gaitsmith.virtual import average_person, walker

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("a/secret.csv: no column of the table says what it is; found: anna; expected: x; what to do: y", "no column of the table says what it is"),
        ("walk: no walking was found: the person stays in place; found: 0.01 m", "no walking was found: the person stays in place"),
        ("/x/y.c3d, byte 7: the parameter section is broken", "the parameter section is broken"),
        ("no words", "no words"),
    ],
)  # fmt: skip
def test_the_problem_of_a_reason(reason, problem):
    assert benchmark.problem_of(reason) == problem


def test_a_finished_folder_is_summed_up(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    walk = walker(average_person("female"), 1.2, seconds=4.0).select("angles")
    walk.write(folder / "anna.mot")
    for name in ("secret-one", "secret-two"):
        (folder / f"{name}.csv").write_text("rumour,whisper\n1,2\n3,4\n")
    (folder / "readme.md").write_text("about them")
    analyze_folder(folder, tmp_path / "out", jobs=1, reports=False)
    said = [
        "cohort",
        "--finished",
        str(tmp_path / "out"),
        "--name",
        "real",
        "--page",
        str(tmp_path / "page"),
    ]
    monkeypatch.setattr("sys.argv", said)
    benchmark.main()
    facts = json.loads(capsys.readouterr().out)
    counts = {k: facts[k] for k in ("recordings", "done", "refused", "failed", "not_recordings")}
    assert counts == {"recordings": 3, "done": 1, "refused": 2, "failed": 0, "not_recordings": 1}
    assert list(facts["refused_because"].values()) == [2]
    page = (tmp_path / "page" / "real.md").read_text()
    assert "| analysed | 1 |" in page
    assert f"| refused: {next(iter(facts['refused_because']))} | 2 |" in page
    assert not any(word in page for word in ("anna", "secret", "rumour", "whisper", str(tmp_path)))


def test_forces_in_newtons_and_in_body_weights_never_share_a_column():
    import gaitsmith
    from gaitsmith.cohort.work import row_of
    from gaitsmith.virtual import average_person, walker

    walk = walker(average_person("male"), 1.2, 5.0).select("points", "forces")
    weighed = row_of(gaitsmith.analyze(walk))
    bare = walk.replace(subject=gaitsmith.Subject(height=1.75))
    bare = bare.with_stream(walk.forces.replace(data=walk.forces.data[:, :1], labels=walk.forces.labels[:1]), "forces")  # fmt: skip
    unweighed = row_of(gaitsmith.analyze(bare))
    assert any(k.startswith("vertical_peak_1_") and "newton" not in k for k in weighed)
    assert unweighed["mass"] is None
    assert not any(k.startswith("vertical_peak_1_") and "newton" not in k for k in unweighed)
    assert any("newton" in k for k in unweighed)
    assert all("newton" not in k for k in weighed)
