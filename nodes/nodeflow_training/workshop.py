"""The parts of the embedded checkpoint, trained one after the other in a folder, on the CPU.

Each part leaves NAME.pt, from which it goes on, NAME.csv with its curve, and NAME.safetensors when it has ended.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from nodeflow_diffusion import types
from nodeflow_diffusion.lib.checkpoint import Checkpoint, PartName, open_checkpoint
from nodeflow_diffusion.lib.clip import ClipConfig, ClipNetwork
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.placement import Placement, choose
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.tokenizer import clip_vocabulary
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint

from nodeflow import Context
from nodeflow_training.batches import Batches
from nodeflow_training.course import digest
from nodeflow_training.curve_file import CurveFile
from nodeflow_training.diffusion_learner import DiffusionLearner
from nodeflow_training.encoding import latent_buckets
from nodeflow_training.latents import save_vae
from nodeflow_training.loading import channels_last, frozen
from nodeflow_training.loop import Learner, Pace, State, train
from nodeflow_training.reading_learner import ReadingLearner
from nodeflow_training.recipes import TINY_TEXT, TINY_UNET, TINY_VAE, DiffusionRecipe, TextRecipe, VAERecipe
from nodeflow_training.sizes import new_text_model, new_unet, new_vae
from nodeflow_training.text_side import VOCABULARY, TextSide, captions_used
from nodeflow_training.types import Bucket, Dataset, Drawings, EncodedDataset
from nodeflow_training.vae_learner import Looks, VAELearner

PLAIN = Placement("cpu")
TITLE = {"nodeflow.title": "nodeflow scenes", "nodeflow.license": "Apache-2.0"}


@dataclass(frozen=True)
class Workshop:
    """A folder in which parts of these sizes are trained."""

    folder: Path
    vae_sizes: VAEConfig = TINY_VAE
    text_sizes: ClipConfig = TINY_TEXT
    unet_sizes: UNetConfig = TINY_UNET

    def train_vae(self, recipe: VAERecipe) -> None:
        """The VAE; its latents are normalised."""
        self._train_vae(new_vae(self.vae_sizes, recipe.seed), recipe, "vae")

    def train_decoder(self, recipe: VAERecipe) -> None:
        """The decoder of the trained VAE once more; latents stay as they are. Raises FileNotFoundError without one."""
        self._train_vae(self.made("vae", "vae").vae(PLAIN), recipe, "decoder")

    def _train_vae(self, vae: VAE, recipe: VAERecipe, name: str) -> None:
        vae, looks = cast("VAE", channels_last(vae)), Looks(recipe.dataset, views=1)
        self._run(VAELearner(vae, looks, recipe.method), recipe.pace, name)
        frozen(vae)
        save_vae(self.path(name), vae, looks, normalised=not recipe.decoder_only)

    def train_text(self, recipe: TextRecipe, drawings: Drawings) -> float:
        """The text encoder; the answer is the share of held-out captions of which it tells everything."""
        sizes = self.text_sizes
        model = new_text_model(sizes.width, sizes.layers, sizes.heads, sizes.positions, recipe.seed)
        encoder = TextEncoder(ClipNetwork(model), clip_vocabulary())
        text = TextSide(encoder, captions_used(Dataset(drawings), VOCABULARY), recipe.strange_words)
        learner = ReadingLearner(text, drawings, recipe.method)
        self._run(learner, recipe.pace, "text")
        understood = learner.understood()
        save_checkpoint(self.path("text"), text_model=text.restore())
        return understood

    def train_diffusion(self, recipe: DiffusionRecipe) -> None:
        """The U-Net on the trained VAE, and the text encoder with it. Raises FileNotFoundError without these."""
        encoder, data = self.made("text", "text_encoder").text_encoder(PLAIN), self.encoded(recipe.dataset)
        unet = cast("UNet", channels_last(new_unet(self.unet_sizes, recipe.seed)))
        captions = captions_used(data.dataset, max(len(data.dataset), VOCABULARY))
        text = TextSide(encoder, captions, recipe.strange_words)
        learner = DiffusionLearner(unet, NoiseLevels.scaled_linear(), Batches(data), text, recipe.method)
        self._run(learner, recipe.pace, "diffusion")
        with learner.averaged():
            said = {"nodeflow.prediction": recipe.method.objective.prediction}
            save_checkpoint(self.path("diffusion"), learner.unet, text_model=text.restore(), metadata=said)

    def encoded(self, dataset: Dataset) -> EncodedDataset:
        """The pictures as latents, encoded once and kept in `latents.pt` as long as the VAE is the same."""
        vae, kept = self.made("vae", "vae").vae(choose("cpu")), self.folder / "latents.pt"
        sha256 = hashlib.sha256(self.path("vae").read_bytes()).hexdigest()
        recipe = digest(dataset, sha256)
        record = types.VAE(types.ModelFile("checkpoints", self.path("vae").name, sha256))
        if kept.exists() and (found := torch.load(kept, weights_only=True))["recipe"] == recipe:
            return EncodedDataset(dataset, (Bucket(found["latents"], found["rows"]),), None, record, recipe)
        (bucket,) = latent_buckets(dataset, vae, 1, "fail", Context())
        draft = kept.with_suffix(".draft")
        torch.save({"recipe": recipe, "latents": bucket.latents, "rows": bucket.rows}, draft)
        draft.replace(kept)
        return EncodedDataset(dataset, (bucket,), None, record, recipe)

    def export(self, path: Path, dtype: torch.dtype = torch.float16) -> None:
        """All parts as one file. Raises FileNotFoundError if one but the decoder is not there."""
        vae = self.made("decoder" if self.path("decoder").exists() else "vae", "vae")
        diffusion = self.made("diffusion", "unet", "text_encoder")
        network = cast("ClipNetwork", diffusion.text_encoder(PLAIN).network)
        said = {"nodeflow.prediction": diffusion.prediction, **TITLE}
        if vae.latent_rgb is not None:
            said["nodeflow.latent_rgb"] = vae.latent_rgb.dump()
        path.parent.mkdir(parents=True, exist_ok=True)
        unet, text = diffusion.unet(PLAIN), network.module
        save_checkpoint(path, unet, vae.vae(PLAIN), text, dtype=dtype, metadata=said)

    def path(self, name: str) -> Path:
        """Where a part lies when its training has ended."""
        return self.folder / f"{name}.safetensors"

    def made(self, name: str, *parts: PartName) -> Checkpoint:
        """A part that has been trained. Raises FileNotFoundError, which says what trains it."""
        if not self.path(name).exists():
            raise FileNotFoundError(
                f"no {str(self.path(name))!r}: `python -m nodeflow_training {name}` with its --folder makes it"
            )
        return open_checkpoint(self.path(name), parts)

    def _run(self, learner: Learner, pace: Pace, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        curve = CurveFile(self.folder / f"{name}.csv")
        train(learner, pace, State(self.folder / f"{name}.pt"), curve.follow)
