"""Webhooks: told at least once, to nobody that the settings do not allow, and never by way of a redirect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from nodeflow.server.webhooks import PrivateAddressError, PublicResolver, check_public
from tests.nodeflow.server.conftest import SUM, Caller, environment, serving


class Receiver:
    """Somebody who is told of runs, with the statuses to answer with, 200 in the end."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.told: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        await self.told.put((request.path, json.loads(await request.read())))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers={"Location": f"{self.url}/elsewhere"} if 300 <= status < 400 else {})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


async def test_who_asked_for_it_is_told_of_the_finished_run(tmp_path: Path, receiver: Receiver) -> None:
    environ = {**environment(tmp_path), "NODEFLOW_WEBHOOKS": "any"}
    receiver.statuses = [307, 500]
    with serving(tmp_path, environ=environ) as server:
        async with ClientSession() as session:
            ask = Caller(session, server.url)
            run = await ask.done(SUM, webhook=f"{receiver.url}/done")
            told = [await asyncio.wait_for(receiver.told.get(), 60) for _ in range(3)]
    # No redirect was followed; what was not taken was sent again.
    assert [path for path, _ in told] == ["/done"] * 3
    assert all(body["id"] == run["id"] and body["state"] == "succeeded" for _, body in told)


async def test_private_addresses_are_not_called_where_only_public_ones_may(tmp_path: Path, receiver: Receiver) -> None:
    environ = {**environment(tmp_path), "NODEFLOW_WEBHOOKS": "public"}
    port = receiver.url.rpartition(":")[2]
    with serving(tmp_path, environ=environ) as server:
        async with ClientSession() as session:
            ask = Caller(session, server.url)
            for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]"):
                await ask.done(SUM, webhook=f"http://{host}:{port}/")
            async with asyncio.timeout(60):
                while sum("is not called" in line["message"] for line in server.logged()) < 5:
                    await asyncio.sleep(0.05)
    assert receiver.told.empty()


async def test_nobody_is_called_unless_the_settings_say_so(ask: Caller) -> None:
    told = await ask.submit(SUM, webhook="http://127.0.0.1:1/")
    assert (told.status, told.json["errors"][0]["pointer"]) == (422, "/webhook")
    assert 'webhooks = "public"' in told.json["detail"]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1"),
        *("2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    with pytest.raises(PrivateAddressError, match="not a public address"):
        check_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_addresses_that_are_public(address: str) -> None:
    check_public(address)


async def test_a_name_is_judged_by_what_it_leads_to() -> None:
    resolver = PublicResolver()
    with pytest.raises(PrivateAddressError):
        await resolver.resolve("localhost", 80)
    await resolver.close()
