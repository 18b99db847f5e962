"""PNG bytes: rounding, determinism and what is not written."""

import io

import numpy as np
import pytest
from nodeflow_image.encoding import encode_png, to_bytes
from PIL import Image as PillowImage


def test_rounds_to_the_nearest_with_halves_up() -> None:
    values = np.float32([0, 0.4 / 255, 0.5 / 255, 1 / 255, 0.5, 1, -3, 7])
    assert to_bytes(values).tolist() == [0, 0, 1, 1, 128, 255, 0, 255]


def test_bytes_come_back_as_they_were() -> None:
    values = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_bytes(values.astype(np.float32) / np.float32(255)), values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        to_bytes(np.float32([0.5, value]))


@pytest.mark.parametrize("channels", [3, 4])
def test_the_same_pixels_are_the_same_bytes(channels: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, channels), dtype=np.uint8)
    first, second = (encode_png(PillowImage.fromarray(part)) for part in (picture, picture.copy()))
    assert first == second
    with PillowImage.open(io.BytesIO(first)) as opened:
        assert np.array_equal(np.asarray(opened), picture)
        assert opened.info == {}
