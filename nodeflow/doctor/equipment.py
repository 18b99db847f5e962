"""Plugins, and the model files that their nodes choose from."""

from __future__ import annotations

from collections.abc import Iterator

from nodeflow.catalogue import Catalogue
from nodeflow.doctor.finding import Finding
from nodeflow.plugins import Plugin, doubts


def equipment(catalogue: Catalogue) -> Iterator[Finding]:
    """What graphs can be made of."""
    for plugin in catalogue.plugins.loaded:
        yield _plugin(plugin)
    told = {plugin.complaint for plugin in catalogue.plugins.loaded}
    for doubt in doubts(catalogue.registry):
        told.add(doubt.complaint)
        yield Finding(f"plugin {doubt.owner}", "warning", doubt.found, doubt.fix)
    yield from _models(catalogue)
    for complaint in (complaint for complaint in catalogue.complaints if complaint not in told):
        fix = "change it in the settings, or take it out there"
        yield Finding("settings", "warning", complaint.removeprefix("settings: "), fix)


def _plugin(plugin: Plugin) -> Finding:
    subject = f"plugin {plugin.name}"
    if plugin.state == "disabled":
        return Finding(subject, "ok", f"disabled, of {plugin.source}")
    if plugin.error:
        where = f" ({plugin.place})" if plugin.place else ""
        off = f", or: nodeflow plugins disable {plugin.name}"
        return Finding(subject, "failed", f"{plugin.error}{where}", f"{plugin.fix}{off}")
    count = f"{len(plugin.nodes)} {'node type' if len(plugin.nodes) == 1 else 'node types'}"
    apart = ", in a process of its own" if plugin.isolated else ""
    return Finding(subject, "ok", f"{count}, of {plugin.source} {plugin.version}".rstrip() + apart)


def _models(catalogue: Catalogue) -> Iterator[Finding]:
    for kind, folders in catalogue.config.model_folders.items():
        for folder in folders:
            if not folder.is_dir():
                fix = f"make it, or take it out of the setting model_folders.{kind}"
                yield Finding(f"models {kind}", "warning", f"there is no folder {str(folder)!r}", fix)
    for kind in sorted(catalogue.kinds):
        count = len(catalogue.folders.names(kind))
        yield Finding(f"models {kind}", "ok", f"{count} {'file' if count == 1 else 'files'}")
