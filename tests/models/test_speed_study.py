"""The study on real people: its protocol's known figures, and what the default must keep."""

import numpy as np
import pytest

from gaitsmith.models.speed.baselines import BASELINES
from gaitsmith.models.speed.change import pairs
from gaitsmith.models.speed.default import SpeedConfig
from gaitsmith.studies import speed, speed_page
from gaitsmith.studies import speed_units as sets


@pytest.fixture(scope="module")
def units(shared):
    return sets.lencioni2019(shared)


def test_the_protocol_has_its_known_size_and_copy(units):
    assert len(np.unique(units.person)) == 18
    assert len(pairs(units)) == 510
    errors = {n: [] for n in ("copy", "copy + linear delta", "population mean")}
    for person in np.unique(units.person):
        train, mine = units.take(units.person != person), units.take(units.person == person)
        found = pairs(mine)
        for n, of in errors.items():
            simple = BASELINES[n](train)
            of.append(np.mean([
                np.abs(simple.predict(mine.take([s]), mine.speed[[t]])[0] - mine.curves[t]).mean()
                for t, s in found
            ]))  # fmt: skip
    # The figures that issue 13 states for this protocol.
    assert np.mean(errors["copy"]) == pytest.approx(3.36, abs=0.01)
    assert np.mean(errors["copy + linear delta"]) == pytest.approx(2.96, abs=0.01)
    assert np.mean(errors["population mean"]) == pytest.approx(4.52, abs=0.05)


def test_settings_are_chosen_by_the_training_people(units):
    few = units.take(np.isin(units.person, np.unique(units.person)[:6]))
    grid = (SpeedConfig(components=1), SpeedConfig(components=10))
    assert speed.chosen(few, grid).config.components == 10


def test_hood_is_better_than_a_copy_at_every_distance(shared):
    part = speed.hood(shared)
    found = part["prosthetic"]["mae_deg"]
    for band in ("<0.15", "0.15-0.45", ">0.45"):
        assert found["default"][band] < found["copy"][band]
    assert "| copy |" in speed_page.text({"hood2020_ankle": part})
