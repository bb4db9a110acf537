import json
import math
import shutil

import numpy as np
import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Event, Events
from gaitsmith.studies import events_imu
from gaitsmith.studies.tally import Tally, bootstrap, count, count_turns, pooled


def strikes(*times, side="left"):
    return Events.of(times, side, "strike", "x")


class TestTally:
    def test_counts_by_side_span_and_tolerance(self):
        found = strikes(1.01, 2.0, 3.2, 9.0) + strikes(1.5, side="right")
        reference = strikes(1.0, 2.03, 3.0, 5.0)
        whole = count(found, reference, "strike", 0.05)
        assert len(whole.errors_s) == 2 and whole.missed == 2 and whole.spurious == 3
        assert whole.f1 == pytest.approx(4 / 9)
        part = count(found, reference, "strike", 0.05, [(0.0, 2.5), (4.0, 6.0)])
        assert len(part.errors_s) == 2 and part.missed == 1 and part.spurious == 1
        moved = count(found, reference, "strike", 0.05, offset_s=0.01)
        assert moved.errors_s[0] == pytest.approx(0.0)
        other = count(found, strikes(1.5), "strike", 0.05, sides=False)
        assert len(other.errors_s) == 1

    def test_turns_match_by_half_of_their_common_extent(self):
        def turn(start, duration):
            return Events([Event(start, None, "turn", "x", 1.0, duration)])

        marked = turn(10.0, 2.0)
        assert count_turns(turn(9.8, 2.4), marked, (0, 20)).errors_s == pytest.approx((-0.2,))
        assert count_turns(turn(11.5, 2.0), marked, (0, 20)).missed == 1
        assert count_turns(turn(15, 2.0), marked, (0, 20)).spurious == 1
        assert count_turns(turn(25, 2.0), marked, (0, 20)).spurious == 0

    def test_pooling_and_intervals(self):
        rng = np.random.default_rng(0)
        people = {str(i): Tally(tuple(rng.normal(0.01, 0.005, 50)), i, 1) for i in range(10)}
        all_ = pooled(people.values())
        low, high = bootstrap(people, draws=300)["f1"]
        assert low < all_.f1 < high < 1
        assert all_.bias_ms == pytest.approx(10, abs=1)
        assert math.isnan(Tally().f1) and math.isnan(Tally().bias_ms)


def test_a_folder_without_data_is_refused(tmp_path, capsys):
    with pytest.raises(GaitsmithError, match="none of the study's data"):
        events_imu.run(tmp_path)
    assert events_imu.main(["--data", str(tmp_path)]) == 2
    assert "voisard2023" in capsys.readouterr().err


@pytest.mark.shared
def test_the_command_on_two_small_sets(shared, tmp_path, capsys):
    for name in ("gaitmap_example", "walking_dataset"):
        shutil.copytree(shared / name, tmp_path / name)
    assert events_imu.main(["--data", str(tmp_path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    feet = result["gaitmap_example"]["feet off"]
    assert feet["f1"] > 0.95 and feet["median_abs_ms"] < 10 and abs(feet["bias_ms"]) < 10
    insole = result["walking_dataset"]["foot against insole, strike, within 100 ms"]
    assert insole["matched"] >= 16 and insole["median_abs_ms"] < 50
    text = events_imu.format(result)
    assert "feet strike: F1" in text and "not here, left out: voisard2023" in text
