"""Text put together, replaced and picked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_basic import text

from nodeflow import Context

QUICK = settings(max_examples=50, deadline=None)
CTX = Context()


@pytest.mark.parametrize(
    ("first", "second", "joined"), [("a", "b", "a, b"), ("", "b", "b"), ("a", "", "a"), ("", "", "")]
)
def test_joins_what_is_not_empty(first: str, second: str, joined: str) -> None:
    assert text.join_text(first=first, second=second).run(CTX) == joined


def test_linked_values_and_the_object_fill_a_template() -> None:
    node = text.format_text(template="a {a} {shape} on {b}", values={"shape": "circle", "a": "hidden"}, a="red", b=2)
    assert node.run(CTX) == "a red circle on 2"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"'\{b\}' has no value; there are values for: a"):
        text.format_text(template="{a} {b}", a=1).run(CTX)


@QUICK
@given(st.text("ab", max_size=20), st.text("ab", min_size=1, max_size=3), st.text("ab", max_size=3))
def test_replacing_is_splitting_and_joining(whole: str, find: str, replacement: str) -> None:
    replaced = text.replace_text(text=whole, find=find, replacement=replacement).run(CTX)
    assert replaced == replacement.join(whole.split(find))


def test_lines_are_picked_in_turn() -> None:
    lines = "  a red circle\n\n a blue square \n"
    picked = [text.pick_line(text=lines, index=index).run(CTX) for index in range(3)]
    assert picked == ["a red circle", "a blue square", "a red circle"]


def test_no_line_to_pick_is_an_error() -> None:
    with pytest.raises(ValueError, match="no lines to pick from"):
        text.pick_line(text=" \n ").run(CTX)
