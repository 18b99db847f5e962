"""One run in the hands of one worker: from its claim to its end, however either of them ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nodeflow.queue.log import Told
from nodeflow.queue.records import Envelope, RunError
from nodeflow.queue.tables import Tables
from nodeflow.queue.turns import Claim
from nodeflow.queue.writer import Work, Writer
from nodeflow.worker.process import Death, Message, Process

HANDED_BACK = "the service stops"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every turn: times that a run may be interrupted, and seconds it has to stop when cancelled."""

    attempts: int
    grace: float


class Turn:
    """Carries out a claim. Everything that is told is written before more is read, so a worker waits for the disk."""

    def __init__(
        self, claim: Claim, process: Process, writer: Writer, show: Callable[[Envelope], None], terms: Terms
    ) -> None:
        self.claim = claim
        self._process = process
        self._writer = writer
        self._show = show
        self._terms = terms
        self._running: dict[str, str] = {}
        self._cancelled = False
        self._handed_back = False
        self._deadline: asyncio.TimerHandle | None = None

    async def carry_out(self, *, previews: bool) -> Work[object]:
        """Let the worker run it, and write down what it says; the answer is to write down how it ended."""
        claim = self.claim
        self._process.say(
            {
                "do": "run",
                "run_id": claim.run_id,
                "graph": claim.graph,
                "targets": claim.targets,
                "previews": previews,
            }
        )
        try:
            while (messages := await self._process.inbox.get()) is not None:
                if (ended := await self._take_in(messages)) is not None:
                    return ended
            return self._died(await self._process.death())
        finally:
            if self._deadline is not None:
                self._deadline.cancel()

    def cancel(self) -> None:
        """Have it stop, by force when it takes too long."""
        if not self._cancelled:
            self._cancelled = True
            self._stop(self._terms.grace)

    def hand_back(self, grace: float) -> None:
        """Have it stop so that it can wait again, by force when it takes too long."""
        if not self._handed_back:
            self._handed_back = True
            self._stop(grace)

    def _stop(self, grace: float) -> None:
        self._process.say({"do": "cancel", "run_id": self.claim.run_id})
        if self._deadline is not None:
            self._deadline.cancel()
        death = Death("unresponsive", f"was ended, as it did not stop within {grace:g} s")
        self._deadline = asyncio.get_running_loop().call_later(grace, self._process.kill, death)

    async def _take_in(self, messages: Sequence[Message]) -> Work[object] | None:
        """What is to be written when the run has ended with these messages."""
        told: list[Told] = []
        for message in messages:
            if message.get("run_id") != self.claim.run_id:
                # Something that the run before has left behind has spoken.
                continue
            if message["say"] == "finished":
                return self._finished(told, message)
            if message.get("kind") == "node_preview":
                self._show_preview(message)
            else:
                told.append(self._note(message))
        if told:
            await self._writer.do(lambda tables: tables.turns.record(self.claim, told), durable=False)
        return None

    def _note(self, message: Message) -> Told:
        kind, node_id = message["kind"], message["node_id"]
        if kind == "node_started":
            self._running[node_id] = message["data"]["type"]
        elif kind in ("node_finished", "node_failed", "node_skipped", "node_cached"):
            self._running.pop(node_id, None)
        return Told(kind, node_id, message["data"], message["time"])

    def _show_preview(self, message: Message) -> None:
        self._show(
            Envelope(
                None, self.claim.run_id, None, "node_preview", message["time"], message["node_id"], message["data"]
            )
        )

    def _finished(self, told: Sequence[Told], message: Message) -> Work[object]:
        error = None if message["error"] is None else RunError(**message["error"])
        put_back = self._handed_back and not self._cancelled and message["state"] == "cancelled"

        def write(tables: Tables) -> None:
            if put_back:
                tables.turns.record(self.claim, told)
                tables.turns.put_back(self.claim, HANDED_BACK)
            else:
                tables.turns.finish(
                    self.claim,
                    message["state"],
                    told=told,
                    error=error,
                    seconds=message["seconds"],
                    outputs=message["outputs"],
                )

        return write

    def _died(self, death: Death) -> Work[object]:
        error = self._error(death)

        def write(tables: Tables) -> None:
            if self._cancelled:
                tables.turns.finish(self.claim, "cancelled", error=error)
            elif self._handed_back:
                tables.turns.put_back(self.claim, HANDED_BACK)
            else:
                tables.turns.interrupted(self.claim, error, self._terms.attempts)

        return write

    def _error(self, death: Death) -> RunError:
        named = [f"{node_id!r} ({type_name})" for node_id, type_name in self._running.items()]
        where = f" while {' and '.join(named)} ran" if named else " while no node ran"
        at_fault: Mapping[str, Any] = {}
        if len(self._running) == 1:
            ((node_id, type_name),) = self._running.items()
            at_fault = {"node_id": node_id, "type": type_name}
        return RunError(
            code=death.code,
            message=f"its worker {death.how}{where}",
            traceback=self._process.printed or None,
            **at_fault,
        )
