"""Messages between the service and a worker: one line of JSON each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

LONGEST = 64 << 20
"""Bytes of a message; a longer one is none of ours."""
LOST = 74
"""The exit code of a worker that has lost its connection."""


class FrameError(Exception):
    """What came is no message: somebody else writes to the connection."""


def frame(message: Mapping[str, Any]) -> bytes:
    """A message as bytes. What JSON cannot carry (infinities, halves of characters) is replaced, so it always goes."""
    try:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(message), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace") + b"\n"


class Frames:
    """Puts messages together from the pieces in which they come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[dict[str, Any]]:
        """The messages that are complete now, one by one. Raises `FrameError` in place of what is none."""
        *lines, rest = piece.split(b"\n")
        for line in lines:
            whole = bytes(self._rest) + line
            self._rest.clear()
            yield _read(whole)
        self._rest += rest
        if len(self._rest) > LONGEST:
            raise FrameError(f"a message of more than {LONGEST} bytes")


def _read(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise FrameError(f"{line[:80]!r} is no message") from error
    if not isinstance(message, dict):
        raise FrameError(f"{line[:80]!r} is no message")
    return message


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
