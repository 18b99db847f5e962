"""Loading plugins once more: what was edited is new, what was broken stays as it was, all else is untouched."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from nodeflow.context import Context
from nodeflow.plugins import Plugin, Plugins, renewed, sources
from nodeflow.plugins.modules import modules_of

HELPER = "FACTOR = 2\n"
MIDDLE = "from acme_scale.deep.helper import FACTOR\n"
NODES = """
from acme_scale.middle import FACTOR
from nodeflow import hookimpl, node

@node
def scale(number: int) -> int:
    return number * FACTOR

@hookimpl
def nodeflow_nodes():
    return [scale]
"""
PACKAGE = {
    "acme_scale/__init__.py": "",
    "acme_scale/deep/__init__.py": "",
    "acme_scale/deep/helper.py": HELPER,
    "acme_scale/middle.py": MIDDLE,
    "acme_scale/nodes.py": NODES,
}
OTHER = """
from nodeflow import hookimpl, node

@node
def shout(text: str) -> str:
    return text.upper()

@hookimpl
def nodeflow_nodes():
    return [shout]
"""


@pytest.fixture
def loaded(site: Any) -> Plugins:
    site.install("acme-scale", PACKAGE, {"scale": "acme_scale.nodes"})
    site.install("acme-other", {"acme_other.py": OTHER}, {"other": "acme_other"})
    found: Plugins = site.load()
    assert [plugin.state for plugin in found.loaded] == ["loaded", "loaded"]
    return found


def again(site: Any, before: Plugins, **options: Any) -> Plugins:
    return renewed(before, sources(site.entry_points), **options)


def edit(site: Any, path: str, text: str) -> None:
    """Another text, with the time of the one before: what is compiled of it must not be taken for this one's."""
    file = site.root / path
    before = file.stat() if file.exists() else None
    file.write_text(text)
    if before is not None:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def scaled(plugins: Plugins) -> int:
    found: int = plugins.registry.node("scale/Scale").node(number=10).run(Context())  # type: ignore[call-arg]
    return found


def named(plugins: Plugins, name: str) -> Plugin:
    (plugin,) = (plugin for plugin in plugins.loaded if plugin.name == name)
    return plugin


def test_strange_objects_in_modules_are_passed_over(site: Any) -> None:
    strange = "\nclass Strange:\n    __module__ = property(lambda self: 1 / 0)\n\n\nODD = Strange()\n"
    site.install("acme-scale", PACKAGE, {"scale": "acme_scale.nodes"})
    site.install("acme-other", {"acme_other.py": OTHER + strange}, {"other": "acme_other"})
    loaded = site.load()
    edit(site, "acme_scale/deep/helper.py", "FACTOR = 3\n")
    assert scaled(again(site, loaded)) == 30


def test_nothing_is_new_where_nothing_was_edited(site: Any, loaded: Plugins) -> None:
    found = again(site, loaded)
    assert found.loaded == loaded.loaded
    assert all(found.registry.nodes[name].node is spec.node for name, spec in loaded.registry.nodes.items())


def test_a_helper_two_modules_away_is_live_and_changes_no_other_plugins_keys(site: Any, loaded: Plugins) -> None:
    edit(site, "acme_scale/deep/helper.py", "FACTOR = 3\n")
    found = again(site, loaded)
    assert (scaled(loaded), scaled(found)) == (20, 30)
    before, now = (plugins.registry.nodes for plugins in (loaded, found))
    assert now["scale/Scale"].code_id != before["scale/Scale"].code_id
    assert now["other/Shout"] == before["other/Shout"]
    assert now["other/Shout"].node is before["other/Shout"].node


def test_what_comes_with_nodeflow_stays_as_it_is(site: Any, loaded: Plugins) -> None:
    site.install("nodeflow", {"acme_pack.py": OTHER.replace("shout", "murmur")}, {"pack": "acme_pack"})
    before = again(site, loaded)
    edit(site, "acme_pack.py", "broken(")
    edit(site, "acme_scale/deep/helper.py", "FACTOR = 3\n")
    found = again(site, before)
    assert named(found, "pack").state == "loaded"
    assert found.registry.node("Murmur").node is before.registry.node("Murmur").node
    assert found.registry.node("Murmur").code_id == before.registry.node("Murmur").code_id
    assert scaled(found) == 30


def test_the_ground_itself_is_never_taken_out() -> None:
    files = [Path(sys.modules[name].__file__ or "") for name in ("nodeflow", "nodeflow.node")]
    assert all(file.is_file() for file in files)
    assert modules_of(files) == {}


def test_time_after_time(site: Any, loaded: Plugins) -> None:
    for factor in (3, 4, 5):
        edit(site, "acme_scale/deep/helper.py", f"FACTOR = {factor}\n")
        loaded = again(site, loaded)
        assert scaled(loaded) == 10 * factor


@pytest.mark.parametrize(
    ("path", "text", "said", "line"),
    [
        ("acme_scale/middle.py", "FACTOR = (\n", "SyntaxError", 1),
        ("acme_scale/deep/helper.py", "\nimport no_such_module\n", "ModuleNotFoundError", 2),
        ("acme_scale/nodes.py", NODES.replace("return [scale]", "return [1 / 0]"), "ZeroDivisionError", 11),
        ("acme_scale/nodes.py", NODES.replace("number: int", "number: Missing"), "'Missing' is not defined", None),
    ],
)
def test_what_cannot_be_loaded_stays_as_it_was_and_says_why(
    site: Any, loaded: Plugins, path: str, text: str, said: str, line: int | None
) -> None:
    original = (site.root / path).read_text()
    edit(site, path, text)
    found = again(site, loaded)
    plugin = named(found, "scale")
    assert (plugin.state, plugin.works, plugin.nodes) == ("stale", True, ("scale/Scale",))
    assert said in plugin.error
    assert "mend" in plugin.fix or "install" in plugin.fix
    if line is not None:
        assert plugin.place == f"{site.root / path}:{line}"
    assert scaled(found) == 20
    assert sys.modules["acme_scale.middle"].FACTOR == 2
    assert named(found, "other").state == "loaded"
    edit(site, path, original)
    mended = again(site, found)
    assert (named(mended, "scale").state, named(mended, "scale").error, scaled(mended)) == ("loaded", "", 20)


def test_what_was_broken_from_the_first_is_there_once_it_is_mended(site: Any) -> None:
    site.install("acme-scale", {**PACKAGE, "acme_scale/middle.py": "FACTOR = ("}, {"scale": "acme_scale.nodes"})
    first = site.load()
    assert named(first, "scale").state == "failed"
    edit(site, "acme_scale/middle.py", MIDDLE)
    assert scaled(again(site, first)) == 20


def test_a_plugin_that_comes_and_one_that_goes(site: Any, loaded: Plugins) -> None:
    site.install("acme-new", {"acme_new.py": OTHER}, {"new": "acme_new"})
    more = again(site, loaded)
    assert "new/Shout" in more.registry.nodes
    less = renewed(more, sources([point for point in site.entry_points if point.name != "new"]))
    assert "new/Shout" not in less.registry.nodes
    assert "acme_new" not in sys.modules


def test_one_that_is_disabled_meanwhile_is(site: Any, loaded: Plugins) -> None:
    found = again(site, loaded, disabled=("scale",))
    assert (named(found, "scale").state, list(found.registry.nodes)) == ("disabled", ["other/Shout"])


TYPES = """
from nodeflow import WireType, hookimpl

class Mesh:
    pass

@hookimpl
def nodeflow_types():
    return [WireType("Mesh", Mesh, "#112233")]
"""
USER = """
from acme_types import Mesh
from nodeflow import hookimpl, node

@node
def make() -> Mesh:
    return Mesh()

@hookimpl
def nodeflow_nodes():
    return [make]
"""


def test_a_plugin_that_uses_the_types_of_another_follows_it(site: Any) -> None:
    site.install("acme-types", {"acme_types.py": TYPES}, {"types": "acme_types"})
    site.install("acme-user", {"acme_user.py": USER}, {"a_user": "acme_user"})
    first = site.load()
    edit(site, "acme_types.py", TYPES.replace("#112233", "#445566"))
    found = again(site, first)
    assert [plugin.state for plugin in found.loaded] == ["loaded", "loaded"]
    assert found.registry.type("Mesh").color == "#445566"
    made = found.registry.node("a_user/Make").node().run(Context())
    assert isinstance(made, found.registry.type("Mesh").python)
    edit(site, "acme_types.py", "broken(")
    last = again(site, found)
    assert [plugin.state for plugin in last.loaded] == ["stale", "stale"]
    assert all(plugin.place == f"{site.root / 'acme_types.py'}:1" for plugin in last.loaded)
    made = last.registry.node("a_user/Make").node().run(Context())
    assert isinstance(made, last.registry.type("Mesh").python)


def test_a_folder_and_a_file_among_the_plugins_are_followed(site: Any, tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    (folder / "acme_box").mkdir(parents=True)
    node = OTHER.partition("@hookimpl")[0]
    (folder / "acme_box" / "text.py").write_text(node)
    (folder / "acme_box" / "__init__.py").write_text(
        "from nodeflow import hookimpl\nfrom acme_box.text import shout\n@hookimpl\ndef nodeflow_nodes():\n"
        "    return [shout]\n"
    )
    (folder / "acme_file.py").write_text(node)

    def shouted(plugins: Plugins, name: str) -> object:
        return plugins.registry.node(name).node(text="a").run(Context())  # type: ignore[call-arg]

    found = renewed(site.load(), sources([], [folder]))
    assert [shouted(found, "acme_box/Shout"), shouted(found, "acme_file/Shout")] == ["A", "A"]
    for file in (folder / "acme_box" / "text.py", folder / "acme_file.py"):
        file.write_text(node.replace("text.upper()", "text * 2"))
    found = renewed(found, sources([], [folder]))
    assert [shouted(found, "acme_box/Shout"), shouted(found, "acme_file/Shout")] == ["aa", "aa"]
    (folder / "acme_file.py").write_text("broken(")
    found = renewed(found, sources([], [folder]))
    assert named(found, "acme_file").state == "stale"
    assert shouted(found, "acme_file/Shout") == "aa"
