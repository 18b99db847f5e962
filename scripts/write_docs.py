"""Writes the parts of docs/ that the code itself tells: node types, help texts, and the reference for plugins."""

from __future__ import annotations

import inspect
import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import nodeflow
from nodeflow import hookspecs, testing
from nodeflow.cli import COMMANDS, command_parser, node_reference, top_parser
from nodeflow.hookspecs import GROUP
from nodeflow.plugins import HOOKS, HOST, load_plugins

COLUMNS = "100"
"""How wide the help is, as argparse reads it from the environment."""
DOCS = Path(__file__).parent.parent / "docs"
REFERENCE = """# Reference for authors of plugins

This page is written from the code itself. Everything here is imported from `nodeflow`, or in tests from
`nodeflow.testing`; it holds for [one version of the node API](compatibility.md#versions-of-the-node-api)."""
ELSEWHERE = {
    "Field": "pydantic's: ranges and descriptions of an input, in `Annotated[float, Field(ge=0, le=1)]`.",
    "JsonValue": "pydantic's: any value of JSON, as the annotation of an input or output.",
    "API_VERSION": "The version of the node API, such as `1.0`.",
    "NOT_READY": "What a lazy input holds until it is computed.",
    "hookimpl": "Marks a function of a plugin as the implementation of the hook of its name.",
}
"""Names whose own words are not for this page."""
LONGEST = 120
"""Letters of a signature that is shown whole."""
BLOCK = re.compile(r"<!-- help (?P<name>[\w-]+) -->\n```text\n.*?```", re.DOTALL)


def documents() -> Mapping[Path, str]:
    """What the generated documents should say now."""
    cli = DOCS / "cli.md"
    return {
        DOCS / "nodes.md": nodes(),
        DOCS / "plugins" / "reference.md": plugin_reference(),
        cli: with_help(cli.read_text(encoding="utf-8")),
    }


def nodes() -> str:
    """The reference of the node types that come with nodeflow, whatever else is installed."""
    registry = load_plugins(distribution(HOST).entry_points.select(group=GROUP)).registry
    return node_reference.markdown(registry.nodes.values(), registry)


def plugin_reference() -> str:
    """The reference for authors of plugins: every hook, and every name of `nodeflow` and `nodeflow.testing`."""
    sections = [REFERENCE, "## Hooks"]
    sections += [_hook(name) for name in HOOKS]
    for module in (nodeflow, testing):
        sections += [f"## `{module.__name__}`"]
        sections += [_name(module, name) for name in sorted(module.__all__, key=str.lower)]
    return "\n\n".join(sections) + "\n"


def _hook(name: str) -> str:
    """A hook in its own words; what stands further in there is code."""
    hook = getattr(hookspecs, name)
    words, _, code = inspect.cleandoc(hook.__doc__).partition("\n\n    ")
    example = textwrap.dedent(f"    {code}").strip()
    return f"### `{name}({', '.join(inspect.signature(hook).parameters)})`\n\n{words}\n\n```python\n{example}\n```"


def _name(module: ModuleType, name: str) -> str:
    """A name with its signature and the words of its docstring."""
    value = getattr(module, name)
    words = inspect.getdoc(value) if callable(value) else None
    if module is nodeflow and name in ELSEWHERE:
        words = ELSEWHERE[name]
    told = [f"### `{_signature(name, value)}`", words or f"Its value here is `{value!r}`."]
    if isinstance(value, type) and not issubclass(value, Exception) and name not in ELSEWHERE:
        told += ["\n".join(_methods(value))]
    return "\n\n".join(part for part in told if part)


def _methods(value: type) -> Iterator[str]:
    """What can be called on it, each with its first sentence."""
    for name, method in vars(value).items():
        words = inspect.getdoc(method) if inspect.isfunction(method) and not name.startswith("_") else None
        if words:
            yield f"- `.{_signature(name, method)}`: {' '.join(words.partition(chr(10) * 2)[0].split())}"


def _signature(name: str, value: object) -> str:
    if name in ELSEWHERE or not callable(value) or (isinstance(value, type) and issubclass(value, Exception)):
        return name
    try:
        parameters = inspect.signature(value).parameters.values()
    except ValueError:
        return name
    named = [each for each in parameters if not each.name.startswith("_") and each.name != "self"]
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in named]
    told = f"{name}{inspect.Signature(plain)}".replace("<factory>", "...")
    return told if len(told) <= LONGEST else f"{name}(...)"


def with_help(document: str) -> str:
    """The document with every block marked `<!-- help NAME -->` holding what `nodeflow NAME --help` prints."""
    return BLOCK.sub(lambda block: _block(block["name"]), document)


def _block(name: str) -> str:
    parser = command_parser(name) if name in COMMANDS else top_parser()
    return f"<!-- help {name} -->\n```text\n{parser.format_help()}```"


if __name__ == "__main__":
    os.environ["COLUMNS"] = COLUMNS
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
