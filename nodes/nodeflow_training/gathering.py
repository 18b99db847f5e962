"""Finding pictures and their captions, in folders and tables, and sorting out those that cannot be learnt from."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from PIL import Image as Pillow

from nodeflow import Image
from nodeflow.folders import SUFFIXES
from nodeflow_training.pictures import BadPictureError, View, check_size, fitted, looked_at, unreadable, words
from nodeflow_training.types import Dataset, Example

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow.folders import Folders
    from nodeflow_training.nodes.datasets import Gathered

DATASETS = "datasets"
LONGEST_CAPTION = 10_000
TOLD = 20
"""Bad pictures that a report names; the rest is counted."""
ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)  # of EXIF: those that stand on their side


@dataclass(frozen=True)
class Found:
    """A picture that should be there, and its caption, or what is wrong with it already."""

    path: Path
    caption: str
    wrong: str = ""


def dataset_folder(folders: object, name: str) -> Path:
    """A folder below one for datasets. Raises ValueError, which says where it was looked for, if there is none."""
    if folders is None:
        raise RuntimeError("this context has no model folders; give Context(folders=...) them")
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        raise ValueError(f"folder {name!r}: must be a path below a folder for datasets, without '..'")
    roots = [folder.path for folder in cast("Folders", folders).roots(DATASETS)]
    for root in roots:
        if (root / parts).is_dir():
            return root / parts
    raise ValueError(f"there is no folder {name!r} in the {len(roots)} folders for {DATASETS}; make it in one of them")


def _pictures(folder: Path) -> list[Path]:
    """Picture files, in the order of their names; hidden ones and links do not count."""
    endings = SUFFIXES["images"]
    found = (path for path in folder.rglob("*") if path.suffix.lower() in endings and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def folder_fingerprint(folders: Folders, name: str) -> str:
    """A digest of what a folder holds, by names, sizes and times: pictures and captions."""
    folder = dataset_folder(folders, name)
    texts = sorted(folder.rglob("*.txt"))
    return _fingerprint(folder, [*_pictures(folder), *texts])


def table_fingerprint(folders: Folders, kind: str, name: str) -> str:
    """A digest of the pictures beside a table, by names, sizes and times."""
    folder = folders.path(kind, name).parent
    return _fingerprint(folder, _pictures(folder))


def _fingerprint(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        status = path.stat()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def folder_entries(folder: Path, caption: str) -> Iterator[Found]:
    """Pictures of a folder, with the text beside them or else `caption`."""
    for path in _pictures(folder):
        beside = path.with_suffix(".txt")
        if not beside.is_file():
            yield Found(path, caption, "" if caption else "has no caption: there is no text file beside it")
            continue
        try:
            said = beside.read_text(encoding="utf-8-sig").strip() or caption
            yield Found(path, said, "" if said else f"has no caption: {beside.name!r} is empty")
        except UnicodeDecodeError as error:
            yield Found(path, "", f"has a caption that is no UTF-8: byte {error.start} of {beside.name!r}")
        except OSError as error:
            yield Found(path, "", f"has a caption that cannot be read: {error}")


def table_entries(table: Path) -> Iterator[Found]:
    """Pictures that a CSV or JSON Lines file names. Raises ValueError for a table without the columns it takes."""
    for line, row in _rows(table):
        name, caption = (_column(row, names) for names in (("image", "file_name"), ("caption", "text")))
        if name is None:
            raise ValueError(f"{table.name!r}, line {line}: has no column 'image' or 'file_name', only {sorted(row)}")
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            yield Found(table, "", f"line {line}: {name!r} leads out of the table's folder")
        elif not (caption or "").strip():
            yield Found(table.parent / parts, "", f"line {line}: has no caption")
        else:
            yield Found(table.parent / parts, (caption or "").strip())


def _rows(table: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        if table.suffix.lower() == ".csv":
            yield from enumerate(csv.DictReader(file), 2)
            return
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{table.name!r}, line {number}: is no JSON: {error}") from error
            if not isinstance(row, dict):
                raise ValueError(f"{table.name!r}, line {number}: is no JSON object")
            yield number, row


def _column(row: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if isinstance(value := row.get(name), str)), None)


def gathered(found: Iterator[Found], side: int, on_bad: Literal["fail", "skip"], ctx: Context) -> Gathered:
    """The good pictures of those found, and a report. Raises ValueError for bad ones unless they are skipped."""
    from nodeflow_training.nodes.datasets import Gathered

    good: list[Example] = []
    bad: list[str] = []
    for entry in found:
        ctx.check()
        try:
            good.append(_example(entry))
        except BadPictureError as error:
            bad.append(str(error))
            if on_bad == "skip":
                ctx.log.warning("left out: %s", error)
    if bad and on_bad == "fail":
        raise ValueError(_refusal(bad, len(good) + len(bad)))
    if not good:
        raise ValueError(f"no picture to learn from, {len(bad)} left out" + "".join(f"\n{why}" for why in _told(bad)))
    return Gathered(Dataset(tuple(good), side=side), _report(len(good), bad))


def _refusal(bad: list[str], count: int) -> str:
    if len(bad) == 1:
        return f"{bad[0]}; mend it, or set on_bad to 'skip'"
    first = f"{len(bad)} of {count} pictures cannot be learnt from; mend them, or set on_bad to 'skip'"
    return "\n".join([first, *_told(bad)])


def _told(bad: list[str]) -> list[str]:
    return bad[:TOLD] + ([f"and {len(bad) - TOLD} more"] if len(bad) > TOLD else [])


def _example(entry: Found) -> Example:
    """Only the header is read, and what can be told from it; a file that is cut off is found when it is encoded."""
    if entry.wrong:
        raise BadPictureError(f"{entry.path.name!r} {entry.wrong}")
    if len(entry.caption) > LONGEST_CAPTION:
        raise BadPictureError(
            f"{entry.path.name!r} has a caption of {len(entry.caption)} characters; {LONGEST_CAPTION} at most are read"
        )
    try:
        with Pillow.open(entry.path) as file:
            width, height = file.size
            check_size(entry.path, file.size)
            if file.getexif().get(ORIENTATION) in LYING:
                width, height = height, width
    except (OSError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise unreadable(entry.path, error) from error
    return Example(str(entry.path), entry.caption, width, height, entry.path.stat().st_size)


def _report(good: int, bad: list[str]) -> str:
    return "\n".join([f"{good} pictures to learn from, {len(bad)} left out", *_told(bad)])


def stored(image: Image, captions: str, ctx: Context) -> tuple[Example, ...]:
    """Pictures of a batch, put into the store, with captions, one a line. Raises ValueError for too few or too many."""
    lines = [line.strip() for line in captions.splitlines() if line.strip()]
    if len(lines) not in (1, len(image.pixels)):
        raise ValueError(f"{len(lines)} captions for {len(image.pixels)} pictures: give one for each, or one for all")
    examples = []
    for i, pixels in enumerate(image.pixels):
        levels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
        buffer = io.BytesIO()
        Pillow.fromarray(levels).save(buffer, "PNG")
        file = ctx.save(buffer.getvalue(), f"example_{i:05d}.png", "image/png")
        path = ctx.path("images", f"sha256:{file.sha256}")
        examples.append(Example(str(path), lines[min(i, len(lines) - 1)], *image.size, file.size))
    return tuple(examples)


def shown(dataset: Dataset, count: int, number: int, ctx: Context) -> tuple[Image, str]:
    """The first pictures as they are learnt from, cut to squares, and their captions."""
    side, pixels = dataset.side, []
    for i in range(min(count, len(dataset))):
        ctx.progress(i, count)
        seen = looked_at(dataset, i, number)
        top, left = ((length - min(length, side)) // 2 for length in seen.shape[:2])
        pixels.append(fitted(seen[top : top + side, left : left + side], (side, side), View()))
    captions = [words(dataset, i, random.Random(i)) for i in range(len(pixels))]
    return Image(np.stack(pixels).astype(np.float32) / np.float32(255)), "\n".join(captions)
