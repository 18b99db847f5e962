"""A tiny VAE and a tiny diffusion model learn eight pictures by heart, to a PSNR of 30 dB."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from nodeflow_diffusion.lib.unet import UNet
from nodeflow_diffusion.types import TextEncoder
from nodeflow_training import loading
from nodeflow_training.encoding import as_input
from nodeflow_training.judging import psnr
from nodeflow_training.nodes.diffusion import TrainDiffusion
from nodeflow_training.nodes.encoding import EncodeDataset
from nodeflow_training.nodes.new_models import NewDenoiser, NewVAE
from nodeflow_training.nodes.vae import TrainVAE
from nodeflow_training.pictures import looked_at, words
from nodeflow_training.sampling import Sampling, pictures
from nodeflow_training.text_side import TextSide
from nodeflow_training.types import Dataset

from nodeflow import Context

PLAIN = {"sample_pictures": 0, "warm_up": 20, "dtype": "float32"}


def test_eight_pictures_are_learnt_by_heart(ctx: Context, eight: Dataset, text_encoder: TextEncoder) -> None:
    eight = replace(eight, side=16)
    new = NewVAE(channels="64", latent_channels=8, patch=4).run(ctx)
    weights = {"edge_weight": 0.0, "kl_weight": 1e-6}
    vae = TrainVAE(dataset=eight, vae=new, steps=200, batch=8, learning_rate=4e-3, **weights, **PLAIN).run(ctx).vae
    coder = loading.vae(vae, ctx)
    own = as_input(np.stack([looked_at(eight, i) for i in range(8)]))
    with torch.no_grad():
        assert psnr(coder.decode(coder.encode(own)).clamp(-1, 1), own) >= 30

    data = EncodeDataset(dataset=eight, vae=vae).run(ctx)
    fresh = NewDenoiser(vae=vae, text_encoder=text_encoder, channels="64", depths="1", heads=2).run(ctx)
    settings = {"steps": 200, "batch": 16, "learning_rate": 3e-3, "optimizer": "muon", "text_rate": 1.0, "ema": 0.9}
    trained = TrainDiffusion(
        data=data, model=fresh, text_encoder=text_encoder, caption_drop=0.0, **settings, **PLAIN
    ).run(ctx)
    denoiser = loading.denoiser(trained.model, ctx)
    assert isinstance(denoiser.network, UNet)
    text = TextSide(loading.text_encoder(trained.text_encoder, ctx))
    made = pictures(
        [words(eight, i) for i in range(8)], lambda texts: text(texts), denoiser, coder, Sampling(20, 1.0, side=16)
    )
    assert psnr(as_input(made), own) >= 30
