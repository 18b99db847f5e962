"""The curl examples of docs/api.md, in their order, against a real server; and what the page says of events."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow

from nodeflow import png
from nodeflow.events import KINDS
from nodeflow.queue.records import KINDS as QUEUE_KINDS
from tests.nodeflow.server.conftest import Server, serving

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DEFAULT = "http://127.0.0.1:8188"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path) as made:
        yield made


@pytest.mark.checkpoint
def test_the_examples_work_one_after_the_other(server: Server, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    version = subprocess.run([curl, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    if tuple(map(int, version.split(".")[:2])) < (7, 83):
        pytest.skip(f"curl {version} is older than the 7.83 that the page asks for")
    folder = tmp_path / "user"
    folder.mkdir()
    (folder / "graphs").symlink_to(ROOT / "graphs")
    assert DEFAULT in EXAMPLES[0]
    told = [f"echo; echo '>>> {number}'\n{example}" for number, example in enumerate(EXAMPLES)]
    script = "set -euo pipefail\n" + "\n".join(told).replace(DEFAULT, server.url)
    ran = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr
    assert "event: run_finished" in ran.stdout
    assert '"state":"succeeded"' in ran.stdout
    assert '"state":"cancelled"' in ran.stdout
    assert '"integer":42' in ran.stdout
    with Pillow.open(folder / "picture.png") as picture:
        assert picture.size == (128, 128)
    graph = png.read_graph(folder / "picture.png")
    assert graph.nodes["prompt"].values["text"] == "a red circle"
    assert isinstance(graph.nodes["sample"].values["seed"], int)


def test_every_kind_of_event_is_on_the_page() -> None:
    assert [kind for kind in (*KINDS, *QUEUE_KINDS) if f"| `{kind}` |" not in PAGE] == []
