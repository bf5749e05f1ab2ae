"""Servers as real processes: start, stop, crash, sharing a database, bytes on the socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server_process import Server, post
from tests.support import API

Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers in the test's folder, and ends those that are left."""
    running: list[Server] = []

    def starter(*arguments: str) -> Server:
        running.append(Server(tmp_path, *arguments))
        return running[-1]

    yield starter
    for server in running:
        server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave it as it was."""
    running = Server(tmp_path_factory.mktemp("server"), "--workers", "1")
    yield running
    running.kill()


def raw(server: Server, request: bytes) -> bytes:
    """What comes back for the bytes of a request, until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """All that the server sends until it closes the connection."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def test_start_and_stop(start: Start, tmp_path: Path) -> None:
    """The first probe after the start succeeds; SIGTERM ends it with code 0 and leaves no lock behind."""
    server = start()
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", "/health")
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (200, b"OK")
    said = server.output()
    assert f"export MLFLOW_TRACKING_URI=http://localhost:{server.port}\n" in said
    assert "(2 workers, 32 threads each)" in said
    assert server.stop() == 0
    assert "Traceback" not in server.output()
    assert sqlite3.connect(tmp_path / "mlflowlite.db").execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_the_banner_shows_what_gunicorn_was_told(start: Start) -> None:
    """Options for gunicorn change what is said at start, too."""
    server = start("--gunicorn-opts", "--workers 1 --threads 3")
    assert "(1 workers, 3 threads each)" in server.output()


def test_nothing_that_was_acknowledged_is_lost_in_a_crash(start: Start) -> None:
    """kill -9 of all processes right after an answer: the write is there after the next start."""
    server = start("--workers", "1")
    names = []
    with contextlib.closing(server.connect()) as connection:
        for number in range(25):
            assert post(connection, "experiments/create", name=f"e{number}")[0] == 200
            names.append(f"e{number}")
    server.kill()
    again = start("--workers", "1")
    status, found = again.post("experiments/search", max_results=1000)
    assert status == 200
    assert sorted(entry["name"] for entry in found["experiments"]) == sorted([*names, "Default"])


def test_two_servers_may_share_a_sqlite_file(start: Start) -> None:
    """Both write at once, in several threads each: no error, nothing lost, nothing doubled."""
    servers = [start("--workers", "2"), start("--workers", "2")]
    assert servers[0].post("experiments/create", name="shared")[0] == 200
    run_id = servers[1].post("runs/create", experiment_id="1")[1]["run"]["info"]["run_id"]

    def write(writer: int) -> list[int]:
        with contextlib.closing(servers[writer % 2].connect()) as connection:
            return [
                post(
                    connection,
                    "runs/log-metric",
                    run_id=run_id,
                    key=f"m{writer}",
                    value=step,
                    timestamp=1,
                    step=step,
                )[0]
                for step in range(25)
            ]

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for found in pool.map(write, range(8)) for status in found]
    assert statuses == [200] * 200
    with contextlib.closing(sqlite3.connect(servers[0].folder / "mlflowlite.db")) as database:
        assert database.execute("SELECT count(*) FROM metrics").fetchone() == (200,)


def test_a_request_in_flight_is_finished(start: Start) -> None:
    """A server that is told to stop answers what it has begun to read."""
    server = start("--workers", "1")
    body = json.dumps({"name": "in flight"}).encode()
    head = (
        f"POST {API}experiments/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head + body[:5])
        time.sleep(0.3)  # the worker waits for the rest
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[5:])
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert server.process.wait(20) == 0


def test_small_answers_are_not_held_back(server: Server) -> None:
    """No answer waits for the client's acknowledgement of its head (40 ms) on a kept connection."""
    times = []
    with contextlib.closing(server.connect()) as connection:
        connection.connect()
        # The kernel delays acknowledgements only while this is off, as it is in a client that reads slowly.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        for _ in range(30):
            started = time.perf_counter()
            connection.request("GET", API + "experiments/get?experiment_id=0")
            connection.getresponse().read()
            times.append(time.perf_counter() - started)
    assert statistics.median(times) < 0.03


def chunked(verb: str, path: str, *pieces: bytes) -> bytes:
    """A request whose body comes in chunks, without a Content-Length."""
    head = (
        f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def test_a_chunked_body_is_read(server: Server) -> None:
    """A body without a Content-Length counts like any other."""
    tag = [b'{"experiment_id": "0", "key"', b': "chunked", "value": "yes"}']
    answer = raw(server, chunked("POST", API + "experiments/set-experiment-tag", *tag) + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    answer = raw(
        server,
        chunked(
            "POST",
            API + "experiments/search",
            b'{"max_results": 5, "filter": "tags',
            b".chunked = 'yes'\"}",
            b"",
        ),
    )
    assert b'"name":"Default"' in answer


@pytest.mark.parametrize("rest", [b"zz\r\nnonsense\r\n", b"5\r\nabc"])
def test_a_broken_chunk_is_the_clients_error(server: Server, rest: bytes) -> None:
    """Bad framing is a 400 and not a fault of the server."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(chunked("POST", API + "experiments/create", b'{"name"') + rest)
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"can't be read" in answer


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET //api/2.0/mlflow/experiments/get?experiment_id=0", "Host: localhost", 200),
        ("GET /api/2.0/mlflow//experiments/get?experiment_id=0", "Host: localhost", 404),
        ("GET /api/2.0/mlflow/experiments/get?experiment_id=0", "Host: evil.example", 403),
        ("GET /api/2.0/mlflow/experiments/get?experiment_id=0", "X: y", 403),
        ("GET /health", "X: y", 200),
        ("GET /api/2.0/mlflow/experiments/get?experiment_id=0&x=" + "y" * 8000, "Host: localhost", 200),
        ("GET /api/2.0/mlflow/%FF%00", "Host: localhost", 404),
        ("GET /api/2.0/mlflow/logged-models/%00", "Host: localhost", 400),
        ("GET /api/2.0/mlflow/logged-models/%FF", "Host: localhost", 404),
        ("HEAD /api/2.0/mlflow/experiments/get?experiment_id=0", "Host: localhost", 200),
    ],
)
def test_bytes_that_no_client_library_sends(
    server: Server, request_line: str, headers: str, status: int
) -> None:
    """Odd paths, hosts and lengths get their proper answer through the real server."""
    answer = raw(server, f"{request_line} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]


def test_a_kept_connection_survives_errors(server: Server) -> None:
    """Errors, refusals with an unread body and unknown paths leave a connection in order."""
    big = json.dumps({"x": "y" * 20_000, "max_results": 1}).encode()
    headers = {"Content-Type": "application/json"}
    with contextlib.closing(server.connect()) as connection:
        for path, more, status in (
            (API + "experiments/create", {}, 400),
            (API + "experiments/create", {"Origin": "https://evil.example"}, 403),
            (API + "nope", {}, 404),
            (API + "experiments/get", {}, 405),
            (API + "experiments/search", {}, 200),
        ):
            connection.request("POST", path, big, headers | more)
            reply = connection.getresponse()
            reply.read()
            assert reply.status == status


def test_no_file_is_written_outside_the_servers_folder(start: Start, tmp_path: Path) -> None:
    """Nothing but the database and the artifacts, here or in the user's home."""
    server = start("--workers", "1")
    found = {path.name for path in tmp_path.iterdir() if not path.name.startswith("log-")}
    database = {f"mlflowlite.db{end}" for end in ("", "-wal", "-shm", "-queue")}
    assert found <= database | {"mlartifacts"}
    assert server.stop() == 0


def test_a_worker_that_dies_is_replaced(server: Server) -> None:
    """The main process starts another worker; clients that try again are served."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            assert server.post("experiments/search", max_results=1)[0] == 200
            return
        time.sleep(0.05)
    raise AssertionError(server.output())


def test_idle_connections_do_not_keep_others_waiting(server: Server) -> None:
    """More kept connections than threads: a request on another one is answered at once."""
    kept = [server.connect() for _ in range(20)]
    for connection in kept:
        assert post(connection, "experiments/search", max_results=1)[0] == 200
    started = time.monotonic()
    assert server.post("experiments/search", max_results=1)[0] == 200
    assert time.monotonic() - started < 2
    for connection in kept:
        connection.close()
