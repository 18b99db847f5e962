"""The parts of a pipeline, each loaded when it is needed and kept by the model store: text encoders, denoiser, VAE."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import diffusers
import torch
from diffusers.utils import logging as diffusers_logging
from torch import nn
from transformers.utils import logging as transformers_logging

from nodeflow_diffusers import folder, placement
from nodeflow_diffusers.folder import PipelineError, PipelineFolder
from nodeflow_diffusers.weight_bytes import weight_bytes

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_diffusers.placement import Placement
    from nodeflow_diffusers.types import DiffusersPipeline

KIND = "diffusers"
"""The kind of model folder that pipelines lie in."""
UNUSED = ("safety_checker", "feature_extractor", "image_encoder")
DENOISERS = ("unet", "transformer")


def opened(recipe: DiffusersPipeline, ctx: Context) -> PipelineFolder:
    """The folder of a recipe. Raises PipelineError if it is no longer what it was when it was chosen."""
    found = ctx.digest(KIND, recipe.name)
    if found != recipe.sha256:
        raise PipelineError(
            f"the folder {recipe.name!r} has changed: its sha256 is {found!r}, and was {recipe.sha256!r} when it was "
            "chosen; run LoadPipeline again, or put the old files back"
        )
    return folder.read(ctx.path(KIND, recipe.name))


def text(recipe: DiffusersPipeline, ctx: Context) -> Any:
    """The pipeline with its text encoders alone: enough for `encode_prompt`."""
    found, place = opened(recipe, ctx), placement.choose(ctx.settings)
    wanted = [name for name in found.components if name.startswith(("text_encoder", "tokenizer", "scheduler"))]

    def load() -> Any:
        return _pipeline(found, wanted, place, **_shells(found))

    return ctx.models.get(("diffusers text", recipe, place), load, _bytes(found, wanted, place))


def denoiser(recipe: DiffusersPipeline, ctx: Context) -> Any:
    """The pipeline without its text encoders: enough to call with an encoded prompt."""
    found, place, decoder = opened(recipe, ctx), placement.choose(ctx.settings), vae(recipe, ctx)
    wanted = [name for name in found.components if not name.startswith(("text_encoder", "vae", *UNUSED))]

    def load() -> Any:
        return _pipeline(found, wanted, place, vae=decoder)

    return ctx.models.get(("diffusers denoiser", recipe, place), load, _bytes(found, wanted, place))


def vae(recipe: DiffusersPipeline, ctx: Context) -> Any:
    """The VAE; in float32 where it says that float16 is not enough for it."""
    found, place = opened(recipe, ctx), placement.choose(ctx.settings)
    kind = getattr(diffusers, found.components["vae"])
    config = kind.load_config(found.path / "vae", local_files_only=True)
    if place.dtype == "float16" and config.get("force_upcast", True):
        place = placement.Placement(place.device, "float32")

    def load() -> Any:
        with quiet():
            return kind.from_pretrained(found.path / "vae", **_how(found, place)).to(place.device)

    return ctx.models.get(("diffusers vae", recipe, place), load, _bytes(found, ["vae"], place))


def _bytes(found: PipelineFolder, components: list[str], place: Placement) -> int:
    return weight_bytes((file for name in components for file in found.weights(name)), place.float_bytes)


def _how(found: PipelineFolder, place: Placement) -> dict[str, Any]:
    """Local files only, and no pickle."""
    return {
        "dtype": place.torch_dtype,
        "variant": found.variant,
        "use_safetensors": True,
        "local_files_only": True,
    }


def _pipeline(found: PipelineFolder, wanted: list[str], place: Placement, **given: Any) -> Any:
    """The pipeline with the wanted components loaded, the given ones as they are, and None for the others."""
    kind = pipeline_class(found.class_name)
    needed = inspect.signature(kind.__init__).parameters
    required = {name for name, each in needed.items() if each.default is each.empty and name not in ("self", "kwargs")}
    absent = dict.fromkeys((required | set(found.components)) - set(wanted) - set(given))
    plain = {"requires_safety_checker": False} if "requires_safety_checker" in needed else {}
    with quiet():
        pipeline = kind.from_pretrained(found.path, **absent, **given, **plain, **_how(found, place))
    for name in wanted:
        if isinstance(part := getattr(pipeline, name), nn.Module):
            part.to(place.device)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _shells(found: PipelineFolder) -> dict[str, nn.Module]:
    """The denoiser without weights, for folders that leave a text encoder out: the pipeline asks for its sizes then."""
    taken = set(inspect.signature(pipeline_class(found.class_name).__init__).parameters)
    if all(name in found.components for name in taken if name.startswith("text_encoder")):
        return {}
    shells = {}
    for name in DENOISERS:
        if name in found.components:
            kind = getattr(diffusers, found.components[name])
            with torch.device("meta"):
                shells[name] = kind.from_config(kind.load_config(found.path / name, local_files_only=True))
    return shells


def pipeline_class(name: str) -> Any:
    """The class of diffusers of that name. Raises PipelineError if the installed version has none."""
    kind = getattr(diffusers, name, None)
    if not (isinstance(kind, type) and issubclass(kind, diffusers.DiffusionPipeline)):
        raise PipelineError(f"diffusers {diffusers.__version__} has no pipeline {name!r}; a newer version may have it")
    return kind


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the bars of loading off the terminal, where nodeflow draws its own."""
    bars: list[tuple[Any, Callable[[], bool]]] = [
        (diffusers_logging, diffusers_logging.is_progress_bar_enabled),
        (transformers_logging, transformers_logging.is_progress_bar_enabled),
    ]
    shown = [module for module, is_shown in bars if is_shown()]
    for module in shown:
        module.disable_progress_bar()
    try:
        yield
    finally:
        for module in shown:
            module.enable_progress_bar()
