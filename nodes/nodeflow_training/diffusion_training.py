"""Training of the U-Net and the text encoder on drawn scenes: v-prediction, SD's noise levels, EMA.

Salimans & Ho 2022 (arXiv:2202.00512, sec. 2.4) for v; Ho & Salimans 2022 (arXiv:2207.12598) for dropped captions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from nodeflow_diffusion.lib.clip import clip_text_model
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.placement import choose
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE
from torch import Tensor, nn

from nodeflow_training.captions import caption
from nodeflow_training.muon import Muon
from nodeflow_training.progress import Checkpoint, Log, Stateful, learning_rate
from nodeflow_training.scenes import Scene, draw, sample_scene
from nodeflow_training.text_training import text_states
from nodeflow_training.words import TEXT_WIDTH, Words, caption_words, text_config

TINY_UNET = UNetConfig(
    in_channels=16, out_channels=16, channels=(128, 160), res_blocks=1, depths=(1, 1), context_dim=TEXT_WIDTH, heads=4,
    vector_dim=TEXT_WIDTH,
)  # fmt: skip


@dataclass(frozen=True)
class DiffusionRecipe:
    """What a diffusion model was trained with. `pictures` are encoded once; captions are worded anew each step."""

    steps: int = 2400
    batch: int = 96
    pictures: int = 32_000
    learning_rate: float = 1e-3
    text_rate: float = 0.1
    weight_decay: float = 0.01
    decay_from: float = 0.4
    caption_drop: float = 0.1
    strange_words: float = 0.1
    noise_bias: float = 0.75
    ema: float = 0.998
    seed: int = 2


class TextConditionedUNet(nn.Module):
    """The two networks that learn together."""

    def __init__(self, unet: UNetConfig, vocabulary: int) -> None:
        super().__init__()
        self.unet = UNet(unet).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.text = clip_text_model(text_config(vocabulary))

    def forward(self, x: Tensor, timesteps: Tensor, rows: Tensor) -> Tensor:
        context, vector = text_states(self.text, rows)
        with torch.autocast("cpu", torch.bfloat16, enabled=choose("cpu").dtype == "bfloat16"):
            out: Tensor = self.unet(x, timesteps, context, vector)
        return out.float()


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


def optimizers(model: TextConditionedUNet, recipe: DiffusionRecipe) -> dict[str, torch.optim.Optimizer]:
    """Muon for the U-Net's matrices, AdamW for its vectors and for the text model, which moves more slowly."""
    matrices = [weight for weight in model.unet.parameters() if weight.ndim > 1]
    vectors = [weight for weight in model.unet.parameters() if weight.ndim <= 1]
    groups = [
        {"params": vectors, "weight_decay": 0.0, "share": 1.0},
        {"params": list(model.text.parameters()), "share": recipe.text_rate},
    ]
    adam = torch.optim.AdamW(
        groups, recipe.learning_rate, betas=(0.9, 0.99), weight_decay=recipe.weight_decay, fused=True
    )
    return {"muon": Muon(matrices, recipe.learning_rate, recipe.weight_decay), "adam": adam}


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("share", 1.0)


def train_diffusion(recipe: DiffusionRecipe, vae: VAE, folder: Path, text: nn.Module | None = None) -> Path:
    """Trains, or goes on from the last checkpoint; leaves `diffusion.pt` and `diffusion.csv` in `folder`.

    `text` is the text model to start from, over the rows of `caption_words`; without it one starts at random.
    """
    torch.manual_seed(recipe.seed)
    chosen = scenes(recipe.pictures, recipe.seed)
    encoded = latents(vae, chosen, recipe.seed, folder / "latents.pt")
    words = caption_words()
    model = TextConditionedUNet(TINY_UNET, len(words.tokens))
    if text is not None:
        model.text.load_state_dict(text.state_dict())
    working = optimizers(model, recipe)
    generator, average = torch.Generator().manual_seed(recipe.seed), Average(model, recipe.ema)
    parts: dict[str, Stateful] = {"model": model, "average": average, **working}
    checkpoint = Checkpoint(folder / "diffusion.pt", parts, generator)
    levels, log = 1 / (1 + NoiseLevels.scaled_linear().sigmas ** 2), Log(folder / "diffusion.csv", every=100)
    for step in range(checkpoint.load(), recipe.steps):
        clean, rows = batch(chosen, encoded, words, recipe, step)
        value = loss(model, clean, rows, levels, recipe, generator)
        model.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in working.values():
            set_rate(optimizer, learning_rate(step, recipe.steps, recipe.learning_rate, decay_from=recipe.decay_from))
            optimizer.step()
        average.update(model, step)
        log.add(step, value.item())
        checkpoint.save_sometimes(step + 1)
    checkpoint.save(recipe.steps)
    return checkpoint.path


def batch(
    chosen: list[Scene], encoded: Tensor, words: Words, recipe: DiffusionRecipe, step: int
) -> tuple[Tensor, Tensor]:
    """The latents and captions of a step; drawn from the step's own generator, so a resumed run sees the same."""
    rng = random.Random(f"{recipe.seed} {step}")
    picked = [rng.randrange(len(chosen)) for _ in range(recipe.batch)]
    texts = ["" if rng.random() < recipe.caption_drop else caption(chosen[i], rng) for i in picked]
    return encoded[picked].float(), words.encode(texts, rng, recipe.strange_words)
