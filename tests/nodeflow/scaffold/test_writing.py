"""A new plugin's project: it builds, passes its own tests and checks untouched, and its node then stands there."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from nodeflow import API_VERSION
from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import parse
from nodeflow.plugins import load_plugins
from nodeflow.scaffold.writing import ScaffoldError, write_project

BUILD = "import sys, hatchling.build; print(hatchling.build.build_editable(sys.argv[1]))"


def python(project: Path, *arguments: str, path: tuple[Path, ...] = ()) -> str:
    """Run Python in a project, which is on the import path as an editable installation puts it there."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*path, project))), "OMP_NUM_THREADS": "1"}
    made = subprocess.run(
        [sys.executable, *arguments], cwd=project, env=variables, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project("acme-sharpen", tmp_path / "acme-sharpen")
    return tmp_path / "acme-sharpen"


@pytest.fixture
def installed(project: Path, site: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, installed as pip does it for `pip install -e .`: what the build backend makes is unpacked."""
    wheel = python(project, "-c", BUILD, str(project.parent)).split()[-1]
    with zipfile.ZipFile(project.parent / wheel) as made:
        made.extractall(site.root)
    monkeypatch.syspath_prepend(project)
    return project


def test_it_passes_its_own_tests_untouched(installed: Path, site: Any) -> None:
    told = python(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", path=(site.root,))
    assert "7 passed" in told or "5 passed, 1 skipped" in told


def test_it_is_as_ruff_would_have_it(project: Path) -> None:
    python(project, "-m", "ruff", "check", "--no-cache", ".")
    python(project, "-m", "ruff", "format", "--no-cache", "--check", ".")


def test_its_node_its_sampler_and_its_graph_stand_there_without_any_other_step(
    installed: Path, tmp_path: Path, site: Any
) -> None:
    plugins = load_plugins()
    (plugin,) = (plugin for plugin in plugins.loaded if plugin.name == "acme-sharpen")
    assert (plugin.state, plugin.error, plugin.distribution) == ("loaded", "", "acme-sharpen")
    assert plugin.nodes == ("acme-sharpen/Sharpen",)
    assert "acme_sharpen_midpoint" in plugins.registry.table("samplers")
    (point,) = (point for point in site.entry_points if point.name == "acme-sharpen")
    (stated,) = point.dist.entry_points.select(group="nodeflow.api", name="acme-sharpen")
    assert stated.value == "v" + API_VERSION.replace(".", "_")
    settings: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache"}
    graph = parse(plugins.graphs["acme-sharpen/sharpened"].read_bytes())
    assert App(Config(**settings)).run(graph).raise_error().artifacts["save"]


def test_every_file_is_filled_in(project: Path) -> None:
    for file in project.rglob("*"):
        assert file.suffix != ".template"
        if file.is_file():
            assert "$" not in file.read_text()
            assert "package" not in file.relative_to(project).parts
    assert (project / ".github" / "workflows" / "test.yml").is_file()
    assert json.loads((project / "schema.json").read_text())["Sharpen"]["version"] == 1


@pytest.mark.parametrize("name", ["", "Acme", "acme_x", "acme.x", "-acme", "acme-", "1acme", "acme x", "../acme", "ä"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScaffoldError, match="is no name for a project; write words of a to z"):
        write_project(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "said"), [("json", "is a package"), ("class", "can be called"), ("tests", "can be")])
def test_a_package_that_cannot_be_imported_under_its_name_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ScaffoldError, match=said) as raised:
        write_project(name, tmp_path / "new")
    assert f"such as acme-{name}" in str(raised.value)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "README.md").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for taken in ("full", "file"):
        with pytest.raises(ScaffoldError, match="is there already, and not empty; name another with --folder"):
            write_project("acme-new", tmp_path / taken)
    with pytest.raises(ScaffoldError, match="cannot write"):
        write_project("acme-new", tmp_path / "file" / "below")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["README.md", "file", "full"]


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert Path("pyproject.toml") in write_project("acme-new", tmp_path)
