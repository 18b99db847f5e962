"""What plugins do when graphs are run: getting ready, looking on, ending; and none keeps anything from going on."""

import logging
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.graph import parse

GRAPH = parse({"nodeflow": 1, "nodes": {"a": {"type": "Integer", "values": {"value": 3}}}})

LIFE = """
import contextlib
from nodeflow import hookimpl
TOLD = []

@hookimpl
@contextlib.contextmanager
def nodeflow_lifespan(settings):
    TOLD.append(("begins", settings["device"]))
    yield
    TOLD.append("ends")

@hookimpl
def nodeflow_observers():
    return [lambda event: TOLD.append(event.kind)]
"""
BAD = """
import contextlib
from nodeflow import hookimpl
TOLD = []

@hookimpl
@contextlib.contextmanager
def nodeflow_lifespan(settings):
    BEFORE
    yield
    raise SystemExit("cannot end")

@hookimpl
def nodeflow_observers():
    def look(event):
        TOLD.append(event.kind)
        raise SystemExit("seen enough")
    return [look]
"""


@pytest.fixture
def app(site: Any, tmp_path: Path) -> Any:
    def made(**modules: str) -> App:
        site.install("acme", {f"{name}.py": text for name, text in modules.items()}, {name: name for name in modules})
        settings: Any = {"data_dir": tmp_path / "data", "cache_dir": tmp_path / "cache", "device": "cpu"}
        return App(Config(**settings))

    return made


def told(app: App, name: str) -> list[Any]:
    found: list[Any] = app.plugins.manager.get_plugin(name).TOLD
    return found


def test_a_plugin_gets_ready_before_the_first_run_and_ends_once(app: Any) -> None:
    made = app(acme_life=LIFE)
    made.close()
    assert told(made, "acme_life") == []
    events: list[str] = []
    for _ in range(2):
        made.run(GRAPH, listener=lambda event: events.append(event.kind)).raise_error()
    assert events
    assert told(made, "acme_life") == [("begins", "cpu"), *events]
    for _ in range(2):
        made.close()
    assert told(made, "acme_life") == [("begins", "cpu"), *events, "ends"]


def test_an_app_that_goes_lets_its_plugins_end(app: Any) -> None:
    made = app(acme_life=LIFE)
    made.run(GRAPH).raise_error()
    found = told(made, "acme_life")
    made._ending()
    assert found[-1] == "ends"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("pass", "plugin 'acme_bad' failed to end: SystemExit: cannot end"),
        ("raise SystemExit('cannot start')", "plugin 'acme_bad' failed to start: SystemExit: cannot start"),
        ("1 / 0", "plugin 'acme_bad' failed to start: ZeroDivisionError: division by zero"),
    ],
)
def test_one_that_fails_is_named_and_stops_nobody(
    app: Any, caplog: pytest.LogCaptureFixture, before: str, said: str
) -> None:
    caplog.set_level(logging.WARNING)
    made = app(acme_bad=BAD.replace("BEFORE", before), acme_life=LIFE)
    events: list[str] = []
    result = made.run(GRAPH, listener=lambda event: events.append(event.kind))
    assert result.raise_error()["a"] == 3
    made.close()
    assert told(made, "acme_life") == [("begins", "cpu"), *events, "ends"]
    assert told(made, "acme_bad") == events
    warned = [message for message in caplog.messages if "acme_bad" in message]
    (failed,) = [message for message in warned if "an observer" in message]
    assert failed.startswith(f"an observer of plugin 'acme_bad' failed at '{events[0]}': SystemExit: seen enough;")
    assert [message for message in warned if "failed to start" in message or "failed to end" in message] == [said]


def test_observers_ask_for_no_pictures() -> None:
    from nodeflow.executor.observing import Observed

    class Looking:
        wants_previews = True

        def __call__(self, event: Any) -> None: ...

    assert Observed([("acme", print)], Looking()).wants_previews is True
    assert Observed([("acme", print)], None).wants_previews is False


def test_an_app_that_is_renewed_keeps_what_was_computed_and_lets_plugins_begin_anew(
    app: Any, site: Any, tmp_path: Path
) -> None:
    first = app(acme_life=LIFE)
    first.run(GRAPH).raise_error()
    before = told(first, "acme_life")
    (site.root / "acme_life.py").write_text(LIFE.replace('"begins"', '"begins anew"'))
    second = first.renewed()
    assert before[-1] == "ends"
    assert told(second, "acme_life") == [("begins anew", "cpu")]
    assert (second.models, second.cache, second.executor) == (first.models, first.cache, first.executor)
    assert second.run(GRAPH).raise_error().steps["a"].state == "cached"
    second.close()
    assert told(second, "acme_life")[-1] == "ends"
