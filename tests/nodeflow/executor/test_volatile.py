"""Steps that run every time: once a run, never kept, and with them all that depends on them."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nodeflow.context import Context
from nodeflow.folders import Folders
from nodeflow.node import Node, node

PATIENCE = 60
drawn: list[int] = []


@pytest.fixture(autouse=True)
def _nothing_drawn_yet() -> None:
    drawn.clear()


@node(cacheable=False)
def draw() -> int:
    drawn.append(len(drawn))
    return drawn[-1]


@node
def show(value: int, how: str = "") -> str:
    return f"{value}{how}"


@node
def text(value: str = "") -> str:
    return value


class Looked(Node):
    """Depends on something that it cannot tell."""

    value: str = ""

    @classmethod
    def fingerprint(cls, values: Mapping[str, object], folders: Folders) -> str | None:  # noqa: ARG003
        raise OSError("the camera is off")

    def run(self, ctx: Context) -> str:
        drawn.append(0)
        return self.value


def test_its_descendants_run_too_and_nothing_of_it_is_kept(lab: Any) -> None:
    lab.add(draw, show, text)
    nodes = {"d": "Draw", "s": ("Show", {"value": "d.integer"}), "t": "Text"}
    runs = [lab.run(nodes, explain=True) for _ in range(2)]
    assert [run.outputs["s"]["text"] for run in runs] == ["0", "1"]
    assert {node_id: report.state for node_id, report in runs[1].steps.items()} == {
        "d": "done",
        "s": "done",
        "t": "cached",
    }
    assert runs[1].steps["d"].reason == "it runs every time: Draw is not cacheable"
    assert runs[1].steps["s"].reason == "it runs every time: it depends on 'd', which runs every time"
    assert lab.cache.usage()["memory"]["entries"] == lab.cache.usage()["disk"]["entries"] == 1


def test_without_use_of_the_cache_it_says_the_same(lab: Any) -> None:
    result = lab.add(draw).run({"d": "Draw"}, explain=True, use_cache=False)
    assert result.steps["d"].reason == "it runs every time: Draw is not cacheable"


def test_a_fingerprint_that_fails_is_told_in_the_run(lab: Any) -> None:
    lab.add(Looked)
    for times in (1, 2):
        result = lab.run({"n": "Looked"})
        assert (result.state, len(drawn)) == ("succeeded", times)
        (warning,) = [event for event in lab.events if event.kind == "warning"]
        assert (warning.node_id, lab.events[0].kind) == ("n", "run_started")
        assert "'n' runs every time: its fingerprint failed: OSError: the camera is off" in warning.data["message"]


def test_two_runs_of_one_plan_at_once_draw_for_themselves(make_lab: Callable[..., Any]) -> None:
    """What they have in common beside it is computed once."""
    meeting, shared = threading.Barrier(2, timeout=PATIENCE), list[int]()

    @node(cacheable=False)
    def meet() -> int:
        drawn.append(len(drawn))
        meeting.wait()
        return drawn[-1]

    @node
    def common() -> int:
        shared.append(1)
        return 1

    lab = make_lab(disk=0).add(meet, common, show)
    nodes = {"c": "Common", "m": "Meet", "s": ("Show", {"value": "m.integer"}), "sc": ("Show", {"value": "c.integer"})}
    plan = lab.plan(nodes)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(lab.executor.run_sync, plan) for _ in range(2)]
        results = [run.result(PATIENCE) for run in runs]
    assert [result.state for result in results] == ["succeeded"] * 2
    assert (len(drawn), len(shared)) == (2, 1)
