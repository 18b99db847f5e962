"""Stable Diffusion for nodeflow: nodes around a library of pure torch."""
