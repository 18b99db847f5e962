"""What a run holds on to: no more than somebody may still want, also of what it reads from disk."""

import gc
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nodeflow.context import Cancellation, Context
from nodeflow.executor.services import WRITING
from nodeflow.node import node
from nodeflow.types import Encoded, WireType

PATIENCE = 60
alive: dict[str, weakref.ref[Any]] = {}
born: defaultdict[str, threading.Event] = defaultdict(threading.Event)
gone: defaultdict[str, threading.Event] = defaultdict(threading.Event)


@pytest.fixture(autouse=True)
def _nothing_alive_yet() -> None:
    for each in (alive, born, gone):
        each.clear()


class Heavy:
    """A value that a weak reference can watch, and that claims to take some bytes."""

    def __init__(self, name: str, nbytes: int = 1000) -> None:
        self.name, self.nbytes = name, nbytes
        alive[name] = weakref.ref(self)
        weakref.finalize(self, gone[name].set)
        born[name].set()


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
def named(heavy: Heavy) -> str:
    return heavy.name


@node
def look_later(heavy: Heavy, without: str) -> str:
    """Wait until nothing refers to some values any more."""
    for name in without.split():
        assert gone[name].wait(PATIENCE), f"{name} is still held"
    return " ".join(living())


@node
def fail(heavy: Heavy, mark: str = "") -> str:
    raise ValueError(mark)


def lab_with(lab: Any) -> Any:
    lab.registry.add_type(WireType("Heavy", Heavy, "#000000", codec=HeavyCodec()), "test")
    return lab.add(make, use, look, look_later, fail)


def chain(mark: str) -> dict[str, Any]:
    return {
        "m": ("Make", {"name": "made"}),
        "u1": ("Use", {"heavy": "m.heavy", "name": "first"}),
        "u2": ("Use", {"heavy": "u1.heavy", "also": "m.heavy", "name": "second"}),
        "l": ("Look", {"heavy": "u2.heavy", "mark": mark}),
    }


def test_computed(make_lab: Callable[..., Any]) -> None:
    lab = lab_with(make_lab(memory=0, disk=0))
    assert lab.run(chain("a")).outputs == {"l": {"text": "second"}}
    assert living() == []


def test_computed_and_written(make_lab: Callable[..., Any]) -> None:
    """What is on its way to the disk is let go once it is there, while the run goes on."""
    lab = lab_with(make_lab(memory=0))
    nodes = {**chain("a"), "l": ("LookLater", {"heavy": "u2.heavy", "without": "made first"})}
    assert lab.run(nodes).outputs == {"l": {"text": "second"}}
    assert living() == []


def test_little_waits_to_be_written(make_lab: Callable[..., Any]) -> None:
    """The slowest disk holds a run up rather than have it fill the memory: here one is written while one is made."""
    begun: list[str] = []

    class Slow(HeavyCodec):
        """Is not done with one before the next is there."""

        def encode(self, value: Heavy) -> Encoded:
            following = f"m{int(value.name[1:]) + 1}"
            assert following == "m8" or born[following].wait(PATIENCE)
            return super().encode(value)

    @node
    def big(name: str) -> Heavy:
        begun.append(" ".join(living()))
        return Heavy(name, nbytes=WRITING["bytes"] * 3 // 4)

    lab = make_lab(memory=0)
    lab.registry.add_type(WireType("Heavy", Heavy, "#000000", codec=Slow()), "test")
    lab.add(big, named).make_executor(cpu=1)
    nodes: dict[str, Any] = {f"m{number}": ("Big", {"name": f"m{number}"}) for number in range(8)}
    nodes |= {f"n{number}": ("Named", {"heavy": f"m{number}.heavy"}) for number in range(8)}
    assert lab.run(nodes).state == "succeeded"
    assert begun == ["", *(f"m{number}" for number in range(7))]
    assert lab.executor.services.writing._free == WRITING


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
    assert {node_id: each["text"] for node_id, each in result.outputs.items()} == {
        f"l{number}": f"m{number}" for number in range(8)
    }


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
    assert living() == []


def test_the_memory_tier_is_all_that_stays(make_lab: Callable[..., Any]) -> None:
    lab = lab_with(make_lab(disk=0))
    result = lab.run(chain("a"))
    del result
    assert living() == ["first", "made", "second"]
    lab.cache.clear()
    assert living() == []
