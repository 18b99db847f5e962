"""Packages that are imported when they are first used: a command that runs no node seldom needs them."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for a package until something is asked of it, also by those who imported it meanwhile.

    `importlib.util.LazyLoader` cannot: the statement `import` itself asks its module something.
    """

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        self.__spec__ = spec

    def __getattr__(self, name: str) -> Any:
        """Whatever is not there yet; the package is imported, and all that it has is ours."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        package = importlib.import_module(self.__name__)
        vars(self).update(vars(package))
        return getattr(package, name)


def import_later(package: str) -> None:
    """Have `import package` cost nothing from here on, until an attribute of it is asked for.

    Nothing happens where it is imported already, or not installed.
    """
    spec = importlib.util.find_spec(package) if package not in sys.modules else None
    if spec is not None:
        sys.modules[package] = Later(spec)
