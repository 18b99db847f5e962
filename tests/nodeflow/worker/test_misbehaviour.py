"""Nodes that misbehave fail their own run, by name and with the reason, and the next run succeeds."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from nodeflow.catalogue import Catalogue
from nodeflow.config import Config
from nodeflow.worker.service import Service
from tests.nodeflow.worker.conftest import PATIENCE, carried_out, graph, submit, told, until

WHERE = "while 'n' (naughty/Misbehave) ran"
DEATHS = {
    "segfault": ("worker_died", f"its worker died of signal 11 (SIGSEGV) {WHERE}"),
    "abort": ("worker_died", f"its worker died of signal 6 (SIGABRT) {WHERE}"),
    "_exit": ("worker_died", f"its worker exited with code 3 {WHERE}"),
    "kill": (
        "worker_died",
        f"its worker died of signal 9 (SIGKILL), by somebody or by the system for want of memory {WHERE}",
    ),
    "close": ("worker_died", f"its worker lost its connection to the service {WHERE}"),
    "garbage": (
        "worker_died",
        f"its worker lost its connection to the service: b'this is no message' is no message {WHERE}",
    ),
}


async def test_a_node_that_takes_its_worker_with_it(start: Any) -> None:
    service = await start(attempts=1)
    for how, (code, message) in DEATHS.items():
        bad, good = await carried_out(service, graph("Misbehave", how=how), graph("Text", value=how))
        assert bad.error is not None, bad
        assert (bad.state, bad.error.code, bad.error.message) == ("failed", code, message)
        assert (bad.error.node_id, bad.error.type) == ("n", "naughty/Misbehave")
        (node,) = bad.nodes
        assert (node.state, node.reason) == ("failed", message)
        assert [each.kind for each in await told(service, bad.id)][-2:] == ["node_failed", "run_finished"]
        assert (good.state, good.outputs) == ("succeeded", {"n": {"text": how}}), how
    (worker,) = (await service.queue()).workers
    assert worker.restarts == len(DEATHS)
    assert service.health().ok


async def test_a_task_that_exits_ends_the_worker_at_once(start: Any) -> None:
    """Whatever else still runs in it: what an async node starts shares the worker's event loop."""
    service = await start(attempts=1)
    bad, good = await carried_out(service, graph("Leave"), graph("Text"))
    assert bad.error is not None
    assert bad.error.message == "its worker exited with code 1 while 'n' (naughty/Leave) ran"
    assert "SystemExit: 3" in (bad.error.traceback or "")
    assert good.state == "succeeded"


async def test_what_a_node_raises_costs_no_worker(start: Any) -> None:
    service = await start()
    for how, message in {
        "raise": "'n' (naughty/Misbehave): ValueError: as it was told to ?",
        "exit": "'n' (naughty/Misbehave): SystemExit: 3",
    }.items():
        bad, good = await carried_out(service, graph("Misbehave", how=how), graph("Text", value=how))
        assert bad.error is not None
        assert (bad.state, bad.error.code, bad.error.message) == ("failed", "node_failed", message)
        assert (bad.error.node_id, bad.error.error) == ("n", message.split(": ")[1])
        assert bad.error.traceback is not None
        assert "nodeflow_naughty.py" in bad.error.traceback
        assert (bad.attempt, good.state) == (1, "succeeded")
    (worker,) = (await service.queue()).workers
    assert worker.restarts == 0


async def test_a_run_that_kills_its_worker_again_and_again(start: Any) -> None:
    """It is tried three times, and neither for ever nor in the way of the next."""
    service = await start()
    bad, good = await carried_out(service, graph("Misbehave", how="_exit"), graph("Text", value="next"))
    assert (bad.state, bad.attempt) == ("failed", 3)
    assert bad.error is not None
    assert bad.error.message == f"its worker exited with code 3 {WHERE} (3 times in all; it is not tried again)"
    assert good.state == "succeeded"
    kinds = [envelope.kind for envelope in await told(service, bad.id)]
    assert (kinds.count("run_started"), kinds.count("run_requeued"), kinds.count("run_finished")) == (3, 2, 1)
    stats = service.stats()
    assert (stats.requeued, stats.ended, stats.queued, stats.running) == (2, {"failed": 1, "succeeded": 1}, 0, 0)


async def test_a_node_that_allocates_without_end(start: Any) -> None:
    service = await start(attempts=1, worker_memory=400 << 20)
    bad, good = await carried_out(service, graph("Misbehave", how="allocate"), graph("Text", value="next"))
    assert bad.error is not None
    assert (bad.state, bad.error.code, bad.error.node_id) == ("failed", "out_of_memory", "n")
    assert "more than the 400 MiB it may (worker_memory) while 'n' (naughty/Misbehave) ran" in bad.error.message
    assert good.state == "succeeded"


@pytest.mark.parametrize("how", ["python", "c"])
async def test_a_node_that_never_ends_is_ended(start: Any, tmp_path: Path, how: str) -> None:
    """Also one whose C code lets no other thread of its process run."""
    service = await start()
    sign = tmp_path / "sign"
    bad, good = await submit(service, graph("Loop", how=how, sign=str(sign)), graph("Text", value="next"))
    await until(sign.exists)
    assert (await service.cancel(bad)).cancelling
    run = await service.wait(bad, PATIENCE)
    assert run.error is not None
    assert (run.state, run.error.code, run.error.node_id) == ("cancelled", "unresponsive", "n")
    assert run.error.message == "its worker was ended, as it did not stop within 0.5 s while 'n' (naughty/Loop) ran"
    assert (await service.wait(good, PATIENCE)).state == "succeeded"


async def test_a_node_that_listens_is_cancelled_and_its_worker_stays(start: Any, tmp_path: Path) -> None:
    service = await start(worker_grace=PATIENCE)
    sign = tmp_path / "sign"
    (bad,) = await submit(service, graph("Wait", sign=str(sign)))
    await until(sign.exists)
    await service.cancel(bad)
    run = await service.wait(bad, PATIENCE)
    assert (run.state, run.error, run.cancelling) == ("cancelled", None, False)
    kinds = [envelope.kind for envelope in await told(service, bad)]
    assert (kinds.count("run_cancelling"), kinds[-2:]) == (1, ["node_skipped", "run_finished"])
    assert [(node.state, node.reason) for node in run.nodes] == [("skipped", "the run was cancelled")]
    assert (await service.queue()).workers[0].restarts == 0
    assert (await service.cancel(bad)).state == "cancelled", "once more changes nothing"


async def test_megabytes_on_standard_output_harm_nobody(start: Any, caplog: pytest.LogCaptureFixture) -> None:
    service = await start()
    with caplog.at_level("INFO"):
        loud, good = await carried_out(service, graph("Misbehave", how="shout"), graph("Text", value="next"))
    assert (loud.state, good.state) == ("succeeded", "succeeded")
    lines = [record.getMessage() for record in caplog.records if record.name == "nodeflow.worker-0"]
    assert any(line.startswith("xxx") for line in lines)
    assert max(map(len, lines)) <= 1000, "what is logged of a line is bounded"


@pytest.mark.parametrize("catalogued", [False, True])
async def test_what_is_wrong_with_a_plugin_is_told_once_however_many_load_it(
    start: Any, config: Config, caplog: pytest.LogCaptureFixture, catalogued: bool
) -> None:
    folder = config.data_dir / "plugins"
    folder.mkdir(parents=True)
    for name in ("acme_one", "acme_two"):
        (folder / f"{name}.py").write_text("1 / 0\n")
    catalogue = Catalogue(config, quiet=not catalogued)
    with caplog.at_level("WARNING"):
        wrong = [plugin.complaint for plugin in catalogue.plugins.loaded if plugin.state == "failed"]
        more = {"complain": catalogue.complain} if catalogued else {}
        service: Service = await start(devices=("cpu", "cpu"), **more)
        await until(lambda: all(worker.state == "idle" for worker in service.health().workers))
        pid = service.health().workers[0].pid
        assert pid, "0 would be this process, and all that it has started"
        os.kill(pid, signal.SIGKILL)
        await until(lambda: (worker := service.health().workers[0]).restarts and worker.state == "idle")
    told = [(record.name.startswith("nodeflow.worker-"), record.getMessage()) for record in caplog.records]
    assert [each for each in told if "acme" in each[1]] == [(not catalogued, complaint) for complaint in wrong]


async def test_what_is_wrong_in_a_worker_alone_is_told_under_its_name(
    start: Any, config: Config, plugin: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (plugin / "nodeflow_naughty.py").write_text("1 / 0\n")
    with caplog.at_level("WARNING"):
        service: Service = await start(complain=Catalogue(config).complain)
        await until(lambda: service.health().ok)
    (record,) = (record for record in caplog.records if "naughty" in record.getMessage())
    assert (record.name, record.levelname) == ("nodeflow.worker-0", "WARNING")


async def test_an_idle_worker_that_is_killed_is_replaced(start: Any) -> None:
    service: Service = await start()
    first = await until(lambda: service.health().workers[0].pid)
    os.kill(first, signal.SIGKILL)
    second = await until(lambda: (pid := service.health().workers[0].pid) not in (None, first) and pid)
    assert second != first
    (run,) = await carried_out(service, graph("Text", value="still here"))
    assert (run.state, run.attempt) == ("succeeded", 1)


async def test_a_worker_that_cannot_start_is_told_of(start: Any, plugin: Path) -> None:
    (plugin / "nodeflow_naughty.py").write_text("import os\nprint('no luck today')\nos._exit(7)\n")
    service: Service = await start()
    health = await until(lambda: (found := service.health()).workers[0].last_error and found)
    assert not health.ok
    assert "exited with code 7" in health.reasons[0]
    assert "no luck today" in health.reasons[0]
    (waiting,) = await submit(service, graph("Text"))
    assert (await service.run(waiting)).state == "queued", "nothing is claimed by a worker that is not there"


async def test_a_device_that_is_none_is_told_of(start: Any, plugin: Path) -> None:
    """In the words of the plugin that knows better, while the other devices work."""
    with (plugin / "nodeflow_naughty.py").open("a") as file:
        file.write(PICKY)
    service: Service = await start(devices=("cpu", "abacus"))
    health = await until(lambda: (found := service.health()).workers[1].last_error and found.ok and found)
    assert health.workers[1].last_error == "exited with code 1\nthere is no abacus here"
    (run,) = await carried_out(service, graph("Text"))
    assert run.state == "succeeded"


PICKY = """

@hookimpl
def nodeflow_environment(settings):
    from nodeflow.errors import ConfigError
    if settings["device"] != "cpu":
        raise ConfigError(f"there is no {settings['device']} here")
    return {}
"""


async def test_what_a_node_has_started_ends_with_the_worker(start: Any, tmp_path: Path) -> None:
    service = await start()
    sign = tmp_path / "sign"
    (run_id,) = await submit(service, graph("Spawn", sign=str(sign)))
    worker, started = map(int, await until(lambda: sign.exists() and sign.read_text().split()))
    assert psutil.pid_exists(started)
    await service.cancel(run_id)
    assert (await service.wait(run_id, PATIENCE)).state == "cancelled"
    await until(lambda: not alive(worker) and not alive(started))


def alive(pid: int) -> bool:
    """Whether a process is there and more than a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_graph_that_the_worker_refuses(start: Any) -> None:
    """What was checked with other plugins, or not at all, fails with its problems."""
    service = await start()
    bad, good = await carried_out(service, graph("Nothing"), graph("Text"))
    assert bad.error is not None
    assert (bad.state, bad.error.code) == ("failed", "graph_invalid")
    assert [problem["code"] for problem in bad.error.problems] == ["unknown_type"]
    assert good.state == "succeeded"


async def test_a_hundred_runs_at_once(start: Any) -> None:
    service = await start(devices=("cpu", "cpu"))
    runs = await carried_out(service, *[graph("Text", value=str(number)) for number in range(100)])
    assert [run.outputs["n"]["text"] for run in runs] == [str(number) for number in range(100)]
    await asyncio.sleep(0)
    assert (await service.queue()).running == 0
