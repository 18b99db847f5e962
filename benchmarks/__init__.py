"""Measured speed, side by side with a peer where there is one: `python -m benchmarks [NAME ...]`."""
