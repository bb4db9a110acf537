"""The generative model of motion and forces: its columns, its windows, its filling, its training."""

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from gaitsmith.errors import GaitsmithError
from gaitsmith.models.forces import state as st
from gaitsmith.models.forces.network_config import (
    GenerativeConfig,
    RefinerConfig,
    settings,
    training,
)
from gaitsmith.models.forces.network_model import (
    ForcesDiffusion,
    ForcesRefiner,
    Wish,
    joined,
    process_of,
    windows,
)
from gaitsmith.models.forces.task import GenerativeTask, RefinerTask, Trial, span_of
from gaitsmith.training import TrainConfig, fit
from tests.models.mixin import ModelTests

TINY = GenerativeConfig(samples=40, patch=5, width=16, layers=1, heads=2, feedforward=16, sampling_steps=3, span=3.0,
                        observed=0.9, physics=0.1, mirror=True, step=20)  # fmt: skip
SMALL = RefinerConfig(
    samples=40, patch=5, width=16, layers=1, heads=2, feedforward=16, span=3.0, step=20
)
FORCE = [[st.COLUMNS.index(f"force_{s}_{a}") for a in ("forward", "up", "right")] for s in "rl"]


def motion(seed=0, seconds=0.9):
    """Angles that swing, a forward speed, and forces that take turns."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, seconds, 0.01)
    names = [*st.SINGLES, *(c for j in st.JOINTS.values() for c in j)]
    size = rng.uniform(5, 25, len(names))
    angles = {
        n: s * np.sin(2 * np.pi * t + i) for i, (n, s) in enumerate(zip(names, size, strict=True))
    }
    velocity = np.column_stack(
        (1.2 + 0.1 * np.sin(4 * np.pi * t), 0.05 * np.sin(4 * np.pi * t), 0 * t)
    )
    state, known = st.motion_columns(angles, velocity, 1.75)
    assert known[st.MOTION].all()
    up = np.clip(np.sin(2 * np.pi * t), 0, None)
    for side, late in (("r", 0.0), ("l", np.pi)):
        up = 11 * np.clip(np.sin(2 * np.pi * t + late), 0, None)
        force = np.column_stack((0.1 * up, up, 0.05 * up))
        at = [st.COLUMNS.index(f"force_{side}_forward") + k for k in range(6)]
        state[:, at] = st.kinetics_of(70 * force, np.column_stack((0.1 + 0 * t, 0 * t, 0 * t)), np.zeros((len(t), 3)), 70.0, 1.75)  # fmt: skip
    return state, angles


def trials(count=4):
    out = []
    for i in range(count):
        state, _ = motion(i)
        net = state[:, FORCE[0]] + state[:, FORCE[1]]
        measured = np.ones(state.shape, bool)
        out.append(
            Trial("toy", f"toy/p{i}", state.astype(np.float32), measured, net.astype(np.float32))
        )
    return out


def untrained(kind=GenerativeTask, config=TINY):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        task = kind(config, trials(), ["toy/p3"])
        network = task.network()
        with torch.no_grad():  # the last layer begins at 0: an answer must depend on the input
            for p in network.parameters():
                p.add_(0.05 * torch.randn(p.shape))
        return task.model(network)


class TestDiffusion(ModelTests):
    shape = (2, 90, 63)

    def make(self):
        return untrained()

    def ask(self, model, seed):
        return model.fill(motion(50 + seed)[0], st.MOTION, samples=2, seed=seed)

    def mirrored(self, model, seed):
        return st.mirrored(
            model.fill(st.mirrored(motion(50 + seed)[0]), st.MOTION, samples=2, seed=seed)
        )

    def wrong(self):
        model = self.make()
        return [(lambda: model.fill(np.zeros((10, 5)), st.MOTION), "state"),
                (lambda: model.fill(np.full((90, 63), np.nan), st.MOTION), "state")]  # fmt: skip


class TestRefiner(ModelTests):
    shape = (90, 63)

    def make(self):
        return untrained(RefinerTask, SMALL)

    def ask(self, model, seed):
        return model.fill(motion(50 + seed)[0])

    def mirrored(self, model, seed):
        return st.mirrored(model.fill(st.mirrored(motion(50 + seed)[0])))

    def wrong(self):
        model = self.make()
        return [(lambda: model.fill(np.zeros((10, 5))), "state")]


def test_columns_and_back():
    state, angles = motion()
    assert state.shape[1] == len(st.COLUMNS) == 63
    assert st.KINETICS.sum() == 12
    back = st.angles_of(state)
    for name, course in angles.items():
        shift = np.median(course) if name == "pelvis_rotation" else 0.0
        np.testing.assert_allclose(back[name], course - shift, atol=1e-9)
    force, centre = st.forces_of(state, "r", np.zeros((len(state), 3)), 70.0, 1.75)
    assert force[:, 1].max() == pytest.approx(770.0, rel=1e-3)
    np.testing.assert_allclose(centre[force[:, 1] > 100, 0], 0.1, atol=1e-9)
    assert np.isnan(centre[force[:, 1] < 10]).all()


def test_the_mirror_turns_sides_and_comes_back():
    state, angles = motion()
    other = st.mirrored(state)
    np.testing.assert_allclose(st.mirrored(other), state)
    turned = st.angles_of(other)
    np.testing.assert_allclose(turned["knee_angle_l"], angles["knee_angle_r"], atol=1e-9)
    np.testing.assert_allclose(turned["hip_adduction_l"], angles["hip_adduction_r"], atol=1e-9)
    np.testing.assert_allclose(turned["lumbar_bending"], -angles["lumbar_bending"], atol=1e-9)
    np.testing.assert_allclose(turned["lumbar_extension"], angles["lumbar_extension"], atol=1e-9)
    np.testing.assert_allclose(other[:, FORCE[1]], state[:, FORCE[0]] * [1, 1, -1])


def test_a_joint_that_lacks_an_axis_is_not_known():
    _, angles = motion()
    _, known = st.motion_columns(
        {k: v for k, v in angles.items() if k != "hip_rotation_r"}, None, 1.7
    )
    assert not known[st.COLUMNS.index("hip_r_r0")]
    assert known[st.COLUMNS.index("hip_l_r0")]
    assert not known[:3].any()


def test_windows_cover_all_and_overlaps_are_joined_by_their_median():
    starts = windows(95, 40, 20)
    assert starts[0] == 0
    assert starts[-1] == 55
    assert list(windows(30, 40, 20)) == [0]
    made = np.stack([np.full((40, 1), float(k)) for k in range(len(starts))])
    out = joined(made, starts, 95)
    assert out[0, 0] == 0.0
    inside = [k for k, s in enumerate(starts) if s <= 50 < s + 40]
    assert out[50, 0] == np.median(inside)


def test_what_is_known_stands_and_guides_do_what_they_say():
    model, (state, _) = untrained(), motion(7)
    net = 9.81 * np.tile([0.0, 1.0, 0.0], (len(state), 1))
    made = model.fill(state, st.MOTION, net=net, seed=2)[0]
    np.testing.assert_array_equal(made[:, st.MOTION], state[:, st.MOTION])
    free = model.fill(state, st.MOTION, seed=2)[0]

    def lacks(x):
        return np.abs(x[:, FORCE[0]] + x[:, FORCE[1]] - net).mean()

    assert lacks(made) < 0.2 * lacks(free)
    knee = st.COLUMNS.index("knee_angle_r")
    none = np.zeros(63, bool)
    plain = model.fill(state, none, seed=3)[0]
    wish = model.fill(state, none, seed=3, wishes=[Wish(knee, state[:, knee], 0.0)])[0]
    away = [np.abs(x[:, knee] - state[:, knee]).mean() for x in (plain, wish)]
    assert away[1] < away[0]


def test_as_published_known_columns_are_put_in_place():
    config = GenerativeConfig.from_dict(
        {**TINY.to_dict(), "observed": 0.0, "physics": 0.0, "mirror": False}
    )
    model, (state, _) = untrained(config=config), motion(7)
    made = model.fill(state, st.MOTION, seed=2)[0]
    np.testing.assert_array_equal(made[:, st.MOTION], state[:, st.MOTION])
    assert np.isfinite(made).all()


@pytest.mark.parametrize(("kind", "config"), [(GenerativeTask, TINY), (RefinerTask, SMALL)])
def test_training_learns_and_goes_on_where_it_was_killed(tmp_path, kind, config):
    task = kind(config, trials(), ["toy/p3"], size=400, valid_size=8)
    short = TrainConfig(steps=6, batch=4, lr=3e-3, val_every=3, ema=0.0, seed=1)
    whole = fit(task, short, tmp_path / "a")
    fit(task, TrainConfig.from_dict({**short.to_dict(), "steps": 3}), tmp_path / "b")
    again = fit(task, short, tmp_path / "b", resume=True)
    assert again.digest() == whole.digest()
    batch = tuple(
        torch.stack(x) for x in zip(*(task.train_set()[i] for i in range(16)), strict=True)
    )
    with torch.no_grad():
        rng = torch.Generator().manual_seed(0)
        first = task.loss(task.network(), batch, rng)["loss"]
        later = task.loss(whole.network("cpu"), batch, torch.Generator().manual_seed(0))["loss"]
    assert later < first


def test_sizes_that_ship():
    assert settings("generative", "paper") == GenerativeConfig()
    assert settings("refiner", "paper") == RefinerConfig()
    for kind in ("generative", "refiner"):
        assert TrainConfig.from_dict(training(kind)).total(10, 1) > 1
    with pytest.raises(GaitsmithError, match="go together"):
        GenerativeConfig(patch=7)
    low, high = span_of(trials())
    assert (high > low).all()
    assert process_of(TINY, clip=True).clip == 3.0


def test_the_command_trains_on_kept_trials(tmp_path, capsys):
    from gaitsmith.cli import main
    from gaitsmith.models.base import open_model
    from gaitsmith.studies.forces_train import load_trials, save_trials

    many = [Trial(n, f"{n}/p{i}", t.state, t.measured, t.net) for n in ("lencioni2019", "mcgill_children", "virtual")
            for i, t in enumerate(trials(8))]  # fmt: skip
    save_trials(tmp_path / "t.npz", many)
    assert [t.person for t in load_trials(tmp_path / "t.npz")] == [t.person for t in many]
    (tmp_path / "c.toml").write_text("[model]\nsamples = 40\nwidth = 16\nlayers = 1\nheads = 2\nfeedforward = 16\n"
                                     "[train]\nbatch = 2\nval_every = 2\n")  # fmt: skip
    with pytest.raises(SystemExit) as end:
        main(["train", "forces", "--trials", str(tmp_path / "t.npz"), "--config", str(tmp_path / "c.toml"),
              "--steps", "2", "-o", str(tmp_path / "run")])  # fmt: skip
    assert not end.value.code
    assert "kept for scoring: lencioni2019/p0" in capsys.readouterr().err
    model = open_model(tmp_path / "run" / "model")
    assert isinstance(model, ForcesDiffusion)
    assert not isinstance(model, ForcesRefiner)
    assert "lencioni2019/p0" not in model.card.trained_on


def test_the_draw_nearest_to_the_others_is_the_typical_one_and_peaks_are_told_of_each():
    from gaitsmith.models.forces.generate import Generated

    up = st.COLUMNS.index("force_r_up")
    t = np.linspace(0, 1, 50)
    draws = np.zeros((4, 50, len(st.COLUMNS)))
    for k, (late, high) in enumerate([(0.0, 20.0), (0.02, 21.0), (0.04, 22.0), (0.5, 21.0)]):
        draws[k, :, up] = high * np.sin(2 * np.pi * (t - late)) ** 2
    made = Generated(t, draws, 1.7)
    assert made.typical() == 1
    mean, sd = made.peaks()["vertical"]
    assert mean == pytest.approx(21 / 9.80665, rel=0.01)
    assert 0 < sd < 0.1
    assert made.forces().shape == (4, 50, 2, 3)


def test_windows_tell_nearly_the_same_where_they_overlap(monkeypatch):
    # Each window is drawn by itself, but from the noise of its own times.
    from gaitsmith.models.forces import network_model

    seen = []
    whole = network_model.joined
    monkeypatch.setattr(
        network_model, "joined", lambda made, *more: (seen.append(made), whole(made, *more))[1]
    )
    model, state = untrained(), motion(3, 0.8)[0]
    known = np.zeros(len(st.COLUMNS), bool)
    for seed in (4, 5):
        model.fill(state, known, samples=1, seed=seed, step=10)
    (first, second, *_), (other, *_) = seen
    overlap = np.std(first[10:] - second[:-10], axis=0) / (np.std(first, axis=0) + 1e-9)
    stranger = np.std(first - other, axis=0) / (np.std(first, axis=0) + 1e-9)
    assert np.median(overlap) < 0.7 * np.median(stranger)
