"""What graphs are made of: node types, wire types, choices, model files, plugins; and the cache."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from nodeflow.api.wire import Answer


class NodePort(Answer):
    """A named input or output of a node type."""

    name: str
    type: Annotated[str, Field(description="a wire type, `list[...]` of one, or `any`")]
    title: str
    description: str = ""
    nullable: bool = False
    required: bool = True
    lazy: bool = False
    default: Any = None
    schema_: Annotated[
        dict[str, Any] | None, Field(alias="schema", description="JSON Schema of its values; none where it takes none")
    ] = None
    widget: Annotated[dict[str, Any], Field(description="what an editor draws, beyond what the schema says")] = {}


class NodeType(Answer):
    """A node type: its settings, its ports, and a JSON Schema of its values."""

    name: str
    title: str
    category: str
    description: str
    version: int
    owner: Annotated[str, Field(description="the plugin that brought it")]
    cacheable: bool
    output: Annotated[bool, Field(description="a node that people run a graph for")]
    deprecated: bool
    resources: dict[str, int]
    inputs: list[NodePort]
    outputs: list[NodePort]
    values: dict[str, Any]


class NodeTypes(Answer):
    """Every node type there is."""

    nodes: list[NodeType]


class WireType(Answer):
    """What a link carries."""

    name: str
    color: str
    description: str
    owner: str


class WireTypes(Answer):
    """Every wire type there is."""

    types: list[WireType]


class ChoiceList(Answer):
    """A list of choices: a table that plugins extend, or the model files of a kind."""

    name: str
    kind: Literal["table", "files"]
    count: int


class ChoiceLists(Answer):
    """Every list of choices there is."""

    choices: list[ChoiceList]


class Choice(Answer):
    """A name to choose, and who brought it."""

    name: str
    owner: str | None = None


class ChoicePage(Answer):
    """Some of the choices; `next` is what to give as `after` for what follows, null at the end."""

    items: list[Choice]
    next: str | None


class ModelFile(Answer):
    """A model file; a folder that is one model has no size."""

    name: str
    size: Annotated[int | None, Field(description="bytes")]


class ModelKind(Answer):
    """The model files of a kind, and how many folders are looked in."""

    kind: str
    files: list[ModelFile]
    folders: int


class ModelKinds(Answer):
    """The model files of every kind."""

    kinds: list[ModelKind]


class Plugin(Answer):
    """A plugin that was found."""

    name: str
    distribution: str
    version: str
    state: Literal["loaded", "failed", "disabled"]
    error: Annotated[
        str, Field(description="why it failed; empty otherwise. `nodeflow plugins --traceback` says where")
    ]
    nodes: list[str]


class Plugins(Answer):
    """Every plugin that was found."""

    plugins: list[Plugin]


class CacheUsage(Answer):
    """The results of finished steps that are kept on disk."""

    entries: int
    bytes: int
    budget: Annotated[int, Field(description="bytes; 0 keeps none")]
