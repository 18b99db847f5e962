"""What the cache held before a run, as far as it explains why steps have to run."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nodeflow.cache.explanation import Earlier, Explanation, compare

if TYPE_CHECKING:
    from nodeflow.plan import Step

COMPARED = 200
"""Earlier steps, the latest first, that one explanation looks at."""


class History:
    """Explains steps by the earlier ones of their type, which are read once, when a type is first asked about.

    So a run that holds on to one is never explained by itself: a step is asked about before it is kept, and by then
    what its type had before is known. It also keeps the cost of explaining a run linear. Safe from any thread.
    """

    def __init__(self, earlier: Callable[[str], Iterable[Earlier]], has: Callable[[str, str], bool]) -> None:
        self._earlier = earlier
        self._has = has
        self._lock = threading.Lock()
        self._known: dict[str, tuple[list[Earlier], dict[str, list[Earlier]]]] = {}

    def explain(self, step: Step) -> Explanation:
        """Why the step would have to run now."""
        if step.volatile:
            return Explanation(step.id, "volatile", volatile=step.volatile)
        everything, by_node = self._of(step.spec.name)
        if self._has(step.key, step.spec.name):
            return Explanation(step.id, "cached")
        return compare(step.id, step.parts, by_node.get(step.id, everything)[:COMPARED])

    def _of(self, type_name: str) -> tuple[list[Earlier], dict[str, list[Earlier]]]:
        """The earlier steps of a type, all of them and by the node that made them, the latest first."""
        with self._lock:
            if type_name not in self._known:
                everything = list(self._earlier(type_name))
                by_node: dict[str, list[Earlier]] = defaultdict(list)
                for each in everything:
                    by_node[each.node_id].append(each)
                self._known[type_name] = everything, dict(by_node)
            return self._known[type_name]
