"""What model files are, told from their headers, in a process that never imports torch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nodeflow_diffusion.detecting import checkpoint, text_encoder, vae
from nodeflow_diffusion.lib import bert_layout, layout
from safetensors.numpy import save_file

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
