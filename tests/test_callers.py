"""Who made a change: what a request tells of its user (`--user-header`)."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.history_support import HISTORY, listed, ok
from tests.server_process import Server
from tests.support import API, Client


def basic(credentials: bytes) -> dict[str, str]:
    """The header of HTTP basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(credentials).decode()}


def recorded(client: Client, headers: dict[str, str], environ: dict[str, str] | None = None) -> str:
    """The user that the history has for a model that a request with these headers makes."""
    name = uuid.uuid4().hex
    reply = client.http.post(
        API + "registered-models/create", json={"name": name}, headers=headers, environ_overrides=environ
    )
    assert reply.status_code == 200, reply.text
    (change,) = listed(client, name)
    return str(change["user"])


def forwarded(text: bytes | str) -> dict[str, str]:
    """The header of a proxy; bytes as WSGI carries them."""
    return {"X-Forwarded-User": text.decode("latin-1") if isinstance(text, bytes) else text}


LONG = "x" * 255

CASES: list[tuple[dict[str, str], str]] = [
    ({}, ""),
    (forwarded("ann"), "ann"),
    (forwarded(" ann@example.com "), "ann@example.com"),
    (forwarded(""), ""),
    (forwarded("jürgen 日本😀".encode()), "jürgen 日本😀"),
    (forwarded(b"j\xfcrgen"), "j\ufffdrgen"),
    (forwarded("a\x01b\x7f\tc"), "abc"),
    (forwarded("a\u0085\u200b\u202eb".encode()), "ab"),
    (forwarded("DOMAIN\\ann; DROP TABLE x --'\""), "DOMAIN\\ann; DROP TABLE x --'\""),
    (forwarded(LONG + "y"), LONG),
    (forwarded("é".encode() * 300), "é" * 255),
    (basic(b"ann:secret"), "ann"),
    (basic(b"ann:"), "ann"),
    (basic(b":secret"), ""),
    (basic(b"ann:se:cret"), "ann"),
    (basic("jürgen:p".encode()), "jürgen"),
    (basic(b"j\xfc\x00rgen:p"), "j\ufffdrgen"),
    (basic(b"a token, not a name"), ""),
    ({"Authorization": "basic " + base64.b64encode(b"ann:p").decode()}, "ann"),
    ({"Authorization": "Basic  " + base64.b64encode(b"ann:p").decode()}, "ann"),
    ({"Authorization": "Basic"}, ""),
    ({"Authorization": "Basic ="}, ""),
    ({"Authorization": "Basic YW5u\xfc"}, ""),
    ({"Authorization": "Bearer YW5uOnA="}, ""),
    ({"Authorization": ""}, ""),
    (forwarded("proxy") | basic(b"ann:p"), "proxy"),
    (forwarded("") | basic(b"ann:p"), "ann"),
    (forwarded(" ") | basic(b"ann:p"), "ann"),
]


def test_users(client: Client) -> None:
    """Header or credentials become the user: readable text of at most 255 characters, or nothing."""
    for headers, user in CASES:
        assert recorded(client, headers) == user, headers


def test_users_of_one_model(client: Client) -> None:
    """Each change has the user of its own request, none that of the one before."""
    ok(client.post("registered-models/create", name="m"))
    for number, user in enumerate(["ann", "", "bob"]):
        body = {"name": "m", "key": "k", "value": str(number)}
        reply = client.http.post(API + "registered-models/set-tag", json=body, headers=forwarded(user))
        assert reply.status_code == 200
    assert [change["user"] for change in listed(client)] == ["", "ann", "", "bob"]


@pytest.fixture
def unproxied(settings: Settings) -> Iterator[Client]:
    """A server that is told to believe no header."""
    yield from map(Client, make_app(dataclasses.replace(settings, user_header="")))


def test_no_header(unproxied: Client) -> None:
    """With an empty --user-header a header counts for nothing; what WSGI or credentials say still does."""
    assert recorded(unproxied, forwarded("ann")) == ""
    assert recorded(unproxied, {"": "ann"} | basic(b"bob:p")) == "bob"
    assert recorded(unproxied, forwarded("ann"), {"REMOTE_USER": "eve"}) == "eve"


def test_another_header(settings: Settings) -> None:
    """--user-header names the one header that counts."""
    for app in make_app(dataclasses.replace(settings, user_header="Remote-User")):
        client = Client(app)
        assert recorded(client, {"Remote-User": "ann"}) == "ann"
        assert recorded(client, {"remote-user": "ann"} | forwarded("eve")) == "ann"
        assert recorded(client, forwarded("eve")) == ""


def test_remote_user(client: Client) -> None:
    """A user whom a middleware of the server has found out goes before all that the request says."""
    said: Any = forwarded("eve") | basic(b"bob:p")
    assert recorded(client, said, {"REMOTE_USER": "ann"}) == "ann"
    assert recorded(client, said, {"REMOTE_USER": ""}) == "eve"


def test_over_the_wire(tmp_path: Path) -> None:
    """A real server reads the header as UTF-8, and knows no other spelling of its name."""
    server = Server(tmp_path)
    try:
        headers = [("X-Forwarded-User", "jürgen 日本"), ("X_Forwarded_User", "eve"), ("Remote-User", "eve")]
        with contextlib.closing(server.connect()) as connection:
            connection.putrequest("POST", API + "registered-models/create")
            for name, value in [("Content-Type", "application/json"), ("Content-Length", "12"), *headers]:
                connection.putheader(name, value.encode())
            connection.endheaders(b'{"name":"m"}')
            assert connection.getresponse().read()
            connection.request("GET", f"{HISTORY}?name=m")
            (change,) = json.loads(connection.getresponse().read())["changes"]
        assert change["user"] == "jürgen 日本"
    finally:
        server.kill()


def test_requests_of_web_pages(client: Client) -> None:
    """Requests that go through Flask, as those with an Origin do, tell their user as well."""
    ok(client.post("registered-models/create", name="m"))
    path = "/ajax-api/2.0/mlflow/registered-models/set-tag"
    body = {"name": "m", "key": "k", "value": "v"}
    headers = forwarded("ann") | {"Origin": "http://localhost"}
    assert client.http.post(path, json=body, headers=headers).status_code == 200
    assert listed(client)[-1]["user"] == "ann"
