"""One database as the stores see it, whichever of the two it is.

Stores are functions that take a `Database` first and are decorated with `@reads` or `@writes`: a
`@writes` function is one transaction, begun before its first line and committed after its last, run
again when the database asks for that. Decorated functions may call each other; the outermost decides.

Statements are SQL text with `?` for parameters, executed through `Database.execute`; cold paths may
use the peewee models of `mlflowlite.db.models` through `Database.run`.
"""

from __future__ import annotations

import functools
import logging
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import peewee

from mlflowlite.errors import (
    BAD_REQUEST,
    TEMPORARILY_UNAVAILABLE,
    MlflowError,
    StartupError,
    first_line,
    invalid,
)

P = ParamSpec("P")
T = TypeVar("T")
Row = tuple[Any, ...]

# What the outside world can cause in a driver, in the words of both (`wire.md` §5.2).
_UNAVAILABLE = {"OperationalError", "InterfaceError", "MaxConnectionsExceeded"}
_LIMIT_EXCEEDED = "54"  # PostgreSQL's class of errors; a text too long for an index, for example
_SQLITE_MISTAKES = ("syntax error", "no such ", "has no column", "too many SQL variables", "misuse")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BulkInsert:
    """A statement that inserts many rows at once: the fast way of each database.

    `columns` maps a column to its PostgreSQL type; `on_conflict` is the text after `ON CONFLICT`.
    """

    table: str
    columns: dict[str, str]
    on_conflict: str


class _ThreadState(threading.local):
    """What this thread is doing with a database: nested store calls see they are nested."""

    active = False
    writing = False
    made_keys = False
    topics: frozenset[str] = frozenset()
    statements = 0


class Database(ABC):
    """Connections, transactions and the few differences between SQLite and PostgreSQL.

    Safe to share between threads; every thread works on a connection of its own.
    """

    dialect: str
    peewee: Any

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._state = _ThreadState()
        self._bulk_sql: dict[tuple[str, str], str] = {}
        self._listeners: dict[str, Callable[[], None]] = {}

    # -- statements ---------------------------------------------------------------------------------

    @abstractmethod
    def execute(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """Run one statement on this thread's connection; returns the driver's cursor."""

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """Run a query and return all its rows."""
        return self.execute(sql, params).fetchall()  # type: ignore[no-any-return]

    def row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """Run a query and return its first row, or None."""
        return self.execute(sql, params).fetchone()  # type: ignore[no-any-return]

    def one(self, sql: str, params: Sequence[Any] = ()) -> Row:
        """Run a statement that gives exactly one row, whatever the data, and return it."""
        row = self.row(sql, params)
        assert row is not None, sql
        return row

    @abstractmethod
    def insert_many(self, statement: BulkInsert, rows: Sequence[Row]) -> int:
        """Insert all rows with one statement; returns how many were inserted or updated."""

    def run(self, query: Any) -> Any:
        """Execute a peewee query on this thread's connection."""
        self._state.statements += 1
        return query.execute(self.peewee)

    @abstractmethod
    def any_of(self, column: str) -> str:
        """SQL for "column is one of a list"; its one parameter is made by `array`."""

    @abstractmethod
    def array(self, values: Iterable[Any]) -> Any:
        """A list as one parameter, for `any_of`."""

    @property
    def statement_count(self) -> int:
        """How many statements this thread has run so far, BEGIN and COMMIT left out."""
        return self._state.statements

    @property
    def writing(self) -> bool:
        """Whether this thread is inside a write transaction."""
        return self._state.writing

    @property
    def made_keys(self) -> bool:
        """Whether the running transaction has interned names, which may yet be undone."""
        return self._state.made_keys

    def note_made_keys(self) -> None:
        """Remember, until the running transaction ends, that it has interned names."""
        self._state.made_keys = True

    # -- news within this process ----------------------------------------------------------------------

    def listen(self, topic: str, callback: Callable[[], None]) -> None:
        """Have `callback` called after each transaction of this process that announced the topic."""
        self._listeners[topic] = callback

    def announce(self, topic: str) -> None:
        """Tell the topic's listener when the running transaction is committed; nobody if it is not."""
        self._state.topics |= {topic}

    def _tell(self, topics: frozenset[str]) -> None:
        for topic in topics:
            if topic in self._listeners:
                self._listeners[topic]()

    # -- transactions -------------------------------------------------------------------------------

    @abstractmethod
    def read(self, work: Callable[[], T]) -> T:
        """Run `work` with a connection, seeing committed data."""

    @abstractmethod
    def write(self, work: Callable[[], T]) -> T:
        """Run `work` as one transaction: all of it is kept, or nothing."""

    @abstractmethod
    def lock_row(self) -> str:
        """What a SELECT ends with to keep others from changing its rows until the transaction ends."""

    @abstractmethod
    def share_row(self) -> str:
        """As `lock_row`, but several transactions may hold the row so at once."""

    def beside(self, name: str) -> Path | None:
        """A file that goes with the database, named after it; None when it is not in a file."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Close all connections but those that other threads work on. Needed before a process forks."""

    @abstractmethod
    def describe(self) -> str:
        """The database in words fit for a log: no password."""


def reads(function: Callable[Concatenate[Database, P], T]) -> Callable[Concatenate[Database, P], T]:
    """Mark a store function that only reads."""

    @functools.wraps(function)
    def reading(db: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if db._state.active:
            return function(db, *args, **kwargs)
        return db.read(lambda: function(db, *args, **kwargs))

    return reading


def writes(function: Callable[Concatenate[Database, P], T]) -> Callable[Concatenate[Database, P], T]:
    """Mark a store function that is one transaction. It may run again after a deadlock: no side effects."""

    @functools.wraps(function)
    def writing(db: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if db._state.active:
            if not db._state.writing:
                raise RuntimeError(f"{function.__name__} writes, but its caller only reads")
            return function(db, *args, **kwargs)
        return db.write(lambda: function(db, *args, **kwargs))

    return writing


def connect(uri: str, *, pool_size: int = 10, synchronous: str = "full") -> Database:
    """The database a backend store URI names. Opens nothing yet.

    Raises StartupError for a URI that names no database this server can use.
    """
    scheme = uri.partition(":")[0].partition("+")[0].lower()
    if scheme == "sqlite":
        from mlflowlite.db.sqlite import SqliteDatabase

        return SqliteDatabase(uri, synchronous=synchronous)
    if scheme in ("postgresql", "postgres"):
        from mlflowlite.db.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(uri, pool_size=pool_size)
    raise StartupError(
        f"A backend store URI with {scheme!r} is not supported: give sqlite:///<path of a file> "
        "or postgresql://<user>:<password>@<host>/<database>."
    )


def translate(error: Exception) -> MlflowError | None:
    """A driver's exception as the error the client should see; None when it is a bug of ours."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & {"IntegrityError"}:
        return MlflowError(BAD_REQUEST, f"The database refused the request: {first_line(error)}")
    if names & {"DataError"}:
        return invalid(f"The database can't hold a value of the request: {first_line(error)}")
    if (getattr(error, "sqlstate", None) or "").startswith(_LIMIT_EXCEEDED):
        return invalid(f"The database can't hold a value of the request: {first_line(error)}")
    if names & _UNAVAILABLE and not _is_mistake(error):
        log.warning("The database is not available: %s", error)
        return MlflowError(TEMPORARILY_UNAVAILABLE, "The database is not available at the moment.")
    return None


def _is_mistake(error: Exception) -> bool:
    """Whether an OperationalError of SQLite is no outside trouble but a statement of ours gone wrong.

    SQLite has one class for both; clients would repeat a request for minutes that can never succeed.
    """
    return isinstance(error, (sqlite3.OperationalError, peewee.OperationalError)) and any(
        words in str(error) for words in _SQLITE_MISTAKES
    )
