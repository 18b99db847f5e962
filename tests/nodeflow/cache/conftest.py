"""Two plugins on disk as two distributions, and processes that run graphs of their nodes over one cache folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

ACME = {
    "__init__.py": '"""A plugin whose nodes call a helper that calls a helper."""\n',
    "plugin.py": '''
import time
from pathlib import Path
from typing import Annotated, Any

from nodeflow import Choices, Context, FileChoice, WireType, hookimpl, node
from nodeflow.folders import ModelFolder

from acme.near import shouted


@node
def shout(text: str, voice: Annotated[str, Choices("voices")] = "loud") -> str:
    return shouted(text) + ("" if voice == "loud" else f" ({voice})")


@node
def sing(ctx: Context, text: str, voice: Annotated[str, Choices("voices")] = "loud") -> str:
    return ctx.choice("voices", voice)(text)


@node
def read(ctx: Context, file: Annotated[str, FileChoice("texts")]) -> str:
    return ctx.path("texts", file).read_text()


@node
def wait(text: str, sign: str, until: str) -> str:
    """Leave a sign, then wait for another one."""
    Path(sign).touch()
    while not Path(until).exists():
        time.sleep(0.002)
    return text


@node(output=True)
def keep(ctx: Context, text: str) -> None:
    ctx.save(text.encode(), "kept.txt", "text/plain")


@hookimpl
def nodeflow_nodes() -> Any:
    return (shout, sing, read, wait, keep)


@hookimpl
def nodeflow_choices() -> Any:
    return {"voices": {"loud": "acme.near:shouted"}}


@hookimpl
def nodeflow_model_folders() -> Any:
    return (ModelFolder("texts", Path(__file__).parent.parent / "texts", suffixes=(".txt",)),)
''',
    "near.py": """
from acme.far.words import ending


def shouted(text: str) -> str:
    return text.upper() + ending()
""",
    "far/__init__.py": "",
    "far/words.py": 'def ending() -> str:\n    return "!"\n',
}
BRAVO = {
    "__init__.py": '''
"""Another plugin: a node of its own, and a voice for the other one's."""

from typing import Any

from nodeflow import hookimpl, node


@node
def whisper(text: str) -> str:
    return text.lower()


def soft(text: str) -> str:
    return text.lower() + "..."


@hookimpl
def nodeflow_nodes() -> Any:
    return (whisper,)


@hookimpl
def nodeflow_choices() -> Any:
    return {"voices": {"soft": soft}}
''',
}
OTHERS = ",".join(entry.name for entry in entry_points(group="nodeflow"))
"""What is installed beside them, which would only make processes slower to start, and say what it lacks."""


@dataclass(frozen=True)
class Ran:
    """A run as a process told it."""

    code: int
    told: Mapping[str, Any]
    err: str

    @property
    def states(self) -> dict[str, str]:
        return {node_id: step["state"] for node_id, step in self.told["steps"].items()}

    def reason(self, node_id: str) -> str:
        return str(self.told["steps"][node_id]["reason"])


class Site:
    """Plugins in a folder on the import path, a data folder, and a cache folder that its processes share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / "cache"
        self.texts = root / "site" / "texts"
        self.install("acme", ACME)
        self.install("bravo", BRAVO)
        self.texts.mkdir()

    def install(self, name: str, files: Mapping[str, str]) -> None:
        for file, text in files.items():
            path = self.root / "site" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        about = self.root / "site" / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[nodeflow]\n{name} = {name}{'.plugin' if name == 'acme' else ''}\n")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text in a file of a plugin by other text."""
        path = self.root / "site" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def entries(self) -> list[Path]:
        return sorted(self.cache.rglob("*.safetensors"))

    def kept(self) -> str:
        """What the last run saved."""
        (found,) = (self.root / "output").iterdir()
        return found.read_text()

    def start(self, nodes: Mapping[str, Any], *options: str, **settings: str) -> subprocess.Popen[str]:
        """Begin a run in a process of its own."""
        graph = {"nodeflow": 1, "nodes": {node_id: expanded(node) for node_id, node in nodes.items()}}
        environ = {name: value for name, value in os.environ.items() if not name.startswith("NODEFLOW_")}
        # Bytecode is told by whole seconds, and tests edit faster.
        environ |= {"PYTHONPATH": str(self.root / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
        environ |= {"NODEFLOW_DATA_DIR": str(self.root / "data"), "NODEFLOW_CACHE_DIR": str(self.cache)}
        environ |= {"NODEFLOW_DISABLED_PLUGINS": OTHERS, **settings}
        output = self.root / "output"
        command = [sys.executable, "-m", "nodeflow", "run", "-", "--json", "--output", str(output), *options]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            cwd=self.root,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(graph))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, nodes: Mapping[str, Any], *options: str, **settings: str) -> Ran:
        """Run a graph in a process of its own."""
        for found in (self.root / "output").glob("*"):
            found.unlink()
        return ended(self.start(nodes, *options, **settings))


def ended(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return Ran(process.returncode, json.loads(out), err)


def expanded(node: Any) -> dict[str, Any]:
    """`("acme/Shout", {"text": "a.text"})` as a node: text with a dot between words is a link."""
    type_name, inputs = node
    links = {name: value for name, value in inputs.items() if isinstance(value, str) and value.endswith(".text")}
    return {"type": type_name, "values": {k: v for k, v in inputs.items() if k not in links}, "links": links}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def finish() -> Callable[[subprocess.Popen[str]], Ran]:
    """Waits for a process that was started, which must succeed."""
    return ended
