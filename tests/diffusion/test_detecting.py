"""What model files are, told from their headers, in a process that never imports torch."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nodeflow_diffusion.detecting import checkpoint, lora, text_encoder, vae
from nodeflow_diffusion.lib import bert_layout, layout
from nodeflow_diffusion.lib.clip import ClipConfig, clip_text_model
from nodeflow_diffusion.lib.lora_layout import layers
from nodeflow_diffusion.lib.unet import UNet, UNetConfig
from nodeflow_diffusion.lora_header import CHANGED
from safetensors.numpy import save_file

from nodeflow import Detected

UNET = "model.diffusion_model."
CONTEXT = UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight"


def written(folder: Path, **shapes: tuple[int, ...]) -> Path:
    names = {name.replace("__", "."): np.zeros(shape, np.float32) for name, shape in shapes.items()}
    save_file(names, folder / "model.safetensors")
    return folder / "model.safetensors"


@pytest.mark.parametrize(
    ("width", "label"),
    [
        (768, "Stable Diffusion 1.x checkpoint"),
        (1024, "Stable Diffusion 2.x checkpoint"),
        (5, "Stable Diffusion checkpoint"),
    ],
)
def test_a_checkpoint_is_told_by_what_its_unet_attends_to(tmp_path: Path, width: int, label: str) -> None:
    path = written(tmp_path, **{CONTEXT: (2, width), "first_stage_model.decoder.conv_in.weight": (1,)})
    found = checkpoint(path)
    assert found is not None
    assert (found.label, found.loader, found.input) == (label, "LoadCheckpoint", "checkpoint")
    assert found.details["holds"] == "U-Net, VAE"


def test_a_vae_is_one_for_its_own_loader_only(tmp_path: Path) -> None:
    path = written(tmp_path, decoder__conv_in__weight=(1,))
    found = vae(path)
    assert found is not None
    assert (found.label, found.loader) == ("VAE", "LoadVAE")
    told = checkpoint(path)
    assert told is not None
    assert told.loader == ""


def test_a_text_encoder_is_told_in_a_checkpoint_and_apart_from_other_files(tmp_path: Path) -> None:
    found = text_encoder(written(tmp_path, cond_stage_model__transformer__x=(1,)))
    assert found is not None
    assert (found.label, found.loader) == ("text encoder of a checkpoint", "LoadTextEncoder")
    other = text_encoder(written(tmp_path, lora_up__weight=(1,)))
    assert other is not None
    assert (other.label, other.loader) == ("a LoRA", "")
    (tmp_path / "config.json").write_text("[]")
    assert text_encoder(tmp_path) is None


def test_what_it_is_in_words_where_nothing_loads_it(tmp_path: Path) -> None:
    found = checkpoint(written(tmp_path, lora_up__weight=(1,)))
    assert found is not None
    assert (found.label, found.loader) == ("a LoRA", "")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0[]"])
def test_what_is_no_safetensors_file_is_not_known(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.safetensors").write_bytes(content)
    assert checkpoint(tmp_path / "x.safetensors") is None
    assert vae(tmp_path / "x.safetensors") is None
    assert lora(tmp_path / "x.safetensors") is None


@pytest.mark.parametrize(
    ("index", "label", "loader"),
    [
        (
            {"_class_name": "StableDiffusionPipeline"},
            "diffusers folder of a Stable Diffusion pipeline",
            "LoadCheckpoint",
        ),
        ({"_class_name": "FluxPipeline"}, "diffusers folder of a FluxPipeline", ""),
        ([], None, None),
    ],
)
def test_a_folder_says_what_it_is(tmp_path: Path, index: object, label: str | None, loader: str | None) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    found = checkpoint(tmp_path)
    assert (None if found is None else found.label, None if found is None else found.loader) == (label, loader)
    assert vae(tmp_path) is None
    assert lora(tmp_path) is None


KEYS, PROJ = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k", "mid_block.attentions.0.proj_in"
TEXT = "text_model.encoder.layers.0.self_attn.q_proj"


def sides(layer: str, naming: str, width: int, rank: int = 4) -> dict[str, tuple[int, ...]]:
    """The tensors of a layer of a LoRA, as somebody names them."""
    if naming == "kohya":
        part, _, rest = layer.partition(".")
        short = {"unet": "lora_unet", "text_encoder": "lora_te"}.get(part, f"lora_{part}")
        name = f"{short}_{rest.replace('.', '_')}"
        return {f"{name}.lora_down.weight": (rank, width), f"{name}.lora_up.weight": (320, rank), f"{name}.alpha": ()}
    down, up = ("lora_A", "lora_B") if naming == "peft" else ("lora.down", "lora.up")
    return {f"{layer}.{down}.weight": (rank, width), f"{layer}.{up}.weight": (320, rank)}


@pytest.mark.parametrize("naming", ["peft", "diffusers", "kohya"])
@pytest.mark.parametrize(("width", "label"), [(768, "Stable Diffusion 1.x LoRA"), (1024, "Stable Diffusion 2.x LoRA")])
def test_a_lora_is_told_by_what_it_changes_whoever_named_it(
    tmp_path: Path, naming: str, width: int, label: str
) -> None:
    unet = sides(f"unet.{KEYS}", naming, width) | sides(f"unet.{PROJ}", naming, 320, rank=8)
    alone = lora(written(tmp_path, **unet))
    assert alone is not None
    assert (alone.label, alone.loader, alone.input) == (label, "LoadLoRAModelOnly", "lora")
    assert alone.details == {"names": naming, "rank": "4, 8", "width": str(width), "changes": "2 of the U-Net"}
    both = lora(written(tmp_path, **unet, **sides(f"text_encoder.{TEXT}", naming, width)))
    assert both is not None
    assert (both.label, both.loader) == (label, "LoadLoRA")
    assert both.details["changes"] == "2 of the U-Net, 1 of the text encoder"


@pytest.mark.parametrize(
    ("layers", "label", "loader"),
    [
        ({f"text_encoder.{TEXT}": 1024}, "Stable Diffusion 2.x LoRA", "LoadLoRA"),
        ({f"unet.{PROJ}": 320}, "Stable Diffusion LoRA", "LoadLoRAModelOnly"),
        ({f"unet.{KEYS}": 16}, "Stable Diffusion LoRA", "LoadLoRAModelOnly"),
        ({f"unet.{KEYS}": 2048}, "SDXL LoRA", ""),
        ({"unet.double_blocks.0.img_attn.proj": 3072}, "LoRA for another kind of model", ""),
        ({f"unet.{KEYS}": 768, f"te1.{TEXT}": 768}, "LoRA for another kind of model", ""),
    ],
)
def test_what_a_lora_fits_as_far_as_its_sizes_tell(
    tmp_path: Path, layers: dict[str, int], label: str, loader: str
) -> None:
    tensors = [sides(layer, "kohya", width) for layer, width in layers.items()]
    found = lora(written(tmp_path, **{name: shape for each in tensors for name, shape in each.items()}))
    assert found is not None
    assert (found.label, found.loader) == (label, loader)


@pytest.mark.parametrize(
    ("tensors", "label"),
    [
        ({f"unet.{KEYS}.lora_A.weight": (4, 768)}, "a LoRA"),
        ({**sides(f"unet.{KEYS}", "peft", 768), f"unet.{KEYS}.dora_scale": (320,)}, "a LoRA"),
        ({"lora_unet_mid_block.hada_w1_a": (4, 768)}, "a LoRA"),
        ({"decoder.conv_in.weight": (1,)}, "a file of 1 tensors such as 'decoder.conv_in.weight'"),
        ({}, "a file without tensors"),
    ],
)
def test_what_is_no_lora_of_a_known_form_has_no_loader(tmp_path: Path, tensors: dict[str, Any], label: str) -> None:
    found = lora(written(tmp_path, **tensors))
    assert found is not None
    assert (found.label, found.loader) == (label, "")


@pytest.mark.parametrize("detect", [checkpoint, vae, text_encoder])
def test_a_lora_in_another_folder_says_where_it_belongs(
    tmp_path: Path, detect: Callable[[Path], Detected | None]
) -> None:
    found = detect(written(tmp_path, **sides(f"unet.{KEYS}", "kohya", 768)))
    assert found is not None
    assert (found.label, found.loader) == ("Stable Diffusion 1.x LoRA; its place is the folder loras", "")


def test_whatever_a_lora_can_change_of_a_model_is_known_by_its_name() -> None:
    with torch.device("meta"):
        unet = UNet(UNetConfig(vector_dim=8))
        text = clip_text_model(ClipConfig(width=8, layers=1, heads=2, intermediate=8, vocabulary=10))
    names = layers(unet).keys() | layers(text).keys()
    assert [name for name in names if not CHANGED.match(name)] == []


def test_names_of_parts_are_those_that_the_loader_looks_for() -> None:
    from nodeflow_diffusion import detecting

    assert (detecting.UNET, detecting.VAE_PREFIX) == (layout.UNET, layout.VAE)
    assert layout.TEXT.startswith(detecting.TEXT)
    assert bert_layout.TOKENIZER == detecting.TOKENIZER


def test_the_command_tells_it_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom nodeflow.catalogue import Catalogue\nfrom nodeflow.config import Config\n"
        "from pathlib import Path\nfound = Catalogue(Config(data_dir=Path(sys.argv[1]), cache_dir=Path(sys.argv[1])))"
        ".detected('checkpoints', 'nodeflow-scenes.safetensors')\n"
        "assert 'torch' not in sys.modules\nprint(found.loader)"
    )
    told = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "LoadCheckpoint"
