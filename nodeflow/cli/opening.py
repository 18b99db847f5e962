"""The settings that hold for a command, and what it says while it uses them."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from nodeflow.cli.failures import complain
from nodeflow.config import Config, load_config

FROM_OPTIONS = ("device", "dtype", "host", "port", "data_dir", "token_file", "development")


class Complaints(logging.Handler):
    """Log records as messages on stderr, wherever stderr is at that moment: progress bars move it."""

    def emit(self, record: logging.LogRecord) -> None:
        complain(f"{record.levelname.lower()}: {record.getMessage()}")


def open_config(options: argparse.Namespace) -> Config:
    """The settings that hold for this command, from now on with warnings on stderr. Raises ConfigError."""
    logging.basicConfig(level=logging.WARNING, handlers=[Complaints()])
    given: dict[str, Any] = {name: getattr(options, name, None) for name in FROM_OPTIONS}
    return load_config(options.config, overrides={name: value for name, value in given.items() if value is not None})
