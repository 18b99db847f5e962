"""What pip is shown of nodeflow where a plugin gets an environment of its own: that it is there, and needs nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from nodeflow.distribution import HOST

HELD = "held.txt"
"""The file, in the folder that is shown, with the constraint that keeps nodeflow as it is."""


@contextmanager
def shown() -> Iterator[Path]:
    """A folder for pip to look into before all others.

    What nodeflow needs is found beside it. If pip knew of it, it would look for another nodeflow where a plugin needs
    other versions, which is what environments of plugins are for.
    """
    with tempfile.TemporaryDirectory(prefix="nodeflow-") as name:
        folder = Path(name)
        (folder / HELD).write_text("", encoding="utf-8")
        try:
            ours = distribution(HOST)
        except PackageNotFoundError:
            yield folder
            return
        info = folder / f"{HOST}-{ours.version}.dist-info"
        info.mkdir()
        extras = ours.metadata.get_all("Provides-Extra") or ()
        lines = ["Metadata-Version: 2.1", f"Name: {HOST}", f"Version: {ours.version}"]
        lines += [f"Provides-Extra: {extra}" for extra in extras]
        (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / HELD).write_text(f"{HOST}=={ours.version}\n", encoding="utf-8")
        yield folder
