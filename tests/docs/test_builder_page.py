"""docs/builder.md: its code runs, prints what the page says, and leaves no part of the builder out."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from nodeflow.builder import Builder

PAGE = (Path(__file__).parents[2] / "docs" / "builder.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?", re.DOTALL)


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings as they are for somebody who has set nothing, with folders that go away."""
    monkeypatch.setenv("NODEFLOW_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").write_text('data_dir = "data"\ncache_dir = "cache"\n')


@pytest.mark.usefixtures("at_home")
def test_the_code_prints_what_the_page_says() -> None:
    names: dict[str, Any] = {}
    blocks = list(BLOCK.finditer(PAGE))
    assert len(blocks) > 4
    for block in blocks:
        line = PAGE[: block.start("code")].count("\n")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            # The line is that of the page, where whoever mends it looks.
            exec(compile("\n" * line + block["code"], "docs/builder.md", "exec"), names)  # noqa: S102
        assert printed.getvalue() == (block["output"] or ""), f"docs/builder.md, line {line}"


def test_every_method_is_on_the_page() -> None:
    for name in (name for name in vars(Builder) if not name.startswith("_")):
        assert f"builder.{name}(" in PAGE
