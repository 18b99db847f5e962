"""Comparison, logic and the lazy switch."""

import pytest
from nodeflow_basic import logic

from nodeflow import NOT_READY, Context
from nodeflow.spec import NodeSpec

CTX = Context()


@pytest.mark.parametrize(
    ("a", "b", "true"),
    [
        (1.0, 2.0, {"not_equal", "less", "less_or_equal"}),
        (2.0, 2.0, {"equal", "less_or_equal", "greater_or_equal"}),
        (3.0, 2.0, {"not_equal", "greater", "greater_or_equal"}),
    ],
)
@pytest.mark.parametrize("relation", ["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal"])
def test_relations(a: float, b: float, true: set[str], relation: str) -> None:
    assert logic.compare(a=a, b=b, relation=relation).run(CTX) is (relation in true)


@pytest.mark.parametrize(("relation", "result"), [("equal", True), ("less", False), ("less_or_equal", True)])
def test_what_is_within_tolerance_is_equal(relation: str, result: bool) -> None:
    assert logic.compare(a=0.1 + 0.2 - 0.01, b=0.3, relation=relation, tolerance=0.02).run(CTX) is result


@pytest.mark.parametrize(
    ("a", "b", "true"),
    [
        ("red", "red", {"equal", "contains", "starts_with", "ends_with"}),
        ("a red circle", "red", {"not_equal", "contains"}),
        ("red circle", "red", {"not_equal", "contains", "starts_with"}),
        ("Red", "red", {"not_equal"}),
    ],
)
@pytest.mark.parametrize("relation", ["equal", "not_equal", "contains", "starts_with", "ends_with"])
def test_text_relations(a: str, b: str, true: set[str], relation: str) -> None:
    assert logic.compare_text(a=a, b=b, relation=relation).run(CTX) is (relation in true)


@pytest.mark.parametrize("a", [False, True])
@pytest.mark.parametrize("b", [False, True])
def test_gates(a: bool, b: bool) -> None:
    results = {gate: logic.logic_gate(a=a, b=b, gate=gate).run(CTX) for gate in ("and", "or", "xor")}
    assert results == {"and": a & b, "or": a | b, "xor": a ^ b}
    assert logic.negation(value=a).run(CTX) is (not a)


@pytest.mark.parametrize(("condition", "chosen"), [(True, "when_true"), (False, "when_false")])
def test_a_switch_needs_only_what_it_chooses(condition: bool, chosen: str) -> None:
    waiting = logic.Switch(condition=condition, when_true=NOT_READY, when_false=NOT_READY)
    assert list(waiting.needs({})) == [chosen]
    ready = logic.Switch(**{"condition": condition, "when_true": NOT_READY, "when_false": NOT_READY, chosen: "value"})
    assert ready.run(CTX) == "value"


def test_the_branches_of_a_switch_are_lazy_and_take_anything() -> None:
    inputs = NodeSpec.of(logic.Switch).inputs
    assert {name: port.lazy for name, port in inputs.items()} == {
        "condition": False,
        "when_true": True,
        "when_false": True,
    }
    assert all(inputs["when_true"].takes(wire) for wire in ("Image", "int", "list[str]"))
