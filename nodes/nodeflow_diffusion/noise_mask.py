"""Nodes that say which part of a latent may be sampled."""

from dataclasses import replace

from nodeflow import Mask, node
from nodeflow_diffusion.types import Latent


@node(category="latent/inpaint")
def set_latent_noise_mask(latent: Latent, mask: Mask) -> Latent:
    """Let sampling change a latent only where the mask is: inpainting.

    The mask is resized to the latent, so it may have any size; where it is half, both are mixed. It is one for all, or
    one for each latent of the batch. What lies outside of it stays exactly as it is.
    """
    from nodeflow_diffusion import tensors

    values, (height, width) = tensors.mask(mask), latent.samples.shape[-2:]
    if len(values) not in (1, latent.batch):
        raise ValueError(f"{len(values)} masks for a batch of {latent.batch}: must be one for all, or one for each")
    return replace(latent, noise_mask=tensors.resized_mask(values, height, width))
