"""Tiny random checkpoints in the layout of Stable Diffusion, and a context that finds them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.preview import STABLE_DIFFUSION_1
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lib.vae import VAE, VAEConfig
from nodeflow_diffusion.lib.writer import save_checkpoint
from nodeflow_diffusion.loaders import Checkpoint, LoadCheckpoint
from nodeflow_diffusion.plugin import nodeflow_choices
from nodeflow_diffusion.text import TextEncode
from nodeflow_diffusion.types import Conditioning, Latent

from nodeflow import Context
from nodeflow.folders import Folders, ModelFolder
from nodeflow.models import Lease, ModelStore
from nodeflow.registry import Registry

TEXT = ClipConfig(width=32, layers=2, heads=2, intermediate=64)


def write_small(path: Path) -> None:
    """Like Stable Diffusion: 4 channels, 8 x 8 pixels a position."""
    unet = UNet(UNetConfig(channels=(32, 32), depths=(1, 1), res_blocks=1, heads=4, context_dim=32))
    vae = VAE(VAEConfig(channels=(32, 32, 32, 32), res_blocks=1))
    said = {"nodeflow.latent_rgb": STABLE_DIFFUSION_1.dump()}
    save_checkpoint(path, unet, vae, clip_text_model(TEXT), metadata=said)


def write_patchy(path: Path) -> None:
    """Like the checkpoint that comes with the pack: 16 channels, 16 x 16 pixels, a pooled vector, v-prediction."""
    sizes = UNetConfig(16, 16, channels=(32,), depths=(1,), res_blocks=1, heads=4, context_dim=32, vector_dim=32)
    vae = VAE(VAEConfig(latent_channels=16, channels=(32, 32, 32), res_blocks=1, patch=4))
    save_checkpoint(path, UNet(sizes), vae, clip_text_model(TEXT), metadata={"nodeflow.prediction": "v"})


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with checkpoints/small.safetensors, checkpoints/patchy.safetensors and vae/small.safetensors."""
    root = tmp_path_factory.mktemp("models")
    for kind in ("checkpoints", "vae"):
        (root / kind).mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        write_small(root / "checkpoints" / "small.safetensors")
        write_patchy(root / "checkpoints" / "patchy.safetensors")
    (root / "vae" / "small.safetensors").hardlink_to(root / "checkpoints" / "small.safetensors")
    return root


@pytest.fixture
def registry() -> Registry:
    """The pack's choices, to which a test may add."""
    registry = Registry()
    for table, choices in nodeflow_choices().items():
        registry.add_choices(table, choices, "diffusion")
    return registry


@pytest.fixture(scope="session")
def lease() -> Iterator[Lease]:
    """Keeps the models of all tests, which are told apart by their recipes."""
    with ModelStore(1 << 30).lease() as lease:
        yield lease


@pytest.fixture
def ctx(models_folder: Path, registry: Registry, lease: Lease) -> Context:
    """A context that finds the tiny checkpoints and the pack's choices."""
    folders = Folders(tuple(ModelFolder(kind, models_folder / kind) for kind in ("checkpoints", "vae")))
    return Context(folders=folders, choices=registry, models=lease, settings={"device": "cpu", "dtype": "float32"})


@pytest.fixture
def small(ctx: Context) -> Checkpoint:
    return LoadCheckpoint(checkpoint="small.safetensors").run(ctx)


@pytest.fixture
def patchy(ctx: Context) -> Checkpoint:
    return LoadCheckpoint(checkpoint="patchy.safetensors").run(ctx)


@pytest.fixture
def encode(small: Checkpoint, ctx: Context) -> Callable[[str], Conditioning]:
    """The conditioning of a prompt by the small checkpoint."""
    return lambda text: TextEncode(text_encoder=small.text_encoder, text=text).run(ctx)


@pytest.fixture
def latent() -> Latent:
    """Two latents of the small checkpoint's kind, 64 x 48 pixels, random."""
    return Latent(torch.randn(2, 4, 6, 8, generator=torch.Generator().manual_seed(1)))
