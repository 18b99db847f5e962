"""The prompt syntax: weighted fragments and chunk breaks; docs/prompts.md describes it to its users."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

ROUND: Final = 1.1
SQUARE: Final = 1 / 1.1


class Break(Enum):
    """The type of `BREAK`."""

    BREAK = "BREAK"


BREAK: Final = Break.BREAK


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a prompt, free of syntax, and the weight of its tokens."""

    text: str
    weight: float = 1.0


Piece = Fragment | Break

_TOKEN = re.compile(
    r"""
      \\(?P<escaped>[()\[\]\\])
    | :\s*(?P<factor>[+-]?(?:\d+\.?\d*|\.\d+))\s*\)
    | (?P<bracket>[()\[\]])
    | \s*\b(?P<break>BREAK)\b\s*
    | (?P<text>[^\\()\[\]:B\s]+|\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def parse(text: str) -> tuple[Piece, ...]:
    r"""The weighted fragments of a prompt, with `BREAK` where a new chunk begins. Never raises.

    `(a:1.3)` multiplies the weight of `a` by 1.3, `(a)` by 1.1, `[a]` by 1/1.1, nested ones multiply; `\( \) \[ \] \\`
    are literal, and so are closing brackets that nothing opened. An opening bracket that nothing closes holds until the
    end. Neighbours of equal weight are one fragment, and none is empty.
    """
    return tuple(_merged(_weighted(text)))


def escape(text: str) -> str:
    r"""The prompt whose only fragment is `text`: brackets and backslashes are escaped (the word BREAK cannot be)."""
    return re.sub(r"([()\[\]\\])", r"\\\1", text)


def _weighted(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    opened: dict[str, list[int]] = {"(": [], "[": []}
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        literal = _literal(match, pieces, opened)
        if literal is not None:
            pieces.append(Fragment(literal))
            if match["factor"] is not None:  # the ":" alone was literal; what follows it is still to be read
                position = match.start() + 1
    for bracket, factor in (("(", ROUND), ("[", SQUARE)):
        for start in opened[bracket]:
            _multiply(pieces, start, factor)
    return pieces


def _literal(match: re.Match[str], pieces: list[Piece], opened: dict[str, list[int]]) -> str | None:
    """Acts on syntax; what is none comes back as the text it stands for."""
    if match["break"]:
        pieces.append(BREAK)
    elif (number := match["factor"]) is not None:
        if not opened["("] or not math.isfinite(float(number)):
            return ":"
        _multiply(pieces, opened["("].pop(), float(number))
    elif bracket := match["bracket"]:
        return _bracket(bracket, pieces, opened)
    else:
        return match["escaped"] or match["text"]
    return None


def _bracket(bracket: str, pieces: list[Piece], opened: dict[str, list[int]]) -> str | None:
    if bracket in opened:
        opened[bracket].append(len(pieces))
        return None
    opener, factor = ("(", ROUND) if bracket == ")" else ("[", SQUARE)
    if not opened[opener]:
        return bracket
    _multiply(pieces, opened[opener].pop(), factor)
    return None


def _multiply(pieces: list[Piece], start: int, factor: float) -> None:
    for i, piece in enumerate(pieces[start:], start):
        if isinstance(piece, Fragment):
            pieces[i] = replace(piece, weight=piece.weight * factor)


def _merged(pieces: list[Piece]) -> Iterator[Piece]:
    last: Fragment | None = None
    for piece in pieces:
        if isinstance(piece, Fragment) and last is not None and piece.weight == last.weight:
            last = Fragment(last.text + piece.text, last.weight)
            continue
        if last is not None:
            yield last
        last = piece if isinstance(piece, Fragment) else None
        if last is None:
            yield piece
    if last is not None:
        yield last
