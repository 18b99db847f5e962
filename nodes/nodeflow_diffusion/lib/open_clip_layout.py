"""The text encoder of Stable Diffusion 2.x as open_clip names it, read as a transformers CLIP text model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from nodeflow_diffusion.lib.part import Source

TEXT: Final = "cond_stage_model.model."
_OUTER: Final = {
    "token_embedding.weight": "embeddings.token_embedding.weight",
    "positional_embedding": "embeddings.position_embedding.weight",
    "ln_final.weight": "final_layer_norm.weight",
    "ln_final.bias": "final_layer_norm.bias",
}
_INNER: Final = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_BLOCK: Final = "transformer.resblocks."


def text_sources(names: Iterable[str]) -> Mapping[str, Source]:
    """Transformers' names (without `text_model.`) of the tensors under `TEXT`; queries, keys, values lie in one."""
    sources: dict[str, Source] = {}
    for name in names:
        inner = name.removeprefix(TEXT)
        if inner in _OUTER:
            sources[_OUTER[inner]] = Source(name)
        elif inner.startswith(_BLOCK):
            number, _, rest = inner.removeprefix(_BLOCK).partition(".")
            sources |= {f"encoder.layers.{number}.{ours}": source for ours, source in _layer(rest, name).items()}
    return sources


def _layer(rest: str, name: str) -> dict[str, Source]:
    module, _, kind = rest.rpartition(".")
    if rest.startswith("attn.in_proj_"):
        kind = rest.removeprefix("attn.in_proj_")
        return {f"self_attn.{p}_proj.{kind}": Source(name, i, 3) for i, p in enumerate("qkv")}
    return {f"{_INNER.get(module, module)}.{kind}": Source(name)}
