"""Where a plugin comes from: an installed distribution's entry point, or a file or folder in a folder of plugins."""

from __future__ import annotations

import ast
import importlib.util
import logging
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

from nodeflow.distribution import Known, code_files, code_id
from nodeflow.entry_points import metadata_of, stated
from nodeflow.errors import RegistrationError

STATEMENT = "NODEFLOW_API"
"""The name that a file gives the version of the node API that it is written against."""

ISOLATED = "nodeflow-isolated"
"""The keyword of a distribution that asks for its plugins to run in a process of their own."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

log = logging.getLogger("nodeflow.plugins")


class Source(Protocol):
    """A plugin that was found and is not imported yet."""

    @property
    def all_nodes(self) -> bool:
        """Whether every node type that is written in it is meant, where it has no hook that says which."""
        ...

    @property
    def name(self) -> str: ...

    @property
    def distribution(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def origin(self) -> str: ...

    def api(self) -> str:
        """The version of the node API that it says it is written against; empty where it says nothing."""
        ...

    def load(self) -> Any:
        """The object with the hooks, imported. Raises whatever the import raises."""
        ...

    def code(self, known: Known) -> str:
        """The code id, once it is imported."""
        ...

    def files(self) -> Collection[Path]:
        """The files that its code id is made of."""
        ...

    def renaming(self, others: str) -> str:
        """How to mend it when `others` already have its name."""
        ...


@runtime_checkable
class Remote(Protocol):
    """A source whose plugin runs in a process of its own: described from there, and not imported here."""

    def describe(self) -> Any:
        """What it brings, as `Kept`. Raises what keeps it from being loaded there."""
        ...


@dataclass(frozen=True)
class Installed:
    """A plugin of a distribution, by its entry point in the group `nodeflow`."""

    entry: EntryPoint
    distribution: str
    version: str
    asks_for_isolation: bool = False
    all_nodes: bool = False

    @classmethod
    def of(cls, entry: EntryPoint) -> Installed:
        metadata = metadata_of(entry)
        asks = ISOLATED in re.split(r"[,\s]+", metadata.get("Keywords", ""))
        return cls(entry, metadata.get("Name", ""), metadata.get("Version", ""), asks)

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def origin(self) -> str:
        return self.entry.value

    def api(self) -> str:
        return stated(self.entry)

    def load(self) -> Any:
        if NAME.fullmatch(self.name) is None:
            raise RegistrationError(f"plugin {self.name!r}: a name is letters, digits, '_', '-' and '.'")
        if EntryPoint.pattern.match(self.entry.value) is None:
            raise RegistrationError(f"entry point {self.name!r}: {self.entry.value!r} must look like 'package.module'")
        return self.entry.load()

    def code(self, known: Known) -> str:
        return code_id(self.entry.module, self.entry.dist, known)

    def files(self) -> Collection[Path]:
        return code_files(self.entry.module, self.entry.dist).values()

    def renaming(self, others: str) -> str:
        return (
            f"plugin {self.name!r} of distribution {self.distribution!r} has the name of one of {others!r}; "
            "one of them must rename its entry point"
        )


@dataclass(frozen=True)
class InFolder:
    """A plugin that is a `.py` file, or a folder with an `__init__.py`; its name is the file's without the ending."""

    path: Path
    distribution: str = ""
    version: str = ""
    all_nodes: bool = True

    @property
    def name(self) -> str:
        return self.path.stem if self.path.suffix == ".py" else self.path.name

    @property
    def origin(self) -> str:
        return str(self.path)

    @property
    def file(self) -> Path:
        """The file with the hooks. Raises RegistrationError for a folder that has none."""
        if not self.path.is_dir():
            return self.path
        file = self.path / "__init__.py"
        if file.is_file():
            return file
        if (self.path / "pyproject.toml").is_file():
            raise RegistrationError(f"{self.origin!r} is a project; install it: pip install -e {self.path}")
        raise RegistrationError(f"{self.origin!r} has no __init__.py; put the hooks there, or call it _{self.name}")

    def api(self) -> str:
        """As `Source.api`; read off the text, so that nothing of the file runs."""
        for statement in ast.parse(self.file.read_bytes(), filename=str(self.file)).body:
            if isinstance(statement, ast.Assign) and any(_is_statement(target) for target in statement.targets):
                if isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
                    return statement.value.value
                raise RegistrationError(f"{STATEMENT} must be written as text, such as {STATEMENT} = '1.0'")
        return ""

    def load(self) -> ModuleType:
        if FILE_NAME.fullmatch(self.name) is None:
            raise RegistrationError(f"plugin {self.name!r}: rename the file; a name is letters, digits, '_' and '-'")
        place = _place(self.name)
        if place == str(self.file):
            return importlib.import_module(self.name)
        if place:
            raise RegistrationError(f"plugin {self.name!r}: there is such a module already, {place}; rename the file")
        return self._imported()

    def _imported(self) -> ModuleType:
        inside = [str(self.path)] if self.path.is_dir() else None
        spec = importlib.util.spec_from_file_location(self.name, self.file, submodule_search_locations=inside)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[self.name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            # What is half made must not be taken for the whole by the next attempt.
            for name in [name for name in sys.modules if name == self.name or name.startswith(f"{self.name}.")]:
                del sys.modules[name]
            raise
        return module

    def code(self, known: Known) -> str:
        return code_id(self.name, None, known)

    def files(self) -> Collection[Path]:
        found = code_files(self.name, None).values() if self.name in sys.modules else ()
        return found or [path for path in (self.path, *self.path.rglob("*.py")) if path.is_file()]

    def renaming(self, others: str) -> str:
        return f"plugin {self.name!r} in {self.origin!r} has the name of one of {others!r}; rename the file"


def found_in(folder: Path) -> Collection[InFolder]:
    """The plugins in a folder, by name: files and folders, without those whose name begins with `.` or `_`.

    A folder that is not there, or cannot be read, which is warned about, has none.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    except FileNotFoundError:
        return ()
    except OSError as error:
        log.warning("cannot look for plugins in %r: %s", str(folder), error.strerror or error)
        return ()
    return [InFolder(path.absolute()) for path in paths if path.is_dir() or path.suffix == ".py"]


def _place(name: str) -> str:
    """Where a module of that name is from; empty where there is none."""
    loaded = sys.modules.get(name)
    spec = importlib.util.find_spec(name) if loaded is None else loaded.__spec__
    return (spec.origin or "built in") if spec is not None else "" if loaded is None else "built in"


def _is_statement(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == STATEMENT
