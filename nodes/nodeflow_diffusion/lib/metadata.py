"""What a checkpoint says about itself in its metadata: text, to be read with care."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from nodeflow_diffusion.lib.refusal import CheckpointError

Metadata = Mapping[str, str]


def count(metadata: Metadata, key: str) -> int | None:
    """The whole number above 0 under a key, None if it is not there. Raises CheckpointError for anything else."""
    said = metadata.get(key)
    if said is None:
        return None
    if not said.isdecimal() or not 0 < int(said) < 10**6:
        raise CheckpointError(f"metadata {key!r} is {said!r}; a whole number above 0 would be right")
    return int(said)


def number(metadata: Metadata, key: str, default: float) -> float:
    """The finite number under a key. Raises CheckpointError for anything else."""
    said = metadata.get(key, default)
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CheckpointError(f"metadata {key!r} is {said!r}; a number would be right")
    return value


def sizes(metadata: Metadata, key: str) -> dict[str, Any]:
    """The JSON object under a key, empty if it is not there. Raises CheckpointError for anything else."""
    said = metadata.get(key, "{}")
    try:
        value = json.loads(said)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise CheckpointError(f"metadata {key!r} is {said!r}; a JSON object would be right")
    return value
