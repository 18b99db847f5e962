"""What would mend a plugin that cannot be loaded, in a sentence for whoever has to do it."""

from __future__ import annotations

import importlib.util

from nodeflow.errors import NodeflowError
from nodeflow.node_api import ApiError
from nodeflow.plugins.blame import Located


def remedy(error: BaseException, name: str, distribution: str, place: str) -> str:
    """What to do about an error that loading the plugin `name` ended with; `place` is the file and line at fault."""
    where = place or f"the code of {distribution or name}"
    match error:
        case Located() if error.fix:
            return error.fix
        case ApiError():
            return _other_version(distribution or name)
        case ModuleNotFoundError() if error.name is not None:
            return _missing(error.name, name, distribution, where)
        case ImportError():
            return f"mend the import in {where}, or install the version of what it imports that {name} was written for"
        case SyntaxError():
            return f"mend the syntax in {where}"
        case NodeflowError():
            return f"mend it in {where}, as the message says"
        case SystemExit():
            return f"take the exit out of {where}: a plugin must not end the program that loads it"
    return f"mend {where}"


def _missing(module: str, plugin: str, distribution: str, where: str) -> str:
    top, dot, _ = module.partition(".")
    # A folder of plugins is not on the import path: a plugin there is not found once its import has failed.
    if (dot and top == plugin) or importlib.util.find_spec(top) is not None:
        return f"mend the import in {where}: {top!r} is here, but has no {module!r}"
    more = f", and name it among the dependencies of {distribution}" if distribution else ""
    return f"install what brings the module {top!r} (pip install {top}){more}; or mend the import in {where}"


def _other_version(what: str) -> str:
    return f"install a version of {what} for this nodeflow, or the nodeflow that it was written for"
