"""The version of the node API: what plugins are written against, and why one cannot be loaded."""

from __future__ import annotations

import re

from nodeflow.errors import RegistrationError

VERSION = "1.0"
"""Major and minor. A minor version adds hooks, their arguments and names in `nodeflow`; a major one may take away."""

FORM = re.compile(r"v?(?P<major>[0-9]{1,4})([._](?P<minor>[0-9]{1,4}))?")


class ApiError(RegistrationError):
    """A plugin is written against a node API that is not here."""


def refusal(needed: str) -> str:
    """Why a plugin that is written against that version cannot be loaded here; empty where it can.

    It can where the major version is the same and the minor one not newer. `v1_2` is another way to write `1.2`, and
    `1` means `1.0`.
    """
    asked, have = FORM.fullmatch(needed), FORM.fullmatch(VERSION)
    assert have is not None
    if asked is None:
        return f"the node API version {needed!r} that it states is none; write one such as {spelled(VERSION)!r}"
    wanted, offered = (tuple(int(found[part] or 0) for part in ("major", "minor")) for found in (asked, have))
    if wanted[0] == offered[0] and wanted <= offered:
        return ""
    hint = "a newer nodeflow has it" if wanted > offered else "look for a newer release of the plugin"
    return f"it is written against node API {wanted[0]}.{wanted[1]}, and this nodeflow has {VERSION}; {hint}"


def spelled(version: str) -> str:
    """A version as an entry point states it: `1.0` as `v1_0`, since some build tools take only names there."""
    return "v" + version.replace(".", "_")
