"""docs/plugins/tutorial.md and management.md, followed word for word by someone who has nothing else to go by."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodeflow.isolation.environment import make_environment
from tests.nodeflow.isolation.conftest import wheel

DOCS = Path(__file__).parents[2] / "docs" / "plugins"
BLOCK = re.compile(r"(?:\*\*`(?P<path>[^`]+)`\*\*\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
SERVE = "nodeflow serve --dev"


class Author:
    """A shell in an environment of its own, with nodeflow, pytest and a data folder."""

    def __init__(self, folder: Path, wheels: Path | None = None) -> None:
        self.here, self.folder = folder, folder
        python = make_environment(folder / "env")
        for name in ("nodeflow", "pip", "pytest"):
            script = python.parent / name
            script.write_text(f'#!/bin/sh\nexec "{python}" -m {name} "$@"\n')
            script.chmod(0o755)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NODEFLOW_", "PIP_"))}
        self.environ = inherited | {
            "PATH": f"{python.parent}:{os.environ['PATH']}",
            "NODEFLOW_DATA_DIR": str(folder / "data"),
            "NODEFLOW_CACHE_DIR": str(folder / "cache"),
            # A free one, and then the one that was taken.
            "NODEFLOW_PORT": "0",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "OMP_NUM_THREADS": "1",
            "COLUMNS": "100",
        }
        if wheels is not None:
            self.environ["PIP_FIND_LINKS"] = str(wheels)
        self.server: subprocess.Popen[str] | None = None

    def run(self, command: str) -> str:
        """What a command says; it must go well. `cd` holds for those after it."""
        if command.startswith("cd "):
            self.here /= command.removeprefix("cd ")
            return ""
        if command == SERVE:
            return self.serve()
        made = subprocess.run(
            ["sh", "-c", command],
            cwd=self.here,
            env=self.environ,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert made.returncode == 0, f"{command}\n{made.stdout}\n{made.stderr}"
        return made.stdout

    def serve(self) -> str:
        with (self.folder / "log").open("w") as log:
            self.server = subprocess.Popen(
                SERVE.split(), cwd=self.here, env=self.environ, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        assert line, (self.folder / "log").read_text()
        self.environ["NODEFLOW_PORT"] = line.strip().rpartition(":")[2]
        return line

    def end(self) -> None:
        if self.server is not None and self.server.stdout is not None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(120)
            self.server.stdout.close()


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Author]:
    made = Author(tmp_path)
    yield made
    made.end()


def test_the_tutorial_goes_as_it_says(author: Author) -> None:
    told: list[tuple[str, str]] = []
    pictures: list[bytes] = []
    for block in BLOCK.finditer((DOCS / "tutorial.md").read_text()):
        if block["path"]:
            (author.here / block["path"]).write_text(block["text"])
            continue
        assert block["kind"] == "sh"
        for command in block["text"].splitlines():
            told.append((command, author.run(command)))
            if command.startswith("nodeflow submit"):
                pictures.append((author.here / told[-1][1].strip()).read_bytes())
    said = dict(told)
    assert "4 passed" in said["pytest"].splitlines()[-1] or "passed" in said["pytest"]
    assert said["nodeflow nodes acme-sharpen/Sharpen"].startswith("acme-sharpen/Sharpen")
    assert said[SERVE].startswith("nodeflow serves at http://127.0.0.1:")
    # Plain, edited, broken and so as before, mended.
    assert len(pictures) == 4
    assert pictures[0] != pictures[1] == pictures[2]
    assert pictures[3] == pictures[0]
    place = author.here / "acme_sharpen" / "tones.py"
    assert (
        f"acme-sharpen failed: SyntaxError: '(' was never closed (tones.py, line 6)\n  {place}:6\n"
        in said["nodeflow plugins"]
    )
    # The server goes on: its last line may be half written.
    whole = (author.folder / "log").read_bytes().rpartition(b"\n")[0].decode()
    log = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
    assert any("plugin 'acme-sharpen' is stale: SyntaxError" in line["message"] for line in log)
    assert json.loads((author.here / "schema.json").read_text()).keys() == {"Sharpen", "Negative"}


def test_management_goes_as_it_says(tmp_path: Path) -> None:
    files = {"acme_film/__init__.py": "", "acme_film/plugin.py": "from nodeflow import hookimpl\n"}
    wheel(tmp_path / "wheels", "acme-film", files, plugins={"film": "acme_film.plugin"})
    author = Author(tmp_path, tmp_path / "wheels")
    (block,) = BLOCK.finditer((DOCS / "management.md").read_text())
    told = {command: author.run(command) for command in block["text"].splitlines()}
    assert "acme-film 1.0 would be installed" in told["nodeflow plugins install acme-film --dry-run"]
    assert re.search(r"^film +1\.0 +acme-film +loaded", told["nodeflow plugins"], re.MULTILINE)


def test_every_other_page_has_no_code_that_nobody_tries() -> None:
    kinds = {page.name: {block["kind"] for block in BLOCK.finditer(page.read_text())} for page in DOCS.glob("*.md")}
    assert kinds["README.md"] == kinds["compatibility.md"] == set()
    assert kinds["isolation.md"] == {"toml"}
    assert kinds["guides.md"] == kinds["nodes.md"] == kinds["reference.md"] == {"python"}
    assert kinds["example.md"] == {"toml", "python", "text", "json"}
