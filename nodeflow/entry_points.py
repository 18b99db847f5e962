"""The entry points of plugins, found such that one distribution's damaged metadata hide no other's."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint

from nodeflow.errors import told

API_GROUP = "nodeflow.api"
"""The entry-point group in which a distribution states, by plugin, which node API it is written against."""

log = logging.getLogger("nodeflow.plugins")


def installed(group: str) -> Iterable[EntryPoint]:
    """The entry points of a group. What cannot be read is warned about and left out."""
    try:
        return importlib.metadata.entry_points(group=group)
    except Exception as error:  # noqa: BLE001 (one distribution's damaged metadata spoils the list of all)
        log.warning("looking for plugins in each distribution by itself: %s", told(error))
    found: list[EntryPoint] = []
    for distribution in importlib.metadata.distributions():
        try:
            found += distribution.entry_points.select(group=group)
        except Exception as error:  # noqa: BLE001
            log.warning("cannot read the metadata in %s: %s", distribution.locate_file(""), told(error))
    return found


def release(entry: EntryPoint) -> tuple[str, str]:
    """The distribution's name and version, empty where the metadata do not tell."""
    found = metadata_of(entry)
    return found.get("Name", ""), found.get("Version", "")


def metadata_of(entry: EntryPoint) -> Mapping[str, str]:
    """The metadata of the distribution of an entry point, empty where there are none that can be read."""
    if entry.dist is None:
        return {}
    try:
        return dict(entry.dist.metadata.items())  # type: ignore[attr-defined]
    except Exception as error:  # noqa: BLE001
        log.warning("cannot read the metadata of plugin %r: %s", entry.name, told(error))
        return {}


def stated(entry: EntryPoint) -> str:
    """The version of the node API that a plugin's distribution states for it; empty where it states none.

    It stands in the metadata, as the entry point of the plugin's name in the group `nodeflow.api`, so that it is
    known before anything is imported.
    """
    if entry.dist is None:
        return ""
    try:
        found = entry.dist.entry_points.select(group=API_GROUP, name=entry.name)
    except Exception as error:  # noqa: BLE001
        log.warning("cannot read the metadata of plugin %r: %s", entry.name, told(error))
        return ""
    return next((point.value.strip() for point in found), "")
