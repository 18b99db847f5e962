"""docs/cache.md: every part of a key is in its table, its sentences are those of the code, its nodes work."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest

from nodeflow import Context, FileChoice, Node
from nodeflow.cache.disk_tier import SHARE
from nodeflow.cache.explanation import Earlier, Explanation, compare
from nodeflow.config import Config
from nodeflow.distribution import LARGE
from nodeflow.executor.services import WRITING
from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import parse
from nodeflow.plan import compile as compile_graph
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.widgets import Choices

PAGE = (Path(__file__).parents[2] / "docs" / "cache.md").read_text(encoding="utf-8")


class Everything(Node):
    """A node whose key has every part."""

    file: Annotated[str, FileChoice("models")]
    choice: Annotated[str, Choices("things")] = "one"

    @classmethod
    def fingerprint(cls, values: Any, folders: Any) -> str:  # noqa: ARG003
        return "print"

    def run(self, ctx: Context) -> str: ...


def test_every_part_of_a_key(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").touch()
    registry = Registry()
    registry.add_node(NodeSpec.of(Everything, owner="mine", code_id="c"))
    registry.add_choices("things", {"one": 1}, "other")
    registry.add_code("other", "o")
    graph = parse({"nodeflow": 1, "nodes": {"n": {"type": "Everything", "values": {"file": "a.safetensors"}}}})
    folders = Folders((ModelFolder("models", tmp_path),))
    table = PAGE.partition("## What is in a key")[2].partition("Values count")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(
        compile_graph(graph, registry, folders=folders)["n"].parts
    )


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"values": {"radius": 8.0}}, {"values": {"radius": 4.0}}),
        ({"links": {"image": ["a", "image"]}}, {"links": {"image": ["b", "image"]}}),
        ({"code": "a"}, {"code": "b"}),
        ({"uses": {"acme": "a"}}, {"uses": {"acme": "b"}}),
        ({"files": {"checkpoint": "a"}}, {"files": {"checkpoint": "b"}}),
        ({"fingerprint": "a"}, {"fingerprint": "b"}),
        ({"environment": {"diffusion.dtype": "float32"}}, {"environment": {"diffusion.dtype": "bfloat16"}}),
        ({"code": "a"}, {"code": "a"}),
        (None, {"code": "a"}),
    ],
)
def test_the_sentences_are_the_codes(before: dict[str, Any] | None, now: dict[str, Any]) -> None:
    said = str(compare("n", now, [] if before is None else [Earlier(before, "n")]))
    assert f"\n| {said} |" in PAGE


def test_the_sentence_of_what_runs_every_time() -> None:
    assert f"| {Explanation('n', 'volatile', volatile='Draw is not cacheable')} |" in PAGE


def test_the_numbers_are_the_codes() -> None:
    config = Config()
    assert (config.cache_memory, config.cache_disk) == (1 << 30, 10 << 30)
    assert (SHARE, WRITING, LARGE) == (16, {"entries": 4, "bytes": 256 << 20}, 4 << 20)


def test_its_nodes_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    page = ModuleType("cache_page")
    monkeypatch.setitem(sys.modules, page.__name__, page)
    names: dict[str, Any] = vars(page)
    exec(code, names)  # noqa: S102
    registry = Registry()
    registry.add_nodes(NodeSpec.of(names[name]) for name in ("ListFolder", "Dice"))
    nodes = {"list": {"type": "ListFolder", "values": {"folder": str(tmp_path)}}, "dice": {"type": "Dice"}}
    graph = parse({"nodeflow": 1, "nodes": nodes})
    plans = [compile_graph(graph, registry) for _ in range(2)]
    assert plans[0]["list"].key == plans[1]["list"].key
    assert plans[0]["dice"].volatile == "Dice is not cacheable"
    (tmp_path / "new").touch()
    assert compile_graph(graph, registry)["list"].key != plans[0]["list"].key
    assert names["ListFolder"](folder=str(tmp_path)).run(Context()) == ["new"]
    assert names["Dice"]().run(Context()) in range(1, 7)
