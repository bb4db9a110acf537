"""The published network on small data: losses, pairs, scaling, sampling, the contract of models."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks are not installed")

from gaitsmith.errors import GaitsmithError  # noqa: E402
from gaitsmith.models.networks import seeded  # noqa: E402
from gaitsmith.models.speed.losses import contrast, published_losses  # noqa: E402
from gaitsmith.models.speed.network import ResidualDenoiser  # noqa: E402
from gaitsmith.models.speed.network_api import generate_walks  # noqa: E402
from gaitsmith.models.speed.network_config import BaselineConfig, settings  # noqa: E402
from gaitsmith.models.speed.network_model import (  # noqa: E402
    SpeedDiffusion,
    SpeedMLP,
    SpeedTCN,
    process_of,
)
from gaitsmith.models.speed.pair_sampling import all_pairs, balanced_pairs  # noqa: E402
from gaitsmith.models.speed.sequences import (  # noqa: E402
    LABELS,
    Scaling,
    Sequences,
    from_recording,
    mirrored,
)
from gaitsmith.models.speed.task import BaselineTask, DiffusionTask  # noqa: E402
from gaitsmith.nn.state import count  # noqa: E402
from gaitsmith.recording import Recording, Stream, Subject  # noqa: E402
from gaitsmith.training import Task, TrainConfig, fit  # noqa: E402
from tests.models.mixin import ModelTests  # noqa: E402

SMALL = {"samples": 120, "crop": 120, "width": 16, "heads": 2, "layers": 1, "feedforward": 32,
         "lstm": 4, "condition": 8, "time_width": 8, "sampling_steps": 3,
         "patch": 4, "prediction": "epsilon", "aligned": False}  # fmt: skip


def walk(speed, person, seconds=6.0, seed=0):
    """Sines like a walk: amplitude with speed, level with the person, phase by the seed."""
    t = np.arange(round(seconds * 20)) / 20
    f = 0.6 + 0.3 * speed
    start = np.random.default_rng(seed).random() * 6
    out = []
    for k, name in enumerate(LABELS):
        later = np.pi * (k % 2)
        size = {"hip": 20, "kne": 30, "ank": 12}[name[:3]] * (0.5 + 0.5 * speed)
        out.append(person + 10 + size * np.sin(2 * np.pi * f * t + start + later) + k)
    return np.column_stack(out)


def sequences(people=5, speeds=(0.6, 0.9, 1.2), seconds=6.0, phases=True):
    rows = [(f"p{i}", v, walk(v, i, seconds, (10 * i + k) * phases)) for i in range(people) for k, v in enumerate(speeds)]  # fmt: skip
    return Sequences([r[0] for r in rows], [r[1] for r in rows], np.stack([r[2] for r in rows]))


def trained(kind=SpeedDiffusion, config=None):
    config = config or (settings("cpu", **SMALL) if kind is SpeedDiffusion else BaselineConfig(samples=120, width=8, layers=2))  # fmt: skip
    data = sequences()
    model = kind(config)
    with seeded(1):
        network = model.build()
        for p in network.parameters():  # The last layer begins at zero: nothing would be tested.
            torch.nn.init.normal_(p, std=0.1)
    return kind.trained_on(network, config, Scaling.of(data), data.speed)


class _Sequence(ModelTests):
    kind = SpeedDiffusion
    shape = (2, 120, 6)

    def make(self):
        return trained(self.kind)

    def source(self):
        return np.stack([walk(0.9, 1), 1.1 * walk(1.2, 2)]) * np.linspace(0.8, 1.2, 6)

    def ask(self, model, seed):
        return model.generate(self.source(), [0.9, 1.2], 0.7, seed=seed)

    def mirrored(self, model, seed):
        return mirrored(model.generate(mirrored(self.source()), [0.9, 1.2], 0.7, seed=seed))

    def wrong(self):
        model, x = self.make(), self.source()
        return [
            (lambda: model.generate(x[:, :, :5], 0.9, 0.7), "channels"),
            (lambda: model.generate(np.radians(x), 0.9, 0.7), "radians"),
            (lambda: model.generate(x, 0.9, 0.7, rate_hz=100.0), "rate"),
            (lambda: model.generate(np.where(x > 30, np.nan, x), 0.9, 0.7), "gaps"),
            (lambda: model.generate(x, 0.9, 2.0), "wanted speed"),
            (lambda: model.generate(x, 0.3, 0.9), "source speed"),
            (lambda: model.generate(x, 0.9, 0.7, seed=-1), "seed"),
            (lambda: type(model)(model.config).generate(x, 0.9, 0.7), "not trained"),
        ]


class TestDiffusion(_Sequence):
    def test_seeds_draw_different_walks(self):
        model = self.make()
        assert np.abs(self.ask(model, 1) - self.ask(model, 2)).max() > 0.1

    def test_labels_in_any_order_and_any_length(self):
        model, x = self.make(), self.source()
        order = [3, 1, 0, 5, 4, 2]
        again = model.generate(x[:, :, order], [0.9, 1.2], 0.7, labels=tuple(LABELS[i] for i in order), seed=2)  # fmt: skip
        np.testing.assert_allclose(again, self.ask(model, 2))
        assert model.generate(x[0, :107], 0.9, 0.7).shape == (1, 107, 6)

    def test_the_sampler_is_a_setting(self):
        model = self.make()
        for sampler in ("ddim", "dpm"):
            other = model.sampled_in(5, sampler)
            assert (other.config.sampling_steps, other.config.sampler) == (5, sampler)
            assert np.isfinite(self.ask(other, 1)).all()
        assert other.weights.keys() == model.weights.keys()


class TestMLP(_Sequence):
    kind = SpeedMLP

    def test_refuses_another_length(self):
        with pytest.raises(GaitsmithError, match="length"):
            self.make().generate(self.source()[:, :110], 0.9, 0.7)


class TestTCN(_Sequence):
    kind = SpeedTCN


def test_sizes_are_those_of_the_spec():
    paper, cpu, narrow = (settings(n) for n in ("paper", "cpu", "cpu-published"))
    assert (paper.width, paper.heads, paper.feedforward, paper.layers, paper.patch) == (256, 8, 1024, 4, 1)  # fmt: skip
    assert (cpu.width, cpu.heads, cpu.feedforward, cpu.layers) == (96, 4, 256, 4)
    for c in (paper, cpu, narrow):
        assert (c.samples, c.rate_hz, c.noise_levels, c.condition, c.time_width) == (600, 20, 1000, 64, 128)  # fmt: skip
        assert (c.sampler, c.sampling_steps, c.knee_weight) == ("ddim", 100, 2)
    for c in (paper, narrow):
        assert (c.prediction, c.crop, c.aligned) == ("epsilon", 600, False)
    assert (cpu.prediction, cpu.aligned) == ("x0", True)
    # Attention 4 w², feed-forward 2 w f, two FiLMs 2 · 64 · 2 w a layer, and little else.
    core = 4 * (4 * 256**2 + 2 * 256 * 1024 + 4 * 64 * 256)
    assert core < count(ResidualDenoiser(paper)) < 1.06 * core
    with pytest.raises(GaitsmithError, match="together"):
        settings("cpu", crop=602)
    with pytest.raises(GaitsmithError, match="size"):
        settings("gpu")


def test_nothing_of_the_target_speed_but_through_its_embedding_and_no_output_at_the_start():
    net = ResidualDenoiser(settings("cpu", **SMALL))
    x, t, v = torch.randn(2, 120, 6), torch.tensor([5, 900]), torch.tensor([0.9, 1.2])
    assert net(x, t, x, v, v).abs().max() == 0
    a, b = net.person(x, v, v), net.person(x, v, v + 0.5)
    assert (a - b).abs().max() > 1e-3
    z = net.subject(x)
    torch.testing.assert_close(z.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(net.subject(x), z)


@torch.no_grad()
def losses(speeds, output="true", config=None):
    config = config or settings("cpu", **SMALL)
    process = process_of(config)
    g = torch.Generator().manual_seed(0)
    source, residual, noise = (torch.randn(4, 120, 6, generator=g) for _ in range(3))
    t = torch.tensor([10, 200, 500, 900])
    noised = process.noised(residual, t, noise)
    out = process.target(residual, t, noise)
    out = out if isinstance(output, str) else out + output
    return published_losses(
        config, process, ResidualDenoiser(config).subject, output=out, residual=residual,
        noised=noised, noise=noise, t=t, source=source, speeds=torch.tensor(speeds),
        person=torch.tensor([0, 0, 1, 2]),
    )  # fmt: skip


def test_losses_of_a_perfect_network():
    far = losses([[0.6, 1.6]] * 4)
    assert far["noise"] == 0
    assert far["residual"] < 1e-9
    assert far["identity"] == 0
    assert far["loss"] == pytest.approx(0.05 * float(far["subject"]), rel=1e-4)
    # Where the true residual is not small, asking for stillness costs.
    assert losses([[0.9, 0.9]] * 4)["identity"] > 0.1
    assert losses([[0.9, 0.95]] * 4)["identity"] < losses([[0.9, 0.9]] * 4)["identity"]


def test_knees_count_twice_and_weights_shift_with_the_distance():
    one = torch.zeros(6)
    knee, hip = one.clone(), one.clone()
    knee[LABELS.index("knee_angle_l")], hip[LABELS.index("hip_flexion_l")] = 1, 1
    a, b = losses([[0.6, 1.6]] * 4, knee), losses([[0.6, 1.6]] * 4, hip)
    assert float(a["noise"]) == pytest.approx(2 * float(b["noise"]))
    assert float(a["residual"]) == pytest.approx(float(b["residual"]), rel=1e-4)
    near = losses([[0.9, 0.9]] * 4, knee)
    assert float(a["residual"]) == pytest.approx(2 * float(near["residual"]), rel=1e-4)


def test_contrast_is_least_where_people_find_themselves():
    z = torch.eye(4)
    person, even = torch.tensor([0, 1, 2, 3]), torch.ones(4)
    right = contrast(z, z, person, even, 0.1)
    wrong = contrast(z, z.roll(1, 0), person, even, 0.1)
    assert right < 0.01
    assert wrong > 5
    # Of one person, each is as good as the other: log 4 at best.
    assert float(contrast(z, z, torch.zeros(4), even, 1e3)) == pytest.approx(np.log(4), abs=1e-3)


def test_pairs_are_balanced():
    person = np.array(["a"] * 10 + ["b"] * 3)
    speed = np.concatenate([np.linspace(0.5, 1.85, 10), [0.8, 1.01, 1.5]])
    every = all_pairs(person)
    assert len(every) == 109
    assert (person[every[:, 0]] == person[every[:, 1]]).all()
    got = balanced_pairs(person, speed, 20_000, identity_share=0.25, rng=np.random.default_rng(0))
    assert (person[got[:, 0]] == person[got[:, 1]]).all()
    same = got[:, 0] == got[:, 1]
    assert same.mean() == pytest.approx(0.25, abs=0.02)
    far = np.abs(speed[got[:, 0]] - speed[got[:, 1]])[~same]
    bands = np.histogram(far + 1e-9, np.arange(0, 1.41, 0.2))[0] / len(far)
    np.testing.assert_allclose(bands, 1 / 7, atol=0.02)
    mine = person[got[~same, 0]][far < 0.6] == "a"
    assert 0.4 < mine.mean() < 0.75  # by people, not by recordings (10 to 3, 45 pairs to 3)
    with pytest.raises(GaitsmithError, match="two speeds"):
        balanced_pairs(np.array(["a", "b"]), np.ones(2), 5, identity_share=0, rng=np.random.default_rng(0))  # fmt: skip


def test_scaling_knows_training_people_only():
    data = sequences()
    task = DiffusionTask(settings("cpu", **SMALL), data, ["p3", "p4"], pairs=50, valid_pairs=10)
    assert task.train.people == ["p0", "p1", "p2"]
    assert task.valid.people == ["p3", "p4"]
    z = task.scaling.to(task.train.angles)
    np.testing.assert_allclose(z.mean(axis=(0, 1)), 0, atol=1e-9)
    np.testing.assert_allclose(z.std(axis=(0, 1)), 1, atol=1e-6)
    np.testing.assert_allclose(task.scaling.back(z), task.train.angles)
    changed = Sequences(data.person, data.speed, np.where(np.isin(data.person, ["p3", "p4"])[:, None, None], 99, data.angles))  # fmt: skip
    again = DiffusionTask(settings("cpu", **SMALL), changed, ["p3", "p4"], pairs=50)
    np.testing.assert_array_equal(again.scaling.mean, task.scaling.mean)
    assert again.digest() != task.digest()
    for bad in ([], ["p0", "p1", "p2", "p3", "p4"]):
        with pytest.raises(GaitsmithError, match="people of their own"):
            DiffusionTask(settings("cpu", **SMALL), data, bad)


def test_items_are_the_same_whenever_asked_and_identity_pairs_are_one_window():
    data = sequences(seconds=9.0)
    config = settings("cpu", **{**SMALL, "samples": 180, "identity_share": 1.0})
    items = DiffusionTask(config, data, ["p4"], pairs=20).train_set()
    for i in (0, 7):
        for a, b in zip(items[i], items[i], strict=True):
            assert torch.equal(a, b)
        assert torch.equal(items[i][0], items[i][1])
        assert items[i][0].shape == (120, 6)
    assert len({int(items[i][3]) for i in range(20)}) > 4  # mirrored people are others


@pytest.mark.parametrize("kind", ["diffusion", "mlp", "tcn"])
def test_training_lowers_the_loss_and_gives_a_model(kind, tmp_path):
    data = sequences(phases=kind == "diffusion")
    if kind == "diffusion":
        task = DiffusionTask(settings("cpu", **SMALL), data, ["p2"], pairs=200, valid_pairs=9)
    else:
        task = BaselineTask(kind, BaselineConfig(samples=120, width=24, layers=2, dropout=0.0, mirror=False), data, ["p2"], pairs=200, valid_pairs=9)  # fmt: skip
    assert isinstance(task, Task)
    model = fit(task, TrainConfig(steps=75, batch=8, lr=4e-3, val_every=25, ema=0.9), tmp_path / "run")  # fmt: skip
    rows = (tmp_path / "run" / "log.csv").read_text().splitlines()
    names = rows[0].split(",")
    at = names.index("train_loss")
    first, last = (float(r.split(",")[at]) for r in (rows[1], rows[-1]))
    assert last < 0.97 * first
    assert model.trained_speeds == (0.6, 1.2)
    assert model.generate(walk(0.9, 9), 0.9, 1.2).shape == (1, 120, 6)


def test_a_recording_at_another_rate_becomes_a_sequence():
    t = np.arange(0, 31, 0.01)
    x = np.column_stack([20 * np.sin(2 * np.pi * t), 10 * np.cos(2 * np.pi * 0.5 * t), np.sin(2 * np.pi * 40 * t)])  # fmt: skip
    y = from_recording(x, 100.0)
    assert y.shape == (600, 3)
    s = np.arange(600) / 20
    np.testing.assert_allclose(y[20:-20, 0], 20 * np.sin(2 * np.pi * s)[20:-20], atol=0.02)
    assert np.abs(y[20:-20, 2]).max() < 0.05  # 40 Hz would have come back as 0 Hz
    with pytest.raises(GaitsmithError, match="too short"):
        from_recording(x[:2000], 100.0)


def test_aligned_targets_begin_in_the_sources_phase():
    data = sequences(seconds=9.0)
    away = {}
    for aligned in (False, True):
        config = settings("cpu", **{**SMALL, "samples": 180, "aligned": aligned, "mirror": False, "identity_share": 0.0})  # fmt: skip
        items = DiffusionTask(config, data, ["p4"], pairs=60).train_set()
        first = []
        for i in range(60):
            x, y, speeds, _ = items[i]
            hips = []
            for z, v in ((x, speeds[0]), (y, speeds[1])):
                f = 0.6 + 0.3 * float(v)
                t = np.arange(120) / 20
                # Phase of the hip's own frequency at the first sample.
                h = z[:, 0].numpy() - z[:, 0].numpy().mean()
                hips.append(np.angle(np.sum(h * np.exp(-2j * np.pi * f * t))))
            first.append(abs((hips[0] - hips[1] + np.pi) % (2 * np.pi) - np.pi))
        away[aligned] = np.mean(first)
    assert away[False] > 1.0
    assert away[True] < 0.35


def test_aligned_baselines_may_be_cropped_but_not_the_mlp():
    data = sequences(seconds=9.0)
    config = BaselineConfig(samples=180, width=8, layers=2, crop=120, aligned=True)
    assert BaselineTask("tcn", config, data, ["p4"], pairs=5).train_set()[0][1].shape == (120, 6)
    with pytest.raises(GaitsmithError, match="whole sequences"):
        BaselineTask("mlp", config, data, ["p4"])


def test_a_recording_walks_at_other_speeds():
    model = trained()
    x = np.repeat(walk(0.9, 1, seconds=8.0), 5, axis=0)
    source = Recording(Subject("p"), {"angles": Stream("angles", x, LABELS, rate=100.0)})
    slow, fast = generate_walks(source, [0.7, 1.2], model, speed_m_s=0.9, seed=3)
    assert slow.angles.data.shape == (160, 6)
    assert slow.angles.nominal_rate == 20
    assert "estimated, not measured: 1.2 m/s" in fast.notes[0].words
    again = generate_walks(source, [0.7, 1.2], model, speed_m_s=0.9, seed=3)
    assert again[1].digest() == fast.digest()
    with pytest.raises(GaitsmithError, match="knee_angle_l"):
        generate_walks(Recording(Subject("p"), {"angles": source.angles.select(["hip_flexion_r"])}), [1], model, speed_m_s=0.9)  # fmt: skip
    with pytest.raises(GaitsmithError, match="wanted speed"):
        generate_walks(source, [3.0], model, speed_m_s=0.9)
