"""Uploads in parts through real server processes: several on one folder, and one that is killed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mlflowlite.artifacts import signing
from mlflowlite.artifacts.base import RESERVED
from tests.multipart_support import MIB, PROXY
from tests.server_process import Server

FILE = f"{PROXY}/artifacts/0/r/artifacts/big.bin"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers, each with a database of its own, on one artifact folder."""
    servers: list[Server] = []

    def begin(*arguments: str) -> Server:
        folder = tmp_path / f"server-{len(servers)}"
        folder.mkdir()
        servers.append(Server(folder, "--artifacts-destination", f"{tmp_path}/artifacts", *arguments))
        return servers[-1]

    yield begin
    for server in servers:
        server.kill()


def call(server: Server, step: str, **fields: Any) -> requests.Response:
    return requests.post(
        f"http://127.0.0.1:{server.port}{PROXY}/mpu/{step}/0/r/artifacts",
        json={"path": "big.bin", **fields},
        timeout=60,
    )


def at(server: Server, url: str) -> str:
    """The same URL on another server."""
    return urlsplit(url)._replace(netloc=f"127.0.0.1:{server.port}").geturl()


def test_servers_that_share_a_folder(start: Callable[..., Server], tmp_path: Path) -> None:
    """Any server takes any part of an upload that any other began, and any may complete it."""
    servers = [start("--workers", "2"), start("--workers", "2", "--artifacts-only")]
    data = os.urandom(20 * MIB)
    upload = call(servers[0], "create", num_parts=20).json()

    def send(credential: dict[str, Any]) -> dict[str, Any]:
        number = credential["part_number"]
        url = at(servers[number % 2], credential["url"])
        answer = requests.put(url, data[(number - 1) * MIB : number * MIB], timeout=60)
        assert answer.status_code == 200, answer.text
        return {"part_number": number, "etag": answer.headers["ETag"]}

    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(send, upload["credentials"]))
    for server in reversed(servers):
        answer = call(server, "complete", upload_id=upload["upload_id"], parts=parts)
        assert (answer.status_code, answer.json()) == (200, {})
    for server in servers:
        got = requests.get(f"http://127.0.0.1:{server.port}{FILE}", timeout=60).content
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()
    assert len((tmp_path / "artifacts" / signing.KEY_NAME).read_bytes()) == 32


def test_a_server_that_is_killed(start: Callable[..., Server], tmp_path: Path) -> None:
    """An upload outlives the death of the server: what was acknowledged need not be sent again, what
    was under way was not stored."""
    first = start()
    upload = call(first, "create", num_parts=2).json()
    one, two = (credential["url"] for credential in upload["credentials"])
    etag = requests.put(one, b"x" * MIB, timeout=60).headers["ETag"]
    connection = first.connect()
    parts = urlsplit(two)
    connection.putrequest("PUT", f"{parts.path}?{parts.query}")
    connection.putheader("Content-Length", str(2 * MIB))
    connection.endheaders()
    connection.send(b"y" * MIB)
    folder = tmp_path / "artifacts" / RESERVED
    while not list(folder.glob("upload-*/new-*")):
        pass
    first.kill()
    second = start()
    wanted = [
        {"part_number": 1, "etag": etag},
        {"part_number": 2, "etag": hashlib.md5(b"y" * MIB).hexdigest()},
    ]
    answer = call(second, "complete", upload_id=upload["upload_id"], parts=wanted)
    assert answer.status_code == 400
    assert "Part 2" in answer.json()["message"]
    assert requests.get(f"http://127.0.0.1:{second.port}{FILE}", timeout=60).status_code == 404
    assert requests.put(at(second, two), b"y" * MIB, timeout=60).status_code == 200
    assert call(second, "complete", upload_id=upload["upload_id"], parts=wanted).status_code == 200
    got = requests.get(f"http://127.0.0.1:{second.port}{FILE}", timeout=60).content
    assert got == b"x" * MIB + b"y" * MIB


def test_forwarded_headers(start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's word on the scheme counts only when the operator says so, also from this machine."""
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}

    def scheme_and_host(server: Server) -> str:
        answer = requests.post(
            f"http://127.0.0.1:{server.port}{PROXY}/mpu/create/d",
            data=json.dumps({"path": "f", "num_parts": 1}),
            headers={**headers, "Content-Type": "application/json"},
            timeout=60,
        )
        parts = urlsplit(answer.json()["credentials"][0]["url"])
        return f"{parts.scheme}://{parts.hostname}"

    assert scheme_and_host(start()) == "http://127.0.0.1"
    told = start("--gunicorn-opts", "--forwarded-allow-ips 127.0.0.1")
    assert scheme_and_host(told) == "https://127.0.0.1"


@pytest.mark.parametrize("count", [1, 300_000])
def test_a_refused_part(start: Callable[..., Server], count: int) -> None:
    """A client hears why a part of any size is refused, and its body is not taken for requests."""
    server = start()
    url = call(server, "create", num_parts=1).json()["credentials"][0]["url"]
    body = b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n" * count
    with requests.Session() as session:
        for _ in range(2):
            answer = session.put(f"{url}0", body, timeout=60)
            assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
            assert session.put(url, body, timeout=60).status_code == 200
