"""Text encoders: a prompt becomes a context for cross-attention and a pooled vector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from nodeflow_diffusion.lib.chunks import Chunk, chunked
from nodeflow_diffusion.lib.prompt import parse
from nodeflow_diffusion.lib.tokenizer import Vocabulary

T = TypeVar("T", int, float)


@dataclass(frozen=True, eq=False)
class TextEmbedding:
    """What a prompt means to a model: `context` [1, T, D] and `pooled` [1, D], float32."""

    context: Tensor
    pooled: Tensor


@dataclass(frozen=True, eq=False)
class Chunks:
    """Token ids [N, positions] with start, end and padding; `mask` is true where there is no padding; weights."""

    ids: Tensor
    mask: Tensor
    weights: Tensor


class TextNetwork(Protocol):
    """What a `TextEncoder` asks of a language model, whichever its family."""

    @property
    def module(self) -> nn.Module: ...

    @property
    def positions(self) -> int: ...

    @property
    def layers(self) -> int: ...

    def states(self, chunks: Chunks, end: int, last_layer: int) -> tuple[Tensor, Tensor]:
        """Normed hidden states [N, positions, D] after `last_layer`, and a vector [N, D] for each chunk."""
        ...


@dataclass(frozen=True, eq=False)
class TextEncoder:
    """A language model with its vocabulary. `last_layer` counts from the end: -1 is the last."""

    network: TextNetwork
    vocabulary: Vocabulary
    last_layer: int = -1

    @property
    def positions(self) -> int:
        """Tokens in a chunk, its start and end included: 77 for Stable Diffusion."""
        return self.network.positions

    @property
    def chunk_length(self) -> int:
        """Tokens of the prompt in a chunk."""
        return self.positions - 2

    def with_last_layer(self, layer: int) -> TextEncoder:
        """The same encoder, stopped after layer `layer` of -layers..-1 (CLIP skip 2 is -2), the final norm applied.

        The pooled vector stays the last layer's. Raises ValueError for a layer that does not exist.
        """
        if not -self.network.layers <= layer <= -1:
            raise ValueError(f"no layer {layer!r}; this text encoder has -{self.network.layers} to -1")
        return replace(self, last_layer=layer)

    def chunks(self, prompt: str) -> list[Chunk]:
        """The prompt's chunks (of `chunk_length` tokens at most) with the weights of its tokens."""
        return chunked(parse(prompt), self.vocabulary.ids, self.chunk_length)

    @torch.no_grad()
    def encode(self, prompt: str, *, chunks: int = 1) -> TextEmbedding:
        """The embedding of a prompt in the syntax of `prompt.parse`, chunks one after the other along T.

        A prompt of fewer than `chunks` chunks is filled up with empty ones, so that two prompts get equal lengths.
        Weights scale the states of their tokens, then each chunk is scaled back to the mean it had without them. The
        pooled vector is the first chunk's.
        """
        pieces = self.chunks(prompt)
        pieces += [Chunk()] * (chunks - len(pieces))
        batch = self.batch(pieces)
        states, pooled = self.network.states(batch, self.vocabulary.end, self.last_layer)
        return TextEmbedding(weighted(states.float(), batch.weights).flatten(0, 1)[None], pooled[:1].float())

    def batch(self, chunks: list[Chunk]) -> Chunks:
        """Chunks as the network takes them, on its device: what training feeds to `network.states`."""
        device = next(self.network.module.parameters()).device
        ids = [self._row(chunk) for chunk in chunks]
        filled = [len(chunk.ids) + 2 for chunk in chunks]
        weights = [self._fill([1.0, *chunk.weights, 1.0], 1.0) for chunk in chunks]
        mask = torch.arange(self.positions)[None] < torch.tensor(filled)[:, None]
        return Chunks(torch.tensor(ids, device=device), mask.to(device), torch.tensor(weights, device=device))

    def _row(self, chunk: Chunk) -> list[int]:
        vocabulary = self.vocabulary
        return self._fill([vocabulary.start, *chunk.ids, vocabulary.end], vocabulary.pad)

    def _fill(self, row: list[T], value: T) -> list[T]:
        return row + [value] * (self.positions - len(row))


def weighted(states: Tensor, weights: Tensor) -> Tensor:
    """States [N, T, D] scaled by weights [N, T], each chunk then brought back to its mean over all T and D."""
    if bool((weights == 1).all()):
        return states
    scaled = states * weights[..., None]
    before, after = (x.mean(dim=(1, 2), keepdim=True) for x in (states, scaled))
    return scaled * torch.where(after == 0, 1.0, before / after)
