"""The prompt syntax: weights, escapes, breaks, and that nothing is lost."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_diffusion.lib.prompt import BREAK, Fragment, Piece, escape, parse


def rounded(pieces: tuple[Piece, ...]) -> list[object]:
    return [(p.text, round(p.weight, 6)) if isinstance(p, Fragment) else p for p in pieces]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", []),
        ("a red circle", [("a red circle", 1.0)]),
        ("a (red) circle", [("a ", 1.0), ("red", 1.1), (" circle", 1.0)]),
        ("a [red] circle", [("a ", 1.0), ("red", round(1 / 1.1, 6)), (" circle", 1.0)]),
        ("(red:1.3)", [("red", 1.3)]),
        ("(red: 1.3 )", [("red", 1.3)]),
        ("(red:.5)", [("red", 0.5)]),
        ("(red:-1)", [("red", -1.0)]),
        ("(red:0)", [("red", 0.0)]),
        ("((red))", [("red", 1.21)]),
        ("(a (b:2) c:0.5)", [("a ", 0.5), ("b", 1.0), (" c", 0.5)]),
        ("[(a)]", [("a", 1.0)]),
        ("[a:1.3]", [("a:1.3", round(1 / 1.1, 6))]),
        (r"\(a\) \[b\] \\", [(r"(a) [b] \ "[:-1], 1.0)]),
        (r"a\b", [(r"a\b", 1.0)]),
        (r"(a\):2)", [("a)", 2.0)]),
        ("a: b, c:d", [("a: b, c:d", 1.0)]),
        ("a:1.3)", [("a:1.3)", 1.0)]),
        ("(a:1.2.3)", [("a:1.2.3", 1.1)]),
        (f"(a:{'9' * 400})", [(f"a:{'9' * 400}", 1.1)]),
        ("a) b]", [("a) b]", 1.0)]),
        ("a (b c", [("a ", 1.0), ("b c", 1.1)]),
        ("a [b (c", [("a ", 1.0), ("b ", round(1 / 1.1, 6)), ("c", 1.0)]),
        ("(a [b) c]", [("a ", 1.1), ("b", 1.0), (" c", round(1 / 1.1, 6))]),
        ("()", []),
        ("a BREAK b", [("a", 1.0), BREAK, ("b", 1.0)]),
        ("a\nBREAK\nb", [("a", 1.0), BREAK, ("b", 1.0)]),
        ("BREAK", [BREAK]),
        ("(a BREAK b:2)", [("a", 2.0), BREAK, ("b", 2.0)]),
        ("BREAKFAST break OUTBREAK", [("BREAKFAST break OUTBREAK", 1.0)]),
        ("a,BREAK,b", [("a,", 1.0), BREAK, (",b", 1.0)]),
    ],
)
def test_weights_by_hand(prompt: str, expected: list[object]) -> None:
    assert rounded(parse(prompt)) == expected


@settings(deadline=None)
@given(st.text())
def test_an_escaped_text_is_one_fragment(text: str) -> None:
    if "BREAK" not in text:
        assert parse(escape(text)) == ((Fragment(text),) if text else ())


@settings(deadline=None)
@given(st.text(alphabet="ab, é:()[]\n."))
def test_no_character_is_lost(text: str) -> None:
    """Without numbers there are no factors, so what remains is the text with some of its brackets gone."""
    joined = "".join(p.text for p in parse(text) if isinstance(p, Fragment))
    brackets = str.maketrans("", "", "()[]")
    assert joined.translate(brackets) == text.translate(brackets)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(alphabet="ab: ()[]\\", min_size=1), st.integers(0, 300).map(lambda n: n / 100))))
def test_factors_of_any_texts(parts: list[tuple[str, float]]) -> None:
    pieces = parse("".join(f"({escape(text)}:{weight})" for text, weight in parts))
    letters = [(letter, p.weight) for p in pieces if isinstance(p, Fragment) for letter in p.text]
    assert letters == [(letter, weight) for text, weight in parts for letter in text]


@settings(deadline=None)
@given(st.text(alphabet="()[]\\:.1 aBREAK\n", max_size=200))
def test_never_raises_and_gives_full_fragments(text: str) -> None:
    pieces = parse(text)
    assert all(p.text and not math.isnan(p.weight) for p in pieces if isinstance(p, Fragment))
    neighbours = itertools.pairwise(pieces)
    assert not any(isinstance(a, Fragment) and isinstance(b, Fragment) and a.weight == b.weight for a, b in neighbours)


def test_deep_nesting_needs_no_recursion() -> None:
    (fragment,) = parse("(" * 2000 + "a" + ")" * 2000)
    assert isinstance(fragment, Fragment)
    assert fragment.text == "a"
