"""The recipe of the embedded checkpoint: `python -m nodeflow_training vae|text|diffusion|decoder|export|evaluate`."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch
from nodeflow_diffusion.lib.vae import VAE
from torch.nn.attention import SDPBackend, sdpa_kernel

from nodeflow_training.diffusion_training import DiffusionRecipe, train_diffusion
from nodeflow_training.evaluation import Sampling
from nodeflow_training.export import export, trained_reader, trained_vae
from nodeflow_training.model_table import adherence
from nodeflow_training.text_training import TextRecipe, train_text, understood
from nodeflow_training.vae_training import TINY_VAE, VAERecipe, train_vae
from nodeflow_training.words import caption_words


def main() -> None:
    """Every training part goes on from its last checkpoint in `--folder`, so a stopped run is simply started again."""
    parser = argparse.ArgumentParser(prog="python -m nodeflow_training", description=__doc__)
    parser.add_argument("part", choices=["vae", "text", "diffusion", "decoder", "export", "evaluate"])
    parser.add_argument("--folder", type=Path, default=Path("training"), help="where checkpoints and curves lie")
    parser.add_argument("--checkpoint", type=Path, default=Path("nodeflow-scenes.safetensors"), help="the file made")
    parser.add_argument("--steps", type=int, help="optimizer steps, where the recipe's are not wanted")
    parser.add_argument("--pictures", type=int, default=100, help="evaluated pictures a row of the table")
    wanted = parser.parse_args()
    steps = {"steps": wanted.steps} if wanted.steps else {}
    # On a CPU the written-out attention trains a quarter faster than the fused one at these few positions.
    with sdpa_kernel(SDPBackend.MATH):
        if wanted.part == "vae":
            torch.manual_seed(VAERecipe.seed)
            train_vae(replace(VAERecipe(), **steps), VAE(TINY_VAE), wanted.folder)
        elif wanted.part == "text":
            words, recipe_of_text = caption_words(), replace(TextRecipe(), **steps)
            reader = train_text(recipe_of_text, words, wanted.folder)
            print(f"held-out captions understood: {understood(reader, words, recipe_of_text):.4f}")
        elif wanted.part == "decoder":
            recipe = VAERecipe(decoder_only=True, latent_noise=0.1)
            train_vae(replace(recipe, **steps), trained_vae(wanted.folder), wanted.folder, "decoder")
        elif wanted.part == "diffusion":
            text = trained_reader(wanted.folder, caption_words()).text
            train_diffusion(replace(DiffusionRecipe(), **steps), trained_vae(wanted.folder), wanted.folder, text)
    if wanted.part == "export":
        export(wanted.folder, wanted.checkpoint)
    if wanted.part == "evaluate":
        print(json.dumps(adherence(wanted.checkpoint, wanted.pictures, Sampling()), indent=1))


if __name__ == "__main__":
    main()
