"""Every kind of picture file is read right, or refused with a reason."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from nodeflow_image import decoding
from nodeflow_image.decoding import Decoded, PictureError, decode
from PIL import Image as PillowImage
from PIL import ImageCms

DRAW = np.random.default_rng(7)
RGB = DRAW.integers(0, 256, (5, 4, 3), dtype=np.uint8)
RGBA = DRAW.integers(0, 256, (5, 4, 4), dtype=np.uint8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def read(tmp_path: Path, picture: PillowImage.Image, suffix: str = "png", **options: object) -> Decoded:
    path = tmp_path / f"picture.{suffix}"
    picture.save(path, **options)  # type: ignore[arg-type]
    return decode(path, path.name)


def as_bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(values * 255).astype(np.uint8)


def png_16(values: np.ndarray, colour_type: int) -> bytes:
    """A 16-bit PNG, which Pillow cannot write for colours."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_rgb_and_rgba(tmp_path: Path) -> None:
    opaque = read(tmp_path, PillowImage.fromarray(RGB))
    assert np.array_equal(as_bytes(opaque.colour[0]), RGB)
    assert np.array_equal(opaque.alpha, np.ones((1, 5, 4)))
    clear = read(tmp_path, PillowImage.fromarray(RGBA))
    assert np.array_equal(as_bytes(clear.colour[0]), RGBA[..., :3])
    assert np.array_equal(as_bytes(clear.alpha[0]), RGBA[..., 3])
    assert clear.colour.dtype == clear.alpha.dtype == np.float32


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK"])
def test_other_modes_are_what_pillow_shows(tmp_path: Path, mode: str) -> None:
    picture = PillowImage.fromarray(RGBA if mode == "LA" else RGB).convert(mode)
    decoded = read(tmp_path, picture, "tiff" if mode == "CMYK" else "png")
    shown = np.asarray(picture.convert("RGBA"))
    assert np.array_equal(as_bytes(decoded.colour[0]), shown[..., :3])
    assert np.array_equal(as_bytes(decoded.alpha[0]), shown[..., 3])


def test_a_transparent_palette_entry(tmp_path: Path) -> None:
    palette = PillowImage.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putdata([0, 1])
    decoded = read(tmp_path, palette, transparency=1)
    assert as_bytes(decoded.colour[0]).tolist() == [[[10, 20, 30], [40, 50, 60]]]
    assert decoded.alpha[0].tolist() == [[1, 0]]


def test_16_bit_gray_keeps_its_precision(tmp_path: Path) -> None:
    values = np.uint16([[0, 1, 257], [30000, 65534, 65535]])
    path = tmp_path / "gray.png"
    path.write_bytes(png_16(values, 0))
    decoded = decode(path, "gray.png")
    for channel in range(3):
        assert np.array_equal(decoded.colour[0, ..., channel], values.astype(np.float32) / np.float32(65535))


def test_16_bit_colour_is_read_with_8_bits_and_says_so(tmp_path: Path) -> None:
    values = DRAW.integers(0, 65536, (3, 2, 3), dtype=np.uint16)
    path = tmp_path / "colour.png"
    path.write_bytes(png_16(values, 2))
    decoded = decode(path, "colour.png")
    assert np.array_equal(as_bytes(decoded.colour[0]), values >> 8)
    assert decoded.notes == ("its 16-bit colours were read with 8 bits a channel",)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_32_bit_pixels_are_refused(tmp_path: Path, mode: str) -> None:
    with pytest.raises(PictureError, match=r"picture\.tiff.*no fixed white.*8 or 16 bits"):
        read(tmp_path, PillowImage.new(mode, (2, 2)), "tiff")


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned a quarter to the right
    decoded = read(tmp_path, PillowImage.fromarray(RGB), exif=exif)
    assert np.array_equal(as_bytes(decoded.colour[0]), np.rot90(RGB, -1))


def test_frames_of_an_animation_become_the_batch(tmp_path: Path) -> None:
    frames = [PillowImage.new("RGB", (3, 2), colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    decoded = read(tmp_path, frames[0], "gif", save_all=True, append_images=frames[1:])
    assert as_bytes(decoded.colour[:, 0, 0]).tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_pages_of_several_sizes_are_refused(tmp_path: Path) -> None:
    pages = [PillowImage.new("RGB", size) for size in ((3, 2), (2, 2))]
    with pytest.raises(PictureError, match=r"several sizes.*2x2, 3x2"):
        read(tmp_path, pages[0], "tiff", save_all=True, append_images=pages[1:])


def test_an_srgb_profile_changes_nothing(tmp_path: Path) -> None:
    decoded = read(tmp_path, PillowImage.fromarray(RGB), icc_profile=SRGB)
    assert np.array_equal(as_bytes(decoded.colour[0]), RGB)
    assert decoded.notes == ()


def test_another_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    # The profile of a screen whose red and blue are swapped: its (r, g, b) is what sRGB calls (b, g, r).
    swapped = SRGB.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"????", b"bXYZ", 1)
    foreign = swapped.replace("sRGB".encode("utf-16-be"), "Odd ".encode("utf-16-be"))
    decoded = read(tmp_path, PillowImage.fromarray(RGBA), icc_profile=foreign)
    assert np.abs(as_bytes(decoded.colour[0]).astype(int) - RGBA[..., 2::-1]).max() <= 2
    assert np.array_equal(as_bytes(decoded.alpha[0]), RGBA[..., 3])
    assert decoded.notes == ("converted from the colour profile 'Odd  built-in' to sRGB",)


def test_a_damaged_profile_is_left_out_and_says_so(tmp_path: Path) -> None:
    decoded = read(tmp_path, PillowImage.fromarray(RGB), icc_profile=b"no profile at all")
    assert np.array_equal(as_bytes(decoded.colour[0]), RGB)
    assert "cannot be applied" in decoded.notes[0]


def test_too_many_pixels_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_FILE_PIXELS", 19)
    with pytest.raises(PictureError, match=r"picture\.png.*1 x 4x5 pixels are more than 19"):
        read(tmp_path, PillowImage.fromarray(RGB))


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b""))
    with pytest.raises(PictureError, match=r"bomb\.png.*more than"):
        decode(path, "bomb.png")


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0")
    with pytest.raises(PictureError, match=r"notes\.txt.*no picture of a known format.*PNG"):
        decode(path, "notes.txt")


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    PillowImage.fromarray(DRAW.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(buffer, "PNG")
    path = tmp_path / "half.png"
    path.write_bytes(buffer.getvalue()[:4000])
    with pytest.raises(PictureError, match=r"half\.png.*damaged"):
        decode(path, "half.png")
