"""Problems: where, what, and what would be right."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodeflow.errors import SHOWN
from nodeflow.problems import SUGGESTED, GraphError, Problem, Problems, nearest, pointer, show

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.lists(st.text() | st.integers(0)))
def test_a_pointer_is_read_back(parts: list[str | int]) -> None:
    read = [part.replace("~1", "/").replace("~0", "~") for part in pointer(*parts).split("/")[1:]]
    assert read == [str(part) for part in parts]


def test_rfc_6901_examples() -> None:
    assert pointer() == ""
    assert pointer("") == "/"
    assert pointer("a/b") == "/a~1b"
    assert pointer("m~n") == "/m~0n"
    assert pointer("foo", 0) == "/foo/0"


@pytest.mark.parametrize(
    ("name", "found"), [("eular", "euler"), ("EULER", "euler"), ("hein", "heun"), ("zzz", None), ("", None)]
)
def test_the_nearest_name(name: str, found: str | None) -> None:
    assert nearest(name, ["euler", "heun", "lms"]) == found


def test_collecting() -> None:
    problems = Problems()
    problems.refuse()
    problems.add("out_of_range", ("nodes", "a", "values", "steps"), "too many", expected="<= 10", got=11)
    problems.add("cycle", ("nodes",), "a -> b -> a")
    assert len(problems) == 2
    with pytest.raises(GraphError) as caught:
        problems.refuse()
    first = caught.value.problems[0]
    assert json.loads(json.dumps(first.dump())) == {
        "code": "out_of_range",
        "pointer": "/nodes/a/values/steps",
        "message": "too many",
        "expected": "<= 10",
        "got": "11",
        "nearest": None,
    }
    assert "2 problems" in str(caught.value)
    assert "/nodes/a/values/steps: too many [out_of_range]" in str(caught.value)


def test_a_long_list_of_problems_reads_well() -> None:
    error = GraphError(Problem("cycle", f"/nodes/{number}", "round and round") for number in range(1000))
    assert len(error.problems) == 1000
    assert str(error).endswith("and 980 more")
    assert len(str(error).splitlines()) == 22


def test_suggestions_end_after_a_hundred() -> None:
    problems = Problems()
    for _ in range(SUGGESTED):
        assert problems.nearest("eular", ["euler"]) == "euler"
        problems.add("unknown_choice", (), "")
    assert problems.nearest("eular", ["euler"]) is None


@pytest.mark.parametrize("value", ["x" * 10**6, list(range(10**6)), {"a" * 1000: "b" * 1000}, 1 << 4000])
def test_values_are_shown_short(value: object) -> None:
    assert len(show(value)) <= 100


def test_short_values_are_shown_whole() -> None:
    assert show("1") == '"1"'
    assert show([1, 2.5, None, True, {"a": False}]) == '[1, 2.5, null, true, {"a": false}]'
    assert show((1, None)) == "(1, null)", "JSON has no tuple"


@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)))
def test_what_is_shown_whole_reads_as_json(value: object) -> None:
    shown = show(value)
    if len(shown) < SHOWN and "..." not in shown:
        assert json.loads(shown) == value


@given(st.text(st.characters(exclude_categories=[])))
def test_what_cannot_be_seen_or_written_is_shown_by_its_number(text: str) -> None:
    assert show(text).isprintable()
    assert show(text).encode()
