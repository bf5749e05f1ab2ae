"""What the tests of uploads in parts use to send them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.support import Client, Reply

PROXY = "/api/2.0/mlflow-artifacts"
MIB = 2**20


class Uploader:
    """A client that uploads files in parts, as the stock one does."""

    def __init__(self, client: Client, folder: str = "0/r/artifacts", prefix: str = "") -> None:
        self.client = client
        self.folder = folder
        self.base = f"{prefix}{PROXY}"

    def create(self, name: str, num_parts: Any, **headers: str) -> Reply:
        """Ask for an upload; headers go along with the request."""
        response = self.client.http.post(
            f"{self.base}/mpu/create/{self.folder}",
            json={"path": name, "num_parts": num_parts},
            headers=headers,
        )
        return Reply(response.status_code, response.get_json(silent=True) or {}, response)

    def begin(self, name: str, num_parts: int) -> dict[str, Any]:
        """An upload that has begun: `upload_id` and `credentials`."""
        reply = self.create(name, num_parts)
        assert reply.status == 200, reply.body
        return reply.body

    def put(self, url: str, data: Any, **more: Any) -> tuple[int, dict[str, str], Any]:
        """Send a part to its URL, wherever that leads: status, headers and JSON."""
        parts = urlsplit(url)
        if parts.netloc != "localhost":
            answer = requests.put(url, data=data, timeout=60)
            return answer.status_code, dict(answer.headers), answer.text
        response = self.client.http.put(f"{parts.path}?{parts.query}", data=data, **more)
        return response.status_code, dict(response.headers), response.get_json(silent=True)

    def send(self, upload: dict[str, Any], number: int, data: bytes) -> dict[str, Any]:
        """Send a part; what to tell the server of it."""
        credential = upload["credentials"][number - 1]
        assert credential["part_number"] == number
        status, headers, body = self.put(credential["url"], data)
        assert status == 200, body
        assert headers["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
        return {"part_number": number, "etag": headers["ETag"], "url": credential["url"]}

    def complete(self, name: str, upload_id: str, parts: list[dict[str, Any]]) -> Reply:
        return self.client.post(
            f"{self.base}/mpu/complete/{self.folder}", path=name, upload_id=upload_id, parts=parts
        )

    def abort(self, name: str, upload_id: str) -> Reply:
        return self.client.post(f"{self.base}/mpu/abort/{self.folder}", path=name, upload_id=upload_id)

    def read(self, name: str) -> bytes | None:
        """The file as it is downloaded; None when it is not there."""
        response = self.client.http.get(f"{self.base}/artifacts/{self.folder}/{name}")
        return response.get_data() if response.status_code == 200 else None

    def names(self) -> list[str]:
        """What the folder is seen to hold."""
        listing = self.client.get(f"{self.base}/artifacts", path=self.folder).body
        return [file["path"] for file in listing.get("files", [])]


def serving(root: Path, **more: Any) -> Iterator[Uploader]:
    """A client of a new server on an artifact folder."""
    settings = Settings(
        backend_store_uri=f"sqlite:///{root.parent}/a.db", artifacts_destination=str(root), **more
    )
    for app in make_app(settings):
        yield Uploader(Client(app), prefix=settings.static_prefix)


def changed(url: str, **fields: Any) -> str:
    """A URL with other values in its query; None leaves a field out."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | fields
    return parts._replace(query=urlencode({k: v for k, v in query.items() if v is not None})).geturl()


def uploaded(
    uploader: Uploader, name: str = "f", *parts: bytes
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    upload = uploader.begin(name, len(parts))
    return upload, [uploader.send(upload, n, data) for n, data in enumerate(parts, start=1)]


Answer = tuple[int, str]


class Service:
    """An HTTP server that answers as a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        service = self
        self.answer: Callable[[str, str], Answer] = lambda method, target: (200, "")
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.asked.append((self.command, self.path, dict(self.headers), body))
                status, text = service.answer(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text.encode())

            do_PUT = do_HEAD = do_POST = do_DELETE = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(name="service")
def http_service() -> Iterator[Service]:
    service = Service()
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture(name="aws")
def no_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that says nothing of AWS."""
    for name in (
        "ACCESS_KEY_ID",
        "SECRET_ACCESS_KEY",
        "SESSION_TOKEN",
        "PROFILE",
        "REGION",
        "DEFAULT_REGION",
    ):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    clouds = pytest.importorskip("mlflowlite.artifacts.clouds")
    clouds.connect.cache_clear()
    yield monkeypatch
    clouds.connect.cache_clear()
