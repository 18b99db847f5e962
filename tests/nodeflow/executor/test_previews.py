"""Previews: small JPEGs of the first picture of a batch."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from nodeflow.executor.previews import LONGEST_SIDE, preview_data
from nodeflow.types import Image


def decoded(image: Image) -> Pillow.Image:
    data = preview_data(image)
    picture = Pillow.open(io.BytesIO(base64.b64decode(data["base64"], validate=True)))
    assert (data["media_type"], picture.format) == ("image/jpeg", "JPEG")
    assert (data["width"], data["height"]) == picture.size
    return picture


@given(st.integers(1, 1200), st.integers(1, 1200), st.sampled_from([3, 4]))
def test_it_is_small_and_keeps_its_shape(width: int, height: int, channels: int) -> None:
    picture = decoded(Image(np.zeros((1, height, width, channels), np.float32)))
    assert max(picture.size) <= LONGEST_SIDE
    if max(width, height) <= LONGEST_SIDE:
        assert picture.size == (width, height)
    else:
        scale = LONGEST_SIDE / max(width, height)
        assert abs(picture.width - width * scale) <= 1
        assert abs(picture.height - height * scale) <= 1


@pytest.mark.parametrize("level", [-3.0, 0.0, 0.25, 1.0, 7.0])
def test_its_levels_are_those_of_the_picture(level: float) -> None:
    """Also of one that is out of range, as a latent's picture may be; alpha takes nothing away."""
    pixels = np.full((2, 16, 16, 4), level, np.float32)
    pixels[1], pixels[..., 3] = 0.5, 0.0
    found = np.asarray(decoded(Image(pixels)), np.float32) / 255
    assert np.abs(found - min(max(level, 0), 1)).max() < 0.02
