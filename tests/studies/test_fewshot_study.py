"""The few-shot study: nobody on both sides, honest tables, a page from the figures alone."""

import json

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.fewshot.calibration import held_out
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShotConfig
from gaitsmith.studies import fewshot as study
from gaitsmith.studies import fewshot_cycles as sets
from gaitsmith.studies import fewshot_page as page
from gaitsmith.studies import fewshot_tally as tally
from gaitsmith.studies.fewshot_natural import told_apart
from gaitsmith.studies.fewshot_repair import mean_stride
from tests.models.fewshot_people import one


def test_folds_hold_everybody_once():
    names = [f"p{i}" for i in range(11)]
    tested = []
    for learn, test in study.folds(names):
        assert not set(learn) & set(test)
        assert set(learn) | set(test) == set(names)
        tested += test
    assert sorted(tested) == sorted(names)


def test_support_and_queries_never_overlap():
    rng = np.random.default_rng(0)
    ordered = one("a", rng, count=20, ordered=True)
    support, queries = held_out(ordered, 5, rng)
    assert support.max() < 10 <= queries.min()
    loose = one("a", rng, count=9)
    support, queries = held_out(loose, 5, rng)
    assert not set(support) & set(queries)
    assert len(support) + len(queries) == 9


@pytest.fixture(scope="module")
def figures():
    rebuilt = study.Tally()

    def keep(model, everyone, test):
        for u in everyone.of_people(test).units_of_learning():
            study._reconstruction(rebuilt, model, u, draws=1, queries=1)

    out = study._generation(
        Cycles.joined([one(f"p{i}", np.random.default_rng(i), count=8) for i in range(10)]),
        FewShotConfig(),
        lambda _: None,
        keep,
        draws=3,
    )
    return {"seven curves": {"people": 10, "cycles": 80, **out, "reconstruction": study._rebuilt(rebuilt)}}  # fmt: skip


def test_the_default_stands_with_shrinkage_where_directions_are_alike(figures):
    # These people differ in every direction as their strides do: shrinkage is then the best there is.
    rows = figures["seven curves"]["mse_z"]["1"]
    assert rows["default"] < 1.03 * rows["shrinkage"]
    assert rows["default"] < rows["support mean"] < rows["population mean"]
    assert rows["default"] > figures["seven curves"]["floor"]
    gap = figures["seven curves"]["minus_shrinkage"]["1"]
    assert gap["mean"] == pytest.approx(rows["default"] - rows["shrinkage"])
    assert gap["better"] == sum(v < 0 for v in gap["by_person"].values())


def test_the_page_says_the_figures(figures, tmp_path):
    page.write({"lencioni2019": figures}, tmp_path)
    words = (tmp_path / "fewshot.md").read_text("utf-8")
    kept = json.loads((tmp_path / "fewshot.json").read_text("utf-8"))
    value = figures["seven curves"]["mse_z"]["1"]["default"]
    assert f"| default | {value:.3f} |" in words
    assert kept["lencioni2019"]["seven curves"]["mse_z"]["1"]["default"] == pytest.approx(value)
    # A part that is run again replaces its own figures only.
    page.write({"repair": {}}, tmp_path)
    assert "lencioni2019" in json.loads((tmp_path / "fewshot.json").read_text("utf-8"))


def test_interpolation_goes_round_the_stride():
    at = 2 * np.pi * np.arange(101) / 100
    cycle = np.stack([np.sin(at), np.cos(at)], axis=1)
    seen = np.ones(cycle.shape, bool)
    seen[90:, 0] = False
    seen[:8, 1] = False
    for cubic, least in ((False, 0.1), (True, 0.01)):
        assert np.abs(tally.interpolated(cycle, seen, cubic=cubic) - cycle).max() < least


def test_two_samples_are_told_apart_only_where_they_differ():
    rng = np.random.default_rng(0)
    who = [f"p{i % 6}" for i in range(180)]
    same = told_apart(rng.standard_normal((180, 8)), rng.standard_normal((180, 8)), who)
    wide = told_apart(rng.standard_normal((180, 8)), 2.5 * rng.standard_normal((180, 8)), who)
    assert 0.4 < np.mean(list(same.values())) < 0.6
    assert np.mean(list(wide.values())) > 0.8


def test_mean_stride_of_a_periodic_signal_is_the_signal():
    from gaitsmith.models.fewshot.ways import Gap

    t = np.arange(600)
    data = np.stack([np.sin(2 * np.pi * t / 100), np.cos(4 * np.pi * t / 100)], axis=1)
    hurt = data.copy()
    hurt[250:290] = np.nan
    np.testing.assert_allclose(mean_stride(hurt, Gap(250, 290, (0, 1)), 100), data[250:290], atol=1e-9)  # fmt: skip


def test_wrong_parts_and_sets_are_refused(tmp_path):
    with pytest.raises(GaitsmithError, match="part"):
        study.run(tmp_path, ["hugadbb"])
    with pytest.raises(GaitsmithError, match="not in this folder"):
        sets.hugadb(tmp_path)
    with pytest.raises(GaitsmithError, match="no cycles are made"):
        sets.of(tmp_path, "elepap")


def test_frozen_weights_are_not_scored_on_whom_they_learnt_from(shared):
    with pytest.raises(GaitsmithError, match="learnt from"):
        study.evaluate("fewshot-angles", shared, "lencioni2019")


def test_networks_that_are_kept_are_not_trained_again(tmp_path):
    pytest.importorskip("torch")
    from gaitsmith.studies import fewshot_compare as compare
    from gaitsmith.studies.fewshot_tally import number

    cycles = Cycles.joined([one(f"p{i}", np.random.default_rng(i), count=8) for i in range(10)])
    stem = f"{sets.digest(cycles)}-{compare.STEPS}"
    _, test = next(study.folds(cycles.people))
    kinds = {"generation": ["generation"], "reconstruction": ["span", "half", "sensor", "noise"]}
    for mode, some in kinds.items():
        for i, name in enumerate(compare.METHODS):
            errors = {f"{kind} {name}|{k}": {p: [0.1 * (i + 1)] for p in test} for kind in some for k in (1, 5)}  # fmt: skip
            (tmp_path / f"{stem}-0-{mode}-{name.replace(' ', '-')}.json").write_text(json.dumps({"errors": errors, "way": None}))  # fmt: skip
    out = compare.compare(cycles, lambda _: None, keep=tmp_path, kept_only=True)
    assert out["folds"] == {"generation": 1, "reconstruction": 1}
    assert out["span"]["1"]["people"] == len(test)
    assert out["generation"]["5"]["mse_z"]["maml order 2"] == pytest.approx(0.2)
    gap = out["half"]["1"]["maml_minus"]["maml order 1"]["scratch"]
    assert gap["mean"] == pytest.approx(-0.3)
    words = page.text({"networks": out})
    assert "held in generation" in words
    assert number(cycles.take([0])) != number(cycles.take([8]))


def test_children_are_measured_and_never_written(tmp_path):
    page.write({"elepap_children": {"people": 1}}, tmp_path)
    assert "elepap" not in (tmp_path / "fewshot.json").read_text("utf-8")
    assert "elepap_children" in study.PARTS
    assert "elepap_children" in study.PRINTED


def test_the_picture_of_the_bands_shows_what_is_there():
    from gaitsmith.studies.fewshot_reliability import figure

    assert figure({}) is None
    held = {"0.5": {"mean": 0.48}, "0.9": {"mean": 0.91}}
    gap = {"gaps": 4, "filled": 0.5, "cover 50": 0.6, "cover 90": 0.8}
    facts = {"hugadb": {"coverage": {"1": held, "5": held}}, "repair": {"a/b_c": {"all": gap, "one": gap | {"filled": 1.0, "cover 90": 0.95}}}}  # fmt: skip
    found = figure(facts)
    assert [p.title for p in found.panels] == ["Next stride", "Gap in a recording"]
    np.testing.assert_allclose(found.panels[0].curves[1].y, [48.0, 91.0])
    # Weighted by what was filled.
    np.testing.assert_allclose(found.panels[1].curves[1].y, [60.0, 90.0])
