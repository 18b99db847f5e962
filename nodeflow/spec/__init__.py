"""What a declaration says: a node's ports, settings and documentation, and the JSON Schema that editors draw from."""

from nodeflow.spec.node_spec import NodeSpec, is_named_tuple
from nodeflow.spec.port import Port

__all__ = ["NodeSpec", "Port", "is_named_tuple"]
