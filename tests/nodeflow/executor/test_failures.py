"""What goes wrong in a node stays in that node, and is told."""

import gc
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import pytest
from pydantic import Field, JsonValue

from nodeflow.context import Cancelled
from nodeflow.executor import NodeFailed
from nodeflow.node import node
from nodeflow.types import Image
from nodeflow.widgets import Choices


@node
def text(value: str = "") -> str:
    return value


@node
def fail(value: str = "", why: str = "no") -> str:
    raise LookupError(why)


@node
def join(a: str, b: str = "") -> str:
    return a + b


def test_dependents_are_skipped_and_the_rest_goes_on(lab: Any) -> None:
    result = lab.add(text, fail, join).run({
        "bad": ("Fail", {"why": "the disk is on fire"}),
        "after": ("Join", {"a": "bad.text"}),
        "after_that": ("Join", {"a": "after.text", "b": "good.text"}),
        "good": ("Text", {"value": "x"}),
        "better": ("Join", {"a": "good.text"}),
    })  # fmt: skip
    assert result.state == "failed"
    assert {node_id: report.state for node_id, report in result.steps.items()} == {
        "bad": "failed",
        "after": "skipped",
        "after_that": "skipped",
        "good": "done",
        "better": "done",
    }
    assert result.outputs == {"better": {"text": "x"}}
    error = result.error
    assert isinstance(error, NodeFailed)
    assert (error.node_id, error.type, error.input) == ("bad", "Fail", None)
    assert isinstance(error.cause, LookupError)
    assert str(error) == "'bad' (Fail): LookupError: the disk is on fire"
    assert result.steps["after"].reason == "it needs 'bad', which gave nothing"
    with pytest.raises(NodeFailed):
        result.raise_error()
    (told,) = [event.data for event in lab.events if event.kind == "node_failed"]
    assert (told["type"], told["error"], told["message"]) == ("Fail", "LookupError", "the disk is on fire")
    assert "in fail" in told["traceback"]
    assert "in fail" in "".join(traceback.format_exception(error)), "who prints the error sees where it was raised"


def test_a_failure_is_not_kept_and_what_went_well_is(lab: Any) -> None:
    works = []

    @node
    def once(value: str) -> str:
        if not works:
            raise OSError("not yet")
        return value

    lab.add(text, once)
    nodes = {"t": ("Text", {"value": "x"}), "o": ("Once", {"value": "t.text"})}
    assert lab.run(nodes).state == "failed"
    works.append(True)
    result = lab.run(nodes)
    assert result.state == "succeeded"
    assert {node_id: report.state for node_id, report in result.steps.items()} == {"t": "cached", "o": "done"}


def test_a_step_nobody_waits_for_any_more_is_not_begun(lab: Any) -> None:
    ran, failed = [], threading.Event()

    @node
    def explode() -> str:
        failed.set()
        raise ValueError

    @node(resources={"device": 1})
    def slow(name: str, wait: bool = False) -> str:
        ran.append(name)
        if wait:
            failed.wait(60)
            # The failure has been taken in when a step that depends on it has been skipped.
            assert skipped.wait(60)
        return name

    skipped = threading.Event()

    def listener(event: Any) -> None:
        if event.kind == "node_skipped":
            skipped.set()

    nodes = {
        "keep": ("Slow", {"name": "first", "wait": True}),
        "explode": "Explode",
        "lost": ("Slow", {"name": "second"}),
        "join": ("Join", {"a": "explode.text", "b": "lost.text"}),
    }
    result = lab.add(explode, slow, join).run(nodes, listener=listener)
    assert ran == ["first"]
    assert result.steps["lost"].state == "skipped"
    assert result.steps["lost"].reason == "nothing needs it"
    assert result.steps["keep"].state == "done"


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), MemoryError(), RecursionError(), StopIteration()]
)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_whatever_a_node_raises_is_contained(lab: Any, error: BaseException, kind: str) -> None:
    @node
    def sync() -> str:
        raise error

    @node(type_name="Async")
    async def coroutine() -> str:
        raise error

    lab.add(sync, coroutine, text)
    result = lab.run({"n": kind.capitalize(), "t": ("Text", {"value": kind})})
    assert result.state == "failed"
    assert result.error.node_id == "n"
    assert result.outputs == {"t": {"text": kind}}
    assert lab.run({"t": ("Text", {"value": "still alive"})}).state == "succeeded"


def test_exit_is_contained(lab: Any) -> None:
    @node
    def leave() -> str:
        sys.exit("bye")

    assert str(lab.add(leave).run({"n": "Leave"}).error) == "'n' (Leave): SystemExit: bye"


def test_cancelled_that_nobody_asked_for_is_a_failure(lab: Any) -> None:
    @node
    def confused() -> str:
        raise Cancelled("by nobody")

    assert lab.add(confused).run({"n": "Confused"}).state == "failed"


class Two(NamedTuple):
    image: Image
    name: str


class Other(NamedTuple):
    image: Any
    name: str


@node
def image(value: Any = None) -> Image:
    return value


@node
def two(value: Any = None) -> Two:
    return value


@node
def nothing(value: Any = None) -> None:
    return value


@node
def bounded(value: Any = None) -> Annotated[int, Field(le=10)]:
    return value


@node
def images(value: Any = None) -> list[Image]:
    return value


@node
def many(value: Any = None) -> list[int]:
    return value


@node
def free(value: Any = None) -> JsonValue:
    return value


@pytest.mark.parametrize(
    ("make", "type_name", "message"),
    [
        (lambda: "x", "Image", "a wrong 'image': expected Image, got str"),
        (lambda: None, "Image", "a wrong 'image': expected Image, got None"),
        (lambda: (1, 2), "Two", r"must return Two\(image, name\), not tuple of 2"),
        (lambda: Other(1, "x"), "Two", r"must return Two\(image, name\), not Other of 2"),
        (lambda: Two(1, "x"), "Two", "a wrong 'image': expected Image, got int"),  # type: ignore[arg-type]
        (lambda: "x", "Nothing", "declares no outputs and returned str"),
        (lambda: 11, "Bounded", "a wrong 'integer'"),
        (lambda: True, "Bounded", "a wrong 'integer'"),
        (lambda: 1.0, "Bounded", "a wrong 'integer'"),
        (lambda: "x", "Images", r"expected list\[Image\], got str"),
        (lambda: ["x"], "Images", "expected Image, got str"),
        (lambda: [1, "2"], "Many", "a wrong 'integers'"),
        (lambda: {1: 2}, "Free", "a wrong 'json'"),
        (lambda: object(), "Free", "a wrong 'json'"),
    ],
)
def test_what_a_node_returns_is_checked(lab: Any, make: Callable[[], Any], type_name: str, message: str) -> None:
    @node
    def source() -> Any:
        return make()

    lab.add(source, image, two, nothing, bounded, images, many, free)
    result = lab.run({"s": "Source", "n": (type_name, {"value": "s.value"})})
    assert result.state == "failed"
    assert result.error.node_id == "n"
    with pytest.raises(NodeFailed, match=f"{type_name}.*{message}"):
        raise result.error


@node
def count(value: Annotated[int, Field(ge=1, le=10)] = 1) -> int:
    return value


@node
def pick(sampler: Annotated[str, Choices("samplers")] = "euler") -> str:
    return sampler


@node
def integer(value: int) -> int:
    return value


@node
def take(image: Image) -> str:
    return ""


@pytest.mark.parametrize(
    ("nodes", "name", "message"),
    [
        ({"s": ("Integer", {"value": 11}), "n": ("Count", {"value": "s.integer"})}, "value", "10"),
        ({"s": ("Text", {"value": "eular"}), "n": ("Pick", {"sampler": "s.text"})}, "sampler", "did you mean 'euler'"),
        ({"s": ("Loose", {"value": None}), "n": ("Take", {"image": "s.value"})}, "image", "got None"),
        ({"s": ("Loose", {"value": "x"}), "n": ("Take", {"image": "s.value"})}, "image", "got str"),
        ({"s": ("Loose", {"value": "x"}), "n": ("Count", {"value": "s.value"})}, "value", "whole number"),
    ],
)
def test_what_comes_over_a_link_is_checked(lab: Any, nodes: dict[str, Any], name: str, message: str) -> None:
    @node
    def loose(value: str | None) -> Any:
        return value

    lab.add(count, pick, integer, take, loose, text).registry.add_choices("samplers", {"euler": 1}, "test")
    result = lab.run(nodes)
    assert result.state == "failed"
    assert (result.error.node_id, result.error.input) == ("n", name)
    assert message in str(result.error)


def test_an_integer_over_a_link_becomes_a_number(lab: Any) -> None:
    @node
    def show(value: float) -> str:
        return repr(value)

    result = lab.add(integer, show).run({"i": ("Integer", {"value": 3}), "s": ("Show", {"value": "i.integer"})})
    assert result.outputs == {"s": {"text": "3.0"}}


class Heavy:
    """A value that a weak reference can watch."""


def test_a_kept_error_keeps_nothing_alive(make_lab: Callable[..., Any]) -> None:
    watches = []

    @node
    def make() -> Heavy:
        value = Heavy()
        watches.append(weakref.ref(value))
        return value

    @node
    def burn(heavy: Heavy) -> str:
        local = [heavy, Heavy()]
        watches.append(weakref.ref(local[1]))
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error

    lab = make_lab(memory=0, disk=0).add(make, burn, Heavy=Heavy)
    result = lab.run({"m": "Make", "b": ("Burn", {"heavy": "m.heavy"})})
    assert result.state == "failed"
    gc.collect()
    assert [watch() for watch in watches] == [None, None]
