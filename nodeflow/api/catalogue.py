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


class DetectedModel(Answer):
    """What a model file is, as a plugin tells it."""

    label: str
    loader: Annotated[str, Field(description="the node type that loads it; empty where none here does")] = ""
    input: Annotated[str, Field(description="the loader's input that takes the file's name")] = ""
    details: dict[str, str] = {}


class Plugin(Answer):
    """A plugin that was found."""

    name: str
    distribution: str
    version: str
    origin: Annotated[str, Field(description="its module, or its file where it lies in a folder of plugins")] = ""
    state: Annotated[
        Literal["loaded", "stale", "failed", "disabled"],
        Field(description="a `stale` one works as it was before its files were changed: they cannot be loaded now"),
    ]
    error: Annotated[str, Field(description="what is wrong with a failed or stale one; empty otherwise")]
    place: Annotated[str, Field(description="the file and line at fault, as `file:line`, as far as known")] = ""
    fix: Annotated[str, Field(description="what would mend it")] = ""
    traceback: Annotated[str, Field(description="how the error came about")] = ""
    isolated: Annotated[bool, Field(description="it runs in a process of its own")] = False
    nodes: list[str]
    hooks: Annotated[list[str], Field(description="the hooks that it implements")] = []


class Plugins(Answer):
    """Every plugin that was found."""

    plugins: list[Plugin]


class CacheUsage(Answer):
    """The results of finished steps that are kept on disk."""

    entries: int
    bytes: int
    budget: Annotated[int, Field(description="bytes; 0 keeps none")]
