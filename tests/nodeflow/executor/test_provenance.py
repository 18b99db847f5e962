"""What a result says it came from."""

import json
from pathlib import Path
from typing import Annotated, Any

from nodeflow.context import Context
from nodeflow.executor.provenance import provenance
from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import parse
from nodeflow.node import node
from nodeflow.plan import compile as compile_graph
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.widgets import FileChoice


@node
def load(file: Annotated[str, FileChoice("models")], again: Annotated[str | None, FileChoice("models")] = None) -> str:
    return ""


@node
def tell(ctx: Context, a: str) -> str:
    found = ctx.provenance()
    found["graph"]["nodes"].clear()
    found["more"] = True
    return json.dumps(sorted(ctx.provenance()["graph"]["nodes"]))


def test_graph_versions_files_and_machine(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"a")
    folders, registry = Folders((ModelFolder("models", tmp_path),)), Registry()
    registry.add_nodes([NodeSpec.of(load, owner="acme", code_id="c1"), NodeSpec.of(tell, owner="acme", code_id="c1")])
    nodes = {
        "l": {"type": "Load", "values": {"file": "a.safetensors"}},
        "t": {"type": "Tell", "links": {"a": "l.text"}},
        "unused": {"type": "Load", "values": {"file": "a.safetensors"}},
    }
    graph = parse({"nodeflow": 1, "nodes": nodes, "layout": {"l": [1, 2]}})
    plan = compile_graph(graph, registry, folders=folders, environment={"torch": "2"}, targets=["t"])
    found = provenance(plan, registry, {"device": "cpu"})
    assert json.loads(json.dumps(found)) == found
    assert found.pop("nodeflow")
    ran = graph.dump()
    for node_id in ("l", "t"):
        ran["nodes"][node_id]["version"] = 1
    assert found == {
        "graph": ran,
        "types": {name: {"version": 1, "owner": "acme"} for name in ("Load", "Tell")},
        "plugins": {"acme": {**registry.release("acme"), "code": "c1"}},
        "files": {"models/a.safetensors": folders.digest("models", "a.safetensors")},
        "environment": {"torch": "2"},
        "settings": {"device": "cpu"},
    }


def test_a_node_that_changes_it_changes_its_own_copy(lab: Any) -> None:
    @node
    def text() -> str:
        return ""

    lab.add(text, tell)
    nodes = {"x": "Text", "t": ("Tell", {"a": "x.text"}), "u": ("Tell", {"a": "t.text"})}
    result = lab.run(nodes, targets=["t", "u"])
    assert [each["text"] for each in result.outputs.values()] == ['["t", "u", "x"]'] * 2
