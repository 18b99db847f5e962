"""What steps compete for: named amounts, handed out in order of priority, never more than there is."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nodeflow.errors import NodeflowError

Need = tuple[tuple[str, int], ...]


class ResourceError(NodeflowError):
    """A step that asks for more than there is altogether, or for what nobody has heard of."""


@dataclass(order=True, slots=True)
class Request:
    """A place in the queue: the lowest priority starts first, then the oldest."""

    priority: tuple[int, ...]
    number: int
    need: Need = field(compare=False)
    start: Callable[[], None] = field(compare=False)
    withdrawn: bool = field(default=False, compare=False)


class Resources:
    """Hands out `capacity` to requests. For one thread only: the executor's.

    A request that does not fit yet keeps later ones from the resource it lacks, so that a large one is not overtaken
    for ever; what it does not lack stays open to them. Requests of one shape wait in one line, so a release looks at
    one request a shape, not at all that wait.
    """

    def __init__(self, capacity: Mapping[str, int]) -> None:
        self.capacity = dict(capacity)
        self._free = dict(capacity)
        self._lines: dict[Need, list[Request]] = {}
        self._numbers = itertools.count()

    def request(self, need: Mapping[str, int], priority: tuple[int, ...], start: Callable[[], None]) -> Request:
        """Call `start`, now or later, once `need` is set aside for it; raises `ResourceError` when it never can be."""
        shape = tuple(sorted((name, amount) for name, amount in need.items() if amount > 0))
        for name, amount in shape:
            self._check(name, amount)
        request = Request(priority, next(self._numbers), shape, start)
        heapq.heappush(self._lines.setdefault(shape, []), request)
        self._hand_out()
        return request

    def withdraw(self, request: Request) -> None:
        """Leave the queue; nothing happens when the request has started."""
        request.withdrawn = True
        self._hand_out()

    def release(self, request: Request) -> None:
        """Give back what a started request had."""
        for name, amount in request.need:
            self._free[name] += amount
        self._hand_out()

    def _check(self, name: str, amount: int) -> None:
        if name not in self.capacity:
            known = ", ".join(sorted(self.capacity)) or "nothing"
            raise ResourceError(f"there is no resource {name!r} here; there is {known}")
        if amount > self.capacity[name]:
            raise ResourceError(f"needs {amount} of {name!r}, and there is {self.capacity[name]} altogether")

    def _hand_out(self) -> None:
        lacking: set[str] = set()
        shut: set[Need] = set()
        while heads := [head for shape in list(self._lines) if shape not in shut and (head := self._head(shape))]:
            request = min(heads)
            short = {name for name, amount in request.need if name in lacking or self._free[name] < amount}
            if short:
                lacking |= {name for name, amount in request.need if self._free[name] < amount}
                shut.add(request.need)
                continue
            heapq.heappop(self._lines[request.need])
            for name, amount in request.need:
                self._free[name] -= amount
            request.start()

    def _head(self, shape: Need) -> Request | None:
        line = self._lines[shape]
        while line and line[0].withdrawn:
            heapq.heappop(line)
        if not line:
            del self._lines[shape]
            return None
        return line[0]
