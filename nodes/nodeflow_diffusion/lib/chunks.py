"""Cutting a weighted prompt into chunks of tokens that fit a text encoder's positions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nodeflow_diffusion.lib.prompt import Fragment, Piece


@dataclass(frozen=True)
class Chunk:
    """Token ids without start and end, and a weight for each."""

    ids: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()


def chunked(pieces: Sequence[Piece], ids: Callable[[str], list[int]], length: int) -> list[Chunk]:
    """At least one chunk of at most `length` tokens. Fragments are tokenized one by one, as `ids` does it.

    A `BREAK` ends the chunk before it, be it empty; one at the very end changes nothing.
    """
    chunks: list[Chunk] = []
    tokens: list[tuple[int, float]] = []
    for piece in pieces:
        if isinstance(piece, Fragment):
            tokens += [(token, piece.weight) for token in ids(piece.text)]
        else:
            chunks += _cut(tokens, length) or [Chunk()]
            tokens = []
    chunks += _cut(tokens, length)
    return chunks or [Chunk()]


def _cut(tokens: list[tuple[int, float]], length: int) -> list[Chunk]:
    parts = [tokens[i : i + length] for i in range(0, len(tokens), length)]
    return [Chunk(tuple(token for token, _ in part), tuple(weight for _, weight in part)) for part in parts]
