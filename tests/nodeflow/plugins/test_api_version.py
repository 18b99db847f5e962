"""A plugin says which node API it is written against, and is refused, unimported, where that is not here."""

import sys
from pathlib import Path
from typing import Any

import pytest

from nodeflow.node_api import VERSION, spelled
from nodeflow.plugins import Plugin, load_plugins

SOURCE = """
from nodeflow import hookimpl, node

@node
def shout(text: str) -> str:
    return text.upper()

@hookimpl
def nodeflow_nodes():
    return [shout]
"""
NEXT = str(int(VERSION.partition(".")[0]) + 1) + ".0"


def loaded(site: Any, **folders: Any) -> dict[str, Plugin]:
    return {plugin.name: plugin for plugin in load_plugins(site.entry_points, **folders).loaded}


@pytest.mark.parametrize("stated", [VERSION, spelled(VERSION), "v1"])
def test_one_that_fits_is_loaded(site: Any, stated: str) -> None:
    site.install("acme", {"first.py": SOURCE}, {"acme": "first"}, api={"acme": stated})
    assert loaded(site)["acme"].nodes == ("acme/Shout",)


def test_one_that_does_not_is_refused_before_it_is_imported(site: Any) -> None:
    site.install("acme", {"first.py": "raise SystemExit"}, {"acme": "first"}, api={"acme": f"v{NEXT}"})
    site.install("other", {"second.py": SOURCE}, {"other": "second"})
    found = loaded(site)
    assert (found["acme"].state, found["other"].state) == ("failed", "loaded")
    assert found["acme"].error == (
        f"plugin 'acme' was not imported: it is written against node API {NEXT}, "
        f"and this nodeflow has {VERSION}; a newer nodeflow has it"
    )
    assert "first" not in sys.modules


def test_of_two_plugins_in_a_distribution_each_is_judged_by_its_own(site: Any) -> None:
    site.install(
        "acme", {"first.py": SOURCE, "second.py": SOURCE}, {"a": "first", "b": "second"}, api={"a": NEXT, "c": NEXT}
    )
    found = loaded(site)
    assert (found["a"].state, found["b"].state) == ("failed", "loaded")


def test_what_is_stated_is_a_version(site: Any) -> None:
    site.install("acme", {"first.py": SOURCE}, {"acme": "first"}, api={"acme": "latest"})
    assert "the node API version 'latest' that it states is none" in loaded(site)["acme"].error
    assert "first" not in sys.modules


@pytest.mark.parametrize("package", [False, True])
def test_a_file_states_it_in_its_text(site: Any, tmp_path: Path, package: bool) -> None:
    file = tmp_path / "plugins" / ("acme_file/__init__.py" if package else "acme_file.py")
    file.parent.mkdir(parents=True)
    file.write_text(f"NODEFLOW_API = '{NEXT}'\nraise SystemExit\n")
    plugin = loaded(site, folders=[tmp_path / "plugins"])["acme_file"]
    assert f"was not imported: it is written against node API {NEXT}" in plugin.error
    assert plugin.place == str(tmp_path / "plugins" / file.relative_to(tmp_path / "plugins").parts[0])
    assert "acme_file" not in sys.modules
    file.write_text(f"NODEFLOW_API = '{VERSION}'\n{SOURCE}")
    assert loaded(site, folders=[tmp_path / "plugins"])["acme_file"].nodes == ("acme_file/Shout",)


@pytest.mark.parametrize("value", ["1.0", "'1' + '.0'", "None"])
def test_what_only_running_the_file_would_tell_is_refused(site: Any, tmp_path: Path, value: str) -> None:
    (tmp_path / "acme_file.py").write_text(f"NODEFLOW_API = {value}\nraise SystemExit\n")
    plugin = loaded(site, folders=[tmp_path])["acme_file"]
    assert plugin.error == "NODEFLOW_API must be written as text, such as NODEFLOW_API = '1.0'"
