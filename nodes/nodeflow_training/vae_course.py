"""From the inputs of TrainVAE to a trained VAE in the store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from nodeflow_diffusion import types
from nodeflow_diffusion.lib.vae import VAE

from nodeflow_training import loading
from nodeflow_training.chart import grid
from nodeflow_training.course import Course, Pixels, digest
from nodeflow_training.encoding import as_input
from nodeflow_training.latents import save_vae
from nodeflow_training.loop import Pace, spacing
from nodeflow_training.nodes.vae import TrainedVAE
from nodeflow_training.pictures import bucket_sizes
from nodeflow_training.sampling import to_pictures
from nodeflow_training.vae_learner import Looks, VAELearner, VAEMethod

if TYPE_CHECKING:
    from nodeflow import Context
    from nodeflow_training.nodes.vae import TrainVAE


def trained(node: TrainVAE, ctx: Context) -> TrainedVAE:
    """Trains as the node says. Raises ValueError for sizes that the VAE cannot take."""
    vae = cast("VAE", loading.channels_last(loading.opened(node.vae.file, ["vae"], ctx).vae(loading.plain(ctx))))
    check(vae, node)
    method, looks = method_of(node), Looks(node.dataset, node.views)
    pace = Pace(
        node.steps,
        node.learning_rate,
        node.warm_up,
        node.decay_from,
        node.accumulate,
        every=spacing(node.steps),
    )
    recipe = digest(node.dataset, node.vae, method, pace, node.views)
    samples = (lambda: pairs(vae, looks, node.sample_pictures)) if node.sample_pictures else None
    course = Course("vae", recipe, ctx, samples, early=node.finish_early)
    outcome = course.run(VAELearner(vae, looks, method), pace)
    made = _kept(cast("VAE", loading.frozen(vae)), looks, node, ctx)
    course.forget()
    return TrainedVAE(types.VAE(made.model), outcome.picture, outcome.files[0])


def check(vae: VAE, node: TrainVAE) -> None:
    """Raise ValueError for crops or pictures that are no multiples of the VAE's factor, or crops that are too large."""
    factor, sizes = vae.config.factor, bucket_sizes(node.dataset.side, node.dataset.widest, node.dataset.multiple)
    shortest = min(min(size) for size in sizes)
    if node.crop % factor or node.crop > shortest:
        raise ValueError(f"crop {node.crop!r}: must be a multiple of {factor} pixels for this VAE, {shortest} at most")
    if any(side % factor for size in sizes for side in size):
        raise ValueError(f"pictures of {node.dataset.side} pixels: sides must be multiples of {factor} for this VAE")


def method_of(node: TrainVAE) -> VAEMethod:
    return VAEMethod(
        steps=node.steps,
        batch=node.batch,
        crop=node.crop,
        learning_rate=node.learning_rate,
        kl_weight=node.kl_weight,
        edge_weight=node.edge_weight,
        perceptual_weight=node.perceptual_weight,
        adversarial_weight=node.adversarial_weight,
        adversarial_from=node.adversarial_from,
        latent_noise=node.latent_noise,
        decoder_only=node.decoder_only,
        autocast=node.dtype == "bfloat16",
        seed=node.seed,
    )


@torch.no_grad()
def pairs(vae: VAE, looks: Looks, count: int) -> Pixels:
    """Pictures, each above what the VAE makes of it."""
    own = [looks.look(i, 0) for i in range(min(count, len(looks.dataset)))]
    own = [pixels for pixels in own if pixels.shape == own[0].shape]
    x = as_input(np.stack(own)).to(next(vae.parameters()).device)
    made = to_pictures(vae.decode(vae.encode(x)))
    return grid([*own, *made], len(own))


def _kept(vae: VAE, looks: Looks, node: TrainVAE, ctx: Context) -> loading.Made:
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
        path = Path(folder) / "vae.safetensors"
        save_vae(path, vae, looks, normalised=node.normalise and not node.decoder_only)
        return loading.kept(path, "vae.safetensors", ctx)
