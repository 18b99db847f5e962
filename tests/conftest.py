"""What every test may use: distributions put on the import path by hand, and hypothesis without a clock."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, MetadataPathFinder, distributions
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from nodeflow.plugins import Plugins, load_plugins

# Tests judge results, not how busy the machine is.
settings.register_profile("nodeflow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nodeflow")


class Site:
    """A folder on the import path, with distributions as installers leave them there."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self._monkeypatch = monkeypatch
        self._on_path(root)

    def install(
        self,
        name: str,
        files: Mapping[str, str],
        plugins: Mapping[str, str],
        *,
        version: str = "1.0",
        api: Mapping[str, str] | None = None,
        editable: Path | None = None,
    ) -> Path:
        """Write a distribution with those files and entry points; an editable one's files stay where they are."""
        source = editable or self.root
        written = [self._write(source / path, text) for path, text in files.items()]
        info = self.root / f"{name.replace('-', '_')}-{version}.dist-info"
        groups = {"nodeflow": plugins, "nodeflow.api": api or {}}
        points = "".join(f"[{group}]\n{_lines(named)}" for group, named in groups.items())
        own = [
            self._write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
            self._write(info / "entry_points.txt", points),
        ]
        if editable is not None:
            self._on_path(editable)
            written = [self._write(self.root / f"_{name}.pth", f"{editable}\n")]
        listed = [path.relative_to(self.root).as_posix() for path in (*written, *own)]
        self._write(info / "RECORD", "".join(f"{path},,\n" for path in listed))
        # What is known of a folder holds until its time changes, which within a tick of the clock it does not.
        importlib.invalidate_caches()
        MetadataPathFinder().invalidate_caches()
        return info

    @property
    def entry_points(self) -> list[EntryPoint]:
        found = distributions(path=[str(self.root)])
        return [point for distribution in found for point in distribution.entry_points.select(group="nodeflow")]

    def load(self, *, disabled: tuple[str, ...] = ()) -> Plugins:
        """The plugins of this folder alone."""
        return load_plugins(self.entry_points, disabled=disabled)

    def _on_path(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._monkeypatch.syspath_prepend(folder)

    def _write(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def _lines(named: Mapping[str, str]) -> str:
    return "".join(f"{name} = {value}\n" for name, value in named.items())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield Site(tmp_path / "site", monkeypatch)
    # All are found before any goes: the path of a namespace package is that of its parent.
    for name in [name for name, module in list(sys.modules.items()) if _place(module).startswith(str(tmp_path))]:
        del sys.modules[name]


def _place(module: ModuleType) -> str:
    try:
        return str(getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", None) or ()), ""))
    except KeyError:
        # A namespace package looks its path up in its parent, which may be gone.
        return ""
