"""What a worker and its nodes print and log: passed on to the log in bounded amounts, the last of it kept."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import monotonic

from nodeflow import log_lines

PIECE = 1 << 16
LINE = 1_000
"""Characters of a line that are kept."""
KEPT = 60
"""Lines that are kept."""
A_SECOND = 100
"""Lines that are logged within a second."""


class Printed:
    """Reads the output of a worker for as long as there is any, so that nobody ever waits for it to be read."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = monotonic) -> None:
        self._log = log
        self._clock = clock
        self._last: deque[str] = deque(maxlen=KEPT)
        self._second = 0.0
        self._logged = 0
        self._left_out = 0

    @property
    def last(self) -> str:
        """The last lines."""
        return "\n".join(self._last)

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Take in a stream up to its end."""
        rest = b""
        while piece := await stream.read(PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._take(line)
            # A line without end is cut, not collected.
            rest = rest[:LINE]
        if rest:
            self._take(rest)

    def _take(self, line: bytes) -> None:
        text = line[: 4 * LINE].decode("utf-8", "replace")[:LINE].rstrip("\r")
        self._last.append(text)
        now = self._clock()
        if now - self._second >= 1.0:
            if self._left_out:
                self._log.warning("%d more lines were printed", self._left_out)
            self._second, self._logged, self._left_out = now, 0, 0
        if self._logged < A_SECOND:
            self._logged += 1
            level, said = log_lines.read(text)
            self._log.log(level, "%s", said)
        else:
            self._left_out += 1
