"""A plugin for tests: a wire type of its own, and nodes that ask, wait, and end in every way."""

from __future__ import annotations

from typing import Any

from nodeflow.app import App
from nodeflow.executor import Result
from nodeflow.graph import parse

PLUGIN = '''
import contextlib, enum, json, os, sys, time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
import numpy as np
from nodeflow import (
    Choices, Context, Encoded, Field, File, FileChoice, Image, JsonValue, Mask, ModelFolder, Node, Slider, WireType,
    hookimpl, node,
)

class Mesh:
    def __init__(self, points):
        self.points = points

class MeshCodec:
    def encode(self, value):
        return Encoded({"points": value.points}, {"made by": "acme"})

    def decode(self, encoded):
        assert encoded.meta == {"made by": "acme"}
        return Mesh(encoded.tensors["points"])

class Way(enum.StrEnum):
    UP = "up"
    DOWN = "down"

class Parts(NamedTuple):
    first: Mesh
    rest: list[Mesh]

@node(category="acme")
def mesh(count: Annotated[int, Field(ge=1, le=9, description="points")] = 3) -> Mesh:
    """So many points."""
    return Mesh(np.arange(count, dtype=np.int64))

@node
def parts(mesh: Mesh, way: Way = Way.UP) -> Parts:
    points = mesh.points if way is Way.UP else mesh.points[::-1]
    return Parts(Mesh(points[:1].copy()), [Mesh(points[:2].copy()), Mesh(points[2:].copy())])

@node
def count_all(meshes: list[Mesh], mask: Mask | None = None, more: tuple[int, ...] = (), extra: JsonValue = None) -> str:
    found = {"points": [len(each.points) for each in meshes], "mask": mask is not None, "more": more, "extra": extra}
    return json.dumps(found)

@node
def anything(value: Any) -> Any:
    return value

@node
def ask(
    ctx: Context, tone: Annotated[str, Choices("tones")] = "soft", table: Annotated[str, FileChoice("luts")] = "a.cube"
) -> JsonValue:
    file = ctx.save(b"said", "note.txt", "text/plain")
    return {
        "read": ctx.read(file).decode(), "tone": list(ctx.choice("tones", tone)),
        "table": ctx.path("luts", table).read_text(),
        "digest": ctx.digest("luts", table), "settings": dict(ctx.settings), "node": ctx.node_id,
        "nodes": sorted(ctx.provenance()["graph"]["nodes"]), "model": ctx.models.get("m", lambda: "loaded", 10),
        "began": BEGAN, "process": os.getpid(),
    }

@node(cacheable=False)
def warn(
    ctx: Context, message: str, how: Literal["return", "raise", "die", "stay", "show"] = "return", sign: str = ""
) -> str:
    ctx.log.warning("%s", message)
    match how:
        case "raise":
            raise ValueError("no luck")
        case "die":
            os._exit(7)
        case "stay":
            given_up = time.monotonic() + 60
            while not Path(sign).exists():
                if time.monotonic() > given_up:
                    raise TimeoutError("nobody has heard it")
                time.sleep(0.01)
        case "show":
            def picture():
                ctx.log.warning("it is dark")
                return Image(np.zeros((1, 2, 2, 3), np.float32))
            ctx.progress(1, 1, preview=picture)
    return message

@node
async def later(text: str) -> str:
    return text.upper()

@node
def steps(ctx: Context, count: int = 3) -> int:
    for done in range(count):
        ctx.progress(done, count, preview=lambda: Image(np.full((1, 2, 2, 3), done / count, np.float32)))
    return count

@node
def wait(ctx: Context, sign: str, deaf: bool = False) -> int:
    Path(sign).touch()
    while True:
        if not deaf:
            ctx.check()
        time.sleep(0.01)

@node
def fail(how: Literal["raise", "exit", "abort", "die", "lie"] = "raise", process: bool = False) -> int:
    match how:
        case "raise":
            raise ValueError("no luck")
        case "exit":
            sys.exit("enough")
        case "abort":
            os.abort()
        case "die":
            os._exit(7)
    return "no number"

BEGAN = []

@hookimpl
@contextlib.contextmanager
def nodeflow_lifespan(settings):
    BEGAN.append(settings["device"])
    yield

@hookimpl
def nodeflow_environment(settings):
    return {"acme": "1 on " + settings["device"]}

@hookimpl
def nodeflow_types():
    return [WireType("Mesh", Mesh, "#112233", "Points.", MeshCodec())]

@hookimpl
def nodeflow_choices():
    return {"tones": {"soft": ("quiet",), "hard": ("loud",)}}

@hookimpl
def nodeflow_model_folders():
    return [ModelFolder("luts", Path(__file__).parent / "luts", suffixes=(".cube",))]

@hookimpl
def nodeflow_nodes():
    return [mesh, parts, count_all, anything, ask, warn, later, steps, wait, fail]
'''

FILES = {"acme_mesh.py": PLUGIN, "luts/a.cube": "a table"}


def run(made: App, nodes: dict[str, Any], *targets: str, **options: Any) -> Result:
    graph = parse({"nodeflow": 1, "nodes": nodes})
    return made.executor.run_sync(made.plan(graph, list(targets) or None), **options)
