"""The text encoder of Stable Diffusion 2.x as open_clip names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig, ClipNetwork, clip_text_model, trunk
from nodeflow_diffusion.lib.open_clip_layout import TEXT
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.tokenizer import clip_vocabulary
from safetensors.torch import save_file
from torch import Tensor, nn

_NAMES = (
    (r"^embeddings\.token_embedding", "token_embedding"),
    (r"^embeddings\.position_embedding\.weight", "positional_embedding"),
    (r"^final_layer_norm", "ln_final"),
    (r"^encoder\.layers", "transformer.resblocks"),
    (r"layer_norm([12])", r"ln_\1"),
    (r"self_attn\.out_proj", "attn.out_proj"),
    (r"mlp\.fc1", "mlp.c_fc"),
    (r"mlp\.fc2", "mlp.c_proj"),
)


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    return clip_text_model(ClipConfig(128, 3, 2, 256, activation="gelu")).eval()


def open_clip_state(model: nn.Module) -> dict[str, Tensor]:
    """The weights under open_clip's names, with queries, keys and values in one tensor."""
    state = dict(trunk(model).state_dict())
    for layer in {name.split(".self_attn.")[0] for name in state if ".self_attn." in name}:
        for kind in ("weight", "bias"):
            parts = [state.pop(f"{layer}.self_attn.{p}_proj.{kind}") for p in "qkv"]
            state[f"{layer}.attn.in_proj_{kind}"] = torch.cat(parts)
    renamed = {}
    for name, tensor in state.items():
        for pattern, replacement in _NAMES:
            name = re.sub(pattern, replacement, name)
        renamed[TEXT + name] = tensor
    return renamed | {f"{TEXT}text_projection": torch.zeros(4), f"{TEXT}logit_scale": torch.zeros(())}


def test_it_is_read_as_stable_diffusion_2_uses_it(tmp_path: Path, model: nn.Module) -> None:
    """That is: stopped after the layer before the last, and padded with 0."""
    save_file(open_clip_state(model), tmp_path / "a.safetensors")
    encoder = open_checkpoint(tmp_path / "a.safetensors", ["text_encoder"]).text_encoder()
    expected = TextEncoder(ClipNetwork(model), clip_vocabulary(pad=0)).with_last_layer(-2).encode("a (cat:1.2)")
    embedding = encoder.encode("a (cat:1.2)")
    assert torch.allclose(embedding.context, expected.context, atol=1e-5)
    assert torch.allclose(embedding.pooled, expected.pooled, atol=1e-5)
