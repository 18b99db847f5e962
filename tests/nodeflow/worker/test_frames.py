"""Messages between the service and a worker: whatever pieces they come in, and whatever they hold."""

from __future__ import annotations

import json
import math
import socket
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.worker import frames
from nodeflow.worker.channel import Channel
from nodeflow.worker.frames import FrameError, Frames, frame

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
MESSAGES = st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=5)


@given(messages=MESSAGES, cuts=st.lists(st.integers(1, 40), min_size=1))
def test_in_whatever_pieces(messages: list[Any], cuts: list[int]) -> None:
    data = b"".join(map(frame, messages))
    reader, place = Frames(), 0
    seen: list[Any] = []
    for number in range(len(data)):
        step = cuts[number % len(cuts)]
        if place >= len(data):
            break
        seen += list(reader.feed(data[place : place + step]))
        place += step
    assert seen == messages


@given(value=st.floats() | st.text(st.characters()) | st.integers())
def test_whatever_a_node_tells_it_goes_through(value: Any) -> None:
    (message,) = Frames().feed(frame({"a": [value], "b": {"c": (value,)}}))
    json.dumps(message, allow_nan=False).encode()
    got = message["a"][0]
    if isinstance(value, float) and not math.isfinite(value):
        assert got is None
    elif isinstance(value, str):
        assert got == value.encode("utf-8", "replace").decode()
    else:
        assert got == value


@pytest.mark.parametrize("line", [b"no message", b"[1]", b"1", b"", b'{"a":', b"\xff", b'"' * 9])
def test_what_is_no_message(line: bytes) -> None:
    messages = Frames().feed(b'{"a":1}\n' + line + b"\n")
    assert next(messages) == {"a": 1}, "what came before counts"
    with pytest.raises(FrameError, match="is no message"):
        next(messages)


def test_a_message_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LONGEST", 1_000)
    reader = Frames()
    assert list(reader.feed(b"x" * 900)) == []
    with pytest.raises(FrameError, match="a message of more than 1000 bytes"):
        list(reader.feed(b"x" * 900))


def test_messages_of_many_threads_stay_whole() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)

    def talk(number: int) -> None:
        for count in range(50):
            channel.send({"number": number, "count": count, "text": "x" * 3_000}, at_once=count % 5 == 0)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
    with ours, theirs:
        for thread in threads:
            thread.start()
        reader = Frames()
        seen: list[Any] = []
        while len(seen) < 200:
            seen += list(reader.feed(ours.recv(1 << 16)))
        for thread in threads:
            thread.join()
    for number in range(4):
        assert [each["count"] for each in seen if each["number"] == number] == list(range(50))


def test_a_channel_ends_with_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(frame({"do": "stop"}) + b'{"cut sh')
    ours.close()
    with theirs:
        assert list(Channel(theirs).messages()) == [{"do": "stop"}]


def test_what_need_not_go_at_once_goes_soon() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)
    with ours, theirs:
        ours.settimeout(60)
        for number in range(3):
            channel.send({"number": number}, at_once=False)
        reader, seen = Frames(), []
        while len(seen) < 3:
            seen += list(reader.feed(ours.recv(1 << 16)))
        channel.send({"number": 3}, at_once=False)
        channel.send({"number": 4})
        while len(seen) < 5:
            seen += list(reader.feed(ours.recv(1 << 16)))
        assert [each["number"] for each in seen] == [0, 1, 2, 3, 4]
