"""`python -m nodeflow_training` says in one line what is wrong with what it is asked, before it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from nodeflow_training.__main__ import main
from safetensors.torch import save_file


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none.safetensors", "there is no "),
        ("text.safetensors", "'text.safetensors' does not begin as a safetensors file does; right would be "),
        ("lora.safetensors", "'lora.safetensors' is a LoRA; right would be "),
        ("", "is a folder without unet, vae or text_encoder inside; right would be "),
    ],
)
def test_what_is_no_checkpoint_is_not_evaluated(
    name: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.safetensors").write_text("some words")
    save_file({"unet.to_q.lora_A.weight": torch.ones(1)}, tmp_path / "lora.safetensors")
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "--checkpoint", str(tmp_path / name)])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("python -m nodeflow_training: ")
    assert told in line


@pytest.mark.parametrize("option", ["--pictures", "--steps"])
@pytest.mark.parametrize("value", ["0", "-3", "2.5", "many"])
def test_numbers_begin_at_1(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", f"{option}={value}"])
    assert ended.value.code == 2
    assert f"argument {option}: {value!r} must be a whole number of at least 1" in capsys.readouterr().err


def test_a_part_that_comes_too_early_says_what_makes_it_possible(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["decoder", "--folder", str(tmp_path)])
    assert ended.value.code == 1
    assert "vae.safetensors': `python -m nodeflow_training vae` with its --folder makes it" in capsys.readouterr().err
