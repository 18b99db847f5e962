"""What installing something would change, and why it must not be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from nodeflow.installing.pip import Found


@dataclass(frozen=True)
class Change:
    """A distribution that would come, or be replaced: `before` is None for one that is not there.

    An editable one would run from the folder at the URL `editable`.
    """

    name: str
    before: str | None
    after: str
    wanted: bool = False
    editable: str = ""

    def __str__(self) -> str:
        how = f", editable from {self.editable}" if self.editable else ""
        if self.before is None:
            return f"{self.name} {self.after} would be installed{how}"
        return f"{self.name} {self.before} would be replaced by {self.after}{how}"


@dataclass(frozen=True)
class Proposal:
    """All that would change, and the refusals: none where it may be done."""

    changes: tuple[Change, ...]
    refusals: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        found: Iterable[Found],
        installed: Callable[[str], str | None],
        protected: Mapping[str, SpecifierSet],
    ) -> Proposal:
        """Compare what pip would install with what is `installed`; `protected` are those that must stay."""
        changes = [
            Change(each.name, installed(each.name), each.version, each.wanted, each.url if each.editable else "")
            for each in found
        ]
        changes = [change for change in changes if change.before != change.after or change.wanted]
        refusals = [why for change in changes if (why := _refusal(change, protected))]
        return cls(tuple(sorted(changes, key=lambda change: (not change.wanted, change.name))), tuple(refusals))


def _refusal(change: Change, protected: Mapping[str, SpecifierSet]) -> str:
    if change.name not in protected or change.before == change.after:
        return ""
    works = protected[change.name]
    if change.before is not None:
        return f"{change}, which nodeflow itself uses" + (f" ({change.name}{works})" if str(works) else "")
    if not works.contains(change.after, prereleases=True):
        return f"{change}, and nodeflow works with {change.name}{works}"
    return ""
