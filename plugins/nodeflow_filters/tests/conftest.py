"""Random pictures and masks, the same for each test; hypothesis without a clock."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from nodeflow import Image, Mask

# Tests judge results, not how busy the machine is; this folder may be tested by itself.
settings.register_profile("filters", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("filters")


@pytest.fixture
def draw_image() -> Callable[..., Image]:
    """`draw_image(batch, height, width, channels)`: random pictures in steps of 1/255."""
    random = np.random.default_rng(11)

    def draw(batch: int = 1, height: int = 12, width: int = 14, channels: int = 3) -> Image:
        return Image((random.integers(0, 256, (batch, height, width, channels)) / 255).astype(np.float32))

    return draw


@pytest.fixture
def draw_mask() -> Callable[..., Mask]:
    """`draw_mask(batch, height, width)`: random masks in steps of 1/255."""
    random = np.random.default_rng(12)

    def draw(batch: int = 1, height: int = 12, width: int = 14) -> Mask:
        return Mask((random.integers(0, 256, (batch, height, width)) / 255).astype(np.float32))

    return draw
