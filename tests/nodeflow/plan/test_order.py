"""Order and cycles, against their definitions."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.plan.order import cycles, order, reach

MANY = 10_000
NEEDS = st.integers(1, 8).flatmap(
    lambda size: st.fixed_dictionaries(
        {str(node): st.lists(st.integers(0, size - 1).map(str), max_size=3, unique=True) for node in range(size)}
    )
)
ACYCLIC = st.integers(1, 8).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            str(node): st.lists(st.integers(0, max(node - 1, 0)).map(str), max_size=3 if node else 0, unique=True)
            for node in range(size)
        }
    )
)


@given(needs=ACYCLIC, data=st.data())
def test_each_node_comes_after_what_it_needs_and_none_that_nobody_needs(
    needs: dict[str, list[str]], data: st.DataObject
) -> None:
    targets = data.draw(st.lists(st.sampled_from(sorted(needs)), unique=True))
    ordered = order(needs, targets)
    assert sorted(ordered) == sorted(reach(needs, targets))
    place = {node: number for number, node in enumerate(ordered)}
    assert all(place[parent] < place[node] for node in ordered for parent in needs[node])
    assert ordered == order(needs, targets)


def test_one_branch_is_finished_before_the_next() -> None:
    needs = {"save1": ["blur1"], "save2": ["blur2"], "blur1": ["load1"], "blur2": ["load2"], "load1": [], "load2": []}
    assert order(needs, ["save1", "save2"]) == ["load1", "blur1", "save1", "load2", "blur2", "save2"]


@given(NEEDS)
def test_a_cycle_is_found_where_there_is_one(needs: dict[str, list[str]]) -> None:
    graph = nx.DiGraph([(node, parent) for node, parents in needs.items() for parent in parents])
    knots = list(nx.strongly_connected_components(graph))
    tied = [knot for knot in knots if len(knot) > 1 or any(graph.has_edge(node, node) for node in knot)]
    found = cycles(needs)
    assert len(found) == len(tied)
    for cycle in found:
        assert any(set(cycle) <= knot for knot in tied)
        assert all(after in needs[before] for before, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True))


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ({"a": ["a"]}, [["a"]]),
        ({"b": ["a"], "a": ["b"]}, [["b", "a"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["d"]}, [["b", "c"], ["d"]]),
        ({"a": ["b"], "b": []}, []),
        ({"a": ["elsewhere"]}, []),
    ],
)
def test_a_cycle_is_told_from_its_first_node(needs: dict[str, list[str]], found: list[list[str]]) -> None:
    assert cycles(needs) == found


def test_a_long_chain_and_a_long_cycle() -> None:
    chain = {str(node): [str(node - 1)] if node else [] for node in range(MANY)}
    assert order(chain, [str(MANY - 1)]) == [str(node) for node in range(MANY)]
    assert cycles(chain) == []
    (cycle,) = cycles({**chain, "0": [str(MANY - 1)]})
    assert len(cycle) == MANY
    assert cycle[0] == "0"
