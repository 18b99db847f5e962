"""docs/plugins/: its plugin is installed, tested and run as it stands; no hook, hint or setting is left out."""

from __future__ import annotations

import importlib
import importlib.resources
import inspect
import json
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from nodeflow import Context, Node, NodeflowError, Request, hookspecs, testing, widgets
from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import parse
from nodeflow.node import RESERVED, SETTINGS
from nodeflow.plugins import HOOKS
from nodeflow.spec import NodeSpec
from nodeflow.testing.plugin import check_plugin
from nodeflow.testing.schema import write_schema

DOCS = Path(__file__).parents[2] / "docs" / "plugins"
EXAMPLE, NODES, REFERENCE = (
    (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("example", "nodes", "reference")
)
FILE = re.compile(r"\*\*`(?P<path>[^`]+)`\*\*\n\n```\w+\n(?P<text>.*?)```", re.DOTALL)
SNIPPET = re.compile(r"(?<!\*\*\n\n)```python\n(.*?)```", re.DOTALL)
FILES = {found["path"]: found["text"] for found in FILE.finditer(EXAMPLE)}
SNIPPETS = SNIPPET.findall(NODES)


def words(text: str) -> str:
    """Text without its line breaks."""
    return " ".join(text.split())


@pytest.fixture
def app(site: Any, tmp_path: Path) -> App:
    """Everything, with the page's plugin installed as its pyproject.toml says."""
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    code = {path: text for path, text in FILES.items() if path.startswith("acme_film/")}
    points = project["entry-points"]["nodeflow"]
    site.install(project["name"], code, points, version=project["version"])
    settings: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}
    return App(Config(**settings))


def test_the_plugin_brings_what_the_page_says(app: App) -> None:
    (plugin,) = (plugin for plugin in app.plugins.loaded if plugin.name == "film")
    assert (plugin.state, plugin.error, plugin.distribution, plugin.version) == ("loaded", "", "acme-film", "0.1.0")
    assert plugin.hooks == tuple(sorted(HOOKS))
    assert plugin.nodes == ("film/ApplyCurve", "film/CurveOfMask", "film/FilmCurve", "film/LoadCurve")
    assert app.folders.names("curves") == ["soft.curve"]


def test_its_test_passes(app: App, site: Any) -> None:
    site.install("acme-film-tests", {"test_of_the_page.py": FILES["tests/test_nodes.py"]}, {})
    module = importlib.import_module("test_of_the_page")
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def test_its_graph_makes_a_picture_of_the_faded_black(app: App) -> None:
    result = app.run(parse(FILES["acme_film/graphs/faded.json"])).raise_error()
    assert importlib.import_module("acme_film.running").COUNTS["run_started"] == 1
    (artifact,) = result.artifacts["save"]
    with Pictures.open(app.store.path(artifact.sha256)) as picture:
        assert (picture.size, picture.convert("RGB").getpixel((5, 5))) == ((64, 64), (26, 26, 26))


def test_its_graphs_of_the_first_version_still_run(app: App) -> None:
    old = parse(
        FILES["acme_film/graphs/faded.json"].replace(
            '"type": "film/ApplyCurve"', '"type": "film/ApplyCurve", "version": 1'
        )
    ).dump()
    old["nodes"]["apply"]["values"] = {"amount": 50}
    plan = app.plan(parse(old))
    assert plan["apply"].values["strength"] == 0.5
    (note,) = plan.warnings
    assert "input 'amount' is now 'strength'; 'strength' was 50 and is 0.5" in note.message


def test_its_file_is_a_curve(app: App) -> None:
    nodes = {"curve": {"type": "film/LoadCurve"}}
    curve = app.run(parse({"nodeflow": 1, "nodes": nodes})).raise_error()["curve.curve"]
    assert np.array_equal(curve.levels, np.array([0, 0.3, 0.5, 0.7, 1], np.float32))
    kept = app.registry.type("Curve").codec
    assert kept is not None
    assert np.array_equal(kept.decode(kept.encode(curve)).levels, curve.levels)


def test_an_author_imports_from_nodeflow_itself() -> None:
    assert len(FILES) == 14
    for code in (*FILES.values(), *SNIPPETS):
        assert not re.search(r"(from|import) nodeflow\.(?!testing\b)", code)


def test_it_tells_what_its_files_are_answers_and_carries_out(app: App, tmp_path: Path) -> None:
    found = app.detected("curves", "soft.curve")
    assert found is not None
    assert (found.label, found.loader, found.details) == ("tone curve", "film/LoadCurve", {"levels": "5"})
    (route,) = app.plugins.routes["film"]
    assert route.handler(Request(parameters={"name": "plain"})) == {"levels": [0, 0.25, 0.5, 0.75, 1]}
    with pytest.raises(NodeflowError, match="there is no film stock 'sepia'"):
        route.handler(Request(parameters={"name": "sepia"}))
    settings: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}
    measured = App(Config(**settings, executors={"film": "film/measured"}))
    assert measured.run(parse(FILES["acme_film/graphs/faded.json"])).raise_error().artifacts["save"]


def test_it_passes_its_own_checks(app: App, tmp_path: Path) -> None:
    specs = [spec for spec in app.registry.nodes.values() if spec.owner == "film"]
    write_schema(specs, tmp_path / "schema.json")
    findings = list(check_plugin(app, "film", tmp_path / "schema.json"))
    # A version was raised, and a migration leads to it; a graph shows the nodes; every node could be tried.
    assert {(found.state, found.why) for found in findings} == {("held", "")}
    assert {found.subject for found in findings} == {"film", "film/faded", *(spec.name for spec in specs)}


def test_every_function_for_tests_is_in_a_table() -> None:
    for name in testing.__all__:
        if name != "CheckFailed":
            assert re.search(rf"^\| `{name}\(", NODES, re.MULTILINE), name


@pytest.mark.parametrize("package", ["nodeflow", "nodeflow_basic", "nodeflow_image", "nodeflow_diffusion"])
def test_an_authors_type_checker_reads_our_annotations(package: str) -> None:
    assert importlib.resources.files(package).joinpath("py.typed").is_file()


@pytest.fixture
def snippets(site: Any) -> list[ModuleType]:
    """The other pieces of code, each as a module."""
    names = [f"snippet_{number}" for number in range(len(SNIPPETS))]
    site.install("snippets", {f"{name}.py": code for name, code in zip(names, SNIPPETS, strict=True)}, {})
    return [importlib.import_module(name) for name in names]


def test_every_other_piece_of_code_is_a_node(snippets: list[ModuleType]) -> None:
    for module in snippets:
        own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
        assert len([NodeSpec.of(value) for value in own if isinstance(value, type) and issubclass(value, Node)]) == 1


def defined(snippets: list[ModuleType], name: str) -> Any:
    (found,) = (getattr(module, name) for module in snippets if hasattr(module, name))
    return found


def test_several_outputs(snippets: list[ModuleType]) -> None:
    assert tuple(defined(snippets, "divide")(a=7, b=2).run(Context())) == (3, 1)


def test_a_fingerprint_follows_the_file(snippets: list[ModuleType], tmp_path: Path) -> None:
    read, note = defined(snippets, "ReadNote"), tmp_path / "note"
    note.write_text("one")
    first = read.fingerprint({"path": str(note)}, None)
    assert read(path=str(note)).run(Context()) == "one"
    note.write_text("two")
    assert read.fingerprint({"path": str(note)}, None) != first


@pytest.mark.parametrize(("ready", "wanted"), [({}, "first"), ({"first": "a"}, "first"), ({"first": ""}, "second")])
def test_lazy_inputs_are_asked_for_in_turn(snippets: list[ModuleType], ready: dict[str, str], wanted: str) -> None:
    node = defined(snippets, "FirstText")(first="", second="b")
    assert list(node.needs(ready)) == [wanted]
    assert node.run(Context()) == "b"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_in_its_own_words(hook: str) -> None:
    specified = getattr(hookspecs, hook)
    heading = f"### `{hook}({', '.join(inspect.signature(specified).parameters)})`"
    assert heading in REFERENCE
    section = REFERENCE.partition(heading)[2].partition("\n### ")[0]
    prose: list[str] = []
    example: list[str] = []
    for line in inspect.cleandoc(specified.__doc__).splitlines():
        (example if line.startswith("    ") else prose).append(line)
    assert words("\n".join(prose)) in words(section)
    assert words("\n".join(example)) in words(section)


def test_every_setting_and_every_hint_is_in_a_table() -> None:
    for setting in SETTINGS:
        assert re.search(rf"^\| `{setting}` \|", NODES, re.MULTILINE), setting
    hints = [
        name
        for name, value in vars(widgets).items()
        if isinstance(value, type) and value.__module__ == widgets.__name__
    ]
    assert len(hints) == 7
    for hint in hints:
        assert f"`{hint}(" in NODES, hint
    for name in RESERVED - SETTINGS.keys():
        assert f"`{name}`" in NODES


def test_the_defaults_of_the_settings_are_those_of_the_page() -> None:
    for setting in ("category", "version", "cacheable", "output", "resources", "deprecated"):
        shown = json.dumps(getattr(Node, setting)).replace("true", "True").replace("false", "False")
        assert f"| `{setting}` | `{shown}` |" in NODES


@pytest.mark.parametrize(
    ("kind", "output"), [("Image", "image"), ("list[Image]", "images"), ("str", "text"), ("float", "number")]
)
def test_the_names_of_outputs_are_those_of_the_page(kind: str, output: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from nodeflow import Image, node\n@node\ndef make() -> {kind}: ...", names)  # noqa: S102
    assert list(NodeSpec.of(names["make"]).outputs) == [output]
    assert f"`{output}`" in NODES
