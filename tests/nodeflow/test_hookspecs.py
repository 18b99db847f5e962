"""The hooks: each one known to pluggy, documented, and shown by an example that is right."""

import contextlib
import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pluggy
import pytest

from nodeflow import hookspecs
from nodeflow.hookspecs import GROUP, hookimpl
from nodeflow.plugins import HOOKS


def manager() -> pluggy.PluginManager:
    made = pluggy.PluginManager(GROUP)
    made.add_hookspecs(hookspecs)
    return made


def example(hook: str) -> str:
    """The code in a hook's docstring: its lines that stand further in."""
    lines = inspect.cleandoc(getattr(hookspecs, hook).__doc__).splitlines()
    return textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))


def implementing(name: str, function: Callable[..., Any]) -> ModuleType:
    module = ModuleType("implementing")
    setattr(module, name, hookimpl(function))
    return module


def test_what_looks_like_a_hook_is_one() -> None:
    hooks = manager().hook
    assert set(HOOKS) == {name for name in vars(hooks) if not name.startswith("_")}
    assert all(getattr(hooks, name).has_spec() for name in HOOKS)
    assert set(HOOKS) >= {"nodeflow_nodes", "nodeflow_types", "nodeflow_choices", "nodeflow_model_folders"}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_what_it_is_for_and_when_it_is_called(name: str) -> None:
    documentation = inspect.cleandoc(getattr(hookspecs, name).__doc__)
    first, _, rest = documentation.partition("\n\n")
    assert first.endswith(".")
    assert "Called once" in rest
    assert inspect.signature(getattr(hookspecs, name)).return_annotation not in (inspect.Signature.empty, "None")


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_shows_an_implementation_that_fits(name: str) -> None:
    shown: dict[str, Any] = {"hookimpl": hookimpl, "contextlib": contextlib}
    exec(example(name), shown)  # noqa: S102 (our own docstring)
    module = ModuleType("shown")
    setattr(module, name, shown[name])
    loaded = manager()
    loaded.register(module)
    specified, implemented = (inspect.signature(each).parameters for each in (getattr(hookspecs, name), shown[name]))
    assert list(implemented) == list(specified)
    assert [caller.name for caller in loaded.get_hookcallers(module) or ()] == [name]


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_may_leave_out_arguments_but_not_invent_them(name: str) -> None:
    manager().register(implementing(name, lambda: None))
    with pytest.raises(pluggy.PluginValidationError, match="invented"):
        manager().register(implementing(name, lambda invented: invented))


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_optional(name: str) -> None:
    arguments: dict[str, Any] = {key: {} for key in inspect.signature(getattr(hookspecs, name)).parameters}
    assert getattr(manager().hook, name)(**arguments) == []
