"""Every way in which a plugin can extend nodeflow, as pluggy hook specifications. All of them are optional."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pluggy import HookimplMarker, HookspecMarker

from nodeflow.context import Context
from nodeflow.detection import Detector
from nodeflow.events import Event
from nodeflow.folders import ModelFolder
from nodeflow.migration import Migration
from nodeflow.node import Node
from nodeflow.plugin_route import Route
from nodeflow.types import WireType

GROUP = "nodeflow"
"""The entry-point group of plugins, and the name of the project to pluggy."""

hookspec = HookspecMarker(GROUP)
hookimpl = HookimplMarker(GROUP)
"""Marks a function of a plugin as the implementation of the hook of its name."""


@hookspec
def nodeflow_nodes() -> Iterable[type[Node]]:  # type: ignore[empty-body]
    """The node types of the plugin.

    Called once, when the plugin is loaded; import nothing heavy for it. A node `Sharpen` of the entry point `acme`
    is registered as `acme/Sharpen`.

        @hookimpl
        def nodeflow_nodes():
            return (Sharpen, join_text)
    """


@hookspec
def nodeflow_types() -> Iterable[WireType]:  # type: ignore[empty-body]
    """The wire types of the plugin: what its links can carry beside what everybody shares.

    Called once, when the plugin is loaded. A plugin is registered after those whose types its nodes use, so nodes may
    use the types of another plugin; but no two plugins each other's. The name is that of the Python class.

        @hookimpl
        def nodeflow_types():
            return (WireType("Mesh", Mesh, "#7aa2f7", "A surface of triangles.", MeshCodec()),)
    """


@hookspec
def nodeflow_converters() -> Iterable[type[Node]]:  # type: ignore[empty-body]
    """Node types that make one wire type into another: offered where the two ends of a link do not fit.

    Called once, when the plugin is loaded. Nothing is ever converted unasked: the problem with the link names the
    node to put between. Each has one input without a default, and one output, and is among the plugin's node types.

        @hookimpl
        def nodeflow_converters():
            return (ImageToMask, MaskToImage)
    """


@hookspec
def nodeflow_choices() -> Mapping[str, Mapping[str, object]]:  # type: ignore[empty-body]
    """Named choices, by table: new tables for the plugin's own `Choices("...")`, new names in the tables of others.

    Called once, when the plugin is loaded. A text is an import string, "module:attribute", imported when the choice
    is first used. An empty table is a place for others to add to.

        @hookimpl
        def nodeflow_choices():
            return {"samplers": {"leap": "acme.samplers:leap"}}
    """


@hookspec
def nodeflow_model_folders() -> Iterable[ModelFolder]:  # type: ignore[empty-body]
    """Folders of files that come with the plugin, searched after those of the settings.

    Called once, when the plugin is loaded. A new kind says which endings its files have.

        @hookimpl
        def nodeflow_model_folders():
            return (ModelFolder("luts", Path(__file__).parent / "luts", suffixes=(".cube",)),)
    """


@hookspec
def nodeflow_detectors() -> Iterable[Detector]:  # type: ignore[empty-body]
    """What tells what a model file is, and which node type loads it.

    Called once, when the plugin is loaded. `nodeflow models` and `/v1/models` say of each file what the first
    detector that knows it has said; an editor makes the loader of a file that is dropped on it. A detector that
    raises is warned about, and the next one is asked. It reads headers, not weights, and imports no torch.

        def detect(path):
            if path.read_bytes()[:5] == b"TITLE":
                return Detected("a colour table", loader="acme/LoadTable", input="table")


        @hookimpl
        def nodeflow_detectors():
            return (Detector(("luts",), detect),)
    """


@hookspec
def nodeflow_migrations() -> Iterable[Migration]:  # type: ignore[empty-body]
    """How nodes that were saved with an older version of their type become nodes of the installed one.

    Called once, when the plugin is loaded. Each leads from one version to the next, and is used when a graph whose
    node says that it was made with that version is checked or run; the graph's user is told what was changed. Where
    no migration leads to the installed version, the node is taken as it stands, and marked.

        def percent_to_share(node):
            node.rename_input("amount", "strength")
            node.values["strength"] = node.values.get("strength", 100) / 100


        @hookimpl
        def nodeflow_migrations():
            return (Migration("Sharpen", from_version=1, change=percent_to_share),)
    """


@hookspec
def nodeflow_graphs() -> Mapping[str, Path]:  # type: ignore[empty-body]
    """Graphs to start from, by name: JSON documents that come with the plugin and show what its nodes are for.

    Called once, when the plugin is loaded. The names are prefixed as those of node types are: `nodeflow graphs` lists
    them, `nodeflow graphs acme/sharpened` prints one, and `nodeflow check-plugin acme` runs all of the plugin's.

        @hookimpl
        def nodeflow_graphs():
            return {"sharpened": Path(__file__).parent / "graphs" / "sharpened.json"}
    """


@hookspec
def nodeflow_routes() -> Iterable[Route]:  # type: ignore[empty-body]
    """What the plugin answers over HTTP, all of it below `/v1/plugins/` and its name.

    Called once, when the plugin is loaded. The server, which runs no graphs and imports no torch, asks who may ask as
    for every route of its own, then calls the handler in a thread beside its loop. A handler that raises
    `NodeflowError` answers 422 with what it says, `UnknownName` 404; one that raises anything else answers 500, which
    the server's log explains; and the server goes on.

        def count(request):
            return {"curves": len(CURVES)}


        @hookimpl
        def nodeflow_routes():
            return (Route("GET", "/count", count),)
    """


@hookspec
def nodeflow_executors() -> Mapping[str, Callable[[Node, Context], Any]]:  # type: ignore[empty-body]
    """Other ways to carry out a node, by name: measured, in a container, on another machine.

    Called once, when the plugin is loaded. The setting `executors` says which plugin's nodes, or which node type, is
    carried out by which: `executors = {film = "acme/timed"}`. An executor is called in place of the node's `run`, in
    the same thread and with the same arguments, and gives what `run` would give, or raises; what it does counts in no
    key, so it must not change the results. It sees to it that cancellation ends its work.

        def timed(node, ctx):
            started = time.perf_counter()
            returned = node.run(ctx)
            ctx.log.info("%s: %.3f s", type(node).__name__, time.perf_counter() - started)
            return returned


        @hookimpl
        def nodeflow_executors():
            return {"timed": timed}
    """


@hookspec
def nodeflow_observers() -> Iterable[Callable[[Event], None]]:  # type: ignore[empty-body]
    """Functions that are told what happens in every run of the process: for logs, statistics, notifications.

    Called once, when the plugin is loaded. Each function is called with every event, in order, one at a time in a
    run, from whatever thread it arises in; it must be quick. One that raises is logged, once in a run, which goes on.

        def count(event):
            COUNTS[event.kind] += 1


        @hookimpl
        def nodeflow_observers():
            return (count,)
    """


@hookspec
def nodeflow_lifespan(settings: Mapping[str, str]) -> AbstractContextManager[object]:  # type: ignore[empty-body]
    """What to do when a process gets ready to run graphs, and when it ends: start-up and shutdown in one.

    Called once in each process that runs graphs, before its first run, with the settings that nodes see. The context
    manager is entered then and left when the process ends in good order. One that raises is logged, and stops nobody.

        @hookimpl
        @contextlib.contextmanager
        def nodeflow_lifespan(settings):
            connection = connect()
            yield
            connection.close()
    """


@hookspec
def nodeflow_environment(settings: Mapping[str, str]) -> Mapping[str, str]:  # type: ignore[empty-body]
    """What of this machine the plugin's results depend on: versions of libraries, the class of device, number types.

    Called once for each graph that is compiled, with the settings that nodes see (`device`, `dtype`). What it gives
    is part of the keys of the plugin's own nodes and of those that use its choices or wire types, so that a result of
    one machine is not taken for that of another; what nodeflow's own packs say of torch, the device and the number
    type is part of every key. Leave the number
    of the device out: the first and the second of one kind give the same. Raise `nodeflow.errors.ConfigError` for
    settings that cannot be, such as a device that is not there.

        @hookimpl
        def nodeflow_environment(settings):
            return {"acme-kernels": importlib.metadata.version("acme-kernels")}
    """
