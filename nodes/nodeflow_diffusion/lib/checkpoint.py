"""A checkpoint, be it one file or a diffusers folder: its parts as networks, mapped from disk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar

import torch
from torch import nn

from nodeflow_diffusion.lib.bert import BertConfig, BertNetwork, BertSizes, bert_model, fill_buffers, open_bert
from nodeflow_diffusion.lib.clip import ClipConfig, ClipNetwork, clip_text_model, trunk
from nodeflow_diffusion.lib.contents import Contents, Stored, TextConfig
from nodeflow_diffusion.lib.convolution import pack
from nodeflow_diffusion.lib.denoiser import Denoiser, Prediction
from nodeflow_diffusion.lib.diffusers_folder import read_folder
from nodeflow_diffusion.lib.noise_levels import NoiseLevels
from nodeflow_diffusion.lib.placement import Placement
from nodeflow_diffusion.lib.preview import LatentRGB
from nodeflow_diffusion.lib.refusal import RIGHT, CheckpointError
from nodeflow_diffusion.lib.single_file import read_file
from nodeflow_diffusion.lib.text import TextEncoder
from nodeflow_diffusion.lib.tokenizer import Vocabulary
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig

PartName = Literal["unet", "vae", "text_encoder"]
PARTS: Final[tuple[PartName, ...]] = ("unet", "vae", "text_encoder")
Config = TypeVar("Config")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The parts of a checkpoint. Each call of `unet`, `vae` and `text_encoder` loads anew, frozen and in eval mode.

    Weights that the placement wants as they are stored are mapped from disk. Without a placement they stay as stored,
    on the CPU. All methods raise CheckpointError if the part is not there or its weights do not fit together.
    """

    contents: Contents

    @property
    def parts(self) -> tuple[PartName, ...]:
        """The names of the parts that are there."""
        found = (self.contents.unet, self.contents.vae, self.contents.text)
        return tuple(name for name, part in zip(PARTS, found, strict=True) if part is not None)

    @property
    def unet_config(self) -> UNetConfig:
        return self._stored(self.contents.unet, "unet").config

    @property
    def vae_config(self) -> VAEConfig:
        return self._stored(self.contents.vae, "vae").config

    @property
    def text_config(self) -> TextConfig:
        return self._stored(self.contents.text, "text_encoder").config

    @property
    def prediction(self) -> Prediction:
        return self.contents.prediction

    @property
    def levels(self) -> NoiseLevels:
        return self.contents.levels

    @property
    def latent_rgb(self) -> LatentRGB | None:
        """The map for previews; None if it is not known."""
        return self.contents.latent_rgb

    def require(self, parts: Collection[PartName]) -> None:
        """Raises CheckpointError if one of `parts` is not there."""
        if missing := [name for name in parts if name not in self.parts]:
            raise CheckpointError(
                f"{self.contents.path.name!r} has no {' and no '.join(missing)}, only {' and '.join(self.parts)}; "
                "load the rest from a file that has it"
            )

    def nbytes(self, part: PartName, placement: Placement | None = None) -> int:
        """Bytes that the weights of a part take in memory."""
        self.require([part])
        c = self.contents
        stored = {"unet": c.unet, "vae": c.vae, "text_encoder": c.text}[part]
        dtype = None if placement is None else self._dtype(part, placement)
        return stored.part.nbytes(dtype) if stored is not None else 0

    def unet(self, placement: Placement | None = None) -> UNet:
        """The U-Net."""
        stored = self._stored(self.contents.unet, "unet")
        with torch.device("meta"):
            unet = UNet(stored.config)
        self._load(unet, stored, placement, "unet")
        return unet

    def vae(self, placement: Placement | None = None) -> VAE:
        """The VAE, in the placement's `vae_dtype`."""
        stored = self._stored(self.contents.vae, "vae")
        with torch.device("meta"):
            vae = VAE(stored.config)
        self._load(vae, stored, placement, "vae")
        return vae

    def text_encoder(self, placement: Placement | None = None) -> TextEncoder:
        """The text encoder with its vocabulary, stopped after the layer that the U-Net was trained with."""
        stored = self._stored(self.contents.text, "text_encoder")
        if isinstance(stored.config, BertConfig):
            return self._bert(stored.config, stored, placement)
        if isinstance(stored.config, BertSizes):
            return self._bert_inside(stored.config, stored, placement)
        vocabulary = self._vocabulary(stored.config)
        with torch.device("meta"):
            model = clip_text_model(stored.config)
        self._load(trunk(model), stored, placement, "text_encoder")
        # Positions are no weights: a file has none, and on the meta device they have no values.
        embeddings = trunk(model).embeddings
        device = embeddings.token_embedding.weight.device
        embeddings.position_ids = torch.arange(stored.config.positions, device=device)[None]
        return TextEncoder(ClipNetwork(model), vocabulary, self.contents.last_layer)

    def _bert(self, config: BertConfig, stored: Stored[TextConfig], placement: Placement | None) -> TextEncoder:
        some = next(iter(stored.part.sources.values())).name
        dtype = stored.part.file.dtype(some) if placement is None else self._dtype("text_encoder", placement)
        device = "cpu" if placement is None else placement.device
        return open_bert(
            config.folder, tokenizer=config.tokenizer, positions=config.positions, dtype=dtype, device=device
        )

    def _bert_inside(self, config: BertSizes, stored: Stored[TextConfig], placement: Placement | None) -> TextEncoder:
        model = bert_model(config)
        self._load(model, stored, placement, "text_encoder")
        fill_buffers(model, "cpu" if placement is None else placement.device)
        return TextEncoder(BertNetwork(model, config.positions), self.contents.vocabulary())

    def denoiser(self, placement: Placement | None = None, prediction: Prediction | None = None) -> Denoiser:
        """The U-Net as a denoiser; `prediction` overrules what the checkpoint says or leaves open."""
        config = self.unet_config
        if config.in_channels != config.out_channels:
            raise CheckpointError(
                f"the U-Net in {self.contents.path.name!r} takes {config.in_channels} channels and gives "
                f"{config.out_channels}: an inpainting or image-to-image model; one that takes what it gives is right"
            )
        unet = self.unet(placement)
        weight = next(unet.parameters())
        last = placement is not None and placement.channels_last
        return Denoiser(unet, self.levels, prediction or self.prediction, weight.dtype, weight.device, last)

    def _stored(self, stored: Stored[Config] | None, name: PartName) -> Stored[Config]:
        self.require([name])
        assert stored is not None
        return stored

    def _load(self, module: nn.Module, stored: Stored[Config], placement: Placement | None, name: PartName) -> None:
        if placement is None:
            stored.part.load(module, None, "cpu")
        else:
            dtype = self._dtype(name, placement)
            stored.part.load(module, dtype, placement.device, channels_last=placement.channels_last)
            if placement.packed:
                pack(module)

    def _dtype(self, part: PartName, placement: Placement) -> torch.dtype:
        return placement.torch_vae_dtype if part == "vae" else placement.torch_dtype

    def _vocabulary(self, config: ClipConfig) -> Vocabulary:
        vocabulary = self.contents.vocabulary()
        if vocabulary.size > config.vocabulary:
            raise CheckpointError(
                f"the text encoder in {self.contents.path.name!r} knows {config.vocabulary} tokens, but its tokenizer "
                f"has {vocabulary.size}; a tokenizer of that size, in a diffusers folder, would be right"
            )
        return vocabulary


def open_checkpoint(path: Path | str, parts: Collection[PartName] = PARTS) -> Checkpoint:
    """What a safetensors file in Stable Diffusion's single-file layout, or a diffusers folder, holds.

    Only headers are read, weights when a part is loaded. Nothing is ever unpickled. Raises CheckpointError, saying what
    is there instead, unless all of `parts` are; ask for ("vae",) to open a VAE that is stored alone.
    """
    path = Path(path)
    if not path.exists():
        raise CheckpointError(f"there is no {str(path)!r}; {RIGHT}")
    checkpoint = Checkpoint(read_folder(path) if path.is_dir() else read_file(path))
    checkpoint.require(parts)
    _refuse_strangers(checkpoint)
    return checkpoint


def _refuse_strangers(checkpoint: Checkpoint) -> None:
    """Raises CheckpointError if the U-Net cannot read what the text encoder writes."""
    unet, text = checkpoint.contents.unet, checkpoint.contents.text
    if unet is None or text is None:
        return
    for title, reads in (("contexts", unet.config.context_dim), ("pooled vectors", unet.config.vector_dim)):
        if reads not in (None, text.config.width):
            raise CheckpointError(
                f"the U-Net in {checkpoint.contents.path.name!r} reads {title} of width {reads}, but the text encoder "
                f"writes {text.config.width}; parts that were trained together would be right"
            )
