"""What a result came from: the graph as it ran, with every version and digest that it ran with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from nodeflow.graph import Graph
from nodeflow.plan import Plan, Step
from nodeflow.registry import Registry


def provenance(plan: Plan, registry: Registry, settings: Mapping[str, str]) -> dict[str, Any]:
    """Plain JSON, all of it of this run.

    `graph` with seeds drawn and versions noted, `nodeflow` (its version), `types` (version and plugin of each node
    type), `plugins` (distribution, version and code id of each that a step used), `files` (sha256 by kind/name),
    `environment` and `settings`.
    """
    types: dict[str, Any] = {}
    codes: dict[str, str] = {}
    files: dict[str, str] = {}
    for step in plan.steps:
        spec = step.spec
        types[spec.name] = {"version": spec.version, "owner": spec.owner}
        codes |= {spec.owner: spec.code_id, **step.parts.get("uses", {})}
        files |= _files(step)
    return {
        "graph": _versioned(plan).dump(),
        "nodeflow": _version(),
        "types": types,
        "plugins": {owner: {**registry.release(owner), "code": codes[owner]} for owner in sorted(codes)},
        "files": files,
        "environment": dict(plan.environment),
        "settings": dict(settings),
    }


def _versioned(plan: Plan) -> Graph:
    """The graph, in which each node that ran says the version of its type: a later one may have to upgrade it."""
    nodes = dict(plan.graph.nodes)
    for step in plan.steps:
        nodes[step.id] = nodes[step.id].model_copy(update={"version": step.spec.version})
    return plan.graph.model_copy(update={"nodes": nodes})


def _files(step: Step) -> dict[str, str]:
    files = {}
    for name, sha256 in step.parts.get("files", {}).items():
        choice = step.spec.inputs[name].file_choice
        assert choice is not None
        files[f"{choice.kind}/{step.values[name]}"] = sha256
    return files


def _version() -> str:
    try:
        return metadata.version("nodeflow")
    except metadata.PackageNotFoundError:
        return "not installed"
