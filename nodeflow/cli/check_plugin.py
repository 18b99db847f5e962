"""`nodeflow check-plugin`: every check of a plugin's nodes and graphs, and of its schema since the last release."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit, UsageError, complain
from nodeflow.cli.listing import table
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_json
from nodeflow.errors import UnknownName
from nodeflow.testing.plugin import Finding, check_plugin
from nodeflow.testing.schema import write_schema


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plugin", metavar="PLUGIN", help="a plugin that is installed, by its name")
    parser.add_argument(
        "--schema", type=Path, metavar="FILE", help="hold its node types to this file, of the last release"
    )
    parser.add_argument("--write-schema", type=Path, metavar="FILE", help="write that file, for a release, and end")
    add_json(parser)
    add_common(parser)
    parser.epilog = (
        "Ends with 1 where a check failed. What cannot be tried, for want of inputs, is listed and is no failure."
    )


def execute(options: argparse.Namespace) -> int:
    catalogue = Catalogue(open_config(options))
    if not _is_loaded(catalogue, options.plugin):
        return Exit.FAILED
    if options.write_schema is not None:
        specs = [spec for spec in catalogue.registry.nodes.values() if spec.owner == options.plugin]
        write_schema(specs, options.write_schema)
        return Exit.OK
    if options.schema is not None and not options.schema.is_file():
        raise UsageError(f"there is no file {str(options.schema)!r}; --write-schema writes one")
    findings = list(check_plugin(catalogue, options.plugin, options.schema))
    failed = [finding for finding in findings if finding.state == "failed"]
    if options.json:
        print(json.dumps({"passed": not failed, "checks": [asdict(finding) for finding in findings]}, indent=2))
    else:
        _show(findings, failed)
    return Exit.FAILED if failed else Exit.OK


def _is_loaded(catalogue: Catalogue, name: str) -> bool:
    plugins = {plugin.name: plugin for plugin in catalogue.plugins.loaded}
    if name not in plugins:
        raise UnknownName("plugin", name, plugins)
    plugin = plugins[name]
    if plugin.state != "loaded":
        complain(f"plugin {name!r} is {plugin.state}, so there is nothing to check")
    return plugin.state == "loaded"


def _show(findings: Sequence[Finding], failed: Sequence[Finding]) -> None:
    print(table(["of", "check", "result"], [[each.subject, each.check, each.state] for each in findings]))
    for each in findings:
        if each.why:
            print(f"\n{each.subject}, {each.check}, {each.state}:\n  {each.why}")
    held = sum(finding.state == "held" for finding in findings)
    print(f"\n{held} held, {len(failed)} failed, {len(findings) - held - len(failed)} not tried")
