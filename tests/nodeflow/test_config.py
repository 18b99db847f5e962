"""Settings from a file, the environment and the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nodeflow.config import Config, default_file, load_config
from nodeflow.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_anything_the_defaults_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = load_config(None, {})
    assert (config.device, config.dtype, config.cache_memory) == ("auto", "auto", 1 << 30)
    assert config.model_memory is None
    assert config.disabled_plugins == ()


def test_a_file_sets_everything(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        data_dir = "data"
        cache_dir = "/cache"
        cache_memory = "512 MiB"
        cache_disk = 0
        model_memory = "4GB"
        cpus = 2
        device = "cuda:1"
        dtype = "float16"
        disabled_plugins = ["acme"]
        extra_model_paths = ["ui/extra_model_paths.yaml"]
        comfyui_roots = ["~/ComfyUI"]
        a1111_roots = []
        [model_folders]
        checkpoints = ["/models/sd", "mine"]
        """,
    )
    config = load_config(file, {})
    assert config.data_dir == tmp_path / "data"
    assert config.cache_dir == Path("/cache")
    assert (config.cache_memory, config.cache_disk, config.model_memory) == (512 << 20, 0, 4_000_000_000)
    assert (config.cpus, config.device, config.dtype) == (2, "cuda:1", "float16")
    assert config.disabled_plugins == ("acme",)
    assert config.extra_model_paths == (tmp_path / "ui/extra_model_paths.yaml",)
    assert config.comfyui_roots == (Path.home() / "ComfyUI",)
    assert config.model_folders == {"checkpoints": (Path("/models/sd"), tmp_path / "mine")}


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = written(tmp_path, 'device = "cpu"\ndtype = "float32"\ncpus = 1\n')
    environ = {"NODEFLOW_DEVICE": "cuda", "NODEFLOW_CPUS": "3", "NODEFLOW_DTYPE": "bfloat16"}
    config = load_config(file, environ, {"device": "mps"})
    assert (config.device, config.dtype, config.cpus) == ("mps", "bfloat16", 3)


def test_the_environment_splits_lists() -> None:
    environ = {
        "NODEFLOW_DISABLED_PLUGINS": "acme, other",
        "NODEFLOW_COMFYUI_ROOTS": os.pathsep.join(["/a", "/b"]),
        "NODEFLOW_CACHE_DISK": "1 GiB",
        "NODEFLOW_TRACEBACK": "1",
        "NODEFLOW_WEB": "skip",
        "UNRELATED": "x",
    }
    config = load_config(None, {**environ, "XDG_CONFIG_HOME": "/nowhere"})
    assert config.disabled_plugins == ("acme", "other")
    assert config.comfyui_roots == (Path("/a"), Path("/b"))
    assert config.cache_disk == 1 << 30


def test_the_file_is_found_by_variable_or_in_its_usual_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    assert default_file({}) is None
    usual = written(tmp_path, 'device = "cpu"\n')
    assert default_file({}) == usual
    assert load_config(None, {}).device == "cpu"
    assert default_file({"NODEFLOW_CONFIG": "~/other.toml"}) == Path.home() / "other.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('devise = "cpu"', "no setting 'devise'; did you mean 'device'"),
        ("zzz = 1", "no setting 'zzz'; there are data_dir, "),
        ("device = 3", "device is 3: input should be a valid string"),
        ('cache_memory = "lots"', "cache_memory is 'lots': "),
        ("cache_disk = -1", "cache_disk is -1"),
        ('data_dir = ""', "data_dir is ''"),
        ('cpus = "2"', "cpus is '2': input should be a valid integer"),
        ("cpus = 0", "cpus is 0"),
        ("disabled_plugins = [1]", r"disabled_plugins.0 is 1"),
        ('disabled_plugins = "acme"', "disabled_plugins is 'acme'"),
        ('model_folders = "here"', "model_folders is 'here'"),
        ('[model_folders]\nvae = "here"', "model_folders.vae is 'here'"),
        ("device =", "cannot read the settings in"),
    ],
)
def test_mistakes_are_told_with_file_setting_and_value(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(written(tmp_path, text), {})
    assert "config.toml" in str(caught.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path, "devise = 1\ndtype = 2\n"), {"NODEFLOW_CPUS": "many", "NODEFLOW_CASH_DIR": "/c"})
    assert sorted(line.split(": ")[0] for line in str(caught.value).splitlines()) == sorted(
        [str(tmp_path / "config.toml")] * 2 + ["environment"] * 2
    )
    assert "no setting 'NODEFLOW_CASH_DIR'; did you mean 'NODEFLOW_CACHE_DIR'?" in str(caught.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the settings in .*gone.toml"):
        load_config(tmp_path / "gone.toml", {})
    with pytest.raises(ConfigError, match=r"cannot read the settings in .*gone.toml"):
        load_config(None, {"NODEFLOW_CONFIG": str(tmp_path / "gone.toml")})


@pytest.mark.parametrize(("text", "means"), [("true", True), ("False", False)])
def test_a_truth_is_read_from_a_variable(text: str, means: bool) -> None:
    assert load_config(None, {"NODEFLOW_DEVELOPMENT": text}).development is means
    with pytest.raises(ConfigError, match="NODEFLOW_DEVELOPMENT is 'yes'"):
        load_config(None, {"NODEFLOW_DEVELOPMENT": "yes"})


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Config.model_fields.values())
