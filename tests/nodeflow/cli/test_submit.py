"""`nodeflow submit` against the real server, as a user would call it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.nodeflow.server.conftest import ENDS_WITHIN, SUM, Server, environment, note, serving

Told = subprocess.CompletedProcess[str]
Submit = Callable[..., Told]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("submit")) as made:
        yield made


@pytest.fixture
def submit(server: Server, tmp_path: Path) -> Submit:
    """Calls the command in an empty folder, with settings and data that are not the server's."""
    (tmp_path / "own").mkdir()
    environ = environment(tmp_path / "own")

    def call(*arguments: object, url: str = server.url) -> Told:
        command = [sys.executable, "-m", "nodeflow", "submit", *map(str, arguments), "--server", url]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=ENDS_WITHIN, cwd=tmp_path)

    return call


def written(folder: Path, graph: object) -> Path:
    path = folder / "graph.json"
    path.write_text(json.dumps(graph))
    return path


def test_a_run_is_followed_and_what_it_made_is_fetched(submit: Submit, tmp_path: Path) -> None:
    told = submit(written(tmp_path, note("fetched")), "--follow", "--set", "note.name=n.txt", "--output", "here")
    assert (told.returncode, told.stdout) == (0, "here/n.txt\n"), told.stderr
    assert (tmp_path / "here" / "n.txt").read_text() == "fetched"


def test_what_a_node_warned_of_is_told(submit: Submit, tmp_path: Path) -> None:
    nodes = {"thin": {"type": "acme/Warn", "values": {"message": "the paint is thin"}}}
    told = submit(written(tmp_path, {"nodeflow": 1, "nodes": nodes}), "--follow")
    assert (told.returncode, told.stdout) == (0, "")
    assert told.stderr == "nodeflow: warning: 'thin' (acme/Warn): the paint is thin\n"


def test_without_following_the_number_of_the_run_is_printed(submit: Submit, tmp_path: Path) -> None:
    told = submit(written(tmp_path, SUM), "--set", "a=1", "--tag", "sums", "--json")
    accepted = json.loads(told.stdout)
    assert (told.returncode, accepted["tags"]) == (0, ["sums"])
    told = submit(written(tmp_path, SUM), "--set", "a=2", "--follow", "--json")
    assert json.loads(told.stdout)["outputs"] == {"sum": {"integer": 4}}


def test_a_picture_here_is_brought_to_the_server(submit: Submit, tmp_path: Path) -> None:
    Pillow.new("RGB", (6, 5), "red").save(tmp_path / "red.png")
    nodes = {
        "load": {"type": "LoadImage", "values": {"image": "nothing.png"}},
        "save": {"type": "SaveImage", "links": {"image": "load.image"}},
    }
    graph = written(tmp_path, {"nodeflow": 1, "nodes": nodes, "inputs": {"image": "load.image"}})
    told = submit(graph, "--follow", "--set", "image=red.png")
    assert told.returncode == 0, told.stderr
    with Pillow.open(tmp_path / told.stdout.strip()) as made:
        assert made.convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    told = submit(graph, "--follow", "--set", "image=./none.png")
    assert (told.returncode, "is no file" in told.stderr) == (2, True)


def test_a_file_that_the_server_does_not_take_is_told_with_its_setting(submit: Submit, tmp_path: Path) -> None:
    nodes = {"load": {"type": "LoadImage"}, "size": {"type": "Integer"}}
    graph = written(tmp_path, {"nodeflow": 1, "nodes": nodes, "inputs": {"picture": "load.image"}})
    (tmp_path / "notes.md").write_text("no picture")
    told = submit(graph, "--set", "picture=notes.md", "--set", "size.value=large")
    formats = "the file is no picture of a known format; there are PNG, JPEG, WEBP, BMP, GIF, TIFF"
    assert told.stderr.splitlines() == [
        f"nodeflow: --set picture: the server does not take 'notes.md': {formats}",
        "nodeflow: --set size.value: 'large' is no whole number",
    ]
    assert told.returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_file_that_cannot_be_read_is_told_with_its_setting(submit: Submit, tmp_path: Path) -> None:
    graph = written(tmp_path, {"nodeflow": 1, "nodes": {"load": {"type": "LoadImage"}}})
    told = submit(graph, "--set", "load.image=/proc/self/mem")
    assert (told.returncode, "--set load.image: cannot read '/proc/self/mem'" in told.stderr) == (2, True), told.stderr


def test_what_a_run_failed_of_is_called_as_it_is_here(submit: Submit, tmp_path: Path) -> None:
    frames = [Pillow.new("L", size) for size in ((6, 5), (9, 5))]
    frames[0].save(tmp_path / "two.tif", save_all=True, append_images=frames[1:])
    graph = written(tmp_path, {"nodeflow": 1, "nodes": {"load": {"type": "LoadImage"}}})
    told = submit(graph, "--follow", "--set", "load.image=two.tif")
    assert (told.returncode, "'two.tif' holds pictures of several sizes" in told.stderr) == (1, True), told.stderr


def test_what_is_wrong_is_told_as_by_run(submit: Submit, tmp_path: Path) -> None:
    told = submit(written(tmp_path, {"nodeflow": 1, "nodes": {"a": {"type": "IntegerMaths"}}}))
    assert told.returncode == 3
    assert "/nodes/a/type" in told.stderr
    assert "IntegerMath" in told.stderr
    told = submit(written(tmp_path, SUM), "--set", "a=many")
    assert (told.returncode, "no whole number" in told.stderr) == (2, True)
    failing = {"bad": {"type": "acme/Fail", "values": {"message": "no"}}}
    told = submit(written(tmp_path, {"nodeflow": 1, "nodes": failing}), "--follow")
    assert (told.returncode, "'bad'" in told.stderr) == (1, True)
    told = submit("nothing", "--saved")
    assert (told.returncode, "no graph 'nothing'" in told.stderr) == (1, True)


def test_no_server_is_told(submit: Submit, tmp_path: Path) -> None:
    # Taken, so that nobody else gets it, but not listening.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        told = submit(written(tmp_path, SUM), url=url)
    assert told.returncode == 2
    assert f"cannot talk to the server at {url}" in told.stderr
