"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One part of the installation: `failed` keeps something from working, a `warning` may. `fix` would mend it."""

    subject: str
    state: Literal["ok", "warning", "failed"]
    found: str
    fix: str = ""
