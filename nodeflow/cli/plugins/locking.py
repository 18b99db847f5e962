"""`nodeflow plugins lock` and `restore`: the same set of plugins elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit, complain
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common
from nodeflow.cli.plugins.changing import add_yes, agreed, show
from nodeflow.installing.errors import InstallError
from nodeflow.installing.installation import Installation
from nodeflow.installing.lock import Lock, Locked, check_folders, locked, warnings
from nodeflow.isolation.environment import FOLDER

FILE = Path("nodeflow-plugins.lock")
ANEW = ("--force-reinstall", "--no-deps")
"""How pip takes another commit for another thing, though the version is the same."""


def add_to(actions: Any) -> None:
    for action, help_, execute in (
        ("lock", "write down the plugins that are here, with all that they need", execute_lock),
        ("restore", "install the plugins that a lock file tells of, after showing what that changes", execute_restore),
    ):
        parser = actions.add_parser(action, help=help_)
        parser.add_argument("file", metavar="FILE", type=Path, nargs="?", default=FILE, help=f"(default: {FILE})")
        if action == "restore":
            add_yes(parser)
        add_common(parser)
        parser.set_defaults(act=execute)


def execute_lock(options: argparse.Namespace) -> int:
    lock = locked(Catalogue(open_config(options)))
    lock.write(options.file)
    for warning in warnings(lock):
        complain(f"warning: {warning}")
    print(f"{options.file}: {', '.join(each.name for each in lock.plugins) or 'no plugins'}")
    return Exit.OK


def execute_restore(options: argparse.Namespace) -> int:
    lock, config = Lock.read(options.file), open_config(options)
    if lock.nodeflow != version("nodeflow"):
        complain(f"warning: it was written with nodeflow {lock.nodeflow}; this is {version('nodeflow')}")
    check_folders(lock)
    planned = list(_planned(lock, locked(Catalogue(config)), config.data_dir))
    try:
        proposals = [(each, each.proposal()) for each in planned]
        for each, proposal in proposals:
            show(proposal, each)
        if refusals := [why for _, proposal in proposals for why in proposal.refusals]:
            raise InstallError("\n".join(["refused:", *(f"  {why}" for why in refusals)]))
        if (planned or lock.files) and not agreed(options):
            return Exit.OK
        for each in planned:
            each.carry_out()
    finally:
        for each in planned:
            each.withdraw()
    _write_files(lock, config.data_dir / "plugins")
    Catalogue(config).switches.write(frozenset(lock.disabled))
    return _compared(lock, Catalogue(config))


def _planned(lock: Lock, here: Lock, data_dir: Path) -> Iterator[Installation]:
    """What has to be installed: all that goes here at once, and each isolated one by itself."""
    known = {(each.name, each.form) for each in here.plugins}
    missing = [each for each in lock.plugins if (each.name, each.form) not in known]
    other = {(each.name, each.version, each.isolated) for each in here.plugins}
    moved = [each for each in missing if each.commit and (each.name, each.version, each.isolated) in other]
    if ours := [each for each in missing if not each.isolated]:
        yield Installation(tuple(text for each in ours for text in _requirements(each)))
    for each in (each for each in missing if each.isolated):
        yield Installation(_requirements(each), data_dir / FOLDER / each.name)
    for each in moved:
        environment = data_dir / FOLDER / each.name if each.isolated else None
        yield Installation((each.requirement,), environment, ANEW)


def _requirements(each: Locked) -> tuple[str, ...]:
    return (each.requirement, *(f"{name}=={needed}" for name, needed in each.requires.items()))


def _write_files(lock: Lock, folder: Path) -> None:
    for path, text in lock.files.items():
        place = folder / path
        if not place.resolve().is_relative_to(folder.resolve()):
            raise InstallError(f"the lock file names {path!r}, which is outside the folder of plugins")
        if place.exists() and place.read_text(encoding="utf-8") != text:
            raise InstallError(f"{str(place)!r} is there and another; move it away")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def _compared(lock: Lock, catalogue: Catalogue) -> int:
    differences = lock.differences(locked(catalogue))
    for difference in differences:
        complain(f"not as in the lock file: {difference}")
    return Exit.FAILED if differences else Exit.OK
