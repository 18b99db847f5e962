"""Bad input of every kind: it is refused with a problem, the server goes on, and nothing of it becomes a path."""

from __future__ import annotations

import io
import json
import socket
from typing import Any

import pytest

from tests.nodeflow.server.conftest import SUM, Caller, Server

HEAD = "POST /v1/runs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
TRAVERSALS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "/etc/passwd",
    "%2e%2e%2f",
    "..\\..\\x",
    "a/../../b",
    "\x00",
    "%00",
)


async def post(ask: Caller, body: bytes, **headers: str) -> Any:
    told = await ask("POST", "/v1/runs", data=body, headers={"Content-Type": "application/json", **headers})
    assert told.headers["Content-Type"].startswith("application/problem+json"), told
    return told


def nested(depth: int) -> bytes:
    return b'{"graph": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b"{'graph': 1}", 400, "not_json"),
        (b'{"graph": NaN}', 422, "not_finite"),
        (b'{"graph": {"nodeflow": 1, "nodes": {}}, "priority": 1e999}', 422, "not_finite"),
        (b'{"name": "\xff\xfe"}', 400, "not_json"),
        (b'{"name": "\\ud800"}', 400, "not_json"),
        (b'{"name": "a", "name": "b"}', 400, "duplicate_key"),
        (nested(1000), 422, "too_large"),
        (nested(200_000), 422, "too_large"),
        (b'{"name": "a", "priority": ' + b"9" * 5000 + b"}", 422, "too_large"),
        (b'{"name": "a", "priority": ' + b"9" * 400 + b"}", 422, "too_large"),
        (b"[]", 422, "wrong_type"),
        (b"null", 422, "wrong_type"),
        (b'"graph"', 422, "wrong_type"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_a_body_that_is_no_request_is_refused(ask: Caller, body: bytes, status: int, code: str) -> None:
    told = await post(ask, body)
    assert (told.status, told.json["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("graph", [1], "wrong_type"),
        ("inputs", [], "wrong_type"),
        ("targets", "sum", "wrong_type"),
        ("targets", [], "too_short"),
        ("priority", "5", "wrong_type"),
        ("priority", 1.5, "wrong_type"),
        ("priority", True, "wrong_type"),
        ("priority", 1001, "out_of_range"),
        ("tags", ["a\nb"], "bad_name"),
        ("tags", [""], "bad_name"),
        ("tags", ["x"] * 17, "too_large"),
        ("webhook", "ftp://example.com", "bad_name"),
        ("webhook", "http://a..b/", "bad_value"),
        ("batch", {"zip": [1]}, "wrong_type"),
        ("prio", 1, "unknown_field"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(ask: Caller, field: str, value: Any, code: str) -> None:
    told = await ask("POST", "/v1/runs", json={"graph": dict(SUM), field: value})
    assert told.status == 422
    assert told.json["errors"][0]["pointer"].startswith(f"/{field}")
    assert told.json["errors"][0]["code"] == code


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/v1/runs", [], "body: input should be an object"),
        ("/v1/runs", {"name": "../x"}, "name: input should be 1 to 100 letters, digits, _ . and -; the first no sign"),
        ("/v1/runs", {"name": "x", "targets": []}, "targets: list should have at least 1 item, not 0"),
        ("/v1/runs?wait=-1", {"name": "x"}, "wait: input should be greater than or equal to 0"),
        ("/v1/runs/a%2fb/cancel", {}, "id: input should be 1 to 64 letters, digits, _ and -"),
        ("/v1/queue/cancel", 3, "body: input should be an object"),
    ],
)
async def test_what_would_be_right_is_told_in_words(ask: Caller, path: str, sent: Any, said: str) -> None:
    assert (await ask("POST", path, json=sent)).json["detail"] == said


async def test_an_unknown_field_gets_the_nearest_name(ask: Caller) -> None:
    told = await ask("POST", "/v1/runs", json={"graph": dict(SUM), "prioritty": 1})
    assert told.json["errors"][0]["nearest"] == "priority"
    assert told.json["errors"][0]["expected"].startswith("one of: graph, name, inputs")
    told = await ask("GET", "/v1/runs?stat=failed")
    assert told.json["errors"][0]["nearest"] == "state"


async def test_every_flaw_is_listed(ask: Caller) -> None:
    told = await ask("POST", "/v1/runs", json={"graph": dict(SUM), "priority": "x", "tags": 1, "other": None})
    assert {error["pointer"] for error in told.json["errors"]} == {"/priority", "/tags", "/other"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_foreign_page_could_send_unasked_is_refused(ask: Caller, kind: str) -> None:
    told = await ask("POST", "/v1/runs", data=json.dumps({"graph": SUM}), headers={"Content-Type": kind})
    assert (told.status, told.json["type"]) == (415, "/problems/unsupported-media-type")


async def test_a_body_that_says_it_is_too_large_is_refused_unread(server: Server) -> None:
    """Who waited for the rest of it would say that it did not arrive (408)."""
    answer = server.raw(f"{HEAD}Content-Length: {50 << 20}\r\n\r\n{{".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_turns_out_too_large_is_refused(ask: Caller) -> None:
    async def pieces() -> Any:
        for _ in range(50):
            yield b" " * (1 << 20)

    headers = {"Content-Type": "application/json"}
    async with ask.session.post(f"{ask.url}/v1/runs", data=pieces(), headers=headers) as response:
        assert response.status == 413
    assert (await ask("GET", "/healthz")).status == 200


async def test_fifty_million_bytes_are_refused(ask: Caller) -> None:
    body = io.BytesIO(b'{"name": "' + b"a" * (50 << 20) + b'"}')
    told = await ask("POST", "/v1/runs", data=body, headers={"Content-Type": "application/json"})
    assert (told.status, told.json["type"]) == (413, "/problems/too-large")


async def test_a_graph_with_many_mistakes_is_told_of_in_part(ask: Caller) -> None:
    nodes = {f"n{number}": {"type": "Nothing"} for number in range(3000)}
    told = await ask.submit({"nodeflow": 1, "nodes": nodes})
    assert (told.status, len(told.json["errors"]), told.json["more"]) == (422, 1000, 2000)


async def test_a_body_that_breaks_off_harms_nobody(ask: Caller, server: Server) -> None:
    for length, body in ((1000, b'{"graph"'), (10, b""), (1 << 20, b"x" * 70_000)):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"{HEAD}Content-Length: {length}\r\n\r\n".encode() + body)
    chunked = f'{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{{"gra\r\nZZ\r\n'.encode()
    assert b" 400 " in server.raw(chunked)[:20]
    assert (await ask("GET", "/healthz")).status == 200


async def test_slow_clients_hold_up_nobody(ask: Caller, server: Server) -> None:
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    try:
        for number, connection in enumerate(slow):
            text = f"{HEAD}Content-Length: 100\r\n\r\n{{"
            connection.sendall(text.encode()[: len(text) - number])
        assert (await ask.done(SUM))["state"] == "succeeded"
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.parametrize(
    "raw", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100, b"GET " + b"a" * 20_000]
)
async def test_what_is_no_http_is_refused(ask: Caller, server: Server, raw: bytes) -> None:
    assert server.raw(raw)[:13] in (b"", b"HTTP/1.0 400 ", b"HTTP/1.1 400 ")
    assert (await ask("GET", "/healthz")).status == 200


@pytest.mark.parametrize("name", TRAVERSALS)
async def test_no_string_becomes_a_path(ask: Caller, server: Server, name: str) -> None:
    # What others have submitted is done, and the worker is there, so that nobody else writes.
    await ask.done(SUM)
    before = {path for path in server.data.parent.rglob("*") if path.is_file() and "cache" not in path.parts}
    graph = {"nodeflow": 1, "nodes": {"load": {"type": "LoadImage", "values": {"image": name}}}}
    told = await ask.submit(graph)
    assert told.json["errors"][0]["code"] == "unknown_choice"
    quoted = name.replace("\x00", "%00")
    for place in ("runs/{}", "graphs/{}", "files/{}", "files/{}/thumbnail", "nodes/{}", "choices/{}", "runs/{}/events"):
        told = await ask("GET", "/v1/" + place.format(quoted))
        assert told.status in (404, 405), (place, told)
    assert (await ask("GET", f"/{quoted}")).status == 404
    assert (await ask("PUT", f"/v1/graphs/{quoted}", json=dict(SUM))).status in (404, 405)
    stored = await ask("POST", "/v1/files", params={"name": name}, data=b"no picture")
    assert stored.status == 422
    for field in ("name", "webhook"):
        assert (await ask("POST", "/v1/runs", json={field: name})).status == 422
    assert (await ask.submit(SUM, targets=[name])).status == 422
    assert (await ask.submit(SUM, inputs={name: 1})).status == 422
    after = {path for path in server.data.parent.rglob("*") if path.is_file() and "cache" not in path.parts}
    assert after - before == set()


def test_a_path_that_is_not_made_plain_leads_nowhere(server: Server) -> None:
    for path in ("/../../etc/passwd", "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../pyproject.toml"):
        answer = server.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 404 "), (path, answer)


async def test_an_unknown_path_and_a_wrong_method_are_problems_too(ask: Caller) -> None:
    told = await ask("GET", "/v1/nothing")
    assert (told.status, told.json["type"]) == (404, "/problems/not-found")
    told = await ask("PATCH", "/v1/runs")
    assert (told.status, told.json["type"]) == (405, "/problems/method-not-allowed")
    assert told.json["detail"] == "PATCH is not taken here; DELETE, GET, HEAD, POST would be"
    assert set(told.headers["Allow"].split(",")) == {"DELETE", "GET", "HEAD", "POST"}
    assert (await ask("GET", told.json["type"])).body == b"The method is not allowed here (status 405).\n"
    assert (await ask("GET", "/problems/nothing")).status == 404
