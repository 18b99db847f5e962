"""Getting what was written onto the disk: one thread waits for it, while others go on writing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

Sync = Callable[[int], None]
Heard = Callable[[int, OSError | None], None]

# macOS has no fdatasync; where there is one it saves the disk a second write, of the time of the change.
sync_data: Sync = getattr(os, "fdatasync", os.fsync)


class Syncer:
    """Brings SQLite's write-ahead log at `path` onto the disk, up to the commit that is asked for, in its own thread.

    A commit that SQLite does not sync itself is in that file once it has returned, so one sync afterwards does for it
    what `PRAGMA synchronous = FULL` would have done, and for every commit before it. All that is committed during one
    sync waits for the next, together. `heard` is called in the thread with the last commit that is on the disk now, or
    with why none is: from then on the disk cannot be trusted, so that every later one is told the same.
    """

    def __init__(self, path: Path, heard: Heard, sync: Sync = sync_data) -> None:
        self._path = path
        self._heard = heard
        self._sync = sync
        self._wanted = 0
        self._ends = False
        self._some = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="nodeflow-syncer", daemon=True)
        self._thread.start()

    def want(self, commit: int) -> None:
        """See to it that a commit, which has been made, gets onto the disk."""
        with self._some:
            self._wanted = commit
            self._some.notify()

    def close(self) -> None:
        """Sync what was asked for, and end."""
        with self._some:
            self._ends = True
            self._some.notify()
        self._thread.join()

    def _work(self) -> None:
        file: int | None = None
        failure: OSError | None = None
        done = 0
        while (wanted := self._next(done)) is not None:
            try:
                if file is None:
                    # Not earlier: SQLite makes the file with the first commit, and keeps it for as long as it is open.
                    file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
                if failure is None:
                    self._sync(file)
            except OSError as error:
                failure = error
            done = wanted
            self._heard(done, failure)
        if file is not None:
            os.close(file)

    def _next(self, done: int) -> int | None:
        with self._some:
            self._some.wait_for(lambda: self._ends or self._wanted > done)
            return self._wanted if self._wanted > done else None
