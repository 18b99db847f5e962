"""The part that plugins have of the modules in memory: taken out to be imported anew, and put back."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import linecache
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import ModuleType

Modules = Mapping[str, ModuleType]
OURS = "nodeflow"


def modules_of(files: Iterable[Path]) -> dict[str, ModuleType]:
    """The modules that were imported from some files, by name."""
    wanted = {str(file) for file in files}
    found = {name: module for name, module in list(sys.modules.items()) if _file(module) in wanted}
    # The ground that all plugins stand on is never taken out, wherever its files are counted.
    return {name: module for name, module in found.items() if name.partition(".")[0] != OURS}


def take_out(modules: Modules) -> None:
    """Forget modules, so that they are imported anew."""
    for name, module in modules.items():
        if sys.modules.get(name) is module:
            del sys.modules[name]
        # `from parent import name` looks at the parent first.
        parent, _, last = name.rpartition(".")
        if parent in sys.modules and getattr(sys.modules[parent], last, None) is module:
            delattr(sys.modules[parent], last)
    importlib.invalidate_caches()


def forget_compiled(files: Iterable[Path]) -> None:
    """Have files compiled from their text: what is compiled is taken for that of any text of its size and second."""
    for file in files:
        if file.suffix == ".py":
            with contextlib.suppress(OSError, NotImplementedError):
                Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
    linecache.checkcache()


def put_back(modules: Modules, files: Collection[Path]) -> None:
    """Have modules as they were before they were taken out, in place of what was imported from `files` since."""
    take_out({name: module for name, module in modules_of(files).items() if modules.get(name) is not module})
    sys.modules.update(modules)
    for name, module in modules.items():
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], last, module)


def uses(modules: Modules, others: Collection[str]) -> bool:
    """Whether modules have anything in them that is one of other modules, or was defined there."""
    return any(
        (isinstance(value, ModuleType) and value.__name__ in others) or _home(value) in others
        for module in modules.values()
        for value in list(vars(module).values())
    )


def _home(value: object) -> str:
    """The name of the module that something was defined in."""
    try:
        found = getattr(value, "__module__", None)
    except Exception:  # noqa: BLE001 (somebody's __getattr__)
        return ""
    return found if isinstance(found, str) else ""


def _file(module: ModuleType) -> str:
    try:
        found = getattr(module, "__file__", None)
    except Exception:  # noqa: BLE001 (a module may be any object, and this one's attributes somebody's code)
        return ""
    return found if isinstance(found, str) else ""
