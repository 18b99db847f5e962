"""Development mode: what is edited is live at the next run, in one server and one worker that go on all the while."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.nodeflow.server.conftest import Caller, Server, environment, serving

NODES = """
from acme_scale.middle import scaled
from nodeflow import node

@node
def scale(number: int) -> int:
    return scaled(number)
"""
PLUGIN = """
from acme_scale.nodes import scale
from nodeflow import hookimpl

@hookimpl
def nodeflow_nodes():
    return [scale]
"""
PACKAGE = {
    "__init__.py": "",
    "deep/__init__.py": "",
    "deep/helper.py": "FACTOR = 2\n",
    "middle.py": "from acme_scale.deep.helper import FACTOR\n\ndef scaled(number):\n    return number * FACTOR\n",
    "nodes.py": NODES,
    "plugin.py": PLUGIN,
}
# The sum is another plugin's, and what comes after the scaled one depends on it.
GRAPH = {
    "nodeflow": 1,
    "nodes": {
        "sum": {"type": "IntegerMath", "values": {"a": 2, "b": 3}},
        "scale": {"type": "scale/Scale", "links": {"number": "sum.integer"}},
    },
}


@pytest.fixture
def edit(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of the plugin, which is installed editably from a folder of its own."""

    def written(path: str, text: str) -> Path:
        file = tmp_path / "project" / "acme_scale" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return written


@pytest.fixture
def server(tmp_path: Path, edit: Callable[[str, str], Path]) -> Iterator[Server]:
    environ = environment(tmp_path)
    for path, text in PACKAGE.items():
        edit(path, text)
    about = tmp_path / "site" / "acme_scale-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-scale\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[nodeflow]\nscale = acme_scale.plugin\n")
    (tmp_path / "site" / "_acme_scale.pth").write_text(f"{tmp_path / 'project'}\n")
    (about / "RECORD").write_text("_acme_scale.pth,,\n")
    environ["PYTHONPATH"] += f":{tmp_path / 'project'}"
    with serving(tmp_path, "--dev", environ=environ) as made:
        yield made


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Caller]:
    async with ClientSession() as session:
        yield Caller(session, server.url)


async def ran(call: Caller, **graph: Any) -> tuple[Any, dict[str, str]]:
    """What the scaled node gave, and what became of each node."""
    run = await call.done({**GRAPH, **graph})
    assert run["state"] == "succeeded", run
    return run["outputs"]["scale"]["integer"], {each["node_id"]: each["state"] for each in run["nodes"]}


async def plugin(call: Caller, name: str = "scale") -> dict[str, Any]:
    found = (await call("GET", "/v1/plugins")).json["plugins"]
    return next(each for each in found if each["name"] == name)


async def worker(call: Caller) -> tuple[int, int]:
    (found,) = (await call("GET", "/v1/queue")).json["workers"]
    return found["pid"], found["restarts"]


async def test_an_edited_helper_two_modules_away_is_live_at_the_next_run(
    call: Caller, server: Server, edit: Callable[[str, str], Path]
) -> None:
    assert await ran(call) == (10, {"sum": "done", "scale": "done"})
    assert await ran(call) == (10, {"sum": "cached", "scale": "cached"})
    first, nodes = await worker(call), (await call("GET", "/v1/nodes")).headers["ETag"]
    for factor in (3, 4, 5):
        edit("deep/helper.py", f"FACTOR = {factor}\n")
        assert await ran(call) == (5 * factor, {"sum": "cached", "scale": "done"})
    edit("deep/helper.py", "FACTOR = 4\n")
    assert await ran(call) == (20, {"sum": "cached", "scale": "cached"})
    assert await worker(call) == first
    # Only a declaration that changes changes what is served.
    assert (await call("GET", "/v1/nodes")).headers["ETag"] == nodes
    edit(
        "nodes.py",
        NODES.replace("number: int", "number: int, more: int = 1").replace("(number)\n", "(number) + more\n"),
    )
    told = await call("GET", "/v1/nodes", headers={"If-None-Match": nodes})
    assert told.status == 200
    (described,) = (each for each in told.json["nodes"] if each["name"] == "scale/Scale")
    assert [port["name"] for port in described["inputs"]] == ["number", "more"]
    assert await ran(call) == (21, {"sum": "cached", "scale": "done"})
    assert await worker(call) == first


async def test_a_syntax_error_keeps_the_old_version_and_is_told_everywhere(
    call: Caller, server: Server, edit: Callable[[str, str], Path]
) -> None:
    assert (await ran(call))[0] == 10
    last = (await call.done(GRAPH))["last_event"]
    file = edit("middle.py", "def scaled(number:\n")
    assert await ran(call) == (10, {"sum": "cached", "scale": "cached"})
    found = await plugin(call)
    assert (found["state"], found["place"], found["nodes"]) == ("stale", f"{file}:1", ["scale/Scale"])
    assert found["error"].startswith("SyntaxError: ")
    assert found["fix"] == f"mend the syntax in {file}:1"
    assert "SyntaxError" in found["traceback"]
    async with call.session.get(f"{server.url}/v1/events?after={last}") as stream:
        async for line in stream.content:
            if line.startswith(b"data: ") and json.loads(line[6:])["kind"] == "plugins":
                assert json.loads(line[6:])["data"] == {"changed": ["scale"], "broken": ["scale"]}
                break
    edit("middle.py", PACKAGE["middle.py"].replace("number *", "1 + number *"))
    assert await ran(call) == (11, {"sum": "cached", "scale": "done"})
    assert (await plugin(call))["state"] == "loaded"
    # Once for all: neither by the worker too, nor with each later change.
    (said,) = (line["message"] for line in server.logged() if "SyntaxError" in line["message"])
    assert said.startswith("plugin 'scale' is stale: SyntaxError")
    assert f"({file}:1); mend the syntax in {file}:1" in said


async def test_a_file_that_is_put_among_the_plugins_is_there_and_goes_with_it(call: Caller, server: Server) -> None:
    folder = server.data / "plugins"
    folder.mkdir(parents=True)
    (folder / "fresh.py").write_text("from nodeflow import node\n\n@node\ndef one() -> int:\n    return 1\n")
    graph = {"nodeflow": 1, "nodes": {"one": {"type": "fresh/One"}}}
    assert (await call.done(graph))["outputs"] == {"one": {"integer": 1}}
    (folder / "fresh.py").unlink()
    assert (await call.submit(graph)).status == 422


async def test_without_the_option_all_stays_as_it_was(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    (tmp_path / "data" / "plugins").mkdir(parents=True)
    file = tmp_path / "data" / "plugins" / "fresh.py"
    file.write_text("from nodeflow import node\n\n@node\ndef one() -> int:\n    return 1\n")
    bad = file.with_name("spoilt.py")
    bad.write_text("import no_such_thing\n")
    graph = {"nodeflow": 1, "nodes": {"one": {"type": "fresh/One"}}}
    with serving(tmp_path, environ=environ) as made:
        async with ClientSession() as session:
            call = Caller(session, made.url)
            assert (await call.done(graph))["outputs"] == {"one": {"integer": 1}}
            file.write_text(file.read_text().replace("return 1", "return 2"))
            assert (await call.done(graph))["outputs"] == {"one": {"integer": 1}}
    # By the server, and not by its worker too.
    (said,) = (line["message"] for line in made.logged() if "spoilt" in line["message"])
    assert said.startswith("plugin 'spoilt' failed: ModuleNotFoundError: No module named 'no_such_thing'")
    assert f"({bad}:1); install what brings the module 'no_such_thing'" in said


async def test_what_changes_twice_within_a_tick_of_the_clock_is_seen(
    call: Caller, edit: Callable[[str, str], Path]
) -> None:
    for factor in (3, 4, 5, 6, 7, 8):
        file = edit("deep/helper.py", f"FACTOR = {factor - 1}\n")
        before = file.stat().st_mtime_ns
        assert (await call("GET", "/v1/plugins")).status == 200
        edit("deep/helper.py", f"FACTOR = {factor}\n")
        os.utime(file, ns=(before, before))
        assert (await ran(call))[0] == 5 * factor
