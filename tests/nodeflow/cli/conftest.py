"""The command line with settings and folders of its own: called in this process, or run as a process like a user's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nodeflow.cli import main

PLUGIN = '''
"""A plugin for tests: nodes that count, fail, wait, and never listen."""

import time
from pathlib import Path
from typing import Annotated

from nodeflow import Context, Field, hookimpl, node


@node(category="test")
def count(ctx: Context, to: int, seconds: float = 0.0) -> int:
    """Count, telling how far it is."""
    for done in range(to):
        ctx.progress(done, to)
        time.sleep(seconds)
    return to


@node(category="test")
def fail(message: str) -> int:
    """Fail with a message."""
    raise ValueError(message)


@node(category="test")
def wait(ctx: Context, sign: str) -> int:
    """Leave a sign, then wait until cancelled."""
    Path(sign).touch()
    while True:
        ctx.check()
        time.sleep(0.005)


@node(category="test")
def stare(sign: str) -> int:
    """Leave a sign, then hear nothing for a long time."""
    Path(sign).touch()
    time.sleep(300)
    return 0


@node(category="test")
def note(ctx: Context, text: str) -> None:
    """Save a text file, and warn."""
    ctx.log.warning("noted %s", text)
    ctx.save(text.encode(), "note.txt", "text/plain")


@hookimpl
def nodeflow_nodes():
    """The nodes."""
    return [count, fail, wait, stare, note]
'''


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Told]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with the data, the cache and the settings of nobody else."""
    for name in [name for name in os.environ if name.startswith("NODEFLOW_")]:
        monkeypatch.delenv(name)
    config = tmp_path / "settings.toml"
    config.write_text('data_dir = "data"\ncache_dir = "cache"\n')
    monkeypatch.setenv("NODEFLOW_CONFIG", str(config))
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Calls a command in this process."""

    def called(*arguments: object) -> Told:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return Told(code, *capsys.readouterr())

    return called


@pytest.fixture
def environ(home: Path, tmp_path: Path) -> Mapping[str, str]:
    """The environment of a process that has the plugin `acme` installed."""
    site = tmp_path / "site"
    about = site / "nodeflow_acme-1.2.dist-info"
    about.mkdir(parents=True)
    (site / "nodeflow_acme.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nodeflow-acme\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[nodeflow]\nacme = nodeflow_acme\n")
    return {**os.environ, "PYTHONPATH": str(site), "TERM": "xterm", "COLUMNS": "100"}


@pytest.fixture
def process(environ: Mapping[str, str]) -> Command:
    """Runs a command as a process, its output in pipes."""

    def ran(*arguments: object, stdin: str = "", **more: str) -> Told:
        command = [sys.executable, "-m", "nodeflow", *map(str, arguments)]
        made = subprocess.run(
            command, input=stdin, capture_output=True, text=True, env={**environ, **more}, timeout=300
        )
        return Told(made.returncode, made.stdout, made.stderr)

    return ran


@pytest.fixture
def graph(home: Path) -> Callable[..., Path]:
    """Writes a graph of nodes to a file."""

    def write(nodes: Mapping[str, Any], name: str = "graph.json", **fields: Any) -> Path:
        path = home / name
        path.write_text(json.dumps({"nodeflow": 1, "nodes": nodes, **fields}))
        return path

    return write
