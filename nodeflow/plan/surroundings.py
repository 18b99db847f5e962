"""What of the machine counts for a step: what its own plugin says of it, those it uses, and nodeflow itself."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from nodeflow.distribution import HOST
from nodeflow.registry import Registry


class Surroundings:
    """An environment, entries such as `diffusion.dtype`, sorted by the plugin that says them.

    So a plugin that is installed, or whose library is updated, costs only those their results who use it. An entry of
    nobody that the registry knows counts for every step, and so do those of the packs that come with nodeflow: they
    know the device and the number types, and most plugins compute with the libraries that they name.
    """

    def __init__(self, environment: Mapping[str, str], registry: Registry) -> None:
        self._common: dict[str, str] = {}
        self._by_owner: dict[str, dict[str, str]] = {}
        self._found: dict[tuple[str, ...], Mapping[str, str]] = {}
        for name, value in environment.items():
            owner = _owner(name, registry)
            common = not owner or registry.release(owner).get("distribution") == HOST
            (self._common if common else self._by_owner.setdefault(owner, {}))[name] = value

    def of(self, *owners: str) -> Mapping[str, str]:
        """What counts for a step that those plugins have a part in."""
        if owners not in self._found:
            theirs = (self._by_owner.get(owner, {}) for owner in owners)
            self._found[owners] = dict(ChainMap(self._common, *theirs))
        return self._found[owners]


def _owner(name: str, registry: Registry) -> str:
    """The plugin whose name, with a full stop, an entry begins with; of several the longest, and empty for none."""
    owner = name.rpartition(".")[0]
    while owner and owner not in registry.owners:
        owner = owner.rpartition(".")[0]
    return owner
