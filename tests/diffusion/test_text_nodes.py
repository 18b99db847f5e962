"""Prompts become conditionings, and the text encoder may stop early."""

from collections.abc import Callable

import pytest
import torch
from nodeflow_diffusion import weights
from nodeflow_diffusion.loaders import Checkpoint
from nodeflow_diffusion.text import TextEncode, clip_set_last_layer
from nodeflow_diffusion.types import Conditioning

from nodeflow import Context

Encode = Callable[[str], Conditioning]


def test_a_prompt_is_what_the_text_encoder_makes_of_it(small: Checkpoint, ctx: Context, encode: Encode) -> None:
    (entry,) = encode("a (red:1.5) circle").entries
    embedding = weights.text_encoder(small.text_encoder, ctx).encode("a (red:1.5) circle")
    assert torch.equal(entry.context, embedding.context)
    assert entry.context.shape == (1, 77, 32)
    assert entry.pooled is not None
    assert torch.equal(entry.pooled, embedding.pooled)
    assert (entry.area, entry.mask, entry.strength, entry.start, entry.end) == (None, None, 1.0, 0.0, 1.0)


def test_prompts_differ(encode: Encode) -> None:
    contexts = [encode(text).entries[0].context for text in ("", "red", "(red:1.5)", "blue")]
    assert all(not torch.equal(a, b) for i, a in enumerate(contexts) for b in contexts[:i])


def test_a_long_prompt_has_several_chunks(encode: Encode) -> None:
    assert encode("cat " * 100).entries[0].context.shape == (1, 154, 32)
    assert encode("cat BREAK dog").entries[0].context.shape == (1, 154, 32)


def test_a_text_encoder_stops_early(small: Checkpoint, ctx: Context, encode: Encode) -> None:
    early = clip_set_last_layer(text_encoder=small.text_encoder, stop_at=-2).run(ctx)
    assert early.last_layer == -2
    made = TextEncode(text_encoder=early, text="red").run(ctx)
    assert not torch.equal(made.entries[0].context, encode("red").entries[0].context)
    last = clip_set_last_layer(text_encoder=small.text_encoder).run(ctx)
    again = TextEncode(text_encoder=last, text="red").run(ctx)
    assert torch.equal(again.entries[0].context, encode("red").entries[0].context)


def test_a_layer_that_is_not_there_is_refused_when_it_is_used(small: Checkpoint, ctx: Context) -> None:
    early = clip_set_last_layer(text_encoder=small.text_encoder, stop_at=-3).run(ctx)
    with pytest.raises(ValueError, match="no layer -3; this text encoder has -2 to -1"):
        TextEncode(text_encoder=early).run(ctx)
