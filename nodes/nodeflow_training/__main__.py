"""The recipe of the embedded checkpoint, part by part: `python -m nodeflow_training PART`, or `all` of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch
from nodeflow_diffusion.lib.vae import VAE
from torch.nn.attention import SDPBackend, sdpa_kernel

from nodeflow_training.diffusion_training import DiffusionRecipe, train_diffusion
from nodeflow_training.evaluation import Sampling
from nodeflow_training.export import export, trained_reader, trained_vae
from nodeflow_training.model_card import write_card
from nodeflow_training.model_table import adherence
from nodeflow_training.text_training import TextRecipe, train_text, understood
from nodeflow_training.vae_training import DECODER, TINY_VAE, VAERecipe, train_vae
from nodeflow_training.words import caption_words

Recipe = TypeVar("Recipe", VAERecipe, TextRecipe, DiffusionRecipe)


def vae(wanted: argparse.Namespace) -> None:
    torch.manual_seed(VAERecipe.seed)
    train_vae(_recipe(VAERecipe(), wanted), VAE(TINY_VAE), wanted.folder)


def text(wanted: argparse.Namespace) -> None:
    words, recipe = caption_words(), _recipe(TextRecipe(), wanted)
    reader = train_text(recipe, words, wanted.folder)
    print(f"held-out captions understood: {understood(reader, words, recipe):.4f}")


def diffusion(wanted: argparse.Namespace) -> None:
    reader = trained_reader(wanted.folder, caption_words())
    train_diffusion(_recipe(DiffusionRecipe(), wanted), trained_vae(wanted.folder), wanted.folder, reader.text)


def decoder(wanted: argparse.Namespace) -> None:
    train_vae(_recipe(DECODER, wanted), trained_vae(wanted.folder), wanted.folder, "decoder")


def write(wanted: argparse.Namespace) -> None:
    export(wanted.folder, wanted.checkpoint)


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


def main() -> None:
    """Every training part goes on from its last checkpoint in `--folder`, so a stopped run is simply started again."""
    parser = argparse.ArgumentParser(prog="python -m nodeflow_training", description=__doc__)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--folder", type=Path, default=Path("training"), help="where checkpoints and curves lie")
    parser.add_argument("--checkpoint", type=Path, default=Path("nodeflow-scenes.safetensors"), help="the file made")
    parser.add_argument("--steps", type=int, help="optimizer steps, where the recipe's are not wanted")
    parser.add_argument("--pictures", type=int, default=100, help="evaluated pictures a row of the table")
    wanted = parser.parse_args()
    # On a CPU the written-out attention trains a quarter faster than the fused one at these few positions.
    with sdpa_kernel(SDPBackend.MATH):
        for part in [name for name in PARTS if name != "evaluate"] if wanted.part == "all" else [wanted.part]:
            PARTS[part](wanted)


def _recipe(recipe: Recipe, wanted: argparse.Namespace) -> Recipe:
    return replace(recipe, steps=wanted.steps) if wanted.steps else recipe


if __name__ == "__main__":
    main()
