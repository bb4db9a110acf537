"""Prepare, train, evaluate: three commands, on files in the layouts that users download."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

from gaitsmith.cli import main
from gaitsmith.datasets import Store
from gaitsmith.errors import GaitsmithError, MissingInputError
from gaitsmith.models.base import open_model
from gaitsmith.models.speed.network_config import DiffusionConfig
from gaitsmith.models.speed.units import JOINTS
from gaitsmith.studies.evaluate_speed import evaluate, text
from gaitsmith.studies.speed_sequences import divided, sequences, walks
from gaitsmith.studies.train_speed import plan, shipped_settings
from gaitsmith.training import TrainConfig
from gaitsmith.virtual import average_person, walker
from tests.datasets.makers import ABOUT
from tests.studies import speed_files
from tests.studies.speed_files import steady

TINY = """
[model]
samples = {samples}
{model}
[train]
steps = 4
val_every = 2
batch = 4
[data]
pairs = 20
valid_pairs = 6
"""
DIFFUSION = "crop = 40\npatch = 4\nwidth = 8\nlayers = 1\nheads = 1\nfeedforward = 8\nsampling_steps = 2\nlstm = 4\n"


def run(capsys, *arguments):
    """Exit code, standard output and error."""
    code = 0
    try:
        main(list(map(str, arguments)))
    except SystemExit as end:
        code = end.code or 0
    out = capsys.readouterr()
    return code, out.out, out.err


def three_commands(capsys, tmp_path, name, samples, *, kind="diffusion", model=DIFFUSION):
    """The three commands of docs/train-your-own.md; returns what the last one says."""
    config = tmp_path / "speed.toml"
    config.write_text(TINY.format(samples=samples, model=model))
    store, out = tmp_path / "store", tmp_path / "run"
    code, _, err = run(capsys, "data", "prepare", name, tmp_path / "raw", store)
    assert code == 0, err
    code, _, err = run(capsys, "train", "speed", "--data", store, "--config", config, "--model", kind, "--out", out)  # fmt: skip
    assert code == 0, err
    assert str(out / "model") in err
    code, words, err = run(capsys, "evaluate", "speed", "--model", out, "--data", store, "--json")
    assert code == 0, err
    return store, out, json.loads(words)


@pytest.fixture(scope="module")
def camargo(tmp_path_factory):
    pytest.importorskip("matio")
    root = tmp_path_factory.mktemp("camargo")
    for person in range(6, 11):
        speed_files.camargo(root / "raw", person, (0.8, 1.4), 30.2)
    return root


def test_camargo_from_files_to_scores(camargo, capsys):
    store, out, said = three_commands(capsys, camargo, "camargo2021", 600)
    people = json.loads((out / "people.json").read_text())
    assert [len(people[k]) for k in ("train", "valid", "test")] == [3, 1, 1]
    model = open_model(out / "model")
    assert set(model.card.trained_on) == {*people["train"], *people["valid"]}
    assert "CC BY 4.0" in model.card.terms
    part = said["sequences"]
    assert (part["people"], part["pairs"], said["people_left_out"]) == (1, 2, 4)
    assert list(part["by_person_deg"]) == people["test"]
    assert part["mae_deg"]["copy"]["all"] < part["mae_deg"]["model"]["all"], "hardly trained"
    # People learnt from are refused by name.
    code, _, err = run(capsys, "evaluate", "speed", "--model", out, "--data", store, "--person", people["train"][0])  # fmt: skip
    assert code == 2
    assert "learnt from these people" in err
    code, _, err = run(capsys, "train", "speed", "--data", store, "--out", out)
    assert code == 2
    assert "--resume" in err
    # The published protocol on those who were kept, beside every simple predictor.
    code, words, err = run(capsys, "benchmark", "speed", "--data", store, "--run", out)
    assert code == 0, err
    assert "1 people at 0.8, 1.4 m/s" in err
    for row in ("| copy |", "| statistical default |", "| run |", "rank (control)"):
        assert row in words
    code, _, err = run(capsys, "benchmark", "speed", "--data", store, "--run", store)
    assert code == 2
    assert "not a run that has ended" in err
    # A run that has ended is lengthened.
    code, _, err = run(capsys, "train", "speed", "--data", store, "--config", camargo / "speed.toml",
                       "--out", out, "--resume", "--steps", "6")  # fmt: skip
    assert code == 0, err
    assert "going on from step 4 of 6" in err


def test_the_default_is_scored_on_the_same_files(camargo, capsys, tmp_path):
    code, _, err = run(
        capsys, "data", "prepare", "camargo2021", camargo / "raw", tmp_path / "store"
    )
    assert code == 0, err
    code, words, err = run(
        capsys, "evaluate", "speed", "--model", "speed-statistical", "--data", tmp_path / "store"
    )
    assert code == 0, err
    assert "5 people, 20 pairs" in words  # two legs, there and back
    assert "5 people, 10 pairs" in words
    assert "90 % bands hold" in words


def test_the_default_is_fitted_to_ones_own_people(camargo, capsys, tmp_path):
    store, out, config = tmp_path / "store", tmp_path / "run", tmp_path / "speed.toml"
    run(capsys, "data", "prepare", "camargo2021", camargo / "raw", store)
    asked = ("train", "speed", "--model", "statistical", "--data", store, "--out", out)
    code, _, err = run(capsys, *asked)
    assert code == 0, err
    assert "4 people" in err
    assert "1 people are kept" in err
    people = json.loads((out / "people.json").read_text())
    assert set(open_model(out / "model").card.trained_on) == set(people["train"])
    code, words, err = run(capsys, "evaluate", "speed", "--model", out, "--data", store, "--json")
    assert code == 0, err
    said = json.loads(words)
    assert said["people_left_out"] == 4
    assert list(said["curves"]["by_person_deg"]) == people["test"]
    # It changes a recording's speed, another one than the bundled model would.
    walk = tmp_path / "walk.mot"
    walker(average_person("male"), 1.2, 4.0).select("angles").write(walk)
    for name, options in (("own", ("--model", out)), ("bundled", ())):
        code, _, err = run(capsys, "speed", walk, "--to", "1.0", "-o", tmp_path / name, *options)
        assert code == 0, err
    own, bundled = (
        json.loads((tmp_path / n / "speed.json").read_text())["curves"] for n in ("own", "bundled")
    )
    assert own != bundled
    code, _, err = run(capsys, "speed", walk, "--to", "1.0", "--model", "forces-completion", "-o", tmp_path / "no")  # fmt: skip
    assert code == 2
    assert "not a model that changes a recording" in err
    # A second run into the same folder, and options of networks, are refused.
    code, _, err = run(capsys, *asked)
    assert code == 2
    assert "--out" in err
    code, _, err = run(capsys, *asked[:-1], tmp_path / "other", "--steps", "5")
    assert code == 2
    assert "--steps" in err
    # Nobody kept: all are learnt from.
    config.write_text("[data]\ntest = 0\n")
    code, _, err = run(capsys, *asked[:-1], tmp_path / "all", "--config", config)
    assert code == 0, err
    assert len(json.loads((tmp_path / "all" / "people.json").read_text())["train"]) == 5


def test_sequences_follow_the_belt(camargo, tmp_path):
    from gaitsmith.datasets import prepare

    prepare("camargo2021", camargo / "raw", tmp_path / "s")
    found = sequences(tmp_path / "s")
    assert sorted(set(np.round(found.sequences.speed, 2))) == [0.8, 1.4]
    assert found.sequences.angles.shape == (10, 600, 6)
    row = int(np.flatnonzero((found.sequences.person == "camargo2021/AB06") & (found.sequences.speed < 1))[0])  # fmt: skip
    t, columns, _ = steady(6, 0.8, 32.2, 200.0)
    # The belt keeps its speed (to 1 cm/s) from a little before two seconds on.
    plateaus = Store(tmp_path / "s").recording("camargo2021/AB06-treadmill_01_01").angles.attrs["belt_speed"]  # fmt: skip
    start = next(a for a, _, v in plateaus if v == 0.8)
    assert 1.9 < start < 2.0
    truth = np.interp(np.ceil(start * 200) / 200 + np.arange(600) / 20, t, columns["knee_angle_l"])
    np.testing.assert_allclose(found.sequences.angles[row][5:-5, 2], truth[5:-5], atol=0.3)


def test_fukuchi_from_files_to_scores(capsys, tmp_path):
    for person in range(5):
        for trial, speed in enumerate((0.8, 1.3)):
            walk = speed_files.fukuchi(tmp_path / "raw", person, trial + 1, speed, 8.2)
    store, out, said = three_commands(capsys, tmp_path, "fukuchi2018", 160, kind="tcn", model="width = 4\nlayers = 1\n")  # fmt: skip
    assert said["sequences"]["pairs"] == 2
    assert Store(store).trials["speed"].isna().all()
    found = sequences(store, samples=160).sequences
    # The belt's speed is measured from the feet; the angles from the markers.
    assert found.speed[-1] == pytest.approx(1.3, abs=0.06)
    times = np.arange(160) / 20
    truth = np.interp(times, walk.angles.times, walk.angles["knee_angle_r"])
    gap = found.angles[-1][:, 3] - truth
    assert gap[5:-5].std() < 2.0
    assert (out / "log.csv").is_file()
    # They share no two speeds to the centimetre: each one's own slow and fast walk are asked for.
    code, words, err = run(capsys, "benchmark", "speed", "--data", store, "--run", out)
    assert code == 0, err
    assert "1 people at 0.7" in err
    for row in ("| copy |", "| statistical default |", "| run |"):
        assert row in words
    code, words, err = run(capsys, "benchmark", "speed", "--data", store, "--run", out, "--json")
    assert json.loads(words)["each_ones_own_speeds"]


# --- parts ---------------------------------------------------------------------------------------


def test_people_are_divided_in_proportion():
    names = [f"p{i:02d}" for i in range(22)]
    parts = divided(names, (13, 4, 5), 0)
    assert [len(p) for p in parts] == [13, 4, 5]
    assert sorted(p for part in parts for p in part) == names
    assert divided(names[::-1], (13, 4, 5), 0) == parts
    assert divided(names, (13, 4, 5), 1) != parts
    assert [len(p) for p in divided(names[:3], (13, 4, 5), 0)] == [1, 1, 1]
    assert [len(p) for p in divided(names[:10], (13, 4, 0), 0)] == [8, 2, 0]
    with pytest.raises(MissingInputError, match="too few people"):
        divided(names[:2], (13, 4, 5), 0)


def test_the_grid_holds_what_everybody_walked():
    from gaitsmith.models.speed.sequences import Sequences
    from gaitsmith.studies.speed_store import common_speeds, grid

    def of(*each):
        rows = [(f"p{i}", v) for i, speeds in enumerate(each) for v in speeds]
        angles = np.random.default_rng(0).normal(0, 20, (len(rows), 120, 6))
        return Sequences(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), angles)

    published = [0.55, 0.8, 1.05, 1.3]
    assert common_speeds(of([*published, 1.0], [0.5, *published, 1.0])) == tuple(published)
    wide = [0.3 + 0.15 * i for i in range(13)]
    assert common_speeds(of(wide, wide)) == (0.3, 0.6, 1.05, 1.35, 1.8, 2.1)
    assert common_speeds(of([0.701, 1.2], [0.7, 1.2, 1.4])) == (0.7, 1.2)
    with pytest.raises(MissingInputError, match="share no two speeds"):
        common_speeds(of([0.7, 1.2], [0.8, 1.2]))
    made, speeds, true = grid(of([0.7, 0.72, 0.9, 1.3], [0.8, 1.0, 1.6]))
    assert speeds == (0.75, 0.95, 1.45)
    assert (true["p0", 0.95], true["p1", 1.45]) == (0.9, 1.6)
    assert list(made.speed) == [*speeds, *speeds]
    with pytest.raises(MissingInputError, match="has but one"):
        grid(of([0.7, 1.2], [0.8, 0.81]))


def test_walks_that_cannot_be_used_say_why():
    from gaitsmith.recording import Recording, Stream

    def made(seconds=31.0, drop=(), hole=0, **attrs):
        _, columns, _ = steady(0, 1.0, seconds, 100.0)
        columns = {k: v.copy() for k, v in columns.items() if k not in drop}
        columns["knee_angle_r"][100 : 100 + hole] = np.nan
        data = np.column_stack(list(columns.values()))
        return Recording(streams={"angles": Stream("angles", data, tuple(columns), rate=100.0, attrs=attrs)})  # fmt: skip

    assert walks(made(), 1.0)[0][1].shape == (600, 6)
    short = walks(made(hole=8), 1.0)[0][1]
    np.testing.assert_allclose(short, walks(made(), 1.0)[0][1], atol=3.0)
    for recording, word in (
        (made(20.0), "shorter than 30 s"),
        (made(drop=("ankle_angle_l",)), "no ankle_angle_l"),
        (made(hole=60), "missing for too long"),
        (made(belt_speed=[[0.0, 12.0, 1.0]]), "no belt speed is kept"),
        (Recording(), "shorter than"),
    ):
        with pytest.raises(GaitsmithError, match=word):
            walks(recording, 1.0)


def test_settings_come_from_the_kind_the_file_and_the_command(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[train]\nlr = 0.1\nsteps = 7\n[data]\ntrain = 3\n")
    made = plan("tcn", path, steps=9)
    assert (made.train.lr, made.train.steps, made.data.train, made.data.test) == (0.1, 9, 3, 5)
    assert made.model.width == 64
    for kind in ("diffusion", "mlp", "tcn"):
        assert plan(kind).model.samples == 600
    paper = plan("diffusion", Path("diffusion-paper"))
    assert (paper.model.width, paper.model.prediction) == (256, "epsilon")
    # Settings that ship and are named are taken alone.
    for name in ("paper", "cpu-published", "cpu", "virtual"):
        named = plan("diffusion", Path(f"diffusion-{name}"))
        alone = tomllib.loads(shipped_settings()[f"diffusion-{name}"])
        assert named.model == DiffusionConfig.from_dict(alone["model"])
        assert named.train == TrainConfig.from_dict(alone["train"])
    assert (paper.model.aligned, paper.train.schedule, paper.train.warmup) == (False, "constant", 0)
    assert plan("tcn", Path("tcn-virtual")).train.steps == 3000
    with pytest.raises(GaitsmithError, match="tcn or tcn-virtual for --model tcn"):
        plan("tcn", Path("mlp"))
    path.write_text("[model]\naligned = true\n")
    with pytest.raises(GaitsmithError, match="crop -1 of 600"):
        plan("tcn", path)
    path.write_text("[model]\naligned = true\ncrop = 600\n")
    with pytest.raises(GaitsmithError, match="in phase"):
        plan("diffusion", path)
    with pytest.raises(GaitsmithError, match="diffusion-paper"):
        plan("diffusion", Path("diffusion-papr"))
    path.write_text("[trian]\nlr = 0.1\n")
    with pytest.raises(GaitsmithError, match="did you mean 'train'"):
        plan("mlp", path)


@pytest.fixture(scope="module")
def curves(shared, tmp_path_factory):
    """gait_signatures and a part of lencioni2019, prepared."""
    from gaitsmith.datasets import Writer, prepare

    path = tmp_path_factory.mktemp("curves") / "store"
    prepare("gait_signatures", shared, path)
    with Writer(path) as writer:
        writer.begin(replace(ABOUT, name="lencioni2019"))
        for i, name in enumerate(open_model("speed-statistical").card.trained_on[:3]):
            writer.add("lencioni2019", f"{i}-curves", name.rpartition("/")[2], made_curves(i))
    return path


def made_curves(seed):
    from gaitsmith.datasets import Curves

    t = np.linspace(0, 2 * np.pi, 101)
    one = np.stack([15 + 20 * np.cos(t), 28 - 14 * np.cos(2 * t), 3 + 8 * np.sin(t)], axis=-1)
    rows = {"speed": [0.8, 0.85, 1.3], "side": ["left"] * 3, "cadence": [100.0, 101.0, 118.0], "task": ["walking"] * 3}  # fmt: skip
    return Curves(np.stack([one * (1 + 0.1 * k + 0.01 * seed) for k in range(3)]), JOINTS, ("deg",) * 3,
                  np.linspace(0, 100, 101), "stride", "mean", rows, attrs={"standing": dict.fromkeys(JOINTS, 0.0)})  # fmt: skip


def test_people_known_to_the_default_are_not_scored(curves):
    with pytest.raises(GaitsmithError, match="learnt from everybody"):
        evaluate("speed-statistical", curves, sets=("lencioni2019",), pairs=2)
    known = open_model("speed-statistical").card.trained_on[0]
    with pytest.raises(GaitsmithError, match="learnt from these people"):
        evaluate("speed-statistical", curves, people=(known,))
    said = evaluate("speed-statistical", curves, pairs=2)
    assert said["people_left_out"] == 3
    assert all(p.startswith("gait_signatures/") for p in said["curves"]["by_person_deg"])


def test_the_default_on_people_of_another_laboratory(curves):
    said = evaluate("speed-statistical", curves, sets=("gait_signatures",), pairs=30)
    part = said["curves"]
    assert part["people"] == 8
    assert part["mae_deg"]["model"]["all"] < part["mae_deg"]["copy"]["all"]
    assert "8 people" in text(said)
    assert "Cadence error: not known" in text(said)
    assert "no walk of 30 s" in text(said)
