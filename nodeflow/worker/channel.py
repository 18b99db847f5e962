"""The worker's end of the connection to the service."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from nodeflow.worker.frames import Frames, frame

PIECE = 1 << 16
TOGETHER = 0.005
"""Seconds that a message which need not go at once waits for others."""


class Channel:
    """Sends messages from any thread, each whole and in order; waits while the service is not reading."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._some = threading.Event()
        self._flushing = False

    def send(self, message: Mapping[str, Any], *, at_once: bool = True) -> None:
        """Send a message; one that need not go at once goes with those that come soon after it."""
        data = frame(message)
        with self._lock:
            self._waiting += data
            if at_once or len(self._waiting) > PIECE:
                self._flush()
                return
            if not self._flushing:
                self._flushing = True
                threading.Thread(target=self._flush_later, name="nodeflow-channel", daemon=True).start()
        self._some.set()

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the service says, until it is gone."""
        frames = Frames()
        while piece := self._connection.recv(PIECE):
            yield from frames.feed(piece)

    def _flush(self) -> None:
        if self._waiting:
            data, self._waiting = self._waiting, bytearray()
            self._connection.sendall(data)

    def _flush_later(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            time.sleep(TOGETHER)
            with self._lock:
                self._flush()
