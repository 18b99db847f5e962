"""What no plugin may replace: nodeflow, torch, and what either of them needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

OURS = ("nodeflow", "torch")


def protected() -> Mapping[str, SpecifierSet]:
    """The distributions that nodeflow and torch are and need, by name, and the versions that nodeflow works with."""
    found = {name: SpecifierSet() for name in OURS}
    for name in OURS:
        for requirement in _required(name):
            asked = requirement.specifier if name == OURS[0] else SpecifierSet()
            key = canonicalize_name(requirement.name)
            found[key] = found.get(key, SpecifierSet()) & asked
    return found


def installed_version(name: str) -> str | None:
    """The version of a distribution here, None where it is not."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _required(name: str) -> Iterator[Requirement]:
    try:
        required = distribution(name).requires or ()
    except PackageNotFoundError:
        return
    # Those of extras, too: what is here of them is used.
    yield from (Requirement(each) for each in required)
