"""Environments of plugins: one folder each, whose packages go before ours, and ours before none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from nodeflow.errors import ConfigError

FOLDER = "environments"
"""Below the data folder."""
LAYER = "nodeflow_host.pth"
"""What makes our packages those that an environment has none of its own of."""


def environments(data_dir: Path) -> Iterator[Path]:
    """The environments that there are, by name."""
    folder = data_dir / FOLDER
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if (path / "pyvenv.cfg").is_file())


def make_environment(folder: Path) -> Path:
    """An environment with nothing of its own yet; its interpreter. Raises ConfigError where none can be made.

    What is installed there goes before what is installed here, and what is not is found here: nodeflow itself, torch.
    """
    # It takes as long to import as the rest of a command that makes none.
    import venv

    try:
        venv.EnvBuilder(symlinks=sys.platform != "win32", with_pip=False).create(folder)
        lines = [f"import site; site.addsitedir({str(place)!r})\n" for place in host_packages()]
        (packages_of(folder) / LAYER).write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot make an environment in {str(folder)!r}: {error.strerror or error}") from error
    return python_of(folder)


def host_packages() -> list[Path]:
    """The folders that our own packages are installed in."""
    return [Path(place) for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def packages_of(folder: Path) -> Path:
    """Where an environment's own packages lie."""
    if sys.platform == "win32":
        return folder / "Lib" / "site-packages"
    return folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
