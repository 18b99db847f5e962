"""`--set NAME=VALUE` for a graph that a server will run: the server's node types say how the text is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nodeflow.api.catalogue import NodePort, NodeType
from nodeflow.cli.failures import UsageError
from nodeflow.cli.setting import Setting, noted, read_value, settings, with_values
from nodeflow.client import Client, ServerError
from nodeflow.folders import STORED
from nodeflow.graph import Graph

PICTURES = "images"
"""The kind of files that can be brought to a server."""

REFUSED = ("/problems/invalid-file", "/problems/too-large")
"""Problems that a server has with the file itself."""


async def apply_settings(client: Client, graph: Graph, texts: Sequence[str]) -> Graph:
    """The graph with every `--set` applied, pictures that lie here brought to the server.

    Raises UsageError for all text that does not read as its input's type, and for files that the server does not take;
    GraphError for a name that the graph does not have.
    """
    reader = _Reader(client)
    values: dict[Setting, Any] = {}
    wrong: list[str] = []
    for each in settings(graph, texts):
        with noted(wrong):
            values[each] = await reader.value(each, graph)
    return with_values(graph, values, wrong)


class _Reader:
    """Reads texts; each node type is asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._types: dict[str, NodeType | None] = {}

    async def value(self, setting: Setting, graph: Graph) -> Any:
        port = await self._port(graph.nodes[setting.node_id].type, setting.input)
        if port is None or port.schema_ is None:
            # The server says what is wrong with the node or the input, with its place.
            return setting.text
        if port.widget.get("seed") and setting.text == "random":
            # A seed that is left open is drawn by the server.
            return None
        if port.nullable and setting.text == "null" and port.type != "str":
            return None
        if port.widget.get("files") == PICTURES:
            return await self._picture(setting)
        return read_value(port.type, setting.text, setting.name)

    async def _port(self, type_name: str, name: str) -> NodePort | None:
        if type_name not in self._types:
            self._types[type_name] = await self._type(type_name)
        found = self._types[type_name]
        return next((port for port in found.inputs if port.name == name), None) if found else None

    async def _type(self, name: str) -> NodeType | None:
        try:
            return await self._client.node_type(name)
        except ServerError as error:
            if error.problem.status != 404:
                raise
            return None

    async def _picture(self, setting: Setting) -> str:
        """A name that the server knows, or a picture here, brought to it."""
        path = Path(setting.text).expanduser()
        is_path = setting.text.startswith((".", "~")) or path.is_absolute()
        if setting.text.startswith(STORED) or not (is_path or path.is_file()):
            return setting.text
        if not path.is_file():
            raise UsageError(f"--set {setting.name}: {setting.text!r} is no file")
        return await self._brought(setting, path)

    async def _brought(self, setting: Setting, path: Path) -> str:
        try:
            return (await self._client.upload(path)).value
        except OSError as error:
            raise UsageError(
                f"--set {setting.name}: cannot read {setting.text!r}: {error.strerror or error}"
            ) from error
        except ServerError as error:
            if error.problem.type not in REFUSED:
                raise
            said = f"the server does not take {setting.text!r}: {error.problem.detail}"
            raise UsageError(f"--set {setting.name}: {said}") from error
