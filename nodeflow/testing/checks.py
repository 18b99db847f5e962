"""What every node must hold to: each check runs the node, and says what it found wrong and what would be right."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nodeflow.cache import Cache, Entry
from nodeflow.context import Cancellation, Cancelled
from nodeflow.node import Node
from nodeflow.testing.digest import OpaqueError, digest
from nodeflow.testing.trial import Trial

KEY = "0" * 64

Inputs = Mapping[str, Any]


class CheckFailed(AssertionError):  # noqa: N818 (what happened)
    """A node does not hold to what every node must."""


def check_node(node: type[Node], /, **inputs: Any) -> dict[str, str]:
    """Every check below. Raises CheckFailed; gives, by their names, why some could not be made."""
    trial = Trial.of(node)
    found = {name: check(trial, inputs) for name, check in CHECKS.items()}
    return {name: why for name, why in found.items() if why}


def check_deterministic(node: type[Node], /, **inputs: Any) -> None:
    """Raises CheckFailed if the same inputs give other outputs the second time."""
    deterministic(Trial.of(node), inputs)


def check_inputs_unchanged(node: type[Node], /, **inputs: Any) -> None:
    """Raises CheckFailed if the node changes what it is given."""
    inputs_unchanged(Trial.of(node), inputs)


def check_cacheable(node: type[Node], /, **inputs: Any) -> None:
    """Raises CheckFailed if the outputs come back from disk other than they were, or not at all."""
    cacheable(Trial.of(node), inputs)


def check_cancellation(node: type[Node], /, **inputs: Any) -> None:
    """Raises CheckFailed if the node goes on when it is cancelled, makes another error of it, or works no more."""
    cancellation(Trial.of(node), inputs)


def deterministic(trial: Trial, inputs: Inputs) -> str:
    """The same inputs give the same outputs."""
    if not trial.spec.cacheable:
        return "the node says that it is not cacheable"
    try:
        first, second = _digests(trial, inputs), _digests(trial, inputs)
    except OpaqueError as error:
        return str(error)
    if changed := [name for name in first if first[name] != second[name]]:
        raise CheckFailed(
            f"{trial.spec.name}: {_named(changed)} differed from one run to the next with the same inputs; draw from a "
            "seed that is an input, or say cacheable = False"
        )
    return ""


def inputs_unchanged(trial: Trial, inputs: Inputs) -> str:
    """What the node was given is as it was."""
    given = trial.given(inputs)
    try:
        before = {name: digest(value, trial.registry) for name, value in given.items()}
    except OpaqueError as error:
        return str(error)
    with trial.context() as ctx:
        trial.run(given, ctx)
    if changed := [name for name, value in given.items() if digest(value, trial.registry) != before[name]]:
        raise CheckFailed(
            f"{trial.spec.name} has changed {_named(changed)}; others hold the same object: copy it first"
        )
    return ""


def cacheable(trial: Trial, inputs: Inputs) -> str:
    """The outputs come back from disk as they were."""
    spec, types = trial.spec, trial.registry.types
    if not spec.cacheable:
        return "the node says that it is not cacheable"
    if bare := {port.element for port in spec.outputs.values() if _is_bare(port.element, trial)}:
        return f"{_named(sorted(bare))} has no codec, or is not to be kept"
    complaints: list[str] = []
    with trial.context() as ctx, tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        outputs = trial.run(trial.given(inputs), ctx)
        kinds = {name: port.type for name, port in spec.outputs.items()}
        cache = Cache(0, Path(folder), 1 << 40, types)
        cache.write(KEY, Entry(outputs, type=spec.name, types=kinds), complaints.append)
        found = cache.get(KEY, spec.name, complaints.append)
        if complaints:
            raise CheckFailed(f"{spec.name}: its outputs cannot be kept: {'; '.join(complaints)}")
        if found is None:
            return "what it gave is of no type that is kept on disk"
        changed = [name for name in outputs if not _same(outputs[name], found.outputs[name], trial)]
    if changed:
        raise CheckFailed(f"{spec.name}: {_named(changed)} came back from disk changed; see the codec of its wire type")
    return ""


def cancellation(trial: Trial, inputs: Inputs) -> str:
    """A cancelled run ends by `Cancelled`, if the node asks at all, and the next one is as if nothing had been."""
    given = trial.given(inputs)
    early, late = _Watched(), _Watched()
    early.cancel()
    _cancelled(trial, given, early)
    _cancelled(trial, given, late)
    with trial.context() as ctx:
        trial.run(given, ctx)
    return ""


CHECKS: Mapping[str, Callable[[Trial, Inputs], str]] = {
    # First, since an input that is overwritten once may look unchanged ever after.
    "inputs unchanged": inputs_unchanged,
    "deterministic": deterministic,
    "cacheable": cacheable,
    "cancellation": cancellation,
}
"""Each raises CheckFailed, or gives why it could not be made; empty where it held."""


class _Watched(Cancellation):
    """Counts how often it was heard."""

    def __init__(self) -> None:
        super().__init__()
        self.raised = 0

    def check(self) -> None:
        self.raised += self.cancelled
        super().check()


def _cancelled(trial: Trial, given: Inputs, watched: _Watched) -> None:
    """Run a node that is cancelled, at the latest when it first tells of its progress."""
    name = trial.spec.name
    with trial.context(watched, lambda *_: watched.cancel()) as ctx:
        try:
            trial.run(given, ctx)
        except Cancelled:
            return
        except Exception as error:
            if not watched.raised:
                raise
            raise CheckFailed(f"{name} has turned its cancellation into {type(error).__name__}: {error}") from error
    if watched.raised:
        raise CheckFailed(f"{name} went on after it was cancelled; let nodeflow.Cancelled pass")


def _digests(trial: Trial, inputs: Inputs) -> dict[str, str]:
    with trial.context() as ctx:
        outputs = trial.run(trial.given(inputs), ctx)
        saved = {f"file {number}": file.sha256 for number, file in enumerate(ctx.saved)}
        return {name: digest(value, trial.registry) for name, value in outputs.items()} | saved


def _same(one: Any, other: Any, trial: Trial) -> bool:
    return digest(one, trial.registry) == digest(other, trial.registry)


def _is_bare(type_name: str, trial: Trial) -> bool:
    wire = trial.registry.types.get(type_name)
    return wire is not None and (wire.codec is None or not wire.cache)


def _named(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
