"""Reading a checkpoint that is one safetensors file, in the layout that `layout` knows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import get_args

from nodeflow_diffusion.lib import bert_layout, layout, open_clip_layout
from nodeflow_diffusion.lib.clip import ClipConfig
from nodeflow_diffusion.lib.contents import Contents, Stored
from nodeflow_diffusion.lib.denoiser import Prediction
from nodeflow_diffusion.lib.diffusers_layout import vae_names
from nodeflow_diffusion.lib.part import Part, Source
from nodeflow_diffusion.lib.preview import STABLE_DIFFUSION_1, LatentRGB
from nodeflow_diffusion.lib.refusal import RIGHT, CheckpointError, kind_of
from nodeflow_diffusion.lib.tensor_file import TensorFile
from nodeflow_diffusion.lib.tokenizer import Vocabulary, clip_vocabulary
from nodeflow_diffusion.lib.unet import UNetConfig
from nodeflow_diffusion.lib.vae import VAEConfig

_UNUSED = ("loss.", "model_ema.", "position_ids", "embeddings.position_ids", "text_projection", "logit_scale")
_OTHER_MODELS = (
    "conditioner.",
    "control_model.",
    "model.diffusion_model.joint_blocks.",
    "model.diffusion_model.double_",
)


def read_file(path: Path) -> Contents:
    """What the file holds of U-Net, VAE and text encoder; a VAE may also be there alone, also as diffusers names it.

    The betas and alphas that some files carry are ignored: they are Stable Diffusion's own, often rounded to half
    precision. Raises CheckpointError for a file with none of the parts, one in another layout, or a damaged one.
    """
    file = TensorFile(path)
    names, metadata = list(file.shapes), file.metadata
    _refuse_other_models(path, names)
    unet, vae = _unet(file), _vae(file)
    text, vocabulary = bert_layout.read(file) or _clip(file)
    if unet is None and vae is None and text is None:
        raise CheckpointError(f"{path.name!r} is {kind_of(names)}; {RIGHT}")
    return Contents(
        path,
        unet,
        vae,
        text,
        prediction=_prediction(path, metadata),
        latent_rgb=_latent_rgb(unet, vae, metadata),
        vocabulary=vocabulary,
        last_layer=-2 if _is_open_clip(file) else -1,
    )


def _refuse_other_models(path: Path, names: Iterable[str]) -> None:
    foreign = [name for name in names if name.startswith(_OTHER_MODELS)]
    if foreign:
        raise CheckpointError(f"{path.name!r} is {kind_of(foreign)}; {RIGHT}")


def _sources(file: TensorFile, prefix: str) -> dict[str, Source]:
    inner = {name.removeprefix(prefix): Source(name) for name in file.shapes if name.startswith(prefix)}
    return {ours: source for ours, source in inner.items() if not ours.startswith(_UNUSED)}


def _unet(file: TensorFile) -> Stored[UNetConfig] | None:
    part = Part("U-Net", file, _sources(file, layout.UNET))
    return Stored(layout.unet_config(part.shapes, file.metadata), part) if part.sources else None


def _vae(file: TensorFile) -> Stored[VAEConfig] | None:
    if "decoder.mid_block.resnets.0.conv1.weight" in file.shapes:
        sources = {ours: Source(name) for name, ours in vae_names(file.shapes).items()}
    else:
        alone = "decoder.mid.block_1.conv1.weight" in file.shapes
        sources = _sources(file, "" if alone else layout.VAE)
    part = Part("VAE", file, sources)
    return Stored(layout.vae_config(part.shapes, file.metadata), part) if part.sources else None


def _clip(file: TensorFile) -> tuple[Stored[ClipConfig] | None, Callable[[], Vocabulary]]:
    return _text(file), functools.partial(clip_vocabulary, pad=0) if _is_open_clip(file) else clip_vocabulary


def _is_open_clip(file: TensorFile) -> bool:
    return any(name.startswith(open_clip_layout.TEXT) for name in file.shapes)


def _text(file: TensorFile) -> Stored[ClipConfig] | None:
    sources: Mapping[str, Source] = open_clip_layout.text_sources(
        name for name in file.shapes if name.startswith(open_clip_layout.TEXT)
    )
    activation = "gelu" if sources else ClipConfig.activation
    if not sources:
        plain = {ours.removeprefix("text_model."): source for ours, source in _sources(file, layout.TEXT).items()}
        sources = {ours: source for ours, source in plain.items() if not ours.startswith(_UNUSED)}
    part = Part("text encoder", file, sources)
    return Stored(layout.text_config(part.shapes, file.metadata, activation), part) if sources else None


def _prediction(path: Path, metadata: Mapping[str, str]) -> Prediction:
    said = metadata.get("nodeflow.prediction", metadata.get("modelspec.prediction_type", "epsilon"))
    for prediction in get_args(Prediction):
        if said == prediction:
            return prediction  # type: ignore[no-any-return]
    raise CheckpointError(
        f"{path.name!r} predicts {said!r} by its metadata; known are {', '.join(get_args(Prediction))}"
    )


def _latent_rgb(
    unet: Stored[UNetConfig] | None, vae: Stored[VAEConfig] | None, metadata: Mapping[str, str]
) -> LatentRGB | None:
    if "nodeflow.latent_rgb" in metadata:
        try:
            return LatentRGB.parse(metadata["nodeflow.latent_rgb"])
        except (ValueError, TypeError) as error:
            raise CheckpointError(f"metadata 'nodeflow.latent_rgb' is no linear map: {error}") from error
    channels = unet.config.out_channels if unet else vae.config.latent_channels if vae else None
    return STABLE_DIFFUSION_1 if channels == len(STABLE_DIFFUSION_1.weights) else None
