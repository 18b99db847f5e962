"""The recipe of the embedded checkpoint, part by part; graphs/learn/train-default.json is the same as a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.placement import choose
from nodeflow_diffusion.lib.tokenizer import CLIP_SIZE
from nodeflow_diffusion.lib.unet import UNetConfig
from nodeflow_diffusion.lib.vae import VAEConfig

from nodeflow_training.diffusion_learner import Method
from nodeflow_training.loop import Pace, spacing
from nodeflow_training.objective import Objective
from nodeflow_training.reading_learner import ReadingMethod
from nodeflow_training.types import Dataset, Drawings
from nodeflow_training.vae_learner import VAEMethod

TINY_VAE = VAEConfig(latent_channels=16, channels=(64, 128, 128), res_blocks=1, patch=4)
TINY_TEXT = ClipConfig(width=128, layers=2, heads=2, intermediate=4 * 128, positions=32, vocabulary=CLIP_SIZE)
TINY_UNET = UNetConfig(
    in_channels=16, out_channels=16, channels=(128, 160), res_blocks=1, depths=(1, 1), context_dim=128, heads=4,
    vector_dim=128,
)  # fmt: skip


@dataclass(frozen=True)
class VAERecipe(VAEMethod):
    """What the VAE is trained with: how it learns, and from how many pictures."""

    steps: int = 5000
    crop: int = 64
    learning_rate: float = 1.2e-3
    latent_noise: float = 0.05
    seed: int = 1
    pictures: int = 12_000

    @property
    def dataset(self) -> Dataset:
        return drawings(self.pictures, self.seed)

    @property
    def pace(self) -> Pace:
        return Pace(self.steps, self.learning_rate, every=spacing(self.steps))

    @property
    def method(self) -> VAEMethod:
        return self


DECODER = VAERecipe(
    steps=20_000, batch=8, crop=0, learning_rate=1e-3, edge_weight=1.0, perceptual_weight=0.1, latent_noise=0.44,
    decoder_only=True, autocast=True,
)  # fmt: skip
"""The decoder alone, once more, on whole pictures, and on latents as a diffusion model leaves them: not quite right.

They are normalised by then, and raw ones have the deviation 1 / 0.18215: the noise is 0.08 of that. Where colours are
alike an edge costs little in pixels: local patterns count whatever their contrast.
"""


@dataclass(frozen=True)
class TextRecipe:
    """What the text encoder is trained with before it meets the U-Net; its captions are those of the U-Net."""

    steps: int = 1000
    batch: int = 64
    learning_rate: float = 1e-3
    silence: float = 0.05
    strange_words: float = 0.1
    seed: int = 3

    @property
    def pace(self) -> Pace:
        return Pace(self.steps, self.learning_rate, every=spacing(self.steps))

    @property
    def method(self) -> ReadingMethod:
        return ReadingMethod(self.batch, self.learning_rate, self.silence, self.seed)


@dataclass(frozen=True)
class DiffusionRecipe:
    """What the U-Net is trained with. `pictures` are encoded once; captions are worded anew each step."""

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

    @property
    def dataset(self) -> Dataset:
        return drawings(self.pictures, self.seed)

    @property
    def pace(self) -> Pace:
        return Pace(self.steps, self.learning_rate, decay_from=self.decay_from, every=spacing(self.steps))

    @property
    def method(self) -> Method:
        """In bfloat16 where the processor has instructions for it."""
        return Method(
            Objective("v", self.noise_bias),
            batch=self.batch,
            learning_rate=self.learning_rate,
            optimizer="muon",
            weight_decay=self.weight_decay,
            text_rate=self.text_rate,
            caption_drop=self.caption_drop,
            ema=self.ema,
            autocast=choose("cpu").dtype == "bfloat16",
            seed=self.seed,
        )


Recipe = VAERecipe | TextRecipe | DiffusionRecipe
RECIPES: Mapping[str, Recipe] = {
    "vae": VAERecipe(),
    "text": TextRecipe(),
    "diffusion": DiffusionRecipe(),
    "decoder": DECODER,
}


def drawings(count: int, seed: int) -> Dataset:
    """Scenes of one item and of two in turn."""
    return Dataset(Drawings(count, seed))
