"""Handles: outputs by attribute, and nothing else in their way."""

from __future__ import annotations

import copy

import pytest

from nodeflow.builder import Builder, Output, UnknownOutput
from nodeflow.problems import GraphError


def test_outputs_are_attributes(builder: Builder) -> None:
    ratio = builder.add("Divide", a=7, b=2, id="r")
    assert isinstance(ratio.quotient, Output)
    assert (str(ratio), str(ratio.quotient), str(ratio.id)) == ("r", "r.quotient", "r.id")
    assert (repr(ratio), repr(ratio.quotient)) == ("<r, a Divide>", "<r.quotient>")
    assert dir(ratio) == ["id", "quotient"]


def test_an_output_that_is_not_there(builder: Builder) -> None:
    ratio = builder.add("Divide", a=7, id="r")
    with pytest.raises(UnknownOutput) as caught:
        ratio.quotiend  # noqa: B018
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer, problem.nearest) == ("unknown_output", "/nodes/r", "quotient")
    assert problem.message == "'r', a Divide, has no output 'quotiend'; did you mean 'quotient'?"
    assert problem.expected == "quotient, id"
    assert not hasattr(ratio, "rest")


def test_a_handle_takes_no_attributes(builder: Builder) -> None:
    with pytest.raises(AttributeError):
        builder.add("Divide", a=7).a = 8  # type: ignore[attr-defined]


def test_a_copy_of_a_handle_is_no_node_of_the_builder(builder: Builder) -> None:
    blank = builder.add("Blank")
    assert str(copy.copy(blank)) == "blank"
    with pytest.raises(GraphError, match="'blank' is no node of this builder"):
        builder.add("Split", image=copy.copy(blank))
