"""Defaults that are no choice: told once all is loaded, by whom it may concern, and by no plugin's failing."""

from typing import Any

from nodeflow.plugins import doubts

NODES = """
from typing import Annotated
from nodeflow import Choices, FileChoice, hookimpl, node

@node
def fits(mode: Annotated[str, Choices("modes")] = "soft") -> str: ...

@node
def misspelt(mode: Annotated[str, Choices("modes")] = "sofd") -> str: ...

@node
def later(mode: Annotated[str, Choices("modes")] = "hard", file: Annotated[str, FileChoice("files")] = "x") -> str: ...

@node
def several(modes: Annotated[list[str], Choices("modes")] = ("soft", "loud")) -> str: ...

@node
def free(mode: Annotated[str, Choices("modes")], other: Annotated[str | None, Choices("none")] = None) -> str: ...

@node
def empty(style: Annotated[str, Choices("styles")] = "plain") -> str: ...

@hookimpl
def nodeflow_nodes():
    return [fits, misspelt, later, several, free, empty]

@hookimpl
def nodeflow_choices():
    return {"modes": {"soft": len}}
"""
MORE = "from nodeflow import hookimpl\n@hookimpl\ndef nodeflow_choices():\n    return {'modes': {'hard': len}}\n"


def test_every_default_that_nobody_brings_is_told_with_its_place(site: Any) -> None:
    site.install("acme", {"acme.py": NODES}, {"acme": "acme"})
    site.install("more", {"more.py": MORE}, {"more": "more"})
    plugins = site.load()
    assert [plugin.state for plugin in plugins.loaded] == ["loaded", "loaded"]
    file = site.root / "acme.py"
    found = list(doubts(plugins.registry))
    assert [(doubt.owner, doubt.found, doubt.place) for doubt in found] == [
        ("acme", "acme/Misspelt.mode: the default 'sofd' is none of the modes; did you mean 'soft'?", f"{file}:8"),
        ("acme", "acme/Several.modes: the default 'loud' is none of the modes", f"{file}:14"),
        ("acme", "acme/Empty.style: the default 'plain' is none of the styles", f"{file}:20"),
    ]
    mending = f"mend the default in {file}:8, or load the plugin that brings it"
    assert found[0].complaint == f"plugin 'acme': {found[0].found}; {mending}"


def test_a_choice_is_missed_when_its_plugin_is_not_loaded(site: Any) -> None:
    site.install("acme", {"acme.py": NODES}, {"acme": "acme"})
    site.install("more", {"more.py": MORE}, {"more": "more"})
    found = [doubt.found for doubt in doubts(site.load(disabled=("more",)).registry)]
    assert "acme/Later.mode: the default 'hard' is none of the modes" in found
