"""HTTP requests to calls of the api functions, and their results to HTTP responses.

An RPC needs nothing of Flask: `Rpc` reads the WSGI environment, decodes the message, calls the
function and encodes the answer. Endpoints that move bytes (`google.api.HttpBody` in the contract) are
ordinary Flask views. Errors of both are rendered here and nowhere else (`wire.md` §5).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
from flask import Response

from mlflowlite.db.engine import translate
from mlflowlite.errors import INTERNAL_ERROR, TEMPORARILY_UNAVAILABLE, MlflowError, invalid
from mlflowlite.protos.methods import Method
from mlflowlite.wire import caller, codec
from mlflowlite.wire.message import Message

log = logging.getLogger(__name__)

# Far above what any client sends (a batch of 1000 metrics is 70 KiB), far below what hurts.
MAX_BODY_BYTES = 64 * 2**20

_READING = ("GET", "HEAD")

STATUS_LINES = {
    200: "200 OK",
    400: "400 BAD REQUEST",
    401: "401 UNAUTHORIZED",
    403: "403 FORBIDDEN",
    404: "404 NOT FOUND",
    409: "409 CONFLICT",
    429: "429 TOO MANY REQUESTS",
    499: "499 CLIENT CLOSED REQUEST",
    500: "500 INTERNAL SERVER ERROR",
    501: "501 NOT IMPLEMENTED",
    503: "503 SERVICE UNAVAILABLE",
    504: "504 GATEWAY TIMEOUT",
}


class Answer(NamedTuple):
    """A JSON answer: HTTP status, body (in pieces when it may be huge), headers beyond the usual ones."""

    status: int
    body: bytes | Iterator[bytes]
    headers: list[tuple[str, str]]


def flask_response(answer: Answer) -> Response:
    """An answer as Flask returns it, for what does not take the short way."""
    return Response(answer.body, answer.status, answer.headers, mimetype="application/json")


class Rpc:
    """One RPC of the contract, ready to be called with a WSGI environment."""

    def __init__(self, method: Method, function: Callable[..., Any], context: Any) -> None:
        codec.prepare(method.request)
        self.method = method
        self._function = function
        self._context = context

    def __call__(self, environ: dict[str, Any], path_fields: dict[str, str] | None = None) -> Answer:
        caller.environ.set(environ)
        try:
            request = self._decode(environ, path_fields)
            response = self._function(self._context, request)
            # A function whose answer may be huge returns it as an iterator of JSON pieces.
            body = codec.encode(response) if isinstance(response, Message) else response
            return Answer(200, body, [])
        except Exception as error:  # noqa: BLE001 every failure becomes an answer
            return render(error)

    def _decode(self, environ: dict[str, Any], path_fields: dict[str, str] | None) -> Any:
        if environ["REQUEST_METHOD"] in _READING:
            query = environ.get("QUERY_STRING", "")
            if query or not environ.get("CONTENT_LENGTH"):
                return codec.decode_query(self.method.request, query, path_fields)
        check_content_type(environ)
        return codec.decode_body(self.method.request, read_body(environ), path_fields)


def check_content_type(environ: dict[str, Any]) -> None:
    """Raises INVALID_PARAMETER_VALUE unless the body is declared as JSON (`wire.md` §2.2)."""
    given = environ.get("CONTENT_TYPE") or ""
    if given == "application/json" or environ["REQUEST_METHOD"] in _READING:
        return
    if not given:
        if environ["REQUEST_METHOD"] == "DELETE" and environ.get("CONTENT_LENGTH") in (None, "", "0"):
            return  # nothing to declare: the path says it all
        raise invalid("Bad Request. Content-Type header is missing.")
    if given.partition(";")[0].strip().lower() != "application/json":
        raise invalid("Bad Request. Content-Type must be one of ['application/json'].")


class BodyStream:
    """The body of a request, for reading in pieces."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end. Raises INVALID_PARAMETER_VALUE when the client goes away."""
        try:
            return bytes(self._stream.read(size))
        except Exception as error:  # a broken chunk, a client that went away: the server's own exceptions
            raise invalid("The request body can't be read: it is broken or ends early.") from error


def read_body(environ: dict[str, Any]) -> bytes:
    """The whole body of a JSON request, with or without a Content-Length."""
    length = environ.get("CONTENT_LENGTH")
    if length:
        size = int(length) if length.isdecimal() else MAX_BODY_BYTES + 1
    elif environ.get("wsgi.input_terminated"):
        size = MAX_BODY_BYTES + 1
    else:
        return b""
    body = None
    if not length or size <= MAX_BODY_BYTES:
        body = BodyStream(environ["wsgi.input"]).read(size)
    if body is None or len(body) > MAX_BODY_BYTES:
        raise invalid(f"The request body exceeds the limit of {MAX_BODY_BYTES} bytes.")
    return body


def render(error: Exception) -> Answer:
    """Any failure as the answer a client gets. Internal text stays in the log."""
    known = error if isinstance(error, MlflowError) else translate(error)
    if known is None:
        log.error("Unexpected error", exc_info=error)
        known = MlflowError(INTERNAL_ERROR, "Internal error. The server's log says more.")
    body = msgspec.json.encode({"error_code": known.error_code, "message": known.message})
    headers = [("Retry-After", "1")] if known.error_code == TEMPORARILY_UNAVAILABLE else []
    return Answer(known.http_status, body, headers)
