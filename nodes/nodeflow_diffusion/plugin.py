"""What the pack brings: nodes and types of Stable Diffusion, samplers and schedules, and a small checkpoint."""

import importlib.metadata
from collections.abc import Iterable, Mapping
from pathlib import Path

from nodeflow import Detector, Node, WireType, hookimpl
from nodeflow.errors import ConfigError
from nodeflow.folders import ModelFolder
from nodeflow_diffusion import (
    conditioning,
    detecting,
    ksampler,
    latent_batch,
    latent_blend,
    latent_shape,
    latents,
    loaders,
    lora,
    noise,
    noise_mask,
    text,
    vae,
)
from nodeflow_diffusion.codecs import ConditioningCodec, LatentCodec, RecipeCodec
from nodeflow_diffusion.lib import placement
from nodeflow_diffusion.lib.samplers import SAMPLERS
from nodeflow_diffusion.lib.schedules import SCHEDULES
from nodeflow_diffusion.types import VAE, Conditioning, Denoiser, Latent, TextEncoder

NODES: tuple[type[Node], ...] = (
    loaders.LoadCheckpoint,
    loaders.LoadVAE,
    loaders.LoadTextEncoder,
    lora.LoadLoRA,
    lora.LoadLoRAModelOnly,
    text.TextEncode,
    text.clip_set_last_layer,
    conditioning.combine_conditioning,
    conditioning.average_conditioning,
    conditioning.concat_conditioning,
    conditioning.set_conditioning_area,
    conditioning.set_conditioning_mask,
    conditioning.set_conditioning_timestep_range,
    conditioning.zero_out_conditioning,
    latents.EmptyLatent,
    latent_shape.upscale_latent,
    latent_shape.upscale_latent_by,
    latent_shape.crop_latent,
    latent_shape.flip_latent,
    latent_shape.rotate_latent,
    latent_batch.latent_batch,
    latent_batch.repeat_latent,
    latent_batch.latent_from_batch,
    latent_blend.blend_latents,
    latent_blend.composite_latent,
    noise_mask.set_latent_noise_mask,
    noise.AddNoise,
    ksampler.KSampler,
    ksampler.KSamplerAdvanced,
    vae.VAEEncode,
    vae.VAEEncodeTiled,
    vae.VAEEncodeForInpaint,
    vae.VAEDecode,
    vae.VAEDecodeTiled,
)

# The hues artists know, at a lightness that can be told from white and from near-black (3 to 1 and better).
TYPES = (
    WireType("Denoiser", Denoiser, "#9a7fd1", "How to load a U-Net and what it predicts.", RecipeCodec(Denoiser)),
    WireType("TextEncoder", TextEncoder, "#b08d0b", "How to load a text encoder.", RecipeCodec(TextEncoder)),
    WireType("VAE", VAE, "#e0524f", "How to load a VAE.", RecipeCodec(VAE)),
    WireType("Conditioning", Conditioning, "#cc7a1a", "Prompts, with where and when they hold.", ConditioningCodec()),
    WireType("Latent", Latent, "#d264b6", "Pictures as a U-Net sees them.", LatentCodec()),
)


@hookimpl
def nodeflow_nodes() -> Iterable[type[Node]]:
    """Loaders, prompts, latents, samplers and VAEs."""
    return NODES


@hookimpl
def nodeflow_types() -> Iterable[WireType]:
    """What those nodes pass to each other."""
    return TYPES


@hookimpl
def nodeflow_choices() -> Mapping[str, Mapping[str, object]]:
    """Samplers, schedules and patches by name."""
    return {
        "samplers": SAMPLERS,
        "schedules": SCHEDULES,
        "patches": {"lora": "nodeflow_diffusion.lib.lora:patch"},
        "tiny_models": {"checkpoints": "nodeflow_diffusion.testing:write_checkpoint"},
    }


@hookimpl
def nodeflow_model_folders() -> Iterable[ModelFolder]:
    """The checkpoint that comes with the pack."""
    models = Path(__file__).parent / "models"
    return (ModelFolder(loaders.CHECKPOINTS, models / "checkpoints", owner="diffusion"),)


@hookimpl
def nodeflow_detectors() -> Iterable[Detector]:
    """What tells checkpoints and VAEs from other files."""
    return detecting.DETECTORS


@hookimpl
def nodeflow_environment(settings: Mapping[str, str]) -> Mapping[str, str]:
    """The libraries that compute, where, and in which types."""
    try:
        place = placement.choose(settings.get("device", "auto"), settings.get("dtype", "auto"))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    libraries = {name: installed(name) for name in ("torch", "transformers")}
    return {**libraries, "device": place.kind, "dtype": place.dtype, "vae_dtype": place.vae_dtype}


def installed(distribution: str) -> str:
    """The version of a distribution, found without importing it; empty where there is none."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
