"""Reading a checkpoint that is a diffusers folder: unet/, vae/, text_encoder/, tokenizer/, scheduler/."""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch

from nodeflow_diffusion.lib import layout
from nodeflow_diffusion.lib.bert import FAMILY, BertConfig
from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.contents import Contents, Stored, TextConfig
from nodeflow_diffusion.lib.denoiser import Prediction
from nodeflow_diffusion.lib.diffusers_layout import unet_names, vae_names
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.part import Part, Source
from nodeflow_diffusion.lib.preview import STABLE_DIFFUSION_1
from nodeflow_diffusion.lib.refusal import RIGHT, CheckpointError
from nodeflow_diffusion.lib.tensor_file import TensorFile
from nodeflow_diffusion.lib.tokenizer import clip_vocabulary, folder_vocabulary
from nodeflow_diffusion.lib.unet import UNetConfig
from nodeflow_diffusion.lib.vae import VAEConfig

Config = dict[str, Any]
_TOKENIZERS: Final = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json")
_PREDICTIONS: Final[dict[str, Prediction]] = {"epsilon": "epsilon", "v_prediction": "v"}


def read_folder(folder: Path) -> Contents:
    """What the folder holds. Raises CheckpointError for a folder without parts, with SDXL's, or with pickles alone."""
    if (folder / "text_encoder_2").exists():
        raise CheckpointError(f"{folder.name!r} is an SDXL folder (it has text_encoder_2); {RIGHT} of 1.x or 2.x")
    unet, vae, tokenizer = _unet(folder / "unet"), _vae(folder / "vae"), _tokenizer(folder)
    text = _text(folder if _is_text_encoder(folder) else folder / "text_encoder", folder.name, tokenizer)
    if unet is None and vae is None and text is None:
        raise CheckpointError(f"{folder.name!r} is a folder without unet, vae or text_encoder inside; {RIGHT}")
    scheduler = _config(folder / "scheduler", "scheduler_config.json")
    channels = unet.config.out_channels if unet else vae.config.latent_channels if vae else None
    return Contents(
        folder,
        unet,
        vae,
        text,
        prediction=_prediction(folder, scheduler),
        levels=_levels(folder, scheduler),
        latent_rgb=STABLE_DIFFUSION_1 if channels == len(STABLE_DIFFUSION_1.weights) else None,
        vocabulary=clip_vocabulary if tokenizer is None else functools.partial(folder_vocabulary, tokenizer),
    )


def _is_text_encoder(folder: Path) -> bool:
    """Whether it is what transformers saved of a text encoder, rather than a folder of parts."""
    return "model_type" in _config(folder) and not (folder / "text_encoder").exists()


def _tokenizer(folder: Path) -> Path | None:
    """The folder of the tokenizer: `tokenizer`, or that of a text encoder by itself; None without one."""
    inside = folder / "tokenizer"
    if inside.is_dir():
        return inside
    return folder if any((folder / name).exists() for name in _TOKENIZERS) else None


def _unet(folder: Path) -> Stored[UNetConfig] | None:
    if not folder.is_dir():
        return None
    config, part = _config(folder), _part(folder, "U-Net", unet_names)
    _refuse_other_norms(folder, config)
    return Stored(layout.unet_config(part.shapes, _heads(folder, config)), part)


def _heads(folder: Path, config: Config) -> dict[str, str]:
    """As our metadata. What diffusers calls `attention_head_dim` is the number of heads in these U-Nets."""
    said = config.get("num_attention_heads") or config.get("attention_head_dim", 8)
    if isinstance(said, int):
        return {"nodeflow.heads": str(said)}
    widths = {width / heads for width, heads in zip(config["block_out_channels"], said, strict=True)}
    if len(widths) != 1 or not (width := widths.pop()).is_integer():
        raise CheckpointError(
            f"{folder.parent.name!r} has heads {said} at {config['block_out_channels']}: one width wanted"
        )
    return {"nodeflow.head_dim": str(int(width))}


def _vae(folder: Path) -> Stored[VAEConfig] | None:
    if not folder.is_dir():
        return None
    config, part = _config(folder), _part(folder, "VAE", vae_names)
    _refuse_other_norms(folder, config)
    said = {"nodeflow.scaling": config.get("scaling_factor"), "nodeflow.shift": config.get("shift_factor")}
    return Stored(layout.vae_config(part.shapes, {k: str(v) for k, v in said.items() if v is not None}), part)


def _text(folder: Path, name: str, tokenizer: Path | None) -> Stored[TextConfig] | None:
    if not folder.is_dir():
        return None
    config = _config(folder)
    if (kind := config.get("model_type")) in FAMILY:
        return _bert(folder, config, tokenizer)
    if kind != "clip_text_model":
        raise CheckpointError(
            f"{name!r} has a text encoder {kind!r}; CLIP's or one of {', '.join(FAMILY)} would be right"
        )
    part = _part(folder, "text encoder", _text_names)
    said = {"heads": config["num_attention_heads"], "activation": config.get("hidden_act", ClipConfig.activation)}
    return Stored(layout.text_config(part.shapes, {"nodeflow.text": json.dumps(said)}), part)


def _bert(folder: Path, config: Config, tokenizer: Path | None) -> Stored[TextConfig]:
    """An encoder that transformers loads itself; its part only tells sizes and types."""
    part = _part(folder, "text encoder", lambda names: {n: n for n in names if not n.endswith("position_ids")})
    said = BertConfig(
        folder,
        width=config.get("hidden_size") or config["dim"],
        tokenizer=tokenizer,
        positions=min(BertConfig.positions, config["max_position_embeddings"]),
    )
    return Stored(said, part)


def _text_names(names: Iterable[str]) -> dict[str, str]:
    inner = {name: name.removeprefix("text_model.") for name in names}
    return {name: ours for name, ours in inner.items() if not ours.endswith(("position_ids", "text_projection.weight"))}


def _part(folder: Path, title: str, rename: Callable[[Iterable[str]], Mapping[str, str]]) -> Part:
    file = TensorFile(_weights(folder))
    return Part(title, file, {ours: Source(name) for name, ours in rename(file.shapes).items()})


def _weights(folder: Path) -> Path:
    found = sorted(folder.glob("*.safetensors"), key=lambda path: (path.name.count("."), path.name))
    if not found:
        others = [path.name for path in sorted(folder.iterdir()) if path.suffix in (".bin", ".ckpt", ".pt")]
        there = f" but {others[0]!r}, a pickle, which could run any code" if others else ""
        raise CheckpointError(f"{folder.parent.name}/{folder.name} has no .safetensors file{there}; {RIGHT}")
    if "-of-" in found[0].name:
        raise CheckpointError(f"{folder.parent.name}/{folder.name} is in pieces ({found[0].name}); one file is right")
    return found[0]


def _config(folder: Path, name: str = "config.json") -> Config:
    path = folder / name
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text()))
    except ValueError as error:
        raise CheckpointError(
            f"{folder.parent.name}/{folder.name}/{name} is not JSON ({error}); copy it again"
        ) from error


def _refuse_other_norms(folder: Path, config: Config) -> None:
    groups = config.get("norm_num_groups", 32)
    if groups != 32:
        raise CheckpointError(f"{folder.parent.name}/{folder.name} norms in {groups} groups; Stable Diffusion's has 32")


def _prediction(folder: Path, scheduler: Config) -> Prediction:
    said = scheduler.get("prediction_type", "epsilon")
    if said not in _PREDICTIONS:
        raise CheckpointError(f"{folder.name!r} predicts {said!r}; there are {', '.join(_PREDICTIONS)}")
    return _PREDICTIONS[said]


def _levels(folder: Path, scheduler: Config) -> NoiseLevels:
    if scheduler.get("rescale_betas_zero_snr"):
        raise CheckpointError(f"{folder.name!r} ends at zero signal (rescale_betas_zero_snr): no sigma is that high")
    steps = int(scheduler.get("num_train_timesteps", 1000))
    if scheduler.get("trained_betas") is not None:
        return _from_betas(torch.tensor(scheduler["trained_betas"], dtype=torch.float64))
    start, end = float(scheduler.get("beta_start", 0.00085)), float(scheduler.get("beta_end", 0.012))
    match scheduler.get("beta_schedule", "scaled_linear"):
        case "scaled_linear":
            return NoiseLevels.scaled_linear(start, end, steps)
        case "linear":
            return _from_betas(torch.linspace(start, end, steps, dtype=torch.float64))
        case "squaredcos_cap_v2":
            return _from_betas(_cosine_betas(steps))
        case other:
            raise CheckpointError(
                f"{folder.name!r} has betas {other!r}; there are scaled_linear, linear, squaredcos_cap_v2"
            )


def _from_betas(betas: torch.Tensor) -> NoiseLevels:
    return NoiseLevels.from_alphas_cumprod((1 - betas).cumprod(0))


def _cosine_betas(steps: int) -> torch.Tensor:
    """Nichol & Dhariwal 2021 (arXiv:2102.09672, eq. 17), each beta capped at 0.999."""
    abar = [math.cos((i / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(steps + 1)]
    return torch.tensor([min(1 - b / a, 0.999) for a, b in itertools.pairwise(abar)], dtype=torch.float64)
