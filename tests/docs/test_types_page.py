"""docs/types.md: every wire type that comes along, in its colour and its own words, and each of its fields."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from nodeflow.plugins import load_plugins
from nodeflow.registry import Registry

PAGE = (Path(__file__).parents[2] / "docs" / "types.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)` \| `(#\w+)` \| (\w+) \| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def registry() -> Registry:
    loaded = load_plugins()
    owners = {plugin.name for plugin in loaded.loaded if plugin.distribution == "nodeflow"}
    assert "diffusion" in owners
    return loaded.registry


def test_the_table_is_what_is_registered(registry: Registry) -> None:
    registered = {
        (wire.name, wire.color, registry.type_owner(wire.name), wire.description)
        for wire in registry.types.values()
        if registry.type_owner(wire.name) in ("nodeflow", "diffusion", "image", "basic", "training")
    }
    assert set(ROW.findall(PAGE)) == registered


def test_every_field_of_a_value_is_explained_under_its_type(registry: Registry) -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
    for name, python in ((wire.name, wire.python) for wire in registry.types.values()):
        if dataclasses.is_dataclass(python) and name in {row[0] for row in ROW.findall(PAGE)}:
            for field in dataclasses.fields(python):
                assert f"`{field.name}`" in sections[name], f"{name}.{field.name}"
