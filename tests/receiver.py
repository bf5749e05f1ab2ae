"""What webhooks call in tests: an HTTP server that notes each call and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, NamedTuple

SECONDS = 20  # more than anything here takes


class Call(NamedTuple):
    """A call as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        body = json.loads(self.body)
        assert isinstance(body, dict)
        return body

    @property
    def delivery_id(self) -> str:
        """Which delivery it belongs to."""
        return self.headers["X-MLflow-Delivery-Id"]

    def signature(self, secret: str) -> str:
        """The signature it should have."""
        signed = f"{self.delivery_id}.{self.headers['X-MLflow-Timestamp']}.{self.body}"
        digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
        return "v1," + base64.b64encode(digest).decode()


# A status, a status with headers, or a function that answers by itself.
Answer = int | tuple[int, dict[str, str]] | Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Notes a call and gives the next answer."""

    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.calls.put(Call(self.command, self.path, dict(self.headers), body))
        answer = self.server.next_answer()
        if callable(answer):
            answer(self)
            return
        status, headers = (answer, {}) if isinstance(answer, int) else answer
        self.send_response(status)
        for name, value in ({"Content-Length": "2"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Receiver(ThreadingHTTPServer):
    """A running receiver. It answers 200, or what `answer` was told, in that order."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, port: int = 0, tls: SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.scheme = "http" if tls is None else "https"
        self.calls: queue.Queue[Call] = queue.Queue()
        self.connections = 0
        self.closing = threading.Event()
        self._answers: deque[Answer] = deque()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.server_port}/hook"

    def answer(self, *answers: Answer) -> None:
        """What to answer to the next calls."""
        self._answers.extend(answers)

    def next_answer(self) -> Answer:
        return self._answers.popleft() if self._answers else 200

    def next(self) -> Call:
        """The next call, waited for."""
        return self.calls.get(timeout=SECONDS)

    def close(self) -> None:
        """Stop listening, and let those go that hang."""
        self.closing.set()
        self.shutdown()
        self.server_close()

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_: Any) -> None:
        """Callers that give up are part of the tests."""


@contextmanager
def receiving(port: int = 0, tls: SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for the time of a `with`."""
    receiver = Receiver(port, tls)
    try:
        yield receiver
    finally:
        receiver.close()


# -- answers of receivers that misbehave --------------------------------------------------------------------


def hang(handler: Handler) -> None:
    """Answer nothing until the receiver closes."""
    handler.server.closing.wait(SECONDS * 3)


def drip_headers(handler: Handler) -> None:
    """Send one byte of the headers after the other, and never the last."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _drip(handler)


def drip_body(handler: Handler) -> None:
    """Send complete headers, then one byte of an endless body after the other."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    _drip(handler)


def _drip(handler: Handler) -> None:
    while not handler.server.closing.wait(0.02):
        handler.wfile.write(b"a")


def sends(data: bytes) -> Callable[[Handler], None]:
    """An answer made of these bytes, after which the connection is closed."""

    def send(handler: Handler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return send
