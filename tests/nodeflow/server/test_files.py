"""Files over HTTP: what is taken in, what is given out, and how small versions look."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from aiohttp import FormData
from PIL import Image as Pillow

from nodeflow.server.pictures import PictureError, Thumbnails, examine
from nodeflow.server.uploads import plain_name
from tests.nodeflow.server.conftest import Caller, note


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "red", mode: str = "RGB") -> bytes:
    written = io.BytesIO()
    Pillow.new(mode, size, colour).save(written, form)
    return written.getvalue()


def noise() -> bytes:
    written = io.BytesIO()
    Pillow.effect_noise((100, 100), 80).save(written, "PNG")
    return written.getvalue()


def claimed(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
async def test_a_picture_is_what_its_content_says(ask: Caller, form: str) -> None:
    data = picture(form)
    told = await ask("POST", "/v1/files?name=a.txt", data=data, headers={"Content-Type": "text/html"})
    assert told.status == 201
    assert told.json["media_type"] == Pillow.MIME[form]
    assert (told.json["width"], told.json["height"], told.json["size"]) == (40, 30, len(data))
    sha256 = hashlib.sha256(data).hexdigest()
    assert told.json["value"] == f"sha256:{sha256}"
    found = await ask("GET", told.headers["Location"])
    assert (found.body, found.headers["Content-Type"]) == (data, Pillow.MIME[form])
    assert (await ask("GET", f"/v1/files/{sha256}/about")).json["sha256"] == sha256


async def test_a_form_brings_a_picture_and_its_name(ask: Caller, tmp_path: Path) -> None:
    path = tmp_path / "übung.png"
    path.write_bytes(picture(colour="teal"))
    # As browsers and curl write it.
    form = FormData(quote_fields=False)
    form.add_field("file", path.read_bytes(), filename=path.name)
    told = await ask("POST", "/v1/files", data=form)
    assert (told.status, told.json["name"]) == (201, "übung.png")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture of a known format"),
        (b"GIF89a<script>alert(1)</script>", "damaged|no picture"),
        (noise()[:-2000], "damaged"),
        (claimed(60_000, 60_000), "more than"),
        (claimed(2_000_000_000, 1), "more than|damaged"),
    ],
    ids=["empty", "svg", "script", "cut short", "bomb", "one long row"],
)
async def test_what_is_no_sound_picture_is_refused(ask: Caller, data: bytes, said: str) -> None:
    told = await ask("POST", "/v1/files", data=data)
    assert (told.status, told.json["type"]) == (422, "/problems/invalid-file")
    assert any(part in told.json["detail"] for part in said.split("|"))


def test_frames_count_together() -> None:
    frames = [Pillow.effect_noise((100, 100), 80) for _ in range(20)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    written.seek(0)
    assert examine(written, 200_000).width == 100
    written.seek(0)
    with pytest.raises(PictureError, match="more than 150000 pixels"):
        examine(written, 150_000)


async def test_another_part_than_the_file_is_refused(ask: Caller) -> None:
    told = await ask("POST", "/v1/files", data={"picture": io.BytesIO(b"x")})
    assert (told.status, told.json["type"]) == (400, "/problems/malformed")
    told = await ask("POST", "/v1/files", data=b"no form", headers={"Content-Type": "multipart/form-data"})
    assert told.status == 400


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("bytes=4-", slice(4, None)),
        ("bytes=-2", slice(-2, None)),
        ("bytes=3-99999", slice(3, None)),
        ("bytes=-99999", slice(0, None)),
    ],
)
async def test_a_part_of_a_file_can_be_had(ask: Caller, header: str, part: slice) -> None:
    run = await ask.done(note("0123456789"))
    place = f"/v1/files/{run['artifacts'][0]['sha256']}"
    told = await ask("GET", place, headers={"Range": header})
    wanted = b"0123456789"[part]
    assert (told.status, told.body) == (206, wanted)
    start = 10 - len(wanted) if part.stop is None else 0
    assert told.headers["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/10"


async def test_a_range_beyond_the_file_is_refused_and_an_odd_one_passed_over(ask: Caller) -> None:
    run = await ask.done(note("0123456789"))
    place = f"/v1/files/{run['artifacts'][0]['sha256']}"
    for header in ("bytes=10-", "bytes=-0"):
        told = await ask("GET", place, headers={"Range": header})
        assert (told.status, told.headers["Content-Range"]) == (416, "bytes */10")
    for header in ("bytes=5-2", "lines=1-2", "bytes=0-1,3-4", "bytes=x", "bytes=-"):
        told = await ask("GET", place, headers={"Range": header})
        assert (told.status, told.body) == (200, b"0123456789")


async def test_a_file_never_changes_so_it_may_be_kept(ask: Caller) -> None:
    run = await ask.done(note("for good"))
    place = f"/v1/files/{run['artifacts'][0]['sha256']}"
    head = await ask("HEAD", place)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "8", b"")
    assert "immutable" in head.headers["Cache-Control"]
    assert (await ask("GET", place, headers={"If-None-Match": head.headers["ETag"]})).status == 304


async def test_a_file_keeps_its_name_and_type_when_its_run_is_deleted(ask: Caller) -> None:
    run = await ask.done(note("of a deleted run"))
    place = f"/v1/files/{run['artifacts'][0]['sha256']}"
    before = await ask("GET", place)
    assert (await ask("DELETE", f"/v1/runs/{run['id']}")).status == 204
    after = await ask("GET", place)
    assert (after.status, after.body) == (200, b"of a deleted run")
    assert [after.headers[name] for name in ("Content-Type", "Content-Disposition")] == [
        before.headers[name] for name in ("Content-Type", "Content-Disposition")
    ]
    assert before.headers["Content-Type"] == "text/plain"


async def test_what_a_browser_might_run_is_downloaded(ask: Caller) -> None:
    run = await ask.done(note("<script>alert(1)</script>", name='evil".html', media_type="text/html"))
    told = await ask("GET", f"/v1/files/{run['artifacts'][0]['sha256']}")
    assert told.headers["Content-Type"] == "application/octet-stream"
    assert told.headers["Content-Disposition"].startswith('attachment; filename="evil_.html"')
    assert told.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in told.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["0" * 63, "0" * 65, "Z" * 64, "..%2f..%2fetc%2fpasswd", "%00" * 64, "0" * 63 + "%0a"])
async def test_only_a_digest_names_a_file(ask: Caller, name: str) -> None:
    assert (await ask("GET", f"/v1/files/{name}")).status == 404
    assert (await ask("GET", f"/v1/files/{'0' * 64}")).status == 404


@pytest.mark.parametrize(("mode", "colour"), [("RGB", "red"), ("RGBA", "#00ff0080"), ("P", "blue"), ("L", "white")])
async def test_a_thumbnail_is_a_small_version(ask: Caller, mode: str, colour: str) -> None:
    told = await ask("POST", "/v1/files", data=picture(size=(400, 100), colour=colour, mode=mode))
    small = await ask("GET", f"{told.headers['Location']}/thumbnail?size=64")
    assert (small.status, small.headers["Content-Type"]) == (200, "image/webp")
    with Pillow.open(io.BytesIO(small.body)) as shown:
        assert shown.size == (64, 16)
        pixel = shown.convert("RGBA").getpixel((32, 8))
        wanted = Pillow.new(mode, (1, 1), colour).convert("RGBA").getpixel((0, 0))
    assert isinstance(pixel, tuple)
    assert isinstance(wanted, tuple)
    assert all(abs(a - b) <= 12 for a, b in zip(pixel, wanted, strict=True))
    known = {"If-None-Match": small.headers["ETag"]}
    again = await ask("GET", f"{told.headers['Location']}/thumbnail?size=64", headers=known)
    assert again.status == 304


async def test_only_pictures_have_thumbnails(ask: Caller) -> None:
    run = await ask.done(note("just text"))
    told = await ask("GET", f"/v1/files/{run['artifacts'][0]['sha256']}/thumbnail")
    assert (told.status, told.json["type"]) == (422, "/problems/invalid-file")
    assert (await ask("GET", f"/v1/files/{'0' * 64}/thumbnail")).status == 404
    assert (await ask("GET", f"/v1/files/{'0' * 64}/thumbnail?size=7")).status == 422


def test_sixteen_bit_pictures_have_thumbnails_and_they_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Pillow.new("I;16", (100, 100), 32768).save(path)
    thumbnails = Thumbnails(10**6)
    made = thumbnails.get("a" * 64, path, 64)
    path.unlink()
    assert thumbnails.get("a" * 64, path, 64) is made
    with Pillow.open(io.BytesIO(made)) as shown:
        pixel = shown.convert("L").getpixel((5, 5))
    assert isinstance(pixel, int)
    assert abs(pixel - 128) <= 2


async def test_the_gallery_shows_what_was_made_with_its_graph(ask: Caller) -> None:
    run = await ask.done(note("in the gallery"))
    page = (await ask("GET", "/v1/artifacts?limit=1&graphs=1")).json
    assert (page["items"][0]["run_id"], page["items"][0]["graph"]) == (run["id"], run["graph"])
    assert (await ask("GET", "/v1/artifacts?limit=1")).json["items"][0]["graph"] is None
    told = await ask("GET", f"/v1/runs/{run['id']}/artifacts/0")
    assert (told.status, told.headers["Location"]) == (307, f"/v1/files/{run['artifacts'][0]['sha256']}")
    assert (await ask("GET", f"/v1/runs/{run['id']}/artifacts/1")).status == 404
    assert (await ask("GET", f"/v1/runs/{run['id']}/artifacts/first")).status == 404


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("a/b/c.png", "c.png"),
        ("..\\..\\c.png", "c.png"),
        ("C:\\pictures\\ü.png", "ü.png"),
        ("..", "file"),
        ("", "file"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_is_only_for_people(given: str, plain: str) -> None:
    assert plain_name(given) == plain
