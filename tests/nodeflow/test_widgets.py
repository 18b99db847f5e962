"""Hints: values that compare, and what each one says to an editor."""

import dataclasses
from typing import Any

import pytest

from nodeflow import Choices, FileChoice, Lazy, Multiline, Painted, Seed, Slider

CHOICES = [Choices("samplers"), FileChoice("loras")]
HINTS = [*CHOICES, Seed(), Lazy(), Multiline(), Multiline(prompt=True), Painted(), Slider(0.5)]


@pytest.mark.parametrize("hint", HINTS, ids=repr)
def test_a_hint_is_a_value(hint: Any) -> None:
    again = dataclasses.replace(hint)
    assert (again, hash(again)) == (hint, hash(hint))
    assert [other for other in HINTS if other == hint] == [hint]
    for field in dataclasses.fields(hint):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(hint, field.name, None)


def test_a_file_is_a_choice_of_its_kind() -> None:
    assert isinstance(FileChoice("loras"), Choices)
    assert FileChoice("loras").kind == FileChoice("loras").table == "loras"
    assert FileChoice("loras") != Choices("loras")


def test_what_is_not_said_is_the_plain_case() -> None:
    assert Slider().step is None
    assert not Multiline().prompt
