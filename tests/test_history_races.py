"""Fifty clients change one model at once, on two server processes of two workers: nothing is lost.

The history is then a chain: each old value is the new value of the change before, and the last ones are
what the registry says.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.history_support import ALIAS_AT, HISTORY
from tests.server_process import Server
from tests.support import API
from tests.test_process_races import CLIENTS, at_once, outcomes

MODEL = "registered-models"
VERSION = "model-versions"
TURNS = 6
Reply = tuple[int, Any]


@pytest.fixture
def servers(database_uri: str, tmp_path: Path) -> Iterator[list[Server]]:
    """Two servers on one database, whose logs stay empty."""
    running: list[Server] = []
    try:
        running.extend(
            Server(tmp_path, "--backend-store-uri", database_uri, "--workers", "2") for _ in range(2)
        )
        banners = [server.output().strip() for server in running]
        yield running
        said = [server.output().strip() for server in running]
    finally:
        for server in running:
            server.kill()
    assert said == banners, "a server had something to complain about"


def send(connection: HTTPConnection, user: int, method: str, path: str, **fields: Any) -> Reply:
    """One request of a user: status and JSON body."""
    headers = {"Content-Type": "application/json", "X-Forwarded-User": f"user-{user}"}
    connection.request(method, API + path, json.dumps(fields).encode(), headers)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def get(server: Server, path: str, **query: Any) -> Any:
    """The JSON body of a GET that must succeed."""
    full = path if path.startswith("/") else API + path
    with contextlib.closing(server.connect()) as connection:
        connection.request("GET", f"{full}?{urlencode(query)}")
        reply = connection.getresponse()
        body = json.loads(reply.read())
    assert reply.status == 200, body
    return body


def whole_history(server: Server, name: str = "m") -> list[dict[str, Any]]:
    """All changes, oldest first, read in pages."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"name": name, "max_results": 70}
    while True:
        body = get(server, HISTORY, **query)
        found += body["changes"]
        if "next_page_token" not in body:
            return found[::-1]
        query["page_token"] = body["next_page_token"]


def new_model(server: Server, versions: int) -> None:
    assert server.post(f"{MODEL}/create", name="m")[0] == 200
    for _ in range(versions):
        assert server.post(f"{VERSION}/create", name="m", source="s3://b/m")[0] == 200


def chain(history: list[dict[str, Any]], actions: set[str], **where: str | None) -> list[dict[str, Any]]:
    """The changes of one thing, each of which must begin where the last one ended."""
    found = [
        change
        for change in history
        if change["action"] in actions and all(change.get(key) == value for key, value in where.items())
    ]
    for before, after in pairwise(found):
        assert after.get("old_value") == before.get("new_value"), (before, after)
    for change in found:
        assert change.get("old_value") != change.get("new_value"), change
    return found


def check_order(history: list[dict[str, Any]]) -> None:
    """Changes are in order, and no two are the same one."""
    ids = [change["change_id"] for change in history]
    assert ids == sorted(set(ids))
    times = [change["timestamp"] for change in history]
    assert times == sorted(times)


def test_everything_at_once(servers: list[Server]) -> None:
    """Aliases, stages and tags that many change at once have a history without a gap, and end as it says."""
    new_model(servers[0], 4)

    def work(connection: HTTPConnection, user: int) -> list[Reply]:
        replies = []
        for turn in range(TURNS):
            step, number = user + turn, str((user * 3 + turn) % 4 + 1)
            version = {"name": "m", "version": number}
            alias = {"name": "m", "alias": ("best", "next")[step % 2]}
            stage = ("Staging", "Production", "None")[step % 3]
            calls: list[tuple[str, str, dict[str, Any]]] = [
                ("POST", f"{MODEL}/alias", {**alias, "version": number}),
                (
                    "POST",
                    f"{VERSION}/transition-stage",
                    {**version, "stage": stage, "archive_existing_versions": stage != "None"},
                ),
                ("POST", f"{VERSION}/set-tag", {**version, "key": "k", "value": f"{user}.{turn}"}),
                ("POST", f"{MODEL}/set-tag", {"name": "m", "key": "k", "value": f"{user}.{turn}"}),
            ]
            if step % 5 == 0:
                calls.append(("DELETE", f"{MODEL}/alias", alias))
            if step % 7 == 0:
                calls.append(("DELETE", f"{VERSION}/delete-tag", {**version, "key": "k"}))
            start = user % len(calls)
            for method, path, fields in calls[start:] + calls[:start]:
                replies.append(send(connection, user, method, path, **fields))
        return replies

    replies = [reply for answers in at_once(servers, work) for reply in answers]
    assert set(outcomes(replies)) == {(200, None)}

    history = whole_history(servers[1])
    check_order(history)
    model = get(servers[0], f"{MODEL}/get", name="m")["registered_model"]
    for alias in ("best", "next"):
        changes = chain(history, {"SET_ALIAS", "DELETE_ALIAS"}, key=alias)
        now = {item["alias"]: item["version"] for item in model.get("aliases", [])}
        assert changes[0].get("old_value") is None
        assert changes[-1].get("new_value") == now.get(alias)
    tags = chain(history, {"SET_TAG", "DELETE_TAG"}, key="k", version=None)
    assert {tag["value"] for tag in model["tags"]} == {tags[-1]["new_value"]}
    assert len(tags) == CLIENTS * TURNS
    assert Counter(tag["user"] for tag in tags) == {f"user-{user}": TURNS for user in range(CLIENTS)}
    for number in "1234":
        version = get(servers[0], f"{VERSION}/get", name="m", version=number)["model_version"]
        stages = chain(history, {"TRANSITION_STAGE"}, version=number)
        assert stages[0]["old_value"] == "None"
        assert stages[-1]["new_value"] == version["current_stage"]
        tags = chain(history, {"SET_TAG", "DELETE_TAG"}, key="k", version=number)
        now = {tag["key"]: tag["value"] for tag in version.get("tags", [])}
        assert tags[-1].get("new_value") == now.get("k")


def test_versions_and_deletions(servers: list[Server]) -> None:
    """Versions made and deleted at once have consecutive numbers; their aliases go with them."""
    new_model(servers[0], 0)

    def work(connection: HTTPConnection, user: int) -> list[Reply]:
        replies = [send(connection, user, "POST", f"{VERSION}/create", name="m", source="s3://b/m")]
        number = replies[0][1]["model_version"]["version"]
        version = {"name": "m", "version": number}
        replies.append(send(connection, user, "POST", f"{MODEL}/alias", **version, alias="best"))
        if user % 2:
            replies.append(send(connection, user, "DELETE", f"{VERSION}/delete", **version))
        return replies

    replies = [reply for answers in at_once(servers, work) for reply in answers]
    assert set(outcomes(replies)) == {(200, None)}
    history = whole_history(servers[1])
    check_order(history)
    created = [
        change["version"] for change in history if change["action"] == "CREATE" and "version" in change
    ]
    assert created == [str(number) for number in range(1, CLIENTS + 1)]
    assert sum(change["action"] == "DELETE" for change in history) == CLIENTS // 2
    chain(history, {"SET_ALIAS", "DELETE_ALIAS"}, key="best")
    deleted: set[str] = set()
    for change in history:
        if change["action"] == "DELETE":
            deleted.add(change["version"])
        assert change["action"] != "SET_ALIAS" or change["version"] not in deleted


def test_one_stage_for_one_version(servers: list[Server]) -> None:
    """At no time had two versions a stage that each takes alone; alias-at says who had it when."""
    new_model(servers[0], CLIENTS)

    def work(connection: HTTPConnection, user: int) -> Reply:
        fields = {"name": "m", "version": str(user + 1), "stage": "Production"}
        path = f"{VERSION}/transition-stage"
        return send(connection, user, "POST", path, **fields, archive_existing_versions=True)

    assert outcomes(at_once(servers, work)) == {(200, None): CLIENTS}
    stages: dict[str, str] = {}
    last: dict[int, str] = {}
    moves = [change for change in whole_history(servers[1]) if change["action"] == "TRANSITION_STAGE"]
    for change in moves:
        assert stages.get(change["version"], "None") == change["old_value"]
        stages[change["version"]] = change["new_value"]
        holders = [version for version, stage in stages.items() if stage == "Production"]
        assert len(holders) <= 1
        if holders:
            last[change["timestamp"]] = holders[0]
    assert len(moves) == 2 * CLIENTS - 1
    for time, version in last.items():
        found = get(servers[0], ALIAS_AT, name="m", stage="Production", timestamp=time)
        assert found["version"] == version


def test_renames_at_once(servers: list[Server]) -> None:
    """Of all who rename a model, one succeeds; tags set meanwhile are refused or stand in the one history."""
    new_model(servers[0], 1)

    def work(connection: HTTPConnection, user: int) -> Reply:
        if user % 5 == 0:
            return send(connection, user, "POST", f"{MODEL}/rename", name="m", new_name=f"n{user}")
        fields = {"name": "m", "key": f"k{user}", "value": "v"}
        return send(connection, user, "POST", f"{MODEL}/set-tag", **fields)

    found = outcomes(at_once(servers, work))
    assert set(found) <= {(200, None), (404, "RESOURCE_DOES_NOT_EXIST")}
    history = whole_history(servers[1])
    check_order(history)
    (rename,) = (change for change in history if change["action"] == "RENAME")
    assert [change["name"] for change in history] == ["m"] * (len(history) - 1) + [rename["new_value"]]
    assert found[200, None] == len(history) - 2
    assert whole_history(servers[0], rename["new_value"]) == history
