"""The worker's end of the connection to the service."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from nodeflow.worker.frames import Frames, frame

PIECE = 1 << 16


class Channel:
    """Sends messages from any thread, each whole; waits while the service is not reading."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        data = frame(message)
        with self._lock:
            self._connection.sendall(data)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the service says, until it is gone."""
        frames = Frames()
        while piece := self._connection.recv(PIECE):
            yield from frames.feed(piece)
