"""From recipes to networks that can be trained or used, and from trained networks back to recipes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from nodeflow_diffusion.lib import placement
from nodeflow_diffusion.lib.checkpoint import Checkpoint, PartName, open_checkpoint
from nodeflow_diffusion.types import ModelFile
from torch import nn

from nodeflow import File

if TYPE_CHECKING:
    from nodeflow_diffusion import types
    from nodeflow_diffusion.lib.denoiser import Denoiser
    from nodeflow_diffusion.lib.text import TextEncoder
    from nodeflow_diffusion.lib.vae import VAE

    from nodeflow import Context

STORED = "sha256:"
PatchMethod = Callable[[nn.Module, Path, float], nn.Module]


class ChangedFileError(ValueError):
    """A model file no longer holds what the recipe was made for."""


def opened(file: ModelFile, parts: Collection[PartName], ctx: Context) -> Checkpoint:
    """The checkpoint of a file that holds `parts`. Raises ChangedFileError if it is another one by now."""
    return open_checkpoint(checked(file, ctx), parts)


def checked(file: ModelFile, ctx: Context) -> Path:
    """Where a file lies. Raises ChangedFileError if it is another one by now."""
    if (found := ctx.digest(file.kind, file.name)) != file.sha256:
        raise ChangedFileError(
            f"the file {file} has changed: its sha256 is {found!r}, and was {file.sha256!r} when it was chosen; "
            "run the node that loads it again"
        )
    return ctx.path(file.kind, file.name)


def device(ctx: Context) -> str:
    """The device that the settings of this run choose."""
    return placement.choose(ctx.settings.get("device", "auto"), ctx.settings.get("dtype", "auto")).device


def plain(ctx: Context) -> placement.Placement:
    """For weights that are to be trained: float32, in plain order, whatever networks compute in."""
    return placement.Placement(placement.choose(ctx.settings.get("device", "auto"), "float32").device)


def computing(ctx: Context) -> placement.Placement:
    """For networks that are used, not trained."""
    return placement.choose(ctx.settings.get("device", "auto"), ctx.settings.get("dtype", "auto"))


def vae(recipe: types.VAE, ctx: Context, place: placement.Placement | None = None) -> VAE:
    place = place or computing(ctx)
    checkpoint = opened(recipe.file, ["vae"], ctx)
    return ctx.models.get(("vae", recipe, place), lambda: checkpoint.vae(place), checkpoint.nbytes("vae", place))


def text_encoder(recipe: types.TextEncoder, ctx: Context, place: placement.Placement | None = None) -> TextEncoder:
    """The text encoder of a recipe with its patches, loaded anew: it may be trained."""
    encoder = opened(recipe.file, ["text_encoder"], ctx).text_encoder(place or plain(ctx))
    encoder = patched_text(encoder, recipe.patches, ctx)
    return encoder if recipe.last_layer is None else encoder.with_last_layer(recipe.last_layer)


def denoiser(recipe: types.Denoiser, ctx: Context, place: placement.Placement | None = None) -> Denoiser:
    """The denoiser of a recipe with its patches, loaded anew: it may be trained."""
    loaded = opened(recipe.file, ["unet"], ctx).denoiser(place or plain(ctx), recipe.prediction)
    return replace(loaded, network=patched(cast("nn.Module", loaded.network), recipe.patches, ctx))


def patched_text(encoder: TextEncoder, patches: Collection[types.Patch], ctx: Context) -> TextEncoder:
    network: Any = encoder.network  # each family is a dataclass, which a protocol cannot say
    return replace(encoder, network=replace(network, module=patched(network.module, patches, ctx)))


def patched(network: nn.Module, patches: Collection[types.Patch], ctx: Context) -> nn.Module:
    for patch in patches:
        method = cast("PatchMethod", ctx.choice("patches", patch.method))
        network = method(network, checked(patch.file, ctx), patch.strength)
    return network


@dataclass(frozen=True)
class Made:
    """A file of the store, and how recipes name it."""

    file: File
    model: ModelFile


def kept(path: Path, name: str, ctx: Context, kind: str = "checkpoints") -> Made:
    """Puts a file into the store as an artifact of this step; a recipe can name it from now on."""
    file = ctx.save(path.read_bytes(), name, "application/octet-stream")
    return Made(file, ModelFile(kind, f"{STORED}{file.sha256}", file.sha256))


def frozen(network: nn.Module) -> nn.Module:
    return network.eval().requires_grad_(requires_grad=False)


def trainable(network: nn.Module) -> nn.Module:
    return network.train().requires_grad_(requires_grad=True)


def narrowed(network: nn.Module) -> nn.Module:
    """The frozen network with its matrices in bfloat16 and all else as it was, in memory of its own.

    Autocast makes just that of a matrix at each call, and keeps it for the gradients: results are the same to the bit.
    """
    for layer in network.modules():
        is_matrix = isinstance(layer, nn.Linear | nn.Conv2d)
        for weight in layer.parameters(recurse=False):
            weight.data = weight.data.to(torch.bfloat16 if is_matrix else weight.dtype, copy=True)
    return network


def channels_last(network: nn.Module) -> nn.Module:
    out: nn.Module = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return out
