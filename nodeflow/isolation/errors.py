"""What goes wrong in another process, told here under its own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodeflow.errors import NodeflowError, RegistrationError
from nodeflow.plugins.blame import Located


class ProcessDied(NodeflowError):  # noqa: N818
    """The process of an isolated plugin has ended while it was at work."""


class Elsewhere(Located):
    """An exception that was raised in the process of an isolated plugin."""


class NotIsolated(RegistrationError):  # noqa: N818
    """A plugin brings what cannot be brought from another process."""


def elsewhere(answer: Mapping[str, Any]) -> Elsewhere:
    """An exception of the name, the message and the traceback that it had there."""
    bases = (Elsewhere, NodeflowError) if answer["ours"] else (Elsewhere,)
    kind: Any = type(answer["error"], bases, {"__module__": __name__})
    error: Elsewhere = kind(answer["message"])
    error.place, error.fix = answer["place"], answer["fix"]
    error.add_note(f"In the plugin's own process:\n{answer['trace']}")
    return error
