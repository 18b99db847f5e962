"""A process that holds a service under load, for tests that kill it: `python host.py CONFIG SEED`.

In place of a seed, `drain` ends when nothing is left to do, and `fill` makes a long queue.

It says `accepted` and the id of every run for which the service has answered, and `ended` whenever a run has ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from nodeflow.config import Config
from nodeflow.queue.records import Idempotency, NewRun
from nodeflow.worker.service import Service

WAITING = 20
"""Runs beyond which nothing is submitted for a while."""


def some_graph(chance: random.Random) -> dict[str, Any]:
    """Mostly a text that is saved, sometimes one that was saved before; now and then a node that kills its worker."""
    if chance.random() < 0.01:
        return {"nodeflow": 1, "nodes": {"bad": {"type": "naughty/Misbehave", "values": {"how": "_exit"}}}}
    words = {"type": "naughty/Text", "values": {"value": str(chance.randrange(400))}}
    slow = {"type": "naughty/Count", "values": {"to": chance.randrange(3), "seconds": 0.01}}
    save = {"type": "naughty/Note", "links": {"text": "words.text"}}
    return {"nodeflow": 1, "nodes": {"words": words, "slow": slow, "save": save}}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def load(service: Service, chance: random.Random) -> None:
    """Submit and cancel without end."""
    while True:
        if service.stats().queued < WAITING:
            new = [
                NewRun(graph=some_graph(chance), priority=chance.randrange(3)) for _ in range(chance.randrange(1, 6))
            ]
            key = Idempotency(str(chance.random()), "") if chance.random() < 0.5 else None
            for run in (await service.submit(new, key)).runs:
                say(f"accepted {run.id}")
                if chance.random() < 0.05:
                    await service.cancel(run.id)
        await asyncio.sleep(0.01)


async def drain(service: Service) -> None:
    """Wait until nothing is left to do."""
    while (stats := service.stats()).queued or stats.running:
        await asyncio.sleep(0.05)
    await service.stop()


async def fill(service: Service) -> None:
    """Accept five thousand runs, then die."""
    await service.pause()
    text = {"nodeflow": 1, "nodes": {"n": {"type": "naughty/Text"}}}
    await service.submit([NewRun(graph=text)] * 5_000)
    os.kill(os.getpid(), signal.SIGKILL)


async def main(config: str, mode: str) -> None:
    service = Service(Config(**json.loads(Path(config).read_text())))
    await service.start()
    service.observe(lambda envelope: say("ended") if envelope.kind == "run_finished" else None)
    say("ready")
    match mode:
        case "drain":
            await drain(service)
        case "fill":
            await fill(service)
        case seed:
            await load(service, random.Random(seed))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
