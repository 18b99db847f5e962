"""What is computed and what is not: by the executor, with a cache in memory, on disk, on both."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

from nodeflow.context import Context
from nodeflow.node import node
from nodeflow.widgets import FileChoice

PATIENCE = 60
BOTH = [{}, {"memory": 0}, {"disk": 0}]
ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran_yet() -> None:
    ran.clear()


@node
def text(value: str = "") -> str:
    ran.append(value)
    return value


@node
def join(a: str, b: str = "") -> str:
    ran.append(f"{a}+{b}")
    return a + b


@node
def save(ctx: Context, content: str) -> str:
    ran.append(f"save {content}")
    return ctx.save(content.encode(), "x.txt", "text/plain").sha256


@node
def load(ctx: Context, file: Annotated[str, FileChoice("models")]) -> str:
    ran.append("load")
    return ctx.path("models", file).read_text()


def diamond(value: str) -> dict[str, Any]:
    return {
        "t": ("Text", {"value": value}),
        "l": ("Join", {"a": "t.text", "b": "l"}),
        "r": ("Join", {"a": "t.text", "b": "r"}),
        "end": ("Join", {"a": "l.text", "b": "r.text"}),
    }


def states(result: Any) -> dict[str, str]:
    return {node_id: report.state for node_id, report in result.steps.items()}


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("tiers", BOTH)
def test_run_a_b_a(make_lab: Callable[..., Any], tiers: dict[str, int]) -> None:
    lab = make_lab(**tiers).add(text, join)
    first = lab.run(diamond("A"))
    assert set(states(lab.run(diamond("B"))).values()) == {"done"}
    ran.clear()
    again = lab.run(diamond("A"))
    assert set(states(again).values()) == {"cached"}
    assert (again.outputs, ran) == (first.outputs, [])
    assert sorted(lab.told("node_cached")) == ["end", "l", "r", "t"]
    assert lab.told("node_started") == []


@pytest.mark.parametrize("tiers", BOTH)
def test_only_what_a_change_reaches_runs(make_lab: Callable[..., Any], tiers: dict[str, int]) -> None:
    lab = make_lab(**tiers).add(text, join)
    lab.run(diamond("A"))
    ran.clear()
    changed = {**diamond("A"), "r": ("Join", {"a": "t.text", "b": "R"})}
    assert states(lab.run(changed)) == {"t": "cached", "l": "cached", "r": "done", "end": "done"}
    assert ran == ["A+R", "Al+AR"]


def test_what_lies_before_a_cached_step_is_not_even_read(make_lab: Callable[..., Any]) -> None:
    lab = make_lab(memory=0).add(text, join)
    lab.run(diamond("A"))
    for path in files(lab.root / "cache"):
        if path.parent.parent.name == "Text":
            path.unlink()
    ran.clear()
    result = lab.run(diamond("A"))
    assert (states(result)["t"], ran) == ("cached", [])
    assert result.steps["t"].reason == "what depends on it is cached"


def damaged(lab: Any, *node_ids: str, plan: Any) -> None:
    """Flip a bit in the entries of those nodes."""
    for node_id in node_ids:
        step = plan[node_id]
        path = lab.cache.disk.path(step.key, step.spec.name)
        data = bytearray(path.read_bytes())
        data[-3] ^= 16
        data[len(data) // 2] ^= 1
        path.write_bytes(data)


@pytest.mark.parametrize(
    ("broken", "computed"),
    [
        (["end"], {"end"}),
        (["end", "l"], {"end", "l"}),
        (["end", "l", "t"], {"end", "l", "t"}),
        (["l", "t"], set()),
        (["t", "l", "r", "end"], {"t", "l", "r", "end"}),
    ],
)
def test_damaged_entries_are_computed_again(
    make_lab: Callable[..., Any], broken: list[str], computed: set[str]
) -> None:
    lab = make_lab(memory=0).add(text, join)
    first = lab.run(diamond("A"))
    damaged(lab, *broken, plan=lab.plan(diamond("A")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger("nodeflow.cache.disk_tier"), "disabled", True)
        result = lab.run(diamond("A"))
    assert result.outputs == first.outputs
    assert {node_id for node_id, state in states(result).items() if state == "done"} == computed
    assert all("is damaged" in event.data["message"] for event in lab.events if event.kind == "warning")
    assert len(lab.told("warning")) == len(computed)
    again = lab.run(diamond("A"))
    assert (set(states(again).values()), lab.told("warning")) == ({"cached"}, [])


async def test_what_can_neither_be_read_nor_deleted_is_asked_once(make_lab: Callable[..., Any]) -> None:
    """Folders stand where two entries should be."""
    lab = make_lab(memory=0).add(text, join)
    first = lab.run(diamond("A"))
    plan = lab.plan(diamond("A"))
    for node_id in ("end", "l"):
        path = lab.cache.disk.path(plan[node_id].key, plan[node_id].spec.name)
        path.unlink()
        path.mkdir()
    for _ in range(2):
        result = await asyncio.wait_for(lab.executor.run(plan), PATIENCE)
        assert result.outputs == first.outputs
        assert states(result) == {"t": "cached", "l": "done", "r": "cached", "end": "done"}


def test_a_failed_step_leaves_nothing(lab: Any) -> None:
    @node
    def fail(a: str) -> str:
        raise ValueError(a)

    lab.add(text, join, fail)
    nodes = {"t": ("Text", {"value": "x"}), "f": ("Fail", {"a": "t.text"}), "j": ("Join", {"a": "f.text"})}
    assert lab.run(nodes).state == "failed"
    usage = lab.cache.usage()
    assert (usage["memory"]["entries"], usage["disk"]["entries"]) == (1, 1)
    assert [path.parent.parent.name for path in files(lab.root / "cache")] == ["Text"]
    assert lab.executor.services.flights == {}
    assert lab.executor.services.resources._free == {"cpu": 4, "device": 1}
    assert lab.executor.services.writing._free == lab.executor.services.writing.capacity


def test_a_wrong_output_is_not_kept(lab: Any) -> None:
    @node
    def lie() -> str:
        return 7  # type: ignore[return-value]

    assert lab.add(lie).run({"l": "Lie"}).state == "failed"
    assert (files(lab.root / "cache"), lab.cache.usage()["memory"]["entries"]) == ([], 0)


def test_without_the_cache_everything_runs_and_is_kept(lab: Any) -> None:
    lab.add(text, join)
    lab.run(diamond("A"))
    result = lab.run(diamond("A"), use_cache=False, explain=True)
    assert set(states(result).values()) == {"done"}
    assert {report.reason for report in result.steps.values()} == {"the run does not use the cache"}
    lab.run(diamond("B"), use_cache=False)
    assert set(states(lab.run(diamond("B"))).values()) == {"cached"}


@pytest.mark.parametrize("tiers", BOTH)
def test_an_entry_is_worthless_without_its_files(make_lab: Callable[..., Any], tiers: dict[str, int]) -> None:
    lab = make_lab(**tiers).add(save, text)
    nodes = {"t": ("Text", {"value": "x"}), "s": ("Save", {"content": "t.text"})}
    sha256 = lab.run(nodes).outputs["s"]["text"]
    lab.store.remove(sha256)
    result = lab.run(nodes)
    assert states(result) == {"t": "cached", "s": "done"}
    assert lab.store.read(sha256) == b"x"
    assert [file.sha256 for file in result.artifacts["s"]] == [sha256]
    cached = lab.run(nodes)
    assert cached.artifacts == result.artifacts, "a cached node still tells of its artifacts"
    assert lab.told("artifact") == ["s"]


def test_a_run_says_what_changed(lab: Any) -> None:
    lab.add(text, join)
    first = lab.run(diamond("A"), explain=True)
    assert {report.reason for report in first.steps.values()} == {"no step of its type is in the cache"}
    result = lab.run({**diamond("A"), "r": ("Join", {"a": "t.text", "b": "R"})}, explain=True)
    assert result.steps["r"].reason == 'the value of \'b\' changed from "r" to "R"'
    assert result.steps["end"].reason == "what comes into 'b' changed"
    assert result.steps["l"].reason == "memory"
    told = {event.node_id: event.data["reason"] for event in lab.events if event.kind == "node_finished"}
    assert told == {"r": result.steps["r"].reason, "end": result.steps["end"].reason}


def model(lab: Any, content: str) -> Path:
    """The file of the folder, replaced under its name with another of the same size and time."""
    path, beside = lab.root / "models" / "m.safetensors", lab.root / "beside"
    path.parent.mkdir(exist_ok=True)
    beside.write_text(content)
    os.utime(beside, (1_000_000_000, 1_000_000_000))
    beside.replace(path)
    return path  # type: ignore[no-any-return]


def test_a_file_replaced_under_its_name(lab: Any) -> None:
    lab.add(load, join)
    nodes = {"m": {"type": "Load", "values": {"file": "m.safetensors"}}, "j": ("Join", {"a": "m.text"})}
    found = []
    for content in ("one", "two", "one"):
        model(lab, content)
        result = lab.run(nodes)
        found.append((result.outputs["j"]["text"], result.steps["m"].state))
    assert found == [("one", "done"), ("two", "done"), ("one", "cached")]


@pytest.mark.parametrize("gone", [False, True])
def test_a_file_that_changes_under_a_run(lab: Any, gone: bool) -> None:
    """Between the plan and the run: what is read then must not be kept under the digest of what was."""
    lab.add(load, join)
    nodes = {"m": {"type": "Load", "values": {"file": "m.safetensors"}}, "j": ("Join", {"a": "m.text"})}
    path = model(lab, "one")
    plan = lab.plan(nodes)
    path.unlink() if gone else model(lab, "two")
    result = lab.executor.run_sync(plan)
    assert result.state == "failed"
    assert (result.error.node_id, ran) == ("m", ["load"])
    if not gone:
        assert result.error.input == "file"
        assert "changed while the graph ran; run it again" in str(result.error)
    assert (files(lab.root / "cache"), lab.cache.usage()["memory"]["entries"]) == ([], 0)
    model(lab, "two")
    assert lab.run(nodes).outputs == {"j": {"text": "two"}}
    model(lab, "one")
    assert lab.run(nodes).outputs == {"j": {"text": "one"}}
