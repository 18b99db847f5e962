"""Wheels built on the spot, installed by pip without a network into environments of plugins."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.isolation.environment import FOLDER, make_environment

PIP = ("install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-warn-conflicts")


def wheel(
    folder: Path,
    name: str,
    files: Mapping[str, str],
    *,
    version: str = "1.0",
    requires: tuple[str, ...] = (),
    plugins: Mapping[str, str] | None = None,
    keywords: str = "",
) -> Path:
    """A wheel as any build tool makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Dist: {each}" for each in requires] + ([f"Keywords: {keywords}"] if keywords else [])
    points = "".join(f"{each} = {value}\n" for each, value in (plugins or {}).items())
    content = {
        **files,
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[nodeflow]\n{points}" if points else "",
    }
    path = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        rows = []
        for place, text in content.items():
            made.writestr(place, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            rows.append(f"{place},sha256={digest},{len(text.encode())}\n")
        made.writestr(f"{info}/RECORD", "".join(rows) + f"{info}/RECORD,,\n")
    return path


Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Installs what a wheel house has into an environment of its own below the data folder."""

    def installed(name: str, *requirements: str) -> Path:
        folder = tmp_path / "data" / FOLDER / name
        python = make_environment(folder)
        command = [sys.executable, "-m", "pip", "--python", str(python), *PIP]
        subprocess.run([*command, "--find-links", str(tmp_path / "wheels"), *requirements], check=True)
        return folder

    return installed


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Callable[..., App]]:
    """Makes an App, whose plugins' processes end with the test."""
    made: list[App] = []

    def make(**settings: Any) -> App:
        folders: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "device": "cpu"}
        made.append(App(Config(**folders, **settings)))
        return made[-1]

    yield make
    for each in made:
        each.close()
