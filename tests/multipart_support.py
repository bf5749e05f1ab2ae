"""What the tests of uploads in parts use to send them."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

import requests

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
