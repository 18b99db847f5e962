"""From recipes to models: opened, checked, placed and kept by the context's model store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from torch import nn

from nodeflow_diffusion.lib import placement
from nodeflow_diffusion.lib.checkpoint import Checkpoint, PartName, open_checkpoint

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_diffusion import types
    from nodeflow_diffusion.lib.denoiser import Denoiser
    from nodeflow_diffusion.lib.noise_levels import NoiseLevels
    from nodeflow_diffusion.lib.preview import LatentRGB
    from nodeflow_diffusion.lib.text import TextEncoder
    from nodeflow_diffusion.lib.unet import UNetConfig
    from nodeflow_diffusion.lib.vae import VAE, VAEConfig

PatchMethod = Callable[[nn.Module, Path, float], nn.Module]
"""Called as method(network, file, strength): a network that shares the weights it does not change, like it frozen.

Convolutions of the U-Net may be packed: what they hold is their `plain_weight`, and a plain one may take its place.
"""


class ChangedFileError(ValueError):
    """A model file no longer holds what the recipe was made for."""


@dataclass(frozen=True, eq=False)
class Model:
    """A denoiser with what its file tells of it: the U-Net's sizes, and the map for previews if it is known."""

    denoiser: Denoiser
    config: UNetConfig
    latent_rgb: LatentRGB | None


def denoiser(recipe: types.Denoiser, ctx: Context) -> Model:
    """The denoiser of a recipe. Raises CheckpointError, or ChangedFileError if the file is not what it was."""
    checkpoint, place = opened(recipe.file, ["unet"], ctx), placed(ctx)
    prediction, nbytes = recipe.prediction, checkpoint.nbytes("unet", place)
    plain = replace(recipe, patches=())
    loaded = ctx.models.get(("denoiser", plain, place), lambda: checkpoint.denoiser(place, prediction), nbytes)
    if recipe.patches:
        unet = cast("nn.Module", loaded.network)
        loaded = ctx.models.get(
            ("denoiser", recipe, place), lambda: replace(loaded, network=patched(unet, recipe.patches, ctx)), nbytes
        )
    return Model(loaded, checkpoint.unet_config, checkpoint.latent_rgb)


def text_encoder(recipe: types.TextEncoder, ctx: Context) -> TextEncoder:
    """The text encoder of a recipe. Raises CheckpointError, ChangedFileError, or ValueError for a layer it has not."""
    checkpoint, place = opened(recipe.file, ["text_encoder"], ctx), placed(ctx)
    nbytes = checkpoint.nbytes("text_encoder", place)
    plain = replace(recipe, patches=(), last_layer=None)
    loaded = ctx.models.get(("text_encoder", plain, place), lambda: checkpoint.text_encoder(place), nbytes)
    if recipe.patches:
        whole, key = loaded, ("text_encoder", replace(recipe, last_layer=None), place)
        loaded = ctx.models.get(key, lambda: patched_text(whole, recipe.patches, ctx), nbytes)
    return loaded if recipe.last_layer is None else loaded.with_last_layer(recipe.last_layer)


def vae(recipe: types.VAE, ctx: Context) -> VAE:
    """The VAE of a recipe. Raises CheckpointError, or ChangedFileError."""
    checkpoint, place = opened(recipe.file, ["vae"], ctx), placed(ctx)
    return ctx.models.get(("vae", recipe, place), lambda: checkpoint.vae(place), checkpoint.nbytes("vae", place))


def noise_levels(recipe: types.Denoiser, ctx: Context) -> NoiseLevels:
    """The noise levels a denoiser was trained on; its weights are not read."""
    return opened(recipe.file, ["unet"], ctx).levels


def vae_config(recipe: types.VAE, ctx: Context) -> VAEConfig:
    """The sizes of a VAE, from its file's header."""
    return opened(recipe.file, ["vae"], ctx).vae_config


def placed(ctx: Context) -> placement.Placement:
    """Where the settings of this run put models. Raises ValueError for a device that is not there."""
    return placement.choose(ctx.settings.get("device", "auto"), ctx.settings.get("dtype", "auto"))


def opened(file: types.ModelFile, parts: Collection[PartName], ctx: Context) -> Checkpoint:
    """The checkpoint of a file that holds `parts`; of its weights nothing is read yet."""
    return open_checkpoint(checked(file, ctx), parts)


def checked(file: types.ModelFile, ctx: Context) -> Path:
    """Where a file lies. Raises ChangedFileError if it is another one by now."""
    found = ctx.digest(file.kind, file.name)
    if found != file.sha256:
        raise ChangedFileError(
            f"the file {file} has changed: its sha256 is {found!r}, and was {file.sha256!r} when it was chosen; "
            "run the node that loads it again, or put the old file back"
        )
    return ctx.path(file.kind, file.name)


def patched(network: nn.Module, patches: Sequence[types.Patch], ctx: Context) -> nn.Module:
    """The network with patches made one after the other; itself unchanged."""
    for patch in patches:
        method = cast("PatchMethod", ctx.choice("patches", patch.method))
        network = method(network, checked(patch.file, ctx), patch.strength)
    return network


def patched_text(encoder: TextEncoder, patches: Sequence[types.Patch], ctx: Context) -> TextEncoder:
    """The text encoder around its patched network."""
    network: Any = encoder.network  # each family is a dataclass, which a protocol cannot say
    return replace(encoder, network=replace(network, module=patched(network.module, patches, ctx)))
