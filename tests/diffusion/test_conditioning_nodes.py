"""Conditionings combined, by hand computation."""

import numpy as np
import pytest
import torch
from nodeflow_diffusion.conditioning import (
    average_conditioning,
    combine_conditioning,
    concat_conditioning,
    set_conditioning_area,
    set_conditioning_mask,
    set_conditioning_timestep_range,
    zero_out_conditioning,
)
from nodeflow_diffusion.types import Area, Conditioning, Entry

from nodeflow import Context, Mask

CTX = Context()


def text(value: float, tokens: int = 2, width: int = 3, pooled: float | None = None) -> Conditioning:
    vector = None if pooled is None else torch.full((1, width), float(pooled))
    return Conditioning((Entry(torch.full((1, tokens, width), float(value)), vector),))


def test_combining_keeps_both() -> None:
    a, b = text(1), text(2)
    assert combine_conditioning(first=a, second=b).run(CTX).entries == a.entries + b.entries


def test_the_average_of_equal_lengths() -> None:
    made = average_conditioning(first=text(1, pooled=2), second=text(5, pooled=6), factor=0.25).run(CTX)
    assert torch.equal(made.entries[0].context, torch.full((1, 2, 3), 2.0))
    assert torch.equal(made.entries[0].pooled, torch.full((1, 3), 3.0))


@pytest.mark.parametrize(("factor", "value"), [(0.0, 1.0), (1.0, 5.0)])
def test_the_ends_of_an_average_are_exact(factor: float, value: float) -> None:
    made = average_conditioning(first=text(1), second=text(5), factor=factor).run(CTX)
    assert torch.equal(made.entries[0].context, torch.full((1, 2, 3), value))


def test_the_shorter_of_an_average_is_filled_with_zeros() -> None:
    made = average_conditioning(first=text(4, tokens=1), second=text(8, tokens=2), factor=0.5).run(CTX)
    assert made.entries[0].context[0, :, 0].tolist() == [6.0, 4.0]
    made = average_conditioning(first=text(8, tokens=2), second=text(4, tokens=1), factor=0.5).run(CTX)
    assert made.entries[0].context[0, :, 0].tolist() == [6.0, 4.0]


def test_an_average_keeps_place_and_time_of_the_first() -> None:
    area = Area(0, 0, 64, 64)
    first = set_conditioning_area(conditioning=text(1), x=0, y=0, width=64, height=64, strength=2.0).run(CTX)
    made = average_conditioning(first=first, second=text(3)).run(CTX)
    assert (made.entries[0].area, made.entries[0].strength) == (area, 2.0)


def test_every_prompt_of_the_first_is_mixed() -> None:
    first = combine_conditioning(first=text(0), second=text(2)).run(CTX)
    made = average_conditioning(first=first, second=text(4), factor=0.5).run(CTX)
    assert [float(entry.context.mean()) for entry in made.entries] == [2.0, 3.0]


def test_joining_puts_tokens_behind() -> None:
    made = concat_conditioning(first=text(1, tokens=2, pooled=7), second=text(2, tokens=3, pooled=9)).run(CTX)
    assert made.entries[0].context[0, :, 0].tolist() == [1, 1, 2, 2, 2]
    assert float(made.entries[0].pooled[0, 0]) == 7


@pytest.mark.parametrize("node", [average_conditioning, concat_conditioning])
def test_the_second_is_one_prompt(node: type) -> None:
    two = combine_conditioning(first=text(1), second=text(2)).run(CTX)
    with pytest.raises(ValueError, match="the second conditioning combines 2 prompts: must be a single one"):
        node(first=text(1), second=two).run(CTX)


@pytest.mark.parametrize("node", [average_conditioning, concat_conditioning])
def test_widths_are_equal(node: type) -> None:
    with pytest.raises(ValueError, match="prompts that are 3 and 4 wide: must be encoded by one text encoder"):
        node(first=text(1), second=text(1, width=4)).run(CTX)


def test_a_mask_and_its_strength() -> None:
    mask = Mask(np.eye(4, dtype=np.float32)[None])
    made = set_conditioning_mask(conditioning=text(1), mask=mask, strength=0.5).run(CTX)
    assert torch.equal(made.entries[0].mask, torch.eye(4)[None])
    assert made.entries[0].strength == 0.5


def test_a_range_of_time() -> None:
    made = set_conditioning_timestep_range(conditioning=text(1), start=0.25, end=0.5).run(CTX)
    assert (made.entries[0].start, made.entries[0].end) == (0.25, 0.5)
    with pytest.raises(ValueError, match=r"start 0\.5 and end 0\.25: start must not be after end"):
        set_conditioning_timestep_range(conditioning=text(1), start=0.5, end=0.25).run(CTX)


def test_zeros_have_the_shape_of_the_text() -> None:
    original = text(3, pooled=4)
    made = zero_out_conditioning(conditioning=original).run(CTX)
    assert torch.equal(made.entries[0].context, torch.zeros(1, 2, 3))
    assert torch.equal(made.entries[0].pooled, torch.zeros(1, 3))
    assert zero_out_conditioning(conditioning=text(3)).run(CTX).entries[0].pooled is None
    assert float(original.entries[0].context.min()) == 3, "the input is as it was"
