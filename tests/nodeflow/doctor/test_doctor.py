"""The doctor finds what is wrong with an installation, names it, and says what would mend it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.doctor import places as places_module
from nodeflow.doctor import program as program_module
from nodeflow.doctor.equipment import equipment
from nodeflow.doctor.finding import Finding
from nodeflow.doctor.places import places
from nodeflow.doctor.program import program


def config(tmp_path: Path, **settings: Any) -> Config:
    folders: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "port": 0}
    return Config(**{**folders, **settings})


def named(found: Iterable[Finding], subject: str) -> Finding:
    (only,) = (finding for finding in found if finding.subject == subject)
    return only


def test_the_command_says_it_all_and_ends_with_1_where_something_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "plugins"
    folder.mkdir(parents=True)
    (folder / "broken.py").write_text("x = 1\nimport no_such_module\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NODEFLOW_")}
    environ |= {
        "NODEFLOW_DATA_DIR": str(tmp_path / "data"),
        "NODEFLOW_CACHE_DIR": str(tmp_path / "cache"),
        "NODEFLOW_PORT": "0",
    }
    command = [sys.executable, "-m", "nodeflow", "doctor", "--json"]
    made = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (1, "")
    told = json.loads(made.stdout)
    found = {each["subject"]: each for each in told["findings"]}
    assert told["sound"] is False
    assert [each["subject"] for each in told["findings"] if each["state"] == "failed"] == ["plugin broken"]
    broken = found["plugin broken"]
    assert broken["found"] == f"ModuleNotFoundError: No module named 'no_such_module' ({folder / 'broken.py'}:2)"
    assert "install what brings the module 'no_such_module'" in broken["fix"]
    assert broken["fix"].endswith("or: nodeflow plugins disable broken")
    subjects = {
        "python",
        "nodeflow",
        "server",
        "torch",
        "data folder",
        "cache folder",
        "database",
        "port",
        "plugin basic",
    }
    assert subjects <= found.keys()


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch is asked in a process of its own, which takes seconds."""
    told = '{"cuda": ["A card"], "mps": false, "threads": 3}'
    monkeypatch.setattr(program_module, "ASK", f"print('noise'); print('''{told}''')")


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize(("device", "state"), [("auto", "ok"), ("cpu", "ok"), ("cuda:0", "ok"), ("mps", "failed")])
def test_the_device_of_the_settings_must_be_there(tmp_path: Path, device: str, state: str) -> None:
    pytest.importorskip("torch")
    found = named(program(config(tmp_path, device=device)), "torch")
    assert found.state == state
    assert "cuda (A card), cpu (3 threads)" in found.found


@pytest.mark.parametrize("ask", ["raise SystemExit('no driver')", "import os; os.abort()"])
def test_a_torch_that_cannot_be_imported_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr(program_module, "ASK", ask)
    found = named(program(config(tmp_path)), "torch")
    assert (found.state, found.fix) == ("failed", "install torch anew")


def test_what_is_not_installed_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_module, "SERVER", ("no_such_module",))
    found = named(program_module.program(config(tmp_path)), "server")
    assert (found.state, found.found) == ("warning", "no_such_module missing")


def test_a_sound_installation_is_said_to_be(tmp_path: Path) -> None:
    assert {finding.state for finding in places(config(tmp_path))} <= {"ok", "warning"}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = named(places(config(tmp_path, data_dir=tmp_path / "file" / "data")), "data folder")
    assert (found.state, "set data_dir to another folder" in found.fix) == ("failed", True)


@pytest.mark.parametrize(("free", "state"), [(10 << 30, "ok"), (2 << 30, "warning"), (100 << 20, "failed")])
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(places_module.shutil, "disk_usage", lambda _: usage)
    assert named(places(config(tmp_path)), "data folder").state == state


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nodeflow.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    found = named(places(config(tmp_path)), "database")
    assert found.state == "failed"
    assert "move " in found.fix


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = named(places(config(tmp_path, port=port)), "port")
        assert (found.state, str(port) in found.found) == ("warning", True)
    # Any that is free: the same one may be somebody else's by now.
    assert named(places(config(tmp_path, port=0)), "port").state == "ok"


def test_a_token_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert named(places(config(tmp_path, token_file=tmp_path / "token")), "token").state == "failed"


MISSPELT = """from typing import Annotated
from nodeflow import Choices, node

@node
def blend(mode: Annotated[str, Choices("blend_modes")] = "multipli") -> str: ...
"""


def test_plugins_and_folders_of_models_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "data" / "plugins").mkdir(parents=True)
    (tmp_path / "data" / "plugins" / "acme_off.py").write_text("")
    file = tmp_path / "data" / "plugins" / "acme_mode.py"
    file.write_text(MISSPELT)
    folders = {"images": (tmp_path / "nowhere",), "imagse": (tmp_path,)}
    settings = {"disabled_plugins": ("acme_off", "acme_of"), "model_folders": folders}
    found = list(equipment(Catalogue(config(tmp_path, **settings))))
    assert named(found, "plugin acme_off").found.startswith("disabled, of ")
    assert named(found, "plugin basic").state == "ok"
    warned = [finding for finding in found if finding.state == "warning"]
    assert [(each.subject, each.fix) for each in warned] == [
        ("plugin acme_mode", f"mend the default in {file}:4, or load the plugin that brings it"),
        ("models images", "make it, or take it out of the setting model_folders.images"),
        *(("settings", "change it in the settings, or take it out there") for _ in range(2)),
    ]
    assert [each.found for each in warned[2:]] == [
        "no plugin 'acme_of' to disable; did you mean 'acme_off'?",
        "no node chooses files of kind 'imagse'; did you mean 'images'?",
    ]
