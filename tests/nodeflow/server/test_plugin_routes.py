"""Routes that plugins bring: below their own prefix, asked as any other, and unable to stop the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from nodeflow.plugin_route import Request, Route
from tests.nodeflow.server.conftest import Caller, Server, environment, serving

PLUGIN = """
import sys
from nodeflow import NodeflowError, Request, Response, Route, hookimpl
from nodeflow.errors import UnknownName

async def later(request):
    return {"later": request.query.get("q", "")}

def shown(request):
    return {
        "method": request.method, "path": request.path, "parameters": dict(request.parameters),
        "type": request.headers.get("content-type"), "body": request.body.decode(),
        "torch": "torch" in sys.modules,
    }

def refused(request):
    request.json()
    raise NodeflowError("this will not do")

def lost(request):
    raise UnknownName("curve", request.parameters["name"], ["soft", "hard"])

def broken(request):
    return 1 / 0

def exits(request):
    raise SystemExit("goodbye")

def strange(request):
    return {1, 2}

@hookimpl
def nodeflow_routes():
    return [
        Route("GET", "/shown/{name}", shown),
        Route("POST", "/shown/{name}", shown),
        Route("GET", "/later", later),
        Route("DELETE", "/nothing", lambda request: None),
        Route("GET", "/page", lambda request: Response("<p>hello", status=201, media_type="text/html")),
        Route("POST", "/refused", refused),
        Route("GET", "/lost/{name}", lost),
        Route("GET", "/broken", broken),
        Route("GET", "/exits", exits),
        Route("GET", "/strange", strange),
    ]
"""


@pytest.fixture(scope="module")
def offering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("offering")
    environ = environment(folder)
    (folder / "data" / "plugins").mkdir(parents=True)
    (folder / "data" / "plugins" / "offer.py").write_text(PLUGIN)
    with serving(folder, environ=environ) as made:
        yield made


@pytest.fixture
async def call(offering: Server) -> AsyncIterator[Caller]:
    async with ClientSession() as session:
        yield Caller(session, offering.url)


async def test_a_route_is_told_what_was_asked_in_a_process_without_torch(call: Caller) -> None:
    told = await call("POST", "/v1/plugins/offer/shown/a%20b?x=1", data=b"text", headers={"Content-Type": "text/x"})
    assert told.status == 200
    assert told.headers["Content-Type"] == "application/json"
    assert told.json == {
        "method": "POST",
        "path": "/shown/a b",
        "parameters": {"name": "a b"},
        "type": "text/x",
        "body": "text",
        "torch": False,
    }
    assert (await call("GET", "/v1/plugins/offer/later?q=soon")).json == {"later": "soon"}


async def test_what_it_answers_is_what_the_client_gets(call: Caller) -> None:
    assert (await call("DELETE", "/v1/plugins/offer/nothing")).status == 204
    page = await call("GET", "/v1/plugins/offer/page")
    assert (page.status, page.headers["Content-Type"], page.body) == (201, "text/html", b"<p>hello")
    assert page.headers["Content-Security-Policy"]
    assert (await call("HEAD", "/v1/plugins/offer/page")).status == 201


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "said"),
    [
        ("POST", "refused", 422, "invalid-request", "the body is no JSON"),
        ("GET", "lost/sof", 404, "not-found", "no curve 'sof'; did you mean 'soft'?"),
        ("GET", "broken", 500, "plugin-failed", "plugin 'offer' failed: ZeroDivisionError: division by zero"),
        ("GET", "exits", 500, "plugin-failed", "plugin 'offer' failed: SystemExit: goodbye"),
        ("GET", "strange", 500, "plugin-failed", "plugin 'offer' answered what is no JSON"),
        ("PUT", "shown/a", 405, "method-not-allowed", "plugin 'offer' answers GET, POST there"),
        ("GET", "nowhere", 404, "not-found", "plugin 'offer' answers GET /shown/{name}, POST /shown/{name}"),
    ],
)
async def test_what_goes_wrong_is_a_problem_and_the_server_goes_on(
    call: Caller, method: str, path: str, status: int, kind: str, said: str
) -> None:
    told = await call(method, f"/v1/plugins/offer/{path}")
    assert (told.status, told.json["type"]) == (status, f"/problems/{kind}")
    assert said in told.json["detail"]
    assert (await call("GET", "/healthz")).status == 200


async def test_a_plugin_without_routes_and_one_that_is_none(call: Caller) -> None:
    for name, said in (
        ("acme", "plugin 'acme' answers nothing"),
        ("offfer", "no plugin 'offfer'; did you mean 'offer'?"),
    ):
        told = await call("GET", f"/v1/plugins/{name}/x")
        assert (told.status, told.json["detail"]) == (404, said)


async def test_the_log_tells_where_it_failed(call: Caller, offering: Server) -> None:
    await call("GET", "/v1/plugins/offer/broken")
    lines = [line for line in offering.logged() if "plugin 'offer' failed" in line["message"]]
    assert "1 / 0" in json.dumps(lines)


async def test_nobody_without_the_token_asks_a_plugin(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    (tmp_path / "data" / "plugins").mkdir(parents=True)
    (tmp_path / "data" / "plugins" / "offer.py").write_text(PLUGIN)
    (tmp_path / "token").write_text("a-token-of-twenty-letters-and-more")
    (tmp_path / "token").chmod(0o600)
    with serving(tmp_path, "--token-file", str(tmp_path / "token"), environ=environ) as made:
        async with ClientSession() as session:
            told = await Caller(session, made.url)("GET", "/v1/plugins/offer/later")
            assert told.status == 401


@pytest.mark.parametrize(
    ("path", "asked", "found"),
    [
        ("/curves/{name}", "/curves/a.b", {"name": "a.b"}),
        ("/curves/{name}", "/curves/a/b", None),
        ("/a.b", "/aXb", None),
        ("/{kind}/{name}", "/x/y", {"kind": "x", "name": "y"}),
    ],
)
def test_a_path_names_its_parts(path: str, asked: str, found: Any) -> None:
    assert Route("GET", path, print).match(asked) == found


def test_a_request_that_is_made_by_hand_is_enough_for_a_handlers_test() -> None:
    assert Request(body=b'{"a": 1}').json() == {"a": 1}
