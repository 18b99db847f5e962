"""Checking a graph without running it: what is wrong, else what would run and what is kept already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from nodeflow.api.graph import Check, CheckedStep, CheckRequest
from nodeflow.catalogue import Catalogue
from nodeflow.plan import compile  # noqa: A004 (it is what it is called)
from nodeflow.problems import GraphError
from nodeflow.server.cache import disk_cache
from nodeflow.server.checking import prepared, read
from nodeflow.server.problems import INVALID_GRAPH, Refusal, graph_refusal
from nodeflow.server.route import Routes
from nodeflow.server.state import STATE

routes = Routes("graphs")


@routes.add("POST", "/v1/graphs/validate", answers={200: Check})
async def validate_graph(request: web.Request, body: CheckRequest) -> Check:
    """Check a graph without running it.

    Every problem is listed. For a valid graph the answer says what would run, in order, and whose results are kept on
    disk already; model files are read for that, which takes a while the first time.
    """
    state = request.app[STATE]
    queue = await state.service.queue()
    environment = next((worker.environment for worker in queue.workers if worker.environment), None)
    try:
        return await asyncio.to_thread(_checked, state.catalogue, body, environment)
    except Refusal as refusal:
        if refusal.kind is not INVALID_GRAPH:
            raise
        return Check(valid=False, problems=list(refusal.flaws))


def _checked(catalogue: Catalogue, body: CheckRequest, environment: Mapping[str, str] | None) -> Check:
    graph, notes = prepared(catalogue, read(body.graph), body.inputs, body.targets)
    known = environment or {}
    try:
        plan = compile(graph, catalogue.registry, folders=catalogue.folders, environment=known, targets=body.targets)
    except GraphError as error:
        raise graph_refusal(error) from None
    cache = disk_cache(catalogue)

    def cached(key: str, type_name: str) -> bool | None:
        return None if environment is None else cache.on_disk(key, type_name)

    return Check(
        valid=True,
        problems=[],
        targets=list(plan.targets),
        steps=[
            CheckedStep(node_id=s.id, type=s.spec.name, cached=cached(s.key, s.spec.name), volatile=s.volatile)
            for s in plan.steps
        ],
        warnings=[warning.message for warning in plan.noting(notes).warnings],
    )
