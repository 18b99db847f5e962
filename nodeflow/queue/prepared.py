"""Statements that are asked all the time: put together once, then handed to SQLite itself.

For a small one SQLAlchemy takes ten times as long as SQLite, each time.
"""

from __future__ import annotations

import json
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
"""A document as it is kept."""

_DIALECT = sqlite.dialect(paramstyle="named", json_serializer=compact)
_Change = Callable[[Any], Any]


class Prepared:
    """A statement of which nothing changes but the values of its parameters; a plain insert has one for each column.

    Values go in and come out as they do through SQLAlchemy, and a transaction begins where there is none. What goes
    wrong is an exception of sqlite3, or ValueError for what JSON cannot carry.
    """

    def __init__(self, statement: Select[Any] | Insert | Update) -> None:
        self._statement = statement

    def do(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute it."""
        driver(connection).execute(self._text, self._inward(values))

    def do_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it once for each of some rows of values."""
        driver(connection).executemany(self._text, map(self._inward, rows))

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The rows that it gives, each with its columns as attributes."""
        return [self._outward(row) for row in driver(connection).execute(self._text, self._inward(values))]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first of those rows, None where there is none."""
        row = driver(connection).execute(self._text, self._inward(values)).fetchone()
        return None if row is None else self._outward(row)

    def _inward(self, values: Mapping[str, Any]) -> dict[str, Any]:
        bound = {**self._fixed, **values}
        for name, change in self._binds:
            bound[name] = change(bound[name])
        return bound

    def _outward(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, change in self._results:
            values[place] = change(values[place])
        return self._row(*values)

    @cached_property
    def _compiled(self) -> Any:
        return self._statement.compile(dialect=_DIALECT)

    @cached_property
    def _text(self) -> str:
        return str(self._compiled)

    @cached_property
    def _fixed(self) -> Mapping[str, Any]:
        """The values that stand in the statement itself."""
        return {name: bind.value for bind, name in self._compiled.bind_names.items() if not bind.required}

    @cached_property
    def _binds(self) -> Sequence[tuple[str, _Change]]:
        binds = self._compiled.bind_names.items()
        return [(name, change) for bind, name in binds if (change := _into(bind.type)) is not None]

    @cached_property
    def _results(self) -> Sequence[tuple[int, _Change]]:
        columns = enumerate(self._statement.exported_columns)
        return [(place, change) for place, column in columns if (change := _out_of(column.type)) is not None]

    @cached_property
    def _row(self) -> Callable[..., Any]:
        return namedtuple("Row", [column.name for column in self._statement.exported_columns])


def driver(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection, in a transaction."""
    if not connection.in_transaction():
        connection.begin()
    return bare(connection)


def bare(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection as it is."""
    found = connection.connection.driver_connection
    assert found is not None
    return found  # type: ignore[no-any-return]


def _into(kind: TypeEngine[Any]) -> _Change | None:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _out_of(kind: TypeEngine[Any]) -> _Change | None:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
