"""`nodeflow check-plugin` and `nodeflow graphs`: a plugin in a folder, checked and shown by commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

SOURCE = '''
from pathlib import Path
from typing import Annotated
from nodeflow import Choices, Context, Field, Image, Node, hookimpl, node

class Paint: ...

@node
def sound(image: Image, size: Annotated[int, Field(ge=3, le=9)]) -> str:
    """The size."""
    return f"{image.pixels.shape} {size}"

@node
def longer(text: str, times: int = 2) -> str:
    return text * times

@node
def thirsty(brush: Image, amount: float) -> Image:
    raise ValueError("too dry")

@node
def random(ctx: Context) -> float:
    import random
    return random.random()

@node
def broken(text: str, mode: Annotated[str, Choices("blend_modes")] = "multipli") -> str:
    return text.no_such_method()

@hookimpl
def nodeflow_graphs():
    return {"start": Path(__file__).parent / "_start.json"}
'''
GRAPH = {"nodeflow": 1, "nodes": {"a": {"type": "acme_tools/Longer", "values": {"text": "x"}}}}


@pytest.fixture
def plugin(home: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "plugins"
    folder.mkdir(parents=True)
    (folder / "acme_tools.py").write_text(SOURCE)
    (folder / "_start.json").write_text(json.dumps(GRAPH))
    return folder / "acme_tools.py"


@pytest.fixture
def fresh(call: Command, site: Any) -> Command:
    """Calls a command that knows nothing of how the plugin was before."""

    def called(*arguments: object) -> Any:
        sys.modules.pop("acme_tools", None)
        return call(*arguments)

    return called


def test_every_check_of_every_node_and_graph_is_told(fresh: Command, plugin: Path) -> None:
    told = fresh("check-plugin", "acme_tools", "--json")
    assert (told.code, told.json["passed"]) == (1, False)
    states = {(each["subject"].removeprefix("acme_tools/"), each["check"]): each for each in told.json["checks"]}
    assert {check: each["state"] for (subject, check), each in states.items() if subject == "Sound"} == dict.fromkeys(
        ("runs", "deterministic", "inputs unchanged", "cacheable", "cancellation"), "held"
    )
    assert states["start", "runs the same twice"]["state"] == "held"
    assert states["Thirsty", "runs"]["state"] == "not tried"
    assert "the node refuses the samples" in states["Thirsty", "runs"]["why"]
    failed = {place: each["why"] for place, each in states.items() if each["state"] == "failed"}
    assert failed.keys() == {("acme_tools", "defaults are choices"), ("Random", "deterministic"), ("Broken", "runs")}
    said = "acme_tools/Broken.mode: the default 'multipli' is none of the blend_modes; did you mean 'multiply'?; mend "
    assert failed["acme_tools", "defaults are choices"].startswith(f"{said}the default in {plugin}:")
    assert failed["Broken", "runs"] == "AttributeError: 'str' object has no attribute 'no_such_method'"
    shown = fresh("check-plugin", "acme_tools")
    assert shown.code == 1
    assert shown.out.endswith(f"{sum(e['state'] == 'held' for e in states.values())} held, 3 failed, 1 not tried\n")


def test_a_schema_is_written_for_a_release_and_held_to_afterwards(fresh: Command, plugin: Path, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    plugin.write_text(SOURCE[: SOURCE.index("@node\ndef thirsty")])
    told = fresh("check-plugin", "acme_tools", "--schema", schema)
    assert (told.code, told.err) == (2, f"nodeflow: there is no file {str(schema)!r}; --write-schema writes one\n")
    assert fresh("check-plugin", "acme_tools", "--write-schema", schema).code == 0
    assert fresh("check-plugin", "acme_tools", "--schema", schema).code == 0
    plugin.write_text(plugin.read_text().replace("@node\ndef longer", "@node(version=2)\ndef longer"))
    told = fresh("check-plugin", "acme_tools", "--schema", schema)
    assert told.code == 1
    assert "acme_tools/Longer is at version 2, and no migration leads there from 1" in told.out


def test_one_that_is_not_loaded_cannot_be_checked(
    fresh: Command, plugin: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = fresh("check-plugin", "acme_tool")
    assert (told.code, "no plugin 'acme_tool'; did you mean 'acme_tools'?" in told.err) == (2, True)
    plugin.write_text("1 / 0")
    caplog.clear()
    told = fresh("check-plugin", "acme_tools")
    assert told.code == 1
    said = f"plugin 'acme_tools' failed: ZeroDivisionError: division by zero ({plugin}:1); mend {plugin}:1"
    assert caplog.messages == [said]
    assert told.err == "nodeflow: plugin 'acme_tools' is failed, so there is nothing to check\n"


def test_graphs_to_start_from_are_listed_printed_and_run(fresh: Command, plugin: Path) -> None:
    plugin.write_text(SOURCE)
    assert fresh("graphs", "--json").json["graphs"] == [
        {"name": "acme_tools/start", "file": str(plugin.parent / "_start.json")}
    ]
    printed = fresh("graphs", "acme_tools/start").out
    assert json.loads(printed) == GRAPH
    (plugin.parent / "saved.json").write_text(printed)
    assert fresh("run", plugin.parent / "saved.json").code == 0
    told = fresh("graphs", "acme_tools/stat")
    assert (told.code, "did you mean 'acme_tools/start'?" in told.err) == (2, True)
