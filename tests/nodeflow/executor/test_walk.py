"""What a run computes, against a model of it that fits on a page: any graph, any targets, any state of the cache."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodeflow.node import node

ran: list[str] = []


@node
def mix(name: str, a: str = "", b: str = "") -> str:
    ran.append(name)
    return f"{name}({a},{b})"


Parents = list[list[int]]
GRAPHS = st.integers(1, 9).flatmap(
    lambda size: st.tuples(
        st.tuples(
            *(st.lists(st.integers(0, place - 1), max_size=2) if place else st.just([]) for place in range(size))
        ),
        st.sets(st.integers(0, size - 1), min_size=1),
        st.sets(st.integers(0, size - 1)),
        st.sets(st.integers(0, size - 1)),
    )
)


def graph(parents: Parents) -> dict[str, Any]:
    return {
        f"n{place}": (
            "Mix",
            {"name": str(place), **dict(zip("ab", (f"n{each}.text" for each in wanted), strict=False))},
        )
        for place, wanted in enumerate(parents)
    }


def values(parents: Parents) -> list[str]:
    found: list[str] = []
    for place, wanted in enumerate(parents):
        a, b = [*(found[each] for each in wanted), "", ""][:2]
        found.append(f"{place}({a},{b})")
    return found


def model(parents: Parents, targets: set[int], kept: Callable[[int], bool]) -> set[int]:
    """What must be computed: from the targets down, as far as nothing is kept."""
    computed: set[int] = set()
    wanted = sorted(targets)
    seen = set(wanted)
    while wanted:
        place = wanted.pop()
        if kept(place):
            continue
        computed.add(place)
        new = set(parents[place]) - seen
        seen |= new
        wanted += new
    return computed


def places(node_ids: Mapping[str, Any] | list[str]) -> set[int]:
    return {int(node_id[1:]) for node_id in node_ids}


@pytest.mark.parametrize("memory", [0, 1 << 20])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(graph_and_state=GRAPHS, use_cache=st.booleans())
def test_only_what_must_be_is_computed(
    make_lab: Callable[..., Any], memory: int, graph_and_state: Any, use_cache: bool
) -> None:
    parents, targets, lost, damaged = graph_and_state
    nodes, wanted = graph(parents), [f"n{place}" for place in sorted(targets)]
    make_lab(memory=memory).cache.clear()
    before = make_lab(memory=0).add(mix)
    before.run(nodes, targets=list(nodes))
    plan = before.plan(nodes, targets=list(nodes))
    for place in lost | damaged:
        path = before.cache.disk.path(plan[f"n{place}"].key, "Mix")
        path.unlink() if place in lost else path.write_bytes(path.read_bytes()[:-1] + b"~~")
    ran.clear()
    lab = make_lab(memory=memory).add(mix)
    result = lab.run(nodes, targets=wanted, use_cache=use_cache)
    assert result.outputs == {node_id: {"text": values(parents)[int(node_id[1:])]} for node_id in wanted}
    computed = model(parents, targets, lambda place: use_cache and place not in lost | damaged)
    assert sorted(int(name) for name in ran) == sorted(computed), "each one once"
    assert places(lab.told("node_finished")) == computed
    assert {report.state for node_id, report in result.steps.items() if places([node_id]) <= computed} <= {"done"}
    assert {report.state for node_id, report in result.steps.items() if not places([node_id]) <= computed} <= {"cached"}
    ran.clear()
    assert lab.run(nodes, targets=wanted).outputs == result.outputs
    assert ran == []
