"""The newest envelopes: all of them from some place on."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodeflow.queue.records import Envelope
from nodeflow.worker import recent
from nodeflow.worker.recent import Recent


def envelope(number: int) -> Envelope:
    return Envelope(number, "run", number, "warning", 0.0)


@given(sizes=st.lists(st.integers(0, 9), max_size=20), first=st.integers(1, 5), limit=st.integers(1, 7))
def test_everything_after_any_place_it_reaches_to(sizes: list[int], first: int, limit: int) -> None:
    with MonkeyKept(4):
        kept = Recent()
        told: list[Envelope] = []
        for size in sizes:
            batch = [envelope(first + len(told) + place) for place in range(size)]
            kept.add(batch)
            told += batch
        for after in range(first - 1, first + len(told) + 1):
            expected = [each for each in told if each.id is not None and each.id > after]
            if kept.reaches(after):
                assert kept.after(after, limit) == expected[:limit]
            else:
                assert len(expected) > 4, "the newest are always there"
        assert len(kept.after(0, 1_000)) <= 8 + 9


class MonkeyKept:
    """Fewer are kept, for a while."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> None:
        self.before, recent.KEPT = recent.KEPT, self.count

    def __exit__(self, *_: Any) -> None:
        recent.KEPT = self.before
