"""A client of the HTTP API: typed, asynchronous, and patient with servers that go and come back."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from pydantic import BaseModel, ValidationError

from nodeflow.api.catalogue import NodeType
from nodeflow.api.event import Event
from nodeflow.api.file import File
from nodeflow.api.graph import Check, GraphSummary
from nodeflow.api.problem import MEDIA_TYPE, ProblemDetail
from nodeflow.api.queue import Queue
from nodeflow.api.run import MAX_WAIT, BatchAnswer, Run, RunPage, RunSummary
from nodeflow.errors import NodeflowError

Model = TypeVar("Model", bound=BaseModel)

TRIES = 4
PAUSE = 0.5
"""Seconds before the first further try; each next pause is twice as long."""

QUIET = 60.0
"""Seconds without even a ping after which an event stream is taken for dead."""

BLOCK = 1 << 18


class ServerError(NodeflowError):
    """The server refused a request, or failed: `problem` says all that is wrong with it."""

    def __init__(self, problem: ProblemDetail) -> None:
        lines = [f"{problem.title}: {problem.detail}"]
        lines += [f"  {flaw.pointer or '/'}: {flaw.message} [{flaw.code}]" for flaw in problem.errors]
        super().__init__("\n".join(lines))
        self.problem = problem


class Unreachable(NodeflowError):  # noqa: N818 (reads as what it says)
    """No server answers, or what answers is none of ours."""


class Client:
    """Talks to a server at `url`. Use it as an asynchronous context manager.

    Whatever can be asked twice without harm is asked again when the connection fails; submissions carry a key that
    makes them so. Raises ServerError and Unreachable.
    """

    def __init__(self, url: str = "http://127.0.0.1:8188", *, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Client:
        self._session = ClientSession(headers=self._headers, timeout=ClientTimeout(total=None, sock_connect=10))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.close()

    async def submit(
        self,
        graph: Mapping[str, Any] | str,
        inputs: Mapping[str, Any] | None = None,
        *,
        targets: Sequence[str] | None = None,
        priority: int = 0,
        tags: Sequence[str] = (),
    ) -> RunSummary:
        """Have a graph run: the document, or the name of a saved one."""
        body = _submission(graph, inputs, targets=targets, priority=priority, tags=tags)
        return await self._submit(RunSummary, body)

    async def submit_batch(
        self,
        graph: Mapping[str, Any] | str,
        *,
        zip: Mapping[str, Sequence[Any]] | None = None,  # noqa: A002 (the word of the API)
        product: Mapping[str, Sequence[Any]] | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> BatchAnswer:
        """Have a graph run many times: the lists of `zip` go together, those of `product` each with every other."""
        body = _submission(graph, inputs)
        return await self._submit(BatchAnswer, {**body, "batch": {"zip": zip or {}, "product": product or {}}})

    async def run(self, run_id: str, *, wait: float = 0.0) -> Run:
        """A run; with `wait`, as soon as it has ended, and after so many seconds at the latest."""
        return await self._get(Run, f"/v1/runs/{run_id}?wait={min(wait, MAX_WAIT)}")

    async def finished(self, run_id: str) -> Run:
        """A run, once it has ended, however long that takes."""
        while not (run := await self.run(run_id, wait=60)).ended:
            pass
        return run

    async def runs(self, *, after: str | None = None, limit: int = 50, **which: str) -> RunPage:
        """Some of the runs; `which` may name a `state`, a `tag`, a `batch` and the `order`."""
        query = {"limit": str(limit), **({"after": after} if after else {}), **which}
        return await self._get(RunPage, "/v1/runs?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items()))

    async def cancel(self, run_id: str) -> RunSummary:
        """Stop a run."""
        return await self._post(RunSummary, f"/v1/runs/{run_id}/cancel")

    async def retry(self, run_id: str) -> RunSummary:
        """Have the graph of a run that has ended run once more."""
        return await self._post(RunSummary, f"/v1/runs/{run_id}/retry", again=False)

    async def queue(self) -> Queue:
        """The queue and the workers."""
        return await self._get(Queue, "/v1/queue")

    async def node_type(self, name: str) -> NodeType:
        """A node type of the server's."""
        return await self._get(NodeType, f"/v1/nodes/{quote(name)}")

    async def check(self, graph: Mapping[str, Any], inputs: Mapping[str, Any] | None = None) -> Check:
        """What is wrong with a graph, else what it would run."""
        return await self._post(Check, "/v1/graphs/validate", {"graph": dict(graph), "inputs": dict(inputs or {})})

    async def save_graph(self, name: str, graph: Mapping[str, Any], *, etag: str | None = None) -> GraphSummary:
        """Save a graph; `etag` is that of the one it replaces, None for a new name."""
        headers = {"If-Match": f'"{etag}"'} if etag else {"If-None-Match": "*"}
        text = await self._ask("PUT", f"/v1/graphs/{quote(name, safe='')}", body=graph, headers=headers)
        return _read(GraphSummary, text)

    async def graph(self, name: str) -> dict[str, Any]:
        """A saved graph."""
        found: dict[str, Any] = json.loads(await self._ask("GET", f"/v1/graphs/{quote(name, safe='')}"))
        return found

    async def upload(self, path: Path) -> File:
        """Bring a picture; the answer's `value` is what an input that takes a file is given."""
        data = await asyncio.to_thread(path.read_bytes)
        place = f"/v1/files?name={quote(path.name, safe='')}"
        return _read(File, await self._ask("POST", place, data=data))

    async def download(self, sha256: str, to: Path) -> None:
        """Write a file of the server to a path, whole or not at all."""
        beside = to.with_name(f".{to.name}.{secrets.token_hex(8)}.part")
        try:
            async with self._open.get(f"{self.url}/v1/files/{sha256}") as response:
                await _check(response)
                with await asyncio.to_thread(beside.open, "xb") as stream:
                    async for block in response.content.iter_chunked(BLOCK):
                        await asyncio.to_thread(stream.write, block)
            beside.replace(to)
        except (ClientError, TimeoutError) as error:
            raise self._unreachable(error) from error
        finally:
            beside.unlink(missing_ok=True)

    async def events(self, run_id: str, *, after: int | None = None, previews: bool = False) -> AsyncIterator[Event]:
        """What happened to a run and what happens, each once, until it has ended.

        When the connection fails, it is made anew where it broke off.
        """
        place, tries = f"{self.url}/v1/runs/{run_id}/events?previews={int(previews)}", 0
        while True:
            headers = {} if after is None else {"Last-Event-ID": str(after)}
            try:
                async with self._open.get(place, headers=headers, timeout=ClientTimeout(sock_read=QUIET)) as response:
                    await _check(response)
                    async for event in _events(response):
                        tries, after = 0, after if event.id is None else event.id
                        yield event
                    return
            except (ClientError, TimeoutError) as error:
                tries += 1
                if tries >= TRIES:
                    raise self._unreachable(error) from error
                await asyncio.sleep(PAUSE * 2**tries)

    @property
    def _open(self) -> ClientSession:
        assert self._session is not None, "use the client in `async with`"
        return self._session

    async def _submit(self, model: type[Model], body: Mapping[str, Any]) -> Model:
        headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
        return _read(model, await self._ask("POST", "/v1/runs", body=body, headers=headers))

    async def _get(self, model: type[Model], path: str) -> Model:
        return _read(model, await self._ask("GET", path))

    async def _post(
        self, model: type[Model], path: str, body: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> Model:
        return _read(model, await self._ask("POST", path, body=body, again=again))

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool = True,
    ) -> bytes:
        """The body of an answer; asked for once more, `TRIES` times at most, when the connection fails."""
        for number in range(1, TRIES + 1):
            try:
                async with self._open.request(
                    method, self.url + path, json=body, data=data, headers=headers
                ) as response:
                    await _check(response)
                    return await response.read()
            except (ClientError, TimeoutError) as error:
                if number == TRIES or not again:
                    raise self._unreachable(error) from error
                await asyncio.sleep(PAUSE * 2 ** (number - 1))
        raise AssertionError("the last try returns or raises")

    def _unreachable(self, error: BaseException) -> Unreachable:
        return Unreachable(f"cannot talk to the server at {self.url}: {error or type(error).__name__}")


def _submission(graph: Mapping[str, Any] | str, inputs: Mapping[str, Any] | None, **more: Any) -> dict[str, Any]:
    which = {"name": graph} if isinstance(graph, str) else {"graph": dict(graph)}
    rest = {
        name: list(value) if isinstance(value, tuple) else value for name, value in more.items() if value is not None
    }
    return {**which, "inputs": dict(inputs or {}), **rest}


async def _check(response: ClientResponse) -> None:
    """Raises ServerError for an answer that is a problem."""
    if response.status < 400:
        return
    if response.content_type == MEDIA_TYPE:
        raise ServerError(_read(ProblemDetail, await response.read()))
    raise Unreachable(f"{response.url.origin()} is no nodeflow server: it answered with status {response.status}")


def _read(model: type[Model], text: bytes) -> Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Unreachable(f"the answer is none that this client knows: {error}") from error


async def _events(response: ClientResponse) -> AsyncIterator[Event]:
    """The events of a stream of server-sent events; an event's data is one line here."""
    waiting = b""
    async for block in response.content.iter_any():
        *lines, waiting = (waiting + block).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                yield _read(Event, line.removeprefix(b"data: "))
