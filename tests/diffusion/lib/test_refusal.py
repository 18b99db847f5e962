"""Files that are no checkpoints are refused with words about what they are."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from nodeflow_diffusion.lib.checkpoint import open_checkpoint
from nodeflow_diffusion.lib.refusal import CheckpointError, kind_of, refuse_unreadable
from safetensors.torch import save, save_file

RIGHT = "right would be a .safetensors file in Stable Diffusion's single-file layout, or a diffusers folder"


class Bomb:
    """Unpickling it fails the test."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return pytest.fail, ("a pickle was loaded",)


def torch_pickle(*, zipped: bool) -> bytes:
    buffer = io.BytesIO()
    torch.save({"state_dict": Bomb()}, buffer, _use_new_zipfile_serialization=zipped)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt", ".pt"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (torch_pickle(zipped=True), "is a zip archive, as torch.save writes them: a pickle"),
        (torch_pickle(zipped=False), "is a pickle, which could run any code"),
        (pickle.dumps(Bomb(), protocol=4), "is a pickle, which could run any code"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page or other markup"),
        (b"GGUF\x03\x00\x00\x00", "is a GGUF file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4265146304\n", "is a Git LFS pointer"),
        (b'{"error": "not found"}', "is JSON or other text"),
        (b"hello", "does not begin as a safetensors file does"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "does not begin as a safetensors file does"),
    ],
    ids=["empty", "zip", "old pickle", "pickle", "html", "gguf", "lfs", "json", "short", "png"],
)
def test_other_files(tmp_path: Path, data: bytes, words: str, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(data)
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert str(caught.value) == f"{path.name!r} {str(caught.value).split(' ', 1)[1]}"
    assert words in str(caught.value)
    assert str(caught.value).endswith(RIGHT)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (4, "does not begin as"),
        (9, "ends inside its header, after 9 bytes"),
        (-1, "is cut off: it has 99"),
        (-90, "cut off"),
    ],
)
def test_cut_off_files(tmp_path: Path, kept: int, words: str) -> None:
    whole = save({"a": torch.zeros(230)})
    path = tmp_path / "model.safetensors"
    path.write_bytes(whole[:kept])
    with pytest.raises(CheckpointError, match=words):
        open_checkpoint(path)


@pytest.mark.parametrize(
    "header", [b"{nonsense", b'{"a": 1}', b'{"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}', b"{}}"]
)
def test_damaged_headers(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\x00" * 4)
    with pytest.raises(CheckpointError, match="damaged"):
        open_checkpoint(path)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"], "a LoRA"),
        (["unet.down_blocks.0.attentions.0.to_q.lora_A.weight"], "a LoRA"),
        (["conditioner.embedders.0.transformer.x", "model.diffusion_model.out.2.bias"], "an SDXL checkpoint"),
        (["model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight"], "an SD 3 model"),
        (["model.diffusion_model.double_blocks.0.img_attn.qkv.weight"], "a Flux model"),
        (["double_blocks.0.img_attn.qkv.weight"], "a Flux model"),
        (["control_model.input_hint_block.0.weight"], "a ControlNet"),
        (["emb_params"], "a textual inversion embedding"),
        (["down_blocks.0.resnets.0.conv1.weight"], "a part of a diffusers folder by itself"),
        (["text_model.encoder.layers.0.mlp.fc1.weight"], "a text encoder by itself"),
        (["w", "x", "y", "z"], "a file of 4 tensors such as 'w', 'x', 'y'"),
        ([], "a file without tensors"),
    ],
)
def test_other_models(tmp_path: Path, names: list[str], words: str) -> None:
    assert kind_of(names) == words
    save_file({name: torch.zeros(1) for name in names}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=f"'model.safetensors' is {words}; right would be"):
        open_checkpoint(tmp_path / "model.safetensors")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no '.*nothing\.safetensors'"):
        open_checkpoint(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model.diffusion_model.middle_block.0.in_layers.2.weight", "there is no tensor"),
        ("first_stage_model.encoder.norm_out.weight", "there is no tensor"),
        ("cond_stage_model.transformer.text_model.final_layer_norm.weight", "there is no tensor"),
    ],
)
def test_crumbs_of_a_checkpoint(tmp_path: Path, name: str, words: str) -> None:
    save_file({name: torch.zeros(3, 3)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=words):
        open_checkpoint(tmp_path / "model.safetensors")


def test_a_header_as_long_as_a_pickle_begins_is_none(tmp_path: Path) -> None:
    """The first byte of a safetensors file is that of its header's length, which may be any."""
    path = tmp_path / "long.safetensors"
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(0x80)
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    assert path.read_bytes().startswith(b"\x80")
    refuse_unreadable(path)
