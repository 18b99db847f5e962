"""What the process of an isolated plugin does: tell what the plugin brings, and run its nodes, one at a time."""

from __future__ import annotations

import os
import queue
import threading
import traceback
from contextlib import ExitStack
from typing import Any

from nodeflow.context import Cancellation, Cancelled
from nodeflow.errors import NodeflowError, told
from nodeflow.isolation.guest import Guest, opened
from nodeflow.isolation.link import Link, Lost, Message
from nodeflow.isolation.performance import Performance
from nodeflow.plugins.blame import blamed
from nodeflow.plugins.hooks import called
from nodeflow.plugins.remedy import remedy

LOST = 70
"""The exit code of a process whose other end is gone."""


class Inside:
    """The main thread does what it is told; another one listens, so that a cancellation is heard meanwhile."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._todo: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._cancellation = Cancellation()
        self._call = 0
        self._guest: Guest | None = None
        self._lifespans = ExitStack()
        self._began = False

    def work(self) -> None:
        """Until told to stop."""
        threading.Thread(target=self._listen, name="nodeflow-listener", daemon=True).start()
        while (message := self._todo.get())["do"] != "stop":
            try:
                self._link.send(self._answered(message))
            except Lost:
                os._exit(LOST)
        self._lifespans.close()

    def _listen(self) -> None:
        try:
            while (message := self._link.receive()) is not None:
                match message["do"]:
                    case "cancel":
                        if message["call"] == self._call:
                            self._cancellation.cancel()
                    case "answer":
                        self._answers.put(message)
                    case _:
                        self._take(message)
        finally:
            os._exit(LOST)

    def _take(self, message: Message) -> None:
        if message["do"] == "run":
            # Before it is begun, so that a cancellation that comes at once is not lost.
            self._cancellation, self._call = Cancellation(), message["call"]
        self._todo.put(message)

    def _answered(self, message: Message) -> Message:
        """What to say to a message; nothing that a plugin raises gets past here."""
        try:
            match message["do"]:
                case "open":
                    self._guest = opened(message)
                    return {"say": "done", **self._guest.told()}
                case "environment":
                    return {"say": "done", "environment": self._environment(message["settings"])}
                case _:
                    return {"say": "done", **self._run(message)}
        except Cancelled:
            return {"say": "cancelled"}
        except BaseException as error:  # noqa: BLE001
            return _raised(error, message)

    def _run(self, message: Message) -> Message:
        guest = self._opened()
        if not self._began:
            self._began = True
            for lifespan in called(guest.manager, guest.module, "nodeflow_lifespan", settings=message["settings"]):
                self._lifespans.enter_context(lifespan)
        return Performance(guest, message, self._cancellation, self._link.send, self._ask).give()

    def _environment(self, settings: dict[str, str]) -> dict[str, Any]:
        guest = self._opened()
        found: dict[str, Any] = {}
        for answer in called(guest.manager, guest.module, "nodeflow_environment", settings=settings):
            found.update(answer)
        return found

    def _opened(self) -> Guest:
        assert self._guest is not None, "it is told to open before it is told anything else"
        return self._guest

    def _ask(self, message: Message) -> Message:
        """Say something to the other end that it answers."""
        self._link.send(message)
        return self._answers.get()


def _raised(error: BaseException, message: Message) -> Message:
    place = blamed(error)
    return {
        "say": "raised",
        "error": type(error).__name__,
        "message": told(error).removeprefix(f"{type(error).__name__}: "),
        "ours": isinstance(error, NodeflowError),
        "place": place,
        "fix": remedy(error, message.get("name", ""), message.get("distribution", ""), place),
        "trace": "".join(traceback.format_exception(error)),
    }
