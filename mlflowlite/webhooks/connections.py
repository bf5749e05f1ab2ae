"""Connections of webhooks: they lead to checked addresses only, and end in time.

A name is looked up once for each connection, and the connection is made to one of the addresses that
were checked: nothing is sent, not even to see whether a port is open, to an address that is refused.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from mlflowlite.webhooks.urls import is_public


class Forbidden(Exception):
    """The connection would lead to an address that webhooks may not reach."""


class Bounds:
    """What the connections of one call may reach, and until when."""

    def __init__(self, timeout: float, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._deadline = time.monotonic() + timeout
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self.expired = False

    def connect(self, connection: Any) -> socket.socket:
        """A socket for a connection of urllib3; raises what urllib3 expects."""
        try:
            return self._connect(connection)
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, str(error)) from error
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error

    def _connect(self, connection: Any) -> socket.socket:
        found = socket.getaddrinfo(connection.host, connection.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        for address in addresses:
            if not self._allow_private and not is_public(address):
                raise Forbidden(f"{address} is not a public IP address")
        failure: OSError = OSError("the name has no address")
        for number, address in enumerate(addresses):
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("time is up")
            share = left / (len(addresses) - number)
            try:
                sock = create_connection(
                    (address, connection.port), share, socket_options=connection.socket_options
                )
            except OSError as error:
                failure = error
            else:
                return self._noted(sock)
        raise failure

    def _noted(self, sock: socket.socket) -> socket.socket:
        """Keep a handle on the connection: the socket itself passes through TLS and HTTP, out of sight."""
        with self._lock:
            if self.expired:
                sock.close()
                raise TimeoutError("time is up")
            self._handle = sock.dup()
        return sock

    def expire(self) -> None:
        """End the call now: whatever it waits for fails."""
        with self._lock:
            self.expired = True
            if self._handle is not None:
                with suppress(OSError):  # it has ended by itself
                    self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the handle back."""
        with self._lock:
            if self._handle is not None:
                self._handle.close()
                self._handle = None


_current: ContextVar[Bounds] = ContextVar("webhook_call")


@contextmanager
def bounded(timeout: float, allow_private: bool) -> Iterator[Bounds]:
    """For the time of a `with`, connections of this thread's `Adapter` obey these bounds."""
    bounds = Bounds(timeout, allow_private)
    timer = threading.Timer(timeout, bounds.expire)
    timer.daemon = True
    timer.start()
    token = _current.set(bounds)
    try:
        yield bounds
    finally:
        _current.reset(token)
        timer.cancel()
        bounds.close()


class _Bounded:
    def _new_conn(self) -> socket.socket:
        return _current.get().connect(self)


class _Connection(_Bounded, HTTPConnection):
    pass


class _SecureConnection(_Bounded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """What a session of requests is given, so that its connections stay within bounds."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
