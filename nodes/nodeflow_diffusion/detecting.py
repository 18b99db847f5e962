"""What a model file is, told from its header alone: no weights are read, and no torch is needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodeflow import Detected, Detector
from nodeflow_diffusion import lora_header
from nodeflow_diffusion.lib.refusal import kind_of
from nodeflow_diffusion.loaders import CHECKPOINTS, TEXT_ENCODERS, VAES
from nodeflow_diffusion.lora import LORAS
from nodeflow_diffusion.lora_header import FAMILIES

# As in lib.layout, which needs torch.
UNET, VAE_PREFIX, TEXT = "model.diffusion_model.", "first_stage_model.", "cond_stage_model."
TOKENIZER = "cond_stage_model.tokenizer"  # as in lib.bert_layout
LONGEST_HEADER = 100_000_000
CONTEXT = UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"


def checkpoint(path: Path) -> Detected | None:
    """A checkpoint of one file, or a folder as diffusers has them; in words what else a file is."""
    if path.is_dir():
        return _folder(path)
    header = _header(path)
    if header is None:
        return None
    if not any(name.startswith(UNET) for name in header):
        return _elsewhere(header)
    shape = header.get(CONTEXT, {}).get("shape", [0])
    parts = {"U-Net": UNET, "text encoder": TEXT, "VAE": VAE_PREFIX}
    held = [part for part, prefix in parts.items() if any(name.startswith(prefix) for name in header)]
    details = {"holds": ", ".join(held), "tensors": str(len(header))}
    label = f"{FAMILIES.get(shape[-1], 'Stable Diffusion')} checkpoint"
    if TOKENIZER in header:
        label = "Stable Diffusion checkpoint with a text encoder of BERT's family"
    return Detected(label, "LoadCheckpoint", "checkpoint", details)


def vae(path: Path) -> Detected | None:
    """A VAE by itself, or one that is part of a checkpoint."""
    header = None if path.is_dir() else _header(path)
    if header is None:
        return None
    if any(name.removeprefix(VAE_PREFIX).startswith("decoder.") for name in header):
        return Detected("VAE", "LoadVAE", "vae", {"tensors": str(len(header))})
    return _elsewhere(header)


def text_encoder(path: Path) -> Detected | None:
    """A text encoder: a folder of transformers or diffusers, or part of a checkpoint."""
    if path.is_dir():
        kind = next((kind for inside in ("text_encoder", ".") if (kind := _model_type(path / inside))), "")
        return Detected(f"text encoder ({kind})", "LoadTextEncoder", "text_encoder") if kind else None
    header = _header(path)
    if header is None:
        return None
    if any(name.startswith(TEXT) for name in header):
        return Detected("text encoder of a checkpoint", "LoadTextEncoder", "text_encoder")
    return _elsewhere(header)


def lora(path: Path) -> Detected | None:
    """A LoRA, and what model it fits; in words what else a file is."""
    header = None if path.is_dir() else _header(path)
    return None if header is None else lora_header.detected(header) or Detected(kind_of(header))


DETECTORS = (
    Detector((CHECKPOINTS,), checkpoint),
    Detector((VAES,), vae),
    Detector((TEXT_ENCODERS,), text_encoder),
    Detector((LORAS,), lora),
)


def _elsewhere(header: Mapping[str, Any]) -> Detected:
    """What a file is that is not of the kind of its folder; of a LoRA that something here loads, which is the right."""
    found = lora_header.detected(header)
    if found is None or not found.loader:
        return Detected(kind_of(header))
    return Detected(f"{found.label}; its place is the folder {LORAS}", details=found.details)


def _model_type(folder: Path) -> str:
    """What a folder of transformers says that it is; empty for another."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    found = config.get("model_type") if isinstance(config, dict) else None
    return found if isinstance(found, str) else ""


def _folder(path: Path) -> Detected | None:
    try:
        index = json.loads((path / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    name = index.get("_class_name") if isinstance(index, dict) else None
    if not isinstance(name, str):
        return None
    if not name.startswith("StableDiffusionPipeline"):
        return Detected(f"diffusers folder of a {name}")
    return Detected("diffusers folder of a Stable Diffusion pipeline", "LoadCheckpoint", "checkpoint", {"class": name})


def _header(path: Path) -> Mapping[str, Any] | None:
    """What the header of a safetensors file says of each tensor; None for another file, or a damaged one."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            found = json.loads(file.read(length)) if length <= LONGEST_HEADER else None
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: entry for name, entry in found.items() if name != "__metadata__" and isinstance(entry, dict)}
