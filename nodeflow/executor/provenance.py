"""What a result came from: the graph as it ran, with every version and digest that it ran with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from nodeflow.plan import Plan, Step


def provenance(plan: Plan, settings: Mapping[str, str]) -> dict[str, Any]:
    """Plain JSON: `graph` with seeds drawn, `nodeflow`, `types`, `files` by kind/name, `environment`, `settings`."""
    types, files = {}, {}
    for step in plan.steps:
        spec = step.spec
        types[spec.name] = {"version": spec.version, "owner": spec.owner, "code": spec.code_id}
        files.update(_files(step))
    return {
        "graph": plan.graph.dump(),
        "nodeflow": _version(),
        "types": types,
        "files": files,
        "environment": dict(plan.environment),
        "settings": dict(settings),
    }


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
