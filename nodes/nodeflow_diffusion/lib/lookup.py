"""Finding a function by its name in a table of import strings, without importing the rest of the table."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Mapping
from typing import Any


def lookup(kind: str, table: Mapping[str, str], name: str) -> Any:
    """The object that `table` has under `name`, imported from its `"module:attribute"`.

    Raises ValueError, with the nearest name of the table or all of them, if `name` is not in it.
    """
    if name not in table:
        near = difflib.get_close_matches(name, table, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(table)}"
        raise ValueError(f"no {kind} {name!r}; {hint}")
    return pkgutil.resolve_name(table[name])
