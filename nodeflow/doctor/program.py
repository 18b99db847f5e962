"""Python, nodeflow, what the server needs, torch and its device."""

from __future__ import annotations

import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from nodeflow.config import Config
from nodeflow.doctor.finding import Finding
from nodeflow.node_api import VERSION

OLDEST = (3, 11)
SERVER = ("aiohttp", "alembic", "prometheus_client", "psutil", "sqlalchemy")
PATIENCE = 120.0
"""Seconds that torch has to be imported."""
ASK = """
import json, torch
cuda = torch.cuda.is_available()
print(json.dumps({
    "cuda": [torch.cuda.get_device_name(each) for each in range(torch.cuda.device_count())] if cuda else [],
    "mps": torch.backends.mps.is_available(), "threads": torch.get_num_threads(),
}))
"""


def program(config: Config) -> Iterator[Finding]:
    """What the program itself is made of."""
    yield _python()
    yield Finding("nodeflow", "ok", f"{version('nodeflow')}, node API {VERSION}")
    yield _server()
    yield _torch(config)


def _python() -> Finding:
    said = f"Python {platform.python_version()} at {sys.executable}"
    if sys.version_info < OLDEST:
        return Finding("python", "failed", said, f"install Python {OLDEST[0]}.{OLDEST[1]} or newer")
    return Finding("python", "ok", said)


def _server() -> Finding:
    missing = [name for name in SERVER if importlib.util.find_spec(name) is None]
    if missing:
        return Finding("server", "warning", f"{', '.join(missing)} missing", "pip install 'nodeflow[server]', to serve")
    return Finding("server", "ok", "all that it needs is here")


def _torch(config: Config) -> Finding:
    try:
        there = version("torch")
    except PackageNotFoundError:
        fix = "pip install 'nodeflow[diffusion]', for the nodes of Stable Diffusion"
        return Finding("torch", "warning", "it is not installed", fix)
    try:
        # Another process: this one stays small, and a torch that crashes is a finding.
        made = subprocess.run(  # noqa: S603 (our own text)
            [sys.executable, "-c", ASK], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding("torch", "failed", f"{there} was not imported within {PATIENCE:g} s", "install torch anew")
    if made.returncode != 0:
        last = (made.stderr.strip().splitlines() or [f"exit code {made.returncode}"])[-1]
        return Finding("torch", "failed", f"{there} cannot be imported: {last}", "install torch anew")
    return _device(config, there, json.loads(made.stdout.splitlines()[-1]))


def _device(config: Config, there: str, has: dict[str, object]) -> Finding:
    names = has["cuda"] if isinstance(has["cuda"], list) else []
    found = [f"cuda ({', '.join(names)})"] if names else []
    found += (["mps"] if has["mps"] else []) + [f"cpu ({has['threads']} threads)"]
    said = f"{there}, devices: {', '.join(found)}"
    for wanted in dict.fromkeys((config.device, *config.devices)):
        kind = wanted.partition(":")[0]
        if kind not in ("auto", "cpu") and not any(each.startswith(kind) for each in found):
            fix = f"set device to auto or cpu, or install a torch and a driver for {kind}"
            return Finding("torch", "failed", f"{said}; the settings want {wanted!r}", fix)
    return Finding("torch", "ok", said)
