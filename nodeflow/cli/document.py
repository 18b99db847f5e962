"""Reading a graph from wherever the command line says it is: a JSON file, a picture that carries one, or stdin."""

from __future__ import annotations

import sys
from pathlib import Path

from nodeflow.cli.failures import UsageError
from nodeflow.graph import Graph, parse
from nodeflow.problems import meant, nearest

PNG = b"\x89PNG\r\n\x1a\n"


def read_graph(source: str) -> Graph:
    """The graph of a JSON file or a PNG, told apart by content; `-` reads stdin.

    Raises UsageError for a file that cannot be read and GraphError for what is no graph.
    """
    data = sys.stdin.buffer.read() if source == "-" else _read(Path(source))
    if data.startswith(PNG):
        # Pillow is only for those who bring a picture.
        from nodeflow import png

        return png.read_graph(data)
    return parse(data)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}{meant(_neighbour(path))}") from None
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror or error}") from None


def _neighbour(path: Path) -> str | None:
    """The file most like the one that is not there."""
    try:
        names = [file.name for file in path.parent.iterdir()]
    except OSError:
        return None
    near = nearest(path.name, names)
    return str(path.parent / near) if near else None
