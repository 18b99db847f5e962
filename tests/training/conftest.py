"""A context with folders and a store of its own, and tiny models and datasets in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from nodeflow_diffusion.loaders import LoadCheckpoint
from nodeflow_diffusion.plugin import nodeflow_choices
from nodeflow_diffusion.testing import write_checkpoint
from nodeflow_diffusion.types import VAE, Denoiser, ModelFile, TextEncoder
from nodeflow_training.nodes.datasets import DatasetFromImages
from nodeflow_training.nodes.encoding import EncodeDataset
from nodeflow_training.nodes.new_models import NewDenoiser, NewTextEncoder, NewVAE
from nodeflow_training.pictures import looked_at
from nodeflow_training.types import Dataset, Drawings, EncodedDataset

from nodeflow import Context, Image
from nodeflow.folders import Folders, ModelFolder
from nodeflow.registry import Registry
from nodeflow.store import Store

KINDS = {"training": (".pt",), "datasets": (".csv", ".jsonl"), "loras": (), "checkpoints": (), "images": ()}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


def context_in(home: Path) -> Context:
    """With model folders, a store and the choices of the diffusion pack; it computes in float32."""
    registry, store = Registry(), Store(home / "files")
    for table, choices in nodeflow_choices().items():
        registry.add_choices(table, choices, "diffusion")
    found = tuple(ModelFolder(kind, home / "models" / kind, suffixes=ends) for kind, ends in KINDS.items())
    folders = Folders(found, store=store)
    return Context(folders=folders, store=store, choices=registry, settings={"device": "cpu", "dtype": "float32"})


@pytest.fixture
def ctx(home: Path) -> Context:
    """Files in the store are those of all tests; states of training runs too, which are told apart by their recipes."""
    return context_in(home)


@pytest.fixture(scope="session")
def shared(home: Path) -> Context:
    return context_in(home)


@pytest.fixture(scope="session")
def text_encoder(shared: Context) -> TextEncoder:
    return NewTextEncoder(width=32, layers=1, heads=2, positions=16).run(shared)


WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "picture", "one", "two", "thr", "##ee", "four", "five", "never"]


@pytest.fixture(scope="session")
def bert(home: Path, shared: Context) -> TextEncoder:
    """An encoder of BERT's family with random weights and 13 words, in a folder as diffusers has them."""
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = home / "models" / "checkpoints" / "bert"
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "model_index.json").write_text("{}")
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    torch.manual_seed(0)
    model = BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=12, **sizes))
    model.save_pretrained(folder / "text_encoder")
    BertTokenizer(vocab={word: i for i, word in enumerate(WORDS)}).save_pretrained(folder / "tokenizer")
    return TextEncoder(ModelFile("checkpoints", "bert", shared.digest("checkpoints", "bert")))


@pytest.fixture(scope="session")
def vae(shared: Context) -> VAE:
    """With random weights: four channels, four pixels a position."""
    return NewVAE(channels="32, 32", latent_channels=4, patch=2).run(shared)


@pytest.fixture(scope="session")
def model(shared: Context, vae: VAE, text_encoder: TextEncoder) -> Denoiser:
    sizes = {"channels": "32, 32", "depths": "1, 1", "heads": 2}
    return NewDenoiser(vae=vae, text_encoder=text_encoder, **sizes).run(shared)


@pytest.fixture(scope="session")
def stirred(shared: Context, home: Path) -> Denoiser:
    """A model that has random weights in its last layer, too, where a new one has zeros: all of it has gradients."""
    (home / "models" / "checkpoints").mkdir(parents=True, exist_ok=True)
    write_checkpoint(home / "models" / "checkpoints" / "stirred.safetensors")
    return LoadCheckpoint(checkpoint="stirred.safetensors").run(shared).model


@pytest.fixture(scope="session")
def drawn() -> Dataset:
    """Eight scenes of one shape, 32 pixels a side."""
    return Dataset(Drawings(8, seed=3, items=1), side=32)


@pytest.fixture(scope="session")
def eight(shared: Context, drawn: Dataset) -> Dataset:
    """The same pictures as files, each with a caption of its own."""
    pixels = np.stack([looked_at(drawn, i) for i in range(8)]).astype(np.float32) / np.float32(255)
    captions = "\n".join(f"picture {word}" for word in ["one", "two", "three", "four", "five", "six", "seven", "eight"])
    return DatasetFromImages(image=Image(pixels), captions=captions, side=32).run(shared)


@pytest.fixture(scope="session")
def data(shared: Context, eight: Dataset, vae: VAE) -> EncodedDataset:
    """The eight pictures as latents; captions are encoded as they are needed."""
    return EncodeDataset(dataset=eight, vae=vae).run(shared)


@pytest.fixture
def write_pictures(tmp_path: Path) -> Callable[..., Path]:
    """write_pictures("a.png", "b.png", width=.., height=..): picture files in a folder of the test's own."""

    def write(*names: str, width: int = 24, height: int = 16) -> Path:
        from PIL import Image as Pillow

        for i, name in enumerate(names):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Pillow.new("RGB", (width, height), (40 * i, 90, 200)).save(path)
        return tmp_path

    return write
