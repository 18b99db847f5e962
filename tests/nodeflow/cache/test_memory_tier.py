"""Memory: bounded in bytes, the least worth goes first."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.cache import Entry
from nodeflow.cache.memory_tier import MemoryTier

SMALL = 2_000
"""More than an entry without arrays takes."""


def entry(nbytes: int, seconds: float = 1.0) -> Entry:
    return Entry({"a": np.zeros(nbytes, np.uint8)}, seconds=seconds)


def test_the_oldest_use_goes_first_among_equals() -> None:
    tier = MemoryTier(35_000)
    for key in "abc":
        tier.put(key, entry(10_000))
    tier.put("d", entry(10_000))
    assert not tier.has("a")
    assert tier.get("b") is not None
    tier.put("e", entry(10_000))
    assert [tier.has(key) for key in "bcde"] == [True, False, True, True]


def test_the_expensive_outlives_the_cheap() -> None:
    tier = MemoryTier(35_000)
    tier.put("expensive", entry(10_000, seconds=100))
    for number in range(50):
        tier.put(str(number), entry(10_000, seconds=1))
    assert tier.has("expensive")


def test_the_small_outlives_the_large() -> None:
    tier = MemoryTier(100_000)
    tier.put("small", entry(1_000))
    tier.put("large", entry(60_000))
    tier.put("new", entry(60_000))
    assert (tier.has("small"), tier.has("large")) == (True, False)


def test_nothing_lives_for_ever() -> None:
    tier = MemoryTier(35_000)
    tier.put("once dear", entry(10_000, seconds=10))
    for number in range(200):
        tier.put(str(number), entry(10_000, seconds=1))
    assert not tier.has("once dear")


def test_what_does_not_fit_at_all_is_not_kept() -> None:
    tier = MemoryTier(20_000)
    assert tier.put("a", entry(5_000))
    assert not tier.put("b", entry(50_000))
    assert (tier.has("a"), tier.has("b")) == (True, False)
    assert not tier.put("a", entry(50_000))
    assert not tier.has("a"), "the older entry of the key is not the newer one"


def test_putting_again_counts_once() -> None:
    tier = MemoryTier(100_000)
    for _ in range(3):
        tier.put("a", entry(10_000))
    assert 10_000 <= tier.nbytes < 10_000 + SMALL
    tier.remove("a")
    tier.remove("a")
    assert (len(tier), tier.nbytes) == (0, 0)


def test_entries_are_told_the_last_first() -> None:
    tier = MemoryTier(100_000)
    for key in "abc":
        tier.put(key, entry(10))
    assert [key for key, _ in tier.entries()] == ["c", "b", "a"]
    tier.clear()
    assert (len(tier), tier.nbytes, tier.get("a")) == (0, 0, None)


def test_a_budget_is_no_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="-5"):
        MemoryTier(-5)


def test_many_uses_leave_no_trace() -> None:
    tier = MemoryTier(35_000)
    for number in range(500):
        tier.put(str(number), entry(10_000))
        for _ in range(10):
            tier.get(str(number))
    assert len(tier._queue) < 200


USES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30_000), st.floats(0, 100), st.booleans()), max_size=60)


@given(budget=st.integers(0, 80_000), uses=USES)
def test_the_budget_is_kept(budget: int, uses: list[tuple[int, int, float, bool]]) -> None:
    tier = MemoryTier(budget)
    latest = {}
    for key, nbytes, seconds, put in uses:
        if put:
            latest[str(key)] = entry(nbytes, seconds)
            assert tier.put(str(key), latest[str(key)]) == tier.has(str(key))
        found = tier.get(str(key))
        assert found is None or found is latest[str(key)]
        assert tier.nbytes <= budget
        assert tier.nbytes >= sum(each.outputs["a"].nbytes for _, each in tier.entries())


def test_threads_keep_the_books() -> None:
    tier = MemoryTier(100_000)

    def use(seed: int) -> None:
        for number in range(200):
            tier.put(str((number * seed) % 17), entry(number * 50))
            tier.get(str(number % 17))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(1, 9)))
    assert tier.nbytes <= 100_000
    for key, _ in list(tier.entries()):
        tier.remove(key)
    assert tier.nbytes == 0
