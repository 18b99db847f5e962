"""Webhooks: telling an address, once a run has ended. Off unless the settings allow it; see docs/security.md."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, InvalidURL, TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from nodeflow.api.run import Run
from nodeflow.queue.errors import NotFound
from nodeflow.worker.service import Service

log = logging.getLogger("nodeflow.server.webhooks")

BOOKMARK = "webhooks"
AT_ONCE = 16
TIMEOUT = ClientTimeout(total=15, sock_connect=5)
PAUSES = (1.0, 5.0, 30.0)
"""Seconds before each further try."""


class PrivateAddressError(OSError):
    """A name that leads into the server's own network."""


class PublicResolver(AbstractResolver):
    """Looks names up, and refuses those of which any address is not public.

    It is asked when the connection is made, so what was looked at is what is called.
    """

    def __init__(self) -> None:
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        for each in found:
            check_public(each["host"])
        return found

    async def close(self) -> None:
        await self._names.close()


def check_public(address: str) -> None:
    """Raises PrivateAddressError unless an address is one of the public internet."""
    if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
        raise PrivateAddressError(f'{address} is not a public address; the setting webhooks = "any" allows it')


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Addresses that carry another one inside are as public as that one."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return _is_public(inner)
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def _private(error: BaseException | None) -> PrivateAddressError | None:
    """The refusal of an address, also where aiohttp has put an error of its own around it."""
    while error is not None and not isinstance(error, PrivateAddressError):
        error = error.__cause__ or getattr(error, "os_error", None)
    return error


def _odd(error: BaseException) -> str | None:
    """What is wrong with an address that cannot be called at all."""
    return "its address is none" if isinstance(error, InvalidURL) else None


class Webhooks:
    """Reads the event log on from where it was left, and tells the addresses of runs that have ended.

    An address is told at least once, also when the server was down in between; what it answers is not looked at but
    for its status, and no redirect is followed.
    """

    def __init__(self, service: Service, *, private: bool) -> None:
        self._service = service
        self._private = private
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def deliver(self, _app: web.Application) -> AsyncIterator[None]:
        """Delivers while the application runs."""
        task = asyncio.ensure_future(self._deliver())
        yield
        for each in (task, *self._under_way.values()):
            each.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await each

    async def _deliver(self) -> None:
        after = await self._service.bookmark(BOOKMARK)
        events = self._service.subscribe(after=after)
        async with self._session() as session, contextlib.aclosing(events):
            async for event in events:
                if event.kind == "run_finished" and event.id is not None and event.run_id is not None:
                    await self._room.acquire()
                    task = asyncio.ensure_future(self._tell(session, event.run_id))
                    self._under_way[event.id] = task
                    await self._note(event.id)

    def _session(self) -> ClientSession:
        resolver = None if self._private else PublicResolver()
        connector = TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        return ClientSession(connector=connector, timeout=TIMEOUT, trust_env=False)

    async def _note(self, latest: int) -> None:
        """Note how far all is done: what was under way at a crash is begun again."""
        self._under_way = {number: task for number, task in self._under_way.items() if not task.done()}
        await self._service.set_bookmark(BOOKMARK, min(self._under_way, default=latest + 1) - 1)

    async def _tell(self, session: ClientSession, run_id: str) -> None:
        try:
            run = Run.model_validate(await self._service.run(run_id))
            if run.webhook is not None:
                await self._try(session, run.webhook, run)
        except NotFound:
            # It was deleted before anybody could be told.
            pass
        finally:
            self._room.release()

    async def _try(self, session: ClientSession, address: str, run: Run) -> None:
        for pause in (*PAUSES, None):
            try:
                status = await self._post(session, address, run)
            except (ClientError, OSError, TimeoutError, ValueError) as error:
                if (reason := _private(error) or _odd(error)) is not None:
                    log.warning("the webhook of run %s is not called: %s", run.id, reason)
                    return
                said = type(error).__name__
            else:
                if 200 <= status < 300:
                    return
                said = f"status {status}"
            if pause is None:
                log.warning("the webhook of run %s was not taken (%s); it is given up", run.id, said)
                return
            await asyncio.sleep(pause)

    async def _post(self, session: ClientSession, address: str, run: Run) -> int:
        host = urlsplit(address).hostname or ""
        if not self._private:
            # Of an address in place of a name nobody looks anything up.
            with contextlib.suppress(ValueError):
                ipaddress.ip_address(host)
                check_public(host)
        body = run.model_dump_json().encode()
        headers = {"Content-Type": "application/json", "User-Agent": "nodeflow"}
        async with session.post(address, data=body, headers=headers, allow_redirects=False) as response:
            return response.status
