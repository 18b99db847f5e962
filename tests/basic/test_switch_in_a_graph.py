"""A switch in a running graph: the branch that was not chosen does not compute."""

import pytest
from nodeflow_basic.plugin import nodeflow_nodes

from nodeflow.executor import Executor
from nodeflow.graph import parse
from nodeflow.plan import compile as compile_graph
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec


@pytest.fixture
def executor() -> Executor:
    registry = Registry()
    registry.add_nodes(NodeSpec.of(node, owner="basic") for node in nodeflow_nodes())
    return Executor(registry)


def document(b: float) -> dict[str, object]:
    """1 / b where b is not 0, else a text that says so; both branches always stand in the graph."""
    return {
        "nodeflow": 1,
        "nodes": {
            "b": {"type": "Number", "values": {"value": b}},
            "zero": {"type": "Compare", "values": {"b": 0.0}, "links": {"a": "b.number"}},
            "divided": {
                "type": "NumberMath",
                "values": {"a": 1.0, "operation": "divide"},
                "links": {"b": "b.number"},
            },
            "sorry": {"type": "Text", "values": {"value": "nothing"}},
            "chosen": {
                "type": "Switch",
                "links": {"condition": "zero.boolean", "when_true": "sorry.text", "when_false": "divided.number"},
            },
            "said": {"type": "FormatText", "values": {"template": "1 / b is {a}"}, "links": {"a": "chosen.value"}},
        },
    }


@pytest.mark.parametrize(("b", "said", "idle"), [(4.0, "1 / b is 0.25", "sorry"), (0.0, "1 / b is nothing", "divided")])
def test_only_the_chosen_branch_computes(executor: Executor, b: float, said: str, idle: str) -> None:
    result = executor.run_sync(compile_graph(parse(document(b)), executor.services.registry))
    assert (result.state, result.error) == ("succeeded", None)
    assert result.outputs["said"]["text"] == said
    assert {name for name, report in result.steps.items() if report.state == "done"} == {
        "b",
        "zero",
        "divided",
        "sorry",
        "chosen",
        "said",
    } - {idle}
