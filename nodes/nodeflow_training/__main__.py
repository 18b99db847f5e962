"""The recipe of the embedded checkpoint, part by part: `python -m nodeflow_training PART`, or `all` of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from nodeflow_diffusion.lib.refusal import CheckpointError

from nodeflow_training.model_card import write_card
from nodeflow_training.model_table import adherence
from nodeflow_training.recipes import DECODER, DiffusionRecipe, TextRecipe, VAERecipe
from nodeflow_training.sampling import Sampling
from nodeflow_training.types import Drawings
from nodeflow_training.workshop import Workshop

Recipe = TypeVar("Recipe", VAERecipe, TextRecipe, DiffusionRecipe)


def vae(wanted: argparse.Namespace) -> None:
    Workshop(wanted.folder).train_vae(_recipe(VAERecipe(), wanted))


def text(wanted: argparse.Namespace) -> None:
    captions = DiffusionRecipe().dataset.source
    assert isinstance(captions, Drawings)
    understood = Workshop(wanted.folder).train_text(_recipe(TextRecipe(), wanted), captions)
    print(f"held-out captions understood: {understood:.4f}")


def diffusion(wanted: argparse.Namespace) -> None:
    Workshop(wanted.folder).train_diffusion(_recipe(DiffusionRecipe(), wanted))


def decoder(wanted: argparse.Namespace) -> None:
    Workshop(wanted.folder).train_decoder(_recipe(DECODER, wanted))


def write(wanted: argparse.Namespace) -> None:
    Workshop(wanted.folder).export(wanted.checkpoint)


def card(wanted: argparse.Namespace) -> None:
    write_card(wanted.checkpoint, wanted.folder, wanted.pictures)


def evaluate(wanted: argparse.Namespace) -> None:
    print(json.dumps(adherence(wanted.checkpoint, wanted.pictures, Sampling()), indent=1))


PARTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "vae": vae,
    "text": text,
    "diffusion": diffusion,
    "decoder": decoder,
    "export": write,
    "card": card,
    "evaluate": evaluate,
}


def count(text: str) -> int:
    """A number of steps or pictures. Raises ArgumentTypeError for what is none, and below 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of at least 1")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Every training part goes on from its last checkpoint in `--folder`, so a stopped run is simply started again."""
    parser = argparse.ArgumentParser(prog="python -m nodeflow_training", description=__doc__)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--folder", type=Path, default=Path("training"), help="where checkpoints and curves lie")
    parser.add_argument(
        "--checkpoint", type=Path, default=Path("nodeflow-scenes.safetensors"), help="the file made or evaluated"
    )
    parser.add_argument("--steps", type=count, help="optimizer steps, where the recipe's are not wanted")
    parser.add_argument("--pictures", type=count, default=100, help="evaluated pictures a row of the table")
    wanted = parser.parse_args(arguments)
    try:
        for part in [name for name in PARTS if name != "evaluate"] if wanted.part == "all" else [wanted.part]:
            PARTS[part](wanted)
    except (CheckpointError, FileNotFoundError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


def _recipe(recipe: Recipe, wanted: argparse.Namespace) -> Recipe:
    return replace(recipe, steps=wanted.steps) if wanted.steps else recipe


if __name__ == "__main__":
    main()
