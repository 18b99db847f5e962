"""Pictures on their way to somebody who looks: small, encoded, plain JSON."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image as Pillow

from nodeflow.types import Image

LONGEST_SIDE = 512
QUALITY = 85


def preview_data(image: Image) -> dict[str, Any]:
    """The first picture of a batch as a JPEG of at most 512 pixels a side, in base64; alpha is left out."""
    levels = np.rint(np.clip(image.pixels[0, :, :, :3], 0, 1) * 255).astype(np.uint8)
    picture = Pillow.fromarray(levels, "RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY)
    return {
        "media_type": "image/jpeg",
        "width": picture.width,
        "height": picture.height,
        "base64": base64.b64encode(buffer.getvalue()).decode("ascii"),
    }
