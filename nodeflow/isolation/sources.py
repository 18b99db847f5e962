"""Which plugins are isolated: those that ask for it, those that the settings name, those with an own environment."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

from nodeflow.distribution import HOST, Known, code_files, code_id
from nodeflow.entry_points import release, stated
from nodeflow.errors import RegistrationError
from nodeflow.hookspecs import GROUP
from nodeflow.isolation.environment import environments, packages_of, python_of
from nodeflow.plugins.plugin import Kept
from nodeflow.plugins.source import InFolder, Installed, Source


@dataclass(frozen=True)
class Terms:
    """What holds for every process: bytes of models that each may hold, seconds that a cancelled node has."""

    model_memory: int
    grace: float


@dataclass(frozen=True)
class Isolated:
    """A plugin that is imported in a process of its own. `environment` is the folder of its own packages, if any."""

    source: Source
    terms: Terms
    environment: Path | None = None
    all_nodes: bool = False

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def distribution(self) -> str:
        return self.source.distribution

    @property
    def version(self) -> str:
        return self.source.version

    @property
    def origin(self) -> str:
        return self.source.origin if self.environment is None else f"{self.environment}:{self.source.origin}"

    @property
    def _entry(self) -> EntryPoint | None:
        return self.source.entry if isinstance(self.source, Installed) else None

    @property
    def _module(self) -> str:
        """The module that its files are looked for by: none for one that is not on our import path."""
        return self._entry.module if self._entry is not None and self.environment is None else ""

    def api(self) -> str:
        return self.source.api() if self._entry is None else stated(self._entry)

    def load(self) -> Any:
        """It is never imported here."""
        raise RegistrationError(f"plugin {self.name!r} is isolated")

    def code(self, known: Known) -> str:
        if self._entry is None:
            return self.source.code(known)
        return code_id(self._module, self._entry.dist, known)

    def files(self) -> Collection[Path]:
        if self._entry is None:
            return self.source.files()
        return code_files(self._module, self._entry.dist).values()

    def renaming(self, others: str) -> str:
        return self.source.renaming(others)

    def describe(self) -> Kept:
        """What it brings, as its own process tells. Raises what keeps it from being imported there."""
        # Only who has an isolated plugin needs what follows; a command that lists files shall not wait for it.
        from nodeflow.isolation.description import read
        from nodeflow.isolation.process import PluginProcess

        code = self.code(Known())
        process = PluginProcess(self.name, self._python(), self._opening(), self.terms.grace)
        told = process.describe()
        brought = read(told["description"], self.name, code, process.run)
        process.specs = {spec.name: spec for spec in brought.nodes}
        return Kept(brought, tuple(told["hooks"]), process=process)

    def _python(self) -> Path:
        return Path(sys.executable) if self.environment is None else python_of(self.environment)

    def _opening(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "distribution": self.distribution,
            "value": "" if self._entry is None else self._entry.value,
            "path": self.source.origin if self._entry is None else "",
            "bare": self.distribution == HOST,
            "model_memory": self.terms.model_memory,
        }


@dataclass(frozen=True)
class Isolation:
    """Decides which plugins are isolated. `wanted` are those that the settings name."""

    data_dir: Path
    wanted: Collection[str]
    terms: Terms

    def __call__(self, found: list[Source]) -> list[Source]:
        """The sources, some of them isolated, and those that have environments of their own."""
        return [*(self._decided(source) for source in found), *self._in_environments()]

    def _decided(self, source: Source) -> Source:
        asks = isinstance(source, Installed) and source.asks_for_isolation
        if isinstance(source, Installed | InFolder) and (asks or source.name in self.wanted):
            return Isolated(source, self.terms)
        return source

    def _in_environments(self) -> Iterator[Source]:
        for folder in environments(self.data_dir):
            points = (
                point
                for distribution in distributions(path=[str(packages_of(folder))])
                for point in distribution.entry_points.select(group=GROUP)
            )
            for point in sorted(points, key=lambda point: (point.name, *release(point))):
                yield Isolated(Installed.of(point), self.terms, folder)
