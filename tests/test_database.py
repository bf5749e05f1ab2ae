"""Connections and transactions on both databases, with everything that can go wrong under them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mlflowlite.db import Database, connect, migrate, reads, writes
from mlflowlite.db.engine import translate
from mlflowlite.db.models import Experiment
from mlflowlite.db.sqlite import MAX_IDLE
from mlflowlite.db.turns import Turns
from tests.server_process import ROOT

INSERT = (
    "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time) "
    "VALUES (?, '', 'active', 0, 0)"
)


@writes
def add(db: Database, *names: str) -> None:
    """Store experiments."""
    for name in names:
        db.execute(INSERT, [name])


@reads
def names(db: Database) -> list[str]:
    """The names of the stored experiments."""
    return [row[0] for row in db.rows("SELECT name FROM experiments ORDER BY name")]


@writes
def rename(db: Database, old: str, new: str) -> None:
    """Change a name."""
    db.execute("UPDATE experiments SET name = ? WHERE name = ?", [new, old])


# -- transactions, both databases -----------------------------------------------------------------------


def test_a_write_is_kept_whole(db: Database) -> None:
    """What a @writes function did is there for others afterwards."""
    add(db, "a", "b")
    assert names(db) == ["a", "b"]


def test_a_failed_write_leaves_nothing(db: Database) -> None:
    """An exception undoes all statements, and the connection is fit for the next call."""

    @writes
    def fail(db: Database) -> None:
        add(db, "a")
        raise KeyError("after the insert")

    with pytest.raises(KeyError):
        fail(db)
    with pytest.raises(Exception, match=r"(?i)unique") as caught:
        add(db, "b", "b")
    assert translate(caught.value).error_code == "BAD_REQUEST"  # type: ignore[union-attr]
    assert names(db) == []
    add(db, "c")
    assert names(db) == ["c"]


def test_the_outermost_call_decides(db: Database) -> None:
    """Nested store calls are part of the caller's transaction, and see what it wrote."""

    @writes
    def outer(db: Database) -> list[str]:
        add(db, "a")
        assert db.writing
        seen = names(db)
        add(db, "b")
        return seen

    assert outer(db) == ["a"]
    assert names(db) == ["a", "b"]
    assert not db.writing


def test_a_reader_can_not_write(db: Database) -> None:
    """A @writes function below a @reads one would be undone in silence: it is refused loudly."""

    @reads
    def reader(db: Database) -> None:
        add(db, "a")

    with pytest.raises(RuntimeError, match="add writes"):
        reader(db)
    assert names(db) == []


def test_a_read_sees_no_half_of_a_write(db: Database) -> None:
    """Readers go on while a write is under way, and see nothing of it before it is kept."""
    inside, go_on = threading.Event(), threading.Event()

    @writes
    def slow(db: Database) -> None:
        add(db, "a")
        inside.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(slow, db)
        assert inside.wait(10)
        assert names(db) == []
        go_on.set()
        writing.result()
    assert names(db) == ["a"]


def test_many_writers_of_one_row(db: Database) -> None:
    """Writers of the same row wait for each other: no update is lost, none fails."""
    add(db, "n")

    @writes
    def count(db: Database) -> None:
        db.execute("UPDATE experiments SET creation_time = creation_time + 1 WHERE name = 'n'")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(count, db) for _ in range(80)]:
            done.result()
        list(pool.map(lambda _: db.close(), range(8)))
    assert db.read(lambda: db.row("SELECT creation_time FROM experiments")) == (80,)


def test_statements_are_counted_and_models_run(db: Database) -> None:
    """The count that tests of the stores rely on includes queries made with peewee."""
    before = db.statement_count
    add(db, "a", "b")
    db.write(lambda: db.run(Experiment.update(name="c").where(Experiment.name == "b")))
    assert names(db) == ["a", "c"]
    assert db.statement_count - before == 4


def test_a_percent_mark_and_lists_are_parameters(db: Database) -> None:
    """Both databases take `?`, leave `%` alone, and have an "is one of"."""
    add(db, "50%", "60%")
    query = f"SELECT name FROM experiments WHERE name LIKE '%0\\%' ESCAPE '\\' AND {db.any_of('name')}"
    found = db.read(lambda: db.rows(query, [db.array(["50%", "x"])]))
    assert found == [("50%",)]


# -- SQLite ---------------------------------------------------------------------------------------------


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    database = connect(f"sqlite:///{tmp_path}/a.db")
    migrate.prepare(database)
    yield database
    database.close()


@pytest.mark.parametrize(("option", "number"), [("full", 2), ("normal", 1)])
def test_sqlite_pragmas(tmp_path: Path, option: str, number: int) -> None:
    """Write-ahead log, checked foreign keys, and the durability that was asked for."""
    db = connect(f"sqlite:///{tmp_path}/a.db", synchronous=option)
    pragmas = {"journal_mode": "wal", "synchronous": number, "foreign_keys": 1}
    assert {name: db.read(lambda name=name: db.row(f"PRAGMA {name}")[0]) for name in pragmas} == pragmas
    db.close()


def test_sqlite_waits_for_another_process(sqlite: Database) -> None:
    """A lock held by someone else delays a write, it does not fail it; reads do not wait at all."""
    other = sqlite3.connect(sqlite.path, isolation_level=None, check_same_thread=False)  # type: ignore[attr-defined]
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    assert names(sqlite) == []
    started = time.monotonic()
    add(sqlite, "a")
    assert time.monotonic() - started > 0.2
    assert names(sqlite) == ["a"]
    other.close()


_OTHER_PROCESS = """
import sys
from mlflowlite.db import connect
db = connect(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(60):
    name = f"other {number}"
    db.write(lambda: db.execute("INSERT INTO schema_notes (name) VALUES (?)", (name,)))
"""


def test_processes_take_turns_at_writing(sqlite: Database) -> None:
    """Of two processes that both have writers waiting, none writes again and again before the other."""
    sqlite.write(lambda: sqlite.execute("CREATE TABLE schema_notes (id INTEGER PRIMARY KEY, name TEXT)"))
    command = [sys.executable, "-c", _OTHER_PROCESS, sqlite.uri]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    other = subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}, text=True, **pipes)  # type: ignore[call-overload]
    assert other.stdout.readline() == "ready\n"
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            sqlite.write(lambda: sqlite.execute("INSERT INTO schema_notes (name) VALUES ('ours')"))

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write) for _ in range(4)]
        other.communicate("go\n", timeout=60)
        stop.set()
    assert [future.result() for future in running] == [None] * 4
    rows = sqlite.read(lambda: sqlite.rows("SELECT name FROM schema_notes ORDER BY id"))
    order = "".join(row[0][1] for row in rows)  # t: the other's, u: ours
    while_both_wrote = order[order.index("t") : order.rindex("t") + 1]
    assert while_both_wrote.count("t") == 60
    assert while_both_wrote.count("tu") >= 30, while_both_wrote


def test_writers_need_no_queue(sqlite: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Where the file of the queue can't be had, it is said once, and writes go on."""
    sqlite._turns = Turns(Path("/nowhere/queue"))  # type: ignore[attr-defined]
    add(sqlite, "a")
    add(sqlite, "b")
    assert sorted(names(sqlite)) == ["a", "b"]
    assert caplog.text.count("take turns") == 1


def test_sqlite_gets_over_a_failed_begin(sqlite: Database) -> None:
    """A transaction that can't begin leaves thread and connection ready for the next call."""
    for call in (lambda: names(sqlite), lambda: add(sqlite, "a")):
        connection = sqlite.read(lambda: sqlite.peewee.connection())
        connection.execute("BEGIN")
        with pytest.raises(sqlite3.OperationalError):
            call()
    add(sqlite, "a")
    assert names(sqlite) == ["a"]


def test_sqlite_keeps_as_many_connections_as_it_needs(sqlite: Database) -> None:
    """One transaction after the other, whichever thread runs it, takes one connection; nested ones none."""
    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            pool.submit(lambda name=f"n{number}": add(sqlite, name)).result()
    seen = {sqlite.read(lambda: id(sqlite.peewee.connection())) for _ in range(5)}
    assert len(seen) == 1
    barrier = threading.Barrier(12)

    def together() -> int:
        def work() -> int:
            barrier.wait(10)
            return id(sqlite.peewee.connection())

        return sqlite.read(work)

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(lambda _: together(), range(12)))) == 12
    assert len(sqlite._idle) == MAX_IDLE  # type: ignore[attr-defined]


# -- PostgreSQL -----------------------------------------------------------------------------------------


@pytest.fixture
def postgres(postgres_uri: str) -> Iterator[Database]:
    """A PostgreSQL database with a pool of two."""
    database = connect(postgres_uri, pool_size=2)
    yield database
    database.close()


def kill_connections(uri: str) -> None:
    """What a restart of the database does to its clients."""
    with psycopg.connect(uri, autocommit=True, application_name="killer") as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'mlflowlite'"
        )


def test_postgres_does_a_deadlock_again(postgres: Database) -> None:
    """Of two transactions that wait for each other one is undone, and done again: both succeed."""
    add(postgres, "a", "b")
    meet = threading.Barrier(2)
    tries = []

    @writes
    def both(db: Database, first: str, second: str) -> None:
        tries.append(first)
        db.execute("UPDATE experiments SET creation_time = creation_time + 1 WHERE name = ?", [first])
        if len(tries) <= 2:
            meet.wait(10)
        db.execute("UPDATE experiments SET creation_time = creation_time + 1 WHERE name = ?", [second])

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(both, postgres, "a", "b"), pool.submit(both, postgres, "b", "a")]:
            done.result()
    assert postgres.read(lambda: postgres.rows("SELECT creation_time FROM experiments")) == [(2,), (2,)]
    assert len(tries) == 3


def test_postgres_gives_up_on_endless_conflicts(postgres: Database) -> None:
    """After a few attempts a conflict is the client's to retry: 503."""

    @writes
    def conflict(db: Database) -> None:
        raise psycopg.errors.SerializationFailure("again")

    with pytest.raises(psycopg.errors.SerializationFailure) as caught:
        conflict(postgres)
    assert translate(caught.value).http_status == 503  # type: ignore[union-attr]
    assert names(postgres) == []


def test_postgres_waits_for_a_free_connection(postgres: Database) -> None:
    """More threads than connections take turns; none fails."""

    @reads
    def slow(db: Database, number: int) -> Any:
        return db.row("SELECT ?::int, pg_sleep(0.05), pg_backend_pid()", [number])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: slow(postgres, number), range(12)))
    assert [row[0] for row in found] == list(range(12))
    assert len({row[2] for row in found}) <= 2


def test_postgres_replaces_dead_idle_connections(postgres: Database, postgres_uri: str) -> None:
    """After a restart of the database the next read and the next write succeed, as if nothing had been."""

    def both(_: int) -> None:
        names(postgres)
        time.sleep(0.05)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(both, range(4)))
    kill_connections(postgres_uri)
    assert names(postgres) == []
    kill_connections(postgres_uri)
    add(postgres, "a")
    assert names(postgres) == ["a"]


def test_postgres_repeats_a_read_whose_connection_dies(postgres: Database, postgres_uri: str) -> None:
    """A read that is cut off half-way is done again."""
    tries = []

    @reads
    def cut_off(db: Database) -> Any:
        tries.append(1)
        if len(tries) == 1:
            threading.Timer(0.2, kill_connections, [postgres_uri]).start()
            db.row("SELECT pg_sleep(10)")
        return db.row("SELECT 1")

    assert cut_off(postgres) == (1,)
    assert len(tries) == 2


def test_postgres_repeats_a_write_whose_connection_dies(postgres: Database, postgres_uri: str) -> None:
    """A write that is cut off before its commit is done again, once."""
    tries = []

    @writes
    def cut_off(db: Database) -> None:
        tries.append(1)
        add(db, "a")
        if len(tries) == 1:
            kill_connections(postgres_uri)
        db.row("SELECT 1")

    cut_off(postgres)
    assert names(postgres) == ["a"]
    assert len(tries) == 2


def test_postgres_does_not_repeat_a_commit(postgres: Database, postgres_uri: str) -> None:
    """When the connection dies in the commit nobody knows what was kept: 503, not a second try."""
    tries = []

    @writes
    def cut_off(db: Database) -> None:
        tries.append(1)
        add(db, "a")
        kill_connections(postgres_uri)

    with pytest.raises(psycopg.OperationalError) as caught:
        cut_off(postgres)
    assert translate(caught.value).http_status == 503  # type: ignore[union-attr]
    assert len(tries) == 1
    assert names(postgres) == []
    add(postgres, "b")


def test_a_text_too_long_for_an_index_is_the_clients_error(postgres: Database) -> None:
    """PostgreSQL's limit on indexed texts is a 400, not a 503 that clients would repeat for minutes."""
    from random import Random

    text = Random(1).randbytes(9000).hex()
    with pytest.raises(Exception, match="index row") as caught:
        add(postgres, text)
    assert translate(caught.value).http_status == 400  # type: ignore[union-attr]
