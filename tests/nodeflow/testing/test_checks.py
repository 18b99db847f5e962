"""The checks find what they are for, say what would be right, and leave sound nodes alone."""

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from nodeflow import Cancelled, Context, Encoded, Image, Node, WireType, node
from nodeflow.folders import Folders
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.testing import (
    CheckFailed,
    check_cacheable,
    check_cancellation,
    check_deterministic,
    check_inputs_unchanged,
    check_node,
)
from nodeflow.testing.checks import CHECKS
from nodeflow.testing.trial import Trial

COUNT = itertools.count()
GREY = Image(np.full((1, 2, 2, 3), 0.5, np.float32))
ALL = {
    "deterministic": check_deterministic,
    "inputs unchanged": check_inputs_unchanged,
    "cacheable": check_cacheable,
    "cancellation": check_cancellation,
}


@dataclass(frozen=True)
class Points:
    """A type whose array anybody may write to."""

    at: Any


class Codec:
    """Keeps what it is told to keep."""

    def __init__(self, kept: Callable[[Any], Any] = lambda at: at) -> None:
        self.kept = kept

    def encode(self, value: Points) -> Encoded:
        return Encoded({"at": value.at})

    def decode(self, encoded: Encoded) -> Points:
        return Points(self.kept(encoded.tensors["at"]))


@node
def sound(ctx: Context, image: Image, times: int = 2) -> Image:
    for done in range(times):
        ctx.progress(done, times)
    return Image(image.pixels * np.float32(0.5))


@node
def counting(text: str = "") -> str:
    return f"{text}{next(COUNT)}"


@node(cacheable=False)
def honestly_counting() -> int:
    return next(COUNT)


@node
def saving(ctx: Context) -> None:
    ctx.save(str(next(COUNT)).encode(), "a.txt", "text/plain")


@node
def overwriting(points: Points) -> float:
    points.at[...] = 0
    return 1.0


@node
def sorting(numbers: list[int]) -> int:
    numbers.sort()
    return numbers[0]


class Deaf(Node):
    """Goes on whatever happens."""

    def run(self, ctx: Context) -> int:
        done = 0
        for _ in range(3):
            with contextlib.suppress(BaseException):
                ctx.progress(done, 3)
            done += 1
        return done


@node
def renaming(ctx: Context) -> int:
    try:
        ctx.check()
    except Cancelled as error:
        raise RuntimeError("stopped") from error
    return 0


class Once(Node):
    """Cannot be run again after it was cancelled."""

    def run(self, ctx: Context) -> int:
        if BROKEN:
            raise RuntimeError("still in use")
        BROKEN.append(1)
        ctx.progress(1, 1)
        ctx.check()
        BROKEN.clear()
        return 0


BROKEN: list[int] = []


@node
def give(size: int = 3) -> Points:
    return Points(np.arange(size, dtype=np.float32))


def trial(node_type: type[Node], codec: Codec | None) -> Trial:
    registry = Registry()
    registry.add_type(WireType("Points", Points, "#112233", codec=codec), "acme")
    return Trial(NodeSpec.of(node_type), registry, Folders())


def test_a_sound_node_passes_every_check() -> None:
    assert check_node(sound, image=GREY) == {}
    for check in ALL.values():
        check(sound, image=GREY)
    assert set(ALL) == set(CHECKS)


@pytest.mark.parametrize(
    ("check", "node_type", "inputs", "said"),
    [
        ("deterministic", counting, dict, "'text' differed from one run to the next"),
        ("deterministic", saving, dict, "'file 0' differed from one run to the next"),
        ("inputs unchanged", overwriting, lambda: {"points": Points(np.ones(3))}, "has changed 'points'"),
        ("inputs unchanged", sorting, lambda: {"numbers": [2, 1]}, "has changed 'numbers'"),
        ("cancellation", Deaf, dict, "Deaf went on after it was cancelled"),
        ("cancellation", renaming, dict, "has turned its cancellation into RuntimeError: stopped"),
    ],
)
def test_what_is_wrong_is_found_by_its_check_and_by_all(
    check: str, node_type: type[Node], inputs: Callable[[], dict[str, Any]], said: str
) -> None:
    with pytest.raises(CheckFailed, match=said):
        ALL[check](node_type, **inputs())
    with pytest.raises(CheckFailed, match=said):
        check_node(node_type, **inputs())
    for other in ALL.keys() - {check}:
        ALL[other](node_type, **inputs())


def test_a_node_that_works_no_more_after_a_cancellation_is_found() -> None:
    BROKEN.clear()
    with pytest.raises(RuntimeError, match="still in use"):
        check_cancellation(Once)


def test_what_cannot_be_checked_is_told_with_the_reason() -> None:
    assert check_node(honestly_counting) == dict.fromkeys(
        ("deterministic", "cacheable"), "the node says that it is not cacheable"
    )
    assert CHECKS["cacheable"](trial(give, None), {}) == "'Points' has no codec, or is not to be kept"


def test_a_codec_that_loses_something_is_found() -> None:
    check = CHECKS["cacheable"]
    assert check(trial(give, Codec()), {}) == ""
    for lossy in (lambda at: at + 1, lambda at: at.astype(np.float64), lambda at: at[None]):
        with pytest.raises(CheckFailed, match="'points' came back from disk changed; see the codec"):
            check(trial(give, Codec(lossy)), {})


def test_a_codec_that_raises_is_found(caplog: pytest.LogCaptureFixture) -> None:
    def broken(at: Any) -> Any:
        raise LookupError("no decoder")

    with pytest.raises(CheckFailed, match=r"its outputs cannot be kept: .*no decoder"):
        CHECKS["cacheable"](trial(give, Codec(broken)), {})


@pytest.mark.parametrize("check", ALL.values())
def test_an_error_of_the_node_itself_is_passed_on(check: Any) -> None:
    @node
    def failing(text: str = "x") -> str:
        raise LookupError(text)

    with pytest.raises(LookupError, match="x"):
        check(failing)
