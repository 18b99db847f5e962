"""What a run holds on to: no more than somebody may still want, also of what it reads from disk."""

import gc
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nodeflow.context import Cancellation, Context
from nodeflow.node import node
from nodeflow.types import Encoded, WireType

PATIENCE = 20
alive: dict[str, weakref.ref[Any]] = {}


@pytest.fixture(autouse=True)
def _nothing_alive_yet() -> None:
    alive.clear()


class Heavy:
    """A value that a weak reference can watch."""

    def __init__(self, name: str) -> None:
        self.name = name
        alive[name] = weakref.ref(self)


class HeavyCodec:
    """Keeps the name, and an array that makes it heavy."""

    def encode(self, value: Heavy) -> Encoded:
        return Encoded({"weight": np.zeros(1000, np.uint8)}, value.name)

    def decode(self, encoded: Encoded) -> Heavy:
        return Heavy(encoded.meta)


def living() -> list[str]:
    gc.collect()
    return sorted(name for name, each in alive.items() if each() is not None)


@node
def make(name: str) -> Heavy:
    return Heavy(name)


@node
def use(heavy: Heavy, name: str, also: Heavy | None = None) -> Heavy:
    return Heavy(name)


@node
def look(heavy: Heavy, mark: str = "") -> str:
    return " ".join(living())


@node
def fail(heavy: Heavy, mark: str = "") -> str:
    raise ValueError(mark)


def lab_with(lab: Any) -> Any:
    lab.registry.add_type(WireType("Heavy", Heavy, "#000000", codec=HeavyCodec()), "test")
    return lab.add(make, use, look, fail)


def chain(mark: str) -> dict[str, Any]:
    return {
        "m": ("Make", {"name": "made"}),
        "u1": ("Use", {"heavy": "m.heavy", "name": "first"}),
        "u2": ("Use", {"heavy": "u1.heavy", "also": "m.heavy", "name": "second"}),
        "l": ("Look", {"heavy": "u2.heavy", "mark": mark}),
    }


@pytest.mark.parametrize("disk", [0, 10 << 20])
def test_computed(make_lab: Callable[..., Any], disk: int) -> None:
    lab = lab_with(make_lab(memory=0, disk=disk))
    seen = lab.run(chain("a")).outputs["l"]["text"].split()
    # What is on its way to the disk is held until it is there; without one, only what is looked at is alive.
    assert seen == ["second"] if not disk else "second" in seen
    assert living() == []


def test_read_from_disk(make_lab: Callable[..., Any]) -> None:
    """Of a chain that is on disk only the end is read, and let go like what was computed."""
    lab = lab_with(make_lab(memory=0))
    lab.run(chain("a"))
    alive.clear()
    result = lab.run(chain("b"))
    assert result.outputs == {"l": {"text": "second"}}
    assert {node_id: report.state for node_id, report in result.steps.items()} == {
        "m": "cached",
        "u1": "cached",
        "u2": "cached",
        "l": "done",
    }
    assert sorted(alive) == ["second"], "nothing else was read"
    assert living() == []


def test_many_on_disk_are_read_one_by_one(make_lab: Callable[..., Any]) -> None:
    """All of them together may be more than memory holds."""
    lab = lab_with(make_lab(memory=0))
    lab.make_executor(cpu=1)
    nodes: dict[str, Any] = {f"m{number}": ("Make", {"name": f"m{number}"}) for number in range(8)}
    lab.run(nodes)
    alive.clear()
    looks = {f"l{number}": ("Look", {"heavy": f"m{number}.heavy", "mark": str(number)}) for number in range(8)}
    result = lab.run({**nodes, **looks})
    # Beside the one that is looked at, the one before may not be let go yet, and the next may be read already.
    assert max(len(each["text"].split()) for each in result.outputs.values()) <= 4


@pytest.mark.parametrize("way", ["failed", "cancelled"])
def test_of_a_run_that_ended_early(make_lab: Callable[..., Any], way: str) -> None:
    cancellation = Cancellation()

    @node
    def stop(ctx: Context, heavy: Heavy) -> str:
        cancellation.cancel()
        while True:
            ctx.check()

    lab = lab_with(make_lab(memory=0, disk=0)).add(stop)
    end = ("Fail" if way == "failed" else "Stop", {"heavy": "u2.heavy"})
    result = lab.run({**chain("a"), "l": end}, cancel=cancellation)
    assert (result.state, result.outputs) == (way, {})
    # The thread of a cancelled step lets go a moment after the run has ended.
    deadline = time.monotonic() + PATIENCE
    while living():
        assert time.monotonic() < deadline, living()
        time.sleep(0.001)


def test_the_memory_tier_is_all_that_stays(make_lab: Callable[..., Any]) -> None:
    lab = lab_with(make_lab(disk=0))
    result = lab.run(chain("a"))
    del result
    assert living() == ["first", "made", "second"]
    lab.cache.clear()
    assert living() == []
