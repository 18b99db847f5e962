"""Runs over HTTP: submitted, waited for, batched, cancelled, retried, moved, forgotten."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.nodeflow.server.conftest import SUM, Caller, note, waiting


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    return tmp_path / "sign"


async def cancelled(ask: Caller, run_id: str) -> Any:
    await ask("POST", f"/v1/runs/{run_id}/cancel")
    return (await ask("GET", f"/v1/runs/{run_id}?wait=60")).json


async def test_a_graph_is_accepted_and_can_be_looked_at_until_it_is_done(ask: Caller) -> None:
    accepted = await ask.submit(SUM, tags=["sums", "über"])
    assert accepted.status == 202
    run_id = accepted.json["id"]
    assert accepted.headers["Location"] == f"/v1/runs/{run_id}"
    assert accepted.json["state"] in ("queued", "running", "succeeded")
    run = (await ask("GET", f"/v1/runs/{run_id}?wait=60")).json
    assert run["state"] == "succeeded"
    assert run["outputs"] == {"sum": {"integer": 42}}
    assert run["tags"] == ["sums", "über"]
    assert {node["node_id"]: node["state"] for node in run["nodes"]}["sum"] in ("done", "cached")


async def test_waiting_answers_with_the_run_as_it_ended(ask: Caller) -> None:
    told = await ask.submit(SUM, wait=60, inputs={"a": 1})
    assert told.status == 200
    assert told.json["outputs"]["sum"]["integer"] == 3
    assert told.json["graph"]["nodes"]["sum"]["values"] == {"a": 1, "b": 2}


async def test_waiting_in_vain_answers_that_the_run_was_accepted(ask: Caller, sign: Path) -> None:
    told = await ask.submit(waiting(sign), wait=0.05)
    assert (told.status, told.json["finished"]) == (202, None)
    assert (await cancelled(ask, told.json["id"]))["state"] == "cancelled"


async def test_a_failed_run_says_which_node_and_why(ask: Caller) -> None:
    run = await ask.done({"nodeflow": 1, "nodes": {"bad": {"type": "acme/Fail", "values": {"message": "no luck"}}}})
    assert run["state"] == "failed"
    assert (run["error"]["node_id"], run["error"]["type"]) == ("bad", "acme/Fail")
    assert "no luck" in run["error"]["message"]


async def test_what_a_node_warns_of_stands_in_its_run_and_is_told(ask: Caller) -> None:
    text = "the paint is thin"
    graph = {"nodeflow": 1, "nodes": {"thin": {"type": "acme/Warn", "values": {"message": text}}}}
    for state in ("done", "cached"):
        run = await ask.done(graph)
        assert [(node["state"], node["warnings"]) for node in run["nodes"]] == [(state, [text])]
        told = await ask.events(f"/v1/runs/{run['id']}/events")
        warned = [(event["node_id"], event["data"]) for event in told if event["kind"] == "warning"]
        assert warned == [("thin", {"message": text})]


async def test_an_open_seed_is_drawn_and_written_into_the_run(ask: Caller) -> None:
    graph = {
        "nodeflow": 1,
        "nodes": {
            "sample": {"type": "KSampler", "values": {"seed": None}, "links": {}},
            "sum": SUM["nodes"]["sum"],
        },
    }
    first = await ask.submit({**graph, "nodes": {"sum": graph["nodes"]["sum"]}})
    assert first.status == 202
    checked = await ask("POST", "/v1/graphs/validate", json={"graph": graph, "targets": ["sum"]})
    assert checked.json["valid"] is True
    seeds = set()
    for _ in range(2):
        run = await ask.done(graph, targets=["sum"])
        seeds.add(run["graph"]["nodes"]["sample"]["values"]["seed"])
    assert len(seeds) == 2
    assert all(isinstance(seed, int) for seed in seeds)


async def test_every_problem_is_listed_with_its_place_in_the_request(ask: Caller) -> None:
    nodes = {"sum": {"type": "IntegerMaths"}, "text": {"type": "Concatenate", "values": {"frist": "x"}}}
    told = await ask.submit({"nodeflow": 1, "nodes": nodes}, targets=["sum", "nobody"])
    assert told.status == 422
    assert told.headers["Content-Type"].startswith("application/problem+json")
    assert told.json["type"] == "/problems/invalid-graph"
    found = {error["pointer"]: error for error in told.json["errors"]}
    assert found["/graph/nodes/sum/type"]["nearest"] == "IntegerMath"
    assert found["/targets/1"]["code"] == "unknown_target"


async def test_a_wrong_input_points_to_where_it_was_given(ask: Caller) -> None:
    told = await ask.submit(SUM, inputs={"a": "three"})
    assert [(error["pointer"], error["code"]) for error in told.json["errors"]] == [("/inputs/a", "wrong_type")]
    told = await ask.submit(SUM, inputs={"aa": 3})
    assert [(error["pointer"], error["nearest"]) for error in told.json["errors"]] == [("/inputs/aa", "a")]


async def test_only_the_targets_run(ask: Caller) -> None:
    nodes = {"one": SUM["nodes"]["sum"], "bad": {"type": "acme/Fail", "values": {"message": "not asked for"}}}
    run = await ask.done({"nodeflow": 1, "nodes": nodes}, targets=["one"])
    assert (run["state"], run["targets"]) == ("succeeded", ["one"])


async def test_a_product_makes_a_run_of_every_combination_in_order(ask: Caller) -> None:
    told = await ask.submit(SUM, batch={"zip": {"a": [1, 2]}, "product": {"b": [10, 20, 30]}})
    assert told.status == 202
    runs = [(await ask("GET", f"/v1/runs/{run['id']}?wait=60")).json for run in told.json["runs"]]
    assert [run["outputs"]["sum"]["integer"] for run in runs] == [11, 21, 31, 12, 22, 32]
    assert {run["batch"] for run in runs} == {told.json["batch"]}
    listed = (await ask("GET", told.headers["Location"])).json["items"]
    assert [run["id"] for run in listed] == [run["id"] for run in reversed(told.json["runs"])]


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ({}, "give lists"),
        ({"zip": {"a": [1, 2], "b": [1]}}, "one length"),
        ({"zip": {"a": [1]}, "product": {"a": [1]}}, "stands in zip and in product"),
        ({"product": {"a": list(range(100)), "b": list(range(100))}}, "10000 runs"),
        ({"product": {"a": []}}, "at least 1 item"),
    ],
)
async def test_a_batch_that_cannot_be_is_refused(ask: Caller, batch: dict[str, Any], said: str) -> None:
    told = await ask.submit(SUM, batch=batch)
    assert told.status == 422
    assert said in told.json["errors"][0]["message"]


async def test_a_wrong_value_of_a_batch_is_found_and_nothing_is_submitted(ask: Caller) -> None:
    tag = secrets.token_hex(8)
    told = await ask.submit(SUM, batch={"product": {"a": [1, 2.5, 3]}}, tags=[tag])
    assert told.status == 422
    assert told.json["errors"][0]["pointer"] == "/batch/product/a/1"
    assert (await ask("GET", f"/v1/runs?tag={tag}")).json["items"] == []


async def test_the_same_key_with_the_same_request_submits_once(ask: Caller) -> None:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    body = {"graph": note("idempotent"), "tags": [key["Idempotency-Key"]]}
    first, *others = await asyncio.gather(*(ask("POST", "/v1/runs", json=body, headers=key) for _ in range(8)))
    assert {told.json["id"] for told in others} == {first.json["id"]}
    assert sum("Idempotency-Replayed" in told.headers for told in (first, *others)) == 7
    listed = (await ask("GET", f"/v1/runs?tag={key['Idempotency-Key']}")).json["items"]
    assert [run["id"] for run in listed] == [first.json["id"]]


async def test_the_same_key_with_another_request_is_refused(ask: Caller) -> None:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    assert (await ask("POST", "/v1/runs", json={"graph": note("one")}, headers=key)).status == 202
    told = await ask("POST", "/v1/runs", json={"graph": note("two")}, headers=key)
    assert (told.status, told.json["type"]) == (422, "/problems/idempotency-key-reused")


async def test_two_keys_are_refused(ask: Caller) -> None:
    tag = secrets.token_hex(8)
    keys = [("Idempotency-Key", "first"), ("Idempotency-Key", "second")]
    told = await ask("POST", "/v1/runs", json={"graph": note("twofold"), "tags": [tag]}, headers=keys)
    assert (told.status, told.json["type"]) == (400, "/problems/malformed")
    assert told.json["detail"] == "the header Idempotency-Key came 2 times; it takes one value"
    assert (await ask("GET", f"/v1/runs?tag={tag}")).json["items"] == []


async def test_a_saved_graph_runs_by_its_name(ask: Caller) -> None:
    assert (await ask("PUT", "/v1/graphs/by-name", json=dict(SUM))).status == 201
    told = await ask("POST", "/v1/runs?wait=60", json={"name": "by-name", "inputs": {"b": 5}})
    assert (told.json["name"], told.json["outputs"]["sum"]["integer"]) == ("by-name", 45)
    told = await ask("POST", "/v1/runs", json={"name": "nobody"})
    assert (told.status, told.json["type"]) == (404, "/problems/not-found")


async def test_what_is_wrong_with_a_saved_graph_points_into_it(ask: Caller) -> None:
    await ask("PUT", "/v1/graphs/broken", json={"nodeflow": 1, "nodes": {"a": {"type": "Nothing"}}})
    told = await ask("POST", "/v1/runs", json={"name": "broken"})
    assert [(error["part"], error["pointer"]) for error in told.json["errors"]] == [("graph", "/nodes/a/type")]


async def test_neither_or_both_of_graph_and_name_is_refused(ask: Caller) -> None:
    for body in ({}, {"graph": dict(SUM), "name": "x"}):
        told = await ask("POST", "/v1/runs", json=body)
        assert told.status == 422
        assert "either a graph or the name" in told.json["detail"]


async def test_a_waiting_run_has_a_position_can_be_moved_and_cancelled(ask: Caller) -> None:
    await ask("POST", "/v1/queue/pause")
    try:
        ids = [(await ask.submit(note(f"queue {number}"), priority=5)).json["id"] for number in range(3)]
        moved = (await ask("POST", f"/v1/runs/{ids[2]}/move", json={"place": "before", "anchor": ids[0]})).json
        assert moved["id"] == ids[2]
        listed = (await ask("GET", "/v1/runs?order=queue")).json["items"]
        order = [run["id"] for run in listed if run["id"] in ids]
        assert order == [ids[2], ids[0], ids[1]]
        assert [run["position"] for run in listed] == list(range(1, len(listed) + 1))
        assert (await ask("GET", f"/v1/runs/{ids[0]}")).json["position"] is not None
        told = await ask("POST", f"/v1/runs/{ids[0]}/move", json={"place": "first", "anchor": ids[1]})
        assert told.status == 422
        queue = (await ask("GET", "/v1/queue")).json
        assert queue["paused"] is True
        assert queue["queued"] >= 3
        states = [(await ask("POST", f"/v1/runs/{run_id}/cancel")).json["state"] for run_id in ids]
        assert states == ["cancelled"] * 3
    finally:
        await ask("POST", "/v1/queue/resume")


async def test_a_running_run_is_cancelled(ask: Caller, sign: Path) -> None:
    run_id = (await ask.submit(waiting(sign))).json["id"]
    async with asyncio.timeout(60):
        while (await ask("GET", f"/v1/runs/{run_id}")).json["state"] == "queued":
            await asyncio.sleep(0.02)
    assert (await ask("DELETE", f"/v1/runs/{run_id}")).status == 409
    assert (await ask("POST", f"/v1/runs/{run_id}/retry")).status == 409
    run = await cancelled(ask, run_id)
    assert (run["state"], run["cancelling"]) == ("cancelled", False)
    assert (await ask("POST", f"/v1/runs/{run_id}/cancel")).json["state"] == "cancelled"


async def test_all_runs_of_a_tag_are_cancelled_at_once(ask: Caller) -> None:
    tag = secrets.token_hex(8)
    await ask("POST", "/v1/queue/pause")
    try:
        for number in range(3):
            await ask.submit(note(f"all {number}"), tags=[tag])
        assert (await ask("POST", "/v1/queue/cancel", json={"tag": tag})).json == {"runs": 3}
    finally:
        await ask("POST", "/v1/queue/resume")
    listed = (await ask("GET", f"/v1/runs?tag={tag}")).json["items"]
    assert [run["state"] for run in listed] == ["cancelled"] * 3


async def test_a_retry_is_a_new_run_of_the_same_graph(ask: Caller) -> None:
    first = await ask.done(SUM)
    told = await ask("POST", f"/v1/runs/{first['id']}/retry")
    assert told.status == 202
    again = (await ask("GET", f"{told.headers['Location']}?wait=60")).json
    assert (again["retry_of"], again["graph"], again["state"]) == (first["id"], first["graph"], "succeeded")
    assert [node["state"] for node in again["nodes"]] == ["cached"]


async def test_what_was_forgotten_is_not_found(ask: Caller) -> None:
    run = await ask.done(note("forget me"))
    sha256 = run["artifacts"][0]["sha256"]
    assert (await ask("DELETE", f"/v1/runs/{run['id']}")).status == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/retry"), ("GET", "/events")):
        assert (await ask(method, f"/v1/runs/{run['id']}{path}")).status == 404
    assert (await ask("GET", f"/v1/files/{sha256}")).body == b"forget me"


async def test_clearing_forgets_runs_that_ended_so(ask: Caller) -> None:
    failed = await ask.done({"nodeflow": 1, "nodes": {"bad": {"type": "acme/Fail", "values": {"message": "x"}}}})
    kept = await ask.done(SUM)
    assert (await ask("DELETE", "/v1/runs?state=failed")).json["runs"] >= 1
    assert (await ask("GET", f"/v1/runs/{failed['id']}")).status == 404
    assert (await ask("GET", f"/v1/runs/{kept['id']}")).status == 200
    assert (await ask("DELETE", "/v1/runs?state=running")).status == 422


async def test_pages_hold_every_run_once(ask: Caller) -> None:
    tag = secrets.token_hex(8)
    told = await ask.submit(SUM, batch={"product": {"a": list(range(7))}}, tags=[tag])
    found: list[str] = []
    after: str | None = None
    for _ in range(4):
        more = f"&after={after}" if after else ""
        page = (await ask("GET", f"/v1/runs?tag={tag}&limit=2{more}")).json
        found += [run["id"] for run in page["items"]]
        after = page["next"]
    assert after is None
    assert found == [run["id"] for run in reversed(told.json["runs"])]
    assert (await ask("GET", "/v1/runs?after=nonsense")).status == 422
    for wrong in ("limit=0", "limit=501", "limit=many", "state=done", "stat=failed"):
        assert (await ask("GET", f"/v1/runs?{wrong}")).status == 422
