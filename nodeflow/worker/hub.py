"""Where envelopes go once they are committed: to observers at once, to subscribers as fast as they read."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence

from nodeflow.queue.records import Envelope
from nodeflow.queue.writer import Reader
from nodeflow.worker.recent import Recent
from nodeflow.worker.subscriber import Subscriber

log = logging.getLogger(__name__)

Observer = Callable[[Envelope], None]


class Hub:
    """Passes on what was committed, in the order of commits. For one loop only."""

    def __init__(self) -> None:
        self._recent = Recent()
        self._observers: dict[int, Observer] = {}
        self._subscribers: set[Subscriber] = set()
        self._lookers: list[Callable[[], None]] = []
        self._number = 0
        self._closed = False

    def begin(self, last: int) -> None:
        """Say with what envelope the log ended before there was anybody to listen."""
        self._recent.begin(last)

    @property
    def subscribers(self) -> int:
        """How many listen."""
        return len(self._subscribers)

    def publish(self, told: Sequence[Envelope]) -> None:
        """Pass on envelopes right after their commit."""
        for envelope in told:
            for observer in tuple(self._observers.values()):
                try:
                    observer(envelope)
                except Exception:
                    log.exception("an observer failed at the envelope %s (%s)", envelope.id, envelope.kind)
        self._recent.add(told)
        about = {envelope.run_id for envelope in told}
        for subscriber in self._subscribers:
            if subscriber.previews:
                for envelope in told:
                    subscriber.settle(envelope)
            if subscriber.run is None or subscriber.run in about:
                subscriber.wake()

    def show(self, preview: Envelope) -> None:
        """Pass on a picture, which is not kept."""
        for subscriber in self._subscribers:
            subscriber.show(preview)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` with every envelope that is published; what it raises is logged. The answer ends it."""
        self._number += 1
        number = self._number
        self._observers[number] = observer

        def end() -> None:
            self._observers.pop(number, None)

        return end

    def looked_at(self, run_id: str) -> bool:
        """Whether somebody wants previews of a run."""
        return any(each.looks_at(run_id) for each in self._subscribers)

    def when_looks_change(self, tell: Callable[[], None]) -> None:
        """Call `tell` whenever the answers of `looked_at` may have changed."""
        self._lookers.append(tell)

    async def subscribe(
        self, reader: Reader, run: str | None, after: int | None, *, previews: bool
    ) -> AsyncGenerator[Envelope, None]:
        """A subscriber's envelopes, one by one."""
        subscriber = Subscriber(reader, self._recent, run, after, previews=previews)
        if self._closed:
            return
        self._subscribers.add(subscriber)
        self._changed(subscriber)
        try:
            while (batch := await subscriber.next()) is not None:
                for envelope in batch:
                    yield envelope
        finally:
            self._subscribers.discard(subscriber)
            self._changed(subscriber)

    def close(self) -> None:
        """End every subscription once it has given what it holds."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.end()

    def _changed(self, subscriber: Subscriber) -> None:
        if subscriber.previews:
            for tell in self._lookers:
                tell()
