"""The protocol on sequences: measures that are known beforehand."""

from types import SimpleNamespace

import numpy as np
import pytest

from gaitsmith.errors import MissingInputError
from gaitsmith.models.speed.sequences import LABELS, Scaling, Sequences
from gaitsmith.models.speed.units import Units
from gaitsmith.studies import speed_tiled, speed_virtual
from gaitsmith.studies.sequence_measures import Cycles, compared
from gaitsmith.studies.sequence_predictors import Copy, Tempo, simple, units_of
from gaitsmith.studies.speed_protocol import evaluate, sources_curve, table

SPEEDS = (0.6, 1.0, 1.4)
CADENCE = {0.6: 80.0, 1.0: 100.0, 1.4: 118.0}


def curves(person, speed):
    """joint × 101: hip, knee, ankle of somebody; the amplitude grows with speed."""
    p = np.linspace(0, 1, 101)
    hip = 12 + person + 20 * speed * np.cos(2 * np.pi * (p - 0.02))
    knee = 25 + 2 * person + 25 * np.cos(2 * np.pi * (p - 0.72)) + 8 * speed * np.cos(4 * np.pi * p)
    ankle = 3 - person + 10 * np.sin(4 * np.pi * p) * speed + 4 * np.cos(2 * np.pi * p)
    return np.stack([hip, knee, ankle])


def data(people=4):
    rows = [(f"p{i}", v, speed_tiled.tiled(np.stack([curves(i, v), curves(i + 0.5, v)]), CADENCE[v]))
            for i in range(people) for v in SPEEDS]  # fmt: skip
    return Sequences(*(np.array([r[k] for r in rows]) for k in range(3)))


class Truth:
    """Gives what is asked for."""

    def __init__(self, found):
        self.found = found

    def __call__(self, source, v_src, v_tgt):
        out = []
        for x, v in zip(source, v_tgt, strict=True):
            who = self.found.person[np.argmin(np.abs(self.found.angles - x).mean(axis=(1, 2)))]
            out.append(self.found.angles[(self.found.person == who) & (self.found.speed == v)][0])
        return np.stack(out)


@pytest.fixture(scope="module")
def result():
    found = data()
    units = units_of(found.of(["p0", "p1"]))
    every = {"copy": Copy(), "truth": Truth(found), "linear": simple("copy + linear delta", units),
             "mean": simple("population mean", units)}  # fmt: skip
    return evaluate(every, found, ["p2", "p3"], speeds=SPEEDS)


def test_the_truth_is_perfect_and_a_copy_at_its_own_speed(result):
    rows = table(result)
    assert rows["truth"]["mae_all"] == 0
    assert rows["truth"]["cadence"] == 0
    assert rows["truth"]["r"] == pytest.approx(1)
    assert rows["truth"]["rank"] == 1
    # In the control another person's place is asked for: 2, 3 or 4 of 4.
    assert 2 < rows["truth"]["rank_control"] < 4
    assert rows["copy"]["mae_identity"] == 0
    assert rows["copy"]["mae_cross"] > 2
    assert rows["copy"]["mae_all"] == pytest.approx(2 / 3 * rows["copy"]["mae_cross"])
    assert rows["copy"]["without_cycles"] == 0


def test_what_changes_linearly_is_learnt(result):
    rows = table(result)
    assert rows["linear"]["mae_cross"] < 0.25 * rows["copy"]["mae_cross"]
    assert rows["linear"]["cadence_exact_cross"] < 2
    assert rows["mean"]["mae_cross"] > rows["linear"]["mae_cross"]
    assert rows["mean"]["rank"] > rows["linear"]["rank"]
    gap = rows["linear"]["minus_reference"]
    assert gap[1] <= gap[0] <= gap[2] < 0


def test_heat_map_is_by_source_and_target(result):
    copy = np.array(table(result)["copy"]["heat_map"])
    assert (np.diag(copy) == 0).all()
    assert copy[0, 2] > copy[0, 1]
    assert [b["from"] for b in table(result)["copy"]["by_distance"]] == [0.0, 0.3, 0.6]


def test_number_of_sources_by_hand():
    mae = np.abs(np.subtract.outer(SPEEDS, SPEEDS))[None] * 10
    one, two, three = sources_curve(mae, SPEEDS)
    assert one["mae"] == pytest.approx(np.mean([[0, 4, 8], [4, 0, 4], [8, 4, 0]]))
    assert one["new"] == pytest.approx(np.mean([4, 8, 4, 4, 8, 4]))
    # Subsets (.6, 1), (.6, 1.4), (1, 1.4): the third speed is 4, 4 and 4 away.
    assert (two["mae"], two["new"]) == (pytest.approx(4 / 3), pytest.approx(4))
    assert (three["mae"], three["new"]) == (0, None)


def test_ties_go_to_the_slower():
    mae = np.zeros((1, 3, 3))
    mae[0, 2, 1] = 99  # from the faster: must not be taken
    assert sources_curve(mae, (0.6, 1.0, 1.4))[1]["new"] == pytest.approx((0 + 0 + 0) / 3)


def test_everybody_is_needed_at_every_speed():
    found = data()
    with pytest.raises(MissingInputError, match="everybody"):
        evaluate({"copy": Copy()}, found.take(np.arange(len(found)) != 3), ["p0"], speeds=SPEEDS)


def test_cycles_of_a_known_walk():
    found = Cycles.of(data().angles[1])
    assert found.rate == pytest.approx(100, abs=0.3)
    assert abs(found.cadence - 100) < 12  # whole cycles in 30 s
    assert compared(found, found) == (0, pytest.approx(1))
    still = Cycles.of(np.zeros((600, 6)))
    assert not still.whole
    assert np.isnan(compared(found, still)).all()


def test_tempo_is_the_populations():
    units = units_of(data())
    tempo = Tempo(units)
    assert tempo.at(1.0) == pytest.approx(100, abs=2)
    assert tempo.moved(110.0, 1.0, 1.4) == pytest.approx(110 * tempo.at(1.4) / tempo.at(1.0))


def test_curves_through_tiles_and_back():
    rows = [(f"p{i}", v, curves(i, v)) for i in range(3) for v in SPEEDS]
    units = Units(
        *(np.array(c) for c in ([r[0] for r in rows], ["r"] * 9, [r[1] for r in rows], [9.0] * 9)),
        np.stack([r[2] for r in rows]), np.full(9, np.nan), np.array([CADENCE[r[1]] for r in rows]),
        np.array(["x"] * 9), np.array([""] * 9),
    )  # fmt: skip
    model = SimpleNamespace(
        NAME="same", trained_speeds=(0.5, 1.5), scaling=Scaling(np.arange(6.0), np.ones(6)),
        generate=lambda x, a, b, seed: x,
    )  # fmt: skip
    at = np.column_stack([np.arange(3), np.arange(3)])
    made = speed_tiled.Tiled(model, units.take(units.person != "p0"), draws=2).predict(units.take(units.person == "p0"), at)  # fmt: skip
    assert np.abs(made - units.curves[:3]).mean() < 0.5
    rows = speed_tiled.compare(model, units)
    assert rows["same"]["mae_deg"] == pytest.approx(rows["copy"]["mae_deg"], abs=0.5)
    assert rows["copy + linear delta"]["mae_deg"] < rows["copy"]["mae_deg"]


def test_walks_are_kept_and_the_page_is_written(tmp_path, monkeypatch, result):
    monkeypatch.setitem(speed_virtual.GROUPS, "unseen", (21, 1))
    monkeypatch.setattr(speed_virtual, "GRID", (0.8, 1.3))
    made = speed_virtual.group("unseen", tmp_path)
    assert made.angles.shape == (2, 600, 6)
    assert Cycles.of(made.angles[0]).rate < Cycles.of(made.angles[1]).rate
    again = speed_virtual.group("unseen", tmp_path)
    np.testing.assert_allclose(again.angles, made.angles, atol=1e-5)
    rows = table(result)
    rows["mean"]["mae_all"] = None  # as JSON keeps what could not be measured
    facts = {"published split": rows, "unseen people": rows, "samplers": rows, "speeds": list(SPEEDS),
             "people": {"published split": [2, 0, 2], "unseen people": 2},
             "ranked_among": {"published split": 4, "unseen people": 4}, "notes": ["said so"]}  # fmt: skip
    speed_virtual.write(facts, tmp_path)
    page = (tmp_path / "speed-sequences.md").read_text()
    assert "| truth | 0.00 |" in page
    assert "* said so" in page
    assert "| mean | – |" in page
    assert f"| copy | {rows['copy']['mae_all']:.2f} |" in page
    assert len(LABELS) == 6
