"""The language of the scripts: a script is a list of HTTP requests, made by `post`, `get`, ... in turn.

    s = Script("runs", "Runs from creation to deletion.")
    s.post("experiments/create", {"name": "a"}, save={"exp": "experiment_id"})
    s.get("experiments/get", {"experiment_id": "$exp"})

A `$name` in a path, a query or a body stands for a value that an earlier answer held; `$$` is a dollar.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any
from urllib.parse import urlencode

API = "/api/2.0/mlflow/"
JSON = "application/json"
NAME_LENGTH = 110


@dataclass(frozen=True)
class Step:
    """One request, and how to read its answer."""

    name: str
    method: str
    path: str
    query: Mapping[str, Any] | str = ""
    body: Any = None
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    save: Mapping[str, str] = field(default_factory=dict)
    """Name -> dotted path in the answer, as in `{"run": "run.info.run_id"}`."""
    only: str | None = None
    """What to compare of a list in the answer, as in `"runs.info.run_name"`; an error is compared whole."""
    unordered: str | None = None
    """A list of the answer whose order the protocol leaves open."""
    show: tuple[str, ...] = ()
    """Response headers to compare."""

    def request(self, saved: Mapping[str, str]) -> tuple[str, str, dict[str, str], bytes | None]:
        """Method, path with query, headers and body, with the saved values filled in."""
        path = fill(self.path, saved)
        query = fill(self.query, saved)
        if query:
            path += "?" + (query if isinstance(query, str) else urlencode(query, doseq=True))
        headers = {name: fill(value, saved) for name, value in self.headers.items()}
        body = encode(fill(self.body, saved))
        if body is not None and self.content_type is not None:
            headers["Content-Type"] = self.content_type
        return self.method, path if path.startswith("/") else API + path, headers, body


class Script:
    """A named list of steps, played from top to bottom on an empty database."""

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self.about = about
        self.steps: list[Step] = []
        self._names: Counter[str] = Counter()

    def post(self, path: str, body: Any = None, **more: Any) -> None:
        """Send a body: JSON made of a dict or list; text and bytes as they are."""
        self.send("POST", path, body=body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> None:
        self.send("PATCH", path, body=body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> None:
        self.send("PUT", path, body=body, **more)

    def delete(self, path: str, body: Any = None, **more: Any) -> None:
        self.send("DELETE", path, body=body, **more)

    def get(self, path: str, query: Mapping[str, Any] | str = "", **more: Any) -> None:
        """Ask with a query: a dict (lists repeat the key), or text as it is."""
        self.send("GET", path, query=query, **more)

    def send(self, method: str, path: str, **more: Any) -> None:
        """Any request; see `Step` for what may be given. The step's name is the request in short."""
        shown = more.get("query") or more.get("body")
        name = f"{method} {path} {_brief(shown)}".strip()
        if more.get("content_type", JSON) != JSON:
            name += f" as {more['content_type']}"
        self._names[name] += 1
        if self._names[name] > 1:
            name += f" #{self._names[name]}"
        self.steps.append(Step(name, method, path, **more))


def lines(text: str) -> list[str]:
    """The lines of a text, without the blanks around them."""
    return [line.strip() for line in text.strip().splitlines()]


def fill(value: Any, saved: Mapping[str, str]) -> Any:
    """The value with every `$name` in its texts replaced; bytes stay as they are."""
    if isinstance(value, str):
        return Template(value).substitute(saved)
    if isinstance(value, Mapping):
        return {key: fill(item, saved) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fill(item, saved) for item in value]
    return value


def encode(body: Any) -> bytes | None:
    """A body as it goes over the wire."""
    if body is None or isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _brief(value: Any) -> str:
    """A query or a body in few characters."""
    if value is None or value == "":
        return ""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    text = text if isinstance(text, str) else json.dumps(text)
    if len(text) <= NAME_LENGTH:
        return text
    return f"{text[:NAME_LENGTH]}... ({len(text)} characters)"
