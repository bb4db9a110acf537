"""The phase study on two made-up people: measures, folds, labels, the page, training and transfer."""

import json
from pathlib import Path

import numpy as np
import pytest

from gaitsmith.events import Event, Events
from gaitsmith.models.phase.config import PhaseConfig
from gaitsmith.models.phase.frame import foot_signal
from gaitsmith.models.phase.labels import labels
from gaitsmith.models.phase.model import Output
from gaitsmith.studies import phase_limits, phase_page
from gaitsmith.studies.phase_data import Walk, digest, folds, voisard2023
from gaitsmith.studies.phase_evaluate import _against, _in_movements, evaluate
from gaitsmith.studies.phase_measures import Said, people, pooled
from gaitsmith.studies.phase_methods import rules
from gaitsmith.studies.phase_recipe import Recipe
from gaitsmith.studies.phase_runs import Runs, chosen, said_of
from tests.models.test_phase import feet, recording

TINY = Recipe(steps=3, batch=2, length=120, burn=20, warmup=1, half=False)


def walk(person="1", trial="1-1", seed=0, seconds=14.0) -> Walk:
    _, x, strikes = feet(seconds, seed=seed)
    foot = foot_signal(recording(x), "right")
    rows = [Event(4.0, None, "start", "manual"), Event(float(strikes[-1]), None, "stop", "manual")]
    rows += [Event(float(t), "right", "strike", "manual") for t in strikes]
    rows += [Event(float(t) - 0.4, "right", "off", "manual") for t in strikes]
    truth = labels(Events([*rows, Event(8.0, None, "turn", "manual", 1.0, 1.5)]), "right", foot.times)  # fmt: skip
    return Walk(person, trial, "healthy", foot, truth, "right")


def perfect(w: Walk, late: float = 0.0) -> Said:
    percent = np.nan_to_num(w.truth.percent)
    return Said(percent, w.truth.stance, w.truth.strikes + late, w.truth.offs + late)


class TestMeasures:
    def test_the_truth_scores_full(self):
        w = walk()
        row = pooled([w], [perfect(w)])
        assert row["macro_f1"] == row["accuracy_straight"] == row["accuracy_turns"] == 1.0
        assert row["rmse_percent"] == row["missed_percent"] == row["spurious_percent"] == 0.0
        assert row["ticks"] == w.truth.scored.sum()

    def test_lateness_is_measured(self):
        w = walk()
        row = pooled([w], [perfect(w, 0.02)])
        assert row["median_ms"] == pytest.approx(20.0)
        assert row["bias_ms"] == pytest.approx(20.0)
        assert row["missed_percent"] == 0.0

    def test_extra_and_missing_events(self):
        w = walk()
        said = perfect(w)
        extra = Said(said.percent, said.stance, np.append(said.strikes[1:], 7.0), said.offs)
        row = pooled([w], [extra])
        n = len(w.truth.strikes) + len(w.truth.offs)
        assert row["missed_percent"] == pytest.approx(100 / n)
        assert row["spurious_percent"] == pytest.approx(100 / n)

    def test_an_extra_event_in_the_turn_is_none_of_straight_walking(self):
        w = walk()
        said = perfect(w)
        at = 8.7
        assert np.abs(w.truth.strikes - at).min() > 0.1
        row = pooled([w], [Said(said.percent, said.stance, np.append(said.strikes, at), said.offs)])
        assert row["spurious_percent"] > 0
        assert row["spurious_percent_straight"] == 0

    def test_gait_percent_is_circular(self):
        w = walk()
        said = perfect(w)
        shifted = Said((said.percent + 98) % 100, said.stance, said.strikes, said.offs)
        assert pooled([w], [shifted])["rmse_percent"] == pytest.approx(2.0)

    def test_by_person(self):
        a, b = walk("1"), walk("2", "2-1", 1)
        bad = Said(np.zeros(len(b.x)), ~b.truth.stance, np.zeros(0), np.zeros(0))
        rows = people([a, b], [perfect(a), bad])
        assert rows["1"]["macro_f1"] == 1.0
        assert rows["2"]["macro_f1"] == 0.0


def test_folds_are_the_declared_ones():
    walks = [walk(str(p), f"{p}-1", seconds=7.0) for p in (1, 2, 4, 5, 7)]
    order = np.random.default_rng(0).permutation(5)
    names = np.array(["1", "2", "4", "5", "7"])[order]
    assert folds(walks, 5) == [[str(n)] for n in names]


def test_digest_depends_on_the_labels():
    a = walk()
    assert digest([a]) == digest([walk()])
    assert digest([a]) != digest([walk(seed=2)])


def test_rules_find_a_clean_walk():
    w = walk(seconds=20.0)
    for _, said in rules([w]).values():
        row = pooled([w], said)
        assert row["missed_percent"] < 15
        assert row["accuracy"] > 0.7


def test_the_state_machine_is_chosen_to_suit():
    w = walk()
    noisy = np.where(w.truth.stance, 0.9, 0.1)
    noisy[::17] = 0.5
    output = Output(np.nan_to_num(w.truth.percent), noisy, np.ones(len(w.x)), np.ones(len(w.x)))
    (config,) = chosen([w], [output], [[0]])
    assert pooled([w], [said_of(w, output, config)])["macro_f1"] > 0.99


class TestLimits:
    def test_a_lean_is_found_and_taken_off(self):
        w = walk()
        said = perfect(w)
        late = Said(said.percent, said.stance, said.strikes + 0.03, said.offs - 0.02)
        assert phase_limits.lean(w, late) == pytest.approx((0.03, -0.02))
        back = phase_limits.moved(w, late, phase_limits.lean(w, late))
        np.testing.assert_allclose(back.strikes, w.truth.strikes, atol=1e-9)
        here = w.truth.scored
        assert (back.stance[here] == w.truth.stance[here]).mean() > 0.995

    def test_averaging_is_circular_and_in_logits(self):
        a, b = (Output(np.array([p]), np.array([s]), np.array([1.0]), np.array([1.0])) for p, s in ((98.0, 0.9), (4.0, 0.5)))  # fmt: skip
        mean = phase_limits.averaged([a, b])
        assert mean.percent[0] == pytest.approx(1.0)
        assert mean.stance[0] == pytest.approx(0.75)
        assert mean.sure[0] == pytest.approx(np.cos(2 * np.pi * 0.03))

    def test_every_row_is_there(self, tmp_path):
        pytest.importorskip("torch")
        walks = [walk(str(p), f"{p}-1", seed=p, seconds=9.0) for p in range(1, 6)]
        part = phase_limits.run(walks, Runs(tmp_path), 2)
        titles = list(part["rows"])
        assert titles[0] == "seed 0"
        assert "3 times as long" in titles
        assert titles[-1].startswith("oracle")
        assert len(list(tmp_path.iterdir())) == 5 * 4
        phase_page.write({"limits": part}, tmp_path / "page")
        assert "| three seeds, mean |" in (tmp_path / "page/phase.md").read_text()


class TestTraining:
    def test_a_network_is_fitted_once_and_found_again(self, tmp_path):
        pytest.importorskip("torch")
        config = PhaseConfig(channels=4, blocks=2)
        said = []
        runs = Runs(tmp_path, said.append)
        a = runs.model([walk()], config, TINY, "tiny")
        b = runs.model([walk()], config, TINY, "tiny")
        assert a.digest() == b.digest()
        assert len(said) == 1
        other = Runs(tmp_path / "b").model([walk()], config, TINY, "tiny")
        assert other.digest() == a.digest()

    def test_a_few_steps_lower_the_loss(self):
        torch = pytest.importorskip("torch")
        from dataclasses import replace

        from gaitsmith.studies.phase_train import fit

        losses = []
        recipe = replace(TINY, steps=60, warmup=5)
        fit([walk()], PhaseConfig(channels=8, blocks=3), recipe, say=lambda _, p: losses.append(p["loss"]))  # fmt: skip
        assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])
        assert torch.is_grad_enabled()

    def test_feature_transfer_moves_the_head_alone(self, tmp_path):
        pytest.importorskip("torch")
        from gaitsmith.studies.phase_transfer import transferred

        config = PhaseConfig(network="dense", hidden="8-6", window=10)
        runs = Runs(tmp_path)
        made = transferred(runs, [walk()], [walk()], (config, TINY), features=True)
        (first,) = [p for p in tmp_path.iterdir() if p.name.startswith("dense-regression")]
        from gaitsmith.models.phase.model import PhaseModel

        base = PhaseModel.from_pretrained(first)
        np.testing.assert_allclose(made.weights["dense.0.weight"], base.weights["dense.0.weight"])
        assert np.abs(made.weights["head.weight"] - base.weights["head.weight"]).max() > 0

    def test_crops_of_a_lagging_network_lag(self):
        pytest.importorskip("torch")
        from gaitsmith.studies.phase_train import Crops

        plain = Recipe(batch=1, length=300, burn=0, warp=0.0, noise=0.0, gain=0.0, turn_deg=0.0, tilt_deg=0.0)  # fmt: skip
        now = Crops([walk()], PhaseConfig(), plain).draw(np.random.default_rng(3))
        late = Crops([walk()], PhaseConfig(lookahead=7), plain).draw(np.random.default_rng(3))
        np.testing.assert_array_equal(now[0], late[0])
        np.testing.assert_array_equal(now[1][0, :-7], late[1][0, 7:])


class TestEvaluate:
    def test_strikes_in_marked_movements(self):
        marked = [[1.0, 2.0], [1.9, 3.0], [4.0, 5.0]]
        assert _in_movements(np.array([1.95, 2.5, 4.2, 4.8, 6.0]), marked) == (3, 3, 1, 1)
        assert _in_movements(np.array([1.95, 1.96]), marked) == (3, 2, 0, 0)

    def test_labels_on_a_stretch_judge_only_there(self):
        from gaitsmith.models.phase.api import FootPhase

        w = walk()
        none = np.zeros(0)
        strikes = np.concatenate([w.truth.strikes, [1.0, 6.9]])
        f = FootPhase(w.foot, none, none > 0, none > 0, none, none, np.sort(strikes), w.truth.offs)
        truth = {("strike", "right"): w.truth.strikes, ("off", "right"): w.truth.offs}
        row = _against({"right": f}, truth, 0.05)
        assert row["strike"]["missed_percent"] == 0
        assert row["strike"]["spurious_percent"] == pytest.approx(100 / len(w.truth.strikes))

    @pytest.mark.shared
    def test_frozen_weights_on_another_device(self, shared):
        result = evaluate(shared, "phase-foot", ["gaitmap_example"])
        row = result["sets"]["gaitmap_example"]["sample"]
        assert row["strike"]["missed_percent"] < 5
        assert row["off"]["spurious_percent"] < 5


@pytest.mark.shared
def test_the_loader_of_hand_checked_walks(shared):
    from gaitsmith.studies import phase_data

    rows = []
    for row in phase_data.recordings(shared, "voisard2023"):
        rows.append(row)
        if len(rows) == 2:
            break
    assert rows[0][0]
    assert {"imu_foot_l", "imu_foot_r"} <= set(rows[0][3].streams)
    assert callable(voisard2023)


def test_the_page_is_written_from_its_figures(tmp_path: Path):
    w = walk()
    row = {**pooled([w], [perfect(w)]), "title": "a model", "causal": "yes", "delay": {"median_ms": 5.0, "p90_ms": 20.0},
           "by_person": {"1": pooled([w], [perfect(w)])}}  # fmt: skip
    other = {**row, "title": "a rule", "default_minus_this_f1": {"mean": 0.01, "low": 0.0, "high": 0.02}}  # fmt: skip
    result = {"models": {"people": 1, "trials": 1, "data_digest": "d", "folds": [["1"]], "methods": {"tcn": row, "rule": other}}}  # fmt: skip
    phase_page.write(result, tmp_path)
    text = (tmp_path / "phase.md").read_text()
    assert "| a rule | no | 1.0000 |" in text
    assert "+0.0100 [+0.0000, +0.0200]" in text
    kept = json.loads((tmp_path / "phase.json").read_text())
    assert kept["models"]["methods"]["tcn"]["macro_f1"] == 1.0


def test_the_harness_fits_the_same_crops_and_loss(tmp_path):
    pytest.importorskip("lightning")
    from gaitsmith.studies.phase_task import PhaseTask
    from gaitsmith.training import TrainConfig, fit

    task = PhaseTask([walk()], [walk("2", "2-1", 1)], PhaseConfig(channels=4, blocks=2), TINY, "made so")  # fmt: skip
    made = fit(task, TrainConfig(steps=3, batch=1, lr=1e-3, val_every=2), tmp_path / "run")
    assert made.parameters > 100
    assert made.card.trained_on == ("voisard2023/1",)
    assert made.raw(walk().x).shape == (1400, 4)
