"""Who may ask: the host and the origin that a request names, and the token that it brings."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from nodeflow.server.problems import FORBIDDEN, UNAUTHORIZED, Refusal

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE = "nodeflow_session"

API_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Gate:
    """Refuses requests that come from where none may come from. `hosts` and `origins` are those that may beside us."""

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    token: str | None = field(default=None, repr=False)

    def check(self, request: web.Request, *, public: bool) -> None:
        """Raises Refusal."""
        self._check_host(request)
        self._check_origin(request)
        if self.token is not None and not public and not self._is_known(request):
            detail = "send the server's token in the header Authorization: Bearer TOKEN"
            raise Refusal(UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})

    def accepts(self, token: str) -> bool:
        """Whether this is the token, in a time that does not tell how much of it is right."""
        return self.token is None or hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())

    def cookie(self) -> str:
        """What a browser keeps instead of the token, which cannot be had from it."""
        return hmac.new((self.token or "").encode(), b"nodeflow session", hashlib.sha256).hexdigest()

    def _is_known(self, request: web.Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.accepts(token.strip())
        cookie = request.cookies.get(COOKIE, "")
        return hmac.compare_digest(cookie.encode("utf-8", "replace"), self.cookie().encode())

    def _check_host(self, request: web.Request) -> None:
        """A page of another site that points its name at this machine (DNS rebinding) still sends its own name."""
        name = _name(request.headers.get("Host", ""))
        if not (name == "localhost" or _is_address(name) or name in self.hosts):
            raise Refusal(
                FORBIDDEN, f"the host {name!r} is not one of ours; the setting allowed_hosts names further ones"
            )

    def _check_origin(self, request: web.Request) -> None:
        """A page of another site may send requests, also where it may not read the answers."""
        origin = request.headers.get("Origin")
        if origin is not None:
            scheme, _, host = origin.partition("://")
            ours = scheme in ("http", "https") and host == request.headers.get("Host")
            if not ours and origin not in self.origins:
                hint = "the setting allowed_origins names further ones"
                raise Refusal(FORBIDDEN, f"pages of {origin!r} may not use this server; {hint}")
        elif request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") and not _is_visit(request):
            raise Refusal(FORBIDDEN, "pages of other sites may not use this server")


def _is_visit(request: web.Request) -> bool:
    """Whether somebody followed a link to us, rather than a page using us."""
    return request.method in SAFE and request.headers.get("Sec-Fetch-Mode") == "navigate"


def _name(host: str) -> str:
    """The name or address in a Host header, without its port; all of it where it is neither."""
    if host.startswith("["):
        name, bracket, port = host.partition("]")
        return name.removeprefix("[") if bracket and port[:1] in ("", ":") else host
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    """Addresses need no looking up, so no name server can send them elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
