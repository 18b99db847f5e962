"""Text encoders: chunks, weights and pooling, against transformers' own models and hand computations."""

from __future__ import annotations

import pytest
import torch
from nodeflow_diffusion.lib.clip import ClipConfig, ClipNetwork, clip_config, clip_text_model, trunk
from nodeflow_diffusion.lib.text import TextEncoder, weighted
from nodeflow_diffusion.lib.tokenizer import clip_vocabulary
from torch import Tensor, nn

START, END = 49406, 49407


@pytest.fixture
def encoder(small_text: nn.Module) -> TextEncoder:
    return TextEncoder(ClipNetwork(small_text), clip_vocabulary())


@torch.no_grad()
def states(model: nn.Module, ids: list[int]) -> Tensor:
    """Transformers' own answer to a row of tokens, filled up with the end-of-text."""
    row = torch.tensor([ids + [END] * (77 - len(ids))])
    out: Tensor = model(input_ids=row).last_hidden_state
    return out


def test_a_plain_prompt_is_what_transformers_makes_of_it(encoder: TextEncoder, small_text: nn.Module) -> None:
    expected = states(small_text, [START, 320, 1125, 539, 320, 2368, END])
    embedding = encoder.encode("a photo of a cat")
    assert torch.allclose(embedding.context, expected, rtol=1e-4, atol=1e-5)
    assert torch.allclose(embedding.pooled, expected[:, 6], rtol=1e-4, atol=1e-5)
    assert (embedding.context.shape, embedding.pooled.shape) == ((1, 77, 64), (1, 64))


def test_the_empty_prompt(encoder: TextEncoder, small_text: nn.Module) -> None:
    assert torch.allclose(encoder.encode("").context, states(small_text, [START, END]), atol=1e-5)


@pytest.mark.parametrize("layer", [-1, -2, -3])
@torch.no_grad()
def test_clip_skip_norms_the_state_of_an_earlier_layer(encoder: TextEncoder, small_text: nn.Module, layer: int) -> None:
    """The reference is a model that has no later layers."""
    config = clip_config(small_text)
    shorter = clip_text_model(ClipConfig(**{**vars(config), "layers": config.layers + layer + 1}))
    trunk(shorter).load_state_dict(trunk(small_text).state_dict(), strict=False)
    skipped = encoder.with_last_layer(layer).encode("a photo of a cat")
    expected = states(shorter.eval(), [START, 320, 1125, 539, 320, 2368, END])
    assert torch.allclose(skipped.context, expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(skipped.pooled, encoder.encode("a photo of a cat").pooled)


@pytest.mark.parametrize("layer", [0, 1, -4])
def test_a_layer_that_does_not_exist(encoder: TextEncoder, layer: int) -> None:
    with pytest.raises(ValueError, match=f"no layer {layer}; this text encoder has -3 to -1"):
        encoder.with_last_layer(layer)


def test_a_long_prompt_is_encoded_chunk_by_chunk(encoder: TextEncoder, small_text: nn.Module) -> None:
    embedding = encoder.encode(" ".join(["cat"] * 80))
    first = states(small_text, [START, *[2368] * 75, END])
    second = states(small_text, [START, *[2368] * 5, END])
    assert torch.allclose(embedding.context, torch.cat([first, second], dim=1), rtol=1e-4, atol=1e-5)
    assert torch.allclose(embedding.pooled, first[:, 76], rtol=1e-4, atol=1e-5)


def test_break_starts_a_chunk(encoder: TextEncoder) -> None:
    both = encoder.encode("cat BREAK a photo").context
    one_by_one = [encoder.encode(text).context for text in ("cat", "a photo")]
    assert torch.allclose(both, torch.cat(one_by_one, dim=1), atol=1e-5)


def test_filling_up_is_encoding_the_empty_chunk(encoder: TextEncoder) -> None:
    filled = encoder.encode("cat", chunks=2)
    expected = torch.cat([encoder.encode("cat").context, encoder.encode("").context], dim=1)
    assert torch.allclose(filled.context, expected, atol=1e-5)
    assert torch.allclose(filled.pooled, encoder.encode("cat").pooled, atol=1e-5)


def test_weights_scale_tokens_and_keep_the_mean(encoder: TextEncoder) -> None:
    plain = encoder.encode("a photo of a cat").context
    heavy = encoder.encode("a photo of a (cat:1.5)").context
    by_hand = plain.clone()
    by_hand[:, 5] *= 1.5
    by_hand *= plain.mean() / by_hand.mean()
    assert torch.allclose(heavy, by_hand, rtol=1e-4, atol=1e-5)


def test_weighted_by_hand() -> None:
    x = torch.tensor([[[1.0, 3.0], [2.0, 2.0]], [[1.0, 1.0], [1.0, 1.0]]])
    out = weighted(x, torch.tensor([[2.0, 1.0], [1.0, 1.0]]))
    # 2, 6, 2, 2 have the mean 3 where there was 2.
    assert torch.allclose(out[0], torch.tensor([[2.0, 6.0], [2.0, 2.0]]) * 2 / 3)
    assert torch.equal(out[1], x[1])


def test_weights_of_zero_do_not_divide_by_zero() -> None:
    assert torch.equal(weighted(torch.ones(1, 2, 2), torch.zeros(1, 2)), torch.zeros(1, 2, 2))


def test_other_numbers_of_positions_make_other_chunks() -> None:
    model = clip_text_model(ClipConfig(width=64, layers=1, heads=1, intermediate=64, positions=6)).eval()
    encoder = TextEncoder(ClipNetwork(model), clip_vocabulary())
    assert (encoder.positions, encoder.chunk_length) == (6, 4)
    assert encoder.encode("a photo of a cat").context.shape == (1, 12, 64)


def test_other_padding(small_text: nn.Module) -> None:
    encoder = TextEncoder(ClipNetwork(small_text), clip_vocabulary(pad=0))
    row = torch.tensor([[START, 2368, END] + [0] * 74])
    assert torch.allclose(encoder.encode("cat").context, small_text(input_ids=row).last_hidden_state, atol=1e-5)


def test_half_precision_models_give_float32(small_text: nn.Module) -> None:
    model = clip_text_model(clip_config(small_text)).to(torch.bfloat16).eval()
    embedding = TextEncoder(ClipNetwork(model), clip_vocabulary()).encode("(cat:1.2)")
    assert (embedding.context.dtype, embedding.pooled.dtype) == (torch.float32, torch.float32)
