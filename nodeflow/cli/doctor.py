"""`nodeflow doctor`: check the installation, and say what would mend it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_json
from nodeflow.config import Config
from nodeflow.doctor.equipment import equipment
from nodeflow.doctor.finding import Finding
from nodeflow.doctor.places import places
from nodeflow.doctor.program import program

MARKS = {"ok": "ok      ", "warning": "warning ", "failed": "FAILED  "}


def configure(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_common(parser)
    parser.epilog = "Ends with 1 where a check failed; what is only a warning is no failure."


def execute(options: argparse.Namespace) -> int:
    config = open_config(options)
    found = []
    for finding in _examined(config):
        found.append(finding)
        if not options.json:
            print(f"{MARKS[finding.state]} {finding.subject}: {finding.found}", flush=True)
            if finding.fix:
                print(f"          to mend it: {finding.fix}", flush=True)
    failed = any(finding.state == "failed" for finding in found)
    if options.json:
        print(json.dumps({"sound": not failed, "findings": [asdict(finding) for finding in found]}, indent=2))
    return Exit.FAILED if failed else Exit.OK


def _examined(config: Config) -> Iterator[Finding]:
    yield from program(config)
    yield from places(config)
    # What is wrong with plugins is among the findings.
    yield from equipment(Catalogue(config, quiet=True))
