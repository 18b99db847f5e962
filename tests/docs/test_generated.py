"""The pages that `make docs` writes say what the code says now."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nodeflow.cli import COMMANDS
from nodeflow.cli.node_reference import markdown
from nodeflow.node import node
from nodeflow.registry import Registry
from nodeflow.spec import NodeSpec

ROOT = Path(__file__).parents[2]


@pytest.fixture
def write_docs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "scripts" / "write_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("COLUMNS", module.COLUMNS)
    return module


def test_the_node_reference_is_up_to_date(write_docs: ModuleType) -> None:
    assert (ROOT / "docs" / "nodes.md").read_text() == write_docs.nodes(), "run make docs"


def test_the_reference_for_plugins_is_up_to_date(write_docs: ModuleType) -> None:
    assert (ROOT / "docs" / "plugins" / "reference.md").read_text() == write_docs.plugin_reference(), "run make docs"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse lays its help out otherwise in other versions")
def test_the_help_texts_are_up_to_date(write_docs: ModuleType) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    assert page == write_docs.with_help(page), "run make docs"


def test_every_command_has_a_help_text(write_docs: ModuleType) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    assert [block["name"] for block in write_docs.BLOCK.finditer(page)] == ["nodeflow", *COMMANDS]


def test_the_reference_leaves_other_plugins_out(write_docs: ModuleType, site: object) -> None:
    source = "from nodeflow import hookimpl, node\n@node\ndef own(value: int = 0) -> int:\n    return value\n"
    hook = "@hookimpl\ndef nodeflow_nodes():\n    return [own]\n"
    site.install("acme-nodes", {"acme_nodes.py": source + hook}, {"acme": "acme_nodes"})  # type: ignore[attr-defined]
    assert "acme/Own" in write_docs.load_plugins().registry.nodes
    assert "acme/Own" not in write_docs.nodes()


def test_a_reference_escapes_what_markdown_would_take_for_its_own() -> None:
    @node(category="a/b")
    def odd(value: str = "x|y") -> str:
        r"""A backslash \( and `one in code \(`."""
        return value

    @node(category="odd")
    def plain() -> None:
        """Nothing."""

    specs = [NodeSpec.of(odd), NodeSpec.of(plain)]
    lines = markdown(specs, Registry()).splitlines()
    assert r"A backslash \\( and `one in code \(`." in lines
    assert r'| value | str | "x\|y" |  |' in lines
    assert "- [a/b](#ab): [Odd](#odd)" in lines
    assert "- [odd](#odd-1): [Plain](#plain)" in lines
