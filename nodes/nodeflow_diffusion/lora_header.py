"""What model a LoRA file fits, told from the names and sizes in its header."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nodeflow import Detected
from nodeflow_diffusion.lib.lora_names import is_for_text, sorted_out

FAMILIES = {768: "Stable Diffusion 1.x", 1024: "Stable Diffusion 2.x"}
"""The kinds of models by the width of what their U-Net attends to."""
FOREIGN = {2048: "SDXL"}
"""Those of them that nothing here loads."""
NAMING = {"peft": ".lora_A.", "diffusers": ".lora.down.", "kohya": ".lora_down."}
"""Who names the tensors of a LoRA so."""
CHANGED = re.compile(
    r"(unet\.|lora_unet_)(conv_in|conv_out|time_embedding|add_embedding|down_blocks|mid_block|up_blocks)"
    r"|text_encoder\.text_model\.|lora_te_text_model_"
)
"""How the layers are called that a LoRA for a model of ours changes."""
ATTENDING = re.compile(r"attn2[._]to_[kv]$")
TEXT_ATTENDING = re.compile(r"self_attn[._][qkv]_proj$")


def detected(header: Mapping[str, Any]) -> Detected | None:
    """A LoRA whose layers all have both sides, as `lib.lora` wants them; without a loader where it fits nothing here.

    `header` has an entry for each tensor, with its shape.
    """
    layers = sorted_out(header)
    if not layers or any(not {"down", "up"} <= sides.keys() for sides in layers.values()):
        return None
    down = {layer: _shape(header[sides["down"]]) for layer, sides in layers.items()}
    width = _width(down)
    details = {
        "names": ", ".join(who for who, mark in NAMING.items() if any(mark in name for name in header)),
        "rank": ", ".join(map(str, sorted({shape[0] for shape in down.values()}))),
        **({"width": str(width)} if width else {}),
    }
    if width in FOREIGN:
        return Detected(f"{FOREIGN[width]} LoRA", details=details)
    if not all(map(CHANGED.match, layers)):
        return Detected("LoRA for another kind of model", details=details)
    loader = "LoadLoRA" if any(map(is_for_text, layers)) else "LoadLoRAModelOnly"
    label = f"{FAMILIES.get(width, 'Stable Diffusion')} LoRA"
    return Detected(label, loader, "lora", {**details, "changes": _parts(layers)})


def _parts(layers: Iterable[str]) -> str:
    """How many weights of which part it changes."""
    text = [is_for_text(layer) for layer in layers]
    counts = {"U-Net": text.count(False), "text encoder": text.count(True)}
    return ", ".join(f"{count} of the {part}" for part, count in counts.items() if count)


def _width(down: Mapping[str, list[int]]) -> int:
    """How wide a text is that a U-Net attends to, or else that its encoder has; 0 where no layer tells."""
    for place in (ATTENDING, TEXT_ATTENDING):
        if widths := [shape[1] for layer, shape in down.items() if place.search(layer)]:
            return widths[0]
    return 0


def _shape(entry: Mapping[str, Any]) -> list[int]:
    """The shape of a matrix; zeros for what is none."""
    shape = entry.get("shape")
    return shape if isinstance(shape, list) and len(shape) > 1 else [0, 0]
