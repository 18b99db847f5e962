"""Seeds that a document leaves open: drawn from all that the input takes, and only those."""

from typing import Annotated

import pytest
from pydantic import Field

from nodeflow.graph import LARGEST_SEED, open_seeds, parse
from nodeflow.node import node
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec
from nodeflow.widgets import Seed


@node
def seeds(
    plain: Annotated[int, Seed()] = 0,
    below: Annotated[int, Field(ge=0, lt=2**64), Seed()] = 0,
    some: Annotated[int, Field(ge=1, le=6), Seed()] = 1,
    above: Annotated[int, Field(gt=-3, lt=3), Seed()] = 0,
    maybe: Annotated[int | None, Seed()] = None,
    number: int = 0,
) -> int: ...


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add_node(NodeSpec.of(seeds))
    return registry


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("plain", 0, LARGEST_SEED), ("below", 0, 2**64 - 1), ("some", 1, 6), ("above", -2, 2)],
)
def test_every_seed_that_the_input_takes(registry: Registry, name: str, lowest: int, highest: int) -> None:
    graph = parse({"nodeflow": 1, "nodes": {"a": {"type": "Seeds", "values": {name: None}}}})
    drawn = [open_seeds(graph, registry, draw).nodes["a"].values for draw in (lambda _: 0, lambda count: count - 1)]
    assert drawn == [{name: lowest}, {name: highest}]
    port = registry.node("Seeds").inputs[name]
    assert [port.validate(value[name]) for value in drawn] == [lowest, highest]
    assert graph.nodes["a"].values == {name: None}, "the graph itself stays as it was"


def test_what_is_no_open_seed_stays(registry: Registry) -> None:
    nodes = {
        "a": {"type": "Seeds", "values": {"number": None, "maybe": None, "some": 3, "gone": None}},
        "b": {"type": "Unknown", "values": {"seed": None}},
    }
    graph = parse({"nodeflow": 1, "nodes": nodes})
    assert open_seeds(graph, registry) is graph
