"""What graphs can be made of at one moment, and the documents that tell it: replaced as a whole, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nodeflow.catalogue import Catalogue
from nodeflow.server.served import Served
from nodeflow.spec import NodeSpec


@dataclass(frozen=True)
class Offer:
    """A catalogue and what is served of it. `looking` are the types whose checking looks into folders."""

    catalogue: Catalogue
    served: Served
    looking: frozenset[str]

    @classmethod
    def of(cls, catalogue: Catalogue, openapi: Mapping[str, Any]) -> Offer:
        """Loading the catalogue takes a moment."""
        # What is wrong with them is told now, not when the first file is asked for.
        _ = catalogue.folders
        nodes = catalogue.registry.nodes
        looking = frozenset(name for name, spec in nodes.items() if _looks(spec))
        return cls(catalogue, Served(catalogue.registry, openapi), looking)


class Offers:
    """The offer that holds now. Who has taken it goes on with it; who asks next gets the newest."""

    def __init__(self, first: Offer) -> None:
        self.now = first


def _looks(spec: NodeSpec) -> bool:
    """Whether an input of the type names a file, which may lie on a slow disk."""
    return any(port.file_choice is not None for port in spec.inputs.values())
