"""A node type as its declaration says: ports, settings, documentation."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, get_type_hints

from nodeflow.errors import DeclarationError
from nodeflow.node import FunctionNode, Node, snake, spaced
from nodeflow.spec.port import Port

OUTPUT_NAMES = {"str": "text", "int": "integer", "float": "number", "bool": "boolean", "json": "json", "any": "value"}
"""What the one output of such a type is called; of others the type's name in snake case."""


@dataclass(frozen=True)
class NodeSpec:
    """A node type as the registry knows it. `name` is the registered one, `owner` the plugin that brought it.

    `code_id` is a digest of the plugin's code. `returns` is the NamedTuple that `run` returns, None where it returns
    the one output itself. Two specs are equal when they say the same, whichever class says it.
    """

    name: str
    node: type[Node] = field(compare=False)
    inputs: Mapping[str, Port]
    outputs: Mapping[str, Port]
    title: str
    category: str
    description: str
    version: int
    cacheable: bool
    output: bool
    resources: Mapping[str, int]
    deprecated: bool
    owner: str = ""
    code_id: str = ""
    is_async: bool = False
    returns: type | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        return hash((self.name, self.code_id))

    @classmethod
    def of(cls, node: type[Node], *, name: str | None = None, owner: str = "", code_id: str = "") -> NodeSpec:
        """Reads a declaration. Raises DeclarationError that names class, field and what would be right."""
        if not (isinstance(node, type) and issubclass(node, Node)) or node in (Node, FunctionNode):
            raise DeclarationError(f"{node!r} is no node; subclass nodeflow.Node or use @node on a function")
        _check_run(node)
        inputs = _inputs(node)
        _check_lazy(node, inputs)
        own = vars(node).get("type_name") or node.__name__
        returned = _returned(node)
        return cls(
            name=name or own,
            node=node,
            inputs=inputs,
            outputs=_outputs(node, returned),
            title=vars(node).get("title") or spaced(own),
            category=node.category,
            description=_documentation(node),
            version=node.version,
            cacheable=node.cacheable,
            output=node.output,
            resources=dict(node.resources),
            deprecated=node.deprecated,
            owner=owner,
            code_id=code_id,
            is_async=inspect.iscoroutinefunction(node.run),
            returns=returned if is_named_tuple(returned) else None,
        )

    def json_schema(self) -> dict[str, Any]:
        """The served description: settings, ports with types and widgets, and a JSON Schema of the values."""
        return {
            "name": self.name,
            "title": self.title,
            "category": self.category,
            "description": self.description,
            "version": self.version,
            "owner": self.owner,
            "cacheable": self.cacheable,
            "output": self.output,
            "deprecated": self.deprecated,
            "resources": dict(self.resources),
            "inputs": [
                port.described() | {"required": port.required, "lazy": port.lazy} for port in self.inputs.values()
            ],
            "outputs": [port.described() for port in self.outputs.values()],
            "values": {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "properties": {name: _written(port) for name, port in self.inputs.items() if port.value},
                "additionalProperties": False,
            },
        }


def _written(port: Port) -> dict[str, Any]:
    """The JSON Schema of what a document may say: a seed may be left open there."""
    return {"anyOf": [port.schema, {"type": "null"}]} if port.seed and not port.nullable else port.schema


def is_named_tuple(annotation: Any) -> bool:
    """Whether it is a NamedTuple class, whose fields are outputs."""
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


def _documentation(node: type[Node]) -> str:
    """The docstring, but not the one that dataclasses write."""
    own = node.__doc__ or ""
    return "" if own.startswith(f"{node.__name__}(") else inspect.cleandoc(own)


def _check_run(node: type[Node]) -> None:
    if node.run is Node.run:
        raise DeclarationError(f"{node.__name__} has no run; write def run(self, ctx: Context) -> Image: ...")
    try:
        inspect.signature(node.run, follow_wrapped=False).bind("self", "ctx")
    except TypeError as error:
        raise DeclarationError(f"{node.__name__}.run must take (self, ctx): {error}") from None
    run = inspect.unwrap(node.run)
    if inspect.isgeneratorfunction(run) or inspect.isasyncgenfunction(run):
        raise DeclarationError(f"{node.__name__}.run yields; it must return its outputs (ctx.progress tells of steps)")


def _check_lazy(node: type[Node], inputs: Mapping[str, Port]) -> None:
    lazy = next((name for name, port in inputs.items() if port.lazy), None)
    if lazy is not None and node.needs is Node.needs:
        raise DeclarationError(
            f"{node.__name__}.{lazy} is lazy, but no needs asks for it, so it would never be computed; write "
            f"def needs(self, ready): return ({lazy!r},) (of a function: @node(needs=...)), or leave out Lazy()"
        )


def _hints(node: type[Node], of: Any, names: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        return get_type_hints(of, globalns=names, include_extras=True)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise DeclarationError(
            f"{node.__name__}: an annotation cannot be read: {error}; import its name when the module runs, "
            "not only under TYPE_CHECKING"
        ) from error


def _inputs(node: type[Node]) -> Mapping[str, Port]:
    hints = _hints(node, node)
    ports = {}
    for entry in dataclasses.fields(node):  # type: ignore[arg-type]
        default = ... if entry.default is dataclasses.MISSING else entry.default
        ports[entry.name] = Port.of(entry.name, hints[entry.name], f"{node.__name__}.{entry.name}", default=default)
    return ports


def _returned(node: type[Node]) -> Any:
    """What `run` says that it returns. Its other annotations need not be readable: nothing depends on them."""
    run: Any = inspect.unwrap(node.run)
    annotations = inspect.get_annotations(run)
    if "return" not in annotations:
        raise DeclarationError(f"{node.__name__}.run: annotate what it returns, such as -> Image (or -> None)")
    alone = SimpleNamespace(__annotations__={"return": annotations["return"]})
    return _hints(node, alone, run.__globals__)["return"]


def _outputs(node: type[Node], returned: Any) -> Mapping[str, Port]:
    if returned is type(None):
        return {}
    where = f"{node.__name__}.run"
    if is_named_tuple(returned):
        fields = _hints(node, returned)
        return {name: Port.of(name, hint, f"{where}, output {name!r}") for name, hint in fields.items()}
    if returned is tuple or getattr(returned, "__origin__", None) is tuple:
        raise DeclarationError(
            f"{where} returns {returned!r}; for several outputs write a NamedTuple, which names them"
        )
    single = Port.of("", returned, f"{where}, what it returns")
    name = _output_name(single.type)
    return {name: dataclasses.replace(single, name=name)}


def _output_name(wire: str) -> str:
    """`TextEncoder` as `text_encoder`, `VAE` as `vae`, `list[Image]` as `images`."""
    if wire.startswith("list["):
        return f"{_output_name(wire.removeprefix('list[').removesuffix(']'))}s"
    return OUTPUT_NAMES.get(wire) or snake(wire)
