"""A run that is over, as one JSON object or one sentence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodeflow.executor import Result
from nodeflow.graph import split_port
from nodeflow.plan import Plan
from nodeflow.problems import GraphError
from nodeflow.types import File


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a node made, and where its copy lies."""

    node_id: str
    file: File
    path: Path


def summary(plan: Plan, result: Result) -> str:
    """How many nodes ran and how many did not have to."""
    states: Counter[str] = Counter(report.state for report in result.steps.values())
    counts = [f"{count} {words}" for state, words in _WORDS.items() if (count := states[state])]
    nodes = "1 node" if len(plan.steps) == 1 else f"{len(plan.steps)} nodes"
    return f"{nodes}: {', '.join(counts)}, in {result.seconds:.1f} s"


def explained(plan: Plan, result: Result) -> list[list[str]]:
    """A row for each node, in the order of the plan: what came of it, and why."""
    reports = ((step.id, result.steps[step.id]) for step in plan.steps if step.id in result.steps)
    return [[node_id, _WORDS[report.state], _TIERS.get(report.reason, report.reason)] for node_id, report in reports]


def as_json(plan: Plan, result: Result, artifacts: Sequence[Artifact]) -> str:
    """Everything a program may want to know of a run."""
    steps = {
        node_id: {"type": plan[node_id].spec.name, "state": step.state, "seconds": step.seconds, "reason": step.reason}
        for node_id, step in result.steps.items()
    }
    found = {
        "state": result.state,
        "run_id": result.run_id,
        "seconds": result.seconds,
        "error": _error(result),
        "inputs": _inputs(plan),
        "artifacts": [_artifact(artifact) for artifact in artifacts],
        "steps": steps,
    }
    return json.dumps(found, indent=2)


def invalid_as_json(error: GraphError) -> str:
    """The same object for a graph that was not run, because of its problems."""
    return json.dumps({"state": "invalid", "problems": [problem.dump() for problem in error.problems]}, indent=2)


def _error(result: Result) -> dict[str, Any] | None:
    if result.error is None:
        return None
    return {"node": result.error.node_id, "type": result.error.type, "message": str(result.error)}


def _inputs(plan: Plan) -> dict[str, Any]:
    """The graph's inputs with the values that they had in this run, defaults and drawn seeds included."""
    found = {}
    for name, place in plan.graph.inputs.items():
        port = split_port(place)
        if port is not None and port[0] in plan.position:
            found[name] = plan[port[0]].values.get(port[1])
    return found


def _artifact(artifact: Artifact) -> dict[str, Any]:
    file = artifact.file
    about = {"name": file.name, "sha256": file.sha256, "media_type": file.media_type, "size": file.size}
    return {"node": artifact.node_id, "path": str(artifact.path), **about}


_TIERS: Mapping[str, str] = {"disk": "its result is on disk", "memory": "its result is in memory"}
_WORDS: Mapping[str, str] = {"done": "ran", "cached": "cached", "skipped": "skipped", "failed": "failed"}
