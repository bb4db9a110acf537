"""The live runtime with the bundled weights against the off-line pass: real feet, other rates."""

import numpy as np
import pytest

from gaitsmith.gait.imu import canonical_frame, imu
from gaitsmith.gait.metrics.events import match_times
from gaitsmith.models.phase.decide import decide
from gaitsmith.models.phase.frame import foot_signal
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime.replay import Replay
from gaitsmith.recording import Recording, Stream
from gaitsmith.studies.phase_data import recordings
from gaitsmith.virtual import average_person, walker


@pytest.fixture(scope="module")
def model():
    return PhaseModel.from_pretrained("phase-foot")


def both(recording, model, mounting):
    """Per side: share of ticks in the same state, strikes off-line and live."""
    ticks = {}
    replay = Replay(recording, model, mounting=mounting,
                    on_tick=lambda side, e: ticks.setdefault(side, []).append(e.copy()))  # fmt: skip
    for _ in replay.run():
        pass
    out = {}
    for side, said in ticks.items():
        foot = foot_signal(recording, side, mounting=mounting and mounting[side])
        whole = model.output(foot.x)
        decided = decide(whole.stance, whole.walking, model.config)
        known = [e for e in said if e.state in ("running", "unsure")]
        at = np.rint((np.array([e.time_s for e in known]) - foot.times[0]) * 100).astype(int)
        at = np.clip(at, 0, len(foot.x) - 1)
        same = decided.stance[at] == [e.stance for e in known]
        live = np.array([e.event_s for e in known if e.event == "strike"])
        out[side] = same.mean(), foot.times[decided.strikes], live
    return out


@pytest.mark.shared
@pytest.mark.parametrize("rate", [None, 50.0, 128.0])
def test_an_unseen_device_at_its_own_and_other_rates(shared, model, rate):
    """gaitmap_example: 204.8 Hz, another maker. The same strikes, nearly all ticks in one state."""
    recording = next(r for *_, r in recordings(shared, "gaitmap_example"))
    if rate is not None:
        recording = recording.resample(rate)
    mounting = {
        s: canonical_frame(imu(recording, f"foot_{s[0]}"), "foot") for s in ("left", "right")
    }
    found = both(recording, model, mounting)
    assert set(found) == {"left", "right"}
    for same, offline, live in found.values():
        assert same > 0.99
        assert len(live) == len(offline) > 25
        assert np.abs(live - offline).max() < 0.021


@pytest.mark.parametrize("rate", [50.0, 100.0, 128.0, 204.8, 400.0])
def test_a_generic_table_of_an_unseen_device(model, rate, tmp_path):
    """Columns acc_*, gyr_* at any rate; 3.5 s of standing; turned in its case: found, and strikes as off-line."""
    walk = walker(average_person("female"), 1.2, seconds=12.0)
    stream = walk["imu"].resample(rate)
    still = np.zeros((round(3.5 * rate), 6))
    still[:, 1] = 9.80665
    turn = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0.0]])
    data = np.concatenate([still, stream["foot_r"][:, :6]]).reshape(-1, 2, 3) @ turn
    plain = Recording(
        streams={"imu": Stream("imu", data.reshape(-1, 1, 6), ("foot_r",), rate=rate)}
    )
    path = tmp_path / "device.csv"
    table = np.column_stack([plain["imu"].times, data.reshape(-1, 6)])
    np.savetxt(path, table, "%.7f", ",", comments="",
               header="time,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z")  # fmt: skip
    from gaitsmith.formats import Hints, read

    recording = read(path, hints=Hints(placement={"*": "foot_r"}))
    _, offline, live = both(recording, model, None)["right"]
    truth = walk.events.times("strike", "right") - stream.start + 3.5
    # Forward is found in the first two strides; from then on every strike.
    later = truth[(truth > 6.0) & (truth < recording["imu"].end - 0.1)]
    assert len(later) >= 7
    for found in (offline, live):
        i, j = match_times(later, found, 0.06)
        assert len(i) == len(later)
        assert np.median(np.abs(found[j] - later[i])) < 0.03
    assert len(live[live > 6.0]) == len(offline[offline > 6.0])
