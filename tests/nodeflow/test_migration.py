"""What a migration may do to a node, and how what it did is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.migration import OldNode, changes, draft

names = st.sampled_from(["a", "b", "c", "d"])
values = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text(max_size=3) | st.lists(st.integers())
)


def told(before: OldNode, after: OldNode) -> list[str]:
    return list(changes(before, after))


def old(**given: Any) -> OldNode:
    links = {name: value for name, value in given.items() if isinstance(value, str) and "." in value}
    return OldNode({name: value for name, value in given.items() if name not in links}, links)


def test_a_renamed_input_takes_its_value_or_its_link_along() -> None:
    node = old(amount=50, picture="load.image")
    node.rename_input("amount", "strength")
    node.rename_input("picture", "image")
    node.rename_input("missing", "found")
    assert (node.values, node.links) == ({"strength": 50}, {"image": "load.image"})
    assert node.inputs == {"amount": "strength", "picture": "image", "missing": "found"}
    assert told(old(amount=50, picture="load.image"), node) == [
        "input 'amount' is now 'strength'",
        "input 'picture' is now 'image'",
    ]


@pytest.mark.parametrize("taken", [{"strength": 1}, {"strength": "a.b"}])
def test_no_input_is_overwritten_by_another_one(taken: dict[str, Any]) -> None:
    node = old(amount=50, **taken)
    with pytest.raises(ValueError, match="'amount' cannot become 'strength': the node has both"):
        node.rename_input("amount", "strength")
    assert node.values["amount"] == 50


def test_renamings_follow_each_other() -> None:
    node = old(a=1)
    for first, second in (("a", "b"), ("b", "c")):
        node.rename_input(first, second)
        node.rename_output(first, second)
    assert (node.values, node.inputs, node.outputs) == ({"c": 1}, {"a": "c"}, {"a": "c"})


def test_what_is_changed_added_and_left_out_is_told() -> None:
    before, node = old(radius=2, mode="soft", mask="m.mask", image="i.image"), old(radius=2, mode="soft", mask="m.mask")
    node.values["radius"] = 2.0
    node.values["edge"] = [1]
    node.drop_input("mode")
    node.drop_input("mask")
    node.links["image"] = "other.image"
    assert told(before, node) == [
        "'radius' was 2 and is 2.0",
        "'mode' is left out; it was \"soft\"",
        "'edge' is added: [1]",
        "the link of 'mask' is left out; it was \"m.mask\"",
        'the link of \'image\' was "i.image" and is "other.image"',
    ]


def test_a_long_value_is_cut() -> None:
    (said,) = told(old(), old(text="x" * 10_000))
    assert len(said) < 150


@given(st.dictionaries(names, values), st.dictionaries(names, values))
def test_every_difference_is_told_and_nothing_else(before: dict[str, Any], after: dict[str, Any]) -> None:
    def written(value: Any) -> tuple[type, str]:
        return type(value), repr(value)

    different = {
        name
        for name in {*before, *after}
        if (name in before) != (name in after)
        or (name in before and written(before[name]) != written(after[name]) and before[name] != after[name])
        or (name in before and type(before[name]) is not type(after[name]))
    }
    said = told(OldNode(before, {}), OldNode(after, {}))
    assert sorted(line.split("'")[1] for line in said) == sorted(different)


@given(st.dictionaries(names, st.lists(st.integers())))
def test_a_draft_shares_nothing_with_its_graph(given: dict[str, list[int]]) -> None:
    kept = {name: list(value) for name, value in given.items()}
    made = draft(given, {})
    for value in made.values.values():
        value.append(0)
    made.values["more"] = 1
    assert given == kept
