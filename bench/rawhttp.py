"""A small HTTP/1.1 client on a plain socket, so that the client's own cost stays out of the figures.

One request is one send; an answer ends at its Content-Length, at the last chunk, or when the server closes.
TCP_NODELAY is set, so the client never holds back a part of a request. Its kernel still delays
acknowledgements as every client's does, which shows servers that answer in two writes with Nagle on.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "127.0.0.1"
IDLE_SECONDS = 1.0  # a connection left alone for longer is made afresh, before the clock starts
RECEIVE_BYTES = 64 * 1024
RECEIVE_MOST = 1024 * 1024


class HttpFailure(Exception):
    """The server closed the connection, timed out or answered something that is not HTTP."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


def build_request(
    method: str, path: str, port: int, body: bytes | None = None, content_type: str = "application/json"
) -> bytes:
    """Head and body of a request in one piece."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{port}", "User-Agent: bench", "Accept: */*"]
    if body is not None:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + (body or b"")


def with_query(path: str, query: dict[str, object]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


class ResponseReader:
    """Reads one response from the pieces a socket gives."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._headers: dict[str, str] = {}
        self._status = 0
        self._position = -1  # where the body, or the next chunk, begins; -1 while the head is incomplete
        self._length = -1  # the Content-Length; -1 when there is none
        self._chunks: list[bytes] | None = None

    @property
    def started(self) -> bool:
        return bool(self._buffer)

    @property
    def wanted(self) -> int:
        """How many bytes to ask the socket for."""
        missing = self._position + self._length - len(self._buffer)
        return max(RECEIVE_BYTES, min(RECEIVE_MOST, missing))

    def feed(self, data: bytes) -> bool:
        """Take a piece; True when the response is complete."""
        if not data:
            return self._closed()
        self._buffer += data
        if self._position < 0 and not self._read_head():
            return False
        if self._chunks is not None:
            return self._read_chunks(self._chunks)
        return 0 <= self._length <= len(self._buffer) - self._position

    def response(self) -> Response:
        if self._chunks is not None:
            body = b"".join(self._chunks)
        else:
            end = len(self._buffer) if self._length < 0 else self._position + self._length
            body = bytes(memoryview(self._buffer)[self._position : end])
        return Response(self._status, self._headers, body)

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection with this answer."""
        plain_end = self._length < 0 and self._chunks is None
        return plain_end or self._headers.get("connection", "").lower() == "close"

    def _closed(self) -> bool:
        if self._position >= 0 and self._length < 0 and self._chunks is None:
            return True
        raise HttpFailure("the server closed the connection in the middle of an answer")

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        try:
            self._status = int(first.split(" ", 2)[1])
        except (IndexError, ValueError):
            raise HttpFailure(f"not an HTTP answer: {first[:80]!r}") from None
        pairs = (line.partition(":") for line in lines)
        self._headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        self._position = end + 4
        if "chunked" in self._headers.get("transfer-encoding", "").lower():
            self._chunks = []
        elif self._status in (204, 304):
            self._length = 0
        else:
            self._length = int(self._headers.get("content-length", -1))
        return True

    def _read_chunks(self, chunks: list[bytes]) -> bool:
        buffer = self._buffer
        while (line_end := buffer.find(b"\r\n", self._position)) >= 0:
            size = int(bytes(buffer[self._position : line_end]).split(b";")[0], 16)
            start = line_end + 2
            if size == 0:  # then trailers, if any, and an empty line
                return buffer[start : start + 2] == b"\r\n" or buffer.find(b"\r\n\r\n", start) >= 0
            if len(buffer) < start + size + 2:
                return False
            chunks.append(bytes(memoryview(buffer)[start : start + size]))
            self._position = start + size + 2
        return False


def connect(port: int, timeout: float) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Connection:
    """A keep-alive connection that is made when needed and again after the server closed it."""

    def __init__(self, port: int, timeout: float = 300.0) -> None:
        self.port = port
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._used = 0.0

    def freshen(self) -> None:
        """Have a connection that no idle time-out of the server is about to close."""
        if self._socket is not None and time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if self._socket is None:
            self._connect()

    def exchange(self, request: bytes) -> Response:
        """Send a request and read its answer."""
        try:
            reader = self._read_answer(self._socket or self._connect(), request)
        except OSError as error:
            self.close()
            raise HttpFailure(f"{type(error).__name__}: {error}") from error
        except HttpFailure:
            self.close()
            raise
        self._used = time.monotonic()
        if reader.closes:
            self.close()
        return reader.response()

    def _connect(self) -> socket.socket:
        try:
            self._socket = connect(self.port, self.timeout)
        except OSError as error:
            raise HttpFailure(f"cannot connect: {error.strerror}") from error
        self._used = time.monotonic()
        return self._socket

    @staticmethod
    def _read_answer(connection: socket.socket, request: bytes) -> ResponseReader:
        connection.sendall(request)
        reader = ResponseReader()
        while not reader.feed(connection.recv(reader.wanted)):
            pass
        return reader

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
