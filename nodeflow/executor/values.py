"""Checking what goes into a node over a link, and what comes out of it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, get_type_hints

from nodeflow.errors import NodeflowError, ValueProblem
from nodeflow.folders import Folders
from nodeflow.node import Node
from nodeflow.plan import Step
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec, Port, is_named_tuple


class InputError(NodeflowError):
    """What came over a link does not fit the input."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(message)


class OutputError(NodeflowError):
    """What a node returned is not what it declares."""


def checked_input(port: Port, value: Any, registry: Registry) -> Any:
    """A value that came over a link, as the node gets it; raises `InputError`.

    Literals are checked as if they stood in the document, range and all. Lists and objects are copied, so that a node
    that changes them changes nobody else's.
    """
    try:
        found = port.validate(value) if _is_literal(port, value) else _checked(port, value, registry)
        if port.choices is not None and port.file_choice is None and found is not None:
            for name in found if isinstance(found, list) else [found]:
                registry.table(port.choices.table).raw(name)
    except NodeflowError as error:
        raise InputError(port.name, str(error)) from error
    return copy.deepcopy(found) if port.value and isinstance(found, list | dict) else found


def check_files(step: Step, folders: Folders) -> None:
    """Raise `InputError` for a file that is not the one any more that the key of the step was made from.

    What the step gave may then come from either, so it must be neither kept nor used under that key.
    """
    for name, digest in step.parts.get("files", {}).items():
        choice, file = step.spec.inputs[name].file_choice, step.values[name]
        assert choice is not None
        try:
            found = folders.digest(choice.kind, file)
        except (OSError, NodeflowError) as error:
            raise InputError(name, f"the file {file!r} of {choice.kind} went away while the graph ran") from error
        if found != digest:
            raise InputError(name, f"the file {file!r} of {choice.kind} changed while the graph ran; run it again")


def checked_outputs(spec: NodeSpec, returned: Any, registry: Registry) -> dict[str, Any]:
    """What a node returned, by output; raises `OutputError`."""
    values = _by_output(spec, returned)
    outputs = {}
    for name, port in spec.outputs.items():
        try:
            outputs[name] = _checked(port, values[name], registry)
        except NodeflowError as error:
            raise OutputError(f"{spec.name} returned a wrong {name!r}: {error}") from error
    return outputs


def _is_literal(port: Port, value: Any) -> bool:
    return port.value and not (value is None and port.nullable)


def _by_output(spec: NodeSpec, returned: Any) -> Mapping[str, Any]:
    if not spec.outputs:
        if returned is not None:
            raise OutputError(f"{spec.name} declares no outputs and returned {_kind(returned)}")
        return {}
    wanted = _returned_type(spec.node)  # type: ignore[arg-type]
    if not is_named_tuple(wanted):
        return dict.fromkeys(spec.outputs, returned)
    if not isinstance(returned, wanted):
        names = ", ".join(spec.outputs)
        raise OutputError(f"{spec.name} must return {wanted.__name__}({names}), not {_kind(returned)}")
    return returned._asdict()  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)
def _returned_type(node: type[Node]) -> Any:
    return get_type_hints(node.run)["return"]


def _checked(port: Port, value: Any, registry: Registry) -> Any:
    if port.type == "any" or (value is None and port.nullable):
        return value
    if port.type == "float" and isinstance(value, float):
        return value
    if port.value:
        return port.validate(value)
    if port.type == port.element:
        return _of_wire_type(port.type, value, registry)
    if not isinstance(value, list):
        raise ValueProblem("wrong_type", port.type, _kind(value))
    return value if port.element == "any" else [_of_wire_type(port.element, item, registry) for item in value]


def _of_wire_type(name: str, value: Any, registry: Registry) -> Any:
    if not isinstance(value, registry.type(name).python):
        raise ValueProblem("wrong_type", name, _kind(value))
    return value


def _kind(value: Any) -> str:
    """What a value is, for a message: its class, and how many there are of a tuple or list."""
    if isinstance(value, tuple | list):
        return f"{type(value).__name__} of {len(value)}"
    return "None" if value is None else type(value).__name__
