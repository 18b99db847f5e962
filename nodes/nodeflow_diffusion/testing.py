"""Tiny random models in the layouts of real ones, for tests of nodes that use any."""

from pathlib import Path


def write_checkpoint(path: Path) -> None:
    """A whole checkpoint of some megabytes: 4 channels, 8 x 8 pixels a position, random weights, the same each time."""
    import torch

    from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
    from nodeflow_diffusion.lib.preview import STABLE_DIFFUSION_1
    from nodeflow_diffusion.lib.unet import UNet, UNetConfig
    from nodeflow_diffusion.lib.vae import VAE, VAEConfig
    from nodeflow_diffusion.lib.writer import save_checkpoint

    unet = UNet(UNetConfig(channels=(32, 32), depths=(1, 1), res_blocks=1, heads=4, context_dim=32))
    vae = VAE(VAEConfig(channels=(32, 32, 32, 32), res_blocks=1))
    text = clip_text_model(ClipConfig(width=32, layers=2, heads=2, intermediate=64))
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in (weight for module in (unet, vae, text) for weight in module.parameters()):
            if weight.ndim > 1:
                weight.normal_(0, weight[0].numel() ** -0.5, generator=random)
            else:
                # Scales and shifts of norms, and biases: whatever they are, values stay in bounds.
                weight.uniform_(0.5, 1, generator=random)
    save_checkpoint(path, unet, vae, text, metadata={"nodeflow.latent_rgb": STABLE_DIFFUSION_1.dump()})
