"""The card beside a checkpoint: what it is, how it was trained, how well it does, a grid of its pictures."""

from __future__ import annotations

import csv
import hashlib
import itertools
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from PIL import Image

from nodeflow_training.captions import caption
from nodeflow_training.evaluation import held_out_scenes
from nodeflow_training.model_table import adherence, encoding
from nodeflow_training.recipes import RECIPES, TINY_UNET, TINY_VAE
from nodeflow_training.sampling import Sampling, pictures

GRID = (4, 6)
PAGE = """# {name}

A small latent diffusion model of drawn scenes, in the single-file layout of Stable Diffusion 1.x: {megabytes:.1f} MB,
half precision, sha256 `{digest}`. Licence: Apache-2.0.

It draws one or two coloured shapes on a plain background at 128x128 pixels, from captions such as "a red circle left of
a blue square on a white background", and is there so that every graph runs on real trained weights a minute after
cloning. It is no general picture model: a prompt about anything else gives shapes too,
or a bare background.

- colours: red, orange, yellow, green, blue, purple, pink, white, black
- backgrounds: white, black, gray, blue, yellow, pink
- shapes: circle, square, triangle, diamond, star, ring, cross, heart (also disc, ball, box, donut, plus, rhombus)
- one shape: on the left, on the right, at the top, at the bottom, in the middle
- two shapes: left of, right of, above, below, and, next to

## How well it does

The checker (`nodeflow_training.checker`) has no learnt parts: it reads background, shapes, colours and places back from
a picture. Captions are of combinations that were never trained on; {pictures} pictures a row, {sampling}.

{table}

"VAE alone" is a drawing encoded and decoded: the ceiling of what the diffusion model can reach.

![A grid of pictures]({grid})

Row by row, the captions were:

{captions}

## How it was trained

On drawings of this repository's own code, with no other data, by `python -m nodeflow_training all` ({machine}).
The U-Net has channels {channels}; the VAE has {latent} latent channels and a factor of {factor}.

{training}

{notes}The loss of every run over its steps is in the `.csv` files beside this page.
"""


def write_card(checkpoint: Path, folder: Path, count: int) -> Path:
    """Writes `<checkpoint>.md`, `.png` and the loss curves beside the file; the answer is the page.

    What went otherwise than the recipes say stands in `notes.md` of `folder`, and is copied into the page.
    """
    how = Sampling()
    grid, captions = grid_picture(checkpoint, how)
    Image.fromarray(grid).save(checkpoint.with_suffix(".png"), optimize=True)
    curves = {name: curve for name in RECIPES if (curve := _copied_curve(folder, checkpoint, name))}
    page = checkpoint.with_suffix(".md")
    text = PAGE.format(
        name=checkpoint.stem,
        megabytes=checkpoint.stat().st_size / 1e6,
        digest=digest(checkpoint),
        pictures=count,
        sampling=", ".join(f"{key} {value}" for key, value in asdict(how).items() if key not in ("batch", "side")),
        table=shares(adherence(checkpoint, count, how)),
        grid=checkpoint.with_suffix(".png").name,
        captions="\n".join(f"{i + 1}. {words}" for i, words in enumerate(captions)),
        machine=f"{os.cpu_count()} cores of {platform.machine()}, no GPU",
        channels=" and ".join(map(str, TINY_UNET.channels)),
        latent=TINY_VAE.latent_channels,
        factor=TINY_VAE.factor,
        training="\n\n".join(described(name, rows) for name, rows in curves.items()),
        notes=_notes(folder),
    )
    page.write_text(text, encoding="utf-8")
    return page


def grid_picture(checkpoint: Path, how: Sampling) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], list[str]]:
    """Pictures of held-out captions, of one item and of two in turn, as one picture; and the captions."""
    rows, columns = GRID
    ones, twos = held_out_scenes(rows * columns // 2, 1, seed=1), held_out_scenes(rows * columns // 2, 2, seed=1)
    captions = [caption(scene) for pair in zip(ones, twos, strict=True) for scene in pair]
    opened = open_checkpoint(checkpoint)
    made = pictures(captions, encoding(opened.text_encoder()), opened.denoiser(), opened.vae(), how)
    tiles = made.reshape(rows, columns, *made.shape[1:])
    return np.concatenate([np.concatenate(list(row), axis=1) for row in tiles]), captions


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shares(table: Mapping[str, Any]) -> str:
    """The rows of a table of shares, in Markdown and per cent."""
    rows = {name: row for name, row in table.items() if isinstance(row, dict) and "all_right" in row}
    names = list(next(iter(rows.values())))
    head = f"| | {' | '.join(name.replace('_', ' ') for name in names)} |\n|---|{'---|' * len(names)}\n"
    return head + "\n".join(
        f"| {name} | {' | '.join(f'{100 * row[column]:.3g}%' for column in names)} |" for name, row in rows.items()
    )


def described(name: str, rows: list[dict[str, str]]) -> str:
    """What one run did: its recipe, its samples, its time, the beginning and the end of its loss."""
    recipe, steps = RECIPES[name], int(rows[-1]["step"])
    settings = ", ".join(f"{key} {value}" for key, value in asdict(recipe).items() if key != "steps")
    first, last = (float(rows[i]["loss"]) for i in (0, -1))
    return (
        f"**{name}**: {steps:,} steps, {steps * recipe.batch:,} samples, {minutes(rows):.0f} minutes; the loss began "
        f"at {first:.3f} (mean of {rows[0]['step']} steps) and ended at {last:.3f}. Settings: {settings}."
    )


def minutes(rows: list[dict[str, str]]) -> float:
    """The time a run took, its resumptions added up: the clock of each starts at 0."""
    times = [float(row["seconds"]) for row in rows]
    ends = [a for a, b in itertools.pairwise(times) if b < a]
    return (sum(ends) + times[-1]) / 60


def _copied_curve(folder: Path, checkpoint: Path, name: str) -> list[dict[str, str]]:
    curve = folder / f"{name}.csv"
    if not curve.exists():
        return []
    text = curve.read_text()
    checkpoint.with_name(f"{checkpoint.stem}-{name}.csv").write_text(text)
    return list(csv.DictReader(text.splitlines()))


def _notes(folder: Path) -> str:
    notes = folder / "notes.md"
    return f"{notes.read_text(encoding='utf-8').strip()}\n\n" if notes.exists() else ""
