"""Training of the U-Net and the text encoder on drawn scenes: v-prediction, SD's noise levels, EMA.

Salimans & Ho 2022 (arXiv:2202.00512, sec. 2.4) for v; Ho & Salimans 2022 (arXiv:2207.12598) for dropped captions.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.tokenizer import Vocabulary, clip_vocabulary
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE
from torch import Tensor, nn

from nodeflow_training.captions import caption
from nodeflow_training.progress import Checkpoint, Log, Stateful, learning_rate
from nodeflow_training.scenes import Scene, draw, sample_scene

TEXT_WIDTH, TEXT_LENGTH = 128, 32
TINY_UNET = UNetConfig(
    in_channels=16, out_channels=16, channels=(96, 128), res_blocks=1, depths=(1, 1), context_dim=TEXT_WIDTH, heads=4,
    vector_dim=TEXT_WIDTH,
)  # fmt: skip


@dataclass(frozen=True)
class DiffusionRecipe:
    """What a diffusion model was trained with. `pictures` are encoded once; captions are worded anew each step."""

    steps: int = 12_000
    batch: int = 32
    pictures: int = 24_000
    learning_rate: float = 8e-4
    weight_decay: float = 0.01
    caption_drop: float = 0.1
    strange_words: float = 0.1
    noise_bias: float = 0.75
    ema: float = 0.998
    seed: int = 2


class Words:
    """The tokens that captions use, numbered from 2; 0 stands for every other token, 1 for the end of text.

    Training touches a few dozen rows of CLIP's vocabulary of 49,408, so only those are held and optimised.
    """

    def __init__(self, vocabulary: Vocabulary, captions: Iterable[str]) -> None:
        self.vocabulary = vocabulary
        ids = {token for text in captions for token in vocabulary.ids(text)} | {vocabulary.start}
        self.tokens = [None, vocabulary.end, *sorted(ids)]
        self.rows = {token: row for row, token in enumerate(self.tokens)}

    def encode(self, captions: list[str], rng: random.Random, strange: float = 0.0) -> Tensor:
        """Rows [B, TEXT_LENGTH], filled up with the end of text; now and then a word from outside is slipped in."""
        return torch.tensor([self._encode(text, rng, strange) for text in captions])

    def _encode(self, text: str, rng: random.Random, strange: float) -> list[int]:
        rows = [self.rows.get(token, 0) for token in self.vocabulary.ids(text)]
        if rows and rng.random() < strange:
            for _ in range(rng.randint(1, 3)):
                rows.insert(rng.randint(0, len(rows)), 0)
        rows = [self.rows[self.vocabulary.start], *rows][: TEXT_LENGTH - 1]
        return rows + [1] * (TEXT_LENGTH - len(rows))


def text_config(vocabulary: int) -> ClipConfig:
    return ClipConfig(
        TEXT_WIDTH, layers=2, heads=2, intermediate=4 * TEXT_WIDTH, positions=TEXT_LENGTH, vocabulary=vocabulary
    )


class TextConditionedUNet(nn.Module):
    """The two networks that learn together."""

    def __init__(self, unet: UNetConfig, vocabulary: int) -> None:
        super().__init__()
        self.unet = UNet(unet).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.text = clip_text_model(text_config(vocabulary))

    def forward(self, x: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
        context = self.text(input_ids=rows).last_hidden_state
        ends = (rows == 1).int().argmax(dim=1)
        pooled = context[torch.arange(len(rows)), ends]
        out: Tensor = self.unet(x, timesteps, context, pooled)
        return out


class Average:
    """Exponential moving average of the weights; what is shipped (arXiv:2006.11239, sec. 4)."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.weights.values()), list(model.parameters()), 1 - decay)

    def state_dict(self) -> dict[str, Tensor]:
        return self.weights

    def load_state_dict(self, state_dict: dict[str, Tensor], /) -> None:
        self.weights = state_dict


def scenes(count: int, seed: int) -> list[Scene]:
    """Trained-on scenes, of one item and of two in turn."""
    rng = random.Random(seed)
    return [sample_scene(rng, 1 + i % 2) for i in range(count)]


@torch.no_grad()
def latents(vae: VAE, chosen: list[Scene], seed: int, path: Path) -> Tensor:
    """The latents [N, C, h, w] fp16 of the scenes, drawn and encoded once and kept in `path`."""
    if path.exists():
        cached: Tensor = torch.load(path, weights_only=True)
        return cached
    rng, parts = random.Random(seed), []
    for start in range(0, len(chosen), 64):
        pictures = torch.stack([torch.from_numpy(draw(scene, rng).copy()) for scene in chosen[start : start + 64]])
        parts.append(vae.encode(pictures.permute(0, 3, 1, 2).float() / 127.5 - 1).half())
    encoded = torch.cat(parts)
    torch.save(encoded, path)
    return encoded


def loss(
    model: nn.Module, clean: Tensor, rows: Tensor, levels: Tensor, recipe: DiffusionRecipe, generator: torch.Generator
) -> Tensor:
    """The mean squared error of v = sqrt(abar) eps - sqrt(1 - abar) x0 at random timesteps."""
    t = (levels.shape[0] * torch.rand(len(clean), generator=generator) ** recipe.noise_bias).long()
    noise = torch.randn(clean.shape, generator=generator)
    abar = levels[t][:, None, None, None]
    x = abar.sqrt() * clean + (1 - abar).sqrt() * noise
    target = abar.sqrt() * noise - (1 - abar).sqrt() * clean
    x = x.contiguous(memory_format=torch.channels_last)
    predicted: Tensor = model(x, t, rows)
    return (predicted - target).square().mean()


def train_diffusion(recipe: DiffusionRecipe, vae: VAE, folder: Path) -> Path:
    """Trains, or goes on from the last checkpoint; leaves `diffusion.pt` and `diffusion.csv` in `folder`."""
    torch.manual_seed(recipe.seed)
    chosen = scenes(recipe.pictures, recipe.seed)
    encoded = latents(vae, chosen, recipe.seed, folder / "latents.pt")
    words = caption_words()
    model = TextConditionedUNet(TINY_UNET, len(words.tokens))
    optimizer = torch.optim.AdamW(
        model.parameters(), recipe.learning_rate, betas=(0.9, 0.99), weight_decay=recipe.weight_decay, fused=True
    )
    generator, average = torch.Generator().manual_seed(recipe.seed), Average(model, recipe.ema)
    parts: dict[str, Stateful] = {"model": model, "optimizer": optimizer, "average": average}
    checkpoint = Checkpoint(folder / "diffusion.pt", parts, generator)
    levels, log = 1 / (1 + NoiseLevels.scaled_linear().sigmas ** 2), Log(folder / "diffusion.csv", every=100)
    for step in range(checkpoint.load(), recipe.steps):
        optimizer.param_groups[0]["lr"] = learning_rate(step, recipe.steps, recipe.learning_rate)
        clean, rows = batch(chosen, encoded, words, recipe, step)
        value = loss(model, clean, rows, levels, recipe, generator)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model, step)
        log.add(step, value.item())
        checkpoint.save_sometimes(step + 1)
    checkpoint.save(recipe.steps)
    return checkpoint.path


def caption_words() -> Words:
    """The words of ten thousand captions, which is all of them."""
    rng = random.Random(0)
    return Words(clip_vocabulary(), [caption(sample_scene(rng, 1 + i % 2), rng) for i in range(10_000)])


def batch(
    chosen: list[Scene], encoded: Tensor, words: Words, recipe: DiffusionRecipe, step: int
) -> tuple[Tensor, Tensor]:
    """The latents and captions of a step; drawn from the step's own generator, so a resumed run sees the same."""
    rng = random.Random(f"{recipe.seed} {step}")
    picked = [rng.randrange(len(chosen)) for _ in range(recipe.batch)]
    texts = ["" if rng.random() < recipe.caption_drop else caption(chosen[i], rng) for i in picked]
    return encoded[picked].float(), words.encode(texts, rng, recipe.strange_words)
