"""The hooks there are, and the plugins that have them: how one takes part, and how it is asked."""

from __future__ import annotations

from inspect import isfunction, signature
from typing import Any

import pluggy

from nodeflow import hookspecs
from nodeflow.errors import RegistrationError
from nodeflow.plugins.blame import about

PREFIX = "nodeflow_"
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(PREFIX))


def register(manager: pluggy.PluginManager, module: Any, name: str) -> None:
    """Has a module take part. Raises RegistrationError for a hook with an argument that it is not given."""
    try:
        manager.register(module, name)
    except pluggy.PluginValidationError:
        for hook in HOOKS:
            _check_arguments(hook, getattr(module, hook, None))
        raise


def _check_arguments(hook: str, function: object) -> None:
    """Raises RegistrationError for an argument that the hook has not."""
    if not isfunction(function):
        return
    known = signature(getattr(hookspecs, hook)).parameters
    with about(function):
        for argument in signature(function).parameters:
            if argument not in known:
                takes = ", ".join(known) or "no arguments"
                raise RegistrationError(f"{hook} is given no {argument!r}; it takes {takes}")


def called(manager: pluggy.PluginManager, plugin: Any, hook: str, **arguments: Any) -> list[Any]:
    """What one plugin's implementation of a hook returns; nothing where there is none, or it returns None."""
    others = [other for other in manager.get_plugins() if other is not plugin]
    answers: list[Any] = manager.subset_hook_caller(hook, others)(**arguments)
    return answers
