"""What tells runs of one graph apart in lists: what was given, what differs in a batch, seeds."""

from __future__ import annotations

from typing import Any

import pytest

from nodeflow.api.run import MAX_LETTERS, MAX_TRAITS
from tests.nodeflow.server.conftest import SUM, Caller

NODES = {
    "draw": {"type": "Seed", "values": {"value": 7}},
    "sum": {"type": "IntegerMath", "values": {"a": 1, "b": 2}},
}
GRAPH = {"nodeflow": 1, "nodes": NODES, "inputs": {"a": "sum.a", "b": "sum.b"}}


async def traits(ask: Caller, graph: Any, **more: Any) -> list[Any]:
    """Of the runs that a request makes, in its answer and, the same, in the list and each by itself."""
    answer = await ask.submit(graph, **more)
    assert answer.status == 202, answer.json
    runs = answer.json["runs"] if "batch" in more else [answer.json]
    found = [run["traits"] for run in runs]
    for run in runs:
        assert (await ask("GET", f"/v1/runs/{run['id']}")).json["traits"] == run["traits"]
    listed = {run["id"]: run["traits"] for run in (await ask("GET", f"/v1/runs?limit={len(runs)}")).json["items"]}
    assert [listed[run["id"]] for run in runs] == found
    return found


async def test_what_a_request_gave_and_the_seed_tell_a_run_from_others(ask: Caller) -> None:
    assert await traits(ask, SUM) == [{}]
    assert await traits(ask, SUM, inputs={"b": 5}) == [{"b": 5}]
    assert await traits(ask, GRAPH) == [{"draw.value": 7}]
    assert await traits(ask, GRAPH, inputs={"a": 3}) == [{"a": 3, "draw.value": 7}]


async def test_a_seed_is_called_by_the_name_of_its_input_and_told_as_it_was_drawn(ask: Caller) -> None:
    graph = {**GRAPH, "inputs": {"lucky": "draw.value"}}
    assert await traits(ask, graph) == [{"lucky": 7}]
    assert await traits(ask, graph, inputs={"lucky": 2**63 + 1}) == [{"lucky": 2**63 + 1}]
    (drawn,) = await traits(ask, graph, inputs={"lucky": None})
    assert isinstance(drawn["lucky"], int)


async def test_of_a_batch_only_what_differs_is_told_and_the_seeds(ask: Caller) -> None:
    graph = {**GRAPH, "inputs": {"a": "sum.a", "b": "sum.b", "lucky": "draw.value"}}
    found = await traits(ask, graph, batch={"zip": {"a": [1, 2]}, "product": {"b": [5, 6], "lucky": [9]}})
    assert found == [{"a": a, "b": b, "lucky": 9} for a in (1, 2) for b in (5, 6)]
    (first, second) = await traits(ask, graph, batch={"zip": {"a": [3, 3], "lucky": [None, None]}})
    assert set(first) == set(second) == {"lucky"}
    assert first != second


async def test_a_seed_that_a_link_brings_is_told_once(ask: Caller) -> None:
    nodes = {**NODES, "noise": {"type": "acme/Double", "links": {"number": "draw.seed"}}}
    assert await traits(ask, {"nodeflow": 1, "nodes": nodes}) == [{"draw.value": 7}]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("short", "short"),
        ("x" * MAX_LETTERS, "x" * MAX_LETTERS),
        ("x" * (MAX_LETTERS + 1), "x" * (MAX_LETTERS - 1) + "…"),
    ],
)
async def test_a_long_text_is_told_by_its_beginning(ask: Caller, value: str, told: str) -> None:
    graph = {
        "nodeflow": 1,
        "nodes": {"text": {"type": "Text", "values": {"value": ""}}},
        "inputs": {"text": "text.value"},
    }
    assert await traits(ask, graph, inputs={"text": value}) == [{"text": told}]


async def test_a_list_is_told_as_json(ask: Caller) -> None:
    nodes = {"total": {"type": "acme/Total", "values": {"numbers": []}}}
    graph = {"nodeflow": 1, "nodes": nodes, "inputs": {"numbers": "total.numbers"}}
    assert await traits(ask, graph, inputs={"numbers": [1, 2]}) == [{"numbers": "[1, 2]"}]


async def test_no_more_are_told_than_a_list_has_room_for(ask: Caller) -> None:
    nodes = {f"seed{place:02}": {"type": "Seed", "values": {"value": place}} for place in range(20)}
    (found,) = await traits(ask, {"nodeflow": 1, "nodes": nodes})
    assert list(found) == [f"seed{place:02}.value" for place in range(MAX_TRAITS)]


async def test_a_retry_and_the_gallery_tell_them_too(ask: Caller) -> None:
    graph = {
        "nodeflow": 1,
        "nodes": {"note": {"type": "acme/Note", "values": {"text": "traits"}}},
        "inputs": {"text": "note.text"},
    }
    run = await ask.done(graph, inputs={"text": "of a retry"})
    told = await ask("POST", f"/v1/runs/{run['id']}/retry")
    assert told.json["traits"] == run["traits"] == {"text": "of a retry"}
    again = (await ask("GET", f"{told.headers['Location']}?wait=60")).json
    items = (await ask("GET", "/v1/artifacts?limit=50")).json["items"]
    assert [item["traits"] for item in items if item["run_id"] == again["id"]] == [run["traits"]]


async def test_nodes_that_the_targets_do_not_need_may_be_of_unknown_types(ask: Caller) -> None:
    nodes = {**NODES, "strange": {"type": "gone/Away"}}
    assert await traits(ask, {"nodeflow": 1, "nodes": nodes}, targets=["sum"]) == [{"draw.value": 7}]
