"""A default that plainly fits is one that pydantic takes as it is; what is not plain is left to pydantic."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Interval
from pydantic import AfterValidator, Field

from nodeflow.spec import literal
from nodeflow.spec.default import plainly_fits
from nodeflow.widgets import Choices, Multiline, Seed, Slider


class Mode(StrEnum):
    FAST = "fast"


BOUNDS = (-1, 0, 1, 0.5, 1e300, float("inf"), float("nan"), True)
EXTRAS = [
    *(Field(description="said", **{name: bound}) for name in ("ge", "gt", "le", "lt") for bound in BOUNDS),
    *(Field(**said) for said in ({"strict": False}, {"discriminator": "x"}, {"max_length": 1}, {"multiple_of": 2})),
    *(Field(title="Title"), Seed(), Slider(0.5), Multiline(), Choices("some"), AfterValidator(lambda _: None)),
]
ANNOTATIONS = (int, float, str, bool, Literal["a", "b"], Literal[1, 2], int | None, list[int], Mode)
DEFAULTS = (0, 1, 2, -1, 2**70, 0.0, 0.5, 1e308, float("inf"), float("nan"), True, "a", "c", "\ud800", Mode.FAST, None)


@pytest.mark.parametrize("bare", ANNOTATIONS, ids=str)
def test_what_plainly_fits_is_what_pydantic_takes_as_it_is(bare: Any) -> None:
    for annotation in (bare, *(Annotated[bare, extra] for extra in EXTRAS)):
        for default in (each for each in DEFAULTS if plainly_fits(annotation, each)):
            checked = literal.adapter(annotation).validate_python(default)
            assert (type(checked), checked) == (type(default), default)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (int, 3),
        (str, "text"),
        (bool, True),
        (Annotated[float, Field(ge=0, lt=1.5, description="said")], 0.0),
        (Annotated[int, Field(gt=0, le=2**64), Seed()], 1),
        (Annotated[str, Choices("samplers"), Field(title="Sampler")], "euler"),
        (Annotated[str, Multiline()], ""),
        (Literal["a", "b"], "b"),
        (Annotated[Literal[1, 2], Field(description="said")], 2),
    ],
)
def test_the_defaults_that_most_nodes_have_plainly_fit(annotation: Any, default: Any) -> None:
    assert plainly_fits(annotation, default)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (float, 1),
        (int, True),
        (Annotated[int, Field(ge=0)], -1),
        (Annotated[int, Field(ge=0.5)], 1),
        (Annotated[float, Field(allow_inf_nan=False)], 1.0),
        (Annotated[int, Interval(ge=0)], 1),
        (Annotated[str, Field(ge=0)], "a"),
        (Annotated[Literal[1, 2], Field(ge=0)], 1),
        (Annotated[int, AfterValidator(abs)], 1),
        (Literal["a", "b"], "c"),
        (Literal[1, 2], True),
        (Mode, "fast"),
    ],
)
def test_what_pydantic_refuses_changes_or_may_refuse_is_left_to_it(annotation: Any, default: Any) -> None:
    assert not plainly_fits(annotation, default)
