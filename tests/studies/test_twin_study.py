"""The twin's study: faults have their truth, rows are calibrated, what must stay private stays."""

import json
import re

import numpy as np
import pytest

from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.walks import CHANNELS
from gaitsmith.studies import twin, twin_alarms, twin_blame, twin_page
from gaitsmith.studies import twin_measure as measure
from gaitsmith.studies import twin_sets as sets
from gaitsmith.studies.twin_faults import KINDS, SIZES, inject, swap
from gaitsmith.studies.twin_people import statistical
from gaitsmith.studies.twin_rows import Row


@pytest.fixture(scope="module")
def walks():
    return statistical(reference_model().population(), 12, 3)


def test_faults_change_what_they_say_and_nothing_else(walks):
    made = inject(walks, 1)
    assert len(made.kind) == len(walks) * len(KINDS) * len(SIZES)
    away = np.abs(made.walks.curves - walks.curves[made.source]).max(axis=2)
    assert (away[~made.changed] == 0).all()
    assert (away[made.changed] > 0.3).all()
    knee = (made.kind == "stiff knee") & (made.size == "severe")
    np.testing.assert_allclose(away[knee].max(axis=1), 24.0, atol=0.2)
    # Mild, moderate, severe: each larger than the one before.
    sizes = np.array([away[made.size == s].max(axis=1).mean() for s in SIZES])
    assert (np.diff(sizes) > 0).all()


def test_a_fault_of_curves_that_were_not_recorded_is_left_out(walks):
    few = walks.curves.copy()
    few[:, CHANNELS.index("pelvis_list")] = np.nan
    made = inject(walks.replaced(curves=few), 1)
    assert set(made.kind) == set(KINDS) - {"hip hike"}


def test_slow_rows_see_few_people_and_say_so(walks):
    made, swaps = inject(walks, 1), swap(walks, reference_model().expected(walks.speed), 2, near=0.5)  # fmt: skip
    seen = []

    def scores(some):
        seen.append(set(some.person))
        return np.abs(some.curves).max(axis=2)

    rows = {"default": Row(scores, lambda _: 40.0), "slow": Row(scores, lambda _: 40.0)}
    part = measure.compared(rows, walks, made, swaps, slow=["slow"], few=3)
    assert set(part["rows"]) == {"default", "slow (3 of the people)"}
    assert [len(s) for s in seen] == [12, 12, 12, 3, 3, 3]
    assert part["rows"]["slow (3 of the people)"]["all"]["loc"]["people"] == 3


def test_a_swap_exchanges_one_curve_of_another_person_near_in_speed(walks):
    means = reference_model().expected(walks.speed)
    made = swap(walks, means, 2, near=0.2)
    assert (made.changed.sum(axis=1) == 1).all()
    away = np.abs(made.walks.curves - walks.curves[made.source]).max(axis=2)
    assert (away[~made.changed] == 0).all()


def test_a_small_study_has_every_row_and_a_page(tmp_path):
    part = twin.statistical_part(people=14, tested=4)
    assert {"default", "z", "PCA-Q", "Mahalanobis", "posture", "coordination"} <= set(part["rows"])
    row = part["rows"]["default"]
    assert row["severe"]["loc"]["mean"] > row["mild"]["loc"]["mean"] > 0.5
    # A swap is what coordination sees, and a z does not.
    assert part["rows"]["coordination"]["swap"]["mean"] > part["rows"]["z"]["swap"]["mean"]
    twin_page.write({"statistical": part, "elepap": {"secret": 1}}, tmp_path)
    page, kept = ((tmp_path / f"twin.{k}").read_text() for k in ("md", "json"))
    assert "secret" not in page + kept
    assert "elepap" not in kept
    # The page says in words that the part exists, and none of its figures.
    told = [p for p in page.split("\n\n") if "`elepap`" in p]
    assert len(told) == 1
    assert "## elepap" not in page
    assert not re.search(r"\d", told[0].replace("c3d", ""))
    assert "| default |" in page


def test_parts_that_were_not_run_stay_on_the_page(tmp_path):
    row = {"unusual": 1, "laboratory": 2, "usual": 0}
    part = {"people": 3, "size": 1.0, "speed_m_s": 1.2, "rows": {"none": {**row, "unusual": 0}, "stiff_knee": row}}  # fmt: skip
    people = {"lencioni2019": 18, "mcgill_children": 8}
    rows = {k: [0.04, 0.05] for k in (*people, "any twelve", "toe walking", "heel walking")}
    twin_page.write({"shipped": part}, tmp_path)
    twin_page.write({"thresholds": {"alphas": [0.05, 0.06], "people": people, "rows": rows}}, tmp_path)  # fmt: skip
    page = (tmp_path / "twin.md").read_text()
    assert "| stiff knee | 1 | 2 | 0 |" in page
    assert "Called unusual: 1 of 3 walks with a fault." in page
    assert "| toe walking: found | 0.040 | 0.050 |" in page
    made = json.loads((tmp_path / "twin.json").read_text())["made"]
    assert list(made["parts"]) == ["shipped", "thresholds"]


def test_the_bundled_reference_is_asked_as_the_command_asks_it():
    part = twin_alarms.shipped(lambda _: None, count=1, size=1.5, kinds=("late_knee",))
    assert set(part["rows"]) == {"none", "late_knee"}
    assert part["rows"]["none"]["unusual"] == 0
    assert part["rows"]["late_knee"]["unusual"] == 1


def test_a_larger_share_of_normal_people_finds_more():
    kept = {"a": [0.01, 0.052], "b": [0.045, 0.2]}
    assert twin_alarms.at_shares(kept) == pytest.approx([0.25, 0.5, 0.75, 0.75])


def test_walks_of_normal_people_are_rarely_below_a_share(walks):
    kept = twin_alarms.chances(reference_model(), walks)
    assert set(kept) == set(walks.person)
    assert 0.1 < np.median(np.concatenate(list(kept.values()))) < 0.9
    # Threshold and chance say the same.
    flat = np.concatenate([kept[n] for n in walks.person])
    np.testing.assert_array_equal(flat < 0.05, reference_model().judge(walks).unusual)


def test_real_walks_have_one_leg_and_known_numbers(shared):
    walks = sets.lencioni2019(shared)
    assert len(np.unique(walks.person)) == 18
    assert len(walks) == 207
    assert [c for c, p in zip(CHANNELS, walks.present.all(axis=0), strict=True) if not p] == [
        c for c in CHANNELS if c.endswith("_l")
    ]
    assert reference_model().fits_speed(walks.speed).all()


def test_stroke_is_found_on_the_paretic_side(shared):
    from gaitsmith.studies.twin_real import stroke

    part = stroke(shared, lambda _: None)
    assert part["trials"] == 30
    assert part["trivial_rule_smaller_knee_range"] == 30
    assert part["posture"]["paretic_sum_higher"] >= 28
    assert part["posture"]["knee_named"] >= 20


def test_a_longer_window_tells_more_of_timing(monkeypatch):
    from gaitsmith.studies import twin_windows

    monkeypatch.setattr(twin_windows, "_LENGTHS", (7, 16))
    part = twin_windows.windows(lambda _: None, people=40, tested=4)
    by = {(r["frames"], r["phase"]): r["timing"]["loc"]["mean"] for r in part["rows"]}
    assert by[16, True] > by[7, True] > by[7, False]


def test_virtual_people_walk_with_every_curve():
    from gaitsmith.studies.twin_virtual import walked

    made = walked(2, 5, trials=2)
    assert len(made) == 4
    assert made.present.all()
    assert len(np.unique(made.person)) == 2


def test_rules_of_blame_score_the_joints_there_are(walks):
    model = reference_model()
    made = inject(walks, 4, kinds=("stiff knee",), sizes=(2,))
    found = twin_blame.rules(model, made.walks)
    assert set(twin_blame.RULES) < set(found)
    truth = made.changed.argmax(axis=1)
    for name in ("default", "faults alone", "posture", "put back, 1 degree"):
        assert (found[name].argmax(axis=1) == truth).mean() > 0.8
    np.testing.assert_array_equal(found["default"].argmax(axis=1), found[f"prior {twin_blame.EXCHANGE:g}"].argmax(axis=1))  # fmt: skip
    one = made.walks.take(np.arange(2)).only([c for c in CHANNELS if not c.endswith("_l")])
    assert all((np.isfinite(s) | np.isneginf(s)).sum(axis=1).max() == 7 for s in twin_blame.rules(model, one).values())  # fmt: skip


def test_a_joint_put_back_is_gauged_by_what_the_others_expect():
    p = reference_model().population()
    one = statistical(p, 1, 5)
    moved = one.curves.copy()
    moved[0, 5] += 30.0
    fall = twin_blame.put_back(p, one.replaced(curves=moved), 1.0)
    assert fall[0].argmax() == 5
    assert fall[0, 5] > 3 * twin_blame.put_back(p, one, 1.0)[0, 5]


def test_a_prior_is_chosen_without_the_person_it_is_used_on():
    def person(tops, swaps):
        return {f"prior {e:g}": {"faults top-1": t, "swap": s} for e, t, s in zip(twin_blame.PRIORS, tops, swaps, strict=True)}  # fmt: skip

    n = len(twin_blame.PRIORS)
    rising = np.linspace(0.5, 0.9, n)
    found = {"a": person([0.8] * n, rising), "b": person([0.8] * n, rising), "c": person([0.1] * n, rising)}  # fmt: skip
    made = twin_blame.chosen(found)
    # Without c top-1 is .80 at every prior: the last, with the most swaps, is taken; with c it is .45: the first.
    assert made["picks"] == {f"{twin_blame.PRIORS[0]:g}": 2, f"{twin_blame.PRIORS[-1]:g}": 1}
    assert made["swap"]["mean"] == pytest.approx((0.5 + 0.5 + 0.9) / 3)


def test_the_page_has_every_rule():
    cell = {"mean": 0.5, "low": 0.4, "high": 0.6}
    names = (*twin_blame.RULES, *(f"prior {e:g}" for e in twin_blame.PRIORS))
    keys = (
        "faults",
        "faults top-1",
        "swap",
        "toe walking",
        "heel walking",
        "heel walking, first two",
    )
    table = {n: dict.fromkeys(keys, cell) for n in names}
    stroke = {n: {"trials": 30, "paretic_sum_higher": 29, "knee_named": 25} for n in names}
    part = {"lencioni2019": table, "virtual": table, "stroke": stroke, "swaps": 207,
            "chosen": {"picks": {"4": 18}, "swap": cell, "top-1": cell}}  # fmt: skip
    said = twin_page.text({"blame": part})
    assert all(f"| {n} |" in said for n in twin_blame.RULES)
    assert "4 for 18" in said
    assert "29, 25 of 30" in said
