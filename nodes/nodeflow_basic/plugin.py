"""The hooks of the basic pack: its nodes."""

from collections.abc import Iterable

from nodeflow import Node, hookimpl
from nodeflow_basic import arithmetic, logic, text, values

NODES: tuple[type[Node], ...] = (
    values.integer,
    values.number,
    values.text,
    values.boolean,
    values.seed,
    values.json,
    values.reroute,
    text.join_text,
    text.format_text,
    text.replace_text,
    text.pick_line,
    arithmetic.integer_math,
    arithmetic.number_math,
    arithmetic.round_number,
    logic.compare,
    logic.compare_text,
    logic.logic_gate,
    logic.negation,
    logic.Switch,
)


@hookimpl
def nodeflow_nodes() -> Iterable[type[Node]]:
    """Every node of the pack."""
    return NODES
