"""Who may ask: hosts, origins, tokens and sessions; what every answer says to a browser; what the log does not say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from nodeflow.config import Config
from nodeflow.errors import ConfigError
from nodeflow.server.binding import is_loopback, token_of
from tests.nodeflow.server.conftest import SUM, Caller, Server, environment, serving

TOKEN = "correct-horse-battery-staple"  # noqa: S105 (of tests)
FRIEND = "https://friend.example"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks for a token, knows a host and has a friend."""
    folder = tmp_path_factory.mktemp("locked")
    environ = environment(folder)
    token = folder / "token"
    token.write_text(f"{TOKEN}\n")
    token.chmod(0o600)
    more = {"NODEFLOW_ALLOWED_HOSTS": "studio.example", "NODEFLOW_ALLOWED_ORIGINS": FRIEND}
    arguments = ("--host", "0.0.0.0", "--token-file", str(token))  # noqa: S104 (that is what the token is for)
    with serving(folder, *arguments, environ={**environ, **more}) as made:
        yield made


@pytest.fixture
async def ask_locked(locked: Server) -> AsyncIterator[Caller]:
    async with ClientSession() as session:
        yield Caller(session, f"http://127.0.0.1:{locked.port}")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8188",
        "localhost.evil.example",
        "",
        "127.0.0.1.nip.io",
        "[::1",
        "[::1]evil.example",
    ],
)
async def test_a_host_that_is_not_ours_is_refused(ask: Caller, host: str) -> None:
    told = await ask("GET", "/v1/runs", headers={"Host": host})
    assert (told.status, told.json["type"]) == (403, "/problems/forbidden")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "192.168.1.7:8188"])
async def test_addresses_and_localhost_are_ours(ask: Caller, host: str) -> None:
    assert (await ask("GET", "/v1/queue", headers={"Host": host})).status == 200


ORIGINS = ["http://evil.example", "null", "http://localhost:5173", "https://127.0.0.1", "file://", "http://127.0.0.1:1"]
ORIGINS += ["http://[::1", "http://", "://", "\u00e9", "http://127.0.0.1:x"]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_an_origin_that_is_not_ours_is_refused(ask: Caller, origin: str, method: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    told = await ask(method, "/v1/runs", headers=headers, json={"graph": dict(SUM)} if method == "POST" else None)
    assert told.status == 403
    assert "Access-Control-Allow-Origin" not in told.headers


async def test_our_own_pages_may_ask(ask: Caller) -> None:
    assert (await ask("GET", "/v1/queue", headers={"Origin": ask.url})).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_pages_of_other_sites_may_link_to_us_but_not_use_us(ask: Caller, site: str) -> None:
    headers = {"Sec-Fetch-Site": site}
    assert (await ask("GET", "/v1/artifacts", headers={**headers, "Sec-Fetch-Mode": "no-cors"})).status == 403
    assert (await ask("GET", "/", headers={**headers, "Sec-Fetch-Mode": "navigate"})).status == 200
    assert (await ask("POST", "/v1/queue/pause", headers={**headers, "Sec-Fetch-Mode": "navigate"})).status == 403
    assert (await ask("GET", "/v1/queue")).json["paused"] is False


async def test_every_answer_keeps_browsers_from_harm(ask: Caller) -> None:
    for method, path in (
        ("GET", "/v1/runs"),
        ("GET", "/v1/nothing"),
        ("GET", "/"),
        ("GET", "/healthz"),
        ("POST", "/v1/runs"),
    ):
        headers = (await ask(method, path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in headers


async def test_without_the_token_only_what_is_public_is_served(ask_locked: Caller) -> None:
    for path in ("/v1/runs", "/v1/events", "/v1/nothing", "/metrics", f"/v1/files/{'0' * 64}"):
        told = await ask_locked("GET", path)
        assert (told.status, told.headers["WWW-Authenticate"]) == (401, "Bearer"), path
    for path in ("/healthz", "/openapi.json", "/"):
        assert (await ask_locked("GET", path)).status in (200, 503), path


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer ü"]
)
async def test_another_token_is_refused(ask_locked: Caller, header: str) -> None:
    assert (await ask_locked("GET", "/v1/runs", headers={"Authorization": header})).status == 401


async def test_with_the_token_everything_is_served(ask_locked: Caller) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert (await ask_locked("GET", "/v1/runs", headers=headers)).status == 200
    assert (await ask_locked("GET", "/metrics", headers={"authorization": f"bearer {TOKEN}"})).status == 200
    assert (await ask_locked("GET", "/v1/runs", headers={**headers, "Host": "Studio.Example:80"})).status == 200
    assert (await ask_locked("GET", "/v1/runs", headers={**headers, "Host": "evil.example"})).status == 403
    assert (await ask_locked("GET", "/v1/runs", headers={**headers, "Origin": "http://evil.example"})).status == 403


async def test_a_browser_trades_the_token_for_a_cookie(ask_locked: Caller) -> None:
    assert (await ask_locked("POST", "/v1/session", json={"token": "x" * 20})).status == 401
    told = await ask_locked("POST", "/v1/session", json={"token": TOKEN})
    assert told.status == 204
    cookie = told.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    assert (await ask_locked("GET", "/v1/runs", headers=kept)).status == 200
    assert (await ask_locked("GET", "/v1/runs", headers={"Cookie": kept["Cookie"] + "0"})).status == 401
    assert "Max-Age=0" in (await ask_locked("DELETE", "/v1/session")).headers["Set-Cookie"]


async def test_a_friend_may_use_us_from_its_pages(ask_locked: Caller) -> None:
    asking = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    told = await ask_locked("OPTIONS", "/v1/runs", headers=asking)
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (204, FRIEND)
    assert "Authorization" in told.headers["Access-Control-Allow-Headers"]
    told = await ask_locked("GET", "/v1/queue", headers={"Origin": FRIEND, "Authorization": f"Bearer {TOKEN}"})
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (200, FRIEND)
    assert (await ask_locked("GET", "/v1/queue", headers={"Origin": FRIEND})).status == 401


async def test_no_secret_is_in_the_log(ask_locked: Caller, locked: Server) -> None:
    await ask_locked("GET", f"/v1/runs?token={TOKEN}", headers={"Authorization": f"Bearer {TOKEN}"})
    told = await ask_locked("POST", "/v1/session", json={"token": TOKEN, "more": 1})
    assert TOKEN.encode() not in told.body
    told = await ask_locked("POST", "/v1/session", json={"token": [TOKEN]})
    assert TOKEN.encode() not in told.body
    assert any(line["message"].startswith("POST /v1/session") for line in locked.logged())
    assert TOKEN not in locked.log.read_text()


def test_other_addresses_than_loopback_need_a_token(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.168.1.7", "::", "studio.example"):  # noqa: S104
        with pytest.raises(ConfigError, match=r"(?s)token_file.*token_urlsafe"):
            token_of(Config(host=host))
    for host in ("127.0.0.1", "127.8.9.1", "::1", "localhost"):
        assert is_loopback(host)
        assert token_of(Config(host=host)) is None


@pytest.mark.parametrize(
    ("text", "mode"), [("short", 0o600), ("two words are no token", 0o600), (TOKEN, 0o644), ("", 0o600)]
)
def test_a_token_that_is_none_or_not_secret_is_refused(tmp_path: Path, text: str, mode: int) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=r"chmod 600|holds no token"):
        token_of(Config(token_file=path))
    with pytest.raises(ConfigError, match="cannot read the token"):
        token_of(Config(token_file=tmp_path / "none"))
