"""Runs the benchmarks and writes docs/performance.md: `python -m benchmarks [NAME ...] [--write]`."""

from __future__ import annotations

import argparse
import importlib
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import Table, machine

NAMES = ("engine", "queue", "service", "editor", "startup", "picture", "sampling", "loading")
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = """# Performance

Measured with `make bench` on {machine}, {date}. Times on other machines differ; ratios carry over better.

"""


def main() -> None:
    """Prints each table as soon as it is there; with `--write` and all of them, replaces the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="which, all by default")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    wanted = parser.parse_args()
    tables = []
    for name in wanted.names or NAMES:
        table: Table = importlib.import_module(f"benchmarks.{name}").main()
        print(table.markdown(), flush=True)
        tables.append(table.markdown())
    if wanted.write:
        head = HEAD.format(machine=machine(), date=datetime.now(UTC).date())
        PAGE.write_text(head + "\n".join(tables))


if __name__ == "__main__":
    main()
