"""Structured logs: one JSON object a line, or text where a person reads along. No query, no header, no token."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from typing import Literal

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else was given by whoever logs, to be looked for later."""

Form = Literal["text", "json"]


class JSONLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            found["traceback"] = self.formatException(record.exc_info)
        return json.dumps(found, ensure_ascii=True, default=str)


class Text(logging.Formatter):
    """A record as a line to read."""

    def format(self, record: logging.LogRecord) -> str:
        more = "".join(f" {name}={value}" for name, value in extras(record).items())
        line = f"{_time(record)} {record.levelname.lower():7} {record.getMessage()}{more}"
        line = line.encode("ascii", "backslashreplace").decode()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def extras(record: logging.LogRecord) -> dict[str, object]:
    """What a record carries beside its message."""
    return {name: value for name, value in vars(record).items() if name not in OWN}


def configure(form: Form | None) -> None:
    """Send all that is logged to stderr from now on: as text on a terminal, else as JSON, unless one is asked for."""
    handler = logging.StreamHandler(sys.stderr)
    chosen = form or ("text" if sys.stderr.isatty() else "json")
    handler.setFormatter(Text() if chosen == "text" else JSONLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # What is said of single connections there is noise, and may quote what a client sent.
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.captureWarnings(True)  # noqa: FBT003
    # It would quote the headers of forms.
    warnings.filterwarnings("ignore", module=r"aiohttp\.multipart")


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
