"""What a worker tells: progress now and then, previews for those who look, nothing too long; outputs as JSON."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from nodeflow.events import EventKind, Narrator
from nodeflow.types import File, Image
from nodeflow.worker import narration
from nodeflow.worker.narration import LONGEST, Narration, cut
from nodeflow.worker.outputs import LARGEST, json_outputs


class Time:
    """Seconds, by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(narration, "monotonic", time)
    return time


class Teller:
    """A run that is narrated, and what was sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.wanted = threading.Event()
        self.at_once: list[str] = []
        self.narration = Narration(self.take, self.wanted)
        self.narrator = Narrator("run", self.narration)

    def tell(self, kind: EventKind, node_id: str | None = None, **data: Any) -> None:
        self.narrator.tell(kind, node_id, **data)

    def take(self, message: Mapping[str, Any], *, at_once: bool) -> None:
        self.sent.append(message)
        if at_once:
            self.at_once.append(message["kind"])

    def kinds(self) -> list[str]:
        return [message["kind"] for message in self.sent]


def test_the_beginning_and_the_end_are_told_by_the_queue(time: Time) -> None:
    teller = Teller()
    teller.tell("run_started", targets=["n"], steps=3)
    teller.tell("node_started", "n", type="Text")
    teller.tell("run_finished", state="succeeded")
    assert teller.kinds() == ["run_planned", "node_started"]
    assert teller.at_once == ["node_started"], "as the node may end the process before anything else is said"
    assert teller.sent[0]["data"] == {"targets": ["n"], "steps": 3}
    assert (teller.sent[1]["say"], teller.sent[1]["run_id"], teller.sent[1]["node_id"]) == ("event", "run", "n")


def test_progress_is_told_now_and_then_and_at_the_end(time: Time) -> None:
    teller = Teller()
    for done in range(1, 101):
        for node_id in ("n", "m"):
            teller.tell("node_progress", node_id, done=done, total=100)
        time.now += 0.01
    for node_id in ("n", "m"):
        told = [message["data"]["done"] for message in teller.sent if message["node_id"] == node_id]
        assert 9 <= len(told) <= 12
        assert (told[0], told[-1]) == (1, 100)
        assert told == sorted(told)


def test_previews_only_while_somebody_looks_and_not_too_many(time: Time) -> None:
    teller = Teller()
    assert not teller.narrator.wants_previews
    teller.wanted.set()
    assert teller.narrator.wants_previews
    teller.tell("node_preview", "n", base64="x" * 100_000)
    assert teller.sent[0]["data"] == {"base64": "x" * 100_000}, "a picture is not cut"
    assert not teller.narrator.wants_previews
    time.now += 0.3
    assert teller.narrator.wants_previews
    teller.wanted.clear()
    assert not teller.narrator.wants_previews


def test_long_texts_lose_their_middle(time: Time) -> None:
    teller = Teller()
    text = "begin" + "." * 1_000_000 + "end"
    teller.tell("node_failed", "n", message=text, traceback="short", input=None)
    data = teller.sent[0]["data"]
    assert len(data["message"]) < LONGEST + 100
    assert data["message"].startswith("begin")
    assert data["message"].endswith("end")
    assert f"… {len(text) - LONGEST} characters left out …" in data["message"]
    assert (data["traceback"], data["input"]) == ("short", None)
    assert cut("x" * LONGEST) == "x" * LONGEST


def test_what_json_carries_is_an_output() -> None:
    file = File("a" * 64, "a.txt", "text/plain", 3)
    image = Image(np.zeros((1, 1, 1, 3), np.float32))
    circular: list[Any] = []
    circular.append(circular)
    outputs = {
        "a": {"number": 1.5, "text": "é", "json": {"x": [None, True]}, "file": file, "files": [file]},
        "b": {"image": image, "nan": float("nan"), "long": "x" * LARGEST, "deep": circular, "set": {1}},
    }
    plain = {"sha256": "a" * 64, "name": "a.txt", "media_type": "text/plain", "size": 3}
    assert json_outputs(outputs) == {
        "a": {"number": 1.5, "text": "é", "json": {"x": [None, True]}, "file": plain, "files": [plain]}
    }
