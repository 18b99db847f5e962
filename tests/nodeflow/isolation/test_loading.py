"""Which plugins are isolated, and what becomes of one that cannot be loaded, or is edited."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodeflow.app import App
from tests.nodeflow.isolation.mesh import FILES, PLUGIN, run


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("def broken(:\n", "SyntaxError: ", 1),
        ("\nimport no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'", 2),
        ("import os\nos._exit(3)\n", "the process of plugin 'acme' exited with code 3", None),
        (
            PLUGIN.replace("# ", "") + "\n\n@hookimpl\ndef nodeflow_observers():\n    return [print]\n",
            "cannot bring",
            None,
        ),
        (PLUGIN.replace(', "Points.", MeshCodec()', ""), "wire type 'Mesh' of an isolated plugin needs a codec", None),
    ],
)
def test_one_that_cannot_be_loaded_says_why_and_stops_nobody(
    site: Any, app: Callable[..., App], monkeypatch: pytest.MonkeyPatch, text: str, said: str, line: int | None
) -> None:
    site.install("acme-mesh", {"acme_mesh.py": text, "luts/a.cube": ""}, {"acme": "acme_mesh"})
    monkeypatch.setenv("PYTHONPATH", str(site.root))
    found = {plugin.name: plugin for plugin in app(isolated_plugins=("acme",)).plugins.loaded}
    assert found["acme"].state == "failed"
    assert said in found["acme"].error
    if line is not None:
        assert found["acme"].place == f"{site.root / 'acme_mesh.py'}:{line}"
        assert found["acme"].fix
    assert found["basic"].state == "loaded"


def test_a_distribution_asks_by_a_keyword(site: Any, app: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> None:
    info = site.install("acme-mesh", {"acme_mesh.py": PLUGIN, "luts/a.cube": ""}, {"acme": "acme_mesh"})
    (info / "METADATA").write_text((info / "METADATA").read_text() + "Keywords: pictures,nodeflow-isolated\n")
    monkeypatch.setenv("PYTHONPATH", str(site.root))
    made = app()
    assert [plugin.isolated for plugin in made.plugins.loaded if plugin.name == "acme"] == [True]
    result = run(made, {"a": {"type": "acme/Ask"}}).raise_error()
    assert result["a.json"]["process"] != os.getpid()


def test_a_file_among_the_plugins_can_be_isolated(app: Callable[..., App], tmp_path: Path) -> None:
    folder = tmp_path / "data" / "plugins"
    folder.mkdir(parents=True)
    (folder / "alone.py").write_text(
        "import os\nfrom nodeflow import node\n\n@node\ndef process() -> int:\n    return os.getpid()\n"
    )
    made = app(isolated_plugins=("alone",))
    assert run(made, {"a": {"type": "alone/Process"}}).raise_error()["a.integer"] != os.getpid()


def test_an_edited_one_is_described_anew(site: Any, app: Callable[..., App], monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("acme-mesh", FILES, {"acme": "acme_mesh"})
    monkeypatch.setenv("PYTHONPATH", str(site.root))
    made = app(isolated_plugins=("acme",))
    nodes = {"a": {"type": "acme/Later", "values": {"text": "a"}}}
    assert run(made, nodes).raise_error()["a.text"] == "A"
    (site.root / "acme_mesh.py").write_text(PLUGIN.replace("text.upper()", "text * 2"))
    now = made.renewed()
    assert run(now, nodes).raise_error()["a.text"] == "aa"
    (site.root / "acme_mesh.py").write_text("def broken(:\n")
    stale = now.renewed()
    (plugin,) = (plugin for plugin in stale.plugins.loaded if plugin.name == "acme")
    assert (plugin.state, plugin.place) == ("stale", f"{site.root / 'acme_mesh.py'}:1")
    assert run(stale, {"a": {"type": "acme/Later", "values": {"text": "b"}}}).raise_error()["a.text"] == "bb"
    stale.close()


def test_a_process_that_was_only_asked_ends_too(
    site: Any, app: Callable[..., App], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = PLUGIN.replace('{"acme": "1', '{"process": str(os.getpid()), "acme": "1')
    assert process != PLUGIN
    site.install("acme-mesh", {**FILES, "acme_mesh.py": process}, {"acme": "acme_mesh"})
    monkeypatch.setenv("PYTHONPATH", str(site.root))
    made = app(isolated_plugins=("acme",))
    number = int(made.environment["acme.process"])
    os.kill(number, 0)
    made.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    made.close()
