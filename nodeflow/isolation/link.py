"""The two ends of a connection between us and an isolated plugin: whole JSON messages, and nothing of pickle."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

Message = dict[str, Any]


class Lost(Exception):  # noqa: N818 (what happened to the other end)
    """The other process is gone."""


class Link:
    """Sends and receives messages; any thread may send, one at a time receives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> None:
        """Raises Lost."""
        data = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
        with self._lock:
            try:
                self._connection.send_bytes(data)
            except OSError as error:
                raise Lost(str(error)) from error

    def receive(self, seconds: float | None = None) -> Message | None:
        """The next message; None when none comes in that time. Raises Lost."""
        try:
            if not self._connection.poll(seconds):
                return None
            found: Message = json.loads(self._connection.recv_bytes().decode("utf-8", "surrogatepass"))
        except (EOFError, OSError) as error:
            raise Lost(str(error)) from error
        return found

    def close(self) -> None:
        self._connection.close()
