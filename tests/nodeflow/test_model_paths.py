"""Folders of other tools: ComfyUI's file of extra paths in both layouts, and the trees of installations."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodeflow.errors import ConfigError
from nodeflow.model_paths import A1111, COMFYUI, ModelPath, read_extra_model_paths, tree_paths

A1111_FILE = """\
a111:
    base_path: {base}

    checkpoints: models/Stable-diffusion
    configs: models/Stable-diffusion
    vae: models/VAE
    loras: |
         models/Lora
         models/LyCORIS
    embeddings: embeddings
"""

COMFYUI_FILE = """\
# nothing here
other_ui:
comfyui:
    base_path: models
    is_default: true
    checkpoints: checkpoints/
    clip: clip
    unet: |

        unet
        {elsewhere}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "extra_model_paths.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_layout_of_a1111_is_read(tmp_path: Path) -> None:
    found = read_extra_model_paths(written(tmp_path, A1111_FILE.format(base=tmp_path / "webui")))
    root = tmp_path / "webui"
    assert found == (
        ModelPath("checkpoints", root / "models/Stable-diffusion"),
        ModelPath("configs", root / "models/Stable-diffusion"),
        ModelPath("vae", root / "models/VAE"),
        ModelPath("loras", root / "models/Lora"),
        ModelPath("loras", root / "models/LyCORIS"),
        ModelPath("embeddings", root / "embeddings"),
    )


def test_old_kinds_relative_bases_defaults_and_absolute_lines_are_understood(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    found = read_extra_model_paths(written(tmp_path, COMFYUI_FILE.format(elsewhere=elsewhere)))
    assert found == (
        ModelPath("checkpoints", tmp_path / "models/checkpoints", first=True),
        ModelPath("text_encoders", tmp_path / "models/clip", first=True),
        ModelPath("diffusion_models", tmp_path / "models/unet", first=True),
        ModelPath("diffusion_models", elsewhere, first=True),
    )


def test_home_and_variables_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHARED_MODELS", str(tmp_path / "shared"))
    file = written(tmp_path, "a:\n  base_path: ~/ui\n  vae: vae\nb:\n  base_path: $SHARED_MODELS\n  vae: vae\n")
    assert [path.path for path in read_extra_model_paths(file)] == [tmp_path / "home/ui/vae", tmp_path / "shared/vae"]


def test_without_a_base_path_lines_are_relative_to_the_file(tmp_path: Path) -> None:
    assert read_extra_model_paths(written(tmp_path, "g:\n  vae: vae\n")) == (ModelPath("vae", tmp_path / "vae"),)


def test_an_empty_file_names_nothing(tmp_path: Path) -> None:
    assert read_extra_model_paths(written(tmp_path, "# all of it commented out\n")) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", r"the document should be a mapping .* not \['a', 'b'\]"),
        ("g: models\n", "group 'g' should be a mapping .* not 'models'"),
        ("g:\n  vae: 3\n", "g.vae should be a path, or several .* not 3"),
        ("g:\n  base_path: [x]\n", r"g.base_path should be a path.* not \['x'\]"),
        ("g:\n  is_default: perhaps\n", "g.is_default should be true or false, not 'perhaps'"),
        ("g: [\n", "cannot read"),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_extra_model_paths(written(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*nowhere.yaml"):
        read_extra_model_paths(tmp_path / "nowhere.yaml")


def test_an_installation_gives_the_folders_it_has(tmp_path: Path) -> None:
    for folder in ("models/Stable-diffusion", "models/Lora", "embeddings", "models/clip"):
        (tmp_path / folder).mkdir(parents=True)
    assert {(path.kind, path.path.name) for path in tree_paths(tmp_path, A1111)} == {
        ("checkpoints", "Stable-diffusion"),
        ("loras", "Lora"),
        ("embeddings", "embeddings"),
    }
    assert list(tree_paths(tmp_path, COMFYUI)) == [ModelPath("text_encoders", tmp_path / "models/clip")]


def test_an_installation_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="should be the root"):
        list(tree_paths(tmp_path / "nowhere", COMFYUI))
