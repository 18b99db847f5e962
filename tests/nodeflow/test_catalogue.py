"""What there is by the settings: plugins, folders in their order, and checks that run nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.graph import parse
from nodeflow.problems import GraphError

LOADERS = """
from pathlib import Path
from typing import Annotated
from nodeflow import FileChoice, Seed, hookimpl, node
from nodeflow.folders import ModelFolder

@node
def load_lora(lora: Annotated[str, FileChoice("loras")] = "ink.sft", seed: Annotated[int, Seed()] = 3) -> str:
    return lora

@hookimpl
def nodeflow_nodes():
    return [load_lora]

@hookimpl
def nodeflow_model_folders():
    return [ModelFolder("loras", Path(__file__).parent / "brought"), ModelFolder("luts", Path(__file__).parent)]
"""


@pytest.fixture
def catalogue(site: Any, tmp_path: Path) -> Callable[..., Catalogue]:
    """A catalogue of those settings, with a plugin among the built-in ones that loads files of kind `loras`."""
    site.install("acme", {"loaders.py": LOADERS}, {"acme": "loaders"})
    folders = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "disabled_plugins": ("image",)}
    return lambda code_ids=True, **settings: Catalogue(Config(**{**folders, **settings}), code_ids=code_ids)


def graph(**node: Any) -> Any:
    return parse({"nodeflow": 1, "nodes": {"a": {"type": "acme/LoadLora", **node}}})


def test_making_one_does_nothing(catalogue: Any, tmp_path: Path) -> None:
    made = catalogue()
    assert set(vars(made)) == {"config", "code_ids", "quiet", "complaints"}
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "cache").exists()


def test_plugins_are_loaded_once_without_the_disabled(catalogue: Any) -> None:
    made = catalogue(disabled_plugins=("basic", "image"))
    states = {plugin.name: plugin.state for plugin in made.plugins.loaded}
    # Further plugins may be installed.
    expected = {"acme": "loaded", "basic": "disabled", "diffusion": "loaded", "image": "disabled"}
    assert expected.items() <= states.items()
    assert made.plugins is made.plugins
    assert made.registry is made.plugins.registry
    assert "acme/LoadLora" in made.registry.nodes


def test_folders_are_looked_in_in_the_documented_order(catalogue: Any, site: Any, tmp_path: Path) -> None:
    extra = tmp_path / "extra.yaml"
    extra.write_text(
        f"first:\n  base_path: {tmp_path}/x\n  is_default: true\n  loras: preferred\n"
        f"second:\n  base_path: {tmp_path}/x\n  loras: later\n  hypernetworks: none_chooses_these\n"
    )
    for there in ("comfy/models/loras", "a1111/models/Lora", "a1111/models/LyCORIS"):
        (tmp_path / there).mkdir(parents=True)
    made = catalogue(
        model_folders={"loras": (tmp_path / "configured",)},
        extra_model_paths=(extra,),
        comfyui_roots=(tmp_path / "comfy",),
        a1111_roots=(tmp_path / "a1111",),
    )
    assert [folder.path for folder in made.folders.roots("loras")] == [
        tmp_path / "x" / "preferred",
        tmp_path / "configured",
        tmp_path / "data" / "models" / "loras",
        tmp_path / "x" / "later",
        tmp_path / "comfy" / "models" / "loras",
        tmp_path / "a1111" / "models" / "Lora",
        tmp_path / "a1111" / "models" / "LyCORIS",
        site.root / "brought",
    ]
    assert {folder.owner for folder in made.folders.roots("loras")} == {"configuration", "acme"}
    assert "hypernetworks" not in made.folders.kinds


def test_kinds_are_those_that_a_node_chooses_from_or_a_plugin_brings(catalogue: Any) -> None:
    assert {"checkpoints", "loras", "luts"} <= catalogue().kinds
    assert "checkpoints" not in catalogue(disabled_plugins=("diffusion",)).kinds
    assert catalogue().folders.names("checkpoints")


def test_without_code_ids_all_else_is_the_same(catalogue: Any) -> None:
    whole, quick = catalogue(), catalogue(code_ids=False)
    assert all(spec.code_id for spec in whole.registry.nodes.values())
    assert quick.registry.nodes == {name: replace(spec, code_id="") for name, spec in whole.registry.nodes.items()}
    assert quick.plugins.loaded == whole.plugins.loaded
    with pytest.raises(GraphError) as caught:
        quick.check(graph(values={"lora": "oil.sft"}))
    assert [problem.code for problem in caught.value.problems] == ["unknown_choice"]
    assert all(spec.code_id for spec in App(whole.config).registry.nodes.values())


def test_a_kind_that_nobody_wants_is_told_of_and_stops_nothing(
    catalogue: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = catalogue(model_folders={"lorras": (tmp_path,)})
    assert "lorras" not in made.folders.kinds
    assert caplog.messages == ["settings: no node chooses files of kind 'lorras'; did you mean 'loras'?"]


def test_what_is_wrong_with_a_plugin_is_told_once_and_again_when_it_was_mended_meanwhile(
    catalogue: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "data" / "plugins" / "acme_try.py"
    file.parent.mkdir(parents=True)
    file.write_text("1 / 0\n")
    made = catalogue(disabled_plugins=("imagery",))
    assert made.plugins
    broken = f"plugin 'acme_try' failed: ZeroDivisionError: division by zero ({file}:1); mend {file}:1"
    misspelt = "no plugin 'imagery' to disable; did you mean 'image'?"
    assert caplog.messages == made.complaints == [misspelt, broken]
    made = made.renewed()
    assert caplog.messages == made.complaints == [misspelt, broken]
    file.write_text("from nodeflow import node\n\n@node\ndef one() -> int:\n    return 1\n")
    made = made.renewed()
    assert made.complaints == [misspelt]
    file.write_text("from nodeflow import node\n1 / 0\n")
    stale = broken.replace("failed", "is stale").replace(":1", ":2")
    assert (made.renewed().complaints, caplog.messages[2:]) == ([misspelt, stale], [stale])


def test_a_quiet_one_keeps_what_is_wrong_to_itself(catalogue: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings = catalogue(disabled_plugins=("imagery",)).config
    quiet = Catalogue(settings, quiet=True)
    assert quiet.plugins
    assert (len(quiet.complaints), caplog.messages) == (1, [])


def test_checking_finds_the_problems_of_a_graph(catalogue: Any, tmp_path: Path) -> None:
    made = catalogue()
    with pytest.raises(GraphError) as caught:
        made.check(graph(values={"lora": "oil.sft", "sead": 3}))
    assert sorted(problem.code for problem in caught.value.problems) == ["unknown_choice", "unknown_input"]
    lora = tmp_path / "data" / "models" / "loras" / "oil.sft"
    lora.parent.mkdir(parents=True)
    lora.write_text("oil")
    plan = made.check(graph(values={"lora": "oil.sft", "seed": None}))
    assert plan.steps[0].values == {"lora": "oil.sft", "seed": 0}
    assert plan.environment == {}


def test_an_uploaded_file_may_stand_for_one_of_any_kind(catalogue: Any) -> None:
    made = catalogue()
    digest = made.store.put(b"uploaded")
    assert made.check(graph(values={"lora": f"sha256:{digest}"})).steps[0].values["lora"] == f"sha256:{digest}"
