"""One step as a thread computes it: inputs gathered and checked, the node run, its outputs checked and kept."""

from __future__ import annotations

"""
"""
