"""Inputs to try a node type with, made from what its ports say: small pictures, defaults, the first of the choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nodeflow.errors import NodeflowError
from nodeflow.spec import Port
from nodeflow.testing.trial import Trial
from nodeflow.types import Image, Mask

SIZE = 16
"""Pixels of the pictures, which have a gradient along each axis, so that no two pixels are the same."""


class Samples:
    """Values by wire type. It knows pictures and masks, and learns what the nodes that it has seen gave."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {"Image": _picture(), "Mask": Mask(_picture().pixels[..., 0].copy())}

    def inputs(self, trial: Trial) -> dict[str, Any] | str:
        """What the node's required inputs can be given, or why one of them can be given nothing."""
        found = {}
        for port in (port for port in trial.spec.inputs.values() if port.required):
            value = next((each for each in self._candidates(port, trial) if _fits(port, each, trial)), None)
            if value is None:
                return f"there is no {port.type} to give to {port.name!r}"
            found[port.name] = value
        return found

    def learn(self, trial: Trial, outputs: dict[str, Any]) -> None:
        """Keep what a node gave, for those that take it."""
        for name, port in trial.spec.outputs.items():
            if outputs[name] is not None:
                self._values.setdefault(port.type, outputs[name])

    def _candidates(self, port: Port, trial: Trial) -> Iterator[Any]:
        if port.file_choice is not None:
            yield from trial.folders.names(port.file_choice.kind)[:1]
        elif port.choices is not None and port.choices.table in trial.registry.tables:
            names = list(trial.registry.table(port.choices.table))[:1]
            yield from (*names, names)
        elif port.value:
            yield from _literals(port)
        elif port.type in self._values:
            yield self._values[port.type]
        elif port.type == f"list[{port.element}]" and port.element in self._values:
            yield [self._values[port.element]]
        elif port.type == "any":
            yield 1


def _literals(port: Port) -> Iterator[Any]:
    schema = port.schema
    yield from schema.get("enum", ())
    yield from (schema[limit] for limit in ("minimum", "maximum", "const") if limit in schema)
    yield from (1, 1.0, "text", True, [], {}, [1], ["text"], {"text": 1})
    if "exclusiveMinimum" in schema:
        yield schema["exclusiveMinimum"] + 1


def _fits(port: Port, value: Any, trial: Trial) -> bool:
    try:
        trial.given_one(port, value)
    except NodeflowError:
        return False
    return True


def _picture() -> Image:
    along = np.linspace(0, 1, SIZE, dtype=np.float32)
    rows, columns = np.meshgrid(along, along, indexing="ij")
    return Image(np.stack([rows, columns, (rows + columns) / 2], axis=-1)[None])
