"""How an attempt at a step can end."""

from __future__ import annotations

from dataclasses import dataclass

from nodeflow.cache import Entry


@dataclass(frozen=True, slots=True)
class Done:
    """It gave what the entry holds, which takes `nbytes` in memory; `reason` says why it ran, when that was asked."""

    entry: Entry
    nbytes: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """It told which of its lazy inputs it wants next; none means that it is ready to run."""

    wanted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """It raised `cause`; `input` names the input at fault, where there is one; `trace` is the traceback as text."""

    cause: BaseException
    input: str | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """It could not begin: these inputs were to come from the cache, which does not have them after all."""

    inputs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Interrupted:
    """It was cancelled. Whatever it gave nevertheless is thrown away."""


Outcome = Done | Decided | Failed | Missing | Interrupted
