"""The single-file layout of Stable Diffusion 1.x: names of its parts, and sizes read from the shapes of tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.metadata import Metadata, count, number, sizes
from nodeflow_diffusion.lib.refusal import CheckpointError
from nodeflow_diffusion.lib.tensor_file import Shape
from nodeflow_diffusion.lib.unet import UNetConfig
from nodeflow_diffusion.lib.vae import VAEConfig

UNET: Final = "model.diffusion_model."
VAE: Final = "first_stage_model."
TEXT: Final = "cond_stage_model.transformer."
Shapes = Mapping[str, Shape]
_GROUPS: Final = 32
_ACTIVATIONS: Final = ("quick_gelu", "gelu")


def unet_config(shapes: Shapes, metadata: Metadata) -> UNetConfig:
    """Sizes of a U-Net from the shapes of its weights; heads from the metadata, else as Stable Diffusion has them.

    Raises CheckpointError if the blocks do not follow the layout, or the heads do not divide their widths.
    """
    in_channels = _shape(shapes, "input_blocks.0.0.weight", 4)[1]
    levels = _levels(shapes)
    transformers = [name for name in shapes if name.endswith("attn2.to_k.weight")]
    if not transformers:
        raise CheckpointError("the U-Net has no cross-attention; one that follows a text has")
    context_dim = _shape(shapes, transformers[0], 2)[1]
    first = transformers[0].partition(".transformer_blocks.")[0]
    return UNetConfig(
        in_channels=in_channels,
        out_channels=_shape(shapes, "out.2.weight", 4)[0],
        channels=tuple(width for width, _, _ in levels),
        res_blocks=levels[0][1],
        depths=tuple(depth for _, _, depth in levels),
        middle_depth=_depth(shapes, "middle_block.1."),
        context_dim=context_dim,
        linear_projection=len(shapes.get(f"{first}.proj_in.weight", ())) == 2,
        vector_dim=_shape(shapes, "label_emb.0.0.weight", 2)[1] if "label_emb.0.0.weight" in shapes else None,
        **_heads(context_dim, [width for width, _, depth in levels if depth], metadata),
    )


def _levels(shapes: Shapes) -> list[tuple[int, int, int]]:
    """Width, residual blocks and transformer depth of each level of the way down."""
    levels: list[list[tuple[int, int]]] = [[]]
    for n in range(1, _count(shapes, "input_blocks.")):
        block = f"input_blocks.{n}."
        if f"{block}0.op.weight" in shapes:
            levels.append([])
        else:
            levels[-1].append((_shape(shapes, f"{block}0.in_layers.2.weight", 4)[0], _depth(shapes, f"{block}1.")))
    if any(len(set(level)) != 1 or len(level) != len(levels[0]) for level in levels):
        raise CheckpointError(f"the U-Net's levels have blocks of (width, depth) {levels}; in a level they are alike")
    _check_groups("U-Net", (level[0][0] for level in levels))
    return [(level[0][0], len(level), level[0][1]) for level in levels]


def _heads(context_dim: int, widths: list[int], metadata: Metadata) -> dict[str, int | None]:
    heads, head_dim = count(metadata, "nodeflow.heads"), count(metadata, "nodeflow.head_dim")
    if heads is None and head_dim is None:
        heads, head_dim = (None, 64) if context_dim == 1024 else (8, None)
    divisor = heads or head_dim or 1
    if any(width % divisor for width in widths):
        said = f"{heads} heads" if heads else f"heads of width {head_dim}"
        raise CheckpointError(f"{said} do not divide the U-Net's widths {widths}; give metadata 'nodeflow.heads'")
    return {"heads": heads, "head_dim": None if heads else head_dim}


def vae_config(shapes: Shapes, metadata: Metadata) -> VAEConfig:
    """Sizes of a VAE from the shapes of its weights; the scaling from the metadata, else Stable Diffusion's 0.18215.

    Raises CheckpointError if the weights do not follow the layout.
    """
    image_channels = _shape(shapes, "encoder.conv_in.weight", 4)[1]
    patch = math.isqrt(image_channels // 3)
    if 3 * patch**2 != image_channels:
        raise CheckpointError(f"the VAE takes {image_channels} channels; RGB in square patches has 3, 12, 27, 48, ...")
    levels = range(_count(shapes, "encoder.down."))
    channels = tuple(_shape(shapes, f"encoder.down.{i}.block.0.conv2.weight", 4)[0] for i in levels)
    _check_groups("VAE", channels)
    return VAEConfig(
        latent_channels=_shape(shapes, "decoder.conv_in.weight", 4)[1],
        channels=channels,
        res_blocks=_count(shapes, "encoder.down.0.block."),
        patch=patch,
        scaling=number(metadata, "nodeflow.scaling", VAEConfig.scaling),
        shift=number(metadata, "nodeflow.shift", VAEConfig.shift),
        quant_conv="quant_conv.weight" in shapes,
    )


def text_config(shapes: Shapes, metadata: Metadata, activation: str = ClipConfig.activation) -> ClipConfig:
    """Sizes of a CLIP text model from the shapes of its weights, which are named without `text_model.`.

    Heads are 64 wide and the activation is as given, unless the JSON in `nodeflow.text` says otherwise. Raises
    CheckpointError if the weights do not follow the layout, or the heads do not divide the width.
    """
    vocabulary, width = _shape(shapes, "embeddings.token_embedding.weight", 2)
    said = sizes(metadata, "nodeflow.text")
    heads = said.get("heads", max(1, width // 64))
    if not isinstance(heads, int) or heads < 1 or width % heads:
        raise CheckpointError(f"{heads!r} heads do not divide the text encoder's width {width}; see 'nodeflow.text'")
    if (activation := said.get("activation", activation)) not in _ACTIVATIONS:
        raise CheckpointError(f"activation {activation!r} of the text encoder; there are {', '.join(_ACTIVATIONS)}")
    return ClipConfig(
        width=width,
        layers=_count(shapes, "encoder.layers."),
        heads=heads,
        intermediate=_shape(shapes, "encoder.layers.0.mlp.fc1.weight", 2)[0],
        positions=_shape(shapes, "embeddings.position_embedding.weight", 2)[0],
        vocabulary=vocabulary,
        activation=activation,
    )


def _shape(shapes: Shapes, name: str, dimensions: int) -> Shape:
    if name not in shapes:
        raise CheckpointError(f"there is no tensor {name!r}; the layout has one")
    if len(shape := shapes[name]) != dimensions:
        raise CheckpointError(f"{name!r} has shape {list(shape)}; the layout has {dimensions} dimensions there")
    return shape


def _check_groups(title: str, widths: Iterable[int]) -> None:
    if odd := [width for width in widths if width % _GROUPS]:
        raise CheckpointError(f"the {title} has widths {odd}; its norms have {_GROUPS} groups, which must divide them")


def _count(shapes: Shapes, prefix: str) -> int:
    """How many numbered modules there are under a prefix that ends in a dot."""
    numbers = {name.removeprefix(prefix).partition(".")[0] for name in shapes if name.startswith(prefix)}
    return 1 + max((int(n) for n in numbers if n.isdecimal() and len(n) < 4), default=-1)


def _depth(shapes: Shapes, block: str) -> int:
    return _count(shapes, f"{block}transformer_blocks.")
