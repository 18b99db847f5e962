"""`nodeflow plugins install` and `remove`: what changes is shown first, and done when the user agrees."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any

from nodeflow.catalogue import Catalogue
from nodeflow.cli.failures import Exit, UsageError, complain
from nodeflow.cli.opening import open_config
from nodeflow.cli.options import add_common
from nodeflow.errors import UnknownName
from nodeflow.installing.errors import InstallError
from nodeflow.installing.installation import Installation, installation
from nodeflow.installing.pip import Pip
from nodeflow.installing.proposal import Proposal
from nodeflow.isolation.sources import Isolated
from nodeflow.plugins import HOST, Source


def add_to(actions: Any) -> None:
    install = actions.add_parser("install", help="install a plugin, after showing what that changes")
    install.add_argument("plugin", metavar="NAME|PATH|URL", help="of a distribution, as pip takes it")
    install.add_argument(
        "--isolated", action="store_true", help="into an environment of its own, to run in its own process"
    )
    install.add_argument("--upgrade", action="store_true", help="the newest version, where it is installed already")
    install.add_argument("--dry-run", action="store_true", help="only show what would change")
    add_yes(install)
    add_common(install)
    install.set_defaults(act=execute_install)
    remove = actions.add_parser("remove", help="take a plugin away, with the environment of its own if it has one")
    remove.add_argument("plugin", metavar="NAME", help="as `nodeflow plugins` lists it")
    add_yes(remove)
    add_common(remove)
    remove.set_defaults(act=execute_remove)


def add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def execute_install(options: argparse.Namespace) -> int:
    config = open_config(options)
    more = ("--upgrade",) if options.upgrade else ()
    planned = installation(options.plugin, config.data_dir, isolated=options.isolated, options=more)
    try:
        return _install(planned, options)
    finally:
        planned.withdraw()


def _install(planned: Installation, options: argparse.Namespace) -> int:
    proposal = planned.proposal()
    show(proposal, planned)
    if proposal.refusals:
        hint = "nodeflow plugins install --isolated gives it an environment of its own, where it harms nobody"
        raise InstallError("\n".join(["refused:", *(f"  {each}" for each in proposal.refusals), hint]))
    if options.dry_run or not proposal.changes or not agreed(options):
        return Exit.OK
    planned.carry_out()
    for change in (change for change in proposal.changes if change.wanted):
        names = planned.plugins(change.name)
        if not names:
            complain(f"{change.name} is installed, but brings no plugin: it has no entry point in the group 'nodeflow'")
            return Exit.FAILED
        print(f"installed {', '.join(names)} of {change.name} {change.after}")
    return Exit.OK


def show(proposal: Proposal, planned: Installation) -> None:
    """What would change."""
    where = "here" if planned.environment is None else f"in {planned.environment}, where it runs in its own process"
    print(f"{where}:" if proposal.changes else f"{where} nothing would change")
    print("\n".join(f"  {change}" for change in proposal.changes), end="\n" if proposal.changes else "")


def agreed(options: argparse.Namespace) -> bool:
    """Whether the user agrees. Raises UsageError where nobody can be asked."""
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("say --yes to do it; nobody is there to be asked")
    return input("do it? [y/N] ").strip().lower() in ("y", "yes")


def execute_remove(options: argparse.Namespace) -> int:
    catalogue = Catalogue(open_config(options))
    source = named(catalogue, options.plugin)
    if source.distribution == HOST:
        raise UsageError(
            f"{source.name!r} comes with nodeflow; `nodeflow plugins disable {source.name}` switches it off"
        )
    environment = source.environment if isinstance(source, Isolated) else None
    if not source.distribution:
        raise UsageError(f"{source.name!r} is a file of yours: delete {source.origin}")
    others = [each.name for each in catalogue.sources() if each.distribution == source.distribution]
    what = f"{source.distribution} {source.version}" + (f" with {environment}" if environment else "")
    print(f"{what} would be removed, and with it the plugins {', '.join(others)}")
    if not agreed(options):
        return Exit.OK
    if environment is not None:
        shutil.rmtree(environment)
    else:
        Pip().uninstall(source.distribution)
    return Exit.OK


def named(catalogue: Catalogue, name: str) -> Source:
    """The plugin of a name, which is not imported. Raises UnknownName."""
    sources = {source.name: source for source in catalogue.sources()}
    if name not in sources:
        raise UnknownName("plugin", name, sources)
    return sources[name]
