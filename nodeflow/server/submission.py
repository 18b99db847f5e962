"""From a request to the runs it asks for: one, or those of a batch."""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from nodeflow.api.problem import Flaw, Part
from nodeflow.api.run import Batch, RunRequest
from nodeflow.catalogue import Catalogue
from nodeflow.graph import Graph, parse
from nodeflow.queue.records import NewRun, SavedGraph
from nodeflow.server.checking import prepared, read
from nodeflow.server.problems import INVALID, INVALID_GRAPH, TOO_LARGE, Refusal
from nodeflow.server.traits import told, traits

MAX_BATCH_BYTES = 128 << 20
"""Of all graphs of a batch together, as JSON."""


def new_runs(catalogue: Catalogue, request: RunRequest, saved: SavedGraph | None) -> list[NewRun]:
    """The runs that a request asks for, their graphs checked. Raises Refusal with all that is wrong with the first bad
    one."""
    graph = read(request.graph) if request.graph is not None else _saved(saved)
    part: Part = "body" if request.graph is not None else "graph"
    if request.batch is None:
        ready = prepared(catalogue, graph, request.inputs, request.targets, part).graph
        return [_run(request, ready, traits(ready, told(request), catalogue.registry), None)]
    _check_size(graph, request.batch.count)
    batch = secrets.token_urlsafe(16)
    names = told(request)
    graphs = (_of_batch(catalogue, graph, request, values, part) for values in combinations(request.batch))
    return [_run(request, each, traits(each, names, catalogue.registry), batch) for each in graphs]


def combinations(batch: Batch) -> Iterator[dict[str, Any]]:
    """The inputs of each run of a batch, in order."""
    rows = [dict(zip(batch.zip, row, strict=True)) for row in zip(*batch.zip.values(), strict=True)] or [{}]
    for row in rows:
        for each in itertools.product(*batch.product.values()):
            yield {**row, **dict(zip(batch.product, each, strict=True))}


def check_webhook(address: str | None, allowed: str) -> None:
    """Refuse an address that runs may not be told to; where it leads is looked at when it is called."""
    if address is None:
        return
    if allowed == "off":
        detail = 'this server tells nobody of ended runs; the setting webhooks = "public" allows it'
    elif _is_odd(address):
        detail = f"{address!r} is no address that can be called: http or https, a host, no user, no blanks"
    else:
        return
    raise Refusal(INVALID, detail, [Flaw(pointer="/webhook", code="bad_value", message=detail)])


def digest(request: RunRequest) -> str:
    """What tells one request from another, whatever the order of its fields."""
    text = json.dumps(request.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_odd(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return (
            not parts.hostname
            or not parts.hostname.encode("idna")
            or parts.username is not None
            or parts.port == 0
            or not address.isprintable()
            or " " in address
        )
    except ValueError:
        return True


def _saved(saved: SavedGraph | None) -> Graph:
    assert saved is not None, "a request has a graph or the name of one"
    return parse(saved.document)


def _check_size(graph: Graph, count: int) -> None:
    size = len(json.dumps(graph.dump())) * count
    if size > MAX_BATCH_BYTES:
        raise Refusal(
            TOO_LARGE, f"{count} graphs have {size} bytes together; {MAX_BATCH_BYTES} is the most for a batch"
        )


def _of_batch(catalogue: Catalogue, graph: Graph, request: RunRequest, values: Mapping[str, Any], part: Part) -> Graph:
    try:
        return prepared(catalogue, graph, {**request.inputs, **values}, request.targets, part).graph
    except Refusal as refusal:
        if refusal.kind is INVALID_GRAPH:
            refusal.flaws = tuple(_in_batch(flaw, request.batch, values) for flaw in refusal.flaws)
        raise


def _in_batch(flaw: Flaw, batch: Batch | None, values: Mapping[str, Any]) -> Flaw:
    """A flaw of an input points into the list of the batch that the value came from."""
    name = flaw.pointer.removeprefix("/inputs/")
    if batch is None or flaw.part != "body" or name not in values:
        return flaw
    field = "zip" if name in batch.zip else "product"
    lists: Sequence[Any] = getattr(batch, field)[name]
    place = next(index for index, value in enumerate(lists) if value is values[name])
    return flaw.model_copy(update={"pointer": f"/batch/{field}/{name}/{place}"})


def _run(request: RunRequest, graph: Graph, apart: Mapping[str, Any], batch: str | None) -> NewRun:
    return NewRun(
        graph=graph.dump(),
        targets=None if request.targets is None else tuple(request.targets),
        priority=request.priority,
        tags=tuple(request.tags),
        traits=apart,
        name=request.name,
        batch=batch,
        webhook=request.webhook,
    )
