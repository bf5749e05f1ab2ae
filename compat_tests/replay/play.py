"""Plays a script against a server, or against a WSGI application, and returns its normalised answers."""

from __future__ import annotations

import http.client
import io
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from compat_tests.replay.normalise import Normaliser, canonical
from compat_tests.replay.script import Script, Step

TIMEOUT_SECONDS = 60
MISSING = "nothing-was-saved"

# Listings are ordered by times in milliseconds: things made one after another must differ in theirs.
CLOCK_TICK_SECONDS = 0.002
_MAKING = ("create", "logged-models", "transition-stage")


class Raw(NamedTuple):
    """A response as it came: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[str, str, Mapping[str, str], "bytes | None"], Raw]
"""Sends method, path with query, headers and body."""


class Answer(NamedTuple):
    """A response in the form that is compared and recorded."""

    status: int
    body: Any
    headers: dict[str, str | None]

    @property
    def error_code(self) -> str | None:
        return self.body.get("error_code") if isinstance(self.body, dict) else None

    @property
    def message(self) -> str:
        """The text of an error; empty for anything else."""
        return self.body.get("message", "") if isinstance(self.body, dict) and self.error_code else ""


def over_http(base_url: str) -> Send:
    """Sends requests to a running server, each on a connection of its own."""
    address = urlsplit(base_url)

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Raw:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            return Raw(response.status, _by_name(response.getheaders()), response.read())
        finally:
            connection.close()

    return send


def over_wsgi(app: Callable[..., Any]) -> Send:
    """Calls a WSGI application the way gunicorn does."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Raw:
        url, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(url).decode("latin-1"),
            "RAW_URI": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "5000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost:5000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **_cgi(headers),
        }
        if body is not None or method in ("POST", "PUT", "PATCH"):
            environ["CONTENT_LENGTH"] = str(len(body or b""))
        started: list[Any] = []
        parts = app(environ, lambda status, headers, _=None: started.extend((status, headers)))
        content = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        return Raw(int(started[0].split()[0]), _by_name(started[1]), content)

    return send


def play(script: Script, send: Send, folders: Mapping[str, str] | None = None) -> list[Answer]:
    """The answers to all steps of a script; `folders` maps paths of this machine to placeholders."""
    saved: dict[str, str] = {name: MISSING for step in script.steps for name in step.save}
    normalise = Normaliser(folders or {}, saved)
    answers = []
    for step in script.steps:
        raw = send(*step.request(saved))
        body = _body(raw)
        saved.update({name: _pick(body, path) for name, path in step.save.items()})
        answers.append(Answer(raw.status, _normal(step, body, normalise), _shown(step, raw)))
        if step.path.endswith(_MAKING):
            time.sleep(CLOCK_TICK_SECONDS)
    return answers


def _body(raw: Raw) -> Any:
    """What was answered: JSON, text, or only the kind of it where people read a page."""
    if not raw.body:
        return ""
    kind = raw.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return json.loads(raw.body)
    if kind == "text/html":
        return "<page>"
    return raw.body.decode("utf-8", "replace")


def _normal(step: Step, body: Any, normalise: Normaliser) -> Any:
    body = normalise(body)
    if step.unordered and isinstance(body, dict):
        body.get(step.unordered, []).sort(key=canonical)
    return _reduced(body, step.only) if step.only else body


def _reduced(body: Any, only: str) -> Any:
    """The answer with one value of each entry of a list instead of the whole entry."""
    field, _, path = only.partition(".")
    if not isinstance(body, dict) or field not in body:
        return body
    return {**body, field: [_pick(entry, path) for entry in body[field]]}


def _shown(step: Step, raw: Raw) -> dict[str, str | None]:
    return {name: raw.headers.get(name.lower()) for name in step.show}


def _pick(body: Any, path: str) -> str:
    """The value at a dotted path of an answer."""
    try:
        for part in path.split("."):
            body = body[int(part) if isinstance(body, list) else part]
    except (KeyError, IndexError, TypeError):
        return MISSING
    return str(body)


def _by_name(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def _cgi(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers under their names in a WSGI environment."""
    names = {name: name.upper().replace("-", "_") for name in headers}
    return {
        name if name == "CONTENT_TYPE" else f"HTTP_{name}": headers[given] for given, name in names.items()
    }
