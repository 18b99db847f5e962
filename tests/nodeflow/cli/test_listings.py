"""`nodeflow nodes`, `plugins`, `models`, `cache` and `schema`: what there is, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nodeflow.cli.listing import size, table

ROOT = Path(__file__).parents[3]

Command = Callable[..., Any]


def test_node_types_are_listed_by_category(call: Command) -> None:
    lines = call("nodes").out.splitlines()
    assert lines[0].split() == ["type", "category", "what", "it", "does"]
    found = {line.split()[0]: line.split()[1] for line in lines[1:]}
    assert found["KSampler"] == "sampling"
    assert found["LoadImage"] == "image"
    assert list(found.values()) == sorted(found.values())


def test_one_node_type_is_described(call: Command) -> None:
    told = call("nodes", "BlurImage")
    assert told.out.startswith("BlurImage (Blur Image), image/filter, from image, version 1\n\n")
    assert "; 0 to 256\n" in told.out
    assert call("nodes", "KSampler").out.startswith("KSampler, sampling, from diffusion, version 1\n")
    told = call("nodes", "blurimage")
    assert (told.code, told.out) == (2, "")
    assert told.err == "nodeflow: no node type 'blurimage'; did you mean 'BlurImage'?\n"


def test_node_types_as_json_hold_schemas_of_their_values(call: Command) -> None:
    nodes = {node["name"]: node for node in call("nodes", "--json").json["nodes"]}
    (alone,) = call("nodes", "KSampler", "--json").json["nodes"]
    assert alone == nodes["KSampler"]
    for node in nodes.values():
        jsonschema.Draft202012Validator.check_schema(node["values"])
    jsonschema.validate({"steps": 3, "sampler": "euler"}, alone["values"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"steps": 0}, alone["values"])


def test_a_reference_as_markdown(call: Command) -> None:
    text = call("nodes", "BlurImage", "--markdown").out
    assert "### BlurImage\n" in text
    assert "| image | Image |" in text
    told = call("nodes", "--markdown", "--json")
    assert told.code == 2
    assert "not allowed with" in told.err


def test_plugins_are_listed_and_a_disabled_one_too(call: Command, tmp_path: Path) -> None:
    assert [line.split()[0] for line in call("plugins").out.splitlines()[1:4]] == ["basic", "diffusion", "image"]
    settings = tmp_path / "settings.toml"
    settings.write_text(settings.read_text() + 'disabled_plugins = ["diffusion"]\n')
    found = {plugin["name"]: plugin for plugin in call("plugins", "--json").json["plugins"]}
    assert (found["diffusion"]["state"], found["diffusion"]["nodes"]) == ("disabled", [])
    assert (found["image"]["state"], found["image"]["distribution"]) == ("loaded", "nodeflow")
    assert call("nodes", "KSampler").code == 2


def test_plugins_are_listed_with_all_that_they_bring(call: Command, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "plugins"
    folder.mkdir(parents=True)
    begin = "import contextlib\nfrom nodeflow import Route, hookimpl\n\n@hookimpl\n"
    files = {
        "own_steps": f"{begin}def nodeflow_choices():\n    return {{'samplers': {{'mine': print, 'other': print}}}}\n",
        "own_route": f"{begin}def nodeflow_routes():\n    return [Route('GET', '/mesh', print)]\n",
        "own_lifespan": f"{begin}def nodeflow_lifespan(settings):\n    return contextlib.nullcontext()\n",
        "own_nothing": "",
        "own_broken": "import no_such_thing\n",
    }
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    lines = call("plugins").out.split("\n\n")[0].splitlines()
    column = lines[0].index("brings")
    found = {line.split()[0]: line[column:] for line in lines[1:]}
    assert {name: found[name] for name in files} == {
        "own_steps": "samplers (2)",
        "own_route": "1 route",
        "own_lifespan": "lifespan",
        "own_nothing": "nothing",
        "own_broken": "",
    }
    assert " node types, 1 model folder, blend_modes (" in found["image"]


def test_a_plugin_that_fails_is_named_and_the_rest_works(process: Command, tmp_path: Path) -> None:
    (tmp_path / "site" / "nodeflow_acme.py").write_text("import no_such_thing\n")
    told = process("plugins")
    assert told.code == 0
    file = tmp_path / "site" / "nodeflow_acme.py"
    said = f"acme failed: ModuleNotFoundError: No module named 'no_such_thing'\n  {file}:1\n  to mend it: install what"
    assert said in told.out
    assert f"and name it among the dependencies of nodeflow-acme; or mend the import in {file}:1\n" in told.out
    assert "Traceback" not in told.out
    assert "import no_such_thing" in process("plugins", "--traceback").out
    assert process("nodes", "BlurImage").code == 0


def test_models_are_listed_with_the_folders_looked_in(call: Command, tmp_path: Path) -> None:
    own = tmp_path / "data" / "models" / "checkpoints"
    (own / "sd").mkdir(parents=True)
    (own / "sd" / "mine.safetensors").write_bytes(b"12345")
    kinds = call("models", "--json").json["kinds"]
    names = {file["name"]: file["bytes"] for file in kinds["checkpoints"]["files"]}
    assert names["sd/mine.safetensors"] == 5
    assert names["nodeflow-scenes.safetensors"] > 1_000_000
    assert kinds["checkpoints"]["folders"][0] == {"path": str(own), "from": "configuration", "exists": True}
    text = call("models").out
    assert "checkpoints\n" in text
    assert "  sd/mine.safetensors  (5 bytes)\n" in text
    assert f"  in {tmp_path}/data/models/vae (configuration, not there)\n" in f"{text}\n"


def test_models_of_other_tools_are_found(call: Command, tmp_path: Path) -> None:
    comfy, automatic = tmp_path / "comfy", tmp_path / "a1111"
    places = {
        comfy / "models" / "checkpoints": "a.safetensors",
        automatic / "models" / "Stable-diffusion": "b.safetensors",
        automatic / "models" / "VAE": "v.safetensors",
        tmp_path / "shared": "c.safetensors",
    }
    for folder, name in places.items():
        folder.mkdir(parents=True)
        (folder / name).touch()
    (tmp_path / "extra.yaml").write_text("mine:\n    base_path: .\n    checkpoints: shared\n")
    with (tmp_path / "settings.toml").open("a") as settings:
        settings.write('comfyui_roots = ["comfy"]\na1111_roots = ["a1111"]\nextra_model_paths = ["extra.yaml"]\n')
    kinds = call("models", "--json").json["kinds"]
    checkpoints = [file["name"] for file in kinds["checkpoints"]["files"]]
    assert checkpoints == ["a.safetensors", "b.safetensors", "c.safetensors", "nodeflow-scenes.safetensors"]
    assert [file["name"] for file in kinds["vae"]["files"]] == ["v.safetensors"]


def test_the_cache_is_shown_and_cleared(call: Command, tmp_path: Path) -> None:
    assert call("run", ROOT / "graphs" / "image-only.json").code == 0
    shown = call("cache", "show", "--json").json
    assert (shown["folder"], shown["cleared"]) == (str(tmp_path / "cache"), False)
    assert shown["entries"] == 8
    assert 0 < shown["bytes"] < shown["budget"]
    assert call("cache", "show").out.startswith("8 results, ")
    told = call("cache", "clear").out
    assert told == f"forgot 8 results, {size(shown['bytes'])}, from {tmp_path}/cache\n"
    assert call("cache", "show").out.startswith("0 results, 0 bytes of at most 10.0 GiB, in ")
    assert call("cache", "drop").code == 2


def test_a_wrong_setting_ends_every_command_with_its_name(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEFLOW_CAHCE_DIR", "x")
    for command in (["nodes"], ["plugins"], ["models"], ["cache", "show"]):
        told = call(*command)
        assert (told.code, told.out) == (4, "")
        assert "NODEFLOW_CAHCE_DIR" in told.err
        assert "did you mean 'NODEFLOW_CACHE_DIR'?" in told.err


def test_the_schema_takes_the_sample_graphs_and_nothing_else(call: Command) -> None:
    schema = call("schema").json
    check = jsonschema.Draft202012Validator(schema)
    for path in (ROOT / "graphs").glob("*.json"):
        check.validate(json.loads(path.read_text()))
    wrong: list[Mapping[str, Any]] = [
        {},
        {"nodeflow": 2, "nodes": {}},
        {"nodeflow": 1, "nodes": {"a b": {"type": "X"}}},
        {"nodeflow": 1, "nodes": {}, "inputs": {"": "a.value"}},
        {"nodeflow": 1, "nodes": {"a": {"type": "X", "value": {}}}},
    ]
    assert not any(check.is_valid(document) for document in wrong)


def test_a_table_is_as_wide_as_its_widest_cells() -> None:
    assert table(["a", "b"], [["xyz", ""], ["", "q"]]) == "a    b\nxyz\n     q"
    assert table(["a"], []) == "a"


@pytest.mark.parametrize(
    ("nbytes", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (3 << 29, "1.5 GiB"), (5 << 50, "5120.0 TiB")],
)
def test_sizes_are_in_the_unit_people_use(nbytes: int, words: str) -> None:
    assert size(nbytes) == words
