"""Pictures that come from outside: what they really are, whether they are whole, and small versions of them."""

from __future__ import annotations

import io
import threading
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image as Pillow
from PIL import ImageOps, ImageSequence, UnidentifiedImageError

from nodeflow.errors import NodeflowError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_FRAMES = 10_000
KEPT = 256
"""Thumbnails that are kept in memory."""


class PictureError(NodeflowError):
    """A file that is not taken as a picture; says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture file is. Sizes in pixels."""

    media_type: str
    width: int
    height: int


def examine(stream: BinaryIO, max_pixels: int) -> Picture:
    """Read a picture file to its end, a frame at a time; raises PictureError for one that is none, damaged or too big.

    What it is, is said by its content, not by a name or a header. Little is kept in memory: one frame.
    """
    with _complaints(max_pixels), Pillow.open(stream, formats=FORMATS) as picture:
        if picture.width * picture.height > max_pixels:
            raise PictureError(_too_big(max_pixels))
        pixels = 0
        for number, frame in enumerate(_frames(picture)):
            pixels += frame.width * frame.height
            if pixels > max_pixels or number >= MAX_FRAMES:
                raise PictureError(_too_big(max_pixels))
            frame.load()
        return Picture(Pillow.MIME[picture.format or ""], picture.width, picture.height)


class Thumbnails:
    """Small versions of pictures, as WebP, the last ones kept in memory."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def get(self, sha256: str, path: Path, size: int) -> bytes:
        """The picture, at most `size` pixels wide and high. Raises PictureError."""
        with self._lock:
            found = self._kept.get((sha256, size))
            if found is not None:
                self._kept.move_to_end((sha256, size))
                return found
        made = _thumbnail(path, size, self._max_pixels)
        with self._lock:
            self._kept[sha256, size] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def _thumbnail(path: Path, size: int, max_pixels: int) -> bytes:
    with _complaints(max_pixels), Pillow.open(path, formats=FORMATS) as picture:
        if picture.width * picture.height > max_pixels:
            raise PictureError(_too_big(max_pixels))
        picture.draft("RGB", (size, size))
        upright = ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I;16"):
            upright = upright.point(lambda value: value / 256).convert("L")
        small = upright.convert("RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB")
        small.thumbnail((size, size))
        written = io.BytesIO()
        small.save(written, "WEBP", quality=80, method=2)
        return written.getvalue()


def _frames(picture: Pillow.Image) -> Iterator[Pillow.Image]:
    # A camera's MPO is a JPEG with thumbnails after it, no animation.
    return iter([picture]) if picture.format == "MPO" else iter(ImageSequence.Iterator(picture))


def _too_big(max_pixels: int) -> str:
    return f"the picture has more than {max_pixels} pixels, all frames together; make it smaller first"


@contextmanager
def _complaints(max_pixels: int) -> Iterator[None]:
    """Turn every way that Pillow fails into one error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Pillow.DecompressionBombError as error:
        raise PictureError(_too_big(max_pixels)) from error
    except UnidentifiedImageError as error:
        raise PictureError(f"the file is no picture of a known format; there are {', '.join(FORMATS)}") from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError) as error:
        raise PictureError(f"the picture is damaged or cannot be read: {error}") from error
