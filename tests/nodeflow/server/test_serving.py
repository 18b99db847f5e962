"""The server as a process: it starts small, ends cleanly, finds everything again, and says why it cannot start."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientSession

from tests.nodeflow.server.conftest import ENDS_WITHIN, SUM, Caller, Server, environment, note, serving, waiting


def test_the_server_process_never_loads_torch(server: Server) -> None:
    maps = Path(f"/proc/{server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("this system has no /proc")
    assert "libtorch" not in maps.read_text()


async def test_everything_is_found_again_after_a_restart(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    with serving(tmp_path, environ=environ) as first:
        async with ClientSession() as session:
            ask = Caller(session, first.url)
            run = await ask.done(note("kept"))
            await ask("PUT", "/v1/graphs/kept", json=dict(SUM))
            events = await ask.events(f"/v1/runs/{run['id']}/events")
    with serving(tmp_path, environ=environ) as second:
        async with ClientSession() as session:
            ask = Caller(session, second.url)
            assert (await ask("GET", f"/v1/runs/{run['id']}")).json == run
            assert await ask.events(f"/v1/runs/{run['id']}/events") == events
            assert (await ask("GET", "/v1/graphs/kept")).json == SUM
            assert (await ask("GET", f"/v1/files/{run['artifacts'][0]['sha256']}")).body == b"kept"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_streams_and_waits_and_gives_the_run_back(tmp_path: Path, number: signal.Signals) -> None:
    environ = environment(tmp_path)
    sign = tmp_path / "sign"
    with serving(tmp_path, "--grace", "0", environ=environ) as first:
        async with ClientSession() as session:
            ask = Caller(session, first.url)
            run_id = (await ask.submit(waiting(sign))).json["id"]
            async with (
                session.get(f"{first.url}/v1/runs/{run_id}/events") as stream,
                session.get(f"{first.url}/v1/events") as everything,
            ):
                async with asyncio.timeout(ENDS_WITHIN):
                    while (await ask("GET", f"/v1/runs/{run_id}")).json["state"] == "queued":
                        await asyncio.sleep(0.02)
                first.process.send_signal(number)
                assert (await stream.content.read()).startswith(b"retry")
                assert (await everything.content.read()).startswith(b"retry")
        assert first.process.wait(ENDS_WITHIN) == 0
    sign.touch()
    with serving(tmp_path, environ=environ) as second:
        async with ClientSession() as session:
            run = (await Caller(session, second.url)("GET", f"/v1/runs/{run_id}?wait=60")).json
    assert run["state"] == "succeeded"


def failing(folder: Path, *arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nodeflow", "serve", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=ENDS_WITHIN, cwd=folder)


def test_a_port_that_is_taken_is_told(server: Server, tmp_path: Path) -> None:
    told = failing(tmp_path, "--port", str(server.port), environ=environment(tmp_path))
    assert (told.returncode, told.stdout) == (4, "")
    assert f"cannot serve at 127.0.0.1:{server.port}" in told.stderr


def test_a_second_server_on_the_same_data_is_refused(server: Server, tmp_path: Path) -> None:
    told = failing(tmp_path, "--port", "0", "--data", str(server.data), environ=environment(tmp_path))
    assert told.returncode != 0
    assert "nodeflow:" in told.stderr
    assert str(server.data) in told.stderr
    assert "Traceback" not in told.stderr


def test_an_address_that_others_reach_is_refused_without_a_token(tmp_path: Path) -> None:
    told = failing(tmp_path, "--host", "0.0.0.0", environ=environment(tmp_path))  # noqa: S104 (it is refused)
    assert told.returncode == 4
    assert "Give a token_file" in told.stderr


async def test_the_log_has_a_line_for_each_request(ask: Caller, server: Server) -> None:
    told = await ask("GET", "/v1/queue?secret=1")
    assert told.status == 422
    lines = [line for line in server.logged() if line.get("request") == told.headers["X-Request-Id"]]
    assert [line["message"] for line in lines] == ["GET /v1/queue 422"]
    assert lines[0]["level"] == "info"
    assert lines[0]["milliseconds"] >= 0


async def test_every_answer_has_the_number_that_the_log_knows_it_by(ask: Caller, server: Server) -> None:
    run = await ask.done(note("numbered"))
    numbers = {}
    for path in (f"/v1/files/{run['artifacts'][0]['sha256']}", f"/v1/runs/{run['id']}/events", "/v1/queue", "/v1/none"):
        numbers[(await ask("GET", path)).headers["X-Request-Id"]] = f"GET {path}"
    logged: dict[str, str] = {}
    # What is sent as it comes is logged when it has been sent.
    async with asyncio.timeout(ENDS_WITHIN):
        while not numbers.keys() <= logged.keys():
            logged |= {line["request"]: line["message"] for line in server.logged() if "request" in line}
            await asyncio.sleep(0.01)
    assert {number: logged[number].rpartition(" ")[0] for number in numbers} == numbers


def test_the_address_can_be_that_of_the_editor_with_a_template_open(tmp_path: Path) -> None:
    with serving(tmp_path, "--template", "image & text") as made:
        assert made.url.endswith("/?template=image+%26+text")


async def test_the_server_leaves_no_process_behind(tmp_path: Path) -> None:
    with serving(tmp_path) as made:
        async with ClientSession() as session:
            await Caller(session, made.url).done(SUM)
        family = psutil.Process(made.process.pid).children(recursive=True)
        assert len(family) >= 2, "the worker, and who looks after it"
    # It knows each by its number and its start, so that nobody who has the number by now is taken for it.
    assert [each for each in family if each.is_running()] == []
