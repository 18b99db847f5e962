"""The OpenAPI document: an independent judge, and agreement with the routes and the pages."""

from __future__ import annotations

import re
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from nodeflow.api.event import Event
from nodeflow.server import openapi
from nodeflow.server.application import all_routes
from nodeflow.server.problems import KINDS
from tests.nodeflow.server.conftest import Caller

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


async def test_the_served_document_is_valid_openapi(ask: Caller) -> None:
    told = await ask("GET", "/openapi.json")
    assert told.json["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(told.json).iter_errors()] == []


async def test_who_has_it_is_not_sent_it_again(ask: Caller) -> None:
    first = await ask("GET", "/openapi.json")
    again = await ask("GET", "/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own() -> None:
    document = openapi.document(all_routes(), [Event])
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) == len(all_routes())
    assert all(each["summary"].endswith((".", ":")) or each["summary"] for each in operations)


def test_every_parameter_of_a_path_is_described() -> None:
    for path, methods in openapi.document(all_routes())["paths"].items():
        for method, operation in methods.items():
            described = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
            assert described == set(re.findall(r"{(\w+)}", path)), f"{method} {path}"


def test_every_route_and_every_problem_is_on_the_page() -> None:
    paths = {re.sub(r"\{(\w+):[^/]*\}", r"{\1}", route.path) for route in all_routes()}
    missing = [path for path in paths if path.split("{")[0].rstrip("/") not in PAGE]
    assert missing == []
    assert [name for name in KINDS if f"`{name}`" not in PAGE] == []
