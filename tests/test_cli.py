"""The command line as processes: what fails says so in one sentence, with exit code 2."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gunicorn.sock import TCPSocket

from mlflowlite import __version__
from mlflowlite.db import connect, migrate
from mlflowlite.errors import StartupError
from mlflowlite.server import check_addresses, configure
from mlflowlite.settings import Settings, options

ROOT = Path(__file__).parent.parent


def run(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder; no option comes from outside."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    return subprocess.run(
        [sys.executable, "-m", "mlflowlite", *arguments],
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_version_and_help(tmp_path: Path) -> None:
    """Both answer, and leave no file behind; the help of `server` names every option and variable."""
    assert run(tmp_path, "--version").stdout == f"mlflowlite, version {__version__}\n"
    assert "server" in run(tmp_path, "--help").stdout
    assert "upgrade" in run(tmp_path, "db", "--help").stdout
    text = "".join(run(tmp_path, "server", "--help").stdout.split())  # lines are broken inside long names
    for option in options():
        assert option.flag in text
        assert option.env in text
    assert list(tmp_path.iterdir()) == []


def _text_file(folder: Path) -> None:
    (folder / "a.db").write_text("this is no database\n" * 100)


def _mlflow_database(folder: Path) -> None:
    with sqlite3.connect(folder / "a.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    connection.close()


def _newer_database(folder: Path) -> None:
    database = connect(f"sqlite:///{folder}/a.db")
    migrate.prepare(database)
    database.write(lambda: database.execute("UPDATE schema_version SET version = 99"))
    database.close()


def _folder_instead(folder: Path) -> None:
    (folder / "a.db").mkdir()


def _file_instead_of_folder(folder: Path) -> None:
    (folder / "file").write_text("")


A_DB = ["--backend-store-uri", "sqlite:///a.db"]
POSTGRES = "postgresql://someone:secret@127.0.0.1:1/x"


@pytest.mark.parametrize(
    ("make", "arguments", "sentence"),
    [
        (None, ["--port", "99999"], "'--port' (env var: 'MLFLOW_PORT'): 99999 is not in the range"),
        (None, ["--workers", "none"], "'none' is not a valid integer"),
        (None, ["--nonsense"], "No such option"),
        (None, ["--sqlite-synchronous", "off"], "'off' is not one of 'full', 'normal'"),
        (None, ["--artifacts-only", "--no-serve-artifacts"], "leave nothing to serve"),
        (None, ["--static-prefix", "x"], "--static-prefix must begin with a '/', got 'x'."),
        (None, ["--registry-store-uri", "sqlite:///b.db"], "one database holds both: leave the option out"),
        (None, ["--backend-store-uri", "mysql://u:secret@h/d"], "'mysql' is not supported: give sqlite:///"),
        (None, ["--backend-store-uri", POSTGRES], "The PostgreSQL database 127.0.0.1/x"),
        (None, ["--artifacts-destination", "foo://x"], "Artifacts can't be stored at 'foo://x'"),
        (_text_file, A_DB, "a.db (synchronous=full) can't be used: file is not a database"),
        (_folder_instead, A_DB, "a.db (synchronous=full) can't be used: unable to open database file"),
        (_mlflow_database, A_DB, "belongs to an MLflow server"),
        (_newer_database, A_DB, "has schema version 99, made by a newer release"),
        (_file_instead_of_folder, ["--backend-store-uri", "sqlite:///file/a.db"], "can't be made: "),
        (_file_instead_of_folder, ["--artifacts-destination", "file/artifacts"], "can't be written to"),
        (None, ["--gunicorn-opts", "--nonsense"], "--gunicorn-opts: unrecognized arguments: --nonsense"),
        (
            None,
            ["--gunicorn-opts", "--worker-class nonsense"],
            "--gunicorn-opts: class uri 'nonsense' invalid",
        ),
        (None, ["--host", "256.0.0.1"], "can't listen on 256.0.0.1, port 5000"),
    ],
)
def test_a_server_that_can_not_start_says_why(
    tmp_path: Path, make: Callable[[Path], None] | None, arguments: list[str], sentence: str
) -> None:
    """One sentence on stderr, exit code 2, no traceback, no password."""
    if make is not None:
        make(tmp_path)
    ended = run(tmp_path, "server", *(["--port", "0"] if "--host" not in arguments else []), *arguments)
    assert ended.returncode == 2, ended.stderr
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr
    assert ended.stderr.strip().splitlines()[-1].startswith("Error: ")
    assert ended.stdout == ""


def test_a_port_in_use_is_said_at_once(tmp_path: Path) -> None:
    """The server does not try for seconds, and touches nothing before it has its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(tmp_path, "server", MLFLOW_PORT=str(port))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"Error: Port {port} on 127.0.0.1 is in use: stop the program that has it, or give another --port.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_variables_are_checked_like_flags(tmp_path: Path) -> None:
    """A wrong value in the environment is named with its variable."""
    ended = run(tmp_path, "server", MLFLOW_SERVE_ARTIFACTS="perhaps")
    assert ended.returncode == 2
    assert "MLFLOW_SERVE_ARTIFACTS" in ended.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"x', "No closing quotation"),
        ("app:app", "options only"),
        ("--config x.py", "a configuration file is not read"),
        ("--workers x", "invalid int value: 'x'"),
        ("--workers -1", "Value must be positive: -1"),
        ("--bind a:b", "'b' is not a valid port number"),
    ],
)
def test_wrong_gunicorn_options(text: str, sentence: str) -> None:
    """Whatever gunicorn does not take is one sentence that names our option."""
    with pytest.raises(StartupError, match=sentence) as caught:
        configure(Settings(gunicorn_opts=text))
    assert str(caught.value).startswith("--gunicorn-opts: ")
    assert "\n" not in str(caught.value)


def test_gunicorn_options_come_last() -> None:
    """`--gunicorn-opts` wins over our own settings."""
    config = configure(Settings(host="::1", workers=3, gunicorn_opts="--workers 5 --timeout 180"))
    assert (config.workers, config.timeout, config.threads) == (5, 180, 32)
    assert config.address == [("::1", 5000)]


def test_a_port_shared_on_purpose_is_no_error() -> None:
    """With --reuse-port two servers may listen side by side."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        check_addresses(configure(Settings(port=port, gunicorn_opts="--reuse-port")))
        with pytest.raises(StartupError, match="is in use"):
            check_addresses(configure(Settings(port=port)))


def test_answers_are_sent_at_once() -> None:
    """The listening socket, whose options its connections inherit, has TCP_NODELAY."""
    listener = TCPSocket(("127.0.0.1", 0), configure(Settings()), None)
    assert listener.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    listener.close()


def test_database_commands(tmp_path: Path) -> None:
    """`db upgrade` makes or updates the schema, `db version` shows both versions."""
    newest = migrate.newest_version()
    assert run(tmp_path, "db", "version", *A_DB).stdout == f"database: 0\nthis release: {newest}\n"
    first = run(tmp_path, "db", "upgrade", *A_DB).stdout.splitlines()
    assert first[0] == "applied 0001_initial.sql"
    assert first[-1].endswith(f"has schema version {newest}.")
    again = run(tmp_path, "db", "upgrade", MLFLOW_BACKEND_STORE_URI="sqlite:///a.db")
    assert (again.returncode, again.stdout) == (0, first[-1] + "\n")
    assert run(tmp_path, "db", "version", *A_DB).stdout == f"database: {newest}\nthis release: {newest}\n"


@pytest.mark.parametrize("command", ["upgrade", "version"])
@pytest.mark.parametrize(
    ("make", "uri", "sentence"),
    [
        (_text_file, "sqlite:///a.db", "file is not a database"),
        (_mlflow_database, "sqlite:///a.db", "belongs to an MLflow server"),
        (None, POSTGRES, "can't be used: "),
        (None, "nonsense", "is not supported"),
    ],
)
def test_database_commands_that_fail(
    tmp_path: Path, command: str, make: Callable[[Path], None] | None, uri: str, sentence: str
) -> None:
    """They fail as the server does."""
    if make is not None:
        make(tmp_path)
    ended = run(tmp_path, "db", command, "--backend-store-uri", uri)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "secret" not in ended.stderr
