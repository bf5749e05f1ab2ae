"""Big files through the artifact proxy: seconds, CPU and memory beside `cp` and a bare WSGI handler.

    python bench/transfer.py                          # 512 MiB, three rounds
    python bench/transfer.py --mib 2048 --rounds 1    # does memory stay where it is?
    python bench/transfer.py --command 'mlflow=... --port {port} --artifacts-destination {dir}/a'

Servers take turns, each writing and reading the same file; answers are compared byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import procfs
from servers import Server, ServerSpec

MIB = 2**20
PATH = "/api/2.0/mlflow-artifacts/artifacts/transfer/big.bin"
DEFAULT = {
    "mlflowlite": f"{sys.executable} -m mlflowlite server --port {{port}} --workers 1 "
    "--backend-store-uri {database} --artifacts-destination {dir}/artifacts",
    "bare": f"{sys.executable} -m gunicorn --chdir {Path(__file__).parent} --env BARE_FOLDER={{dir}} "
    "--worker-class gthread --threads 8 --workers 1 --bind 127.0.0.1:{port} bare:app",
}


@dataclass
class Figures:
    """What was measured of one server, one entry a round; seconds, seconds of CPU, MiB above idle."""

    put: list[float] = field(default_factory=list)
    get: list[float] = field(default_factory=list)
    put_cpu: list[float] = field(default_factory=list)
    get_cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)


class Watch(threading.Thread):
    """Looks at a server's memory again and again, and remembers the most."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self._done = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.02):
            self.most = max(self.most, procfs.pss_mib(self.pid))

    def stop(self) -> float:
        self._done.set()
        self.join()
        return self.most


def send(port: int, source: Path) -> None:
    """PUT the file."""
    with socket.create_connection(("127.0.0.1", port)) as connection, source.open("rb") as file:
        head = f"PUT {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {source.stat().st_size}\r\n\r\n"
        connection.sendall(head.encode())
        connection.sendfile(file)
        answer = connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"PUT was answered: {answer[:200]!r}")


def fetch(port: int, size: int, target: Path | None) -> None:
    """GET the file, into `target` or away."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"GET was answered: {head[:200]!r}")
        body = head.partition(b"\r\n\r\n")[2]
        file = target.open("wb") if target else None
        got, buffer = len(body), bytearray(MIB)
        if file:
            file.write(body)
        while got < size:
            count = connection.recv_into(buffer)
            if not count:
                raise SystemExit(f"the answer ends after {got} of {size} bytes")
            got += count
            if file:
                file.write(memoryview(buffer)[:count])
        if file:
            file.close()


def turn(server: Server, source: Path, figures: Figures) -> None:
    """One round of one server."""
    idle = procfs.pss_mib(server.pid)
    watch = Watch(server.pid)
    watch.start()
    for seconds, cpu, work in (
        (figures.put, figures.put_cpu, lambda: send(server.port, source)),
        (figures.get, figures.get_cpu, lambda: fetch(server.port, source.stat().st_size, None)),
    ):
        before, began = server.cpu_seconds(), time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
        cpu.append(server.cpu_seconds() - before)
    figures.peak.append(watch.stop() - idle)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest() if sys.version_info >= (3, 11) else ""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mib", type=int, default=512, help="size of the file (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server (default: %(default)s)")
    parser.add_argument("--command", action="append", default=[], metavar="NAME=COMMAND")
    given = parser.parse_args()
    commands = DEFAULT | dict(text.split("=", 1) for text in given.command)
    folder = Path(tempfile.mkdtemp(prefix="bench-transfer-"))
    servers: list[Server] = []
    try:
        source = folder / "source.bin"
        with source.open("wb") as file, open("/dev/urandom", "rb") as noise:
            for _ in range(given.mib):
                file.write(noise.read(MIB))
        for name, command in commands.items():
            servers.append(Server(ServerSpec(name, command)))
            servers[-1].start()
        rows = {server.name: Figures() for server in servers}
        copies = []
        for _ in range(given.rounds):
            began = time.perf_counter()
            shutil.copyfile(source, folder / "copy.bin")
            copies.append(time.perf_counter() - began)
            for server in servers:
                turn(server, source, rows[server.name])
        for server in servers:
            fetch(server.port, source.stat().st_size, folder / "back.bin")
            if digest(folder / "back.bin") != digest(source):
                raise SystemExit(f"{server.name} sent other bytes than it was given")
        report(given.mib, copies, rows)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder)


def report(mib: int, copies: list[float], rows: dict[str, Figures]) -> None:
    """The medians as a Markdown table."""
    print(f"{mib} MiB; copying the file on the same disk: {statistics.median(copies):.2f} s\n")
    print("| | PUT s | CPU s | GET s | CPU s | memory above idle, most, MiB |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, figures in rows.items():
        columns = (figures.put, figures.put_cpu, figures.get, figures.get_cpu)
        cells = " | ".join(f"{statistics.median(values):.2f}" for values in columns)
        print(f"| {name} | {cells} | {max(figures.peak):.0f} |")


if __name__ == "__main__":
    main()
