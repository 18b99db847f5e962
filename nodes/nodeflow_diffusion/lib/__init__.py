"""Diffusion in pure torch: networks, noise levels, schedules and samplers. Knows nothing of nodeflow."""
