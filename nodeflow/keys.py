"""The identity of a step: a hash over everything its result depends on, and over nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

EPOCH = 1
"""Raised when the meaning of a key, or of a cache entry, changes: everything kept before is a miss."""

Parts = dict[str, Any]

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """The one encoding of a JSON value: two values have the same bytes only when they are the same value.

    It is JSON without spaces and with sorted names. JSON writes types apart by itself: `1`, `1.0`, `true` and `"1"`
    differ, so do `0.0` and `-0.0`; a float is written with the shortest digits that read back the same bits. Raises
    `ValueError` for NaN and infinities and `TypeError` for what is no JSON value.
    """
    # surrogatepass keeps half a surrogate pair apart from everything else, where escaping would join two halves.
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def key(parts: Parts) -> str:
    """The key of a step, 64 hex digits, from the parts that `parts` names."""
    return hashlib.sha256(canonical(parts)).hexdigest()
