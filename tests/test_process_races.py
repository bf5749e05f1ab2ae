"""Fifty clients at once on two server processes of two workers each, which share one database."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest

from tests.server_process import Server, post
from tests.support import API

T = TypeVar("T")
CLIENTS = 50
TAKEN = (400, "RESOURCE_ALREADY_EXISTS")
REFUSED = (400, "INVALID_PARAMETER_VALUE")


@pytest.fixture
def servers(database_uri: str, tmp_path: Path) -> Iterator[list[Server]]:
    """Two servers on one database."""
    running: list[Server] = []
    try:
        running.extend(
            Server(tmp_path, "--backend-store-uri", database_uri, "--workers", "2") for _ in range(2)
        )
        yield running
    finally:
        for server in running:
            server.kill()


def at_once(servers: list[Server], work: Callable[[Any, int], T]) -> list[T]:
    """What `work(connection, number)` returned to each of the clients, who all began together."""
    start = Barrier(CLIENTS)

    def one(number: int) -> T:
        with contextlib.closing(servers[number % 2].connect()) as connection:
            connection.connect()
            start.wait(30)
            return work(connection, number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


def outcomes(replies: list[tuple[int, Any]]) -> Counter[tuple[int, str | None]]:
    """How often each status and error_code came."""
    return Counter((status, body.get("error_code")) for status, body in replies)


def get(server: Server, path: str) -> Any:
    """The JSON body of a GET."""
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", API + path)
        return json.loads(connection.getresponse().read())


def new_run(server: Server) -> str:
    status, body = server.post("runs/create", experiment_id="0", start_time=1)
    assert status == 200, body
    return str(body["run"]["info"]["run_id"])


def test_one_client_creates_the_experiment(servers: list[Server]) -> None:
    """Of all who create an experiment of one name, one succeeds and the others are told that it exists."""
    replies = at_once(servers, lambda connection, _: post(connection, "experiments/create", name="shared"))
    assert outcomes(replies) == {(200, None): 1, TAKEN: CLIENTS - 1}
    (created,) = (body["experiment_id"] for status, body in replies if status == 200)
    found = get(servers[0], "experiments/get-by-name?experiment_name=shared")
    assert found["experiment"]["experiment_id"] == created


def test_no_point_is_lost(servers: list[Server]) -> None:
    """All points that clients log on one metric of one run are there, and the latest is the greatest."""
    run_id, points = new_run(servers[0]), 10

    def log(connection: Any, number: int) -> list[tuple[int, Any]]:
        steps = range(number * points, (number + 1) * points)
        single = [
            post(connection, "runs/log-metric", run_id=run_id, key="m", value=step, timestamp=1, step=step)
            for step in steps[:5]
        ]
        batch = [{"key": "m", "value": step, "timestamp": 1, "step": step} for step in steps[5:]]
        return [*single, post(connection, "runs/log-batch", run_id=run_id, metrics=batch)]

    replies = [reply for answers in at_once(servers, log) for reply in answers]
    assert outcomes(replies) == {(200, None): 6 * CLIENTS}
    history = get(servers[1], f"metrics/get-history?run_id={run_id}&metric_key=m")["metrics"]
    assert sorted(point["step"] for point in history) == list(range(points * CLIENTS))
    (latest,) = get(servers[0], f"runs/get?run_id={run_id}")["run"]["data"]["metrics"]
    assert latest["step"] == points * CLIENTS - 1


def test_one_value_of_a_param_wins(servers: list[Server]) -> None:
    """Of all who log another value of one param, one succeeds, and its value stays."""
    run_id = new_run(servers[0])
    replies = at_once(
        servers,
        lambda connection, number: post(
            connection, "runs/log-parameter", run_id=run_id, key="p", value=str(number)
        ),
    )
    assert outcomes(replies) == {(200, None): 1, REFUSED: CLIENTS - 1}
    winner = next(number for number, (status, _) in enumerate(replies) if status == 200)
    assert get(servers[0], f"runs/get?run_id={run_id}")["run"]["data"]["params"] == [
        {"key": "p", "value": str(winner)}
    ]


def test_new_keys_in_any_order(servers: list[Server]) -> None:
    """Batches that bring the same new names in different orders all go through."""
    run_id = new_run(servers[0])

    def log(connection: Any, number: int) -> tuple[int, Any]:
        names = [f"k{(index * (number % 7 + 1)) % 29}" for index in range(29)]
        metrics = [{"key": name, "value": number, "timestamp": 1, "step": number} for name in names]
        tags = [{"key": name, "value": str(number)} for name in reversed(names)]
        return post(connection, "runs/log-batch", run_id=run_id, metrics=metrics, tags=tags)

    assert outcomes(at_once(servers, log)) == {(200, None): CLIENTS}
    data = get(servers[1], f"runs/get?run_id={run_id}")["run"]["data"]
    assert {metric["step"] for metric in data["metrics"]} == {CLIENTS - 1}
    assert len(data["metrics"]) == 29
    assert len(data["tags"]) == 29 + 1


def test_versions_are_consecutive(servers: list[Server]) -> None:
    """All who create a version of one model get a number of their own, without a gap."""
    assert servers[0].post("registered-models/create", name="m")[0] == 200
    replies = at_once(
        servers,
        lambda connection, _: post(connection, "model-versions/create", name="m", source="s3://bucket/model"),
    )
    assert outcomes(replies) == {(200, None): CLIENTS}
    numbers = sorted(int(body["model_version"]["version"]) for _, body in replies)
    assert numbers == list(range(1, CLIENTS + 1))
