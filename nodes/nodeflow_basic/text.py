"""Nodes that put text together."""

from typing import Annotated, Any

from nodeflow import Field, JsonValue, Multiline, node
from nodeflow_basic.template import filled

CATEGORY = "text"


@node(category=CATEGORY)
def join_text(
    first: Annotated[str, Multiline()] = "",
    second: Annotated[str, Multiline()] = "",
    separator: Annotated[str, Field(description="put between them, unless one of them is empty")] = ", ",
) -> str:
    """Join two texts with a separator. Where one is empty, the other stands alone."""
    return separator.join(part for part in (first, second) if part)


@node(category=CATEGORY)
def format_text(
    template: Annotated[str, Multiline(), Field(description="such as `a {a} on a {ground}`")],
    *,
    values: Annotated[dict[str, JsonValue] | None, Field(description="an object: values by name")] = None,
    a: Annotated[Any, Field(description="what {a} stands for: text, a number, true or false, or any JSON")] = None,
    b: Annotated[Any, Field(description="what {b} stands for")] = None,
    c: Annotated[Any, Field(description="what {c} stands for")] = None,
    d: Annotated[Any, Field(description="what {d} stands for")] = None,
) -> str:
    """Fill the {placeholders} of a template.

    `{a}` to `{d}` stand for what is linked to these inputs, other names for the values of the object. A number may
    have a format after a colon, as in Python: `{a:.2f}`, `{seed:06d}`. `{{` and `}}` are single braces. A name without
    a value is an error. true, false, null, lists and objects are written as in JSON.
    """
    linked = {name: value for name, value in (("a", a), ("b", b), ("c", c), ("d", d)) if value is not None}
    return filled(template, {**(values or {}), **linked})


@node(category=CATEGORY)
def replace_text(
    text: Annotated[str, Multiline()],
    find: Annotated[str, Field(min_length=1, description="as it stands: no wildcards; capitals count")],
    replacement: str = "",
) -> str:
    """Replace every occurrence of a piece of text by another."""
    return text.replace(find, replacement)


@node(category=CATEGORY)
def pick_line(
    text: Annotated[str, Multiline(), Field(description="one choice a line; blank lines do not count")],
    index: Annotated[int, Field(ge=0, description="0 is the first; after the last line it starts again")] = 0,
) -> str:
    """One line of a text, by its number: with a counting or drawn `index`, a list of prompts is gone through.

    Spaces around the line are dropped. A text without any line is an error.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"the text {text!r} has no lines to pick from; give at least one that is not blank")
    return lines[index % len(lines)]
