"""Schemathesis sends what the OpenAPI document allows and what it forbids: no 5xx, and answers as described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from nodeflow.api.event import Event
from nodeflow.server import openapi
from nodeflow.server.application import all_routes
from tests.nodeflow.server.conftest import ENDS_WITHIN, Server, serving

SCHEMA = schemathesis.openapi.from_dict(openapi.document(all_routes(), [Event]))
ENDLESS = {"follow_all"}
"""What answers for as long as somebody listens."""

OPERATIONS = {
    operation.definition.raw["operationId"]: operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())
    if operation.definition.raw["operationId"] not in ENDLESS
}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ANSWERS_WITH_PROBLEMS = {"validate_graph"}
"""What takes graphs that are none: it is there to say what is wrong with them."""
FUZZED = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may be paused and emptied."""
    with serving(tmp_path_factory.mktemp("fuzzed")) as made:
        yield made


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "does not fit"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_answers_are_as_described_whatever_is_sent(own: Server, name: str, mode: GenerationMode) -> None:
    operation: Any = OPERATIONS[name]

    if mode is GenerationMode.NEGATIVE and not may_be_wrong(operation):
        pytest.skip("takes nothing that could be wrong")
    judged = [*CHECKS, *([] if name in ANSWERS_WITH_PROBLEMS else [checks.negative_data_rejection])]

    @FUZZED
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.call_and_validate(base_url=own.url, timeout=ENDS_WITHIN, checks=judged)

    ask()


def may_be_wrong(operation: Any) -> bool:
    """Whether it takes anything that is not just any text in a header."""
    parameters = [each.definition for each in operation.iter_parameters()]
    free = [each["in"] == "header" and each["schema"] == {"type": "string"} for each in parameters]
    return bool(operation.body) or not all(free)


def test_the_log_tells_of_no_defect(own: Server) -> None:
    assert [line for line in own.logged() if line["level"] in ("error", "critical")] == []
