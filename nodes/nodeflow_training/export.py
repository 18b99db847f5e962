"""The trained parts put together into one checkpoint file in the layout of Stable Diffusion 1.x."""

from __future__ import annotations

from pathlib import Path

import torch
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model, trunk
from nodeflow_diffusion.lib.preview import LatentRGB
from nodeflow_diffusion.lib.tokenizer import CLIP_SIZE
from nodeflow_diffusion.lib.vae import VAE
from nodeflow_diffusion.lib.writer import save_checkpoint
from torch import Tensor, nn
from torch.nn import functional

from nodeflow_training.diffusion_training import TINY_UNET, TextConditionedUNet
from nodeflow_training.text_training import Reader
from nodeflow_training.vae_training import TINY_VAE, normalise, scene_pictures
from nodeflow_training.words import Words, caption_words, text_config


def trained_vae(folder: Path) -> VAE:
    """The VAE of `folder` as the diffusion model knows it: its encoder, its normalised latents, its best decoder."""
    vae = VAE(TINY_VAE)
    vae.load_state_dict(torch.load(folder / "vae.pt", weights_only=True)["model"])
    pictures = scene_pictures(512, seed=7)
    normalise(vae, pictures)
    refined = folder / "decoder.pt"
    if refined.exists():
        vae.load_state_dict(torch.load(refined, weights_only=True)["model"])
    return vae.eval().requires_grad_(requires_grad=False)


def trained_reader(folder: Path, words: Words) -> Reader:
    """The text encoder of `folder` as it learnt to read captions."""
    reader = Reader(len(words.tokens))
    reader.load_state_dict(torch.load(folder / "text.pt", weights_only=True)["model"])
    return reader


def trained_diffusion(folder: Path, words: Words) -> TextConditionedUNet:
    """The averaged weights of `folder`'s diffusion run."""
    model = TextConditionedUNet(TINY_UNET, len(words.tokens))
    average = torch.load(folder / "diffusion.pt", weights_only=True)["average"]
    model.load_state_dict(average, strict=False)
    return model.eval().requires_grad_(requires_grad=False)


def whole_text_model(small: nn.Module, words: Words) -> nn.Module:
    """The text model with CLIP's whole vocabulary: what it never read is the vector of the strange word."""
    sizes = vars(text_config(CLIP_SIZE))
    whole = clip_text_model(ClipConfig(**sizes))
    state = dict(trunk(small).state_dict())
    rows = state["embeddings.token_embedding.weight"]
    table = rows[0].repeat(CLIP_SIZE, 1)
    table[[token for token in words.tokens if token is not None]] = rows[1:]
    trunk(whole).load_state_dict(state | {"embeddings.token_embedding.weight": table})
    return whole.eval()


@torch.no_grad()
def latent_rgb(vae: VAE, pictures: Tensor) -> LatentRGB:
    """The linear map from latents to small pictures, for previews."""
    x = pictures.float() / 127.5 - 1
    return LatentRGB.fit(vae.encode(x), functional.avg_pool2d(x, vae.config.factor))


def export(folder: Path, path: Path) -> None:
    """Writes the checkpoint: half precision, v-prediction, with what shapes do not show in its metadata."""
    words, vae = caption_words(), trained_vae(folder)
    model = trained_diffusion(folder, words)
    metadata = {
        "nodeflow.prediction": "v",
        "nodeflow.latent_rgb": latent_rgb(vae, scene_pictures(256, seed=8)).dump(),
        "nodeflow.title": "nodeflow scenes",
        "nodeflow.license": "Apache-2.0",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, model.unet, vae, whole_text_model(model.text, words), dtype=torch.float16, metadata=metadata)
