"""Why something cannot be installed."""

from __future__ import annotations

from nodeflow.errors import NodeflowError


class InstallError(NodeflowError):
    """pip cannot do it, or must not; the message says why and what would be right."""
