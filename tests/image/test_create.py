"""Plain pictures and drawn masks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodeflow_image import create

from nodeflow import Context
from nodeflow.errors import ValueProblem
from nodeflow.spec import NodeSpec

QUICK = settings(max_examples=40, deadline=None)
CTX = Context()


def test_a_plain_picture() -> None:
    pixels = create.empty_image(width=3, height=2, batch=4, color="#0080fF").run(CTX).pixels
    assert pixels.shape == (4, 2, 3, 3)
    assert np.array_equal(np.rint(pixels * 255), np.broadcast_to([0, 128, 255], pixels.shape))


@pytest.mark.parametrize("color", ["red", "#12345", "#1234567", "#12345g", "123456", "#123456\n"])
def test_a_color_is_six_hexadecimal_digits(color: str) -> None:
    with pytest.raises(ValueProblem):
        NodeSpec.of(create.empty_image).inputs["color"].validate(color)


def test_too_many_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match="4096 pictures of 16384x16384"):
        create.empty_image(width=16384, height=16384, batch=4096).run(CTX)


def test_a_plain_mask() -> None:
    values = create.solid_mask(width=3, height=2, batch=2, value=0.25).run(CTX).values
    assert np.array_equal(values, np.full((2, 2, 3), 0.25))


@QUICK
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 12), st.integers(1, 12))
def test_a_rectangle_is_the_pixels_within(x: int, y: int, across: int, down: int) -> None:
    values = create.rectangle_mask(width=7, height=5, x=x, y=y, across=across, down=down).run(CTX).values[0]
    for row in range(5):
        for column in range(7):
            assert values[row, column] == (x <= column < x + across and y <= row < y + down)


@QUICK
@given(st.integers(4, 30), st.integers(4, 30))
def test_an_ellipse_has_its_area_and_its_symmetry(across: int, down: int) -> None:
    values = create.ellipse_mask(width=40, height=36, x=5, y=3, across=across, down=down).run(CTX).values[0]
    assert abs(values.sum() - math.pi * across * down / 4) < 0.12 * (across + down)
    inside = values[3 : 3 + down, 5 : 5 + across]
    assert inside.sum() == values.sum()
    assert np.array_equal(inside, inside[::-1])
    assert np.array_equal(inside, inside[:, ::-1])
    assert ((values >= 0) & (values <= 1)).all()


def test_a_shape_outside_is_cut_off() -> None:
    values = create.ellipse_mask(width=4, height=4, x=-50, y=-50, across=20, down=20).run(CTX).values
    assert not values.any()
