"""What a child process logs, as lines on stderr that say their level, so that whoever reads them can keep it."""

from __future__ import annotations

import logging
import re
import sys

MARKED = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) (?=\S+: )")


class Lines(logging.Formatter):
    """`WARNING acme: it is old`; of a record with several lines, such as a traceback, each begins so."""

    def format(self, record: logging.LogRecord) -> str:
        mark = f"{record.levelname} {record.name}: "
        return "\n".join(mark + line for line in super().format(record).splitlines() or [""])


def configure() -> None:
    """Log so from now on, warnings of Python's own too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(capture=True)


def read(line: str) -> tuple[int, str]:
    """The level of a line, and the line without it; what was not logged but printed is `INFO`, and as it is."""
    found = MARKED.match(line)
    if found is None:
        return logging.INFO, line
    return logging.getLevelNamesMapping()[found[1]], line[found.end() :]
