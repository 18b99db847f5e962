"""Files and folders in a folder of plugins are plugins, named after the file and isolated like any other."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.config import Config, load_config
from nodeflow.graph import parse
from nodeflow.plugins import Plugin, Plugins, load_plugins

SHOUT = """
from nodeflow import node

@node
def shout(text: str) -> str:
    return text.upper()
"""
HOOK = "\nfrom nodeflow import hookimpl\n@hookimpl\ndef nodeflow_nodes():\n    return [shout]\n"


@pytest.fixture
def folder(site: Any, tmp_path: Path) -> Path:
    """An empty folder of plugins, whose modules are forgotten after the test."""
    (tmp_path / "plugins").mkdir()
    return tmp_path / "plugins"


def write(folder: Path, package: str = "", /, **files: str) -> None:
    for name, text in files.items():
        path = folder / package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def load(*folders: Path, **options: Any) -> Plugins:
    return load_plugins([], folders=folders, **options)


def only(plugins: Plugins) -> Plugin:
    (plugin,) = plugins.loaded
    return plugin


def test_a_file_with_a_node_is_a_plugin(folder: Path) -> None:
    write(folder, acme_try=SHOUT)
    plugins = load(folder)
    plugin = only(plugins)
    assert (plugin.state, plugin.error, plugin.nodes) == ("loaded", "", ("acme_try/Shout",))
    assert (plugin.distribution, plugin.version, plugin.origin) == ("", "", str(folder / "acme_try.py"))
    assert plugin.source == plugin.origin
    assert plugins.registry.node("acme_try/Shout").owner == "acme_try"


def test_a_hook_decides_what_a_file_brings(folder: Path) -> None:
    write(folder, acme_try=SHOUT + SHOUT.replace("shout", "whisper") + HOOK)
    assert only(load(folder)).nodes == ("acme_try/Shout",)


def test_without_the_hook_only_what_is_written_there_and_is_not_hidden_counts(folder: Path) -> None:
    (folder / "acme_try").mkdir()
    (folder / "acme_try" / "nodes.py").write_text(SHOUT)
    own = SHOUT.replace("shout", "whisper") + SHOUT.replace("shout", "_cough").replace("@node", "@node()")
    (folder / "acme_try" / "__init__.py").write_text(
        f"from acme_try.nodes import shout\nfrom nodeflow import Node\n{own}"
    )
    assert only(load(folder)).nodes == ("acme_try/Whisper",)


def test_a_folder_imports_its_own_modules_as_a_distribution_would(folder: Path) -> None:
    write(folder, "acme_try/text", nodes=SHOUT)
    write(folder, "acme_try/deep", loud="LOUD = 1")
    write(folder, "acme_try", __init__=f"from acme_try.text.nodes import shout\nfrom .deep.loud import LOUD\n{HOOK}")
    assert only(load(folder)).nodes == ("acme_try/Shout",)


@pytest.mark.parametrize("name", [".hidden.py", "_helper.py", "__pycache__/x.py", ".git/x.py", "notes.txt", "a.pyc"])
def test_what_is_hidden_or_no_module_is_passed_over(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("raise SystemExit")
    assert load(folder).loaded == ()


def test_a_folder_that_is_not_there_has_no_plugins(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere").loaded == ()


def test_a_folder_that_is_none_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "plugins").write_text("")
    assert load(tmp_path / "plugins").loaded == ()
    assert caplog.messages == [f"cannot look for plugins in {str(tmp_path / 'plugins')!r}: Not a directory"]


def test_the_code_id_is_that_of_its_own_files(folder: Path) -> None:
    write(folder, "acme_try", __init__="from acme_try.nodes import shout" + HOOK, nodes=SHOUT)
    write(folder, acme_alone=SHOUT)

    def codes() -> dict[str, str]:
        registry = load(folder).registry
        return {name: spec.code_id for name, spec in registry.nodes.items()}

    first = codes()
    assert codes() == first
    (folder / "acme_try" / "table.txt").write_text("data")
    second = codes()
    assert second["acme_try/Shout"] != first["acme_try/Shout"]
    assert second["acme_alone/Shout"] == first["acme_alone/Shout"]


@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("x = 1\nimport no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'", 2),
        ("def broken(:\n", "SyntaxError: invalid syntax", 1),
        ("\n\nraise SystemExit('no licence')\n", "SystemExit: no licence", 3),
        ("from nodeflow import node\n\n@node\ndef bad(a): ...\n", "bad: annotate 'a', such as a: Image", 3),
        ("def helper():\n    return 1 / 0\n\nhelper()\n", "ZeroDivisionError: division by zero", 2),
        ("import json\njson.loads('{')\n", "JSONDecodeError", 2),
    ],
)
def test_a_bad_one_is_told_of_with_its_line_and_stops_nobody(folder: Path, source: str, said: str, line: int) -> None:
    write(folder, acme_bad=source, acme_good=SHOUT)
    plugins = {plugin.name: plugin for plugin in load(folder).loaded}
    assert (plugins["acme_good"].state, plugins["acme_bad"].state) == ("loaded", "failed")
    assert said in plugins["acme_bad"].error
    assert plugins["acme_bad"].place == f"{folder / 'acme_bad.py'}:{line}"
    assert "acme_bad" not in sys.modules


def test_a_module_that_the_plugin_itself_lacks_is_not_to_be_had_from_elsewhere(folder: Path) -> None:
    write(folder, "acme_try", __init__="\nfrom acme_try.helper import shout\n")
    line = f"{folder / 'acme_try' / '__init__.py'}:2"
    said = f"mend the import in {line}: 'acme_try' is here, but has no 'acme_try.helper'"
    assert only(load(folder)).fix == said


def test_the_line_of_a_fault_two_modules_away_is_told(folder: Path) -> None:
    write(folder, "acme_try", __init__="import acme_try.nodes\n", nodes="from acme_try.deep.table import TABLE\n")
    write(folder, "acme_try/deep", table="\nTABLE = {}['x']\n")
    assert only(load(folder)).place == f"{folder / 'acme_try' / 'deep' / 'table.py'}:2"
    assert not [name for name in sys.modules if name.startswith("acme_try")]


def test_once_mended_it_loads(folder: Path) -> None:
    write(folder, "acme_try", nodes="LATE = 1 / 0", __init__="from acme_try.nodes import LATE")
    assert only(load(folder)).state == "failed"
    write(folder, "acme_try", nodes="LATE = 1 / 1 + 1")
    assert only(load(folder)).state == "loaded"


@pytest.mark.parametrize("name", ["json", "numpy", "sys", "nodeflow"])
def test_no_file_takes_the_place_of_a_module_that_is_there(folder: Path, name: str) -> None:
    write(folder, **{name: SHOUT})
    before = sys.modules.get(name)
    plugin = only(load(folder))
    assert f"plugin {name!r}: there is such a module already" in plugin.error
    assert "rename the file" in plugin.error
    assert sys.modules.get(name) is before


@pytest.mark.parametrize("name", ["a b", "ä", "acme.try", "-a"])
def test_a_name_that_cannot_be_a_prefix(folder: Path, name: str) -> None:
    (folder / f"{name}.py").write_text(SHOUT)
    assert only(load(folder)).error == f"plugin {name!r}: rename the file; a name is letters, digits, '_' and '-'"


def test_the_name_of_an_installed_plugin_is_taken(folder: Path, site: Any) -> None:
    site.install("acme-dist", {"first.py": SHOUT + HOOK}, {"acme_try": "first"})
    write(folder, acme_try=SHOUT)
    first, second = load_plugins(site.entry_points, folders=[folder]).loaded
    assert (first.state, second.state) == ("loaded", "failed")
    path = str(folder / "acme_try.py")
    assert second.error == f"plugin 'acme_try' in {path!r} has the name of one of 'acme-dist'; rename the file"


def test_a_file_may_be_disabled_and_is_then_not_read(folder: Path) -> None:
    write(folder, acme_try="def broken(:")
    assert only(load(folder, disabled=("acme_try",))).state == "disabled"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("pyproject.toml", "is a project; install it: pip install -e "),
        ("nodes.py", "has no __init__.py; put the hooks"),
    ],
)
def test_a_folder_without_hooks_says_what_it_lacks(folder: Path, file: str, said: str) -> None:
    (folder / "acme_try").mkdir()
    (folder / "acme_try" / file).write_text("")
    assert said in only(load(folder)).error


def test_the_folder_of_the_data_and_those_of_the_settings(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(folder, acme_try=SHOUT)
    write(tmp_path / "data", "plugins", acme_data=SHOUT)
    names = os.pathsep.join([str(folder), str(tmp_path / "nowhere")])
    settings: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}
    assert load_config(None, {"NODEFLOW_PLUGIN_FOLDERS": names}, settings).plugin_folders[0] == folder
    app = App(Config(**settings, plugin_folders=(folder, tmp_path / "nowhere")))
    graph = parse({"nodeflow": 1, "nodes": {"a": {"type": "acme_data/Shout", "values": {"text": "x"}}}})
    assert app.run(graph).raise_error()["a.text"] == "X"
    assert "acme_try/Shout" in app.registry.nodes
    assert caplog.messages == [f"settings: plugin_folders: there is no folder {str(tmp_path / 'nowhere')!r}"]


def test_the_command_says_where_they_are_from(folder: Path, tmp_path: Path) -> None:
    write(folder, acme_try=SHOUT, acme_bad="1 / 0")
    variables = {"NODEFLOW_PLUGIN_FOLDERS": folder, "NODEFLOW_DATA_DIR": tmp_path, "NODEFLOW_CACHE_DIR": tmp_path}
    listed = subprocess.run(
        [sys.executable, "-m", "nodeflow", "plugins"],
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    # The folder of the data is that of the settings, too, and is looked into once.
    assert [line.split()[0] for line in listed.splitlines() if str(folder / "acme_try.py") in line] == ["acme_try"]
    assert f"\nacme_bad failed: ZeroDivisionError: division by zero\n  {folder / 'acme_bad.py'}:1\n" in listed
