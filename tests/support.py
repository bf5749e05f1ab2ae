"""What tests use to talk to the server."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from mlflowlite.app import App

API = "/api/2.0/mlflow/"


class Reply(NamedTuple):
    """A response: HTTP status, the JSON body ({} when it is not JSON), the raw response."""

    status: int
    body: dict[str, Any]
    raw: Any

    @property
    def error(self) -> tuple[int, str | None]:
        """Status and error_code."""
        return self.status, self.body.get("error_code")


class Client:
    """A client for the application's HTTP interface; paths are relative to /api/2.0/mlflow/."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.http = app.test_client()

    def post(self, path: str, body: Any = None, /, **fields: Any) -> Reply:
        return self.send("POST", path, fields if body is None else body)

    def patch(self, path: str, /, **fields: Any) -> Reply:
        return self.send("PATCH", path, fields)

    def delete(self, path: str, /, **fields: Any) -> Reply:
        return self.send("DELETE", path, fields)

    def get(self, path: str, /, **query: Any) -> Reply:
        return self._reply(self.http.get(_full(path), query_string=query))

    def send(self, method: str, path: str, body: Any) -> Reply:
        """Send a JSON body; text and bytes are sent as they are."""
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self._reply(
            self.http.open(_full(path), method=method, data=data, content_type="application/json")
        )

    def _reply(self, response: Any) -> Reply:
        body = response.get_json(silent=True) if response.is_json else None
        return Reply(response.status_code, body if isinstance(body, dict) else {}, response)

    # -- things most tests need -----------------------------------------------------------------------

    def new_experiment(self, name: str = "exp", **fields: Any) -> str:
        return self._made("experiments/create", name=name, **fields)["experiment_id"]

    def new_run(self, experiment_id: str = "0", **fields: Any) -> str:
        run = self._made("runs/create", experiment_id=experiment_id, start_time=1, **fields)["run"]
        return run["info"]["run_id"]

    def run(self, run_id: str) -> dict[str, Any]:
        reply = self.get("runs/get", run_id=run_id)
        assert reply.status == 200, reply.body
        return reply.body["run"]

    def _made(self, path: str, **fields: Any) -> Any:
        reply = self.post(path, fields)
        assert reply.status == 200, reply.body
        return reply.body


def _full(path: str) -> str:
    return path if path.startswith("/") else API + path
