"""The code id: any edit of what a distribution brings changes it, however it is installed; nothing else does."""

import importlib
import os
import shutil
from collections.abc import Callable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

import pytest

from nodeflow import distribution
from nodeflow.distribution import Known, code_id

PACKAGE = {
    "acme/__init__.py": "",
    "acme/plugin.py": "from acme.nodes import sharpen\n",
    "acme/nodes.py": "from acme.deep.maths import kernel\n",
    "acme/deep/__init__.py": "",
    "acme/deep/maths.py": "kernel = 3\n",
    "acme/data/table.csv": "1,2\n",
    "acme_shared/__init__.py": "",
    "acme_shared/tools.py": "x = 1\n",
}
SINGLE = {"acme_single.py": "import acme_beside\n", "acme_beside.py": "y = 1\n"}


class Installed:
    """A distribution, where its files are, and its code id as it is now."""

    def __init__(self, site: Any, files: Mapping[str, str], module: str, editable: Path | None) -> None:
        self.info = site.install("acme", files, {"acme": module}, editable=editable)
        self.module, self.site, self.source = module, site.root, editable or site.root

    @property
    def id(self) -> str:
        importlib.invalidate_caches()
        return code_id(self.module, self.metadata)

    @property
    def metadata(self) -> Distribution:
        (found,) = distributions(path=[str(self.site)], name="acme")
        return found

    def write(self, name: str, content: str | bytes) -> None:
        place = self.source / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture(params=["installed", "editable"])
def install(request: Any, site: Any, tmp_path: Path) -> Callable[[Mapping[str, str], str], Installed]:
    editable = tmp_path / "work" / "src" if request.param == "editable" else None
    return lambda files, module: Installed(site, files, module, editable)


@pytest.mark.parametrize("name", PACKAGE)
def test_an_edit_anywhere_in_the_distribution_changes_it(install: Any, name: str) -> None:
    """A helper two modules away, data, and a second package that nothing names."""
    acme = install(PACKAGE, "acme.plugin")
    before = acme.id
    assert acme.id == before
    acme.write(name, PACKAGE[name] + "# more\n")
    assert acme.id != before
    acme.write(name, PACKAGE[name])
    assert acme.id == before


@pytest.mark.parametrize("name", SINGLE)
def test_an_edit_of_a_single_file_or_one_beside_it_changes_it(install: Any, name: str) -> None:
    acme = install(SINGLE, "acme_single")
    before = acme.id
    acme.write(name, SINGLE[name] + "# more\n")
    assert acme.id != before


@pytest.mark.parametrize("change", ["added", "removed", "renamed"])
def test_which_files_there_are_counts(install: Any, change: str) -> None:
    acme = install(PACKAGE, "acme.plugin")
    before, place = acme.id, acme.source / "acme" / "deep" / "maths.py"
    if change == "added":
        acme.write("acme/deep/new.py", "")
    elif change == "removed":
        place.unlink()
    else:
        place.rename(place.with_name("mathematics.py"))
    assert acme.id != before


@pytest.mark.parametrize(
    "name",
    [
        "acme/__pycache__/plugin.cpython-311.pyc",
        "acme/old.pyc",
        "acme/.cache/notes",
        "acme/.nodes.py.swp",
        "other/__pycache__/x.py",
        "README.txt",
    ],
)
def test_what_is_no_code_of_it_does_not_count(install: Any, name: str) -> None:
    acme = install(PACKAGE, "acme.plugin")
    before = acme.id
    acme.write(name, "anything")
    assert acme.id == before


def test_another_distribution_does_not_count(site: Any) -> None:
    acme = Installed(site, PACKAGE, "acme.plugin", None)
    before = acme.id
    site.install("other", {"other.py": "", "loose.py": ""}, {"other": "other"})
    assert acme.id == before


def test_the_time_of_a_file_and_the_metadata_do_not_count(install: Any) -> None:
    acme = install(PACKAGE, "acme.plugin")
    before = acme.id
    os.utime(acme.source / "acme" / "nodes.py", (1, 1))
    (acme.info / "INSTALLER").write_text("pip")
    (acme.info / "RECORD").write_text((acme.info / "RECORD").read_text() + f"{acme.info.name}/INSTALLER,,\n")
    assert acme.id == before


def test_where_it_lies_does_not_count(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = Installed(site, PACKAGE, "acme.plugin", None)
    before = acme.id
    shutil.copytree(site.root, tmp_path / "elsewhere")
    shutil.rmtree(site.root)
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    acme.site = tmp_path / "elsewhere"
    assert acme.id == before


def test_loading_gives_it_to_every_node(install: Any, site: Any) -> None:
    node = "from nodeflow import hookimpl, node\nfrom acme_beside import y\n@node\ndef made() -> int:\n    return y\n"
    hook = "@hookimpl\ndef nodeflow_nodes():\n    return [made]\n"
    acme = install({**SINGLE, "acme_single.py": node + hook}, "acme_single")
    before = site.load().registry.node("acme/Made").code_id
    assert before == acme.id
    acme.write("acme_beside.py", "y = 2\n")
    assert site.load().registry.node("acme/Made").code_id == acme.id != before


def test_an_editable_installation_by_an_import_hook_names_its_packages(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As setuptools does: its .pth file is a line of code, and its packages are in top_level.txt."""
    info = site.install("acme", {"_acme.pth": "import acme_finder\n"}, {"acme": "acme.plugin"})
    (info / "top_level.txt").write_text("acme\nacme_shared\n")
    acme = Installed.__new__(Installed)
    acme.module, acme.site, acme.source = "acme.plugin", site.root, tmp_path / "work"
    for name, text in PACKAGE.items():
        acme.write(name, text)
    monkeypatch.syspath_prepend(acme.source)
    before = acme.id
    acme.write("acme_shared/tools.py", "x = 2\n")
    assert acme.id != before


def test_a_folder_in_a_pth_file_may_be_relative_to_it(site: Any) -> None:
    acme = Installed(site, PACKAGE, "acme.plugin", site.root / "below")
    (site.root / "_acme.pth").write_text("below\n# a comment\n\nnot_there\n")
    before = acme.id
    acme.write("acme_shared/tools.py", "x = 2\n")
    assert acme.id != before


def test_without_a_distribution_the_package_itself_counts(site: Any) -> None:
    acme = Installed(site, PACKAGE, "acme.plugin", None)
    before = code_id("acme.plugin", None)
    acme.write("acme/deep/maths.py", "kernel = 4\n")
    after = code_id("acme.plugin", None)
    assert before != after
    acme.write("acme_shared/tools.py", "x = 2\n")
    assert code_id("acme.plugin", None) == after


def test_a_namespace_package_counts_in_all_its_places(
    site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"acme_space/plugin.py": "import acme_space.far\n"}
    acme = Installed(site, files, "acme_space.plugin", None)
    far = tmp_path / "far" / "acme_space" / "far.py"
    far.parent.mkdir(parents=True)
    far.write_text("z = 1\n")
    monkeypatch.syspath_prepend(tmp_path / "far")
    before = acme.id
    far.write_text("z = 2\n")
    assert acme.id != before


def test_large_files_count_by_size_and_time(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "LARGE", 100)
    acme = Installed(site, {**PACKAGE, "acme/weights.bin": "0" * 101}, "acme.plugin", None)
    before, weights = acme.id, site.root / "acme" / "weights.bin"
    os.utime(weights, (1, 1))
    assert (touched := acme.id) != before
    acme.write("acme/weights.bin", "0" * 102)
    os.utime(weights, (1, 1))
    assert acme.id != touched


def test_what_is_known_is_not_read_again(site: Any) -> None:
    acme = Installed(site, PACKAGE, "acme.plugin", None)
    known = Known()
    before = code_id("acme.plugin", acme.metadata, known)
    acme.write("acme/deep/maths.py", "kernel = 4\n")
    assert code_id("acme.plugin", acme.metadata, known) == before
    assert code_id("acme.plugin", acme.metadata) != before


def test_what_is_known_is_not_looked_for_again(install: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several plugins of one distribution walk through its files once, and all find the same."""
    acme, walked = install(PACKAGE, "acme.plugin"), []
    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda root: walked.append(str(root)) or walk(root))
    metadata, known = acme.metadata, Known()
    modules = ("acme.plugin", "acme_shared.tools", "acme.nodes")
    found = [code_id(module, metadata, known) for module in modules]
    assert len(walked) == len(set(walked))
    assert found == [code_id(module, metadata) for module in modules]
