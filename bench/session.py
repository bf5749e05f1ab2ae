"""A client of one server that speaks the REST protocol, times its requests and checks the answers."""

from __future__ import annotations

import json
import time
from typing import Any

from rawhttp import Connection, build_request, with_query

API = "/api/2.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"


class WrongAnswer(Exception):
    """The server answered, but not what it should have."""


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise WrongAnswer(message)


class Session:
    """`elapsed` is the time from each request's send to the last byte of its answer, and nothing else."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.elapsed = 0.0
        self._connection = Connection(port)
        self._last: tuple[bytes, Any] = (b"", None)

    def post(self, path: str, payload: dict[str, Any]) -> Any:
        return self._json("POST", API + path, json.dumps(payload, separators=(",", ":")).encode())

    def get(self, path: str, **query: object) -> Any:
        return self._json("GET", API + with_query(path, query), None)

    def put_artifact(self, path: str, content: bytes) -> None:
        self._call("PUT", ARTIFACTS + path, content, "application/octet-stream")

    def get_artifact(self, path: str) -> bytes:
        return self._call("GET", ARTIFACTS + path, None)

    def close(self) -> None:
        self._connection.close()

    def _json(self, method: str, path: str, body: bytes | None) -> Any:
        text = self._call(method, path, body)
        if text == self._last[0]:  # the same bytes again: no need to parse them again
            return self._last[1]
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise WrongAnswer(f"{method} {path[:80]}: not JSON: {text[:80]!r}") from error
        expect(isinstance(answer, dict), f"{method} {path[:80]}: not a JSON object")
        self._last = (text, answer)
        return answer

    def _call(self, method: str, path: str, body: bytes | None, kind: str = "application/json") -> bytes:
        request = build_request(method, path, self.port, body, kind)
        self._connection.freshen()
        began = time.perf_counter()
        try:
            response = self._connection.exchange(request)
        finally:
            self.elapsed += time.perf_counter() - began
        if response.status != 200:
            text = response.body[:300].decode(errors="replace")
            raise WrongAnswer(f"{method} {path[:80]}: HTTP {response.status}: {text}")
        return response.body
