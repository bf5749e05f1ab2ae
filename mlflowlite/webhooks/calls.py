"""One call of a webhook's URL: headers, signature, and a connection that leads where it may.

No redirect is followed, no proxy or password of the server's environment is used, the answer is read
up to a limit, and a call ends at its deadline however slowly the other side goes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from contextvars import ContextVar
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from mlflowlite import __version__
from mlflowlite.webhooks.urls import is_public

MAX_ANSWER_BYTES = 64 * 1024


class Answer(NamedTuple):
    """What the URL answered. `retry_after` is the header of that name."""

    status: int
    body: str
    retry_after: str | None


class CallError(Exception):
    """There was no answer; the text says why. `final`: another attempt can't go better."""

    def __init__(self, text: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


class _Forbidden(Exception):
    """The connection leads to an address that webhooks may not reach."""


class _Call:
    """A running call: what its connection may reach, and how to end it from outside."""

    def __init__(self, allow_private: bool) -> None:
        self.allow_private = allow_private
        self.expired = False
        self.connection: Any = None

    def expire(self) -> None:
        """End the call now: whatever it waits for fails."""
        self.expired = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


_current: ContextVar[_Call] = ContextVar("webhook_call")


class _Guarded:
    """Looks at the address a connection has reached, before anything is sent on it."""

    def _new_conn(self) -> socket.socket:
        call = _current.get()
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        call.connection = self
        address = sock.getpeername()[0]
        if not call.allow_private and not is_public(address):
            sock.close()
            raise _Forbidden(f"{address} is not a public IP address")
        return sock


class _Connection(_Guarded, HTTPConnection):
    pass


class _SecureConnection(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def call(
    url: str, body: str, *, delivery_id: str, secret: str, timeout: float, allow_private: bool
) -> Answer:
    """POST `body` to the URL, signed when there is a secret; at most `timeout` seconds in all.

    Raises CallError when there is no answer.
    """
    running = _Call(allow_private)
    _current.set(running)
    timer = threading.Timer(timeout, running.expire)
    timer.daemon = True
    timer.start()
    try:
        return _post(url, body.encode(), headers(body, delivery_id, secret, int(time.time())), timeout)
    except _Forbidden as error:
        raise CallError(f"The webhook's URL leads where webhooks may not go: {error}", final=True) from error
    except requests.RequestException as error:
        if running.expired or isinstance(error, requests.Timeout):
            raise CallError(f"There was no answer within {timeout:g} seconds") from error
        final = isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema))
        raise CallError(f"The call failed: {_reason(error)}", final=final) from error
    finally:
        timer.cancel()


def headers(body: str, delivery_id: str, secret: str, timestamp: int) -> dict[str, str]:
    """The headers of a call (`semantics.md` §13.3); `timestamp` in seconds since the epoch."""
    fields = {
        "Content-Type": "application/json",
        "User-Agent": f"mlflowlite/{__version__}",
        "Accept-Encoding": "identity",  # an answer of known size, however it unpacks
        "Connection": "close",
        "X-MLflow-Delivery-Id": delivery_id,
        "X-MLflow-Timestamp": str(timestamp),
    }
    if secret:
        signed = f"{delivery_id}.{timestamp}.{body}".encode()
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        fields["X-MLflow-Signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return fields


def _post(url: str, body: bytes, fields: dict[str, str], timeout: float) -> Answer:
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter())
        with session.post(
            url, data=body, headers=fields, timeout=timeout, allow_redirects=False, stream=True
        ) as answer:
            try:
                content = answer.raw.read(MAX_ANSWER_BYTES, decode_content=False)
            except Exception as error:
                raise requests.ConnectionError(error) from error
            text = content.decode(answer.encoding or "utf-8", errors="replace")
            return Answer(answer.status_code, text, answer.headers.get("Retry-After"))


def _reason(error: BaseException) -> str:
    """The innermost cause in one line; the outer ones repeat the URL and memory addresses."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    text = str(error).rpartition(">: ")[2] or type(error).__name__
    return text.splitlines()[0]
