"""Everything that can be done within one transaction."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from nodeflow.queue.bookmarks import Bookmarks
from nodeflow.queue.files import Files
from nodeflow.queue.forgotten import Forgotten
from nodeflow.queue.graphs import Graphs
from nodeflow.queue.keys import Keys
from nodeflow.queue.log import EventLog
from nodeflow.queue.records import Idempotency, NewRun, Submitted
from nodeflow.queue.requests import Requests
from nodeflow.queue.runs import Runs
from nodeflow.queue.turns import Turns


class Tables:
    """What a connection can read and, if it is one that writes, change. It neither begins nor commits."""

    def __init__(self, connection: Connection, clock: Callable[[], float] = time.time) -> None:
        self.connection = connection
        self.log = EventLog(connection, clock)
        self.runs = Runs(connection, self.log)
        self.forgotten = Forgotten(connection, clock)
        self.turns = Turns(connection, self.log, self.forgotten)
        self.requests = Requests(connection, self.log, self.runs, self.turns, self.forgotten)
        self.graphs = Graphs(connection, clock)
        self.files = Files(connection, self.forgotten, clock)
        self.keys = Keys(connection, clock)
        self.bookmarks = Bookmarks(connection)

    def submit(self, new: Sequence[NewRun], idempotency: Idempotency | None = None) -> Submitted:
        """Accept runs, or find those that the same request made before. Raises `KeyReused`."""
        if idempotency is None:
            return Submitted(self.runs.submit(new), replayed=False)
        if (known := self.keys.known(idempotency)) is not None:
            return Submitted(self.runs.known(known), replayed=True)
        made = self.runs.submit(new)
        self.keys.note(idempotency, [run.id for run in made])
        return Submitted(made, replayed=False)


@dataclass(frozen=True, slots=True)
class Submit:
    """`Tables.submit` as work for a writer, which does many of them at a time."""

    new: Sequence[NewRun]
    idempotency: Idempotency | None = None

    def __call__(self, tables: Tables) -> Submitted:
        return tables.submit(self.new, self.idempotency)

    def together(self, tables: Tables, works: Sequence[Submit]) -> list[Submitted]:
        """What each of them makes; those without a key are made at once."""
        found: list[Submitted] = []
        for keyed, some in itertools.groupby(works, lambda work: work.idempotency is not None):
            if keyed:
                found += [work(tables) for work in some]
            else:
                found += _made(tables, list(some))
        return found


def _made(tables: Tables, works: Sequence[Submit]) -> Iterator[Submitted]:
    made = iter(tables.runs.submit([each for work in works for each in work.new]))
    return (Submitted(tuple(itertools.islice(made, len(work.new))), replayed=False) for work in works)
