"""pip, asked what it would do before it does it, in our environment or that of a plugin."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nodeflow.installing import host
from nodeflow.installing.errors import InstallError

QUIET = ("--disable-pip-version-check", "--no-input")
TOLD = 12
"""Lines of what pip says that are shown."""
CONFLICT = "The conflict is caused by:"


@dataclass(frozen=True)
class Found:
    """A distribution that pip would install. `wanted` is one that was asked for, not one that another needs.

    An `editable` one would run from the folder that `url` names.
    """

    name: str
    version: str
    url: str
    wanted: bool
    keywords: frozenset[str]
    editable: bool


@dataclass(frozen=True)
class Pip:
    """pip for the environment of an interpreter; ours when none is given."""

    python: Path | None = None

    def would_install(self, requirements: Sequence[str], *, options: Iterable[str] = ()) -> list[Found]:
        """What it would install, and nothing is. Raises InstallError for what cannot be had or does not go together."""
        with tempfile.TemporaryDirectory(prefix="nodeflow-") as folder:
            report = Path(folder) / "report.json"
            self._install("--dry-run", "--report", str(report), *options, *requirements)
            return [_found(each) for each in json.loads(report.read_text(encoding="utf-8"))["install"]]

    def install(self, requirements: Sequence[str], *, options: Iterable[str] = ()) -> None:
        """Install. Raises InstallError."""
        self._install("--no-warn-conflicts", *options, *requirements)

    def uninstall(self, name: str) -> None:
        """Take a distribution away. Raises InstallError."""
        self._run("uninstall", "--yes", name)

    def _install(self, *arguments: str) -> None:
        if self.python is None:
            self._run("install", *arguments)
            return
        with host.shown() as folder:
            held = ("--constraint", str(folder / host.HELD))
            self._run("install", *held, *arguments, before=folder)

    def _run(self, *arguments: str, before: Path | None = None) -> None:
        """Call pip. Packages in the folder `before` go before those that are installed."""
        environment = [] if self.python is None else ["--python", str(self.python)]
        command = [sys.executable, "-m", "pip", *environment, *QUIET, *arguments]
        places = [str(before)] if before else []
        path = os.pathsep.join([*places, *filter(None, [os.environ.get("PYTHONPATH")])])
        variables = os.environ | ({"PYTHONPATH": path} if path else {})
        made = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)  # noqa: S603 (pip)
        if made.returncode != 0:
            if "No module named pip" in made.stderr:
                raise InstallError("there is no pip here; python -m ensurepip brings it")
            lines = [line for line in made.stderr.splitlines() if line.strip()][-TOLD:] + _conflict(made.stdout)
            raise InstallError("pip cannot do it:\n" + "\n".join(f"  {line}" for line in lines))


def _conflict(said: str) -> list[str]:
    """What contradicts what: pip says it among what it tells of its progress."""
    _, heading, rest = said.partition(CONFLICT)
    block = rest.partition("\n\n")[0]
    return [line for line in f"{heading}{block}".splitlines() if line.strip()][:TOLD]


def _found(said: Mapping[str, Any]) -> Found:
    metadata = said["metadata"]
    keywords = metadata.get("keywords") or ()
    words = re.split(r"[,\s]+", keywords) if isinstance(keywords, str) else keywords
    return Found(
        canonicalize_name(metadata["name"]),
        metadata["version"],
        said["download_info"]["url"],
        bool(said["requested"]),
        frozenset(part for word in words for part in re.split(r"[,\s]+", word)),
        bool(said["download_info"].get("dir_info", {}).get("editable")),
    )
