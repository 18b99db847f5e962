"""`nodeflow models`: the files that nodes can choose, by kind, and the folders that are looked in."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit
from nodeflow.cli.listing import size
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common, add_json


def configure(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_common(parser)


def execute(options: argparse.Namespace) -> int:
    catalogue = Catalogue(open_config(options), code_ids=False)
    found = {kind: _kind(catalogue, kind) for kind in sorted(catalogue.kinds)}
    if options.json:
        print(json.dumps({"kinds": found}, indent=2))
    else:
        print("\n\n".join(_paragraph(kind, each) for kind, each in found.items()))
    return Exit.OK


def _kind(catalogue: Catalogue, kind: str) -> dict[str, Any]:
    files = {name: catalogue.folders.path(kind, name) for name in catalogue.folders.names(kind)}
    return {
        "files": [
            {
                "name": name,
                "path": str(path),
                "bytes": path.stat().st_size if path.is_file() else None,
                "detected": None if (found := catalogue.detected(kind, name)) is None else asdict(found),
            }
            for name, path in files.items()
        ],
        "folders": [
            {"path": str(root.path), "from": root.owner, "exists": root.path.is_dir()}
            for root in catalogue.folders.roots(kind)
        ],
    }


def _about(file: dict[str, Any]) -> str:
    """How large a file is, and what, as far as some plugin knows, and which node type loads it."""
    told = ["folder" if file["bytes"] is None else size(file["bytes"])]
    if (detected := file["detected"]) is not None:
        told += [detected["label"], *([f"for {detected['loader']}"] if detected["loader"] else [])]
    return ", ".join(told)


def _paragraph(kind: str, found: dict[str, Any]) -> str:
    files = [f"  {file['name']}  ({_about(file)})" for file in found["files"]]
    folders = [
        f"  in {folder['path']} ({folder['from']}{'' if folder['exists'] else ', not there'})"
        for folder in found["folders"]
    ]
    return "\n".join([kind, *(files or ["  none"]), *folders])
