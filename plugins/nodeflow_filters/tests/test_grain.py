"""Grain is what a Gaussian is, and what its seed is."""

import numpy as np
import pytest
from nodeflow_filters.grain import add_grain

from nodeflow import Context, Image


def grain(seed: int = 0, **values: object) -> np.ndarray:
    plain = Image(np.full((2, 64, 64, 3), 0.5, np.float32))
    return add_grain(image=plain, seed=seed, **values).run(Context()).pixels - np.float32(0.5)


def test_the_amount_is_the_standard_deviation() -> None:
    found = grain(amount=0.05)
    assert found.std() == pytest.approx(0.05, rel=0.05)
    assert found.mean() == pytest.approx(0, abs=0.003)
    assert not grain(amount=0.0).any()


def test_grain_is_gray_or_coloured() -> None:
    plain, coloured = grain(), grain(colored=True)
    assert np.allclose(plain, plain[..., :1])
    assert abs(np.corrcoef(coloured[..., 0].ravel(), coloured[..., 1].ravel())[0, 1]) < 0.1


def test_another_seed_or_picture_has_another_grain() -> None:
    assert np.array_equal(grain(3), grain(3))
    assert not np.allclose(grain(3), grain(4), atol=0.01)
    assert not np.allclose(grain(3)[0], grain(3)[1], atol=0.01)
