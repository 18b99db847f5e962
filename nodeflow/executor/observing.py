"""Observers: functions of plugins that are told of every run, beside the listener of each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from nodeflow.errors import told
from nodeflow.events import Event

Observer = tuple[str, Callable[[Event], None]]
"""Whose it is, and what is called."""

log = logging.getLogger(__name__)


class Observed:
    """A run's listener with observers before it, none of which can keep it, the others or the run from going on."""

    def __init__(self, observers: Sequence[Observer], listener: Callable[[Event], None] | None) -> None:
        self._observers = observers
        self._listener = listener
        self._failing: set[int] = set()

    @property
    def wants_previews(self) -> bool:
        """Whether the listener wants previews now; pictures are computed for no observer."""
        return bool(getattr(self._listener, "wants_previews", False))

    def __call__(self, event: Event) -> None:
        for place, (owner, observer) in enumerate(self._observers):
            try:
                observer(event)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # One that fails at one event mostly fails at the next thousand, too.
                if place not in self._failing:
                    self._failing.add(place)
                    message = "an observer of plugin %r failed at %r: %s; what more it fails at in this run is not told"
                    log.warning(message, owner, event.kind, told(error), exc_info=error)
        if self._listener is not None:
            self._listener(event)
