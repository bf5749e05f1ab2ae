"""PostgreSQL through psycopg 3: a bounded pool, retries where the database asks for them.

A request takes a connection from the pool for as long as one store call lasts. Connections that died
(a restart of the database, a fail-over) are noticed, thrown away, and the work is done again on a new
one, unless the failure came while committing: then nobody can tell whether it was kept, and the
client gets a 503 and retries itself.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from weakref import WeakSet

from mlflowlite.db.engine import BulkInsert, Database, Row
from mlflowlite.errors import StartupError

try:
    import psycopg
    from playhouse.pool import PooledPostgresqlDatabase
    from psycopg.conninfo import conninfo_to_dict
except ImportError as error:
    raise StartupError(
        "PostgreSQL needs the driver psycopg: install it with pip install 'mlflowlite[postgres]'."
    ) from error

T = TypeVar("T")

ATTEMPTS = 5
POOL_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 5
# JIT compiles for longer than these queries run; pages come from memory or SSD, not from a disk's arm.
# Set after connecting: poolers such as PgBouncer refuse options in the start-up message.
SESSION_SETTINGS = "SET jit = off; SET random_page_cost = 1.1"
# A database that vanished without a word is noticed within a minute, not after the system's two hours.
KEEP_ALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class _Pool(PooledPostgresqlDatabase):  # type: ignore[misc]
    """peewee's pool without its `SELECT 1` for each request, and with our settings in each session.

    A connection that died meanwhile is noticed by its first statement, and that is done again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._set_up: WeakSet[psycopg.Connection[Row]] = WeakSet()

    def _connect(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] = super()._connect()
        if connection not in self._set_up:
            connection.execute(SESSION_SETTINGS, prepare=False)
            self._set_up.add(connection)
        return connection

    def _is_closed(self, conn: psycopg.Connection[Row]) -> bool:
        return conn.closed


class PostgresqlDatabase(Database):
    """A PostgreSQL database behind a pool of at most `pool_size` connections per process."""

    dialect = "postgresql"

    def __init__(self, uri: str, *, pool_size: int = 10) -> None:
        super().__init__(uri)
        self.pool_size = pool_size
        try:
            parameters = conninfo_to_dict("postgresql" + uri[uri.index(":") :])
        except psycopg.Error as error:
            raise StartupError(f"The backend store URI is not a valid PostgreSQL URI: {error}") from error
        defaults: dict[str, str | int | None] = {
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": "mlflowlite",
            **KEEP_ALIVE,
        }
        parameters = defaults | parameters
        self._where = f"{parameters.get('host', 'localhost')}/{parameters.get('dbname', '')}"
        self.peewee = _Pool(
            str(parameters.pop("dbname", "")),
            max_connections=pool_size,
            timeout=POOL_TIMEOUT_SECONDS,
            prefer_psycopg3=True,
            **parameters,
        )

    def execute(self, sql: str, params: Sequence[Any] = ()) -> psycopg.Cursor[Row]:
        self._state.statements += 1
        connection: psycopg.Connection[Row] = self.peewee._state.conn
        return connection.execute(_with_percent_marks(sql), params)

    def insert_many(self, statement: BulkInsert, rows: Sequence[Row]) -> int:
        if not rows:
            return 0
        key = (statement.table, statement.on_conflict)
        sql = self._bulk_sql.get(key)
        if sql is None:
            names = ", ".join(statement.columns)
            arrays = ", ".join(f"%s::{kind}[]" for kind in statement.columns.values())
            sql = (
                f"INSERT INTO {statement.table} ({names}) SELECT * FROM unnest({arrays}) "
                f"ON CONFLICT {statement.on_conflict}"
            )
            self._bulk_sql[key] = sql
        self._state.statements += 1
        columns = [list(column) for column in zip(*rows, strict=True)]
        return self.peewee._state.conn.execute(sql, columns).rowcount  # type: ignore[no-any-return]

    def any_of(self, column: str) -> str:
        return f"{column} = ANY(?)"

    def array(self, values: Iterable[Any]) -> list[Any]:
        return list(values)

    def lock_row(self) -> str:
        return " FOR UPDATE"

    def share_row(self) -> str:
        return " FOR SHARE"

    def read(self, work: Callable[[], T]) -> T:
        return self._attempt(work, transaction=False)

    def write(self, work: Callable[[], T]) -> T:
        return self._attempt(work, transaction=True)

    def _attempt(self, work: Callable[[], T], *, transaction: bool) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            self.peewee.connect(reuse_if_open=True)
            self._state.active = True
            self._state.writing = transaction
            try:
                result = self._in_transaction(work) if transaction else work()
            except Exception as error:
                if attempt == ATTEMPTS or not self._again(error):
                    raise
            else:
                self._tell(self._state.topics)  # whatever that leads to, the work is not done again
                return result
            finally:
                self._state.active = False
                self._state.writing = False
                self._state.made_keys = False
                self._state.topics = frozenset()
                if not self.peewee.is_closed():
                    self.peewee.close()
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 jitter, no secret
        raise AssertionError("unreachable")

    def _in_transaction(self, work: Callable[[], T]) -> T:
        connection = self.peewee._state.conn
        connection.execute("BEGIN")
        try:
            result = work()
        except BaseException:
            if not connection.broken:
                connection.execute("ROLLBACK")
            raise
        try:
            connection.execute("COMMIT")
        except psycopg.OperationalError as error:
            if not _is_conflict(error):
                raise CommitUnknown(str(error)) from error
            raise
        return result

    def _again(self, error: Exception) -> bool:
        """Whether the work may be done once more; drops dead connections on the way."""
        if isinstance(error, CommitUnknown):
            return False
        if _is_conflict(error):
            return True
        connection = self.peewee._state.conn
        if connection is not None and connection.broken:
            self.peewee.manual_close()
            self.peewee.close_idle()
            return True
        return False

    def close(self) -> None:
        self.peewee.close_all()

    def describe(self) -> str:
        return f"PostgreSQL database {self._where} (up to {self.pool_size} connections per worker)"


class CommitUnknown(psycopg.OperationalError):
    """The connection broke during COMMIT."""


def _is_conflict(error: BaseException) -> bool:
    """Serialization failure or deadlock: the database undid the work and asks to do it again."""
    state = getattr(error, "sqlstate", None) or getattr(error.__context__, "sqlstate", None)
    return state in ("40001", "40P01")


@functools.lru_cache(maxsize=1024)
def _with_percent_marks(sql: str) -> str:
    """The statement with psycopg's `%s` in place of `?`."""
    return sql.replace("%", "%%").replace("?", "%s")
