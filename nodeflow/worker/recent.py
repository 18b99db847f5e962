"""The newest envelopes, kept once for all who listen, so that one who is a little behind need not read the log."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from nodeflow.queue.records import Envelope

KEPT = 2_048


class Recent:
    """All envelopes since one of them: at least the newest `KEPT` that were added, at most twice as many."""

    def __init__(self) -> None:
        self._envelopes: list[Envelope] = []
        self._floor = 0

    def begin(self, last: int) -> None:
        """What there was until now ended with an envelope; it need not be said where something was added since."""
        if not self._envelopes:
            self._floor = last

    def add(self, told: Sequence[Envelope]) -> None:
        """Add envelopes in the order of their ids."""
        if not self._envelopes and told:
            self._floor = max(self._floor, _id(told[0]) - 1)
        self._envelopes += told
        if len(self._envelopes) > 2 * KEPT:
            gone = len(self._envelopes) - KEPT
            self._floor = _id(self._envelopes[gone - 1])
            del self._envelopes[:gone]

    @property
    def last(self) -> int:
        """The id of the newest envelope there ever was, 0 before the first."""
        return _id(self._envelopes[-1]) if self._envelopes else self._floor

    def reaches(self, after: int) -> bool:
        """Whether everything that was added after an envelope is here."""
        return after >= self._floor

    def after(self, after: int, limit: int) -> Sequence[Envelope]:
        """The oldest of what was added after an envelope."""
        begin = bisect_right(self._envelopes, after, key=_id)
        return self._envelopes[begin : begin + limit]


def _id(envelope: Envelope) -> int:
    assert envelope.id is not None
    return envelope.id
