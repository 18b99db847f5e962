"""Thresholds held to their definitions, and islands to a flood by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nodeflow_filters.selection import auto_threshold, clean_mask

from nodeflow import Context, Image, Mask

METHODS = ("otsu", "li", "triangle", "yen")


def picture(gray: np.ndarray) -> Image:
    return Image(np.repeat(gray[None, ..., None], 3, axis=3).astype(np.float32))


def two_groups() -> tuple[np.ndarray, np.ndarray]:
    """Grays around 0.2 and 0.7, and where the bright ones are."""
    random = np.random.default_rng(5)
    bright = random.random((24, 24)) < 0.3
    return np.clip(np.where(bright, 0.7, 0.2) + random.normal(0, 0.04, bright.shape), 0, 1), bright


@pytest.mark.parametrize("method", ["otsu", "li"])
def test_two_groups_are_told_apart(method: str) -> None:
    gray, bright = two_groups()
    assert np.array_equal(auto_threshold(image=picture(gray), method=method).run(Context()).values[0] == 1, bright)


def test_otsus_threshold_parts_best() -> None:
    """No other threshold leaves less variance within the two parts."""
    gray = np.random.default_rng(6).beta(2, 5, (20, 20)).astype(np.float32)
    selected = auto_threshold(image=picture(gray)).run(Context()).values[0] == 1

    def within(part: np.ndarray) -> float:
        return float(sum(gray[side].var() * side.mean() for side in (part, ~part)))

    best = min(within(gray > level) for level in np.unique(gray)[:-1])
    assert within(selected) <= best * 1.01


def test_the_triangle_finds_few_bright_ones_on_a_ground() -> None:
    gray = np.random.default_rng(7).normal(0.2, 0.02, (40, 40))
    gray[10:13, 20:23] = 0.9
    found = auto_threshold(image=picture(np.clip(gray, 0, 1)), method="triangle").run(Context()).values[0] == 1
    assert found[10:13, 20:23].all()
    assert found.mean() < 0.05


def test_yens_threshold_has_the_largest_criterion() -> None:
    """Log of (P(1 - P))² over the product of the sums of squares of both parts (Yen, Chang and Chang, 1995)."""
    gray = two_groups()[0].astype(np.float32)
    parts = np.histogram(gray.astype(np.float64), 256)
    share, below = parts[0] / parts[0].sum(), np.cumsum(parts[0]) / parts[0].sum()
    squares = np.cumsum(share**2)
    rest = squares[-1] - squares[:-1]
    with np.errstate(divide="ignore"):
        criterion = np.log((below[:-1] * (1 - below[:-1])) ** 2 / (squares[:-1] * rest))
    best = (parts[1][1:] + parts[1][:-1])[criterion.argmax()] / 2
    found = auto_threshold(image=picture(gray), method="yen").run(Context()).values[0] == 1
    assert np.count_nonzero(found != (gray > best)) <= 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tone", [0, 0.5, 1])
def test_nothing_is_selected_of_one_tone(method: str, tone: float) -> None:
    assert not auto_threshold(image=picture(np.full((4, 4), tone)), method=method).run(Context()).values.any()


def islands(selected: np.ndarray) -> list[set[tuple[int, int]]]:
    """The parts that touch by their sides."""
    left = {(int(y), int(x)) for y, x in np.argwhere(selected)}
    found = []
    while left:
        island, border = set(), [left.pop()]
        while border:
            y, x = border.pop()
            island.add((y, x))
            near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & left
            left -= near
            border += near
        found.append(island)
    return found


def without_small(selected: np.ndarray, least: int) -> np.ndarray:
    result = np.zeros_like(selected)
    for island in islands(selected):
        for place in island:
            result[place] = len(island) >= least
    return result


@settings(max_examples=60, deadline=None)
@given(
    values=hnp.arrays(np.float32, (6, 7), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])),
    specks=st.integers(0, 8),
    holes=st.integers(0, 8),
)
def test_small_islands_go_then_small_holes(values: np.ndarray, specks: int, holes: int) -> None:
    found = clean_mask(mask=Mask(values[None]), specks=specks, holes=holes).run(Context()).values[0] == 1
    kept = without_small(values >= 0.5, specks)
    assert np.array_equal(found, ~without_small(~kept, holes))


def test_a_speck_and_a_hole(draw_mask: Callable[..., Mask]) -> None:
    values = np.zeros((1, 9, 9), np.float32)
    values[0, 1:7, 1:7] = 1
    clean = values.copy()
    values[0, 3, 3], values[0, 8, 8] = 0, 1
    assert np.array_equal(clean_mask(mask=Mask(values), specks=2, holes=2).run(Context()).values, clean)
    assert np.array_equal(clean_mask(mask=Mask(values), specks=0, holes=0).run(Context()).values, values)
