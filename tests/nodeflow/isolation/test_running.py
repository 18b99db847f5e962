"""Nodes of isolated plugins: what crosses, what they may ask for, and how they end."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodeflow.app import App
from nodeflow.config import Config
from nodeflow.context import Cancellation
from nodeflow.events import Event
from nodeflow.isolation.opaque import Opaque
from tests.conftest import Site
from tests.nodeflow.isolation.mesh import FILES, run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An App with the plugin in a process of its own, of this very environment."""
    folder = tmp_path_factory.mktemp("isolated")
    with pytest.MonkeyPatch.context() as patch:
        Site(folder / "site", patch).install("acme-mesh", FILES, {"acme": "acme_mesh"})
        patch.setenv("PYTHONPATH", str(folder / "site"))
        settings: Any = {"data_dir": folder / "data", "cache_dir": folder / "cache", "device": "cpu"}
        made = App(Config(**settings, isolated_plugins=("acme",), worker_grace=0.3))
        yield made
        made.close()


def test_it_is_described_without_being_imported(made: App) -> None:
    import sys

    (plugin,) = (plugin for plugin in made.plugins.loaded if plugin.name == "acme")
    assert (plugin.state, plugin.error, plugin.isolated, plugin.distribution) == ("loaded", "", True, "acme-mesh")
    assert "nodeflow_lifespan" in plugin.hooks
    assert "acme_mesh" not in sys.modules
    spec = made.registry.node("acme/Mesh")
    assert (spec.title, spec.category, spec.description, spec.owner) == ("Mesh", "acme", "So many points.", "acme")
    assert spec.inputs["count"].schema["maximum"] == 9
    assert made.folders.names("luts") == ["a.cube"]
    assert made.environment["acme.acme"] == "1 on cpu"


def test_what_a_node_is_not_given_has_its_default(made: App) -> None:
    mesh: Any = made.registry.node("acme/Mesh").node
    count: Any = made.registry.node("acme/CountAll").node
    assert mesh().count == 3
    assert (count(meshes=[]).mask, count(meshes=[]).more, count(meshes=[]).extra) == (None, (), None)


class Ears:
    """Follows a run, looks at pictures, and leaves a sign at the first warning."""

    wants_previews = True

    def __init__(self, sign: Path) -> None:
        self.sign = sign
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if event.kind == "warning":
            self.sign.touch()


@pytest.mark.parametrize(
    ("how", "state"),
    [("return", "done"), ("raise", "failed"), ("die", "failed"), ("stay", "done"), ("show", "done")],
)
def test_what_a_node_warns_of_is_told_as_it_is_said(made: App, tmp_path: Path, how: str, state: str) -> None:
    """One that fails has said it, too; one that stays goes on only when it was heard."""
    ears = Ears(tmp_path / "sign")
    values = {"message": "it is worn", "how": how, "sign": str(ears.sign)}
    result = run(made, {"w": {"type": "acme/Warn", "values": values}}, "w", listener=ears)
    assert result.steps["w"].state == state
    warned = [event.data["message"] for event in ears.events if event.kind == "warning"]
    assert warned == ["it is worn", *(["it is dark"] if how == "show" else [])]
    told = {event.node_id for event in ears.events if event.kind in ("warning", "node_preview")}
    assert told == {"w"}


def test_values_cross_by_their_codecs(made: App) -> None:
    nodes = {
        "mesh": {"type": "acme/Mesh", "values": {"count": 5}},
        "parts": {"type": "acme/Parts", "values": {"way": "down"}, "links": {"mesh": "mesh.mesh"}},
        "mask": {"type": "SolidMask", "values": {"width": 4, "height": 4}},
        "count": {
            "type": "acme/CountAll",
            "values": {"more": [1, 2], "extra": {"a": [None, 0.5]}},
            "links": {"meshes": "parts.rest", "mask": "mask.mask"},
        },
        "any": {"type": "acme/Anything", "links": {"value": "parts.first"}},
    }
    result = run(made, nodes, "count", "any").raise_error()
    assert result["count.text"] == '{"points": [2, 3], "mask": true, "more": [1, 2], "extra": {"a": [null, 0.5]}}'
    assert isinstance(result["any.value"], Opaque)
    assert list(result["any.value"].encoded.tensors["points"]) == [4]
    again = run(made, nodes, "count", "any")
    assert {step.state for step in again.raise_error().steps.values()} == {"cached"}


@pytest.mark.parametrize(
    ("type_name", "values", "code"),
    [
        ("acme/Mesh", {"count": 10}, "out_of_range"),
        ("acme/Mesh", {"count": "3"}, "wrong_type"),
        ("acme/Parts", {"way": "left"}, "unknown_choice"),
        ("acme/Ask", {"tone": "sof"}, "unknown_choice"),
        ("acme/Ask", {"table": "b.cube"}, "unknown_choice"),
        ("acme/Fail", {"process": 1}, "wrong_type"),
    ],
)
def test_what_does_not_fit_is_found_before_anything_runs(
    made: App, type_name: str, values: dict[str, Any], code: str
) -> None:
    from nodeflow.problems import GraphError

    with pytest.raises(GraphError) as raised:
        run(made, {"a": {"type": type_name, "values": values}})
    assert code in {problem.code for problem in raised.value.problems}


def test_what_a_node_asks_for_it_is_given(made: App) -> None:
    result = run(made, {"ask": {"type": "acme/Ask"}}).raise_error()
    found = result["ask.json"]
    assert found["process"] != os.getpid()
    expected = {
        "read": "said",
        "tone": ["quiet"],
        "table": "a table",
        "digest": made.folders.digest("luts", "a.cube"),
        "settings": {"device": "cpu", "dtype": "auto"},
        "node": "ask",
        "nodes": ["ask"],
        "model": "loaded",
        "began": ["cpu"],
    }
    assert {name: found[name] for name in expected} == expected
    (artifact,) = result.artifacts["ask"]
    assert made.store.read(artifact.sha256) == b"said"


def test_an_async_node_is_awaited_there(made: App) -> None:
    assert run(made, {"a": {"type": "acme/Later", "values": {"text": "a"}}}).raise_error()["a.text"] == "A"


@pytest.mark.parametrize("looking", [False, True])
def test_progress_comes_across_and_pictures_for_those_who_look(made: App, looking: bool) -> None:
    events: list[Event] = []

    class Listener:
        wants_previews = looking

        def __call__(self, event: Event) -> None:
            events.append(event)

    run(made, {"a": {"type": "acme/Steps"}}, listener=Listener(), use_cache=False).raise_error()
    progress = [event.data for event in events if event.kind == "node_progress"]
    assert progress == [{"done": done, "total": 3} for done in range(3)]
    pictures = [event for event in events if event.kind == "node_preview"]
    assert len(pictures) == (3 if looking else 0)


@pytest.mark.parametrize("deaf", [False, True], ids=["that asks", "that never asks"])
def test_a_node_is_cancelled(made: App, tmp_path: Path, deaf: bool) -> None:
    sign, cancel = tmp_path / "sign", Cancellation()

    def when_it_runs() -> None:
        while not sign.exists():
            threading.Event().wait(0.01)
        cancel.cancel()

    threading.Thread(target=when_it_runs).start()
    result = run(made, {"a": {"type": "acme/Wait", "values": {"sign": str(sign), "deaf": deaf}}}, cancel=cancel)
    assert result.state == "cancelled"
    assert run(made, {"a": {"type": "acme/Later", "values": {"text": "b"}}}).raise_error()["a.text"] == "B"


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ("raise", "ValueError", "no luck"),
        ("exit", "SystemExit", "enough"),
        ("abort", "ProcessDied", "the process of plugin 'acme' died of signal 6 (SIGABRT)"),
        ("die", "ProcessDied", "the process of plugin 'acme' exited with code 7"),
    ],
)
def test_a_node_that_fails_fails_alone(made: App, how: str, error: str, said: str) -> None:
    nodes = {
        "bad": {"type": "acme/Fail", "values": {"how": how}},
        "good": {"type": "acme/Later", "values": {"text": how}},
        "ours": {"type": "Integer", "values": {"value": 1}},
    }
    result = run(made, nodes, "bad", "good", "ours", use_cache=False)
    assert {name: step.state for name, step in result.steps.items()} == {
        "bad": "failed",
        "good": "done",
        "ours": "done",
    }
    assert result.error is not None
    assert (result.error.node_id, type(result.error.cause).__name__) == ("bad", error)
    assert said in str(result.error)
    if how == "raise":
        assert "acme_mesh.py" in result.error.trace
        assert 'raise ValueError("no luck")' in result.error.trace


def test_an_output_that_is_not_as_declared_is_refused(made: App) -> None:
    result = run(made, {"a": {"type": "acme/Fail", "values": {"how": "lie"}}})
    assert result.error is not None
    assert "acme/Fail returned a wrong 'integer': expected a whole number, got \"no number\"" in str(result.error)


def test_large_values_cross_too(made: App) -> None:
    nodes = {
        "image": {"type": "EmptyImage", "values": {"width": 2048, "height": 2048}},
        "any": {"type": "acme/Anything", "links": {"value": "image.image"}},
    }
    found = run(made, nodes, "any").raise_error()["any.value"]
    assert found.pixels.shape == (1, 2048, 2048, 3)
    assert not np.any(found.pixels)
