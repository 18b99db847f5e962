"""What there is to make graphs of, plugins and files: enough to check a graph, not to run one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from nodeflow.builder import Builder
from nodeflow.config import Config
from nodeflow.detection import Detected
from nodeflow.errors import told
from nodeflow.folders import Folders, ModelFolder
from nodeflow.graph import Graph, open_seeds
from nodeflow.isolation.sources import Isolation, Terms
from nodeflow.model_paths import A1111, COMFYUI, ModelPath, read_extra_model_paths, tree_paths
from nodeflow.models import half_of_memory
from nodeflow.plan import Plan, Upgraded, compile, upgrade  # noqa: A004 (it is what it is called)
from nodeflow.plugins import Plugins, Source, carry_out, doubts, load_plugins, renewed, sources
from nodeflow.plugins.switches import Switches
from nodeflow.problems import meant, nearest
from nodeflow.registry import Registry
from nodeflow.store import Store

log = logging.getLogger(__name__)


class Catalogue:
    """Plugins, node types and files, as the settings say. Making a Catalogue itself does nothing.

    Without `code_ids` its plugins have none: enough to check graphs, no ground for keys that anything is kept under.
    What is wrong with plugins, and with what the settings say of them, is kept in `complaints`, a line each, and logged
    once, unless the catalogue is `quiet`.
    """

    def __init__(self, config: Config, *, code_ids: bool = True, quiet: bool = False) -> None:
        self.config = config
        self.code_ids = code_ids
        self.quiet = quiet
        self.complaints: list[str] = []

    @cached_property
    def plugins(self) -> Plugins:
        for folder in self.config.plugin_folders:
            if not folder.is_dir():
                self.complain(f"settings: plugin_folders: there is no folder {str(folder)!r}")
        found = load_plugins(
            folders=self.plugin_folders,
            disabled=self.disabled,
            isolate=self.isolation,
            code_ids=self.code_ids,
            warn=self.complain,
        )
        for doubt in doubts(found.registry):
            self.complain(doubt.complaint)
        carry_out(found, self.config.executors, self.complain)
        return found

    @cached_property
    def isolation(self) -> Isolation:
        """Which plugins run in processes of their own."""
        terms = Terms(self.model_memory, self.config.worker_grace)
        return Isolation(self.config.data_dir, self.config.isolated_plugins, terms)

    @property
    def model_memory(self) -> int:
        """Bytes of loaded models."""
        given = self.config.model_memory
        return half_of_memory() if given is None else given

    def sources(self) -> list[Source]:
        """Every plugin there is now, loaded or not."""
        return sources(folders=self.plugin_folders, isolate=self.isolation)

    @property
    def plugin_folders(self) -> tuple[Path, ...]:
        """The folders whose files and folders are plugins."""
        return (self.config.data_dir / "plugins", *self.config.plugin_folders)

    @property
    def disabled(self) -> tuple[str, ...]:
        """The names of the plugins that are not to be loaded."""
        return tuple(sorted({*self.config.disabled_plugins, *self.switches.off}))

    @property
    def switches(self) -> Switches:
        """The plugins that were switched off by command."""
        return Switches(self.config.data_dir / "plugins.json")

    def renewed(self) -> Self:
        """What there is now, with the plugins that have changed loaded anew; this one's plugins stay as they are.

        What either tells the other does not tell again, but for what is wrong with a plugin that was mended meanwhile.
        """
        other = type(self)(self.config, quiet=self.quiet)
        found = renewed(self.plugins, self.sources(), self.disabled)
        wrong = _wrong(found)
        mended = set(_wrong(self.plugins)) - set(wrong)
        # Of one list with those before, so that who complained to the first one goes on with what was told since.
        self.complaints[:] = [complaint for complaint in self.complaints if complaint not in mended]
        other.complaints = self.complaints
        for complaint in wrong:
            other.complain(complaint)
        carry_out(found, other.config.executors, other.complain)
        vars(other)["plugins"] = found
        return other

    def complain(self, text: str, log: logging.Logger = log) -> None:
        """Keep and log something that is wrong, if it is not among the complaints already."""
        if text in self.complaints:
            return
        self.complaints.append(text)
        if not self.quiet:
            log.warning("%s", text)

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

    def detected(self, kind: str, name: str) -> Detected | None:
        """What a model file is, as the first detector says that knows it. Raises UnknownName for one that is none."""
        path = self.folders.path(kind, name)
        for detector in self.plugins.detectors:
            if kind not in detector.kinds:
                continue
            try:
                found = detector.detect(path)
            except Exception as error:  # noqa: BLE001 (it is a plugin's; the next one may know)
                log.warning("a detector of %s failed at %r: %s", kind, name, told(error))
                continue
            if isinstance(found, Detected):
                return found
        return None

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
                self.complain(f"settings: no node chooses files of kind {kind!r}{meant(nearest(kind, kinds))}")
                continue
            yield from (ModelPath(kind, folder) for folder in folders)


def _wrong(plugins: Plugins) -> list[str]:
    """What is wrong with the plugins themselves."""
    failed = [plugin.complaint for plugin in plugins.loaded if plugin.error]
    return failed + [doubt.complaint for doubt in doubts(plugins.registry)]
