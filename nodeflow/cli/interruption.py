"""Ctrl-C while a run goes on: the first asks it to stop, the second does not ask."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from nodeflow.cli.failures import Exit, complain
from nodeflow.context import Cancellation


@contextmanager
def cancelling() -> Iterator[Cancellation]:
    """A cancellation that Ctrl-C sets off while the block runs."""
    cancellation = Cancellation()
    times = itertools.count()

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        if next(times):
            # A node may be deep in a library that hears nothing; its thread would keep the interpreter from ending.
            os._exit(Exit.CANCELLED)
        # In a thread, since the handler may have come upon this one in the middle of a print or inside a lock.
        threading.Thread(target=_cancel, args=(cancellation,)).start()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield cancellation
    finally:
        signal.signal(signal.SIGINT, before)


def _cancel(cancellation: Cancellation) -> None:
    complain("cancelling; Ctrl-C once more stops at once")
    cancellation.cancel()
