"""Pages of a list: how long they may be, and cursors, which say where one ended, as opaque text safe in a URL."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

LARGEST_PAGE = 500


def cursor(*keys: str | float) -> str:
    """The cursor of the row with these keys."""
    return base64.urlsafe_b64encode(json.dumps(keys, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: type) -> list[Any]:
    """The keys in a cursor, of these types. Raises ValueError for what `cursor` did not make."""
    try:
        keys = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        keys = None
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds) or cursor(*keys) != text:
        raise ValueError(f"{text[:80]!r} is not where a page of this list ended")
    return keys


def check_limit(limit: int) -> None:
    """Raises ValueError for a number of items that no page has."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise ValueError(f"a page has from 1 to {LARGEST_PAGE} items, not {limit}")
