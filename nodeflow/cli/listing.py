"""Text laid out to be read: tables in columns, sizes in words."""

from __future__ import annotations

from collections.abc import Sequence

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a heading, in columns as wide as their widest cell."""
    lines = [list(heading), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def size(nbytes: int) -> str:
    """Bytes in the unit that people would use."""
    amount, unit = float(nbytes), 0
    while amount >= 1024 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{nbytes} bytes" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"
