"""`nodeflow run`: where artifacts go, what is said of a run, and which settings it ran with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from nodeflow import png

GRAPHS = Path(__file__).parents[3] / "graphs"
IMAGE_ONLY = GRAPHS / "image-only.json"
SUM: dict[str, Any] = {
    "two": {"type": "Integer", "values": {"value": 2}},
    "sum": {"type": "IntegerMath", "values": {"operation": "add", "b": 3}, "links": {"a": "two.integer"}},
    "say": {"type": "FormatText", "values": {"template": "{a}"}, "links": {"a": "sum.integer"}},
}

Command = Callable[..., Any]
Write = Callable[..., Path]


def test_artifacts_are_copied_and_their_paths_printed(call: Command, home: Path) -> None:
    told = call("run", IMAGE_ONLY)
    assert (told.code, told.out, told.err) == (0, "output/focused_00000.png\n", "")
    told = call("run", IMAGE_ONLY, "--output", home / "a" / "b", "--set", "prefix=mine")
    assert told.out == f"{home}/a/b/mine_00000.png\n"
    with Pillow.open(home / "a" / "b" / "mine_00000.png") as picture:
        assert picture.size == (256, 256)


def test_the_same_bytes_keep_their_name_and_others_get_a_number(call: Command) -> None:
    first = call("run", IMAGE_ONLY).out
    assert call("run", IMAGE_ONLY).out == first
    assert call("run", IMAGE_ONLY, "--no-cache").out == first
    assert call("run", IMAGE_ONLY, "--set", "blur=1").out == "output/focused_00000-2.png\n"


def test_a_picture_runs_again_to_the_same_bytes(call: Command, home: Path) -> None:
    """From the picture alone: with a cache that has forgotten, and after the photo is gone."""
    photo = home / "photo.png"
    Pillow.fromarray(np.random.default_rng(3).integers(0, 256, (40, 60, 3), np.uint8)).save(photo)
    assert call("run", IMAGE_ONLY, "--set", "image=photo.png", "--set", "blur=3.5").code == 0
    photo.unlink()
    call("cache", "clear")
    told = call("run", "output/focused_00000.png", "--output", "again")
    assert told.out == "again/focused_00000.png\n"
    first, again = (home / folder / "focused_00000.png" for folder in ("output", "again"))
    assert first.read_bytes() == again.read_bytes()
    assert png.read_graph(first).nodes["blurred"].values["radius"] == 3.5


def test_an_output_that_is_no_folder_is_refused_before_anything_runs(call: Command, home: Path) -> None:
    (home / "file").touch()
    for folder in ("file", "file/below"):
        told = call("run", IMAGE_ONLY, "--output", folder)
        assert told.code == 2
        assert (
            told.err
            == f"nodeflow: --output {folder!r}: {str(home / 'file') if '/' in folder else 'file'!r} is not a folder\n"
        )
    (home / "dangling").symlink_to(home / "nowhere")
    told = call("run", IMAGE_ONLY, "--output", "dangling")
    assert (told.code, told.err) == (2, "nodeflow: --output 'dangling': 'dangling' is not a folder\n")
    assert call("cache", "show", "--json").json["entries"] == 0


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder here that not even root can write into")
def test_an_output_that_cannot_be_written_is_refused_before_anything_runs(call: Command) -> None:
    for folder in ("/proc", "/proc/nodeflow/below"):
        told = call("run", IMAGE_ONLY, "--output", folder)
        assert told.code == 2
        assert told.err.startswith(f"nodeflow: --output {folder!r}: cannot write into '/proc': ")
    assert call("cache", "show", "--json").json["entries"] == 0


def test_an_output_folder_is_made_only_for_what_was_made(call: Command, graph: Write, home: Path) -> None:
    assert call("run", graph(SUM)).code == 0
    assert not (home / "output").exists()


def test_a_target_runs_alone_with_what_it_needs(call: Command, graph: Write) -> None:
    path = graph(SUM)
    assert set(call("run", path, "--json", "--target", "sum").json["steps"]) == {"two", "sum"}
    assert set(call("run", path, "--json", "--target", "two", "--target", "say").json["steps"]) == set(SUM)
    told = call("run", path, "--target", "smu")
    assert told.code == 3
    assert "there is no node 'smu' to run; did you mean 'sum'? [unknown_target]" in told.err


def test_a_run_as_json(call: Command) -> None:
    told = call("run", IMAGE_ONLY, "--json", "--set", "blur=2")
    assert (told.code, told.err) == (0, "")
    found = told.json
    assert (found["state"], found["error"]) == ("succeeded", None)
    assert found["inputs"] == {"image": "scene.png", "mask": "scene-mask.png", "blur": 2.0, "prefix": "focused"}
    (artifact,) = found["artifacts"]
    assert (artifact["node"], artifact["path"]) == ("save", "output/focused_00000.png")
    assert artifact["size"] == Path(artifact["path"]).stat().st_size
    assert {name: step["type"] for name, step in found["steps"].items()}["photo"] == "LoadImage"
    assert {step["state"] for step in found["steps"].values()} == {"done"}


def test_problems_as_json(call: Command, graph: Write) -> None:
    told = call("run", graph({"a": {"type": "Txet"}}), "--json")
    assert (told.code, told.err) == (3, "")
    assert told.json["state"] == "invalid"
    assert [problem["code"] for problem in told.json["problems"]] == ["unknown_type"]


def test_explain_says_why_each_node_ran(call: Command, graph: Write) -> None:
    path = graph(SUM)

    def explained(*more: str) -> dict[str, list[str]]:
        lines = call("run", path, "--explain", *more).err.splitlines()
        assert lines[0].split() == ["node", "state", "why"]
        return {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines[1:]}

    assert explained()["sum"] == ["ran", "no step of its type is in the cache"]
    assert explained() == {
        "two": ["cached", "what depends on it is cached"],
        "sum": ["cached", "what depends on it is cached"],
        "say": ["cached", "its result is on disk"],
    }
    changed = explained("--set", "sum.b=4")
    assert changed["two"][0] == "cached"
    assert changed["sum"] == ["ran", "the value of 'b' changed from 3 to 4"]
    assert changed["say"] == ["ran", "what comes into 'a' changed"]


def test_explain_as_json(call: Command, graph: Write) -> None:
    path = graph(SUM)
    call("run", path)
    steps = call("run", path, "--explain", "--json", "--set", "sum.operation=subtract").json["steps"]
    assert steps["sum"]["reason"] == 'the value of \'operation\' changed from "add" to "subtract"'


def test_without_the_cache_everything_runs(call: Command, graph: Write) -> None:
    path = graph(SUM)
    call("run", path)
    steps = call("run", path, "--no-cache", "--json").json["steps"]
    assert {step["state"] for step in steps.values()} == {"done"}


def test_a_seed_left_open_is_drawn_and_told(call: Command, graph: Write) -> None:
    path = graph({"s": {"type": "Seed", "values": {"value": None}}}, inputs={"seed": "s.value"})
    drawn = {call("run", path).err for _ in range(2)}
    assert len(drawn) == 2
    told = call("run", path, "--set", "seed=random", "--json")
    assert told.err == f"s.value={told.json['inputs']['seed']}\n"
    assert call("run", path, "--set", "seed=5").err == ""


def test_a_failing_node_is_named_and_the_rest_is_kept(process: Command, graph: Write) -> None:
    nodes = {
        "bad": {"type": "acme/Fail", "values": {"message": "the disk is on fire"}},
        "after": {"type": "JoinText", "links": {"first": "text.text"}},
        "text": {"type": "FormatText", "values": {"template": "{a}"}, "links": {"a": "bad.integer"}},
        "good": {"type": "acme/Note", "values": {"text": "hello"}},
    }
    told = process("run", graph(nodes), "--target", "after", "--target", "good")
    assert (told.code, told.out) == (1, "output/note.txt\n")
    assert told.err.splitlines()[-1] == "nodeflow: 'bad' (acme/Fail): ValueError: the disk is on fire"
    assert Path("output/note.txt").read_text() == "hello"
    told = process("run", "graph.json", "--json", "--target", "after", "--traceback")
    found = told.json
    assert (told.code, found["state"]) == (1, "failed")
    message = "'bad' (acme/Fail): ValueError: the disk is on fire"
    assert found["error"] == {"node": "bad", "type": "acme/Fail", "message": message}
    assert found["steps"]["after"]["state"] == "skipped"
    assert "raise ValueError(message)" in told.err


def test_a_file_of_the_user_is_called_as_the_user_did(call: Command, home: Path) -> None:
    """It lies in the store by then, under its digest."""
    (home / "notes.md").write_text("# no picture")
    for name in ("notes.md", "./notes.md"):
        told = call("run", IMAGE_ONLY, "--set", f"image={name}")
        said = f"nodeflow: 'photo' (LoadImage): PictureError: {name!r} is no picture of a known format"
        assert (told.code, told.err.partition(";")[0]) == (1, said)


def test_warnings_of_a_node_are_on_stderr(process: Command, graph: Write) -> None:
    told = process("run", graph({"note": {"type": "acme/Note", "values": {"text": "hello"}}}))
    assert told.out == "output/note.txt\n"
    assert "nodeflow: warning: " in told.err
    assert "noted hello" in told.err


@pytest.mark.parametrize("option", ["--device", "--dtype"])
def test_a_device_or_dtype_there_is_not_is_a_wrong_setting(process: Command, option: str) -> None:
    told = process("run", IMAGE_ONLY, option, "fast")
    assert (told.code, told.out) == (4, "")
    # Whichever plugin refuses it first.
    assert re.search(rf"{option[2:]} 'fast'.*; there are auto, ", told.err)


def test_device_and_dtype_of_the_command_line_win(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEFLOW_DTYPE", "bfloat16")
    call("run", IMAGE_ONLY, "--device", "cpu", "--dtype", "float32")
    provenance = png.read(Path("output/focused_00000.png"))
    assert provenance["settings"] == {"device": "cpu", "dtype": "float32"}
    assert provenance["environment"]["diffusion.dtype"] == "float32"
    call("run", IMAGE_ONLY, "--device", "cpu", "--output", "other")
    assert png.read(Path("other/focused_00000.png"))["settings"]["dtype"] == "bfloat16"


def test_the_graph_comes_in_by_a_pipe(process: Command) -> None:
    told = process("run", "-", stdin=json.dumps({"nodeflow": 1, "nodes": SUM}))
    assert (told.code, told.out, told.err) == (0, "", "")
