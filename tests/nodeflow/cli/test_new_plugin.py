"""`nodeflow new-plugin`: writes where it was told, and says what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def test_the_files_are_named_and_written(call: Command, home: Path) -> None:
    told = call("new-plugin", "acme-new")
    assert told.code == 0
    paths = [Path(line) for line in told.out.splitlines()]
    assert Path("acme-new/acme_new/nodes.py") in paths
    assert all(path.is_file() for path in paths)
    elsewhere = call("new-plugin", "acme-new", "--folder", home / "there")
    assert [Path(line).relative_to(home / "there") for line in elsewhere.out.splitlines()] == [
        path.relative_to("acme-new") for path in paths
    ]


def test_a_refusal_is_a_sentence(call: Command) -> None:
    assert call("new-plugin", "acme-new").code == 0
    told = call("new-plugin", "acme-new")
    assert (told.code, told.out) == (1, "")
    assert told.err == "nodeflow: 'acme-new' is there already, and not empty; name another with --folder\n"
