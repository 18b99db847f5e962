"""What is wrong with a graph: a code, a place, what was expected, what was got, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nodeflow.errors import NodeflowError
from nodeflow.errors import nearest as nearest
from nodeflow.errors import show as show

SUGGESTED = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `pointer` is an RFC 6901 JSON pointer into the document as it was submitted."""

    code: str
    pointer: str
    message: str
    expected: str | None = None
    got: str | None = None
    nearest: str | None = None

    def dump(self) -> dict[str, Any]:
        """The problem as a JSON object."""
        return {
            "code": self.code,
            "pointer": self.pointer,
            "message": self.message,
            "expected": self.expected,
            "got": self.got,
            "nearest": self.nearest,
        }

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message} [{self.code}]"


class GraphError(NodeflowError):
    """A graph that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        heading = "1 problem" if count == 1 else f"{count} problems"
        shown = [str(problem) for problem in self.problems[:20]]
        more = [f"and {count - 20} more"] if count > 20 else []
        super().__init__("\n".join([f"{heading} in the graph", *shown, *more]))


class Problems:
    """Collects problems in the order they are found.

    Comparing a name with every name there is costs time, so only the first hundred problems get a nearest name:
    a document with a hundred thousand mistakes is still told of in linear time.
    """

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._nearest: dict[tuple[str, int], str | None] = {}

    def add(
        self,
        code: str,
        where: Iterable[str | int],
        message: str,
        *,
        expected: str | None = None,
        got: object = ...,
        nearest: str | None = None,
    ) -> None:
        """Note a problem. `got` is shown as it stands in JSON, cut short."""
        shown = None if got is ... else show(got)
        self._found.append(Problem(code, pointer(*where), message, expected, shown, nearest))

    def include(self, problems: Iterable[Problem]) -> None:
        """Note problems that were put into words already."""
        self._found.extend(problems)

    def nearest(self, name: str, names: Iterable[str]) -> str | None:
        """The name most like `name`, or None when none is like it, or enough has been suggested already."""
        return nearest(name, names) if len(self._found) < SUGGESTED else None

    def refuse(self) -> None:
        """Raise `GraphError` when there is any problem."""
        if self._found:
            raise GraphError(self._found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def pointer(*parts: str | int) -> str:
    """An RFC 6901 JSON pointer: `pointer("nodes", "a/b")` is `/nodes/a~1b`, no parts (the whole document) is empty."""
    text = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    # Half a surrogate pair in a name must not make the report itself unwritable.
    return text.encode("utf-8", "backslashreplace").decode()


def meant(name: str | None) -> str:
    """The end of a message that suggests `name`."""
    return "" if name is None else f"; did you mean {name!r}?"
