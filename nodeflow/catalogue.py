"""What there is to make graphs of, plugins and files: enough to check a graph, not to run one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property

from nodeflow.builder import Builder
from nodeflow.config import Config
from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import Graph, open_seeds
from nodeflow.model_paths import A1111, COMFYUI, ModelPath, read_extra_model_paths, tree_paths
from nodeflow.plan import Plan, Upgraded, compile, upgrade  # noqa: A004 (it is what it is called)
from nodeflow.plugins import Plugins, load_plugins
from nodeflow.problems import meant, nearest
from nodeflow.registry import Registry
from nodeflow.store import Store

log = logging.getLogger(__name__)


class Catalogue:
    """Plugins, node types and files, as the settings say. Making a Catalogue itself does nothing."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @cached_property
    def plugins(self) -> Plugins:
        for folder in self.config.plugin_folders:
            if not folder.is_dir():
                log.warning("settings: plugin_folders: there is no folder %r", str(folder))
        folders = (self.config.data_dir / "plugins", *self.config.plugin_folders)
        return load_plugins(folders=folders, disabled=self.config.disabled_plugins)

    @property
    def registry(self) -> Registry:
        return self.plugins.registry

    @cached_property
    def store(self) -> Store:
        return Store(self.config.data_dir / "files")

    @cached_property
    def folders(self) -> Folders:
        """Files by kind: first the folders marked as default, then the settings', ours, other tools', plugins'."""
        kinds = self.kinds
        extra = [path for path in self._extra_paths() if path.kind in kinds]
        paths = [path for path in extra if path.first]
        paths += self._configured(kinds)
        paths += [ModelPath(kind, self.config.data_dir / "models" / kind) for kind in sorted(kinds)]
        paths += [path for path in extra if not path.first]
        found = [ModelFolder(path.kind, path.path) for path in paths]
        memo = self.config.cache_dir / "digests.json"
        return Folders((*found, *self.plugins.folders), store=self.store, memo=memo)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of files that some node chooses from, or some plugin brings."""
        ports = (port for spec in self.registry.nodes.values() for port in spec.inputs.values())
        chosen = {choice.kind for port in ports if (choice := port.file_choice)}
        return frozenset(chosen | {folder.kind for folder in self.plugins.folders})

    def builder(self) -> Builder:
        """A new graph of what there is here, to be written in Python."""
        return Builder(self.registry, self.folders)

    def check(self, graph: Graph, targets: Sequence[str] | None = None) -> Plan:
        """A plan for the sake of its problems: its keys leave out the environment, which is slow to ask for.

        Raises GraphError with every problem.
        """
        graph, notes = self.upgrade(graph)
        graph = open_seeds(graph, self.registry, draw=lambda _: 0)
        return compile(graph, self.registry, folders=self.folders, environment={}, targets=targets).noting(notes)

    def upgrade(self, graph: Graph) -> Upgraded:
        """The graph with its old nodes brought up to date, and what was changed."""
        return upgrade(graph, self.registry)

    def _extra_paths(self) -> Iterator[ModelPath]:
        for file in self.config.extra_model_paths:
            yield from read_extra_model_paths(file)
        for layout, roots in ((COMFYUI, self.config.comfyui_roots), (A1111, self.config.a1111_roots)):
            for root in roots:
                yield from tree_paths(root, layout)

    def _configured(self, kinds: frozenset[str]) -> Iterator[ModelPath]:
        for kind, folders in self.config.model_folders.items():
            if kind not in kinds:
                # A plugin that failed or is disabled may be the one that has the kind, so this stops nothing.
                log.warning("settings: no node chooses files of kind %r%s", kind, meant(nearest(kind, kinds)))
                continue
            yield from (ModelPath(kind, folder) for folder in folders)
