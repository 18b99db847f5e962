"""What workers print: read to the end, logged in bounded amounts, the last of it kept."""

from __future__ import annotations

import asyncio
import logging

import pytest

from nodeflow.worker.printed import A_SECOND, KEPT, LINE, Printed

LOG = logging.getLogger("nodeflow.worker-9")


async def printed(data: bytes, clock: list[float]) -> Printed:
    """Everything read."""
    stream = asyncio.StreamReader()
    stream.feed_data(data)
    stream.feed_eof()
    printed = Printed(LOG, lambda: clock[0])
    await printed.read(stream)
    return printed


async def test_lines_are_logged_and_the_last_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        result = await printed(b"one\r\ntwo\nthr\xffee\nwithout end", [0.0])
    assert [record.getMessage() for record in caplog.records] == ["one", "two", "thr�ee", "without end"]
    assert result.last == "one\ntwo\nthr�ee\nwithout end"
    many = await printed(b"\n".join(b"%d" % number for number in range(1_000)), [0.0])
    assert many.last.split("\n") == [str(number) for number in range(1_000 - KEPT, 1_000)]


async def test_what_is_logged_keeps_its_level(caplog: pytest.LogCaptureFixture) -> None:
    data = b"WARNING nodeflow.node.acme/Talk: it is old\nERROR acme: Traceback:\nWARNING: printed\nINFO\n"
    with caplog.at_level("INFO"):
        result = await printed(data, [0.0])
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "nodeflow.node.acme/Talk: it is old"),
        ("ERROR", "acme: Traceback:"),
        ("INFO", "WARNING: printed"),
        ("INFO", "INFO"),
    ]
    assert result.last == data.decode().rstrip()


async def test_a_long_line_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        result = await printed(b"x" * 3_000_000 + b"\nshort\n" + b"y" * 3_000_000, [0.0])
    assert [len(record.getMessage()) for record in caplog.records] == [LINE, 5, LINE]
    assert len(result.last) == 2 * LINE + 7


async def test_a_flood_is_counted_rather_than_logged(caplog: pytest.LogCaptureFixture) -> None:
    clock = [0.0]
    stream = asyncio.StreamReader()
    printed = Printed(LOG, lambda: clock[0])
    reading = asyncio.ensure_future(printed.read(stream))
    with caplog.at_level("INFO"):
        stream.feed_data(b"again\n" * 5_000)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        clock[0] = 2.0
        stream.feed_data(b"later\n")
        stream.feed_eof()
        await reading
    messages = [record.getMessage() for record in caplog.records]
    assert messages[:A_SECOND] == ["again"] * A_SECOND
    assert messages[A_SECOND:] == [f"{5_000 - A_SECOND} more lines were printed", "later"]
