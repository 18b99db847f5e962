"""Where the server may be reached, and the token that it asks for."""

from __future__ import annotations

import ipaddress
import stat
from pathlib import Path

from nodeflow.config import Config
from nodeflow.errors import ConfigError

SHORTEST = 16
"""Characters of a token."""

MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))' > token; chmod 600 token"


def token_of(config: Config) -> str | None:
    """The token that requests must bring, None where none is asked for.

    Raises ConfigError for a file that holds none, and for an address that others can reach without one.
    """
    if config.token_file is not None:
        return _read(config.token_file)
    if not is_loopback(config.host):
        raise ConfigError(
            f"host is {config.host!r}, which other machines can reach: anybody there could run any graph and read any "
            f"picture. Give a token_file (--token-file), which you can make so:\n  {MAKE_ONE}\n"
            "or serve at 127.0.0.1 and let a proxy or `ssh -L` bring in those who may"
        )
    return None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. Other names than localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the token in {str(path)!r}: {error}; make one so:\n  {MAKE_ONE}") from error
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            f"{str(path)!r} holds no token: one line of at least {SHORTEST} letters, digits and signs; make one so:\n"
            f"  {MAKE_ONE}"
        )
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{str(path)!r} can be read by others on this machine; chmod 600 {path.name}")
    return token
