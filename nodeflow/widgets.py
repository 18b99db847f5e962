"""Hints that an annotation carries: where choices come from, and which widget an editor draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choices:
    """The value is a name of a table, such as `Annotated[str, Choices("samplers")]`. Plugins may add names.

    A default that is none, once all plugins are loaded, keeps nothing from loading. It is warned about, by
    `nodeflow doctor` and `check-plugin` too, and a graph that leaves the input at it is refused.
    """

    table: str


@dataclass(frozen=True)
class FileChoice(Choices):
    """The value names a file of a model-folder kind, or `sha256:<64 hex digits>` one of the store.

    The file's digest is part of the step's key, so a file replaced under the same name is noticed.
    """

    @property
    def kind(self) -> str:
        return self.table


@dataclass(frozen=True)
class Seed:
    """An integer that may be left open (`null` in the document) and is then drawn before the graph is compiled."""


@dataclass(frozen=True)
class Lazy:
    """The input is computed only when the node's `needs` names it."""


@dataclass(frozen=True)
class Multiline:
    """Text of several lines; `prompt` asks for the editor's prompt keys."""

    prompt: bool = False


@dataclass(frozen=True)
class Painted:
    """A picture file that an editor also lets people paint: a mask, white on black."""


@dataclass(frozen=True)
class Slider:
    """A number drawn as a slider of that step."""

    step: float | None = None
