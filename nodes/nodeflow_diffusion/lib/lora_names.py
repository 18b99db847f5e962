"""The names of the tensors in LoRA files, as diffusers, peft and kohya have them. No torch is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

Kind = Literal["down", "up", "alpha"]

_SIDES: Final[dict[str, Kind]] = {
    "lora_A.weight": "down",
    "lora_B.weight": "up",
    "lora_down.weight": "down",
    "lora_up.weight": "up",
    "lora.down.weight": "down",
    "lora.up.weight": "up",
    "alpha": "alpha",
}


def sorted_out(names: Iterable[str]) -> dict[str, dict[Kind, str]]:
    """The tensors of a LoRA file by layer and side. Names of another form have a layer of their own without sides."""
    found: dict[str, dict[Kind, str]] = {}
    for name in names:
        ending = next((ending for ending in _SIDES if name.endswith(f".{ending}")), None)
        layer = name if ending is None else name.removesuffix(f".{ending}").removesuffix(".default")
        sides = found.setdefault(layer, {})
        if ending is not None:
            sides[_SIDES[ending]] = name
    return found


def is_for_text(layer: str) -> bool:
    """Whether a layer of a file belongs to a text encoder."""
    return layer.startswith(("text_encoder.", "lora_te_"))
