"""Training goes on where it was, after a cancellation and after SIGKILL, and says at which step it went wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from nodeflow_diffusion.types import VAE, Denoiser, TextEncoder
from nodeflow_training import loading
from nodeflow_training.course import KIND, make_room
from nodeflow_training.loop import Curve, DivergedError, Pace, State, generator, train
from nodeflow_training.nodes.diffusion import TrainDiffusion, Trained
from nodeflow_training.nodes.lora import TrainLoRA
from nodeflow_training.nodes.vae import TrainVAE
from nodeflow_training.sampling import Sampling
from nodeflow_training.types import Dataset, EncodedDataset
from safetensors.torch import load_file
from torch import Tensor, nn

from nodeflow import Context
from nodeflow.context import Cancellation, Cancelled

Dtype = Literal["float32", "bfloat16"]
QUICK: dict[str, Any] = {"steps": 6, "batch": 2, "text_rate": 0.5, "sample_pictures": 0, "strange_words": 0.5}


def weights(trained: Trained, ctx: Context) -> dict[str, Tensor]:
    checkpoint = loading.opened(trained.model.file, ["unet", "text_encoder"], ctx)
    text: Any = checkpoint.text_encoder().network
    return {**checkpoint.unet().state_dict(), **{f"text.{k}": v for k, v in text.module.state_dict().items()}}


def states(ctx: Context) -> list[Path]:
    folders: Any = ctx.folders
    return sorted(folders.roots(KIND)[0].path.glob("*.pt"))


def stopping(ctx: Context, step: int) -> Context:
    """A context that is cancelled when a step is told of."""
    cancellation = Cancellation()

    def report(done: float, total: float, preview: object) -> None:
        if done == step:
            cancellation.cancel()
            cancellation.check()

    return replace(ctx, cancellation=cancellation, report=report)


@pytest.fixture
def node(data: EncodedDataset, model: Denoiser, text_encoder: TextEncoder) -> TrainDiffusion:
    return TrainDiffusion(data=data, model=model, text_encoder=text_encoder, **QUICK)


def test_a_cancelled_run_keeps_what_was_learnt_and_goes_on_to_the_same_end(
    node: TrainDiffusion, ctx: Context, caplog: pytest.LogCaptureFixture
) -> None:
    node = replace(node, seed=1)
    whole = weights(node.run(ctx), ctx)
    before = states(ctx)
    with pytest.raises(Cancelled), caplog.at_level("WARNING"):
        node.run(stopping(ctx, 4))
    assert "stopped at step 4 of 6: what was learnt is kept; the same graph goes on from there" in caplog.text
    (kept,) = set(states(ctx)) - set(before)
    assert torch.load(kept, weights_only=True)["step"] == 4
    told: list[float] = []
    resumed = node.run(replace(ctx, report=lambda done, *_: told.append(done)))
    assert told[0] == 4
    assert states(ctx) == before
    for name, weight in weights(resumed, ctx).items():
        assert torch.allclose(weight, whole[name], atol=1e-6), name


def test_what_was_learnt_can_be_taken_early(node: TrainDiffusion, ctx: Context) -> None:
    node = replace(node, seed=2)
    with pytest.raises(ValueError, match="nothing was learnt yet"):
        replace(node, finish_early=True).run(ctx)
    with pytest.raises(Cancelled):
        node.run(stopping(ctx, 3))
    early = weights(replace(node, finish_early=True).run(ctx), ctx)
    new = loading.opened(node.model.file, ["unet"], ctx).unet().state_dict()
    assert any(not torch.equal(early[name], weight) for name, weight in new.items())
    told: list[float] = []
    node.run(replace(ctx, report=lambda done, *_: told.append(done)))
    assert (told[0], told[-1]) == (3, 6), "it goes on from there all the same"


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from conftest import context_in
from nodeflow_training.codecs import EncodedDatasetCodec
import nodeflow_training.loop as loop
import pickle
from dataclasses import replace

def save_sometimes(self, parts, step):
    self.save(parts, step)
    if step == 4:
        os.kill(os.getpid(), signal.SIGKILL)

loop.State.save_sometimes = save_sometimes
node = pickle.loads(Path(sys.argv[3]).read_bytes())
node.run(context_in(Path(sys.argv[2])))
"""


def test_a_killed_run_goes_on_to_the_same_end(node: TrainDiffusion, ctx: Context, home: Path, tmp_path: Path) -> None:
    import pickle

    node = replace(node, seed=3)
    whole = weights(node.run(ctx), ctx)
    before = states(ctx)
    (tmp_path / "node").write_bytes(pickle.dumps(node))
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(home), str(tmp_path / "node")]
    ended = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert len(set(states(ctx)) - set(before)) == 1
    told: list[float] = []
    resumed = node.run(replace(ctx, report=lambda done, *_: told.append(done)))
    assert told[0] == 4
    for name, weight in weights(resumed, ctx).items():
        assert torch.allclose(weight, whole[name], atol=1e-6), name


def test_a_vae_goes_on_to_the_same_end_with_its_critic(drawn: Dataset, vae: VAE, ctx: Context) -> None:
    settings: dict[str, Any] = {"steps": 4, "batch": 2, "crop": 16, "sample_pictures": 0}
    node = TrainVAE(
        dataset=drawn, vae=vae, adversarial_weight=0.1, adversarial_from=0.0, perceptual_weight=0.2, **settings
    )
    whole = loading.vae(node.run(ctx).vae, ctx).state_dict()
    with pytest.raises(Cancelled):
        node.run(stopping(ctx, 2))
    resumed = loading.vae(node.run(ctx).vae, ctx).state_dict()
    for name, weight in resumed.items():
        assert torch.allclose(weight, whole[name], atol=1e-5), name


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_lora_goes_on_to_the_same_end(
    data: EncodedDataset, stirred: Denoiser, text_encoder: TextEncoder, ctx: Context, dtype: Dtype
) -> None:
    settings: dict[str, Any] = {"steps": 4, "batch": 2, "rank": 2, "learning_rate": 1e-2, "sample_pictures": 0}
    node = TrainLoRA(data=data, model=stirred, text_encoder=text_encoder, dtype=dtype, **settings)
    whole = node.run(ctx).lora
    with pytest.raises(Cancelled):
        node.run(stopping(ctx, 2))
    told: list[float] = []
    resumed = node.run(replace(ctx, report=lambda done, *_: told.append(done))).lora
    assert told[0] == 2
    ends = [load_file(ctx.path("loras", f"sha256:{file.sha256}")) for file in (whole, resumed)]
    assert all(weight.any() for weight in ends[0].values()), "each of them has learnt"
    for name, weight in ends[0].items():
        assert torch.allclose(ends[1][name], weight, atol=1e-6), name


def test_a_number_that_is_none_is_told_with_its_step(node: TrainDiffusion, ctx: Context) -> None:
    wild = replace(node, learning_rate=1.0, warm_up=0, steps=50, seed=4, optimizer="adamw", text_rate=0.0)
    broken = replace(wild, data=replace(wild.data, buckets=tuple(
        replace(bucket, latents=torch.full_like(bucket.latents, float("inf"))) for bucket in wild.data.buckets
    )))  # fmt: skip
    with pytest.raises(DivergedError, match=r"the loss became (nan|inf) at step 1 of 50, at a learning rate of 1;"):
        broken.run(ctx)


def test_a_cancellation_is_heard_while_samples_are_made(
    node: TrainDiffusion, ctx: Context, caplog: pytest.LogCaptureFixture
) -> None:
    cancellation = Cancellation()

    def report(done: float, total: float, preview: object) -> None:
        if done == 3:
            cancellation.cancel()

    with pytest.raises(Cancelled):
        replace(node, seed=6, sample_pictures=1).run(replace(ctx, cancellation=cancellation, report=report))
    assert "stopped at step 3 of 6" in caplog.text


def test_large_pictures_are_sampled_few_at_once() -> None:
    assert [Sampling(side=side).at_once for side in (16, 128, 256, 512, 2048)] == [32, 32, 8, 2, 1]


def test_what_was_learnt_before_it_went_wrong_can_be_taken(node: TrainDiffusion, ctx: Context) -> None:
    node = replace(node, seed=5)
    with pytest.raises(Cancelled):
        node.run(stopping(ctx, 2))
    (kept,) = (path for path in states(ctx) if torch.load(path, weights_only=True)["step"] == 2)
    spoilt = torch.load(kept, weights_only=True)
    next(iter(spoilt["networks"].values())).fill_(float("nan"))
    torch.save(spoilt, kept)
    with pytest.raises(DivergedError, match=r"at step 3 of 6.* What was learnt until step 2 is kept: .* finish_early"):
        node.run(ctx)
    kept.unlink()


class Overflowing:
    """Its loss is finite, and its gradients are not."""

    def __init__(self) -> None:
        self.networks = nn.Linear(1, 1)
        self.parts, self.optimizers = {"networks": self.networks}, ()

    @property
    def weights(self) -> list[Tensor]:
        return list(self.networks.parameters())

    def loss(self, step: int, batch: int) -> Tensor:
        value = self.networks(torch.ones(1, 1)).sum()
        return value if step < 2 else (value * 0 + 1e-38).sqrt() * 0 + (value * 0).sqrt()

    def learnt(self, step: int) -> None: ...


def test_gradients_that_overflow_are_told_and_the_last_state_is_kept(tmp_path: Path) -> None:
    state = State(tmp_path / "run.pt", seconds=0.0)
    with pytest.raises(DivergedError, match="the gradients' length became nan at step 3 of 5"):
        train(Overflowing(), Pace(5, 1e-3), state, lambda *_: None)
    assert torch.load(state.path or tmp_path, weights_only=True)["step"] == 2


class Counting:
    """Its gradient is the mean of the numbers of its batches."""

    def __init__(self) -> None:
        self.networks = nn.Linear(1, 1, bias=False)
        self.optimizer = torch.optim.SGD(self.networks.parameters(), 1.0)
        self.parts, self.optimizers = {"networks": self.networks}, (self.optimizer,)

    @property
    def weights(self) -> list[Tensor]:
        return list(self.networks.parameters())

    def loss(self, step: int, batch: int) -> Tensor:
        return self.networks.weight.sum() * float(batch + 1)

    def learnt(self, step: int) -> None: ...


def test_accumulated_batches_are_averaged() -> None:
    learner = Counting()
    before = learner.networks.weight.item()
    train(learner, Pace(1, 1.0, warm_up=0, decay_from=0.9, accumulate=4, clip=100.0), State(), lambda *_: None)
    assert learner.networks.weight.item() == pytest.approx(before - (1 + 2 + 3 + 4) / 4)


def test_random_numbers_depend_on_their_place() -> None:
    drawn = [torch.rand(4, generator=generator(1, *place)) for place in ((0, 0), (0, 1), (1, 0), (0, 0))]
    assert torch.equal(drawn[0], drawn[3])
    assert len({tuple(d.tolist()) for d in drawn}) == 3


def test_a_curve_is_means_of_so_many_steps() -> None:
    curve = Curve()
    for step, loss in enumerate((1.0, 3.0, 5.0), 1):
        curve.add(step, loss, 2)
    again = Curve()
    again.load_state_dict(curve.state_dict())
    again.add(4, 7.0, 2)
    assert again.csv() == "step,loss\n2,2.000000\n4,6.000000\n"


def test_old_states_make_room_for_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodeflow_training.course.MOST_STATES", 3)
    for i in range(5):
        path = tmp_path / f"run-{i}.pt"
        path.write_bytes(b"state")
        os.utime(path, (i, i))
    make_room(tmp_path, tmp_path / "run-0.pt")
    assert [path.name for path in sorted(tmp_path.glob("*.pt"))] == ["run-0.pt", "run-3.pt", "run-4.pt"]
    monkeypatch.setattr("nodeflow_training.course.MOST_BYTES", 6)
    make_room(tmp_path, tmp_path / "run-0.pt")
    assert [path.name for path in sorted(tmp_path.glob("*.pt"))] == ["run-0.pt", "run-4.pt"]
