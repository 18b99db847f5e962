"""For the tests of plugins: running a node or a graph, and checks of what every node must hold to, each by one call."""

from nodeflow.testing.checks import (
    CheckFailed,
    check_cacheable,
    check_cancellation,
    check_deterministic,
    check_inputs_unchanged,
    check_node,
)
from nodeflow.testing.graph import run_graph
from nodeflow.testing.schema import check_schema
from nodeflow.testing.tiny import write_tiny_models
from nodeflow.testing.trial import run_node

__all__ = [
    "CheckFailed",
    "check_cacheable",
    "check_cancellation",
    "check_deterministic",
    "check_inputs_unchanged",
    "check_node",
    "check_schema",
    "run_graph",
    "run_node",
    "write_tiny_models",
]
