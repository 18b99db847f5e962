"""Cutting prompts into chunks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.chunks import Chunk, chunked
from nodeflow_diffusion.lib.prompt import parse


def letters(text: str) -> list[int]:
    return [ord(letter) for letter in text]


def cut(prompt: str, length: int = 3) -> list[tuple[str, tuple[float, ...]]]:
    return [("".join(map(chr, chunk.ids)), chunk.weights) for chunk in chunked(parse(prompt), letters, length)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", [""]),
        ("abc", ["abc"]),
        ("abcd", ["abc", "d"]),
        ("aBREAK", ["aBR", "EAK"]),
        ("a BREAK b", ["a", "b"]),
        ("abcd BREAK e", ["abc", "d", "e"]),
        ("abc BREAK e", ["abc", "e"]),
        ("BREAK e", ["", "e"]),
        ("e BREAK", ["e"]),
        ("BREAK BREAK e", ["", "", "e"]),
    ],
)
def test_chunks_by_hand(prompt: str, expected: list[str]) -> None:
    assert [text for text, _ in cut(prompt)] == expected


def test_each_token_has_its_weight() -> None:
    assert cut("a(bcd:2)e") == [("abc", (1.0, 2.0, 2.0)), ("de", (2.0, 1.0))]


def test_no_prompt_is_one_empty_chunk() -> None:
    assert chunked((), letters, 75) == [Chunk()]


@settings(deadline=None)
@given(st.text(alphabet="ab()[] "), st.integers(1, 5))
def test_chunks_in_order_are_the_prompt(prompt: str, length: int) -> None:
    chunks = chunked(parse(prompt), letters, length)
    whole = chunked(parse(prompt), letters, 1000)[0]
    assert [i for chunk in chunks for i in chunk.ids] == list(whole.ids)
    assert [w for chunk in chunks for w in chunk.weights] == list(whole.weights)
    assert all(0 < len(chunk.ids) <= length for chunk in chunks) or chunks == [Chunk()]
