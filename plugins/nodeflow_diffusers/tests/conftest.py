"""Tiny random pipelines of four families, made on the spot and saved as folders; contexts and an app that find them."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

# Read once, when huggingface_hub is first imported: nothing here may reach for the network.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from nodeflow_diffusers.schedulers import SCHEDULERS
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from nodeflow import Context
from nodeflow.app import App
from nodeflow.config import Config

LETTERS = [chr(code) for code in range(33, 127)]
CLIP_WORDS = [*LETTERS, *(letter + "</w>" for letter in LETTERS), "<|startoftext|>", "<|endoftext|>"]


def clip_tokenizer() -> CLIPTokenizer:
    return CLIPTokenizer(vocab={word: i for i, word in enumerate(CLIP_WORDS)}, merges=[], model_max_length=16)


def clip(kind: Any = CLIPTextModel) -> Any:
    end = len(CLIP_WORDS) - 1
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    tokens = {"vocab_size": end + 1, "bos_token_id": end - 1, "eos_token_id": end, "pad_token_id": end}
    return kind(CLIPTextConfig(**sizes, **tokens, max_position_embeddings=16, projection_dim=32)).eval()


def t5_tokenizer() -> T5Tokenizer:
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((letter, -3.0) for letter in LETTERS)]
    return T5Tokenizer(vocab=words, extra_ids=0, model_max_length=16)


def t5(width: int) -> Any:
    return T5EncoderModel(
        T5Config(vocab_size=len(LETTERS) + 4, d_model=width, d_kv=8, d_ff=64, num_layers=2, num_heads=4)
    ).eval()


def vae(channels: int, **config: Any) -> Any:
    return AutoencoderKL(
        block_out_channels=(32, 64),
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=channels,
        **config,
    ).eval()


def unet(**config: Any) -> Any:
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=["DownBlock2D", "CrossAttnDownBlock2D"],
        up_block_types=["CrossAttnUpBlock2D", "UpBlock2D"],
        attention_head_dim=8,
        **config,
    ).eval()


def stable_diffusion() -> Any:
    return StableDiffusionPipeline(
        vae=vae(4),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        unet=unet(cross_attention_dim=32),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def stable_diffusion_xl() -> Any:
    return StableDiffusionXLPipeline(
        vae=vae(4, scaling_factor=0.13),
        text_encoder=clip(),
        text_encoder_2=clip(CLIPTextModelWithProjection),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        unet=unet(
            cross_attention_dim=64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=32 + 6 * 8,
            transformer_layers_per_block=1,
        ),
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear", steps_offset=1),
    )


def stable_diffusion_3(*, with_t5: bool) -> Any:
    network = SD3Transformer2DModel(
        sample_size=16,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=64,
        caption_projection_dim=32,
        pooled_projection_dim=64,
    )
    return StableDiffusion3Pipeline(
        transformer=network.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=vae(16, scaling_factor=1.5, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=clip(CLIPTextModelWithProjection),
        tokenizer=clip_tokenizer(),
        text_encoder_2=clip(CLIPTextModelWithProjection),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=t5(64) if with_t5 else None,
        tokenizer_3=t5_tokenizer() if with_t5 else None,
    )


def flux() -> Any:
    network = FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    return FluxPipeline(
        transformer=network.eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae(4, scaling_factor=0.36, shift_factor=0.11, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=t5(32),
        tokenizer_2=t5_tokenizer(),
    )


MAKERS: Mapping[str, Callable[[], Any]] = {
    "sd": stable_diffusion,
    "sdxl": stable_diffusion_xl,
    "sd3": lambda: stable_diffusion_3(with_t5=True),
    "sd3-without-t5": lambda: stable_diffusion_3(with_t5=False),
    "flux": flux,
}


@dataclass(frozen=True)
class Home:
    """A data folder, and the pipelines that were made there so far."""

    path: Path
    made: dict[str, Any] = field(default_factory=dict)

    def pipeline(self, family: str) -> Any:
        """The pipeline itself, whose folder bears the family's name."""
        if family not in self.made:
            torch.manual_seed(0)
            self.made[family] = MAKERS[family]()
            self.made[family].set_progress_bar_config(disable=True)
            self.made[family].save_pretrained(self.folder(family))
        return self.made[family]

    def folder(self, family: str) -> Path:
        return self.path / "models" / "diffusers" / family


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def app(home: Home, tmp_path: Path) -> App:
    settings: Any = {"data_dir": home.path, "cache_dir": tmp_path / "cache", "device": "cpu", "dtype": "float32"}
    return App(Config(**settings))


@dataclass
class Store:
    """Model folders and a model store as small as can be; it notes how large each model was said to be."""

    root: Path
    sizes: dict[Hashable, int] = field(default_factory=dict)
    models: dict[Hashable, Any] = field(default_factory=dict)
    sha256: str = "0" * 64

    def path(self, kind: str, name: str) -> Path:
        return self.root / "models" / kind / name

    def digest(self, kind: str, name: str) -> str:
        assert self.path(kind, name).exists()
        return self.sha256

    def get(self, key: Hashable, load: Callable[[], Any], nbytes: int) -> Any:
        if key not in self.models:
            self.sizes[key], self.models[key] = nbytes, load()
        return self.models[key]

    def table(self, name: str) -> Mapping[str, Any]:
        assert name == "diffusers_schedulers"
        return SCHEDULERS


@pytest.fixture
def store(home: Home) -> Store:
    return Store(home.path)


@pytest.fixture
def ctx(store: Store) -> Context:
    """A context outside an executor, on the CPU."""
    settings = {"device": "cpu", "dtype": "float32"}
    return Context(folders=store, models=store, choices=store, settings=settings)
