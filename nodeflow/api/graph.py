"""Saved graphs, and what is found when one is checked."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, RootModel

from nodeflow.api.problem import Flaw
from nodeflow.api.run import Time
from nodeflow.api.wire import Answer, Asked, Document, GraphName


class GraphDocument(RootModel[Document]):
    """A graph; docs/graph-format.md."""


class GraphSummary(Answer):
    """A saved graph as a list shows it."""

    name: GraphName
    etag: Annotated[str, Field(description="stands in If-Match, in double quotes")]
    created: Time
    updated: Time
    nodes: Annotated[int, Field(description="how many there are")]
    inputs: Annotated[list[str], Field(description="the names of what a caller may set")]


class GraphPage(Answer):
    """Some of the saved graphs; `next` is what to give as `after` for what follows, null at the end."""

    items: list[GraphSummary]
    next: str | None


class CheckRequest(Asked):
    """A graph to check."""

    graph: Document
    inputs: Annotated[dict[str, Any], Field(description="values for the graph's inputs, by name")] = {}
    targets: Annotated[list[str] | None, Field(min_length=1, max_length=1000)] = None


class CheckedStep(Answer):
    """A node that would run, or be found."""

    node_id: str
    type: str
    cached: Annotated[
        bool | None, Field(description="whether its result is kept on disk; null while no worker has told what it has")
    ]
    volatile: Annotated[str, Field(description="why it runs every time; empty otherwise")]


class Check(Answer):
    """What is wrong with a graph, or, when nothing is, what it would run, in order."""

    valid: bool
    problems: list[Flaw]
    targets: list[str] = []
    steps: list[CheckedStep] = []
    warnings: list[str] = []


class Imported(Answer):
    """The graph that a picture or a JSON file carries."""

    graph: dict[str, Any]
