"""`nodeflow plugins install` and its like, in a real environment, by real pip, from wheels that are built here."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nodeflow.isolation.environment import make_environment
from nodeflow.plugins.source import ISOLATED
from tests.nodeflow.isolation.conftest import wheel

NODES = """
from nodeflow import Context, hookimpl, node

@node
def which(ctx: Context) -> None:
    import rivals
    ctx.save(rivals.__version__.encode(), "which.txt", "text/plain")

@hookimpl
def nodeflow_nodes():
    return [which]
"""


BACKEND = """
import shutil

def build_wheel(folder, *_):
    return shutil.copy("copy/acme_mine-1.0-py3-none-any.whl", folder).rpartition("/")[2]

def build_editable(folder, *_):
    return shutil.copy("editable/acme_mine-1.0-py3-none-any.whl", folder).rpartition("/")[2]
"""


def git(folder: Path, *arguments: str) -> str:
    """What git says, whatever its settings are here."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "user.name=acme", "-c", "user.email=acme@example.com", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True).stdout.strip()


def committed(repository: Path) -> str:
    """Commits all that is there; the commit."""
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "as it is")
    return git(repository, "rev-parse", "HEAD")


def project(tmp_path: Path) -> Path:
    """The folder of a plugin that brings what builds it, so that nothing is fetched for it."""
    folder = tmp_path / "mine"
    plugins = {"mine": "acme_mine"}
    wheel(folder / "copy", "acme-mine", {"acme_mine.py": NODES}, plugins=plugins)
    wheel(folder / "editable", "acme-mine", {"acme_mine.pth": f"{folder}\n"}, plugins=plugins)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "acme_mine.py").write_text(NODES)
    system = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(f'{system}[project]\nname = "acme-mine"\nversion = "1.0"\n')
    return folder


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Machine:
    """An environment with nodeflow and nothing else, with a data folder of its own."""

    folder: Path
    wheels: Path

    def __call__(self, *arguments: object) -> Told:
        return self.run("-m", "nodeflow", *arguments)

    def run(self, *arguments: object) -> Told:
        """Call the environment's Python."""
        python = self.folder / "env" / "bin" / "python"
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("NODEFLOW_", "PIP_"))}
        more = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "NODEFLOW_DATA_DIR": str(self.folder / "data"),
            "NODEFLOW_CACHE_DIR": str(self.folder / "cache"),
            "COLUMNS": "200",
        }
        command = [str(python), *map(str, arguments)]
        made = subprocess.run(
            command, cwd=self.folder, env=environ | more, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        return Told(made.returncode, made.stdout, made.stderr)

    def plugins(self) -> dict[str, tuple[str, bool]]:
        """The state of each plugin of these tests, and whether it is isolated; others may be installed beside."""
        found = json.loads(self("plugins", "--json").out)["plugins"]
        ours = [each for each in found if not each["distribution"].startswith("nodeflow")]
        return {each["name"]: (each["state"], each["isolated"]) for each in ours}

    def gives(self, type_name: str) -> str:
        """What a node saves."""
        graph = self.folder / "graph.json"
        graph.write_text(json.dumps({"nodeflow": 1, "nodes": {"a": {"type": type_name}}}))
        told = self("run", graph, "--json")
        assert told.code == 0, told.err
        return (self.folder / json.loads(told.out)["artifacts"][0]["path"]).read_text()


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    for version in ("1.0", "2.0"):
        wheel(folder, "rivals", {"rivals.py": f'__version__ = "{version}"\n'}, version=version)
    wheel(folder, "numpy", {"numpy/__init__.py": ""}, version="0.1")
    for name, requires, keywords in (
        ("first", ("rivals==1.0",), ""),
        ("second", ("rivals==2.0",), "pictures,nodeflow-isolated"),
        ("greedy", ("numpy==0.1",), ""),
    ):
        files = {f"acme_{name}.py": NODES}
        wheel(folder, f"acme-{name}", files, requires=requires, plugins={name: f"acme_{name}"}, keywords=keywords)
    wheel(folder, "acme-none", {"acme_none.py": ""})
    # What pip would take to have a plugin together with a networkx that nodeflow cannot use.
    wheel(folder, "nodeflow", {"nodeflow/__init__.py": ""}, version="99.0")
    wheel(folder, "networkx", {"networkx/__init__.py": ""}, version="0.1")
    for name, needed in (("apart", "nodeflow[server]"), ("ahead", "nodeflow>=50,<60")):
        more = (needed, "networkx==0.1", "rivals==1.0")
        files = {f"acme_{name}.py": NODES}
        wheel(folder, f"acme-{name}", files, requires=more, plugins={name: f"acme_{name}"}, keywords=ISOLATED)
    return folder


@pytest.fixture
def machine(tmp_path: Path, wheels: Path) -> Callable[[str], Machine]:
    def made(name: str = "here") -> Machine:
        folder = tmp_path / name
        make_environment(folder / "env")
        return Machine(folder, wheels)

    return made


def test_a_plugin_comes_is_switched_and_goes(machine: Callable[[], Machine]) -> None:
    here = machine()
    shown = here("plugins", "install", "acme-first", "--dry-run")
    assert shown.code == 0
    assert shown.out.splitlines() == [
        "here:",
        "  acme-first 1.0 would be installed",
        "  rivals 1.0 would be installed",
    ]
    assert here.plugins() == {}
    asked = here("plugins", "install", "acme-first")
    assert (asked.code, "say --yes" in asked.err, here.plugins()) == (2, True, {})
    done = here("plugins", "install", "acme-first", "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "installed first of acme-first 1.0")
    assert here.plugins() == {"first": ("loaded", False)}
    assert here.gives("first/Which") == "1.0"
    assert here("plugins", "disable", "first").code == 0
    assert here.plugins() == {"first": ("disabled", False)}
    assert here("plugins", "enable", "first").code == 0
    assert here.plugins() == {"first": ("loaded", False)}
    gone = here("plugins", "remove", "first", "--yes")
    assert (gone.code, gone.out) == (0, "acme-first 1.0 would be removed, and with it the plugins first\n")
    assert here.plugins() == {}


def test_what_would_replace_what_nodeflow_needs_is_refused_and_goes_apart(machine: Callable[[], Machine]) -> None:
    here = machine()
    refused = here("plugins", "install", "acme-greedy", "--yes")
    assert refused.code == 1
    assert "by 0.1, which nodeflow itself uses (numpy>=" in refused.err
    assert "--isolated" in refused.err
    assert here.plugins() == {}
    both = here("plugins", "install", "acme-first", "--yes"), here("plugins", "install", "acme-second", "--yes")
    assert [each.code for each in both] == [0, 0]
    assert "runs in its own process" in both[1].out
    assert here.plugins() == {"first": ("loaded", False), "second": ("loaded", True)}
    assert here.gives("second/Which") == "2.0"
    assert here("plugins", "remove", "second", "--yes").code == 0
    assert not (here.folder / "data" / "environments" / "acme-second").exists()
    assert here.plugins() == {"first": ("loaded", False)}


def test_a_plugin_that_needs_nodeflow_and_what_nodeflow_cannot_use_gets_no_other_nodeflow(
    machine: Callable[[], Machine],
) -> None:
    here = machine()
    refused = here("plugins", "install", "acme-ahead", "--yes")
    assert (refused.code, here.plugins()) == (1, {})
    assert "acme-ahead 1.0 depends on nodeflow" in refused.err
    assert f"nodeflow=={importlib.metadata.version('nodeflow')}" in refused.err
    done = here("plugins", "install", "acme-apart", "--yes")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()[1:-1]] == ["acme-apart", "networkx", "rivals"]
    assert here.plugins() == {"apart": ("loaded", True)}
    assert here.gives("apart/Which") == "1.0"


def test_a_path_and_a_url_will_do(machine: Callable[[], Machine], wheels: Path, tmp_path: Path) -> None:
    here = machine()
    for name, where in (("first", "{}"), ("second", "file://{}")):
        told = here("plugins", "install", where.format(wheels / f"acme_{name}-1.0-py3-none-any.whl"), "--yes")
        assert (told.code, told.out.splitlines()[-1]) == (0, f"installed {name} of acme-{name} 1.0")
    assert here.plugins() == {"first": ("loaded", False), "second": ("loaded", True)}
    told = here("plugins", "lock", tmp_path / "set.lock")
    assert told.code == 0
    assert f"acme-first came from file://{wheels}" in told.err
    assert "which another machine does not have" in told.err


def test_the_same_set_is_had_elsewhere(machine: Callable[[str], Machine], tmp_path: Path) -> None:
    here, there = machine("here"), machine("there")
    for name in ("acme-first", "acme-second"):
        assert here("plugins", "install", name, "--yes").code == 0
    (here.folder / "data" / "plugins").mkdir()
    (here.folder / "data" / "plugins" / "mine.py").write_text(
        "from nodeflow import node\n\n@node\ndef a() -> int:\n    return 1\n"
    )
    assert here("plugins", "disable", "mine").code == 0
    lock = tmp_path / "set.lock"
    assert here("plugins", "lock", lock).code == 0
    written = json.loads(lock.read_text())
    ours = [each for each in written["plugins"] if each["name"].startswith("acme")]
    assert [(each["name"], each["version"], each["isolated"], each["requires"]) for each in ours] == [
        ("acme-first", "1.0", False, {"rivals": "1.0"}),
        ("acme-second", "1.0", True, {"rivals": "2.0"}),
    ]
    told = there("plugins", "restore", lock, "--yes")
    assert (told.code, told.err) == (0, "")
    assert (
        there.plugins()
        == here.plugins()
        == {
            "first": ("loaded", False),
            "second": ("loaded", True),
            "mine": ("disabled", False),
        }
    )


@pytest.mark.parametrize("newer", [False, True], ids=["where it is not", "where a newer commit is"])
def test_a_plugin_in_a_subfolder_of_a_repository_is_had_elsewhere_at_its_commit(
    machine: Callable[[str], Machine], tmp_path: Path, newer: bool
) -> None:
    here, there, lock, again = machine("here"), machine("there"), tmp_path / "set.lock", tmp_path / "again.lock"
    repository = tmp_path / "repository"
    folder = project(repository / "deep")
    git(repository, "init", "--quiet")
    commit = committed(repository)
    wanted = f"git+file://{repository}#subdirectory=deep/mine"
    told = here("plugins", "install", wanted, "--yes")
    assert told.code == 0, told.err
    told = here("plugins", "lock", lock)
    assert f"acme-mine came from git+file://{repository}@{commit}#subdirectory=deep/mine, which another" in told.err
    (written,) = (each for each in json.loads(lock.read_text())["plugins"] if each["name"] == "acme-mine")
    assert written["source"] == f"git+file://{repository}@{commit}#subdirectory=deep/mine"
    (folder / "README").write_text("The version stays as it is.\n")
    assert committed(repository) != commit
    if newer:
        assert there("plugins", "install", wanted, "--yes").code == 0
    told = there("plugins", "restore", lock, "--yes")
    assert (told.code, told.err) == (0, "")
    assert there.plugins() == here.plugins() == {"mine": ("loaded", False)}
    assert there("plugins", "lock", again).code == 0
    assert again.read_text() == lock.read_text()


def test_an_editable_plugin_is_locked_and_restored_as_one(machine: Callable[[], Machine], tmp_path: Path) -> None:
    here, lock = machine(), tmp_path / "set.lock"
    folder = project(tmp_path)
    installed = here.run("-m", "pip", "install", "--quiet", "--editable", folder)
    assert installed.code == 0, installed.err
    told = here("plugins", "lock", lock)
    assert f"acme-mine is installed editable from file://{folder}: its files are not in the lock file" in told.err
    (written,) = (each for each in json.loads(lock.read_text())["plugins"] if each["name"] == "acme-mine")
    assert (written["editable"], written["source"]) == (True, f"file://{folder}")
    # A copy of the same version is no more the same than none at all.
    copied = here.run("-m", "pip", "install", "--quiet", folder)
    assert copied.code == 0, copied.err
    (folder / "acme_mine.py").write_text(NODES.replace("rivals.__version__", "'edited'").replace("import rivals", ""))
    told = here("plugins", "restore", lock, "--yes")
    assert told.code == 0, told.err
    assert f"acme-mine 1.0 would be replaced by 1.0, editable from file://{folder}" in told.out
    assert here.gives("mine/Which") == "edited"
    folder.rename(tmp_path / "elsewhere")
    told = here("plugins", "restore", lock, "--yes")
    assert told.code == 1
    assert f"acme-mine is editable: it runs from '{folder}', which is not here" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("install", "acme-missing", "--yes"), "No matching distribution found for acme-missing"),
        (("install", "acme-none", "--yes"), "acme-none is installed, but brings no plugin"),
        (("remove", "basic", "--yes"), "'basic' comes with nodeflow; `nodeflow plugins disable basic`"),
        (("remove", "basics", "--yes"), "no plugin 'basics'; did you mean 'basic'?"),
        (("disable", "basics"), "no plugin 'basics'; did you mean 'basic'?"),
        (("restore", "nowhere.lock"), "cannot read 'nowhere.lock'"),
    ],
)
def test_what_cannot_be_done_is_told(machine: Callable[[], Machine], arguments: tuple[str, ...], said: str) -> None:
    told = machine()("plugins", *arguments)
    assert told.code in (1, 2)
    assert said in told.err


def test_a_lock_file_that_leads_out_of_its_folder_is_refused(machine: Callable[[], Machine], tmp_path: Path) -> None:
    here = machine()
    lock = {"nodeflow": "0.1.0", "python": "3.11", "plugins": [], "files": {"../../out.py": "x"}}
    (tmp_path / "bad.lock").write_text(json.dumps(lock))
    told = here("plugins", "restore", tmp_path / "bad.lock", "--yes")
    assert (told.code, "outside the folder of plugins" in told.err) == (1, True)
    (tmp_path / "bad.lock").write_text(json.dumps({**lock, "more": 1}))
    told = here("plugins", "restore", tmp_path / "bad.lock", "--yes")
    assert (told.code, "is no lock file: more:" in told.err) == (1, True)
