"""The envelope: numbered, plain, and no concern of the run."""

import json
import logging
import threading

import pytest

from nodeflow.events import KINDS, Event, Narrator

NAMED = {
    "run_started", "node_started", "node_progress", "node_preview", "node_cached",
    "node_finished", "node_failed", "node_skipped", "artifact", "run_finished",
}  # fmt: skip


def test_the_kinds() -> None:
    assert set(KINDS) >= NAMED


def test_events_are_numbered_from_one_without_gaps() -> None:
    heard: list[Event] = []
    narrator = Narrator("r", heard.append, clock=lambda: 12.5)

    def tell() -> None:
        for _ in range(100):
            narrator.tell("node_progress", "a", done=1, total=2)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.sequence for event in heard] == list(range(1, 401))


def test_an_event_is_plain_json() -> None:
    heard: list[Event] = []
    Narrator("r", heard.append, clock=lambda: 12.5).tell("node_started", "a", type="Blur")
    assert json.loads(json.dumps(heard[0].dump())) == {
        "sequence": 1,
        "run_id": "r",
        "kind": "node_started",
        "time": 12.5,
        "node_id": "a",
        "data": {"type": "Blur"},
    }


def test_a_listener_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    heard = []

    def listener(event: Event) -> None:
        heard.append(event.sequence)
        raise OSError("the socket is closed")

    narrator = Narrator("r", listener)
    with caplog.at_level(logging.ERROR):
        narrator.tell("run_started")
        narrator.tell("run_finished")
    assert heard == [1, 2]
    assert "the socket is closed" in caplog.text


def test_nobody_listens() -> None:
    narrator = Narrator("r", None)
    narrator.tell("run_started")
    assert (narrator.listening, narrator.wants_previews) == (False, False)


def test_a_listener_says_whether_it_wants_previews() -> None:
    class Screen:
        wants_previews = True

        def __call__(self, event: Event) -> None: ...

    assert Narrator("r", Screen()).wants_previews
    assert not Narrator("r", lambda _: None).wants_previews


def test_a_listener_may_make_the_run_say_more() -> None:
    heard: list[int] = []

    def listener(event: Event) -> None:
        heard.append(event.sequence)
        if event.sequence == 1:
            narrator.tell("warning", text="again")

    narrator = Narrator("r", listener)
    narrator.tell("run_started")
    assert heard == [1, 2]
