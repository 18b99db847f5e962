"""One plugin on its way in: where it goes, what that changes, and doing it."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from nodeflow.hookspecs import GROUP
from nodeflow.installing.errors import InstallError
from nodeflow.installing.pip import Found, Pip
from nodeflow.installing.proposal import Proposal
from nodeflow.installing.protected import installed_version, protected
from nodeflow.isolation.environment import FOLDER, make_environment, packages_of, python_of
from nodeflow.plugins.source import ISOLATED


@dataclass(frozen=True)
class Installation:
    """Requirements that go into one environment: ours, or `environment`, a plugin's own."""

    requirements: tuple[str, ...]
    environment: Path | None = None
    options: tuple[str, ...] = ()

    @property
    def pip(self) -> Pip:
        return Pip(None if self.environment is None else python_of(self.environment))

    def proposal(self) -> Proposal:
        """What it would change. Raises InstallError where pip finds no way. An environment is made for it."""
        if self.environment is not None and not (self.environment / "pyvenv.cfg").is_file():
            make_environment(self.environment)
        found = self.pip.would_install(self.requirements, options=self.options)
        guarded = protected() if self.environment is None else {}
        return Proposal.of(found, self._installed(), guarded)

    def carry_out(self) -> None:
        """Do it, with all that must stay held where it is. Raises InstallError."""
        with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
            held = Path(folder) / "held.txt"
            pins = [f"{name}=={there}" for name in protected() if (there := installed_version(name))]
            held.write_text("\n".join(pins) + "\n", encoding="utf-8")
            constraints = [] if self.environment is not None else ["--constraint", str(held)]
            self.pip.install(self.requirements, options=(*self.options, *constraints))
        importlib.invalidate_caches()

    def withdraw(self) -> None:
        """Leave no empty environment behind."""
        if self.environment is not None and not list(own_distributions(self.environment)):
            shutil.rmtree(self.environment, ignore_errors=True)

    def plugins(self, name: str) -> list[str]:
        """The names of the plugins that a distribution has brought."""
        return sorted(
            point.name
            for each in self._distributions()
            if canonicalize_name(each.metadata["Name"]) == name
            for point in each.entry_points.select(group=GROUP)
        )

    def _distributions(self) -> list[Distribution]:
        return list(distributions() if self.environment is None else own_distributions(self.environment))

    def _installed(self) -> Callable[[str], str | None]:
        if self.environment is None:
            return installed_version
        own: dict[str, str] = {
            canonicalize_name(each.metadata["Name"]): each.version for each in own_distributions(self.environment)
        }
        return own.get


def own_distributions(environment: Path) -> list[Distribution]:
    """What is installed in an environment itself."""
    return list(distributions(path=[str(packages_of(environment))]))


def about(requirement: str, options: Sequence[str] = ()) -> Found:
    """What a name, a path or a URL stands for. Raises InstallError for what cannot be had."""
    found = Pip().would_install([requirement], options=(*options, "--no-deps", "--ignore-installed"))
    if not found:
        raise InstallError(f"pip finds nothing for {requirement!r}")
    return found[0]


def installation(requirement: str, data_dir: Path, *, isolated: bool, options: Sequence[str] = ()) -> Installation:
    """Where something goes: into an environment of its own where the user says so, or it asks for it."""
    found = about(requirement, options)
    if not isolated and ISOLATED not in found.keywords:
        return Installation((requirement,), options=tuple(options))
    return Installation((requirement,), data_dir / FOLDER / found.name, tuple(options))
