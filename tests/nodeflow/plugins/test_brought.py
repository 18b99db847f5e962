"""What a plugin brings by its hooks: all of it or nothing, and told what of it is wrong."""

from typing import Any

import pytest

from nodeflow.folders import ModelFolder
from nodeflow.plugins import HOOKS, Plugins
from tests.nodeflow.plugins.outcomes import GOOD, failed, states

# Everything a plugin can bring, so that one that fails could leave any of it behind.
WHOLE = """
import contextlib
from pathlib import Path
from nodeflow import Choices, Detector, Image, Migration, Node, Route, WireType, hookimpl, node
from nodeflow.folders import ModelFolder

class Mesh:
    pass

@node(version=2)
def to_mesh(image: Image) -> Mesh:
    return Mesh()

TYPES = [WireType("Mesh", Mesh, "#112233")]
NODES = [to_mesh]
CHOICES = {"meshes": {"plain": print}}
FOLDERS = [ModelFolder("luts", Path(__file__).parent, suffixes=(".cube",))]
MIGRATIONS = [Migration("ToMesh", 1, print)]
GRAPHS = {"start": Path(__file__)}
CONVERTERS = [to_mesh]
OBSERVERS = [print]
DETECTORS = [Detector(("luts",), print)]
ROUTES = [Route("GET", "/meshes", print)]
EXECUTORS = {"loud": print}

@hookimpl
def nodeflow_types():
    return TYPES

@hookimpl
def nodeflow_nodes():
    return NODES

@hookimpl
def nodeflow_choices():
    return CHOICES

@hookimpl
def nodeflow_model_folders():
    return FOLDERS

@hookimpl
def nodeflow_migrations():
    return MIGRATIONS

@hookimpl
def nodeflow_graphs():
    return GRAPHS

@hookimpl
def nodeflow_converters():
    return CONVERTERS

@hookimpl
def nodeflow_observers():
    return OBSERVERS

@hookimpl
def nodeflow_detectors():
    return DETECTORS

@hookimpl
def nodeflow_routes():
    return ROUTES

@hookimpl
def nodeflow_executors():
    return EXECUTORS

@hookimpl
def nodeflow_lifespan(settings):
    return contextlib.nullcontext()

@hookimpl
def nodeflow_environment(settings):
    return {"device": settings["device"]}
"""


BROKEN = {
    "an import that fails": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "a syntax error": ("def broken(:", "SyntaxError: invalid syntax"),
    "an exit": ("raise SystemExit('no license')", "SystemExit: no license"),
    "an exception that cannot speak": (
        "class Mute(Exception):\n    def __str__(self): return self.missing\nraise Mute",
        "Mute: its message cannot be had (AttributeError)",
    ),
    "an exit of another kind": ("class Stop(BaseException): ...\nraise Stop", "Stop"),
    "a wrong declaration": ("@node\ndef bad(a): ...", "bad: annotate 'a', such as a: Image"),
    "a hook that raises": ("CHOICES = property()\ndef nodeflow_x(): ...\n1 / 0", "ZeroDivisionError: division by zero"),
    "a wrong argument": (
        "@hookimpl\ndef nodeflow_environment(setings): ...",
        "nodeflow_environment is given no 'setings'; it takes settings",
    ),
    "a hook that is none": ("@hookimpl\ndef nodeflow_node(): ...", "no hook 'nodeflow_node'; did you mean"),
    "an unmarked hook": (
        "def nodeflow_nodes(): ...",
        "nodeflow_nodes is not marked; put @nodeflow.hookimpl above it",
    ),
    "an unmarked misspelt hook": (
        "def nodeflow_type(): ...",
        "no hook 'nodeflow_type'; did you mean 'nodeflow_types'?",
    ),
    "no node": ("NODES.append(print)", "<built-in function print> is no node; subclass nodeflow.Node"),
    "one node, not a list": ("NODES = to_mesh", "nodeflow_nodes returned <class 'bad_plugin.to_mesh'>; it must return"),
    "no wire type": ("TYPES = [Mesh]", "nodeflow_types gave <class 'bad_plugin.Mesh'>, which is no WireType"),
    "an unknown wire type": (
        "class Cloud: ...\n@node\ndef cloudy(a: Cloud) -> None: ...\nNODES.append(cloudy)",
        "bad/Cloudy.a: no wire type 'Cloud'; there are",
    ),
    "a class of the same name": (
        "class Mask: ...\n@node\ndef cut(a: Mask) -> None: ...\nNODES.append(cut)",
        "bad/Cut.a: bad_plugin.Mask is not the wire type 'Mask' of 'nodeflow', which is nodeflow.types.Mask",
    ),
    "a node twice": ("NODES *= 2", "node type 'bad/ToMesh' of 'bad' exists already, from 'bad'"),
    "a wire type of the framework": (
        "TYPES.append(WireType('Image', Image, '#000000'))",
        "wire type 'Image' of 'bad' exists already, from 'nodeflow'",
    ),
    "a choice of another plugin": (
        "CHOICES['modes'] = {'soft': print}",
        "mode 'soft' of 'bad' exists already, from 'alpha'",
    ),
    "a choice that leads nowhere": ("CHOICES['modes'] = {'x': 'no place'}", "'no place' must look like"),
    "choices without a table": ("CHOICES = ['soft']", "nodeflow_choices returned ['soft']; it must return"),
    "a table without a name": ("CHOICES = {1: {}}", "nodeflow_choices returned {1: {}}; it must return"),
    "a folder that is text": ("FOLDERS = ['luts']", "nodeflow_model_folders gave 'luts', which is no ModelFolder"),
    "a migration of nobody's": (
        "MIGRATIONS.append(Migration('Sharpen', 1, print))",
        "migration of 'bad/Sharpen': 'bad' has no such node type",
    ),
    "a converter of nobody's": (
        "@node\ndef other(image: Image) -> Mesh: ...\nCONVERTERS.append(other)",
        "nodeflow_converters gave <class 'bad_plugin.other'>, which nodeflow_nodes does not give",
    ),
    "a converter of two things": (
        "@node\ndef two(a: Image, b: Image) -> Mesh: ...\nNODES.append(two)\nCONVERTERS.append(two)",
        "converter 'bad/Two' must have one input without a default, and one output",
    ),
    "an observer that cannot be called": (
        "OBSERVERS = ['print']",
        "nodeflow_observers gave 'print', which is no Callable",
    ),
    "a detector that is none": ("DETECTORS.append(print)", "<built-in function print>, which is no Detector"),
    "a detector of no kind": ("Detector('luts', print)", "a detector's kinds are a tuple, such as ('checkpoints',)"),
    "a route that is none": ("ROUTES.append('/meshes')", "nodeflow_routes gave '/meshes', which is no Route"),
    "a route of no method": ("Route('FETCH', '/meshes', print)", "no method 'FETCH'; there are GET, POST, PUT, PATCH"),
    "a route of no path": ("Route('GET', 'meshes', print)", "a path looks like '/curves' or '/curves/{name}'"),
    "a route that cannot be called": ("Route('GET', '/meshes', 1)", "route '/meshes': 1 cannot be called"),
    "an executor that is none": ("EXECUTORS['quiet'] = 1", 'it must return {"name": function}'),
    "a graph that is not there": ("GRAPHS['next'] = Path('nowhere')", "there is no file 'nowhere' for 'bad/next'"),
    "a graph that is text": ("GRAPHS = {'start': 'graph.json'}", 'it must return {"name": Path(...)}'),
    "a migration that is a function": ("MIGRATIONS = [print]", "which is no Migration"),
    "a path that is text": ("FOLDERS = [ModelFolder('luts', 'luts')]", "folder 'luts' of luts must be a pathlib.Path"),
}


USES_MESH = """
from nodeflow import hookimpl, node
from whole import Mesh

@node
def smooth(mesh: Mesh) -> Mesh:
    return mesh

@hookimpl
def nodeflow_nodes():
    return [smooth]
"""


def contents(plugins: Plugins) -> tuple[Any, ...]:
    """Everything that can be had from plugins."""
    registry = plugins.registry
    tables = {name: dict(table) for name, table in registry.tables.items()}
    environment = plugins.environment({"device": "cpu"})
    return (
        dict(registry.nodes),
        dict(registry.types),
        tables,
        plugins.folders,
        plugins.graphs,
        plugins.observers,
        environment,
    )


def test_a_plugin_brings_all_its_hooks(site: Any) -> None:
    site.install("acme-meshes", {"whole.py": WHOLE}, {"acme": "whole"}, version="2.1")
    plugins = site.load()
    (plugin,) = plugins.loaded
    assert (plugin.name, plugin.distribution, plugin.version, plugin.origin) == ("acme", "acme-meshes", "2.1", "whole")
    assert (plugin.state, plugin.error, plugin.traceback) == ("loaded", "", "")
    assert plugin.nodes == ("acme/ToMesh",)
    assert plugin.hooks == tuple(sorted(HOOKS))
    registry = plugins.registry
    assert registry.node("acme/ToMesh").owner == registry.type_owner("Mesh") == "acme"
    assert registry.table("meshes").owner("plain") == "acme"
    assert plugins.folders == (ModelFolder("luts", site.root, owner="acme", suffixes=(".cube",)),)
    assert registry.converters("Image", "Mesh") == ("acme/ToMesh",)
    assert [owner for owner, _ in plugins.observers] == ["acme"]
    assert plugins.graphs == {"acme/start": site.root / "whole.py"}
    assert registry.migration("acme/ToMesh", 1) is not None
    assert plugins.environment({"device": "cpu"}) == {"acme.device": "cpu"}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_bad_plugin_is_told_of_and_leaves_nothing(site: Any, fault: str) -> None:
    source, said = BROKEN[fault]
    modes = "\n@hookimpl\ndef nodeflow_choices():\n    return {'modes': {'soft': len}}\n"
    site.install("acme-alpha", {"alpha.py": GOOD + modes}, {"alpha": "alpha"})
    site.install("acme-zeta", {"zeta.py": GOOD}, {"zeta": "zeta"})
    without = contents(site.load())
    site.install("acme-bad", {"bad_plugin.py": f"{WHOLE}\n{source}\n"}, {"bad": "bad_plugin"})
    plugins = site.load()
    assert states(plugins) == {"alpha": "loaded", "bad": "failed", "zeta": "loaded"}
    plugin = failed(plugins, "bad")
    assert said in plugin.error
    assert "\n" not in plugin.error
    assert (plugin.distribution, plugin.origin) == ("acme-bad", "bad_plugin")
    assert contents(plugins) == without
    assert [name for name, _ in plugins.manager.list_name_plugin()] == ["alpha", "zeta"]


@pytest.mark.parametrize(
    "hook", ["nodes", "types", "choices", "model_folders", "migrations", "graphs", "converters", "observers"]
)
def test_a_hook_that_raises_fails_its_plugin_where_it_raised(site: Any, hook: str) -> None:
    raising = f"\n@hookimpl\ndef nodeflow_{hook}():\n    raise LookupError('no {hook} today')\n"
    site.install("acme-bad", {"bad_plugin.py": WHOLE + raising}, {"bad": "bad_plugin"})
    site.install("acme-zeta", {"zeta.py": GOOD}, {"zeta": "zeta"})
    plugins = site.load()
    assert states(plugins) == {"bad": "failed", "zeta": "loaded"}
    plugin = failed(plugins, "bad")
    assert plugin.error == f"LookupError: no {hook} today"
    assert f"in nodeflow_{hook}" in plugin.traceback and "bad_plugin.py" in plugin.traceback
    assert plugins.environment({"device": "cpu"}) == {}


def test_nodes_may_use_the_wire_types_of_another_plugin_whatever_their_names(site: Any) -> None:
    site.install("acme-meshes", {"whole.py": WHOLE}, {"meshes": "whole"})
    for name in ("above", "zone"):
        site.install(f"acme-{name}", {f"{name}.py": USES_MESH}, {name: name})
    assert set(site.load().registry.nodes) == {"above/Smooth", "meshes/ToMesh", "zone/Smooth"}
    plugins = site.load(disabled=("meshes",))
    assert states(plugins) == {"above": "failed", "meshes": "disabled", "zone": "failed"}
    assert "no wire type 'Mesh'" in failed(plugins, "zone").error
    assert "a plugin brings others by its hook nodeflow_types" in failed(plugins, "zone").error


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("{'cores': 4}", "nodeflow_environment must map text to text, not ('cores', 4)"),
        ("[1]", "TypeError"),
    ],
)
def test_an_environment_that_cannot_be_told_is_nobodys(
    site: Any, caplog: pytest.LogCaptureFixture, answer: str, said: str
) -> None:
    hook = "from nodeflow import hookimpl\n@hookimpl\ndef nodeflow_environment(settings):\n    return "
    site.install("acme", {"bad.py": f"{hook}{answer}", "fine.py": f"{hook}settings"}, {"bad": "bad", "fine": "fine"})
    first, second = site.load(), site.load()
    told = first.environment({"device": "cpu"})
    assert told["fine.device"] == "cpu"
    assert told["bad.unknown"] == first.environment({"device": "cpu"})["bad.unknown"]
    assert told["bad.unknown"] != second.environment({"device": "cpu"})["bad.unknown"]
    assert said in caplog.messages[0]
    assert "plugin 'bad' cannot say what its results depend on" in caplog.messages[0]


def test_plugins_that_change_the_settings_change_their_own_copy(site: Any) -> None:
    hook = "from nodeflow import hookimpl\n@hookimpl\ndef nodeflow_environment(settings):\n    "
    files = {"a.py": f"{hook}settings.clear()\n    return {{}}", "b.py": f"{hook}return settings"}
    site.install("acme", files, {"a": "a", "b": "b"})
    assert site.load().environment({"device": "cpu"}) == {"b.device": "cpu"}
