"""The server that `path_attacks` are tried on, and how to tell whether one did harm."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.path_attacks import SECRET, SECRET_NAME, Endpoint
from tests.server_process import Server


class Reply(NamedTuple):
    """An answer; `error` is its error_code, None unless the body has the protocol's form."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None

    @property
    def error(self) -> str | None:
        return self.json.get("error_code") if isinstance(self.json, dict) and "message" in self.json else None


class Target:
    """A server with one run, one logged model and one model version; a secret lies beside its root."""

    def __init__(self, folder: Path) -> None:
        self.outer = folder / "outer"
        self.root = self.outer / "store"
        (self.outer / "store2").mkdir(parents=True)
        for place in (self.outer, self.outer / "store2"):
            (place / SECRET_NAME).write_text(SECRET)
        self.root.mkdir()
        (self.root / "way-out").symlink_to(self.outer)
        (folder / "server").mkdir()
        self.server = Server(folder / "server", "--workers", "1", "--artifacts-destination", str(self.root))
        self.before = self.outside()
        self.run = self.made("runs/create", experiment_id="0")["run"]["info"]["run_id"]
        self.model = self.made("logged-models", experiment_id="0", name="m")["model"]["info"]["model_id"]
        self.made("registered-models/create", name="model")
        self.made(
            "model-versions/create",
            name="model",
            run_id=self.run,
            source=f"mlflow-artifacts:/0/{self.run}/artifacts",
        )
        # The folders are there, so that a path that climbs out of them would arrive.
        for base in self.bases:
            self.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{base}present.txt", b"fine")

    @property
    def bases(self) -> tuple[str, str, str]:
        """Where in the artifact root the proxy, the run and the logged model begin."""
        return "", f"0/{self.run}/artifacts/", f"0/models/{self.model}/artifacts/"

    def made(self, path: str, **fields: Any) -> Any:
        status, body = self.server.post(path, **fields)
        assert status == 200, body
        return body

    def outside(self) -> dict[str, bytes]:
        """All that lies around the root: files with their content."""
        return {
            str(path): path.read_bytes() if path.is_file() else b""
            for path in self.outer.rglob("*")
            if self.root not in path.parents
        }

    def send(self, verb: str, target: str, body: bytes = b"", content_type: str = "") -> Reply:
        """A request whose first line holds `target` as it is."""
        head = [
            f"{verb} {target} HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        if content_type:
            head.append(f"Content-Type: {content_type}")
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
            reply = http.client.HTTPResponse(connection, method=verb)
            reply.begin()
            return Reply(reply.status, reply.headers, reply.read())

    def fire(self, endpoint: Endpoint, attack: str) -> Reply:
        """The request of a row of the table."""
        words = {"outer": str(self.outer), "run": self.run, "model": self.model, "name": "model"}

        def fill(text: Any) -> Any:
            if isinstance(text, dict):
                return {key: fill(value) for key, value in text.items()}
            if not isinstance(text, str):
                return text
            for word, value in {"attack": attack, **words}.items():
                text = text.replace("{" + word + "}", value)
            return text

        body, kind = endpoint.body, ""
        if isinstance(body, dict):
            body, kind = json.dumps(fill(body)), "application/json"
        return self.send(endpoint.verb, fill(endpoint.target), (body or "").encode(), kind)

    def harm(self, reply: Reply) -> str | None:
        """What the answer, or the disk, shows of an attack that worked or of a fault of the server."""
        if reply.status >= 500 and reply.status != 501:
            return f"status {reply.status}"
        everything = reply.body + str(reply.headers).encode()
        if SECRET.encode() in everything or b"root:x:0:0" in everything:
            return "the secret was read"
        if b'"' + SECRET_NAME.encode() + b'"' in everything and b"error_code" not in everything:
            return "the folder outside was listed"
        if self.outside() != self.before:
            return "something outside was changed"
        return None


@pytest.fixture(name="target", scope="module")
def attack_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One server for the whole table; attacks must not change what it answers."""
    target = Target(tmp_path_factory.mktemp("attacks"))
    yield target
    target.server.kill()
