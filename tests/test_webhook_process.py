"""Webhooks of real server processes: crashes, restarts, several workers, the end of a process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from mlflowlite.server import configure
from mlflowlite.settings import Settings
from tests.receiver import SECONDS, Handler, Receiver, hang, receiving
from tests.server_process import Server, post
from tests.webhook_support import EVENTS, until

OPEN = ("--webhook-allow-private-ips", "--webhook-allowed-schemes", "http,https")
Start = Callable[..., Server]


@pytest.fixture
def start(database_uri: str, tmp_path: Path) -> Iterator[Start]:
    """Starts servers that may call this machine, all on one database."""
    running: list[Server] = []

    def starter(*arguments: str) -> Server:
        running.append(Server(tmp_path, "--backend-store-uri", database_uri, *OPEN, *arguments))
        return running[-1]

    yield starter
    for server in running:
        server.kill()


def hook(server: Server, url: str, **fields: Any) -> str:
    status, body = server.post("webhooks", name="hook", url=url, events=EVENTS, **fields)
    assert status == 200, body
    return str(body["webhook"]["webhook_id"])


def model(server: Server, name: str) -> None:
    assert server.post("registered-models/create", name=name)[0] == 200


def log_of(server: Server, webhook: str, status: str) -> list[dict[str, Any]]:
    """The deliveries of a webhook that got so far."""
    path = f"/api/2.0/mlflowlite/webhooks/{webhook}/deliveries?max_results=1000&status={status}"
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", path)
        body: dict[str, Any] = json.loads(connection.getresponse().read())
    assert "error_code" not in body, body
    found: list[dict[str, Any]] = body.get("deliveries", [])
    return found


def test_killed_before_the_delivery(start: Start) -> None:
    """What a killed process owes is sent by the next one, with id and body of the event."""
    with receiving() as gone:
        port = gone.server_port
        url = gone.url
    server = start("--workers", "1", "--webhook-request-max-retries", "100")
    webhook = hook(server, url)
    model(server, "m")
    [pending] = until(lambda: [d for d in log_of(server, webhook, "PENDING") if d["attempts"]])
    server.kill()
    with receiving(port) as receiver:
        again = start("--workers", "1")
        call = receiver.next()
        assert (call.delivery_id, call.body) == (pending["delivery_id"], pending["payload"])
        [done] = until(lambda: log_of(again, webhook, "DELIVERED"))
        assert done["attempts"] > pending["attempts"]


def test_killed_during_the_delivery(start: Start, receiver: Receiver, database_uri: str) -> None:
    """A call that a killed process had begun is made again when its lease has ended."""
    receiver.answer(hang)
    server = start("--workers", "1")
    webhook = hook(server, receiver.url)
    model(server, "m")
    first = receiver.next()
    server.kill()
    _let_leases_end(database_uri)
    again = start("--workers", "1")
    second = receiver.next()
    assert (second.delivery_id, second.body) == (first.delivery_id, first.body)
    [done] = until(lambda: log_of(again, webhook, "DELIVERED"))
    assert done["attempts"] == 1


def _let_leases_end(database_uri: str) -> None:
    """As if time had passed."""
    sql = "UPDATE webhook_deliveries SET due_timestamp = 1 WHERE due_timestamp IS NOT NULL"
    if database_uri.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(database_uri.removeprefix("sqlite:///"))) as connection:
            connection.execute(sql)
            connection.commit()
        return
    with psycopg.connect(database_uri) as connection:
        connection.execute(sql)


def test_workers_deliver_each_event_once(start: Start, receiver: Receiver) -> None:
    """Two servers of two workers on one database send each of 100 events once."""
    servers = [start("--workers", "2") for _ in range(2)]
    webhook = hook(servers[0], receiver.url)

    def changes(number: int) -> None:
        with contextlib.closing(servers[number % 2].connect()) as connection:
            for change in range(25):
                name = f"m{number}-{change}"
                assert post(connection, "registered-models/create", name=name)[0] == 200

    threads = [threading.Thread(target=changes, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    arrived = Counter(receiver.next().json["data"]["name"] for _ in range(100))
    assert len(arrived) == 100
    until(lambda: len(log_of(servers[1], webhook, "DELIVERED")) == 100)
    assert receiver.calls.empty()
    assert {delivery["attempts"] for delivery in log_of(servers[1], webhook, "DELIVERED")} == {1}


def test_a_hanging_receiver_delays_no_request(start: Start, receiver: Receiver) -> None:
    """Far more changes are answered than calls can be made while no call is: nothing waits for a receiver."""
    receiver.answer(*[hang] * 100)
    server = start("--workers", "1", "--threads", "4", "--webhook-delivery-max-workers", "2")
    webhook = hook(server, receiver.url)
    for number in range(40):
        model(server, f"m{number}")
    assert len(log_of(server, webhook, "PENDING")) == 40
    for _ in range(2):
        receiver.next()
    assert server.post("registered-models/rename", name="m0", new_name="n")[0] == 200
    assert receiver.calls.empty()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_the_end_with_a_running_call(start: Start, receiver: Receiver, number: int) -> None:
    """A process that is asked to end does so while a call waits for its answer."""
    receiver.answer(hang)
    server = start("--workers", "2", "--webhook-request-timeout", "600")
    hook(server, receiver.url)
    model(server, "m")
    receiver.next()
    assert server.stop(number) == 0  # within 20 seconds, the patience of `stop`
    assert "Traceback" not in server.output()
    assert "Fatal" not in server.output()


def test_the_end_waits_for_a_call_that_ends_soon(start: Start, receiver: Receiver, database_uri: str) -> None:
    """A call whose answer comes while the process ends is noted, and not made again."""
    ended = threading.Event()

    def answer_late(handler: Handler) -> None:
        ended.wait(SECONDS)
        handler.send_response(200)
        handler.end_headers()

    receiver.answer(answer_late)
    server = start("--workers", "1")
    webhook = hook(server, receiver.url)
    model(server, "m")
    receiver.next()
    server.process.send_signal(signal.SIGTERM)
    until(lambda: not _accepts(server))
    ended.set()
    assert server.process.wait(SECONDS) == 0
    again = start("--workers", "1")
    [done] = log_of(again, webhook, "DELIVERED")
    assert done["attempts"] == 1


def _accepts(server: Server) -> bool:
    try:
        with contextlib.closing(server.connect()) as connection:
            connection.connect()
            return True
    except OSError:
        return False


def test_a_worker_that_is_killed(start: Start, receiver: Receiver) -> None:
    """The worker in its place delivers, too."""
    server = start("--workers", "1")
    hook(server, receiver.url)
    for round_number in range(2):
        [worker] = _children(server.process.pid)
        model(server, f"m{round_number}")
        assert receiver.next().json["data"]["name"] == f"m{round_number}"
        os.kill(worker, signal.SIGKILL)
        until(lambda: set(_children(server.process.pid)) - {worker})  # noqa: B023 called at once
    model(server, "last")
    assert receiver.next().json["data"]["name"] == "last"


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_secret_over_a_restart(start: Start, receiver: Receiver, tmp_path: Path) -> None:
    """A secret kept with the key file of a SQLite database signs after a restart; it is in no log."""
    server = start("--workers", "2")
    status, body = server.post("webhooks", name="hook", url=receiver.url, events=EVENTS, secret="my secret")
    if status == 400:
        assert "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY" in body["message"]
        return  # PostgreSQL, which takes none without a key
    assert server.stop() == 0
    again = start("--workers", "2")
    model(again, "m")
    call = receiver.next()
    assert call.headers["X-MLflow-Signature"] == call.signature("my secret")
    assert "my secret" not in server.output() + again.output()


def test_idle_servers_make_no_noise(start: Start, receiver: Receiver) -> None:
    """A delivery that goes well leaves nothing in the server's output."""
    server = start("--workers", "1")
    before = server.output()
    webhook = hook(server, receiver.url)
    model(server, "m")
    receiver.next()
    until(lambda: log_of(server, webhook, "DELIVERED"))
    assert server.output() == before


def test_a_worker_opens_nothing_before_the_fork(start: Start) -> None:
    """The main process, from which workers are forked, has one thread."""
    server = start("--workers", "2")
    assert len(os.listdir(f"/proc/{server.process.pid}/task")) == 1


def test_only_a_worker_stops_its_deliveries() -> None:
    """gunicorn announces the end of a worker in its main process, too, from which the next one is forked."""
    stopped: list[float] = []
    context = SimpleNamespace(dispatcher=SimpleNamespace(stop=stopped.append))
    application = SimpleNamespace(config={"mlflowlite": context})
    app = SimpleNamespace(callable=application, wsgi=lambda: application)
    end = configure(Settings()).worker_exit
    end(None, SimpleNamespace(pid=os.getpid() + 1, app=app))
    assert stopped == []
    end(None, SimpleNamespace(pid=os.getpid(), app=app))
    assert len(stopped) == 1
