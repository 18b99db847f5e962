"""The tree of exceptions, and the nearest name that their messages suggest.

NodeflowError
├── DeclarationError    a node or wire type that is declared wrongly
├── RegistrationError   a name that is taken, or a plugin that does not fit
├── UnknownName         nothing of that name; says which is nearest
├── ValueProblem        a literal that an input does not take
├── ConfigError         a setting that cannot be used
└── GraphError          a graph with problems (in `problems`)
"""

from __future__ import annotations

import difflib
import json
import reprlib
from collections.abc import Iterable

LISTED = 20
"""How many names a message lists before it says how many more there are."""

SHOWN = 80
"""Characters of a value that a message shows."""


class NodeflowError(Exception):
    """Whatever nodeflow itself raises for a mistake that its user can mend."""

    place = ""
    """In which file and line the mistake is, where that is known and no traceback shows it."""


class DeclarationError(NodeflowError):
    """A node or a wire type is declared wrongly; the message names the class, the field and what would be right."""


class RegistrationError(NodeflowError):
    """A name is already taken, in which case the message names both owners, or a plugin does not fit its hooks."""


class ConfigError(NodeflowError):
    """A setting cannot be used; the message names the file or variable, the value and what would be right."""


class UnknownName(NodeflowError, KeyError):  # noqa: N818 (reads as what it says)
    """There is nothing of that name. `nearest` is the likeliest one meant, None where none is near.

    It is a KeyError, too, so that what raises it is a proper Mapping.
    """

    def __init__(self, kind: str, name: str, names: Iterable[str]) -> None:
        known = sorted(names)
        super().__init__(kind, name, known)
        self.kind, self.name, self.nearest = kind, name, nearest(name, known)
        self._known = known

    def __str__(self) -> str:
        hint = f"did you mean {self.nearest!r}?" if self.nearest else f"there are {listed(self._known)}"
        return f"no {self.kind} {self.name!r}; {hint}"


class ValueProblem(NodeflowError):  # noqa: N818
    """A literal that an input does not take: a problem's code, what was expected and what was got."""

    def __init__(self, code: str, expected: str, got: str, nearest: str | None = None) -> None:
        super().__init__(code, expected, got, nearest)
        self.code, self.expected, self.got, self.nearest = code, expected, got, nearest

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` most like `name`, whatever the case of its letters; None when none is like it."""
    folded = {each.casefold(): each for each in sorted(names, reverse=True)}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def listed(names: Iterable[str]) -> str:
    """Names as a message lists them: the first twenty, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return ", ".join(known[:LISTED]) + more or "none"


def told(error: BaseException) -> str:
    """What any exception says, in a line; one that cannot say it keeps nobody from going on."""
    try:
        said = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
    except Exception as second:  # noqa: BLE001 (whatever somebody's __str__ raises)
        said = f"its message cannot be had ({type(second).__name__})"
    if isinstance(error, NodeflowError):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def show(value: object) -> str:
    """A value as a message shows it: as it stands in JSON, cut at eighty characters, however large the value.

    What JSON does not have is shown as Python does.
    """
    text = _SHOWING.repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


class _Showing(reprlib.Repr):
    """JSON in place of Python's own form, and of what is large only a part."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxdict = LISTED
        self.maxother = self.maxlong = SHOWN

    def repr_str(self, value: str, _: int) -> str:
        return f'"{"".join(map(_sign, value[:SHOWN]))}"'

    def repr_bool(self, value: bool, _: int) -> str:
        return json.dumps(value)

    def repr_float(self, value: float, _: int) -> str:
        return json.dumps(value)

    def repr_NoneType(self, value: None, _: int) -> str:  # noqa: N802 (reprlib calls it by the name of the type)
        return json.dumps(value)


def _sign(sign: str) -> str:
    """A sign within a text in JSON; one that cannot be seen, or written, by its number."""
    return sign if sign.isprintable() and sign not in '"\\' else json.dumps(sign)[1:-1]


_SHOWING = _Showing()
