"""Every check of every node and graph of one plugin."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nodeflow.catalogue import Catalogue
from nodeflow.errors import told
from nodeflow.executor import Result
from nodeflow.graph import parse
from nodeflow.plugins import doubts
from nodeflow.spec import NodeSpec
from nodeflow.testing.checks import CHECKS, CheckFailed
from nodeflow.testing.digest import OpaqueError, digest
from nodeflow.testing.graph import run_anew
from nodeflow.testing.samples import Samples
from nodeflow.testing.schema import broken, described
from nodeflow.testing.trial import Trial


@dataclass(frozen=True)
class Finding:
    """What came of a check: of which node or graph, by which check, and why it failed or was not made."""

    subject: str
    check: str
    state: Literal["held", "failed", "not tried"]
    why: str = ""


def check_plugin(catalogue: Catalogue, name: str, schema: Path | None = None) -> Iterator[Finding]:
    """Check a plugin that is loaded: its nodes with sample inputs, its graphs, and its node types against `schema`.

    A node is given small pictures, its defaults, the first of its choices, and what the plugin's other nodes make.
    """
    specs = [spec for spec in catalogue.registry.nodes.values() if spec.owner == name]
    wrong = [f"{doubt.found}; {doubt.fix}" for doubt in doubts(catalogue.registry) if doubt.owner == name]
    yield Finding(name, "defaults are choices", "failed" if wrong else "held", "; ".join(wrong))
    yield from _nodes(catalogue, specs)
    for title, file in catalogue.plugins.graphs.items():
        if title.partition("/")[0] == name:
            yield _guarded(title, "runs the same twice", lambda f=file: _graph(catalogue, f))  # type: ignore[misc]
    if schema is not None:
        before = json.loads(schema.read_text(encoding="utf-8"))
        complaints = [*broken(before, described(specs)), *_unled(catalogue, specs, before)]
        yield Finding(name, "schema", "failed" if complaints else "held", "; ".join(complaints))


def _nodes(catalogue: Catalogue, specs: list[NodeSpec]) -> Iterator[Finding]:
    """Every check of every node; those whose inputs others make come after those."""
    samples, waiting = Samples(), [Trial(spec, catalogue.registry, catalogue.folders) for spec in specs]
    while waiting:
        late = []
        for trial in waiting:
            inputs = samples.inputs(trial)
            if isinstance(inputs, str):
                late.append(trial)
                continue
            yield from _checks(trial, inputs, samples)
        if len(late) == len(waiting):
            yield from (Finding(trial.spec.name, "runs", "not tried", str(samples.inputs(trial))) for trial in late)
            return
        waiting = late


def _checks(trial: Trial, inputs: dict[str, Any], samples: Samples) -> Iterator[Finding]:
    name = trial.spec.name
    first = _guarded(name, "runs", lambda: _run(trial, inputs, samples))
    yield first
    if first.state == "held":
        for check, held in CHECKS.items():
            yield _guarded(name, check, lambda h=held: h(trial, inputs))  # type: ignore[misc]


def _guarded(subject: str, check: str, work: Callable[[], str]) -> Finding:
    try:
        why = work()
    except KeyboardInterrupt:
        raise
    except CheckFailed as error:
        return Finding(subject, check, "failed", str(error))
    except BaseException as error:  # noqa: BLE001 (whatever a plugin does, the other checks are made)
        return Finding(subject, check, "failed", told(error))
    return Finding(subject, check, "not tried" if why else "held", why)


def _run(trial: Trial, inputs: dict[str, Any], samples: Samples) -> str:
    """A node may refuse our samples by a ValueError: that says nothing of it. Any other error does."""
    with trial.context() as ctx:
        try:
            outputs = trial.run(trial.given(inputs), ctx)
        except ValueError as error:
            return f"the node refuses the samples, which one of the plugin's graphs could replace: {error}"
        samples.learn(trial, outputs)
    return ""


def _graph(catalogue: Catalogue, file: Path) -> str:
    first, second = _made(catalogue, file), _made(catalogue, file)
    if first != second:
        changed = sorted(name for name in {*first, *second} if first.get(name) != second.get(name))
        raise CheckFailed(f"{', '.join(changed)} differed from one run to the next")
    return ""


def _made(catalogue: Catalogue, file: Path) -> dict[str, str]:
    """What a graph makes, with nothing kept from before: digests of files and outputs."""
    return dict(_digests(run_anew(parse(file.read_bytes()), catalogue.registry, catalogue.folders), catalogue))


def _digests(result: Result, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for node_id, files in result.artifacts.items():
        yield from ((f"{node_id}, file {number}", file.sha256) for number, file in enumerate(files))
    for node_id, outputs in result.outputs.items():
        for name, value in outputs.items():
            try:
                yield f"{node_id}.{name}", digest(value, catalogue.registry)
            except OpaqueError:
                continue


def _unled(catalogue: Catalogue, specs: list[NodeSpec], before: dict[str, Any]) -> Iterator[str]:
    """Node types at a later version to which no migration leads."""
    for spec in specs:
        old = before.get(spec.name.rpartition("/")[2], {}).get("version", spec.version)
        for version in range(old, spec.version):
            if catalogue.registry.migration(spec.name, version) is None:
                yield f"{spec.name} is at version {spec.version}, and no migration leads there from {version}"
