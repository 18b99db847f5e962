"""What the plugin brings: four nodes, their wire types, and schedulers to choose from."""

import importlib.metadata
from collections.abc import Iterable, Mapping

from nodeflow import Node, WireType, hookimpl
from nodeflow_diffusers import nodes, placement
from nodeflow_diffusers.codecs import LatentCodec, PipelineCodec, PromptCodec
from nodeflow_diffusers.schedulers import SCHEDULERS, TABLE
from nodeflow_diffusers.types import DiffusersLatent, DiffusersPipeline, DiffusersPrompt

NODES: tuple[type[Node], ...] = (nodes.LoadPipeline, nodes.EncodePrompt, nodes.SampleLatent, nodes.DecodeLatent)
TYPES = (
    WireType("DiffusersPipeline", DiffusersPipeline, "#8fa3f0", "A pipeline folder of diffusers.", PipelineCodec()),
    WireType("DiffusersPrompt", DiffusersPrompt, "#e0a44a", "A prompt as a pipeline encodes it.", PromptCodec()),
    WireType("DiffusersLatent", DiffusersLatent, "#e58fc4", "Pictures as a pipeline denoises them.", LatentCodec()),
)


@hookimpl
def nodeflow_nodes() -> Iterable[type[Node]]:
    """Every node of the plugin."""
    return NODES


@hookimpl
def nodeflow_types() -> Iterable[WireType]:
    """What goes from node to node."""
    return TYPES


@hookimpl
def nodeflow_choices() -> Mapping[str, Mapping[str, object]]:
    """The schedulers, in a table that other plugins may add to."""
    return {TABLE: SCHEDULERS}


@hookimpl
def nodeflow_environment(settings: Mapping[str, str]) -> Mapping[str, str]:
    """The versions, the device and the number type that a result may differ by."""
    place = placement.choose(settings)
    versions = {name: importlib.metadata.version(name) for name in ("diffusers", "torch", "transformers")}
    return {**versions, "device": place.device, "dtype": place.dtype}
