"""Amounts handed out in order, never more than there is."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.executor.resources import Request, ResourceError, Resources


def starter(started: list[str], name: str) -> Callable[[], None]:
    return lambda: started.append(name)


def test_a_device_is_one_steps_at_a_time() -> None:
    started: list[str] = []
    resources = Resources({"device": 1, "cpu": 2})
    first = resources.request({"device": 1}, (1,), starter(started, "first"))
    resources.request({"device": 1}, (2,), starter(started, "second"))
    resources.request({"cpu": 1}, (3,), starter(started, "cpu"))
    resources.request({}, (4,), starter(started, "nothing"))
    assert started == ["first", "cpu", "nothing"]
    resources.release(first)
    assert started == ["first", "cpu", "nothing", "second"]


def test_the_lowest_priority_starts_first_and_then_the_oldest() -> None:
    started: list[str] = []
    resources = Resources({"cpu": 1})
    running = resources.request({"cpu": 1}, (0,), lambda: None)
    for name, priority in [("b", 2), ("a", 1), ("c", 2)]:
        resources.request({"cpu": 1}, (priority,), starter(started, name))
    for name in "abc":
        resources.release(running)
        assert started[-1] == name


def test_a_large_request_is_not_overtaken() -> None:
    started: list[str] = []
    resources = Resources({"cpu": 2, "device": 1})
    running = resources.request({"cpu": 1}, (0,), lambda: None)
    resources.request({"cpu": 2}, (1,), starter(started, "large"))
    resources.request({"cpu": 1}, (2,), starter(started, "small"))
    resources.request({"device": 1}, (3,), starter(started, "elsewhere"))
    assert started == ["elsewhere"]
    resources.release(running)
    assert started == ["elsewhere", "large"]


def test_what_a_waiting_request_does_not_lack_stays_open() -> None:
    started: list[str] = []
    resources = Resources({"cpu": 2, "device": 1})
    resources.request({"device": 1}, (0,), lambda: None)
    resources.request({"cpu": 1, "device": 1}, (1,), starter(started, "both"))
    resources.request({"cpu": 2}, (2,), starter(started, "cpu"))
    assert started == ["cpu"]


def test_a_withdrawn_request_lets_others_pass() -> None:
    started: list[str] = []
    resources = Resources({"cpu": 2})
    resources.request({"cpu": 1}, (0,), lambda: None)
    large = resources.request({"cpu": 2}, (1,), starter(started, "large"))
    resources.request({"cpu": 1}, (2,), starter(started, "small"))
    resources.withdraw(large)
    assert started == ["small"]


@pytest.mark.parametrize(
    ("need", "message"),
    [
        ({"device": 2}, "needs 2 of 'device', and there is 1"),
        ({"gpu": 1}, "no resource 'gpu' here; there is cpu, device"),
    ],
)
def test_what_can_never_be_had(need: dict[str, int], message: str) -> None:
    with pytest.raises(ResourceError, match=message):
        Resources({"device": 1, "cpu": 1}).request(need, (), lambda: None)


NEEDS = st.fixed_dictionaries({}, optional={"cpu": st.integers(0, 3), "device": st.integers(0, 1)})


@given(needs=st.lists(NEEDS, max_size=20), order=st.randoms(use_true_random=False))
def test_everything_starts_and_nothing_is_overdrawn(needs: list[dict[str, int]], order: object) -> None:
    capacity = {"cpu": 3, "device": 1}
    resources = Resources(capacity)
    requests: dict[int, Request] = {}
    running: list[int] = []
    for number, need in enumerate(needs):
        requests[number] = resources.request(need, (number,), lambda number=number: running.append(number))  # type: ignore[misc]
    finished = 0
    while running:
        for name, most in capacity.items():
            assert sum(needs[number].get(name, 0) for number in running) <= most
        resources.release(requests[running.pop(order.randrange(len(running)))])  # type: ignore[attr-defined]
        finished += 1
    assert finished == len(needs)
