"""Picture files to arrays: what Pillow reads and can be taken without guessing; the rest is refused clearly."""

import io
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from nodeflow_image.shapes import Pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_FILE_PIXELS = 2**26
"""All frames together: 8192x8192, about 0.8 GB as float RGB. Beyond it a small file could fill the memory."""


@dataclass(frozen=True)
class Decoded:
    """A file's pictures: colours [frames, height, width, 3] and opacity [frames, height, width], both 0..1.

    `notes` say what was changed on the way, for the log.
    """

    colour: Pixels
    alpha: Pixels
    notes: tuple[str, ...] = ()


class PictureError(ValueError):
    """A file that is not read as a picture; says which, and why."""


def decode(path: Path, name: str) -> Decoded:
    """Read a picture file; `name` is what messages call it. Raises PictureError.

    The EXIF orientation is applied, an embedded colour profile is converted to sRGB, palettes are resolved. Frames of
    an animation become the batch. 16-bit grayscale keeps its precision; of 16-bit colour Pillow reads the upper 8 bits.
    """
    with _named(name), PillowImage.open(path, formats=FORMATS) as picture:
        # A camera's MPO is a JPEG with thumbnails after it, no animation.
        frames = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
        _check_pixels(picture, frames)
        parts, notes = [], set[str]()
        for frame in ImageSequence.Iterator(picture):
            parts.append(_frame(frame, notes))
            if len(parts) == frames:
                break
    _check_frames(parts, name)
    colours, alphas = zip(*parts, strict=True)
    return Decoded(np.stack(colours), np.stack(alphas), tuple(sorted(notes)))


@contextmanager
def _named(name: str) -> "Iterator[None]":
    """Turn every way that Pillow fails into one error that names the file."""
    try:
        yield
    except (PillowImage.DecompressionBombError, PillowImage.DecompressionBombWarning) as error:
        raise PictureError(f"{name!r} has more than {MAX_FILE_PIXELS} pixels; make it smaller first") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name!r} is no picture of a known format; there are {', '.join(FORMATS)}") from error
    except PictureError as error:
        raise PictureError(f"{name!r}: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PictureError(f"{name!r} is damaged or cannot be read: {error}") from error


def _check_pixels(picture: PillowImage.Image, frames: int) -> None:
    if picture.width * picture.height * frames > MAX_FILE_PIXELS:
        size = f"{frames} x {picture.width}x{picture.height}"
        raise PictureError(f"{size} pixels are more than {MAX_FILE_PIXELS}; make it smaller first")


def _check_frames(parts: list[tuple[Pixels, Pixels]], name: str) -> None:
    sizes = sorted({f"{colour.shape[1]}x{colour.shape[0]}" for colour, _ in parts})
    if len(sizes) > 1:
        raise PictureError(f"{name!r} holds pictures of several sizes ({', '.join(sizes)}); save them one by one")


def _frame(frame: PillowImage.Image, notes: set[str]) -> tuple[Pixels, Pixels]:
    """One frame's colour [height, width, 3] and opacity [height, width]."""
    if any(";16" in str(tile) for tile in getattr(frame, "tile", ())) and not frame.mode.startswith("I"):
        notes.add("its 16-bit colours were read with 8 bits a channel")
    upright = ImageOps.exif_transpose(frame)
    if upright.mode == "I" and frame.format == "PNG":  # how older versions of Pillow give 16-bit gray
        upright = upright.convert("I;16")
    if upright.mode.startswith("I;16"):
        gray = np.asarray(upright).astype(np.float32) / np.float32(65535)
        return np.repeat(gray[..., None], 3, axis=2), np.ones(gray.shape, dtype=np.float32)
    if upright.mode in ("I", "F"):
        raise PictureError(
            f"32-bit pixels (mode {upright.mode}) have no fixed white; save it with 8 or 16 bits a channel"
        )
    values = np.asarray(_to_srgb(upright, notes).convert("RGBA")).astype(np.float32) / np.float32(255)
    return values[..., :3], values[..., 3]


def _to_srgb(picture: PillowImage.Image, notes: set[str]) -> PillowImage.Image:
    """Convert a picture by its embedded profile; without one its values are taken for sRGB."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return picture
    if picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        picture = picture.convert("RGBA")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        description = ImageCms.getProfileDescription(source).strip()
        if "srgb" in description.lower():
            return picture
        target = ImageCms.createProfile("sRGB")
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(picture, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError) as error:
        notes.add(f"its colour profile cannot be applied and was left out ({error})")
        return picture
    notes.add(f"converted from the colour profile {description!r} to sRGB")
    return converted or picture
