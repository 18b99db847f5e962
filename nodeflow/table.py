"""Tables: named choices, such as samplers, that a plugin can extend."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nodeflow.errors import RegistrationError, UnknownName

PLACE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


class Table(Mapping[str, Any]):
    """Choices by name, each with its owner.

    A value that is text is an import string, "module:attribute", followed when the choice is asked for; so `values()`
    and `items()` import every one, and going through the names imports nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._values: dict[str, Any] = {}
        self._owners: dict[str, str] = {}

    def add(self, name: str, value: object, owner: str) -> None:
        """Adds a choice. Raises RegistrationError for a name that is taken, naming both owners, and for text that is
        no import string."""
        if not isinstance(name, str) or not name:
            raise RegistrationError(f"a name of table {self.name!r} must be text, not {name!r} of {owner!r}")
        if name in self._values:
            taken = self._owners[name]
            raise RegistrationError(f"{self.kind} {name!r} of {owner!r} exists already, from {taken!r}")
        if isinstance(value, str) and PLACE.fullmatch(value) is None:
            raise RegistrationError(
                f"{self.kind} {name!r} of {owner!r}: {value!r} must look like 'package.module:attribute'"
            )
        self._values[name] = value
        self._owners[name] = owner

    @property
    def kind(self) -> str:
        """What one of its choices is called in a message: `blend mode` for the table `blend_modes`."""
        return self.name.removesuffix("s").replace("_", " ")

    def owner(self, name: str) -> str:
        """The plugin that brought a choice. Raises UnknownName."""
        self._check(name)
        return self._owners[name]

    def raw(self, name: str) -> Any:
        """The choice as it was added: perhaps an import string. Raises UnknownName."""
        self._check(name)
        return self._values[name]

    def __getitem__(self, name: str) -> Any:
        """The choice, imported if need be.

        Raises UnknownName with the nearest name, and RegistrationError for an import string that leads nowhere.
        """
        value = self.raw(name)
        if not isinstance(value, str):
            return value
        try:
            return pkgutil.resolve_name(value)
        except (ImportError, AttributeError) as error:
            raise RegistrationError(
                f"{self.kind} {name!r} of {self._owners[name]!r}: cannot import {value!r}: {error}"
            ) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def copy(self) -> Table:
        """A table of the same choices that can be added to without touching this one."""
        other = Table(self.name)
        other._values, other._owners = dict(self._values), dict(self._owners)
        return other

    def _check(self, name: str) -> None:
        if name not in self._values:
            raise UnknownName(self.kind, name, self._values)
