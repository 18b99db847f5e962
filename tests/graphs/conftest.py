"""The sample graphs with folders of their own: run in this process, or in a process like a user's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodeflow.cli import main

GRAPHS = Path(__file__).parents[2] / "graphs"

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with the data, the cache and the settings of nobody else."""
    for name in [name for name in os.environ if name.startswith("NODEFLOW_")]:
        monkeypatch.delenv(name)
    settings = tmp_path / "settings.toml"
    settings.write_text('data_dir = "data"\ncache_dir = "cache"\ndevice = "cpu"\n')
    monkeypatch.setenv("NODEFLOW_CONFIG", str(settings))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a graph in this process, as `nodeflow run --json` does; it must succeed."""

    def called(source: object, *arguments: object) -> dict[str, Any]:
        assert Path.cwd() == home
        capsys.readouterr()
        code = main(["run", str(source), "--json", *map(str, arguments)])
        out, err = capsys.readouterr()
        assert code == 0, out + err
        found: dict[str, Any] = json.loads(out)
        return found

    return called


@pytest.fixture
def run_apart(home: Path) -> Run:
    """Runs a graph in a process of its own; it must succeed."""

    def ran(source: object, *arguments: object) -> dict[str, Any]:
        command = [sys.executable, "-m", "nodeflow", "run", str(source), "--json", *map(str, arguments)]
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home)
        assert made.returncode == 0, made.stdout + made.stderr
        found: dict[str, Any] = json.loads(made.stdout)
        return found

    return ran
