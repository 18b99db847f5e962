"""What is no pipeline folder is refused, and the message says what was found."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nodeflow_diffusers import folder
from nodeflow_diffusers.folder import PipelineError

from nodeflow.app import App
from nodeflow.graph import parse


@pytest.fixture
def copied(home: Any, tmp_path: Path) -> Path:
    home.pipeline("sd")
    return Path(shutil.copytree(home.folder("sd"), tmp_path / "copy"))


def with_index(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        index = json.loads((path / "model_index.json").read_text())
        change(index)
        (path / "model_index.json").write_text(json.dumps(index))

    return damage


def into_a_pickle(path: Path) -> None:
    (path / "unet" / "diffusion_pytorch_model.safetensors").rename(path / "unet" / "diffusion_pytorch_model.bin")


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no index": (
        lambda path: (path / "model_index.json").unlink(),
        "the folder 'copy' has no model_index.json; it holds scheduler, text_encoder, tokenizer, unet, vae",
    ),
    "no JSON": (
        lambda path: (path / "model_index.json").write_text("{"),
        "the model_index.json of 'copy' is no JSON: Expecting property name",
    ),
    "a list": (
        lambda path: (path / "model_index.json").write_text("[]"),
        "the model_index.json of 'copy' holds a list, where an object was expected",
    ),
    "no class": (
        with_index(lambda index: index.pop("_class_name")),
        "names no pipeline of diffusers in '_class_name', but None",
    ),
    "code of its own": (
        with_index(lambda index: index.update(unet=["my.own.module", "Net"])),
        "asks for code that is not of diffusers or transformers: unet (my.own.module)",
    ),
    "a part that is missing": (
        lambda path: shutil.rmtree(path / "unet"),
        "names unet, and the folder has no such parts: scheduler, text_encoder, tokenizer, vae",
    ),
    "a pickle": (
        into_a_pickle,
        "the unet of 'copy' has its weights as a pickle, diffusion_pytorch_model.bin, which can run code",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_folder_is_refused(copied: Path, name: str) -> None:
    damage, message = DAMAGES[name]
    damage(copied)
    with pytest.raises(PipelineError, match=re.escape(message)):
        folder.read(copied)


def test_a_folder_is_read(copied: Path) -> None:
    found = folder.read(copied)
    assert found.class_name == "StableDiffusionPipeline"
    assert sorted(found.components) == ["scheduler", "text_encoder", "tokenizer", "unet", "vae"]
    assert [file.name for file in found.weights("vae")] == ["diffusion_pytorch_model.safetensors"]
    assert found.variant is None


def test_parts_that_are_not_used_may_be_missing(copied: Path) -> None:
    with_index(lambda index: index.update(safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"]))(copied)
    assert "safety_checker" in folder.read(copied).components


def test_weights_under_a_variants_name_are_found_where_there_are_no_others(copied: Path) -> None:
    for component in ("unet", "vae"):
        plain = copied / component / "diffusion_pytorch_model.safetensors"
        shutil.copy(plain, plain.with_name("diffusion_pytorch_model.fp16.safetensors"))
    assert folder.read(copied).variant is None
    for file in [*copied.rglob("diffusion_pytorch_model.safetensors"), copied / "text_encoder" / "model.safetensors"]:
        file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    assert folder.read(copied).variant == "fp16"
    (copied / "vae" / "diffusion_pytorch_model.fp16.safetensors").rename(copied / "vae" / "x.bf16.safetensors")
    with pytest.raises(PipelineError, match="mixes weights of bf16 and fp16"):
        _ = folder.read(copied).variant


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("model.safetensors", ""),
        ("model-00001-of-00002.safetensors", ""),
        ("model.fp16.safetensors", "fp16"),
        ("model.fp16-00001-of-00002.safetensors", "fp16"),
    ],
)
def test_variants_by_name(name: str, variant: str) -> None:
    assert folder.variant_of(Path(name)) == variant


def test_a_run_says_why_a_file_is_no_pipeline(app: App, home: Any) -> None:
    file = home.folder("single.safetensors")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * 1234)
    document = {
        "nodeflow": 1,
        "nodes": {"load": {"type": "diffusers/LoadPipeline", "values": {"pipeline": "single.safetensors"}}},
    }
    result = app.run(parse(document))
    file.unlink()
    assert result.state == "failed"
    assert "'single.safetensors' is a single file of 1,234 bytes, and no pipeline folder" in str(result.error)
