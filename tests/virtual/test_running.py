"""Running: flight without feet, ballistic."""

import numpy as np
import pytest

from gaitsmith.body import generic_body
from gaitsmith.body.motion import moving
from gaitsmith.virtual import average_person, people, walker

G = 9.80665
#: Where splines through the recording alone have forgotten its ends.
INNER = slice(40, -40)


@pytest.mark.parametrize("speed", [2.4, 3.4, 4.8])
def test_in_flight_the_mass_centre_falls_freely(speed):
    person = average_person("male")
    run = walker(person, speed, 4.0)
    body = generic_body(person.height, person.mass, person.sex)
    motion = moving(body, run["angles"], cutoff_hz=None)
    air = (run["phase"]["contact_r"] == 0) & (run["phase"]["contact_l"] == 0)
    assert 0.15 < air.mean() < 0.45
    assert np.all(run["forces"].data[air][:, :, :3] == 0)
    air[:40] = air[-40:] = False
    fall = motion.mass_centre_acceleration()[air] + (0, G, 0)
    assert np.abs(fall).max() < 1e-3 * G
    needed = body.mass * (motion.mass_centre_acceleration() + (0, G, 0))
    ground = ~((run["phase"]["contact_r"] == 0) & (run["phase"]["contact_l"] == 0))
    ground[:40] = ground[-40:] = False
    total = run["forces"].data[:, :, :3].sum(axis=1)
    assert np.abs(total - needed)[ground].max() < 1e-6
    assert 1.8 < total[:, 1].max() / (person.mass * G) < 3.2


def test_running_feet_stay_on_the_ground_and_people_keep_their_speed():
    run = walker(people(3, 4)[1], 3.0, 5.0, seed=2)
    for name in ("heel_r", "toe_r", "heel_l", "toe_l"):
        assert run["points"][name][:, 1].min() > -0.002
    pelvis = run["angles"]["pelvis_tx"]
    assert (pelvis[-1] - pelvis[0]) / run["angles"].duration == pytest.approx(3.0, rel=0.06)
    strikes, offs = run.events.times("strike", "right"), run.events.times("off", "right")
    assert np.mean(offs[offs > strikes[0]][:3] - strikes[:3]) < 0.5 * np.diff(strikes).mean()


def test_one_can_run_slowly_and_walk_fast():
    walk, run = (walker(average_person(), 2.1, 3.0, running=r) for r in (False, True))
    assert (walk["forces"].data[:, :, 1].sum(axis=1) > 20).all()
    assert (run["forces"].data[:, :, 1].sum(axis=1) < 20).any()
