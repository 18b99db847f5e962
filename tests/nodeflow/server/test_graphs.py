"""Saved graphs, checking and importing over HTTP."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from PIL import Image as Pillow

from nodeflow import png
from tests.nodeflow.server.conftest import SUM, Caller


@pytest.fixture
def place() -> str:
    return f"/v1/graphs/graph-{secrets.token_hex(6)}"


def variant(value: int) -> dict[str, Any]:
    return {"nodeflow": 1, "nodes": {"sum": {"type": "IntegerMath", "values": {"a": value, "b": 2}}}}


async def test_a_graph_comes_back_as_it_was_saved(ask: Caller, place: str) -> None:
    saved = await ask("PUT", place, json=dict(SUM))
    assert saved.status == 201
    assert (saved.json["nodes"], saved.json["inputs"]) == (1, ["a", "b"])
    found = await ask("GET", place)
    assert found.json == SUM
    assert found.headers["ETag"] == saved.headers["ETag"] == f'"{saved.json["etag"]}"'
    assert (await ask("GET", place, headers={"If-None-Match": found.headers["ETag"]})).status == 304
    lines = [("If-None-Match", '"other"'), ("If-None-Match", found.headers["ETag"])]
    assert (await ask("GET", place, headers=lines)).status == 304


async def test_two_who_change_the_same_graph_notice_it(ask: Caller, place: str) -> None:
    first = await ask("PUT", place, json=variant(1))
    mine = {"If-Match": first.headers["ETag"]}
    second = await ask("PUT", place, json=variant(2), headers=mine)
    assert second.status == 200
    told = await ask("PUT", place, json=variant(3), headers=mine)
    assert (told.status, told.json["type"]) == (412, "/problems/precondition-failed")
    assert (await ask("GET", place)).json == variant(2)
    assert (await ask("PUT", place, json=variant(4), headers={"If-Match": "*"})).status == 200


async def test_replacing_needs_to_say_what_is_replaced(ask: Caller, place: str) -> None:
    await ask("PUT", place, json=variant(1))
    told = await ask("PUT", place, json=variant(2))
    assert (told.status, told.json["type"]) == (428, "/problems/precondition-required")
    assert (await ask("PUT", place, json=variant(2), headers={"If-None-Match": "*"})).status == 412
    assert (await ask("DELETE", place)).status == 428
    for odd in ("etag", 'W/"etag"', '"a", "b"'):
        assert (await ask("DELETE", place, headers={"If-Match": odd})).status == 400
    assert (await ask("DELETE", place, headers={"If-Match": '"other"'})).status == 412
    assert (await ask("DELETE", place, headers={"If-Match": "*"})).status == 204
    assert (await ask("GET", place)).status == 404
    assert (await ask("PUT", place, json=variant(1), headers={"If-Match": '"gone"'})).status == 412


async def test_what_is_no_graph_is_not_saved(ask: Caller, place: str) -> None:
    told = await ask("PUT", place, json={"nodeflow": 2, "nodes": {}})
    assert (told.status, [error["pointer"] for error in told.json["errors"]]) == (422, ["/nodeflow"])
    told = await ask("PUT", place, json=[])
    assert told.status == 422
    assert (await ask("GET", place)).status == 404


async def test_saved_graphs_are_listed_by_name(ask: Caller) -> None:
    prefix = secrets.token_hex(6)
    for letter in "cab":
        await ask("PUT", f"/v1/graphs/{prefix}-{letter}", json=variant(1))
    page = (await ask("GET", "/v1/graphs?limit=500")).json
    assert [each["name"] for each in page["items"] if each["name"].startswith(prefix)] == [
        f"{prefix}-{letter}" for letter in "abc"
    ]
    assert page["next"] is None


async def test_checking_tells_everything_that_is_wrong(ask: Caller) -> None:
    nodes = {"a": {"type": "IntegerMath", "values": {"a": 1.5, "c": 1}}, "b": {"type": "Nothing"}}
    told = await ask("POST", "/v1/graphs/validate", json={"graph": {"nodeflow": 1, "nodes": nodes}})
    assert (told.status, told.json["valid"], told.json["steps"]) == (200, False, [])
    found = {problem["pointer"]: problem["code"] for problem in told.json["problems"]}
    assert found["/graph/nodes/a/values/a"] == "wrong_type"
    assert found["/graph/nodes/a/values/c"] == "unknown_input"
    assert found["/graph/nodes/b/type"] == "unknown_type"


async def test_checking_tells_what_is_kept_already(ask: Caller) -> None:
    # Once a run has ended, a worker has told what its results depend on.
    await ask.done(SUM)
    graph = variant(secrets.randbelow(10**6))
    before = (await ask("POST", "/v1/graphs/validate", json={"graph": graph})).json
    assert (before["valid"], before["targets"]) == (True, ["sum"])
    assert [(step["node_id"], step["cached"]) for step in before["steps"]] == [("sum", False)]
    await ask.done(graph)
    after = (await ask("POST", "/v1/graphs/validate", json={"graph": graph})).json
    assert [step["cached"] for step in after["steps"]] == [True]


async def test_the_graph_of_a_picture_is_imported(ask: Caller, tmp_path: Any) -> None:
    picture = tmp_path / "made.png"
    Pillow.new("RGB", (4, 4)).save(picture, pnginfo=png.info({"graph": SUM}))
    told = await ask("POST", "/v1/graphs/import", data=picture.read_bytes())
    assert (told.status, told.json) == (200, {"graph": dict(SUM)})
    with picture.open("rb") as stream:
        assert (await ask("POST", "/v1/graphs/import", data={"file": stream})).json == {"graph": dict(SUM)}
    Pillow.new("RGB", (4, 4)).save(picture)
    told = await ask("POST", "/v1/graphs/import", data=picture.read_bytes())
    assert (told.status, told.json["errors"][0]["code"]) == (422, "no_graph")


async def test_a_json_file_is_imported(ask: Caller) -> None:
    told = await ask("POST", "/v1/graphs/import", data=b'{"nodeflow": 1, "nodes": {}}')
    assert told.json == {"graph": {"nodeflow": 1, "nodes": {}}}
    told = await ask("POST", "/v1/graphs/import", data=b"\xff\xd8\xff\xe0")
    assert "this is no graph but a JPEG picture" in told.json["detail"]
    told = await ask("POST", "/v1/graphs/import", data=b"\xff\xfe")
    assert (told.status, told.json["errors"][0]["code"]) == (422, "not_json")


async def test_a_graph_of_an_older_version_is_brought_up_to_date(ask: Caller) -> None:
    nodes = {"old": {"type": "acme/Double", "version": 1, "values": {"x": 21}}}
    graph = {"nodeflow": 1, "nodes": nodes, "inputs": {"x": "old.x"}}
    run = await ask.done(graph, inputs={"x": 4})
    assert run["outputs"] == {"old": {"integer": 8}}
    assert run["graph"]["nodes"]["old"]["values"] == {"number": 4}
    checked = (await ask("POST", "/v1/graphs/validate", json={"graph": graph})).json
    assert checked["valid"] is True
    assert "number" in checked["warnings"][0]
