"""Many keep-alive clients at once, each sending its next request when it has the answer to the last.

One thread with an event loop, because threads would wait for each other's turn in the interpreter.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rawhttp import HttpFailure, Response, ResponseReader, connect

PATIENCE = 60.0  # seconds to wait for the last answers
MOST_ERRORS = 100


@dataclass
class Client:
    """One connection and its next request; `answered` counts the requests acknowledged with 200."""

    request: Callable[[int], bytes]
    socket: socket.socket
    reader: ResponseReader = field(default_factory=ResponseReader)
    sent: int = 0
    answered: int = 0
    began: float = 0.0


@dataclass
class CrowdResult:
    latencies: list[float]
    wall: float
    errors: list[str]
    answered: list[int]  # by client


def run_crowd(port: int, requests: list[Callable[[int], bytes]], seconds: float) -> CrowdResult:
    """Keep every client busy for so many seconds."""
    crowd = Crowd(port, requests)
    try:
        return crowd.run(seconds)
    finally:
        crowd.close()


class Crowd:
    def __init__(self, port: int, requests: list[Callable[[int], bytes]]) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._clients = [Client(request, connect(port, PATIENCE)) for request in requests]
        self._latencies: list[float] = []
        self._errors: list[str] = []
        self._busy = 0

    def run(self, seconds: float) -> CrowdResult:
        began = time.perf_counter()
        for client in self._clients:
            self._selector.register(client.socket, selectors.EVENT_READ, client)
            self._send(client)
        deadline = began + seconds
        while self._busy:
            events = self._selector.select(PATIENCE)
            if not events:
                self._errors.append(f"{self._busy} requests without an answer for {PATIENCE:.0f} s")
                break
            for key, _ in events:
                self._receive(key.data, deadline)
        answered = [client.answered for client in self._clients]
        return CrowdResult(self._latencies, time.perf_counter() - began, self._errors, answered)

    def close(self) -> None:
        for client in self._clients:
            client.socket.close()
        self._selector.close()

    def _send(self, client: Client) -> None:
        request = client.request(client.sent)
        client.sent += 1
        client.reader = ResponseReader()
        self._busy += 1
        client.began = time.perf_counter()
        try:
            client.socket.sendall(request)
        except OSError as error:  # the closed socket is readable too, so _receive goes on from here
            self._errors.append(f"send: {error}")

    def _receive(self, client: Client, deadline: float) -> None:
        try:
            if not client.reader.feed(client.socket.recv(65536)):
                return
        except (OSError, HttpFailure) as error:
            self._finish(client, deadline, f"{type(error).__name__}: {error}")
            return
        took = time.perf_counter() - client.began
        fault = _fault(client.reader.response())
        if not fault:
            self._latencies.append(took)
            client.answered += 1
        self._finish(client, deadline, fault)

    def _finish(self, client: Client, deadline: float, error: str) -> None:
        """Note what went wrong, if anything, and go on while there is time."""
        self._busy -= 1
        if error:
            self._errors.append(error)
        goes_on = time.perf_counter() < deadline and len(self._errors) < MOST_ERRORS
        ends = error or client.reader.closes or not goes_on
        if ends:
            self._selector.unregister(client.socket)
            client.socket.close()
        if goes_on and (not ends or self._reconnect(client)):
            self._send(client)

    def _reconnect(self, client: Client) -> bool:
        try:
            client.socket = connect(self._port, PATIENCE)
        except OSError as error:
            self._errors.append(f"connect: {error}")
            return False
        self._selector.register(client.socket, selectors.EVENT_READ, client)
        return True


def _fault(response: Response) -> str:
    """What is wrong with the answer to a write; empty when nothing is."""
    if response.status != 200:
        return f"HTTP {response.status}: {response.body[:200].decode(errors='replace')}"
    return "" if response.body.strip() == b"{}" else f"unexpected body {response.body[:80]!r}"
