"""What is wrong with a plugin is told with the line where its author wrote it, also when the fault is found later."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodeflow.plugins import load_plugins

BEGIN = """
import contextlib
from pathlib import Path
from typing import Annotated
from nodeflow import Context, Detector, Field, Image, Mask, Migration, Node, WireType, hookimpl, node

class Mesh: ...
class MeshCodec:
    def encode(self, value): ...
    def decode(self, encoded): ...
"""

FAULTS = {
    "a node without outputs": (
        "class Blur(Node):  # HERE\n    image: Image\n\n    def run(self, ctx):\n        return self.image",
        "Blur.run: annotate what it returns",
    ),
    "a default that does not fit": (
        "@node(category='x')  # HERE\ndef blur(\n    size: Annotated[int, Field(ge=3)] = 1\n) -> str: ...",
        "Blur.size: the default 1 does not fit",
    ),
    "a default that could be changed": (
        "@node  # HERE\ndef blur(sizes: list[int] = [1]) -> str: ...",
        "Blur.sizes: the default [1] could be changed in place",
    ),
    "an unknown wire type": (
        "@node\ndef first() -> str: ...\n@node  # HERE\ndef second(mesh: Mesh) -> str: ...",
        "bad/Second.mesh: no wire type 'Mesh'",
    ),
    "what is no node": ("@hookimpl  # HERE\ndef nodeflow_nodes():\n    return ['Blur']", "'Blur' is no node"),
    "a hook that forgets to return": (
        "@node\ndef blur(size: int) -> str: ...\n@hookimpl  # HERE\ndef nodeflow_nodes():\n    (blur,)",
        "nodeflow_nodes returned None; it must return what the plugin brings",
    ),
    "choices that are forgotten": (
        "@hookimpl  # HERE\ndef nodeflow_choices():\n    {}",
        "nodeflow_choices returned None; it must return what the plugin brings",
    ),
    "a misspelt hook": ("@hookimpl  # HERE\ndef nodeflow_node():\n    return ()", "no hook 'nodeflow_node'"),
    "a hook that is not marked": ("def nodeflow_nodes():  # HERE\n    return ()", "nodeflow_nodes is not marked"),
    "a misspelt argument": (
        "@hookimpl  # HERE\ndef nodeflow_environment(setting):\n    return {}",
        "nodeflow_environment is given no 'setting'; it takes settings",
    ),
    "an argument too many": (
        "@hookimpl  # HERE\ndef nodeflow_nodes(settings):\n    return ()",
        "nodeflow_nodes is given no 'settings'; it takes no arguments",
    ),
    "a lifespan that is no context manager": (
        "@hookimpl  # HERE\ndef nodeflow_lifespan(settings):\n    yield",
        "nodeflow_lifespan yields; put @contextlib.contextmanager below @hookimpl",
    ),
    "a codec that was not made": (
        "@hookimpl\ndef nodeflow_types():\n    return [WireType('Mesh', Mesh, '#112233', '', MeshCodec)]  # HERE",
        "give a codec, not its class: MeshCodec()",
    ),
    "a wire type that there is": (
        "class Image: ...\n@hookimpl  # HERE\ndef nodeflow_types():\n    return [WireType('Image', Image, '#112233')]",
        "wire type 'Image' of 'bad' exists already",
    ),
    "a graph that is not there": (
        "@hookimpl  # HERE\ndef nodeflow_graphs():\n    return {'a': Path('nowhere')}",
        "there is no file 'nowhere'",
    ),
    "a table that is a list": (
        "@hookimpl  # HERE\ndef nodeflow_choices():\n    return {'papers': ['matt']}",
        "nodeflow_choices returned {'papers': ['matt']}",
    ),
    "a converter of two things": (
        "@node  # HERE\ndef two(a: str, b: str) -> Mask: ...\n@hookimpl\ndef nodeflow_converters():\n    return [two]",
        "converter 'bad/Two' must have one input without a default",
    ),
    "a converter of nobody's": (
        "@node  # HERE\ndef _one(a: Image) -> Mask: ...\n@hookimpl\ndef nodeflow_converters():\n    return [_one]",
        "which nodeflow_nodes does not give",
    ),
    "a migration of nobody's": (
        "@hookimpl  # HERE\ndef nodeflow_migrations():\n    return [Migration('Blur', 1, print)]",
        "migration of 'bad/Blur': 'bad' has no such node type",
    ),
    "an executor that is none": (
        "@hookimpl  # HERE\ndef nodeflow_executors():\n    return {'quiet': 1}",
        'it must return {"name": function}',
    ),
}


@pytest.mark.usefixtures("site")  # It forgets the modules.
@pytest.mark.parametrize("fault", FAULTS)
def test_the_line_at_fault_is_told(tmp_path: Path, fault: str) -> None:
    source, said = FAULTS[fault]
    file = tmp_path / "plugins" / "bad.py"
    file.parent.mkdir()
    file.write_text(f"{BEGIN}\n{source}\n")
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if text.endswith("# HERE"))
    (plugin,) = load_plugins([], folders=[file.parent]).loaded
    assert plugin.state == "failed"
    assert said in plugin.error
    assert plugin.place == f"{file}:{line}"
    assert plugin.fix == f"mend it in {file}:{line}, as the message says"
