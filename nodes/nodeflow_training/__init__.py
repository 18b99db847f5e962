"""Training of the VAE and the diffusion model, and the drawn scenes that the embedded checkpoint learns from."""
