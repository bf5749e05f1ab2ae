"""SQLite: one file, many readers, one writer at a time.

Write-ahead logging lets readers go on while one writes. Writers of one process queue on a lock of
ours, processes take turns (`mlflowlite.db.turns`); other programs, such as a backup, are waited for with
SQLite's busy time-out.

Connections stay open, since opening one costs more than a small request; the one used last is used next,
so there are as many, and as many caches, as transactions at the same moment.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec
import peewee

from mlflowlite.db.engine import BulkInsert, Database, Row
from mlflowlite.db.turns import Turns
from mlflowlite.errors import StartupError

T = TypeVar("T")

BUSY_TIMEOUT_SECONDS = 60
CACHE_KIB = 4096  # per connection
MAX_IDLE = 8  # connections kept for later


class SqliteDatabase(Database):
    """A SQLite database in a file."""

    dialect = "sqlite"

    def __init__(self, uri: str, *, synchronous: str = "full") -> None:
        super().__init__(uri)
        self.path = _path_of(uri)
        self.synchronous = synchronous
        self._write_lock = threading.Lock()
        self._turns = Turns(self.beside("queue"))
        self._idle: list[sqlite3.Connection] = []  # what append and pop do is atomic
        pragmas = {
            "journal_mode": "wal",
            "synchronous": synchronous,
            "foreign_keys": 1,
            "case_sensitive_like": 1,
            "cache_size": -CACHE_KIB,
            "temp_store": "memory",
        }
        self.peewee = peewee.SqliteDatabase(
            str(self.path),
            pragmas=pragmas,
            timeout=BUSY_TIMEOUT_SECONDS,
            cached_statements=256,
            check_same_thread=False,
        )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Give this thread a connection for one transaction, which is undone unless it was committed."""
        state = self.peewee._state
        try:
            state.set_connection(self._idle.pop())
        except IndexError:
            self.peewee.connect()
        connection: sqlite3.Connection = state.conn
        try:
            yield connection
        finally:
            state.reset()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if len(self._idle) < MAX_IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
        self._state.statements += 1
        return self.peewee._state.conn.execute(sql, params)  # type: ignore[no-any-return]

    def insert_many(self, statement: BulkInsert, rows: Sequence[Row]) -> int:
        key = (statement.table, statement.on_conflict)
        sql = self._bulk_sql.get(key)
        if sql is None:
            columns = ", ".join(statement.columns)
            marks = ", ".join("?" * len(statement.columns))
            sql = (
                f"INSERT INTO {statement.table} ({columns}) VALUES ({marks}) "
                f"ON CONFLICT {statement.on_conflict}"
            )
            self._bulk_sql[key] = sql
        self._state.statements += 1
        return self.peewee._state.conn.executemany(sql, rows).rowcount  # type: ignore[no-any-return]

    def any_of(self, column: str) -> str:
        return f"{column} IN (SELECT value FROM json_each(?))"

    def array(self, values: Iterable[Any]) -> str:
        return msgspec.json.encode(list(values)).decode()

    def lock_row(self) -> str:
        return ""  # a write transaction holds the whole database

    def share_row(self) -> str:
        return ""

    def read(self, work: Callable[[], T]) -> T:
        with self._connected() as connection:
            connection.execute("BEGIN")
            self._state.active = True
            try:
                return work()
            finally:
                self._state.active = False

    def write(self, work: Callable[[], T]) -> T:
        with self._write_lock, self._turns.turn(), self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._state.active = True
            self._state.writing = True
            try:
                result = work()
                connection.execute("COMMIT")
                topics = self._state.topics
            finally:
                self._state.active = False
                self._state.writing = False
                self._state.made_keys = False
                self._state.topics = frozenset()
        self._tell(topics)
        return result

    def beside(self, name: str) -> Path:
        return self.path.with_name(f"{self.path.name}-{name}")

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        with self._write_lock:
            self._turns.close()

    def describe(self) -> str:
        return f"SQLite database {self.path} (synchronous={self.synchronous})"


def _path_of(uri: str) -> Path:
    """The file of a `sqlite:///relative` or `sqlite:////absolute` URI; its folder is made if missing."""
    rest = uri.partition(":")[2]
    name = unquote(rest[3:].partition("?")[0]) if rest.startswith("///") else ""
    if not name or name == ":memory:":
        raise StartupError(
            f"The backend store URI {uri!r} names no file: a SQLite database needs one that all server "
            "processes share, for example sqlite:///mlflowlite.db."
        )
    path = Path(os.path.abspath(name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The folder of the SQLite database {path} can't be made: {error.strerror}."
        ) from error
    return path
