"""docs/plugins/guides.md: each piece of code is a plugin that loads, or a command that runs, and does what is said."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nodeflow import Context, Event, Image, Request
from nodeflow.hookspecs import GROUP
from nodeflow.plugins import HOOKS, Plugins, load_plugins

PAGE = (Path(__file__).parents[2] / "docs" / "plugins" / "guides.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
CODE = {title: re.findall(r"```python\n(.*?)```", text, re.DOTALL) for title, text in SECTIONS.items()}
COMMAND = "Commands"
PLUGINS = [title for title in CODE if title != COMMAND]


def test_every_section_has_one_piece_of_code_and_no_page_another_kind() -> None:
    assert {len(code) for code in CODE.values()} == {1}
    assert PAGE.count("```") == 2 * len(CODE)


@pytest.fixture
def load(site: Any, tmp_path: Path) -> Any:
    """Loads the plugin of a section, with nodeflow's own beside it."""

    def loaded(title: str) -> tuple[Plugins, Any]:
        sys.modules.pop("acme_guide", None)
        (tmp_path / "acme_guide.py").write_text(CODE[title][0])
        plugins = load_plugins(folders=[tmp_path])
        (plugin,) = (plugin for plugin in plugins.loaded if plugin.name == "acme_guide")
        assert (plugin.state, plugin.error) == ("loaded", "")
        assert plugin.hooks or plugin.nodes
        return plugins, plugins.manager.get_plugin("acme_guide")

    return loaded


@pytest.mark.parametrize("title", PLUGINS)
def test_each_is_a_plugin(load: Any, title: str) -> None:
    load(title)


def test_there_is_a_guide_for_each_hook() -> None:
    shown = {hook for hook in HOOKS for code in CODE.values() if f"def {hook}(" in code[0]}
    assert shown == set(HOOKS)
    assert GROUP in PAGE


def test_nodes_change_what_they_say(load: Any) -> None:
    plugins, _ = load("Node types")
    image = Image(np.array([[[[1, 0.5, 0]]]], np.float32))
    swapped = plugins.registry.node("acme_guide/SwapChannels").node(image=image).run(Context())
    assert swapped.pixels[0, 0, 0].tolist() == [0, 0.5, 1]


def test_a_value_comes_back_from_its_codec(load: Any) -> None:
    plugins, module = load("Wire types")
    codec = plugins.registry.type("Palette").codec
    assert codec.decode(codec.encode(module.Palette(np.eye(3)))).colours.tolist() == np.eye(3).tolist()


def test_converters_migrations_and_choices_are_there(load: Any) -> None:
    plugins, _ = load("Converters")
    assert "acme_guide/MaskOfRed" in plugins.registry.converters("Image", "Mask")
    plugins, _ = load("Samplers, schedules and other choices")
    assert plugins.registry.table("acme_papers")["matt"] == 0.2
    assert "acme_straight" in plugins.registry.table("schedules")


def test_a_migration_changes_an_old_node(load: Any) -> None:
    _, module = load("Migrations")
    renamed: list[tuple[str, str]] = []
    old = SimpleNamespace(values={"strength": 20}, rename_input=lambda *names: renamed.append(names))
    module.in_shares(old)
    assert (old.values, renamed) == ({"strength": 0.2}, [("percent", "strength")])


def test_a_detector_tells_a_file(load: Any, tmp_path: Path) -> None:
    plugins, _ = load("Model folders, loaders and detectors")
    (tmp_path / "a.cube").write_text("TITLE a")
    (detector,) = (each for each in plugins.detectors if each.kinds == ("luts",))
    assert detector.detect(tmp_path / "a.cube").loader == "acme/LoadTable"


def test_a_route_answers(load: Any) -> None:
    plugins, _ = load("HTTP routes")
    (route,) = plugins.routes["acme_guide"]
    assert 'fill="red"' in route.handler(Request(query={"colour": "red"})).body
    assert "fill" not in route.handler(Request(query={"colour": '"/><script>'})).body


def test_an_executor_tries_once_more(load: Any) -> None:
    plugins, _ = load("Executors")
    answers = iter([ConnectionError("lost"), 5])

    def run(ctx: Context) -> int:
        answer: Any = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    assert plugins.executors["acme_guide/retrying"](SimpleNamespace(run=run), Context()) == 5  # type: ignore[arg-type]


def test_an_observer_notices_what_is_slow(load: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    _, module = load("Observers")
    for seconds in (1.0, 100.0):
        module.notice(Event(1, "r", "node_finished", 0.0, "slow", {"seconds": seconds}))
    assert [message for message in caplog.messages if "took" in message] == ["slow took 100 s"]


def test_start_up_and_shutdown_and_the_environment(load: Any) -> None:
    plugins, _ = load("Start-up and shutdown")
    with plugins.begin({}):
        pass
    plugins, _ = load("What results depend on")
    assert plugins.environment({"device": "cpu", "dtype": "auto"})["acme_guide.device"] == "cpu"


def test_the_command_writes_a_curve(capsys: pytest.CaptureFixture[str]) -> None:
    module: dict[str, Any] = {}
    exec(CODE[COMMAND][0], module)  # noqa: S102 (our own page)
    parser = argparse.ArgumentParser()
    module["configure"](parser)
    assert module["execute"](parser.parse_args(["faded", "--steps", "3"])) == 0
    assert capsys.readouterr().out.split() == ["0.100", "0.500", "0.900"]
