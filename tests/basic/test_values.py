"""The nodes that hold values say what they hold, and take nothing else."""

import pytest
from nodeflow_basic import values

from nodeflow import Context
from nodeflow.errors import ValueProblem
from nodeflow.spec import NodeSpec


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (values.integer, -7),
        (values.number, 2.5),
        (values.text, "a\nb"),
        (values.boolean, True),
        (values.json, {"a": [1, None, "x"]}),
        (values.reroute, ("anything", "at all")),
    ],
)
def test_hands_on_the_very_value(node: type, value: object) -> None:
    assert node(value=value).run(Context()) is value


def test_a_seed_is_named_seed() -> None:
    assert values.seed(value=2**64 - 1).run(Context())._asdict() == {"seed": 2**64 - 1}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        (values.integer, 3.9),
        (values.integer, "3"),
        (values.integer, True),
        (values.integer, 2**53 + 1),
        (values.number, float("nan")),
        (values.number, True),
        (values.boolean, "false"),
        (values.boolean, 0),
        (values.text, 5),
        (values.seed, -1),
        (values.seed, 2**64),
        (values.json, {"a": float("inf")}),
    ],
)
def test_takes_nothing_else(node: type, value: object) -> None:
    with pytest.raises(ValueProblem):
        NodeSpec.of(node).inputs["value"].validate(value)
