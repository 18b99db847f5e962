"""What every training run needs around its mathematics: the schedule of the rate, and parts that can be kept."""

from __future__ import annotations

import math
from typing import Any, Protocol


class Stateful(Protocol):
    """A model, an optimizer, an average: whatever gives its state and takes it back."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


def learning_rate(step: int, steps: int, peak: float, *, warm_up: int = 100, decay_from: float = 0.4) -> float:
    """Linear warm-up, a plateau, then a cosine to a hundredth of the peak over the rest."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = max(0.0, (step / steps - decay_from) / (1 - decay_from))
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))
