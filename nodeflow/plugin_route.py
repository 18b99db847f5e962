"""HTTP routes of plugins: what a route is asked and what it answers, without any web framework."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nodeflow.errors import DeclarationError, NodeflowError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[a-z_]+\}))+")
STATUSES = range(200, 600)


@dataclass(frozen=True)
class Request:
    """What a route is asked.

    `path` is what stands behind the plugin's prefix, `parameters` are the parts of it that the route's path names,
    `query` has the first value of each name, `headers` have names in small letters.
    """

    method: str = "GET"
    path: str = "/"
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON. Raises NodeflowError, which the client is told, for what is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise NodeflowError(f"the body is no JSON: {error}") from error


@dataclass(frozen=True)
class Response:
    """What a route answers, when it is not just JSON. Raises DeclarationError for a status that is none."""

    body: bytes | str = b""
    status: int = 200
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise DeclarationError(f"a response's status is from 200 to 599, not {self.status!r}")


@dataclass(frozen=True)
class Route:
    """A method and a path below the plugin's prefix, such as `/curves/{name}`, and the function that answers.

    `handler(request)` may be async. It gives a `Response`, what JSON can hold, or None for an answer without content.
    Raises DeclarationError for a method or a path that cannot be, and for a handler that cannot be called.
    """

    method: str
    path: str
    handler: Callable[[Request], Any]

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise DeclarationError(f"route {self.path!r}: no method {self.method!r}; there are {', '.join(METHODS)}")
        if PATH.fullmatch(self.path) is None:
            raise DeclarationError(f"route {self.path!r}: a path looks like '/curves' or '/curves/{{name}}'")
        if not callable(self.handler):
            raise DeclarationError(f"route {self.path!r}: {self.handler!r} cannot be called")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What paths of this route look like; each named part is a group."""
        parts = re.split(r"(\{[a-z_]+\})", self.path)
        return re.compile("".join(f"(?P<{part[1:-1]}>[^/]+)" if part[:1] == "{" else re.escape(part) for part in parts))

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts of a path; None for a path that is not this route's."""
        found = self.pattern.fullmatch(path)
        return None if found is None else found.groupdict()
