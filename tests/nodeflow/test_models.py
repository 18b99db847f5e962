"""Models in memory: bounded, loaded once, never taken from a running step, really gone afterwards."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.models import ModelStore

PATIENCE = 60


class Model:
    """Something that a weak reference can watch."""

    def __init__(self, name: str) -> None:
        self.name = name


class Loader:
    """Loads a model and counts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0

    def __call__(self) -> Model:
        self.count += 1
        return Model(self.name)


def test_a_model_is_loaded_once() -> None:
    store, load = ModelStore(100), Loader("a")
    assert store.get("a", load, 60) is store.get("a", load, 60)
    assert load.count == 1
    assert store.nbytes == 60


def test_the_longest_unused_goes_first() -> None:
    store = ModelStore(100)
    for key in "abc":
        store.get(key, Loader(key), 30)
    store.get("a", Loader("a"), 30)
    store.get("d", Loader("d"), 30)
    assert store.keys() == ("c", "a", "d")


def test_room_is_made_before_loading() -> None:
    store = ModelStore(100)
    watch = weakref.ref(store.get("a", Loader("a"), 80))

    def load() -> Model:
        gc.collect()
        assert watch() is None, "the old model is still in memory while the new one loads"
        return Model("b")

    store.get("b", load, 80)
    assert store.keys() == ("b",)


def test_what_a_step_holds_stays() -> None:
    store = ModelStore(100)
    with store.lease() as lease:
        held = lease.get("a", Loader("a"), 80)
        store.get("b", Loader("b"), 80)
        assert lease.get("a", Loader("a"), 80) is held
        assert store.keys() == ("a",), "b is the one that had to go"
        store.clear()
        assert store.keys() == ("a",)
    assert store.nbytes <= store.budget


def test_two_leases_on_one_model() -> None:
    store, load = ModelStore(10), Loader("a")
    with store.lease() as first:
        with store.lease() as second:
            assert first.get("a", load, 50) is second.get("a", load, 50)
        assert store.keys() == ("a",)
    assert store.keys() == ()
    assert load.count == 1


def test_a_model_above_the_budget_is_used_once() -> None:
    store, load = ModelStore(10), Loader("huge")
    with store.lease() as lease:
        watch = weakref.ref(lease.get("huge", load, 1000))
        assert lease.get("huge", load, 1000) is watch()
    gc.collect()
    assert watch() is None
    assert (store.nbytes, load.count) == (0, 1)


def test_evicted_models_die() -> None:
    store = ModelStore(100)
    watches = [weakref.ref(store.get(number, Loader(str(number)), 60)) for number in range(5)]
    gc.collect()
    assert [watch() is None for watch in watches] == [True] * 4 + [False]


def test_many_threads_load_once() -> None:
    store, count, started = ModelStore(100), [], threading.Barrier(8)
    may_end = threading.Event()

    def load() -> Model:
        count.append(1)
        may_end.wait(PATIENCE)
        return Model("a")

    def ask() -> Model:
        started.wait(PATIENCE)
        return store.get("a", load, 10)

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask) for _ in range(8)]
        may_end.set()
        assert len({id(answer.result(PATIENCE)) for answer in answers}) == 1
    assert len(count) == 1


def test_a_failed_load_is_tried_again_by_the_next() -> None:
    store = ModelStore(100)
    loading, may_fail = threading.Event(), threading.Event()

    def fail() -> Model:
        loading.set()
        may_fail.wait(PATIENCE)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.get, "a", fail, 10)
        assert loading.wait(PATIENCE)
        second = pool.submit(store.get, "a", Loader("a"), 10)
        may_fail.set()
        assert isinstance(first.exception(PATIENCE), KeyboardInterrupt)
        assert isinstance(second.result(PATIENCE), Model)
    assert store.nbytes == 10


def test_loading_one_model_may_ask_for_another() -> None:
    store = ModelStore(100)
    with store.lease() as lease:
        outer = lease.get("outer", lambda: (lease.get("inner", Loader("inner"), 10), Model("outer")), 10)
        assert outer[0].name == "inner"
        assert store.keys() == ("inner", "outer")


def test_a_lease_that_ended_gives_nothing() -> None:
    with ModelStore(10).lease() as lease:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        lease.get("a", Loader("a"), 1)


def test_a_budget_is_no_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="-1"):
        ModelStore(-1)


@given(budget=st.integers(0, 100), asked=st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 60))))
def test_unused_models_never_exceed_the_budget(budget: int, asked: list[tuple[int, bool, int]]) -> None:
    store = ModelStore(budget)
    sizes: dict[int, int] = {}
    with store.lease() as lease:
        for key, kept, size in asked:
            size = sizes.setdefault(key, size)
            holder = lease if kept else store
            assert holder.get(key, Loader(str(key)), size).name == str(key)
        held = {key for key, kept, _ in asked if kept}
        assert held <= set(store.keys())
        unused = sum(sizes[key] for key in store.keys() if key not in held)  # noqa: SIM118
        assert unused == 0 or store.nbytes <= budget
    assert store.nbytes <= budget
