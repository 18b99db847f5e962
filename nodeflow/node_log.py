"""Where a node's `ctx.log` goes: to the log, and its warnings to those who follow the run as well."""

from __future__ import annotations

import logging
from collections.abc import Callable

MOST = 100
"""Warnings of one attempt that are told; what comes after them is in the log alone."""


class NodeLog(logging.Logger):
    """Does what the logger of its name does and, until it is closed, tells `warn` of warnings and errors."""

    def __init__(self, name: str, warn: Callable[[str], None]) -> None:
        super().__init__(name)
        self.parent = logging.getLogger(name)
        self._warn: Callable[[str], None] | None = warn
        self._told = 0

    def close(self) -> None:
        """From now on, what is said is in the log alone."""
        self._warn = None

    def callHandlers(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging calls it so)
        """As of every logger, and more. A handler of its own would cost each node a lock that all share."""
        super().callHandlers(record)
        if record.levelno >= logging.WARNING and self._warn is not None:
            self._tell(self._warn, record)

    def _tell(self, warn: Callable[[str], None], record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 (arguments that do not fit their text, of which the handlers have complained)
            return
        self._told += 1
        if self._told <= MOST:
            warn(message)
        elif self._told == MOST + 1:
            warn(f"it warned more than {MOST} times; the rest is in the log")
