"""One run of one node in its plugin's process: inputs in, progress and pictures between, outputs out."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodeflow.context import Cancellation, Context, Models
from nodeflow.errors import NodeflowError, ValueProblem
from nodeflow.folders import Folders, ModelFolder
from nodeflow.isolation import crossing
from nodeflow.isolation.guest import Guest
from nodeflow.isolation.link import Message
from nodeflow.node_log import NodeLog
from nodeflow.spec import NodeSpec, Port, is_named_tuple
from nodeflow.store import Store

if TYPE_CHECKING:
    from nodeflow.types import Image

Say = Callable[[Message], None]
"""Says something to the other end, from any thread."""
Ask = Callable[[Message], Message]
"""Says something to the other end and gives its answer."""


@dataclass(frozen=True)
class Performance:
    """A node, what it is given, and how it reaches the other end."""

    guest: Guest
    message: Message
    cancellation: Cancellation
    say: Say
    ask: Ask

    def give(self) -> Message:
        """Run it; the outputs lie in a file. Raises what the node raises, and for what is not as declared."""
        spec, types = self.guest.nodes[self.message["type"]], self.guest.registry.types
        folder = Path(self.message["folder"])
        given = crossing.read(folder / "inputs", types)
        inputs = {name: self._input(spec, name, value) for name, value in given.items()}
        named = f"nodeflow.node.{spec.name}"
        with self.guest.models.lease() as models, closing(NodeLog(named, self._warn)) as log:
            context = self._context(models, log)
            returned = spec.node(**inputs).run(context)
            if inspect.isawaitable(returned):
                returned = asyncio.run(_awaited(returned))
        outputs = self._outputs(spec, returned)
        context.check()
        declared = {name: port.type for name, port in spec.outputs.items()}
        crossing.write(folder / "outputs", outputs, declared, types)
        return {"artifacts": [asdict(file) for file in context.saved]}

    def _input(self, spec: NodeSpec, name: str, value: Any) -> Any:
        """A literal once more checked, by the declaration itself, which may ask for more than its schema says."""
        port = spec.inputs[name]
        return port.validate(value) if port.value and not (value is None and port.nullable) else value

    def _outputs(self, spec: NodeSpec, returned: Any) -> Mapping[str, Any]:
        if not spec.outputs:
            if returned is not None:
                raise NodeflowError(f"{spec.name} declares no outputs and returned {type(returned).__name__}")
            return {}
        if spec.returns is None:
            outputs = dict.fromkeys(spec.outputs, returned)
        elif is_named_tuple(spec.returns) and isinstance(returned, spec.returns):
            outputs = returned._asdict()  # type: ignore[attr-defined]
        else:
            raise NodeflowError(f"{spec.name} must return {spec.returns.__name__}, not {type(returned).__name__}")
        return {name: self._checked(spec, port, outputs[name]) for name, port in spec.outputs.items()}

    def _checked(self, spec: NodeSpec, port: Port, value: Any) -> Any:
        """An output as it is declared. Raises NodeflowError for another."""
        if value is None and port.nullable:
            return value
        wire = self.guest.registry.types.get(port.type)
        try:
            if port.value:
                return port.validate(value)
            if wire is not None and not isinstance(value, wire.python):
                raise ValueProblem("wrong_type", port.type, type(value).__name__)
        except ValueProblem as error:
            raise NodeflowError(f"{spec.name} returned a wrong {port.name!r}: {error}") from error
        return value

    def _context(self, models: Models, log: logging.Logger) -> Context:
        said = self.message
        store = None if said["store"] is None else Store(Path(said["store"]))
        folders = Folders(
            tuple(
                ModelFolder(each["kind"], Path(each["path"]), suffixes=tuple(each["suffixes"]))
                for each in said["folders"]
            ),
            store=store,
            memo=None if said["memo"] is None else Path(said["memo"]),
        )
        return Context(
            node_id=said["node_id"],
            run_id=said["run_id"],
            settings=said["settings"],
            log=log,
            store=store,
            folders=folders,
            document=self._document,
            choices=self.guest.registry,
            models=models,
            cancellation=self.cancellation,
            report=self._report,
        )

    def _document(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.ask({"say": "document"})["document"]
        return found

    def _warn(self, message: str) -> None:
        self.say({"say": "warning", "call": self.message["call"], "message": message})

    def _report(self, done: float, total: float, preview: Callable[[], Image] | None) -> None:
        said = {"say": "progress", "done": float(done), "total": float(total), "preview": preview is not None}
        answer = self.ask(said | ({"done": done, "total": total} if type(done) is type(total) is int else {}))
        if answer.get("show") and preview is not None:
            self._show(preview)

    def _show(self, preview: Callable[[], Image]) -> None:
        try:
            place = Path(self.message["folder"]) / "preview"
            crossing.write(place, {"image": preview()}, {"image": "Image"}, self.guest.registry.types)
        except Exception:
            logging.getLogger(__name__).exception("a preview failed; the step goes on")
            self.ask({"say": "picture", "made": False})
        else:
            self.ask({"say": "picture", "made": True})


async def _awaited(returned: Any) -> Any:
    return await returned
