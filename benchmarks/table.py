"""Rows of results, the machine they were measured on, and their Markdown."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True)
class Table:
    """A titled table of strings, with a sentence on what was measured, and the tables that go with it."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: Sequence[Table] = ()

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.note, "", _row(self.head), _row(["---"] * len(self.head))]
        lines += [*(_row(row) for row in self.rows), ""]
        return "\n".join([*lines, *(table.markdown() for table in self.more)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """One line: processor, its cores and vector instructions, Python and torch."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")]
    flags = [flag for flag in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if f" {flag} " in f"{info} "]
    name = names[0] if names else platform.processor() or platform.machine()
    vector = flags[0] if flags else "no AVX"
    return f"{name}, {os.cpu_count()} cores, {vector}; Python {platform.python_version()}, torch {version('torch')}"


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start


def side_by_side(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Medians of both in seconds, and the median of theirs/ours pair by pair, in turn after one warm-up of each."""
    ours()
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    return mine, other, statistics.median(b / a for a, b in pairs)
