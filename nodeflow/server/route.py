"""Routes: what a handler's annotations say it takes is read and checked for it, and described in the OpenAPI document.

A handler is `async def show_run(request, path: RunPath, query: ..., headers: ..., body: ...) -> ...`, with those of
the four that it needs, each a pydantic model. It returns a model, a `Reply`, or a response of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from aiohttp import web
from pydantic import BaseModel

from nodeflow.api.wire import Parameters
from nodeflow.server.body import JSON, read_json
from nodeflow.server.problems import INTERNAL, INVALID, MALFORMED, MEDIA, NOT_FOUND, TIMEOUT, TOO_LARGE, Kind, Refusal
from nodeflow.server.reading import fit
from nodeflow.server.state import STATE

Handler = Callable[..., Awaitable[Any]]
Schema = Mapping[str, Any]

BINARY: Schema = {"type": "string", "format": "binary"}

LISTS = frozenset({"If-None-Match"})
"""Headers that may come more than once: all of it is one list (RFC 9110, section 5.3)."""


@dataclass(frozen=True)
class Reply:
    """A model with a status or headers of its own."""

    model: BaseModel | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """What an answer carries: a model as JSON, or bytes of media types that a schema describes."""

    model: type[BaseModel] | None = None
    media: Mapping[str, Schema] = field(default_factory=dict)
    description: str = "Done"
    headers: Sequence[str] = ()


@dataclass(frozen=True)
class Route:
    """A method and a path, who handles it, what it takes and what it may answer."""

    method: str
    path: str
    handler: Handler
    noun: str
    answers: Mapping[int, Content]
    problems: tuple[Kind, ...]
    takes: Mapping[str, type[BaseModel]]
    uploads: Mapping[str, Schema]
    public: bool

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        given: dict[str, BaseModel] = {}
        for part, model in self.takes.items():
            given[part] = await READERS[part](request, model)
        if "query" not in given and not self.public:
            await _query(request, Parameters)
        found = await self.handler(request, **given)
        return found if isinstance(found, web.StreamResponse) else _response(found, min(self.answers))


class Routes:
    """The routes of a noun."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.all: list[Route] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        answers: Mapping[int, Content | type[BaseModel] | None],
        problems: Iterable[Kind] = (),
        uploads: Mapping[str, Schema] | None = None,
        public: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declares the handler below it; `problems` are those beyond the ones that its annotations imply."""

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            takes = {part: hints[part] for part in READERS if part in hints}
            contents = {status: _content(each) for status, each in answers.items()}
            kinds = tuple(dict.fromkeys([*problems, *_implied(takes, uploads or {})]))
            route = Route(method, path, handler, self.noun, contents, kinds, takes, uploads or {}, public)
            self.all.append(route)
            return handler

        return declare


def register(app: web.Application, routes: Iterable[Route]) -> None:
    """Puts routes into an application. A HEAD goes wherever a GET does."""
    for route in routes:
        if route.method == "GET":
            app.router.add_get(route.path, route.__call__, allow_head=True)
        else:
            app.router.add_route(route.method, route.path, route.__call__)


def json_response(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    body = model.model_dump_json(by_alias=True).encode()
    return web.Response(body=body, status=status, content_type=JSON, headers=headers)


def _response(found: Any, status: int) -> web.Response:
    if isinstance(found, Reply):
        if found.model is None:
            return web.Response(status=found.status, headers=found.headers)
        return json_response(found.model, found.status, found.headers)
    return web.Response(status=204) if found is None else json_response(found, status)


async def _path(request: web.Request, model: type[BaseModel]) -> BaseModel:
    return fit(model, dict(request.match_info), "path")


async def _query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    values = {name: request.query.getall(name) for name in request.query}
    return fit(model, {name: each[0] if len(each) == 1 else each for name, each in values.items()}, "query")


async def _headers(request: web.Request, model: type[BaseModel]) -> BaseModel:
    names = [each.alias or name for name, each in model.model_fields.items()]
    return fit(model, {name: _header(request, name) for name in names if name in request.headers}, "header")


def _header(request: web.Request, name: str) -> str:
    """The value of a header. Raises Refusal where it came more than once, as one of them would go unheard."""
    found = request.headers.getall(name)
    if len(found) > 1 and name not in LISTS:
        raise Refusal(MALFORMED, f"the header {name} came {len(found)} times; it takes one value")
    return ", ".join(found)


async def _body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    return fit(model, await read_json(request, request.app[STATE].config.max_request), "body")


READERS: Mapping[str, Callable[[web.Request, type[BaseModel]], Awaitable[BaseModel]]] = {
    "path": _path,
    "query": _query,
    "headers": _headers,
    "body": _body,
}


def _content(content: Content | type[BaseModel] | None) -> Content:
    return content if isinstance(content, Content) else Content(content)


def _implied(takes: Mapping[str, Any], uploads: Mapping[str, Any]) -> Iterable[Kind]:
    if "path" in takes:
        yield NOT_FOUND
    yield from (MALFORMED, INVALID)
    if "body" in takes or uploads:
        yield from (TIMEOUT, TOO_LARGE, MEDIA, INVALID)
    yield INTERNAL
