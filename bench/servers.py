"""Servers as processes: started in a fresh directory, ended with all their children."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import procfs
from rawhttp import HOST, Connection, HttpFailure, build_request
from session import Session, WrongAnswer

REPOSITORY = Path(__file__).resolve().parent.parent
START_SECONDS = 300.0
STOP_SECONDS = 15.0


class ServerFailure(Exception):
    """A server that cannot be started."""


@dataclass(frozen=True)
class ServerSpec:
    """A named server: its command line with {port}, {dir} and {database} left open."""

    name: str
    command: str
    environment: dict[str, str] = field(default_factory=dict)
    database: str = "sqlite:///{dir}/store.db"

    def arguments(self, port: int, directory: Path) -> list[str]:
        database = self.database.replace("{dir}", str(directory)).replace("{server}", self.name)
        values = {"{port}": str(port), "{dir}": str(directory), "{database}": database}
        words = shlex.split(self.command)
        for mark, value in values.items():
            words = [word.replace(mark, value) for word in words]
        if "/" in words[0]:  # a relative path is one below the repository
            words[0] = str(REPOSITORY / words[0])
        return words


def read_specs(path: Path) -> dict[str, ServerSpec]:
    entries = json.loads(path.read_text())["servers"]
    return {
        name: ServerSpec(name, entry["command"], entry.get("environment", {}))
        for name, entry in entries.items()
    }


@dataclass
class Startup:
    health_seconds: float  # process start to the first 200 on /health
    write_seconds: float  # process start to the first write answered
    write_cpu: float  # CPU of the whole tree by then
    settled_cpu: float = 0.0  # CPU of the whole tree once it is quiet


class Server:
    """One running server."""

    def __init__(self, spec: ServerSpec, database_pid: int | None = None) -> None:
        self.spec = spec
        self.name = spec.name
        self.directory = Path(tempfile.mkdtemp(prefix=f"bench-{spec.name}-"))
        self.port = free_port()
        self._database_pid = database_pid
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailure(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> Startup:
        """Start the process and wait for its first answered write."""
        words = self.spec.arguments(self.port, self.directory)
        began = time.perf_counter()
        with (self.directory / "server.log").open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    words, cwd=self.directory, env=self._environment(), stdin=subprocess.DEVNULL,
                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise ServerFailure(f"{self.name}: cannot run {words[0]}: {error.strerror}") from error
        self._wait_for_health(began)
        healthy = time.perf_counter() - began
        self._write_once()
        return Startup(healthy, time.perf_counter() - began, procfs.cpu_seconds([self.pid]))

    def cpu_seconds(self) -> float:
        """CPU used so far, with the database server's when its process was named."""
        roots = [self.pid] if self._database_pid is None else [self.pid, self._database_pid]
        return procfs.cpu_seconds(roots)

    def pss_mib(self) -> float:
        return procfs.pss_mib(self.pid)

    def processes(self) -> int:
        return len(procfs.process_tree(self.pid))

    def store_mib(self) -> dict[str, float]:
        """Size of the database's files; nothing when they are not in the server's directory."""
        suffixes = (".db", ".db-wal", ".db-shm", ".db-journal")
        files = (path for path in self.directory.iterdir() if path.name.endswith(suffixes))
        size = sum(path.stat().st_size for path in files) / 2**20
        return {"store_mib": size} if size else {}

    def wait_until_quiet(self, limit: float = 60.0) -> None:
        """Wait until the tree uses less than 5 % of a core for a second."""
        deadline = time.monotonic() + limit
        before = procfs.cpu_seconds([self.pid])
        while time.monotonic() < deadline:
            time.sleep(1.0)
            now = procfs.cpu_seconds([self.pid])
            if now - before < 0.05:
                return
            before = now

    def stop(self, keep: bool = False) -> None:
        """End every process of the server, then remove its directory."""
        if self._process is not None:
            _end(self._process, procfs.process_tree(self._process.pid))
            self._process = None
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)

    def log_tail(self, lines: int = 15) -> str:
        text = (self.directory / "server.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _environment(self) -> dict[str, str]:
        """The caller's environment without what would change a server's behaviour."""
        dropped = ("MLFLOW", "GUNICORN", "UVICORN", "WEB_CONCURRENCY", "PYTHON", "VIRTUAL_ENV")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
        return {**kept, **self.spec.environment}

    def _write_once(self) -> None:
        session = Session(self.port)
        try:
            session.post("experiments/create", {"name": "first write"})
        except (HttpFailure, WrongAnswer) as error:
            raise ServerFailure(f"{self.name}, first write: {error}") from error
        finally:
            session.close()

    def _wait_for_health(self, began: float) -> None:
        request = build_request("GET", "/health", self.port)
        while time.perf_counter() - began < START_SECONDS:
            if self._process is not None and self._process.poll() is not None:
                raise ServerFailure(f"{self.name} ended with {self._process.returncode}:\n{self.log_tail()}")
            connection = Connection(self.port, timeout=5.0)
            with contextlib.suppress(HttpFailure), contextlib.closing(connection):
                if connection.exchange(request).status == 200:
                    return
            time.sleep(0.01)
        raise ServerFailure(f"{self.name} does not answer /health:\n{self.log_tail()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends, so that none is lost or left behind."""
    set_child_subreaper = 36
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _end(process: subprocess.Popen[bytes], members: list[procfs.Process]) -> None:
    """Ask the group to end, then make whatever remains end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    everyone = {entry.pid: entry for entry in [*members, *procfs.process_tree(process.pid)]}
    remaining = [entry for entry in everyone.values() if _lives(entry)]
    for entry in remaining:
        with contextlib.suppress(ProcessLookupError):
            os.kill(entry.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + STOP_SECONDS
    while any(_lives(entry) for entry in remaining) and time.monotonic() < deadline:
        for entry in remaining:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(entry.pid, os.WNOHANG)
        time.sleep(0.01)


def _lives(process: procfs.Process) -> bool:
    """Whether it is still there, and not another process that got its number since."""
    entry = procfs.read_process(process.pid)
    return entry is not None and entry.started == process.started
