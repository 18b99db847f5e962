"""The service stops, or is stopped: what it had to do is there when it comes back, and nobody is left behind."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from nodeflow.config import Config
from nodeflow.queue.errors import DatabaseError
from nodeflow.worker.service import Service
from tests.nodeflow.worker.conftest import PATIENCE, carried_out, graph, submit, told, until
from tests.nodeflow.worker.test_killing import HOST


async def test_what_runs_may_finish(config: Config, tmp_path: Path) -> None:
    service = Service(config)
    await service.start()
    running, waiting = await submit(service, graph("Count", to=20, seconds=0.02), graph("Text"))
    await until(lambda: service.stats().running)
    await service.stop(PATIENCE)
    await service.stop(PATIENCE)
    again = Service(config)
    await again.start()
    assert (await again.run(running)).state == "succeeded"
    assert (await again.wait(waiting, PATIENCE)).state == "succeeded"
    await again.stop()


async def test_what_does_not_finish_is_put_back(config: Config, tmp_path: Path) -> None:
    """Whether it listens or must be ended; it was no attempt of its own fault, and it goes first again."""
    for type_name, values in {"Wait": {}, "Loop": {"how": "python"}}.items():
        sign = tmp_path / type_name
        service = Service(config)
        await service.start()
        running, waiting = await submit(service, graph(type_name, sign=str(sign), **values), graph("Text"))
        await until(sign.exists)
        await service.stop(0)
        again = Service(config)
        await again.start()
        await until(lambda: again.stats().running)  # noqa: B023
        run = await again.run(running)
        assert (run.state, run.attempt) == ("running", 2)
        stream = again.subscribe(run=running)
        assert "run_requeued" in [(await anext(stream)).kind for _ in range(6)]
        await stream.aclose()
        await again.cancel_all()
        assert (await again.wait(running, PATIENCE)).state == "cancelled"
        await again.stop(0)
        assert waiting != running


async def test_one_that_is_being_cancelled_while_the_service_stops(config: Config, tmp_path: Path) -> None:
    service = Service(config.model_copy(update={"worker_grace": PATIENCE}))
    await service.start()
    sign = tmp_path / "sign"
    (run_id,) = await submit(service, graph("Loop", how="python", sign=str(sign)))
    await until(sign.exists)
    await service.cancel(run_id)
    stopping = asyncio.ensure_future(service.stop(0))
    await stopping
    again = Service(config)
    await again.start()
    assert (await again.run(run_id)).state == "cancelled"
    await again.stop(0)


async def test_a_pause_outlives_the_service(start: Any) -> None:
    service = await start()
    assert (await service.pause()).paused
    (waiting,) = await submit(service, graph("Text"))
    await until(lambda: service.health().ok)
    await service.stop(0)
    again = await start()
    await until(lambda: again.health().ok)
    state = await again.queue()
    assert (state.paused, state.queued, state.running) == (True, 1, 0)
    await again.resume()
    assert (await again.wait(waiting, PATIENCE)).state == "succeeded"


async def test_a_stream_ends_with_the_service(start: Any) -> None:
    service = await start()
    await carried_out(service, graph("Text"))
    stream = service.subscribe(after=0)
    seen = [(await anext(stream)).kind]
    await service.stop(0)
    seen += [envelope.kind async for envelope in stream]
    assert seen[0] == "run_queued"


async def test_two_services_do_not_share_a_directory(start: Any, config: Config) -> None:
    await start()
    with pytest.raises(DatabaseError, match="another nodeflow service uses"):
        await Service(config).start()


async def test_a_service_that_never_started_stops(config: Config) -> None:
    await Service(config).stop()


@pytest.mark.parametrize("how", ["c", "spawn"])
async def test_nobody_outlives_a_service_that_is_killed(config: Config, tmp_path: Path, how: str) -> None:
    """Neither a worker that hangs in C code nor a process that a node has started."""
    sign = tmp_path / "sign"
    document = graph("Spawn", sign=str(sign)) if how == "spawn" else graph("Loop", how="c", sign=str(sign))
    service = Service(config)
    await service.start()
    await service.pause()
    (run_id,) = await submit(service, document)
    await service.resume()
    await service.stop(0)
    sign.unlink(missing_ok=True)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config.model_dump(mode="json")))
    with subprocess.Popen([sys.executable, str(HOST), str(file), "drain"], stdout=subprocess.DEVNULL) as host:
        await until(sign.exists)
        family = psutil.Process(host.pid).children(recursive=True)
        assert len(family) >= (3 if how == "spawn" else 2), "the guardian, the worker, and what it has started"
        host.kill()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, family, PATIENCE)
    assert (len(gone), alive) == (len(family), [])
    again = Service(config)
    await again.start()
    await again.cancel(run_id)
    assert (await again.wait(run_id, PATIENCE)).state == "cancelled"
    await again.stop(0)


async def test_a_retry_uses_what_is_done(start: Any, tmp_path: Path) -> None:
    """Also in another process: finished steps come from the disk."""
    marks = tmp_path / "marks"
    document = {
        "nodeflow": 1,
        "nodes": {
            "save": {"type": "naughty/Note", "values": {"text": "a", "sign": str(marks)}},
            "bad": {"type": "naughty/Misbehave", "values": {"how": "raise"}},
        },
    }
    service = await start()
    (failed,) = await carried_out(service, document)
    assert failed.state == "failed"
    await service.stop(0)
    again = await start()
    retried = await again.retry(failed.id)
    run = await again.wait(retried.id, PATIENCE)
    assert (run.state, run.retry_of) == ("failed", failed.id)
    assert {node.node_id: node.state for node in run.nodes} == {"save": "cached", "bad": "failed"}
    assert marks.read_text() == "x"
    assert [artifact.sha256 for artifact in run.artifacts] == [artifact.sha256 for artifact in failed.artifacts]
    assert len(await told(again, run.id)) == len({envelope.id for envelope in await told(again, run.id)})


async def test_five_thousand_waiting_runs_are_there_at_once(start: Any, config: Config, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config.model_dump(mode="json")))
    filled = subprocess.run([sys.executable, str(HOST), str(file), "fill"], timeout=PATIENCE, check=False)
    assert filled.returncode == -signal.SIGKILL
    service = await start()
    page = await service.runs(order="queue")
    assert [run.position for run in page.items] == list(range(1, 51))
    assert (await service.queue()).queued == 5_000
    assert await service.cancel_all() == 5_000
    assert (await service.queue()).queued == 0
